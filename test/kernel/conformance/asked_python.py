"""Promises in Python's words, for ipykernel. What is not here (TypeScript, Node, names of JavaScript) is not asked of it."""

from __future__ import annotations

import re
import time
from pathlib import Path

import promises_comms as comms
import promises_life as life
import promises_protocol as protocol
from client import ASKED_OTHERWISE, Kernel, asked_in, equal, tree_memory
from promises_debugger import Debug

# These have no code of a cell in them, or code that is Python, too.
ASKED_OTHERWISE["python"].update(
    every_request_is_answered=protocol.every_request_is_answered,
    unknown_comm_is_closed=protocol.unknown_comm_is_closed,
)


def stops(k: Kernel, code: str) -> None:
    k.ok("kept = 7")
    result, seconds = k.interrupted(code)
    equal(result.reply.get("ename"), "KeyboardInterrupt")
    assert seconds < life.LIMIT, f"{seconds * 1000:.0f} ms"
    equal(k.ok("kept").value, "7")


@asked_in("python")
def redeclaration(k: Kernel) -> None:
    k.ok("twice = 1\ndef half(): return twice / 2")
    k.ok("twice = 'two'\nclass half: pass")
    equal(k.ok("twice.upper()").value, "'TWO'")


@asked_in("python")
def assignment_is_seen(k: Kernel) -> None:
    k.ok("level = 1\ndef read_level(): return level")
    k.ok("level = 2")
    equal(k.ok("read_level()").value, "2")


@asked_in("python")
def local_modules(k: Kernel) -> None:
    file = Path(k.folder, "local_module.py")
    file.write_text("answer = 41\n")
    equal(k.ok("from local_module import answer\nanswer").value, "41")
    file.write_text("answer = 4200\n")
    equal(k.ok("from local_module import answer\nanswer").value, "4200")


@asked_in("python")
def error_message(k: Kernel) -> None:
    result = k.run("def fail():\n  raise ValueError('too far') from Exception('root')\nfail()")
    equal((result.reply.get("ename"), result.reply.get("evalue")), ("ValueError", "too far"))
    assert re.search(r"line 2|2 +raise", result.error) and "root" in result.error, result.error


@asked_in("python")
def flood_is_complete(k: Kernel) -> None:
    result = k.ok("for i in range(100_000): print('line', i)")
    equal(result.text(), "".join(f"line {index}\n" for index in range(100_000)))


@asked_in("python")
def flood_is_bounded(k: Kernel) -> None:
    before = tree_memory(k.pid)
    msg_id = k.send("big = 'x' * 999\nfor i in range(60_000): print(big)")
    time.sleep(1.5)
    grown = tree_memory(k.pid) - before
    equal(len(k.collect(msg_id, 20).text()), 60_000_000)
    assert grown < 100 * 2**20, f"grew by {grown >> 20} MiB"


@asked_in("python")
def raw_output(k: Kernel) -> None:
    result = k.ok("import os, subprocess\nprint('one')\nsubprocess.run('echo two; echo three >&2', shell=True)\nprint('four'); os.write(1, b'five\\n');")
    equal((result.text("stderr"), result.text()), ("three\n", "one\ntwo\nfour\nfive\n"))


@asked_in("python")
def streams_keep_order(k: Kernel) -> None:
    result = k.ok("import sys\nfor i in range(5):\n  print(i)\n  print(f'e{i}', file=sys.stderr)")
    equal("".join(m["content"]["text"] for m in result.outputs).split(), "0 e0 1 e1 2 e2 3 e3 4 e4".split())


@asked_in("python")
def late_output(k: Kernel) -> None:
    first = k.send("import threading\ndef late():\n  print('late'); raise Exception('late error')\nthreading.Timer(0.4, late).start()")
    k.collect(first)
    second = k.ok("import time; time.sleep(0.9); print('second')")
    equal(second.text(), "second\n")
    kinds = [m["msg_type"] for m in second.others if m["parent_header"].get("msg_id") == first and m["msg_type"] != "status"]
    assert kinds[:1] == ["stream"] and kinds[-1] in ("stream", "error") and len(kinds) > 1, kinds


