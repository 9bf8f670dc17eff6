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
import os
import re
import signal
import tempfile
import time
from pathlib import Path
from queue import Empty
from typing import Any, Callable

from jupyter_client.manager import KernelManager

Message = dict[str, Any]
CHECKS: list[tuple[str, Callable[["Kernel"], None], bool, dict[str, str] | None]] = []


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

    def shell(self, msg_id: str, until: float) -> Message:
        while True:
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
        msg_id = self.send(f"console.log('under way'); {code}")
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


def equal(got: Any, wanted: Any) -> None:
    assert got == wanted, f"{wanted!r} expected, got {got!r}"


# --- language -------------------------------------------------------------------------------------------------------


@check()
def types_are_checked(k: Kernel) -> None:
    """a type error stops the cell before it runs, told with line and column"""
    result = k.run("console.log('ran');\nconst n: number = 'text';")
    equal(result.reply["status"], "error")
    equal(result.text(), "")
    assert "2322" in result.error and re.search(r"2:7", result.error), result.error


@check()
def modern_typescript(k: Kernel) -> None:
    """`using`, `satisfies`, `for await` and top-level `await` work"""
    code = "async function* g() { yield 1; yield 2 }\nlet sum = 0;\nfor await (const x of g()) sum += x;\n"
    code += "{ using r = { [Symbol.dispose]() { sum += 10 } }; }\nsum satisfies number;\nsum"
    equal(k.ok(code).value, "13")


@check()
def redeclaration(k: Kernel) -> None:
    """a later cell may declare the same name again, with another type"""
    k.ok("const twice = 1; function half() { return twice / 2 }")
    k.ok("const twice: string = 'two'; class Half {}")
    equal(k.ok("twice.toUpperCase()").value.strip("'\""), "TWO")


@check()
def assignment_is_seen(k: Kernel) -> None:
    """a later assignment is seen by the functions of earlier cells"""
    k.ok("let level = 1; function readLevel() { return level }")
    k.ok("level = 2;")
    equal(k.ok("readLevel()").value, "2")


@check()
def local_modules(k: Kernel) -> None:
    """a local `.ts` module can be imported, and again with its new code after it was edited"""
    file = Path(k.folder, "local_module.ts")
    file.write_text("export const answer: number = 41;\n")
    equal(k.ok("import { answer } from './local_module.ts';\nanswer").value, "41")
    file.write_text("export const answer: number = 42;\n")
    equal(k.ok("import { answer } from './local_module.ts';\nanswer").value, "42")


@check()
def error_message(k: Kernel) -> None:
    """a thrown error is told with name, value, cause and the place in the TypeScript cell"""
    result = k.run("interface Long { a: string; }\nfunction fail(): never {\n  throw new RangeError('too far', { cause: new Error('root') });\n}\nfail();")
    equal(result.reply["status"], "error")
    equal((result.reply.get("ename"), result.reply.get("evalue")), ("RangeError", "too far"))
    assert re.search(r"\]:3:9", result.error) and re.search(r"\]:5:1", result.error), result.error
    assert "root" in result.error and "node:internal" not in result.error, result.error


# --- outputs --------------------------------------------------------------------------------------------------------


@check()
def flood_is_complete(k: Kernel) -> None:
    """100,000 lines of console.log arrive complete, in order, in a second"""
    result = k.ok("for (let i = 0; i < 100_000; i++) console.log('line', i);")
    lines = result.text().splitlines()
    equal(len(lines), 100_000)
    assert all(line == f"line {index}" for index, line in enumerate(lines)), "out of order"
    assert result.seconds < float(os.environ.get("FLOOD_SECONDS", "20")), f"{result.seconds:.2f} s"


@check()
def flood_is_bounded(k: Kernel) -> None:
    """60 MB printed to a client that does not read yet leave the kernel's memory small, and arrive complete"""
    before = tree_memory(k.pid)
    msg_id = k.send("const big = 'x'.repeat(999);\nfor (let i = 0; i < 60_000; i++) console.log(big);")
    time.sleep(1.5)
    grown = tree_memory(k.pid) - before
    result = k.collect(msg_id, 20)
    equal(len(result.text()), 60_000_000)
    assert grown < 100 * 2**20, f"grew by {grown >> 20} MiB"


