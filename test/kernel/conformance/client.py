"""A real jupyter_client for the checks of a kernel's promises, and the list of those checks."""

from __future__ import annotations

import os
import re
import tempfile
import time
from pathlib import Path
from queue import Empty
from typing import Any, Callable

from jupyter_client.kernelspec import get_kernel_spec
from jupyter_client.manager import KernelManager

Message = dict[str, Any]
CHECKS: list[tuple[str, Callable[["Kernel"], None], bool, dict[str, str] | None]] = []
# How a promise is asked in the words of another kernel: by dialect, then by the check's name; None: it is not asked.
ASKED_OTHERWISE: dict[str, dict[str, Callable[["Kernel"], None] | None]] = {"deno": {}, "python": {}}


class Result:
    """What one execute request led to, up to its idle status."""

    def __init__(self, reply: Message, outputs: list[Message], others: list[Message], seconds: float) -> None:
        self.reply = reply["content"]
        self.outputs = outputs
        self.others = others  # output of other requests that came meanwhile
        self.seconds = seconds

    def text(self, name: str = "stdout") -> str:
        return "".join(m["content"]["text"] for m in self.outputs if m["msg_type"] == "stream" and m["content"]["name"] == name)

    def of(self, kind: str) -> list[Message]:
        return [m["content"] for m in self.outputs if m["msg_type"] == kind]

    @property
    def value(self) -> str:
        """The cell's last value as text; tslab prints it as the last line, which is taken as well."""
        results = self.of("execute_result")
        lines = [result["data"]["text/plain"] for result in results] or self.text().splitlines()[-1:]
        assert len(lines) == 1, f"one result expected, got {self.outputs}"
        return plain(lines[0])

    @property
    def error(self) -> str:
        """What the user reads of an error; tslab writes it to stderr, which is taken as well."""
        texts = ["\n".join(error["traceback"]) for error in self.of("error")] or [self.text("stderr")]
        assert texts[0], f"an error expected, got {self.reply} {self.outputs}"
        return plain(texts[0])


def dialect(name: str) -> str:
    """In which words a kernel is asked: those of this project's kernel, which are tslab's as well, Deno's, or Python's."""
    spec = get_kernel_spec(name)
    if spec.language == "python":
        return "python"
    return "deno" if Path(spec.argv[0]).name == "deno" else "typescript"