@asked_in("python")
def displays(k: Kernel) -> None:
    result = k.ok("from IPython.display import *\nh = display(1, display_id='one'); h.update(2); clear_output(wait=True); display(HTML('<b>x</b>'))")
    equal([m["msg_type"] for m in result.outputs], ["display_data", "update_display_data", "clear_output", "display_data"])
    equal(result.outputs[1]["content"]["transient"], {"display_id": "one"})


@asked_in("python")
def display_at_the_end(k: Kernel) -> None:
    equal([m["msg_type"] for m in k.ok("display('once')").outputs], ["display_data"])


@asked_in("python")
def counter(k: Kernel) -> None:
    start = k.ok("0").reply["execution_count"]
    equal(k.run("raise Exception('x')").reply["execution_count"], start + 1)
    k.run("1", silent=True)
    k.run("1", store_history=False)
    equal(k.ok("2").reply["execution_count"], start + 2)


@asked_in("python")
def silent_run(k: Kernel) -> None:
    equal(k.run("ran_silently = True; print('noise'); 5", silent=True).outputs, [])
    equal(k.ok("ran_silently").value, "True")


@asked_in("python")
def stop_on_error(k: Kernel) -> None:
    ids = [k.send("import time; time.sleep(1); raise Exception('stop')"), k.send("'a'"), k.send("'b'")]
    equal([k.collect(msg_id).reply["status"] for msg_id in ids], ["error", "aborted", "aborted"])
    equal(k.run("'c'").reply["status"], "ok")
    ids = [k.send("raise Exception('go on')", stop_on_error=False), k.send("'d'")]
    equal([k.collect(msg_id).reply["status"] for msg_id in ids], ["error", "ok"])


@asked_in("python")
def user_expressions(k: Kernel) -> None:
    reply = k.run("base = 20", user_expressions={"sum": "base + 1", "bad": "missing.field"}).reply["user_expressions"]
    equal((reply["sum"]["data"]["text/plain"], reply["bad"]["status"]), ("21", "error"))


@asked_in("python")
def forged_messages_are_dropped(k: Kernel) -> None:
    k.ok("runs = 0")
    session, socket = k.client.session, k.client.shell_channel.socket
    message = session.msg("execute_request", {"code": "runs += 1", "silent": False})
    frames = session.serialize(message)
    for broken in ([*frames[:1], b"", *frames[2:]], [*frames[:1], b"0" * 64, *frames[2:]], frames[:3], frames, frames):
        socket.send_multipart(broken)
    k.collect(message["header"]["msg_id"])
    equal(k.ok("runs").value, "1")


@asked_in("python")
def answers_while_running(k: Kernel) -> None:
    k.ok("class visible: first = 1; second = 2")
    k.client.hb_channel.unpause()
    running = k.begin("while True: pass")
    try:
        names = k.ask("complete_request", {"code": "visible.", "cursor_pos": 8}, timeout=5)["content"]["matches"]
        assert {"first", "second"} <= {name.split(".")[-1] for name in names}, names
        assert k.client.hb_channel.is_beating()
    finally:
        k.interrupt()
        k.collect(running, 5)


@asked_in("python")
def completion(k: Kernel) -> None:
    k.ok("import math\nclass Box: pass\nbox = Box(); box.dynamic_field = 1")
    reply = k.ask("complete_request", {"code": "'😀'; math.flo", "cursor_pos": 13})["content"]
    assert "floor" in {name.split(".")[-1] for name in reply["matches"]}, reply
    assert reply["cursor_end"] == 13 and reply["cursor_start"] in (5, 10), reply
    live = k.ask("complete_request", {"code": "box.dyn", "cursor_pos": 7})["content"]["matches"]
    assert "dynamic_field" in {name.split(".")[-1] for name in live}, live