@check()
def raw_output(k: Kernel) -> None:
    """what child processes and native code write to stdout and stderr is shown, in its place"""
    result = k.ok(
        "import { execSync } from 'node:child_process';\nimport { writeSync } from 'node:fs';\nconsole.log('one');\n"
        "execSync('echo two; echo three >&2', { stdio: 'inherit' });\nconsole.log('four'); writeSync(1, 'five\\n');"
    )
    equal(result.text("stderr"), "three\n")
    equal(result.text(), "one\ntwo\nfour\nfive\n")


@check()
def streams_keep_order(k: Kernel) -> None:
    """stdout and stderr stay in the order in which they were written"""
    result = k.ok("for (let i = 0; i < 5; i++) { console.log(i); console.error(`e${i}`) }")
    text = "".join(m["content"]["text"] for m in result.outputs)
    equal(text.split(), "0 e0 1 e1 2 e2 3 e3 4 e4".split())


@check()
def late_output(k: Kernel) -> None:
    """what a timer of an earlier cell prints comes under that cell, and its error too"""
    first = k.send("setTimeout(() => { console.log('late'); throw new Error('late error') }, 400); 0")
    k.collect(first)
    second = k.ok("await new Promise((resolve) => setTimeout(resolve, 900)); console.log('second')")
    equal(second.text(), "second\n")
    late = [m for m in second.others if m["parent_header"].get("msg_id") == first]
    equal([m["msg_type"] for m in late if m["msg_type"] != "status"], ["stream", "error"])
    equal(k.ok("1 + 1").value, "2")


@check()
def displays(k: Kernel) -> None:
    """display ids can be updated; outputs can be cleared"""
    result = k.ok("const handle = display({ a: 1 }, { id: 'one' }); handle.update({ a: 2 }); display.clear({ wait: true }); display.html('<b>x</b>');")
    equal([m["msg_type"] for m in result.outputs], ["display_data", "update_display_data", "clear_output", "display_data"])
    equal(result.outputs[1]["content"]["transient"], {"display_id": "one"})


@check()
def display_at_the_end(k: Kernel) -> None:
    """a cell that ends in `display(value)` shows the value once"""
    result = k.ok("display('once').update('again')")
    equal([m["msg_type"] for m in result.outputs], ["display_data", "update_display_data"])


@check()
def tslab_api(k: Kernel) -> None:
    """`import * as tslab from 'tslab'` shows HTML"""
    result = k.ok("import * as tslab from 'tslab';\ntslab.display.html('<i>hello</i>');")
    equal(result.of("display_data")[0]["data"]["text/html"], "<i>hello</i>")


# --- protocol -------------------------------------------------------------------------------------------------------


@check()
def counter(k: Kernel) -> None:
    """the execution counter is right after errors and silent runs"""
    start = k.ok("0").reply["execution_count"]
    equal(k.run("throw new Error('x')").reply["execution_count"], start + 1)
    k.run("1", silent=True)
    k.run("1", store_history=False)
    equal(k.ok("2").reply["execution_count"], start + 2)


@check()
def silent_run(k: Kernel) -> None:
    """a silent run shows nothing, but runs"""
    result = k.run("var ranSilently = true; console.log('noise'); 5", silent=True)
    equal(result.outputs, [])
    equal(k.ok("ranSilently").value, "true")


@check()
def stop_on_error(k: Kernel) -> None:
    """cells queued behind a failed one are aborted; those sent after its reply run"""
    with tempfile.TemporaryDirectory(prefix="streamtrain-sent-") as folder:
        sent = Path(folder, "sent")
        wait = f"while (!(await import('node:fs')).existsSync({json.dumps(str(sent))})) await new Promise((go) => setTimeout(go, 5));"
        # The cell fails when the others were sent, and have had time to arrive.
        fail = f"{wait} await new Promise((go) => setTimeout(go, 300)); throw new Error('stop')"
        ids = [k.send(fail), k.send("'a'"), k.send("'b'")]
        sent.touch()
        replies = [k.collect(msg_id).reply["status"] for msg_id in ids]
    equal(replies, ["error", "aborted", "aborted"])
    equal(k.run("'c'").reply["status"], "ok")
    ids = [k.send("throw new Error('go on')", stop_on_error=False), k.send("'d'")]
    equal([k.collect(msg_id).reply["status"] for msg_id in ids], ["error", "ok"])


