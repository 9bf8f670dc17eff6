"""What front ends are promised: every message of the protocol."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

from client import Kernel, check, equal


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
    ids = [k.send("throw new Error('unseen')", silent=True), k.send("'e'")]
    equal([k.collect(msg_id).reply["status"] for msg_id in ids], ["error", "ok"])


@check()
def user_expressions(k: Kernel) -> None:
    """user_expressions are evaluated, each with its own status"""
    reply = k.run("const base = 20;", user_expressions={"sum": "base + 1", "bad": "missing.field"}).reply
    equal(reply["user_expressions"]["sum"]["data"]["text/plain"], "21")
    equal(reply["user_expressions"]["bad"]["status"], "error")
    reply = k.run("", user_expressions={"twice": "base * 2"}, silent=True).reply
    equal(reply["user_expressions"]["twice"]["data"]["text/plain"], "40")


@check()
def every_request_is_answered(k: Kernel) -> None:
    """comm, debug, connect and unknown requests are answered, too"""
    equal(k.ask("comm_info_request", {})["content"]["comms"], {})
    equal(k.ask("debug_request", {"seq": 1, "type": "request", "command": "guess"}, "control")["content"]["success"], False)
    assert k.ask("connect_request", {})["content"]["shell_port"] > 0
    equal(k.ask("no_such_request", {})["content"]["status"], "error")
    assert k.ask("execute_request", {"code": 5})["content"]["evalue"].startswith("code: ")


@check()
def unknown_comm_is_closed(k: Kernel) -> None:
    """a comm opened to an unknown target is closed again"""
    message = k.client.session.msg("comm_open", {"comm_id": "c1", "target_name": "nobody", "data": {}})
    k.client.shell_channel.send(message)
    kinds = [m["msg_type"] for m in k.drain(0.5) if m["parent_header"].get("msg_id") == message["header"]["msg_id"]]
    kinds = [kind for kind in kinds if kind != "stream"]  # a kernel may say that it knows no such target
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
    """is_complete distinguishes finished, unfinished (with indent) and wrong cells"""
    equal(k.ask("is_complete_request", {"code": "1 + 1"})["content"]["status"], "complete")
    open_block = k.ask("is_complete_request", {"code": "function f() {"})["content"]
    equal((open_block["status"], open_block.get("indent", "").strip(" ")), ("incomplete", ""))
    assert len(open_block["indent"]) > 0
    equal(k.ask("is_complete_request", {"code": "const = 5"})["content"]["status"], "invalid")
    equal(k.ask("is_complete_request", {"code": "Array?"})["content"]["status"], "complete")
    equal(k.ask("is_complete_request", {"code": "1 +  // and"})["content"]["status"], "incomplete")


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