@asked_in("python")
def incomplete_cells(k: Kernel) -> None:
    equal(k.ask("is_complete_request", {"code": "1 + 1"})["content"]["status"], "complete")
    block = k.ask("is_complete_request", {"code": "def f():"})["content"]
    equal((block["status"], block["indent"]), ("incomplete", "    "))
    equal(k.ask("is_complete_request", {"code": "a = = 5"})["content"]["status"], "invalid")


@asked_in("python")
def history(k: Kernel) -> None:
    k.ok("'needle one'")
    k.ok("'needle two'")
    tail = k.ask("history_request", {"hist_access_type": "tail", "n": 2, "output": False, "raw": True})["content"]["history"]
    equal([entry[2] for entry in tail], ["'needle one'", "'needle two'"])
    found = k.ask("history_request", {"hist_access_type": "search", "pattern": "*needle*", "output": False, "raw": True})["content"]["history"]
    assert len(found) >= 2, found
    line = tail[0][1]
    ranged = k.ask("history_request", {"hist_access_type": "range", "session": 0, "start": line, "stop": line + 1, "output": False, "raw": True})["content"]["history"]
    equal([entry[2] for entry in ranged], ["'needle one'"])


@asked_in("python")
def user_input(k: Kernel) -> None:
    for code, prompt, hidden in (("input('Name? ')", "Name? ", False), ("import getpass; getpass.getpass('Key: ')", "Key: ", True)):
        msg_id = k.send(code, allow_stdin=True)
        question = k.client.get_stdin_msg(timeout=5)
        equal((question["content"]["prompt"], question["content"]["password"]), (prompt, hidden))
        k.client.input("Ada")
        equal(k.collect(msg_id).value, "'Ada'")
    equal(k.run("input('x')", allow_stdin=False).reply["status"], "error")


@asked_in("python")
def interrupt_loop(k: Kernel) -> None:
    stops(k, "while True: pass")


@asked_in("python")
def interrupt_loop_after_await(k: Kernel) -> None:
    stops(k, "import asyncio\nawait asyncio.sleep(0.02)\nwhile True: pass")


@asked_in("python")
def interrupt_await(k: Kernel) -> None:
    stops(k, "import asyncio\ncleaned = False\ntry:\n  await asyncio.sleep(60)\nfinally:\n  cleaned = True")
    equal(k.ok("cleaned").value, "True")


@asked_in("python")
def interrupt_printing(k: Kernel) -> None:
    k.ok("kept = 7")
    for reads in (True, False):
        msg_id = k.send("while True: print('x')")
        k.read_for(0.7 if reads else 0)
        time.sleep(0 if reads else 0.7)
        started = time.monotonic()
        k.interrupt()
        k.shell(msg_id, started + 5, reading=reads)
        assert time.monotonic() - started < life.LIMIT
        equal(k.collect(k.send("kept"), 60).value, "7")


@asked_in("python")
def interrupt_child_process(k: Kernel) -> None:
    k.ok("import subprocess; kept = 7; beside = subprocess.Popen(['sleep', '60'])")
    for code in ("subprocess.run(['sleep', '60'])", "subprocess.run('trap \"\" INT; sleep 60', shell=True)"):
        result, seconds = k.interrupted(code)
        equal(result.reply.get("ename"), "KeyboardInterrupt")
        assert seconds < 2 + life.LIMIT, f"{code}: {seconds:.1f} s"
    equal(k.ok("[kept, beside.poll(), beside.kill()]").value, "[7, None, None]")


@asked_in("python")
def process_exit(k: Kernel) -> None:
    result = k.run("import os; print('last words', flush=True); os._exit(3)")
    equal(result.text(), "last words\n")
    life.failed_and_runs_again(k, result, "3")


@asked_in("python")
def native_crash(k: Kernel) -> None:
    result = k.run("import os, time; print('before', flush=True); os.kill(os.getpid(), 11); time.sleep(60)")
    equal(result.text(), "before\n")
    life.failed_and_runs_again(k, result, "SIGSEGV")


