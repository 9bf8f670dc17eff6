"""What front ends and cells are promised of comms: channels between the two that outlive a cell."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from client import Kernel, Message, check, equal


def send(k: Kernel, kind: str, content: dict[str, Any], **options: Any) -> str:
    message = k.client.session.msg(kind, content)
    k.client.session.send(k.client.shell_channel.socket, message, buffers=options.get("buffers"))
    return message["header"]["msg_id"]


def wait_for(k: Kernel, kind: str, seconds: float = 10) -> Message:
    until = time.monotonic() + seconds
    while True:
        message = k.iopub(until)
        if message["msg_type"] == kind:
            return message


@check()
def comms_both_ways(k: Kernel) -> None:
    """a cell opens a comm and is answered, bytes beside the JSON; comm_info lists it, and closing it reaches its handler"""
    opened = k.ok(
        "const wire1 = kernel.comms.open('somewhere', { hello: 1 }, { buffers: [new Uint8Array([1, 2])] });\n"
        "wire1.onMessage(({ data, buffers }) => { wire1.send({ got: data, bytes: [...(buffers[0] ?? [])] }); console.log('heard'); });\n"
        "wire1.onClose(() => console.log('closed'))"
    )
    [opening] = [m for m in opened.outputs if m["msg_type"] == "comm_open"]
    comm_id = opening["content"]["comm_id"]
    equal((opening["content"]["target_name"], opening["content"]["data"]), ("somewhere", {"hello": 1}))
    equal([bytes(part) for part in opening["buffers"]], [b"\x01\x02"])
    info = {"status": "ok", "comms": {comm_id: {"target_name": "somewhere"}}}
    equal(k.ask("comm_info_request", {"target_name": "somewhere"})["content"], info)
    equal(k.ask("comm_info_request", {"target_name": "elsewhere"})["content"]["comms"], {})
    send(k, "comm_msg", {"comm_id": comm_id, "data": {"n": 2}}, buffers=[b"\x07"])
    equal(wait_for(k, "comm_msg")["content"], {"comm_id": comm_id, "data": {"got": {"n": 2}, "bytes": [7]}})
    heard = wait_for(k, "stream")
    equal(heard["parent_header"]["msg_id"], opening["parent_header"]["msg_id"])
    send(k, "comm_close", {"comm_id": comm_id, "data": {}})
    equal(wait_for(k, "stream")["content"]["text"], "closed\n")
    equal(k.ask("comm_info_request", {})["content"]["comms"], {})
    equal(k.ok("wire1.isOpen").value, "false")
    assert "ST_KERNEL_COMM_CLOSED" in k.run("try { wire1.send({}) } catch (error: any) { throw new Error(error.code) }").error


@check()
def comm_targets(k: Kernel) -> None:
    """the front end opens a comm to a target that a cell registered; idle comes when the handler has done its work"""
    k.ok(
        "const back2 = kernel.comms.register('greeter', async (comm, { data }) => {\n"
        "  await new Promise((go) => setTimeout(go, 100));\n  comm.send({ text: 'hello ' + data['name'] });\n});"
    )
    request = send(k, "comm_open", {"comm_id": "front-1", "target_name": "greeter", "data": {"name": "you"}})
    kinds = []
    while kinds[-1:] != ["idle"]:
        message = k.iopub(time.monotonic() + 10)
        if message["parent_header"].get("msg_id") == request or message["msg_type"] == "comm_msg":
            kinds.append(message["content"].get("execution_state") or message["content"]["data"]["text"])
    equal(kinds, ["busy", "hello you", "idle"])
    k.ok("back2()")
    send(k, "comm_open", {"comm_id": "front-2", "target_name": "greeter", "data": {}})
    equal(wait_for(k, "comm_close")["content"]["comm_id"], "front-2")
    send(k, "comm_close", {"comm_id": "front-1", "data": {}})
    equal(k.ask("comm_info_request", {})["content"]["comms"], {})


@check()
def comms_while_awaiting(k: Kernel) -> None:
    """messages of the front end reach a cell while it awaits; what fails in a handler comes under its cell"""
    running = k.send(
        "const wire3 = kernel.comms.open('somewhere');\nlet heard3 = 0;\n"
        "await new Promise<void>((go) => wire3.onMessage(({ data }) => { heard3 = Number(data['n']); if (heard3 === 3) go(); else throw new Error(`not ${heard3}`); }));\n"
        "heard3"
    )
    comm_id = wait_for(k, "comm_open")["content"]["comm_id"]
    for number in (1, 3):
        send(k, "comm_msg", {"comm_id": comm_id, "data": {"n": number}})
    result = k.collect(running)
    equal(result.value, "3")
    equal([error["evalue"] for error in result.of("error")], ["not 1"])
    k.ok("wire3.close()")
    equal(k.run("kernel.comms.open('somewhere', { n: NaN })").reply["status"], "error")


@check(own_kernel=True)
def comms_end_with_their_process(k: Kernel) -> None:
    """a handler's endless loop is interrupted, and one that a moved control began; comms of a process that ended are closed for the front end"""
    k.ok("const wire4 = kernel.comms.open('somewhere');\nwire4.onMessage(() => { console.log('turning'); for (;;) {} })")
    [comm_id] = k.ask("comm_info_request", {})["content"]["comms"]
    send(k, "comm_msg", {"comm_id": comm_id, "data": {}})
    wait_for(k, "stream")
    k.interrupt()
    equal(wait_for(k, "error")["content"]["ename"], "KeyboardInterrupt")
    equal(k.ok("1 + 1").value, "2")
    # So is a loop that a moved control has begun; the next move is heard again.
    widgets = (Path(__file__).parents[3] / "dist" / "widgets" / "index.js").as_uri()
    k.ok(f"import {{ interact, IntSlider }} from '{widgets}';\nconst slider4 = new IntSlider({{ value: 1 }});\nconst seen4: number[] = [];\n"
         "await interact(({ n }: { n: number }) => { seen4.push(n); while (n === 2); }, { n: slider4 })")
    moved = k.begin("setTimeout(() => { slider4.value = 2; }, 1); await new Promise((go) => setTimeout(go, 60_000))")
    k.interrupt()
    equal(k.collect(moved).reply["ename"], "KeyboardInterrupt")
    equal(k.ok("slider4.value = 3; seen4").value, "[ 1, 2, 3 ]")
    result = k.run("process.exit(3)")
    closed = [m for m in [*result.outputs, *result.others] if m["msg_type"] == "comm_close"]
    assert comm_id in [m["content"]["comm_id"] for m in closed], closed
    equal(k.ask("comm_info_request", {})["content"]["comms"], {})