@check()
def user_expressions(k: Kernel) -> None:
    """user_expressions are evaluated, each with its own status"""
    reply = k.run("const base = 20;", user_expressions={"sum": "base + 1", "bad": "missing.field"}).reply
    equal(reply["user_expressions"]["sum"]["data"]["text/plain"], "21")
    equal(reply["user_expressions"]["bad"]["status"], "error")


@check()
def every_request_is_answered(k: Kernel) -> None:
    """comm, debug, connect and unknown requests are answered, too"""
    equal(k.ask("comm_info_request", {})["content"]["comms"], {})
    equal(k.ask("debug_request", {"seq": 1, "type": "request", "command": "attach"}, "control")["content"]["success"], False)
    assert k.ask("connect_request", {})["content"]["shell_port"] > 0
    equal(k.ask("no_such_request", {})["content"]["status"], "error")


@check()
def unknown_comm_is_closed(k: Kernel) -> None:
    """a comm opened to an unknown target is closed again"""
    message = k.client.session.msg("comm_open", {"comm_id": "c1", "target_name": "nobody", "data": {}})
    k.client.shell_channel.send(message)
    kinds = [m["msg_type"] for m in k.drain(0.5) if m["parent_header"].get("msg_id") == message["header"]["msg_id"]]
    equal(kinds, ["status", "comm_close", "status"])


@check()
def forged_messages_are_dropped(k: Kernel) -> None:
    """unsigned, wrongly signed and repeated messages do not run"""
    session = k.client.session
    socket = k.client.shell_channel.socket
    message = session.msg("execute_request", {"code": "var forged = (globalThis as any).forgedRuns = ((globalThis as any).forgedRuns ?? 0) + 1", "silent": False})
    frames = session.serialize(message)
    for broken in ([*frames[:1], b"", *frames[2:]], [*frames[:1], b"0" * 64, *frames[2:]], frames[:3]):
        socket.send_multipart(broken)
    socket.send_multipart(frames)
    socket.send_multipart(frames)
    k.collect(message["header"]["msg_id"])
    equal(k.ok("(globalThis as any).forgedRuns").value, "1")


@check()
def answers_while_running(k: Kernel) -> None:
    """completion, inspection and heartbeat answer while a cell loops"""
    k.ok("const visible = { first: 1, second: 2 };")
    k.client.hb_channel.unpause()
    running = k.begin("while (true) {}")
    try:
        started = time.monotonic()
        names = k.ask("complete_request", {"code": "visible.", "cursor_pos": 8}, timeout=5)["content"]["matches"]
        assert {"first", "second"} <= {name.split(".")[-1] for name in names}, names
        assert k.ask("inspect_request", {"code": "visible", "cursor_pos": 3, "detail_level": 0}, timeout=5)["content"]["found"]
        assert time.monotonic() - started < 2, "slow"
        assert k.client.hb_channel.is_beating()
    finally:
        k.interrupt()
        k.collect(running, 5)


@check()
def completion(k: Kernel) -> None:
    """completion knows types and live values, and counts characters, not bytes or units"""
    k.ok("const box: any = { dynamicField: 1 };")
    reply = k.ask("complete_request", {"code": "'😀'; Math.ma", "cursor_pos": 12})["content"]
    assert "max" in {name.split(".")[-1] for name in reply["matches"]}, reply["matches"][:5]
    equal((reply["cursor_start"], reply["cursor_end"]), (10, 12))
    live = k.ask("complete_request", {"code": "box.dyn", "cursor_pos": 7})["content"]["matches"]
    assert "dynamicField" in {name.split(".")[-1] for name in live}, live