@asked_in("python")
def shutdown_during_loop(k: Kernel) -> None:
    k.begin("while True: pass")
    started = time.monotonic()
    k.client.shutdown()
    while life.alive(k.pid):
        assert time.monotonic() - started < 5, "still there after 5 s"
        time.sleep(0.01)


@asked_in("python")
def killed_kernel_leaves_no_orphan(k: Kernel) -> None:
    k.begin("while True: pass")
    family = life.descendants(k.pid)
    life.os.kill(k.pid, 9)
    life.gone(family)


@asked_in("python")
def comms_both_ways(k: Kernel) -> None:
    opened = k.ok(
        "from comm import create_comm\nwire = create_comm('somewhere', data={'hello': 1}, buffers=[bytes([1, 2])])\n"
        "def hear(m): wire.send({'got': m['content']['data'], 'bytes': [*bytes(m['buffers'][0])]}); print('heard')\n"
        "wire.on_msg(hear); wire.on_close(lambda m: print('closed'))"
    )
    [opening] = [m for m in opened.outputs if m["msg_type"] == "comm_open"]
    comm_id = opening["content"]["comm_id"]
    equal([bytes(part) for part in opening["buffers"]], [b"\x01\x02"])
    equal(k.ask("comm_info_request", {"target_name": "somewhere"})["content"]["comms"], {comm_id: {"target_name": "somewhere"}})
    comms.send(k, "comm_msg", {"comm_id": comm_id, "data": {"n": 2}}, buffers=[b"\x07"])
    equal(comms.wait_for(k, "comm_msg")["content"]["data"], {"got": {"n": 2}, "bytes": [7]})
    equal(comms.wait_for(k, "stream")["content"]["text"], "heard\n")
    comms.send(k, "comm_close", {"comm_id": comm_id, "data": {}})
    equal(comms.wait_for(k, "stream")["content"]["text"], "closed\n")
    equal(k.ask("comm_info_request", {})["content"]["comms"], {})


@asked_in("python")
def comm_targets(k: Kernel) -> None:
    k.ok("def greet(comm, m): comm.send({'text': 'hello ' + m['content']['data']['name']})\nget_ipython().kernel.comm_manager.register_target('greeter', greet)")
    comms.send(k, "comm_open", {"comm_id": "front-1", "target_name": "greeter", "data": {"name": "you"}})
    equal(comms.wait_for(k, "comm_msg")["content"]["data"], {"text": "hello you"})
    equal(comms.wait_for(k, "status")["content"]["execution_state"], "idle")


@asked_in("python")
def comms_while_awaiting(k: Kernel) -> None:
    running = k.send(
        "import asyncio\nfrom comm import create_comm\nwire = create_comm('somewhere'); heard = asyncio.Event()\n"
        "wire.on_msg(lambda m: heard.set())\nawait asyncio.wait_for(heard.wait(), 5)"
    )
    comm_id = comms.wait_for(k, "comm_open")["content"]["comm_id"]
    comms.send(k, "comm_msg", {"comm_id": comm_id, "data": {"n": 3}})
    equal(k.collect(running).value, "True")


@asked_in("python")
def debug_steps(k: Kernel) -> None:
    d = Debug(k)
    code = (
        "import asyncio\ndef total(values):\n    sum = 0\n    for value in values:\n        sum += value\n    return sum\n"
        "numbers = [1, 2]\nresult = total(numbers)\nlater = await asyncio.sleep(0, result + 1)\nprint('after', later)\nlater"
    )
    d.breakpoints(code, 8)
    run = k.send(code)
    body = d.event("stopped")
    thread = body["threadId"]

    def line() -> int:
        return d.ask("stackTrace", threadId=thread)["stackFrames"][0]["line"]

    def step(command: str = "next") -> int:
        d.ask(command, threadId=thread)
        d.event("stopped")
        return line()

    equal(line(), 8)
    equal([step("stepIn"), *(step() for _ in range(4))], [3, 4, 5, 4, 5])
    assert step("stepOut") in (8, 9)
    while line() < 9:
        step()
    equal(step(), 10)
    d.ask("continue", threadId=thread)
    equal(d.ended(run).value, "4")