def plain(text: str) -> str:
    """Without colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


class Kernel:
    """One running kernel and its client."""

    def __init__(self, name: str, deadline: float, folder: str | None = None, env: dict[str, str] | None = None) -> None:
        self.deadline = deadline
        self.manager = KernelManager(kernel_name=name)
        self.folder = folder or tempfile.mkdtemp(prefix="streamtrain-kernel-")
        self.manager.start_kernel(cwd=self.folder, env={**os.environ, **(env or {})})
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=30)
        self.pid = self.manager.provisioner.pid
        self.dialect = dialect(name)
        # Whether what a cell prints is seen while it runs.
        self.tells = True

    def send(self, code: str, **options: Any) -> str:
        return self.client.execute(code, **options)

    def collect(self, msg_id: str, timeout: float | None = None) -> Result:
        started = time.monotonic()
        until = started + (timeout or self.deadline)
        outputs: list[Message] = []
        others: list[Message] = []
        while True:
            message = self.iopub(until)
            if message["parent_header"].get("msg_id") != msg_id:
                others.append(message)
            elif message["msg_type"] == "status":
                if message["content"]["execution_state"] == "idle":
                    break
            elif message["msg_type"] != "execute_input":
                outputs.append(message)
        return Result(self.shell(msg_id, until), outputs, others, time.monotonic() - started)

    def run(self, code: str, timeout: float | None = None, **options: Any) -> Result:
        return self.collect(self.send(code, **options), timeout)

    def ok(self, code: str, **options: Any) -> Result:
        result = self.run(code, **options)
        assert result.reply["status"] == "ok", f"{code!r} failed: {result.reply}"
        return result

    def iopub(self, until: float) -> Message:
        try:
            return self.client.get_iopub_msg(timeout=max(0.01, until - time.monotonic()))
        except Empty:
            raise AssertionError("no answer within the deadline") from None

    def read_for(self, seconds: float) -> None:
        """Reads outputs, whatever they are, as fast as they come."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.client.iopub_channel.msg_ready():
                self.client.get_iopub_msg(timeout=0.01)

    def shell(self, msg_id: str, until: float, reading: bool = False) -> Message:
        """The reply to a request; `reading`: outputs are read meanwhile."""
        while True:
            if reading and not self.client.shell_channel.msg_ready():
                self.read_for(0.01)
                assert time.monotonic() < until, "no reply within the deadline"
                continue
            try:
                message = self.client.get_shell_msg(timeout=max(0.01, until - time.monotonic()))
            except Empty:
                raise AssertionError("no reply within the deadline") from None
            if message["parent_header"].get("msg_id") == msg_id:
                return message

    def ask(self, request: str, content: dict[str, Any], channel: str = "shell", timeout: float = 10) -> Message:
        message = self.client.session.msg(request, content)
        getattr(self.client, f"{channel}_channel").send(message)
        until = time.monotonic() + timeout
        get = self.client.get_shell_msg if channel == "shell" else self.client.get_control_msg
        while True:
            try:
                reply = get(timeout=max(0.01, until - time.monotonic()))
            except Empty:
                raise AssertionError(f"{request}: no reply") from None
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                return reply

    def interrupt(self) -> None:
        if self.manager.kernel_spec.interrupt_mode == "message":
            self.client.control_channel.send(self.client.session.msg("interrupt_request", {}))
        else:
            self.manager.interrupt_kernel()

    def begin(self, code: str) -> str:
        """Sends a cell and waits until it is well under way; a kernel that tells it only at the end gets a second."""
        say = "print('under way')\n" if self.dialect == "python" else "console.log('under way'); "
        msg_id = self.send(say + code)
        until = time.monotonic() + (10 if self.tells else 1)
        told = ""
        while "under way" not in told and time.monotonic() < until:
            try:
                message = self.client.get_iopub_msg(timeout=max(0.01, until - time.monotonic()))
            except Empty:
                self.tells = False
                break
            if message["parent_header"].get("msg_id") == msg_id and message["msg_type"] == "stream":
                told += message["content"]["text"]
        time.sleep(0.1)
        return msg_id

    def interrupted(self, code: str, timeout: float = 10) -> tuple[Result, float]:
        """Runs the cell, interrupts it, and measures how long it then takes to end."""
        msg_id = self.begin(code)
        started = time.monotonic()
        self.interrupt()
        result = self.collect(msg_id, timeout)
        return result, time.monotonic() - started

    def drain(self, seconds: float) -> list[Message]:
        """All output messages of the next seconds."""
        messages = []
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                messages.append(self.client.get_iopub_msg(timeout=max(0.01, until - time.monotonic())))
            except Empty:
                break
        return messages

    def close(self) -> None:
        self.client.stop_channels()
        if self.manager.has_kernel:
            self.manager.shutdown_kernel(now=True)


def check(own_kernel: bool = False, env: dict[str, str] | None = None) -> Callable[[Callable[[Kernel], None]], Callable[[Kernel], None]]:
    """Registers a check; one that harms the kernel gets a kernel of its own."""

    def register(function: Callable[[Kernel], None]) -> Callable[[Kernel], None]:
        CHECKS.append((function.__name__, function, own_kernel, env))
        return function

    return register


def asked_in(words: str) -> Callable[[Callable[[Kernel], None]], Callable[[Kernel], None]]:
    """Registers how the promise of the check of that name is asked in another kernel's words."""

    def register(function: Callable[[Kernel], None]) -> Callable[[Kernel], None]:
        ASKED_OTHERWISE[words][function.__name__] = function
        return function

    return register


def equal(got: Any, wanted: Any) -> None:
    assert got == wanted, f"{wanted!r} expected, got {got!r}"


def tree_memory(pid: int) -> int:
    """Resident bytes of a process and its descendants."""
    pages = 0
    for member in [pid, *descendants(pid)]:
        try:
            pages += int(Path(f"/proc/{member}/statm").read_text().split()[1])
        except (FileNotFoundError, ProcessLookupError):
            pass
    return pages * os.sysconf("SC_PAGE_SIZE")


def descendants(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int(entry.joinpath("stat").read_text().rsplit(")", 1)[1].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found = list(children.get(pid, []))
    for child in found:
        found.extend(children.get(child, []))
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone(family: list[int]) -> None:
    until = time.monotonic() + 3
    while left := [pid for pid in family if alive(pid)]:
        assert time.monotonic() < until, f"left behind: {left}"
        time.sleep(0.02)