@check()
def incomplete_cells(k: Kernel) -> None:
    """is_complete tells finished, unfinished (with indent) and wrong cells apart"""
    equal(k.ask("is_complete_request", {"code": "1 + 1"})["content"]["status"], "complete")
    open_block = k.ask("is_complete_request", {"code": "function f() {"})["content"]
    equal((open_block["status"], open_block.get("indent", "").strip(" ")), ("incomplete", ""))
    assert len(open_block["indent"]) > 0
    equal(k.ask("is_complete_request", {"code": "const = 5"})["content"]["status"], "invalid")


@check()
def history(k: Kernel) -> None:
    """history is found by tail, range and search"""
    k.ok("'needle one'")
    k.ok("'needle two'")
    tail = k.ask("history_request", {"hist_access_type": "tail", "n": 2, "output": True, "raw": True})["content"]["history"]
    equal([entry[2][0] for entry in tail], ["'needle one'", "'needle two'"])
    assert "needle two" in tail[1][2][1]
    found = k.ask("history_request", {"hist_access_type": "search", "pattern": "*needle*", "output": False, "raw": True})["content"]["history"]
    equal(len(found), 2)
    line = tail[0][1]
    ranged = k.ask("history_request", {"hist_access_type": "range", "session": 0, "start": line, "stop": line + 1, "output": False, "raw": True})["content"]["history"]
    equal([entry[2] for entry in ranged], ["'needle one'"])


@check()
def user_input(k: Kernel) -> None:
    """prompt() asks through the front end, passwords hidden; refused input is an error"""
    for code, prompt, hidden in (("await prompt('Name?')", "Name? ", False), ("await password('Key:')", "Key: ", True)):
        msg_id = k.send(code, allow_stdin=True)
        question = k.client.get_stdin_msg(timeout=5)
        equal((question["content"]["prompt"], question["content"]["password"]), (prompt, hidden))
        k.client.input("Ada")
        equal(k.collect(msg_id).value.strip("'\""), "Ada")
    equal(k.run("await prompt('x')", allow_stdin=False).reply["status"], "error")


# --- interrupt, death, end ------------------------------------------------------------------------------------------

LIMIT = float(os.environ.get("INTERRUPT_SECONDS", "2.5"))


def stops(k: Kernel, code: str) -> None:
    k.ok("let kept = 7;")
    result, seconds = k.interrupted(code)
    equal(result.reply["status"], "error")
    assert "nterrupt" in str(result.reply.get("ename")), result.reply
    assert seconds < LIMIT, f"{seconds * 1000:.0f} ms"
    equal(k.ok("kept").value, "7")


@check()
def interrupt_loop(k: Kernel) -> None:
    """an interrupt stops a synchronous endless loop, state kept"""
    stops(k, "while (true) {}")


@check()
def interrupt_loop_after_await(k: Kernel) -> None:
    """an interrupt stops an endless loop after an await, state kept"""
    stops(k, "await new Promise((resolve) => setTimeout(resolve, 20));\nwhile (true) {}")


@check()
def interrupt_microtasks(k: Kernel) -> None:
    """an interrupt stops an endless chain of promises, state kept"""
    stops(k, "while (true) await null;")


@check()
def interrupt_await(k: Kernel) -> None:
    """an interrupt stops a pending await, state kept, and runs the cell's `finally`"""
    stops(k, "var cleaned = false;\ntry { await new Promise(() => {}) } finally { cleaned = true }")
    equal(k.ok("cleaned").value, "true")


@check()
def interrupt_timer(k: Kernel) -> None:
    """an interrupt stops an endless loop in a timer's callback; other timers go on"""
    k.ok("var beats = 0; const beat = setInterval(() => { beats++ }, 5); setTimeout(() => { while (true) {} }, 10); 0")
    time.sleep(0.3)
    k.interrupt()
    k.ok("var before = beats; await new Promise((resolve) => setTimeout(resolve, 100)); before")
    equal(k.ok("clearInterval(beat); beats > before").value, "true")


