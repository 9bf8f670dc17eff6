"""Drives a Jupyter kernel through a real jupyter_client, one promise a check, and writes what came of it as JSON.

    python test/kernel/conformance/driver.py KERNEL RESULTS.json [--only NAME ...] [--deadline SECONDS]

The results go to a file because a kernel inherits this program's standard output and may print there.

Every check is a function whose docstring is the promise; it raises AssertionError when the kernel breaks it. The same
checks run on any TypeScript kernel, which is how docs/kernel.md gets its table. Limits of time are generous, for busy
machines; FLOOD_SECONDS, INTERRUPT_SECONDS and SHUTDOWN_SECONDS set the real aims (1, 0.1, 0.5).
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import promises_cells  # noqa: F401 - each module registers its checks
import promises_protocol  # noqa: F401
import promises_comms  # noqa: F401
import promises_debugger  # noqa: F401
import promises_life  # noqa: F401
import promises_names  # noqa: F401
import promises_streams  # noqa: F401
from client import CHECKS, Kernel


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kernel")
    parser.add_argument("results", type=Path)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--deadline", type=float, default=10)
    options = parser.parse_args()
    shared: Kernel | None = None
    results = {}
    for name, function, own_kernel, env in CHECKS:
        if options.only and name not in options.only:
            continue
        started = time.monotonic()
        kernel = None
        try:
            if own_kernel:
                kernel = Kernel(options.kernel, options.deadline, env=env)
                kernel.run("0", timeout=60)
            else:
                if shared is None:
                    shared = Kernel(options.kernel, options.deadline)
                    shared.run("0", timeout=60)
                kernel = shared
            function(kernel)
            problem = None
        except Exception as error:  # noqa: BLE001 - whatever went wrong is the result
            problem = str(error) or type(error).__name__
        if own_kernel and kernel:
            kernel.close()
        elif problem and shared:
            # It may be stuck: the next check gets a fresh one.
            shared.close()
            shared = None
        results[name] = {"promise": (function.__doc__ or "").strip(), "problem": problem, "seconds": round(time.monotonic() - started, 2)}
    if shared:
        shared.close()
    options.results.write_text(json.dumps(results))


main()
