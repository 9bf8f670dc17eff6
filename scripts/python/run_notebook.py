"""Executes a notebook cell by cell in a real Jupyter kernel, prints what happens, and fails on anything that went wrong.

    python scripts/python/run_notebook.py notebooks/01-....ipynb [--kernel NAME] [--output FILE.ipynb]
                                          [--timeout SECONDS] [--quiet] [--folder FOLDER] [--keep-going]

A run has failed when a cell sends an `error` message, when anything is written to stderr (stock tslab reports a
failed cell only there), when the kernel dies, or when a cell takes longer than the time limit. A cell that is tagged
`raises-exception` may do the first two, as for nbclient. The first failure
ends the run; it is printed with the cell's number, its source and the text. Exit codes: 0 all cells ran,
1 a cell failed, 2 the notebook or the kernel cannot be used, 130 stopped by Ctrl-C (143 by SIGTERM).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import signal
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from queue import Empty
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

ANSI_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
INTERRUPT_SECONDS = 60  # how long a cell that took too long may take to stop when it is interrupted
ABORT_SECONDS = 0.3  # stock tslab answers nothing for 0.2 s after a failed cell
LATE_OUTPUT_SECONDS = 0.3  # how long after the last cell we still listen for output


class CellFailure(Exception):
    """A cell went wrong; the message names it and quotes what it said."""

    def __init__(self, reason: str, position: int, cell: nbformat.NotebookNode, text: str = "") -> None:
        source = "\n".join(f"    {line}" for line in cell.source.splitlines())
        said = "\n".join(f"    {line}" for line in ANSI_COLOURS.sub("", text).strip().splitlines())
        super().__init__(f'cell {position + 1} (id "{cell.get("id", "?")}") {reason}\n{source}\n' + (f"said:\n{said}" if said else ""))


class TableReader(HTMLParser):
    """Collects the cells of an HTML table, row by row."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.rows[-1][-1] += data


def table_text(html: str) -> str:
    """An HTML table as lines of text in columns; empty when there is no table."""
    reader = TableReader()
    reader.feed(html)
    rows = [row for row in reader.rows if row]
    widths = [max(len(row[column]) for row in rows if column < len(row)) for column in range(max(map(len, rows), default=0))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths)) for row in rows)


