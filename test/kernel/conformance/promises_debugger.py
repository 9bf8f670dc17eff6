"""What is promised of the debugger, asked as JupyterLab asks: by debug requests on the control channel."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from client import Kernel, Result, check, equal
from ipykernel.compiler import murmur2_x86

LIMIT = 30


class Debug:
    """A debug session; `stopped` and `ended` read the outputs that came meanwhile into `outputs`."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.seq = 0
        self.outputs: list[dict[str, Any]] = []
        self.ask("initialize", adapterID="streamtrain", clientID="test", linesStartAt1=True, columnsStartAt1=True, pathFormat="path")
        self.ask("attach")
        self.info = self.ask("debugInfo")

    def response(self, command: str, **arguments: Any) -> dict[str, Any]:
        self.seq += 1
        request = {"type": "request", "seq": self.seq, "command": command, "arguments": arguments}
        content = self.kernel.ask("debug_request", request, "control")["content"]
        equal((content["type"], content["command"], content["request_seq"]), ("response", command, self.seq))
        return content

    def ask(self, command: str, **arguments: Any) -> Any:
        response = self.response(command, **arguments)
        assert response["success"], f"{command}: {response.get('message')}"
        return response.get("body")

    def at_once(self, *requests: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
        """Sends all before the first is answered; the answers, in the order of asking."""
        client = self.kernel.client
        sent = []
        for command, arguments in requests:
            self.seq += 1
            content = {"type": "request", "seq": self.seq, "command": command, "arguments": arguments}
            sent.append(client.session.msg("debug_request", content))
            client.control_channel.send(sent[-1])
        found: dict[str, dict[str, Any]] = {}
        while len(found) < len(sent):
            reply = client.get_control_msg(timeout=LIMIT)
            found[reply["parent_header"]["msg_id"]] = reply["content"]
        return [found[message["header"]["msg_id"]] for message in sent]

    def breakpoints(self, code: str, *lines: Any) -> str:
        """Sets the breakpoints of a cell; its path."""
        path = self.ask("dumpCell", code=code)["sourcePath"]
        self.at(path, *lines)
        return path

    def at(self, path: str, *lines: Any) -> list[dict[str, Any]]:
        wanted = [line if isinstance(line, dict) else {"line": line} for line in lines]
        told = self.ask("setBreakpoints", source={"path": path}, breakpoints=wanted, sourceModified=False)["breakpoints"]
        self.ask("configurationDone")
        return told

    def event(self, name: str) -> dict[str, Any]:
        until = time.monotonic() + LIMIT
        while True:
            message = self.kernel.iopub(until)
            if message["msg_type"] == "debug_event" and message["content"]["event"] == name:
                return message["content"]["body"]
            self.outputs.append(message)

    def stopped(self, reason: str | None = None) -> tuple[str, int]:
        """Waits for the next stop; the name of the frame and its line."""
        body = self.event("stopped")
        if reason:
            equal(body["reason"], reason)
        frame = self.frames()[0]
        return frame["name"], frame["line"]

    def frames(self) -> list[dict[str, Any]]:
        return self.ask("stackTrace", threadId=1)["stackFrames"]

    def step(self, command: str = "next") -> tuple[str, int]:
        self.ask(command, threadId=1)
        return self.stopped("step")

    def scope(self, name: str, frame: int = 0) -> dict[str, str]:
        scopes = self.ask("scopes", frameId=self.frames()[frame]["id"])["scopes"]
        [reference] = [scope["variablesReference"] for scope in scopes if scope["name"] == name]
        return self.inside(reference)

    def inside(self, reference: int, **part: Any) -> dict[str, str]:
        return {each["name"]: each["value"] for each in self.ask("variables", variablesReference=reference, **part)["variables"]}

    def reference(self, name: str, scope: str = "Locals") -> int:
        scopes = self.ask("scopes", frameId=self.frames()[0]["id"])["scopes"]
        [outer] = [each["variablesReference"] for each in scopes if each["name"] == scope]
        [found] = [each for each in self.ask("variables", variablesReference=outer)["variables"] if each["name"] == name]
        return found["variablesReference"]

    def evaluate(self, expression: str, frame: int = 0) -> str:
        return self.ask("evaluate", expression=expression, frameId=self.frames()[frame]["id"], context="repl")["result"]

    def ended(self, msg_id: str) -> Result:
        """The cell's end, with all outputs since it began."""
        result = self.kernel.collect(msg_id)
        own = [m for m in self.outputs if m["parent_header"].get("msg_id") == msg_id and m["msg_type"] in ("stream", "error", "execute_result")]
        return Result({"content": result.reply}, own + result.outputs, result.others, result.seconds)

    def finish(self, msg_id: str) -> Result:
        self.ask("continue", threadId=1)
        return self.ended(msg_id)


CELL = """const scale = 10;
function total(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) {
    sum += value * scale;
  }
  return sum;
}
const numbers = [1, 2];
console.log('before', numbers.length);
const result = total(numbers);
const later = await Promise.resolve(result + 1);
console.log('after', later);
later"""


@check(own_kernel=True)
def debug_steps(k: Kernel) -> None:
    """debugger: a breakpoint in a cell stops it; steps go by TypeScript's lines into a function, round a loop, out, and over an await"""
    k.ok("const values = 'of another cell';")
    d = Debug(k)
    assert k.manager.kernel_spec.metadata["debugger"] is True
    assert "debugger" in k.ask("kernel_info_request", {})["content"]["supported_features"]
    info = d.info
    equal((info["isStarted"], info["hashMethod"], info["stoppedThreads"]), (True, "Murmur2", []))
    path = d.breakpoints(CELL, 11)
    hashed = murmur2_x86(CELL, info["hashSeed"])
    equal(path, f"{info['tmpFilePrefix']}{hashed}{info['tmpFileSuffix']}")
    run = k.send(CELL)
    equal(d.stopped("breakpoint")[1], 11)
    frame = d.frames()[0]
    equal((frame["source"]["path"], frame["name"]), (path, "In [3]"))
    equal(d.ask("debugInfo")["stoppedThreads"], [1])
    equal("".join(m["content"]["text"] for m in d.outputs if m["msg_type"] == "stream"), "before 2\n")
    equal(d.scope("Cells")["numbers"], "[ 1, 2 ]")
    equal(d.step("stepIn"), ("total", 3))
    equal(d.step()[1], 4)
    equal([d.step()[1] for _ in range(3)], [5, 4, 5])
    over = d.step()[1]
    assert over in (4, 7), over  # Where a loop ends: V8 stops at its head once more, that of Node 26 no longer.
    equal([f["line"] for f in d.frames()[:2]], [over, 11])
    equal(d.scope("Locals")["values"], "[ 1, 2 ]")
    equal(d.scope("Locals")["sum"], "30")
    equal(d.scope("Cells")["values"], "'of another cell'")
    equal(d.evaluate("sum + scale + (values as number[])[0]!"), "41")
    equal(d.evaluate("{ sum, total: typeof total }"), "{ sum: 30, total: 'function' }")
    assert d.step("stepOut")[1] in (11, 12)
    while d.frames()[0]["line"] < 12:
        d.step()
    equal(d.step()[1], 13)
    equal(d.evaluate("later"), "31")
    result = d.finish(run)
    equal((result.text(), result.value), ("before 2\nafter 31\n", "31"))
    equal(d.ask("debugInfo")["stoppedThreads"], [])


@check(own_kernel=True)
def debug_paused_answers(k: Kernel) -> None:
    """debugger: while a cell stands, heartbeat, completion, control and the interrupt button work, and the state is kept"""
    k.ok("let kept = 7;")
    d = Debug(k)
    code = "let seen = kept;\nfor (let i = 0; i < 3; i++) {\n  seen += i;\n}\nseen"
    d.breakpoints(code, 3)
    run = k.send(code)
    d.stopped("breakpoint")
    assert k.client.hb_channel.is_beating()
    assert "max" in k.ask("complete_request", {"code": "Math.ma", "cursor_pos": 7})["content"]["matches"]
    equal(k.ask("kernel_info_request", {}, "control")["content"]["status"], "ok")
    equal(d.evaluate("i"), "0")
    k.interrupt()
    result = d.ended(run)
    equal(result.reply.get("ename"), "KeyboardInterrupt")
    equal(d.ask("debugInfo")["stoppedThreads"], [])
    equal(k.ok("kept").value, "7")
    running = k.begin("while (true) {}")
    k.interrupt()
    equal(k.collect(running).reply.get("ename"), "KeyboardInterrupt")
    run = k.send(code)
    d.stopped("breakpoint")
    d.ask("disconnect", restart=False, terminateDebuggee=False)
    equal(d.ended(run).value, "10")
    equal(k.ok(code).value, "10")
    result = k.run("process.exit(3)")
    assert "process.exit(3)" in result.error, result.error


@check(own_kernel=True)
def debug_conditions(k: Kernel) -> None:
    """debugger: conditions, log points, thrown exceptions, `debugger` statements and the pause button stop where they should"""
    d = Debug(k)
    k.ok("const i = 100; const limit = 1;")
    code = "function count(n: number) {\n  for (let i = 0; i < n; i++) {\n    Math.max(i, 1);\n  }\n  return n;\n}\ncount(4)"
    d.breakpoints(code, {"line": 3, "condition": "i > limit && (n as number) === 4"}, {"line": 5, "logMessage": "n is {n}, not `${i}` {i}"})
    run = k.send(code)
    equal(d.stopped("breakpoint"), ("count", 3))
    equal((d.evaluate("i"), d.evaluate("limit")), ("2", "1"))
    d.ask("continue", threadId=1)
    d.stopped("breakpoint")
    equal(d.evaluate("i"), "3")
    result = d.finish(run)
    equal((result.text(), result.value), ("n is 4, not `$100` 100\n", "4"))
    d.breakpoints(code)
    equal(k.ok(code).value, "4")
    d.ask("setExceptionBreakpoints", filters=["raised"])
    run = k.send("const risky = async () => {\n  await null;\n  throw new RangeError('too far');\n};\nawait risky()")
    equal(d.event("stopped")["text"], "RangeError: too far")
    equal((d.frames()[0]["name"], d.frames()[0]["line"]), ("risky", 3))
    equal(d.finish(run).reply["ename"], "RangeError")
    d.ask("setExceptionBreakpoints", filters=[])
    run = k.send("let one = 1;\ndebugger;\none += 1;\none")
    equal(d.stopped("breakpoint")[1], 2)
    equal(d.step()[1], 3)
    equal(d.finish(run).value, "2")
    run = k.begin("let turns = 0;\nwhile (turns >= 0) {\n  turns += 1;\n}\n'ended'")
    d.ask("pause", threadId=1)
    assert d.stopped("pause")[1] in (2, 3)
    d.evaluate("turns = -10")
    equal(d.finish(run).reply["status"], "ok")


@check(own_kernel=True)
def debug_values(k: Kernel) -> None:
    """debugger: values are shown page by page, getters not run, richly, between cells too; a frame's value can be copied to the cells"""
    d = Debug(k)
    code = (
        "const big = Float32Array.from({ length: 25_000 }, (_, at) => at);\n"
        "class Point { #secret = 1; constructor(readonly x: number) {} get boom(): number { throw new Error('ran') } }\n"
        "const things = { list: [1, [2]], map: new Map([['a', { b: 1 }]]), get boom() { ran = true; return 1 }, point: new Point(3) };\n"
        "let ran = false;\n"
        "function look(part: number[]) {\n  const copy = part.map((n) => n * 2);\n  return copy;\n}\n"
        "look([1, 2, 3])"
    )
    d.breakpoints(code, 7)
    run = k.send(code)
    d.stopped("breakpoint")
    equal(d.scope("Locals"), {"part": "[ 1, 2, 3 ]", "copy": "[ 2, 4, 6 ]"})
    things = d.inside(d.reference("things", "Cells"))
    equal((things["list"], things["boom"]), ("[ 1, [ 2 ] ]", "(a getter: not run)"))
    point = [each for each in d.ask("variables", variablesReference=d.reference("things", "Cells"))["variables"] if each["name"] == "point"][0]
    equal(d.inside(point["variablesReference"]), {"x": "3", "#secret": "1"})
    big = d.reference("big", "Cells")
    groups = d.ask("variables", variablesReference=big, filter="indexed")["variables"]
    equal([groups[0]["name"], groups[-1]["name"]], ["[0 … 9999]", "[20000 … 24999]"])
    inner = d.ask("variables", variablesReference=groups[0]["variablesReference"])["variables"]
    equal((len(inner), d.inside(inner[1]["variablesReference"])["150"]), (100, "150"))
    equal(d.inside(big, filter="indexed", start=24_998, count=2), {"24998": "24998", "24999": "24999"})
    equal(d.evaluate("ran"), "false")
    frame = d.frames()[0]["id"]
    equal(d.ask("richInspectVariables", variableName="copy", frameId=frame)["data"]["text/plain"], "[ 2, 4, 6 ]")
    d.ask("copyToGlobals", srcVariableName="copy", dstVariableName="kept", srcFrameId=frame)
    d.finish(run)
    equal(k.ok("kept.length + ran").value, "3")
    names = {each["name"]: each for each in d.ask("inspectVariables")["variables"]}
    assert {"big", "things", "ran", "kept", "look"} <= set(names), names
    equal(d.inside(names["kept"]["variablesReference"])["2"], "6")
    k.ok("const page = { [Symbol.for('Jupyter.display')]: async () => ({ 'text/html': '<b>page</b>' }) };")
    equal(d.ask("richInspectVariables", variableName="page")["data"]["text/html"], "<b>page</b>")
    for command, arguments in (("scopes", {"frameId": 1}), ("continue", {"threadId": 1}), ("gotoTargets", {}), ("variables", {"variablesReference": 10**6})):
        response = d.response(command, **arguments)
        assert not response["success"] and response["message"], response


@check(own_kernel=True)
def debug_modules(k: Kernel) -> None:
    """debugger: local `.ts` modules stop at breakpoints from their first line on; steps go into them, not into packages or Node"""
    module = Path(k.folder, "part.ts").resolve()
    module.write_text("type N = number;\n\nexport const base: N = 2;\nexport function grow(n: N): N {\n  const grown = n * base;\n  return grown;\n}\n")
    d = Debug(k)
    d.at(str(module), 3, 6)
    code = "import { grow } from './part.ts';\nimport path from 'node:path';\nconst dir = path.dirname('/a/b');\nconst grown = grow(21);\ngrown"
    d.breakpoints(code, 3)
    run = k.send(code)
    equal(d.stopped("breakpoint")[1], 3)
    equal(d.frames()[0]["source"]["path"], str(module))
    d.ask("continue", threadId=1)
    equal((d.stopped("breakpoint")[1], d.frames()[0]["source"]["name"]), (3, "In [2]"))
    equal(d.step("stepIn")[1], 4)
    equal(d.step("stepIn"), ("grow", 5))
    equal(d.scope("Module")["base"], "2")
    d.ask("next", threadId=1)
    equal(d.stopped("breakpoint"), ("grow", 6))
    equal(d.evaluate("grown"), "42")
    paths = [each["path"] for each in d.ask("modules")["modules"]]
    assert str(module) in paths, paths
    equal(d.ask("source", source={"path": str(module)}, sourceReference=0)["content"], module.read_text())
    equal(d.finish(run).value, "42")


@check(own_kernel=True)
def debug_while_busy(k: Kernel) -> None:
    """debugger: one that is switched on while a cell runs stops in what the cell imports or requires after that"""
    text = "\nexport function add(n: number): number {\n  const sum: number = n + 1;\n  return sum;\n}\n"
    files = [Path(k.folder, name).resolve() for name in ("later.ts", "required.cts")]
    for file in files:
        file.write_text(text)
    k.ok("import fs from 'node:fs';")
    wait = "while (!fs.existsSync('{}')) await new Promise((go) => setTimeout(go, 10));\n"
    code = wait.format("go") + "const imported = (await import('./later.ts')).add(1);\nconst { add } = require('./required.cts');\n"
    code += wait.format("on") + "[imported, add(10)]"
    run = k.begin(code)
    d = Debug(k)
    for file in files:
        d.at(str(file), 4)
    Path(k.folder, "go").touch()
    equal(d.stopped("breakpoint"), ("add", 4))
    equal((d.frames()[0]["source"]["path"], d.scope("Locals")["sum"]), (str(files[0]), "2"))
    d.ask("continue", threadId=1)
    # What is required begins without a stop; its functions have their breakpoints as soon as it is known.
    until = time.monotonic() + LIMIT
    while str(files[1]) not in [each["path"] for each in d.ask("modules")["modules"]]:
        assert time.monotonic() < until, "never known"
        time.sleep(0.05)
    Path(k.folder, "on").touch()
    equal(d.stopped("breakpoint"), ("add", 4))
    equal((d.frames()[0]["source"]["path"], d.scope("Locals")["sum"]), (str(files[1]), "11"))
    equal(d.finish(run).value, "[ 2, 11 ]")


@check(own_kernel=True)
def debug_at_once(k: Kernel) -> None:
    """debugger: requests that come at once are answered in turn, also around the end of a cell; lines that end in one place keep their conditions; a reloaded page attaches again"""
    d = Debug(k)
    code = "function walk(n: number) {\n  n += 1;\n\n  n += 2;\n  n += 3;\n  return n;\n}\nwalk(0)"
    k.ok(code)
    path = d.ask("dumpCell", code=code)["sourcePath"]
    wanted = lambda *lines: ("setBreakpoints", {"source": {"path": path}, "breakpoints": [{"line": line} for line in lines]})
    answers = d.at_once(*[wanted(*lines) for lines in ((2, 4), (5,), (2,), (6, 4, 2), (), (2, 5), (6,), (4, 5), (5,))])
    equal([each["line"] for each in answers[3]["body"]["breakpoints"]], [6, 4, 2])
    equal([each["verified"] for answer in answers for each in answer["body"]["breakpoints"]], [True] * 13)
    run = k.send("walk(1)")
    equal(d.stopped("breakpoint"), ("walk", 5))
    equal(d.finish(run).value, "7")
    # Lines 3 and 4 are one place: each is asked for its own reasons.
    told = d.at(path, {"line": 3, "condition": "n === 100"}, {"line": 4, "logMessage": "n is {n}"}, {"line": 5, "condition": "n === 104"})
    equal([each["line"] for each in told], [4, 4, 5])
    # The panel is read again and again around a cell's end; what it has been told of may be gone by then.
    for _ in range(3):
        run = k.send("for (let i = 0; i < 3; i++) await new Promise((go) => setTimeout(go, 2));")
        answers = d.at_once(*[("inspectVariables", {}), ("evaluate", {"expression": "walk"})] * 10)
        equal([each["success"] for each in answers], [True] * 20)
        equal(d.ended(run).reply["status"], "ok")
    k.ok("0")
    equal(d.response("variables", variablesReference=answers[1]["body"]["variablesReference"])["body"], {"variables": []})
    equal(k.ok("walk(1)").text(), "n is 2\n")
    run = k.send("walk(99)")
    equal(d.stopped("breakpoint"), ("walk", 4))
    d.ask("attach")
    equal((d.ask("debugInfo")["stoppedThreads"], d.evaluate("n")), ([1], "100"))
    result = d.finish(run)
    equal((result.text(), result.value), ("n is 100\n", "105"))


@check(own_kernel=True)
def debug_lets_go(k: Kernel) -> None:
    """debugger: values that were looked at are held no longer than the stop; after switching off, and with a fresh process, nothing of a session is left"""
    k.ok("import v8 from 'node:v8'; import vm from 'node:vm'; v8.setFlagsFromString('--expose-gc'); const gc = vm.runInNewContext('gc') as () => void; let held: WeakRef<object>[] = [];")
    dead = "for (let i = 0; i < 3; i++) { await new Promise((go) => setTimeout(go, 5)); gc(); } held.map((each) => each.deref() === undefined)"
    d = Debug(k)
    code = "function make() {\n  const made = { big: new Uint8Array(1000), inner: {} };\n  held = [new WeakRef(made), new WeakRef(made.inner)];\n  return held.length;\n}\nmake()"
    d.breakpoints(code, 4)
    run = k.send(code)
    d.stopped("breakpoint")
    frame = d.frames()[0]["id"]
    d.evaluate("made")
    reference = d.ask("evaluate", expression="made", frameId=frame)["variablesReference"]
    assert "big" in d.inside(reference)
    d.ask("richInspectVariables", variableName="made", frameId=frame)
    d.finish(run)
    equal(k.ok(dead).value, "[ true, true ]")
    assert not d.response("evaluate", expression="1 + 1", frameId=frame)["success"], "a frame that is gone"
    k.ok("let shown: object | undefined = { a: {} }; held = [new WeakRef(shown)];")
    d.ask("evaluate", expression="shown")
    d.ask("inspectVariables")
    equal(d.ask("evaluate", expression="await Promise.resolve(Object.keys(shown as object).length)")["result"], "1")
    assert d.ask("evaluate", expression="new Promise(() => {})")["result"].startswith("Promise { <pending>")
    equal(d.ask("evaluate", expression="const one = await 1; held[0] ??= new WeakRef({ one })")["result"], "undefined")
    k.ok("shown = undefined")
    equal(k.ok(dead).value, "[ true ]")
    # The process ends in a step: the next one stops for breakpoints alone.
    leave, again = "const code = 3;\nprocess.exit(code)", "let n = 1;\nn += 1;\nn"
    d.breakpoints(code)
    d.breakpoints(leave, 2)
    d.breakpoints(again, {"line": 2, "condition": "n === 100"})
    run = k.send(leave)
    d.stopped("breakpoint")
    d.ask("next", threadId=1)
    equal(d.ended(run).reply["status"], "error")
    equal(k.ok(again).value, "2")
    d.breakpoints(again, 1)
    run = k.send(again)
    equal(d.stopped("breakpoint")[1], 1)
    d.ask("disconnect", restart=False, terminateDebuggee=False)
    equal(d.ended(run).value, "2")
    equal(k.ok(again).value, "2")
    result = k.run("process.exit(4)")
    assert "process.exit(4)" in result.error and result.text("stderr") == "", result.outputs
    d.ask("attach")
    d.breakpoints(again, 2)
    run = k.send(again)
    equal(d.stopped("breakpoint")[1], 2)
    equal(d.finish(run).value, "2")