@asked_in("python")
def debug_paused_answers(k: Kernel) -> None:
    k.ok("kept = 7")
    d = Debug(k)
    code = "seen = kept\nfor i in range(3):\n    seen += i\nseen"
    d.breakpoints(code, 3)
    run = k.send(code)
    d.event("stopped")
    assert k.client.hb_channel.is_beating()
    equal(k.ask("kernel_info_request", {}, "control")["content"]["status"], "ok")
    assert "kept" in k.ask("complete_request", {"code": "kep", "cursor_pos": 3})["content"]["matches"]
    k.interrupt()
    equal(d.ended(run).reply.get("ename"), "KeyboardInterrupt")
    equal(k.ok("kept").value, "7")


@asked_in("python")
def debug_conditions(k: Kernel) -> None:
    d = Debug(k)
    code = "def count(n):\n    for i in range(n):\n        max(i, 1)\n    return n\ncount(4)"
    d.breakpoints(code, {"line": 3, "condition": "i > 1"}, {"line": 4, "logMessage": "n is {n}"})
    run = k.send(code)
    thread = d.event("stopped")["threadId"]
    frame = d.ask("stackTrace", threadId=thread)["stackFrames"][0]["id"]
    equal(d.ask("evaluate", expression="i", frameId=frame, context="repl")["result"], "2")
    d.breakpoints(code, {"line": 4, "logMessage": "n is {n}"})
    d.ask("continue", threadId=thread)
    result = d.ended(run)
    assert "n is 4" in result.text() + result.text("stderr") + str(d.outputs), (result.outputs, d.outputs)


@asked_in("python")
def debug_values(k: Kernel) -> None:
    d = Debug(k)
    code = "ran = False\nclass Thing:\n    @property\n    def boom(self):\n        global ran\n        ran = True\n        return 1\ndef look(part):\n    copy = [n * 2 for n in part]\n    thing = Thing()\n    return copy\nlook([1, 2, 3])"
    d.breakpoints(code, 11)
    run = k.send(code)
    thread = d.event("stopped")["threadId"]
    frame = d.ask("stackTrace", threadId=thread)["stackFrames"][0]["id"]
    scope = d.ask("scopes", frameId=frame)["scopes"][0]["variablesReference"]
    found = {each["name"]: each for each in d.ask("variables", variablesReference=scope)["variables"]}
    equal(found["copy"]["value"], "[2, 4, 6]")
    d.inside(found["thing"]["variablesReference"])
    equal(d.ask("evaluate", expression="ran", frameId=frame, context="repl")["result"], "False")
    equal(d.ask("richInspectVariables", variableName="copy", frameId=frame)["data"]["text/plain"], "[2, 4, 6]")
    d.ask("copyToGlobals", srcVariableName="copy", dstVariableName="kept", srcFrameId=frame)
    d.ask("continue", threadId=thread)
    d.ended(run)
    equal(k.ok("len(kept)").value, "3")


@asked_in("python")
def debug_modules(k: Kernel) -> None:
    module = Path(k.folder, "part.py").resolve()
    module.write_text("base = 2\ndef grow(n):\n    grown = n * base\n    return grown\n")
    d = Debug(k)
    d.at(str(module), 1, 4)
    code = "from part import grow\nimport posixpath\ngrow(21)"
    d.breakpoints(code)
    run = k.send(code)
    for line in (1, 4):
        thread = d.event("stopped")["threadId"]
        frame = d.ask("stackTrace", threadId=thread)["stackFrames"][0]
        equal((frame["line"], frame["source"]["path"]), (line, str(module)))
        d.ask("continue", threadId=thread)
    equal(d.ended(run).value, "42")
