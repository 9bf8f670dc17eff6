"""Measures one Jupyter kernel through a real jupyter_client and prints the figures as one line of JSON.

    python bench/kernel-tasks/measure.py KERNEL [--starts N] [--cells N] [--lines N] [--debugger on|ended]

Kernels of the language `python` get the same cells in Python. A figure that could not be had within the deadline is null.
"""

from __future__ import annotations

import argparse
import os
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.manager import KernelManager

DEADLINE = 60.0
# For the printed lines: fifty times what they are to take.
LINES_DEADLINE = 10.0
CELLS = {
    "typescript": ("const x: number = {i}", "for (let i = 0; i < {n}; i++) console.log('line', i)", "Math.flo"),
    "python": ("x: int = {i}", "for i in range({n}): print('line', i)", "str.form"),
}


class Slow(Exception):
    """No answer within the deadline."""


def started(name: str, folder: str) -> tuple[KernelManager, Any, float]:
    """A kernel, its client, and the seconds from its launch to the first kernel_info_reply."""
    begin = time.monotonic()
    manager = KernelManager(kernel_name=name)
    manager.start_kernel(cwd=folder)
    client = manager.client()
    client.start_channels(hb=False)
    wanted = client.kernel_info()
    reply(client, wanted)
    return manager, client, time.monotonic() - begin


def reply(client: Any, msg_id: str) -> dict[str, Any]:
    until = time.monotonic() + DEADLINE
    while True:
        try:
            message = client.get_shell_msg(timeout=max(0.01, until - time.monotonic()))
        except Empty:
            raise Slow from None
        if message["parent_header"].get("msg_id") == msg_id:
            return message


def run(client: Any, code: str, deadline: float = DEADLINE) -> tuple[float, str]:
    """Seconds until the cell was answered and idle, and what it printed."""
    begin = time.monotonic()
    msg_id = client.execute(code)
    text = []
    while True:
        try:
            message = client.get_iopub_msg(timeout=max(0.01, begin + deadline - time.monotonic()))
        except Empty:
            raise Slow from None
        if message["parent_header"].get("msg_id") != msg_id:
            continue
        if message["msg_type"] == "stream":
            text.append(message["content"]["text"])
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            break
    answer = reply(client, msg_id)["content"]
    if answer["status"] != "ok":
        raise RuntimeError(f"{code!r}: {answer}")
    return time.monotonic() - begin, "".join(text)


def family(pid: int) -> list[int]:
    """A process and its descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for member in found:
        found.extend(children.get(member, []))
    return found


def resident(pid: int) -> float:
    """MiB of memory of a kernel's processes, a page that several of them share counted once (Linux' Pss)."""
    kilobytes = 0
    for member in family(pid):
        for line in Path(f"/proc/{member}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                kilobytes += int(line.split()[1])
    return kilobytes / 1024


def processor(pid: int) -> float:
    """Seconds of processor time of a kernel's processes, those included that have ended."""
    ticks = 0
    for member in family(pid):
        ticks += sum(int(each) for each in Path(f"/proc/{member}/stat").read_text().rsplit(")", 1)[1].split()[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def debug(client: Any, command: str) -> None:
    """A request to the debugger, which succeeds."""
    content = {"type": "request", "seq": 1, "command": command, "arguments": {}}
    client.control_channel.send(client.session.msg("debug_request", content))
    answer = client.get_control_msg(timeout=DEADLINE)["content"]
    if not answer["success"]:
        raise RuntimeError(f"{command}: {answer}")


def stop(manager: KernelManager, client: Any) -> None:
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kernel")
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--cells", type=int, default=200)
    parser.add_argument("--lines", type=int, default=20_000)
    parser.add_argument("--debugger", choices=["on", "ended"], help="switched on before the first cell, or on and off again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="streamtrain-bench-") as folder:
        json.dump(measure(options, folder), sys.stdout)


def measure(options: argparse.Namespace, folder: str) -> dict[str, Any]:
    figures: dict[str, Any] = {"kernel": options.kernel}
    starts = []
    for _ in range(options.starts):
        manager, client, seconds = started(options.kernel, folder)
        starts.append(seconds)
        stop(manager, client)
    figures["startSeconds"] = statistics.median(starts)

    manager, client, _ = started(options.kernel, folder)
    try:
        # By the reply alone: what is published this early may be lost, because nobody has subscribed yet.
        reply(client, client.execute("1 + 1"))
        figures["firstCellCpuSeconds"] = processor(manager.provisioner.pid)
    except Slow:
        pass  # a figure that stays out
    finally:
        stop(manager, client)

    manager, client, _ = started(options.kernel, folder)
    try:
        language = "python" if manager.kernel_spec.language == "python" else "typescript"
        cell, flood, prefix = CELLS[language]
        time.sleep(4)
        if options.debugger:
            debug(client, "attach")
        if options.debugger == "ended":
            debug(client, "disconnect")
        figures["idleMiB"] = resident(manager.provisioner.pid)
        figures["firstCellMs"] = run(client, cell.format(i=0))[0] * 1000
        figures["cellMs"] = statistics.median(run(client, cell.format(i=i))[0] for i in range(1, options.cells + 1)) * 1000
        figures["usedMiB"] = resident(manager.provisioner.pid)

        times = []
        for index in range(30):
            begin = time.monotonic()
            matches = reply(client, client.complete(prefix, len(prefix)))["content"]["matches"]
            if not matches:
                raise RuntimeError(f"nothing completes {prefix!r}")
            if index >= 10:
                times.append(time.monotonic() - begin)
        figures["completeMs"] = statistics.median(times) * 1000

        try:
            seconds, text = run(client, flood.format(n=options.lines), LINES_DEADLINE)
        except Slow:
            raise RuntimeError(f"lines: no end in {LINES_DEADLINE:.0f} s") from None
        figures["linesSeconds"] = seconds
        figures["linesLost"] = options.lines - text.count("\n")
    except (Slow, RuntimeError) as problem:
        figures["problem"] = str(problem) or f"no answer within {DEADLINE:.0f} s"
    finally:
        stop(manager, client)
    return figures


main()