class Console:
    """Prints cells and their outputs as plain text; silent when quiet."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self.at_line_start = True
        self.reader_gone = False

    def write(self, text: str) -> None:
        if self.quiet or not text:
            return
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except BrokenPipeError:  # `... | head`: the reader has seen enough; end as by Ctrl-C, but quietly
            self.quiet = self.reader_gone = True
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            os.kill(os.getpid(), signal.SIGINT)
            return
        self.at_line_start = text.endswith("\n")

    def line(self, text: str = "") -> None:
        self.write(("" if self.at_line_start else "\n") + text + "\n")

    def cell(self, cell: nbformat.NotebookNode, number: int) -> None:
        """A heading of a text cell, or the source of a code cell."""
        if cell.cell_type == "markdown":
            for heading in re.findall(r"^#+ .*$", cell.source, re.MULTILINE):
                self.line(f"\n{heading}")
        elif cell.cell_type == "code":
            self.line(f"\nIn [{number}]:")
            for line in cell.source.splitlines():
                self.line(f"    {line}")

    def output(self, message: dict[str, Any]) -> None:
        """One output message of the kernel, as soon as it is there."""
        content = message["content"]
        if message["msg_type"] == "stream":
            self.write(content["text"])
        elif message["msg_type"] in ("display_data", "execute_result"):
            data = content["data"]
            table = table_text("".join(data.get("text/html", "")))
            drawn = ", ".join(sorted(kind for kind in data if kind != "text/plain" and not (table and kind == "text/html")))
            for text in (data.get("text/plain", ""), table, f"[{drawn}]" if drawn else ""):
                if text:
                    self.line(text)


class NotebookRun:
    """One notebook in one kernel of its own; `run` executes it, and the kernel is gone when it returns."""

    def __init__(self, notebook: nbformat.NotebookNode, folder: Path, kernel: str, timeout: float, console: Console, keep_going: bool = False) -> None:
        self.notebook = notebook
        self.folder = folder
        self.console = console
        self.keep_going = keep_going
        self.failures: list[CellFailure] = []
        self.manager = AsyncKernelManager(kernel_name=kernel)
        self.client = NotebookClient(notebook, km=self.manager, timeout=timeout, record_timing=True)
        self.position_of: dict[str, int] = {}  # parent message id -> position of its cell
        self.position = 0
        self.complaint: tuple[int, str] | None = None  # where the first stderr text or error came from, and the text
        self.group: int | None = None
        self.interrupted_cells: set[int] = set()

    async def run(self) -> None:
        """Raises CellFailure at the first failure."""
        try:
            await self.start()
            for self.position, cell in enumerate(self.notebook.cells):
                await self.run_cell(cell)
            await asyncio.sleep(LATE_OUTPUT_SECONDS)
            while await self.iopub.msg_ready():
                await self.iopub.get_msg()
            self.raise_complaint()
        finally:
            await self.stop()

    async def start(self) -> None:
        await self.manager.start_kernel(cwd=str(self.folder))
        self.group = getattr(self.manager.provisioner, "pgid", None)
        kernel = await self.client.async_start_new_kernel_client()
        self.iopub = kernel.iopub_channel
        self.tap(self.iopub)

    def tap(self, channel: Any) -> None:
        """Looks at every output message on its way to nbclient, also at those that come after their cell has ended."""
        get_msg = channel.get_msg

        async def tapped(*args: Any, **kwargs: Any) -> dict[str, Any]:
            message = await get_msg(*args, **kwargs)
            self.see(message)
            return message

        channel.get_msg = tapped

    def see(self, message: dict[str, Any]) -> None:
        kind, content = message["msg_type"], message["content"]
        parent = message["parent_header"].get("msg_id", "")
        if kind == "execute_input":
            self.position_of[parent] = self.position
        is_stderr = kind == "stream" and content["name"] == "stderr"
        if is_stderr or kind == "error":
            text = content["text"] if is_stderr else "\n".join(content["traceback"] or [content["evalue"]])
            where, before = self.complaint or (self.position_of.get(parent, self.position), "")
            is_expected = "raises-exception" in self.notebook.cells[where].metadata.get("tags", [])
            if is_expected:
                self.console.line(ANSI_COLOURS.sub("", text))
            elif where not in self.interrupted_cells:  # what an interrupted cell says last is no failure of its own
                self.complaint = (where, before + text)
        else:
            self.console.output(message)

    async def run_cell(self, cell: nbformat.NotebookNode) -> None:
        self.console.cell(cell, self.client.code_cells_executed + 1)
        try:
            await self.client.async_execute_cell(cell, self.position)
        except CellTimeoutError:
            failure = self.failure(f"took longer than {self.client.timeout:g} s", cell)
            if not (self.keep_going and await self.interrupted()):
                raise failure from None
            self.failures.append(failure)
            self.complaint = None
            return
        except DeadKernelError:
            raise self.failure("ended with a dead kernel", cell) from None
        except CellExecutionError as error:
            self.complaint = self.complaint or (self.position, str(error))
        failed = self.complaint is not None
        self.raise_complaint()
        if failed:
            await asyncio.sleep(ABORT_SECONDS)

    def failure(self, reason: str, cell: nbformat.NotebookNode) -> CellFailure:
        """A failure that the kernel does not report; the notebook keeps it as an output of the cell."""
        said = self.complaint[1] if self.complaint else ""
        cell.outputs.append(nbformat.v4.new_output("error", ename="", evalue=reason, traceback=[reason]))
        return CellFailure(reason, self.position, cell, said)

    async def interrupted(self) -> bool:
        """Interrupts the running cell; False when the kernel does not run an empty cell soon after that."""
        self.interrupted_cells.add(self.position)
        await self.manager.interrupt_kernel()
        kernel = self.client.kc
        deadline = time.monotonic() + INTERRUPT_SECONDS
        request = None
        while (left := deadline - time.monotonic()) > 0:
            request = request or kernel.execute("", silent=True, store_history=False, allow_stdin=False)
            try:
                reply = await kernel.get_shell_msg(timeout=left)
            except Empty:
                break
            if reply["parent_header"].get("msg_id") != request:
                continue
            if reply["content"]["status"] == "ok":
                await asyncio.sleep(LATE_OUTPUT_SECONDS)  # nbclient takes what the interrupted cell said last
                return True
            request = None  # refused, as it was sent before the interrupted cell had failed
            await asyncio.sleep(ABORT_SECONDS)
        return False

    def raise_complaint(self) -> None:
        if self.complaint:
            position, text = self.complaint
            failure = CellFailure("failed", position, self.notebook.cells[position], text)
            if not self.keep_going:
                raise failure
            self.failures.append(failure)
            self.complaint = None

    async def stop(self) -> None:
        """Asks the kernel to end, waits, then ends whatever is left of its process group."""
        if self.client.kc is not None:
            self.client.kc.stop_channels()
        if self.manager.has_kernel:
            await self.manager.shutdown_kernel(now=not await self.manager.is_alive())
        await self.manager.cleanup_resources()
        self.kill()

    def kill(self) -> None:
        if self.group is not None:
            try:
                os.killpg(self.group, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass


async def run_until_signal(run: NotebookRun) -> int:
    """Runs the notebook; the first Ctrl-C or SIGTERM ends it cleanly, the second kills the kernel at once."""
    task = asyncio.ensure_future(run.run())
    signals: list[int] = []

    def on_signal(number: int) -> None:
        signals.append(number)
        if len(signals) == 1:
            task.cancel()
        else:
            run.kill()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, on_signal, number)
    try:
        await task
    except (asyncio.CancelledError, CellFailure):
        if not signals:
            raise
    return 128 + signals[0] if signals else 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Execute a notebook and fail on any error or stderr text.")
    parser.add_argument("notebook", type=Path)
    parser.add_argument("--kernel", help="kernel to use (default: the one the notebook names)")
    parser.add_argument("--output", type=Path, help="where to write the executed notebook, also after a failure")
    parser.add_argument("--timeout", type=float, default=600, help="seconds one cell may take (default: 600)")
    parser.add_argument("--folder", type=Path, help="where the cells run (default: the notebook's folder)")
    parser.add_argument("--keep-going", action="store_true", help="run the cells behind a failed one, too")
    parser.add_argument("--quiet", action="store_true", help="print only the result")
    return parser.parse_args()


def main() -> int:
    options = parse_arguments()
    try:
        notebook = nbformat.read(options.notebook, as_version=4)
    except (OSError, nbformat.reader.NotJSONError, nbformat.ValidationError) as error:
        print(f"{options.notebook} cannot be read as a notebook: {error}", file=sys.stderr)
        return 2
    kernel = options.kernel or notebook.metadata.get("kernelspec", {}).get("name", "")
    try:
        KernelSpecManager().get_kernel_spec(kernel)
    except NoSuchKernel:
        known = ", ".join(sorted(KernelSpecManager().find_kernel_specs())) or "none"
        print(f'No Jupyter kernel "{kernel}" is registered for {sys.executable}; known: {known}.', file=sys.stderr)
        return 2

    folder = (options.folder or options.notebook.parent).resolve()
    run = NotebookRun(notebook, folder, kernel, options.timeout, Console(options.quiet), options.keep_going)
    started = time.monotonic()
    try:
        code = asyncio.run(run_until_signal(run))
    except CellFailure as failure:
        run.console.line()
        print(f"{options.notebook}: {failure}", file=sys.stderr)
        code = 1
    finally:
        if options.output:
            options.output.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(notebook, options.output)
    run.console.line()
    for failure in run.failures:
        print(f"{options.notebook}: {failure}", file=sys.stderr)
        code = code or 1
    verdict = {0: "all cells ran", 1: "failed"}.get(code, "stopped")
    if run.console.reader_gone:
        return 0
    print(f"{options.notebook}: {verdict}, {run.client.code_cells_executed} code cells in {time.monotonic() - started:.1f} s on {kernel}")
    return code


if __name__ == "__main__":
    sys.exit(main())
