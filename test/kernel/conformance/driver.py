"""Drives a Jupyter kernel through a real jupyter_client, one promise a check, and writes what came of it as JSON.

    python test/kernel/conformance/driver.py KERNEL RESULTS.json [--only NAME ...] [--deadline SECONDS]

The results go to a file because a kernel inherits this program's standard output and may print there.

Every check is a function whose docstring is the promise; it raises AssertionError when the kernel breaks it. The same
checks run on any TypeScript kernel, which is how docs/kernel.md gets its table; asked_deno.py and asked_python.py ask them in
the words of Deno and of Python. What cannot be asked there is "not asked". `--others` asks what other kernels have, too. Limits of time are generous, for busy
machines; FLOOD_SECONDS, INTERRUPT_SECONDS and SHUTDOWN_SECONDS set the real aims (1, 0.1, 0.5).
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import asked_deno  # noqa: F401 - each module registers its checks
import asked_python  # noqa: F401
import promises_cells  # noqa: F401
import promises_protocol  # noqa: F401
import promises_comms  # noqa: F401
import promises_debugger  # noqa: F401
import promises_life  # noqa: F401
import promises_names  # noqa: F401
import promises_streams  # noqa: F401
from client import ASKED_OTHERWISE, CHECKS, Kernel, dialect


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kernel")
    parser.add_argument("results", type=Path)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--deadline", type=float, default=10)
    parser.add_argument("--others", action="store_true")
    options = parser.parse_args()
    if options.others:
        import promises_others  # noqa: F401
    words = dialect(options.kernel)
    otherwise = ASKED_OTHERWISE.get(words, {})
    shared: Kernel | None = None
    results = {}
    for name, function, own_kernel, env in CHECKS:
        if options.only and name not in options.only:
            continue
        promise = (function.__doc__ or "").strip()
        # In Python, everything is asked in its own words.
        asked = otherwise.get(name, None if words == "python" else function)
        if asked is None:
            results[name] = {"promise": promise, "problem": "not asked", "asked": False, "seconds": 0}
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
            asked(kernel)
            problem = None
        except Exception as error:  # noqa: BLE001 - whatever went wrong is the result
            problem = str(error) or type(error).__name__
        if own_kernel and kernel:
            kernel.close()
        elif problem and shared:
            # It may be stuck: the next check gets a fresh one.
            shared.close()
            shared = None
        results[name] = {"promise": promise, "problem": problem, "asked": True, "seconds": round(time.monotonic() - started, 2)}
    if shared:
        shared.close()
    options.results.write_text(json.dumps(results))


main()