@check()
def interrupt_signal_object(k: Kernel) -> None:
    """`interrupt.signal` is aborted"""
    k.ok("var aborted = false;")
    k.interrupted("interrupt.signal.addEventListener('abort', () => { aborted = true }); await new Promise(() => {});")
    equal(k.ok("aborted").value, "true")


@check()
def interrupt_by_signal(k: Kernel) -> None:
    """SIGINT interrupts as the message does"""
    msg_id = k.begin("while (true) {}")
    os.kill(k.pid, signal.SIGINT)
    equal(k.collect(msg_id, 3).reply["status"], "error")
    equal(k.ok("1").reply["status"], "ok")


@check(own_kernel=True)
def second_interrupt(k: Kernel) -> None:
    """what does not stop at the first interrupt ends at the second, and the user reads that"""
    msg_id = k.begin("import { execSync } from 'node:child_process'; execSync('sleep 60');")
    k.interrupt()
    time.sleep(0.5)
    k.interrupt()
    result = k.collect(msg_id, 5)
    equal(result.reply["status"], "error")
    assert "process" in result.error, result.error
    equal(k.run("1 + 1", timeout=20).value, "2")


@check(own_kernel=True)
def process_exit(k: Kernel) -> None:
    """process.exit fails the cell with what happened; what was printed before is there; cells run again after"""
    result = k.run("console.log('last words'); process.exit(3);")
    equal(result.reply["status"], "error")
    equal(result.text(), "last words\n")
    assert "process.exit(3)" in result.error, result.error
    equal(k.run("1 + 1", timeout=20).value, "2")


@check(own_kernel=True)
def native_crash(k: Kernel) -> None:
    """a crash of the process fails the cell with the signal; cells run again after"""
    result = k.run("console.log('before'); process.kill(process.pid, 'SIGSEGV'); await new Promise(() => {});")
    equal(result.reply["status"], "error")
    equal(result.text(), "before\n")
    assert "SIGSEGV" in result.error, result.error
    equal(k.run("1 + 1", timeout=20).value, "2")


@check(own_kernel=True, env={"NODE_OPTIONS": "--max-old-space-size=400"})
def out_of_memory(k: Kernel) -> None:
    """a cell that uses up the memory fails with that reason"""
    result = k.run("const hoard: object[] = []; while (true) hoard.push(new Array(100_000).fill(1.5));", timeout=60)
    equal(result.reply["status"], "error")
    assert "memory" in result.error, result.error


@check(own_kernel=True)
def shutdown_is_quick(k: Kernel) -> None:
    """the kernel ends within half a second although timers and a server are open, and leaves no process"""
    k.ok("import net from 'node:net'; setInterval(() => {}, 10); net.createServer().listen(0, '127.0.0.1'); import { spawn } from 'node:child_process'; spawn('sleep', ['300']); 0")
    family = descendants(k.pid)
    started = time.monotonic()
    k.client.shutdown()
    while alive(k.pid):
        assert time.monotonic() - started < 5, "still there after 5 s"
        time.sleep(0.01)
    seconds = time.monotonic() - started
    gone(family)
    assert seconds < float(os.environ.get("SHUTDOWN_SECONDS", "4")), f"{seconds:.2f} s"


@check(own_kernel=True)
def shutdown_during_loop(k: Kernel) -> None:
    """the kernel ends while a cell loops, and leaves no process"""
    k.ok("0")
    k.begin("while (true) {}")
    family = descendants(k.pid)
    started = time.monotonic()
    reply = k.ask("shutdown_request", {"restart": False}, "control", timeout=5)
    equal(reply["content"]["restart"], False)
    while alive(k.pid):
        assert time.monotonic() - started < 5, "still there after 5 s"
        time.sleep(0.01)
    gone(family)


@check(own_kernel=True)
def killed_kernel_leaves_no_orphan(k: Kernel) -> None:
    """a kernel that is killed takes the process of a looping cell with it"""
    k.ok("0")
    k.begin("while (true) {}")
    family = descendants(k.pid)
    os.kill(k.pid, signal.SIGKILL)
    gone(family)


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
            else:
                if shared is None:
                    shared = Kernel(options.kernel, options.deadline)
                    shared.run("0", timeout=30)
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
