"""Promises that need other words in Deno: its `Deno.jupyter` in place of `display` and `kernel.comms`."""

from __future__ import annotations

from client import ASKED_OTHERWISE, Kernel, asked_in, equal

# What speaks of this kernel's own names (`interrupt.signal`, tslab's API) or of the types of Node.
ASKED_OTHERWISE["deno"].update(dict.fromkeys(["tslab_api", "interrupt_signal_object", "only_what_node_has"]))


@asked_in("deno")
def displays(k: Kernel) -> None:
    result = k.ok(
        "await Deno.jupyter.display({ 'text/plain': '1' }, { raw: true, display_id: 'one' });\n"
        "await Deno.jupyter.display({ 'text/plain': '2' }, { raw: true, display_id: 'one', update: true });\n"
        "await Deno.jupyter.broadcast('clear_output', { wait: true });\n"
        "await Deno.jupyter.display(Deno.jupyter.html`<b>x</b>`);"
    )
    equal([m["msg_type"] for m in result.outputs], ["display_data", "update_display_data", "clear_output", "display_data"])
    equal(result.outputs[1]["content"]["transient"], {"display_id": "one"})


@asked_in("deno")
def display_at_the_end(k: Kernel) -> None:
    result = k.ok("Deno.jupyter.html`<b>once</b>`")
    equal([m["msg_type"] for m in result.outputs], ["execute_result"])


@asked_in("deno")
def comms_both_ways(k: Kernel) -> None:
    result = k.ok("await Deno.jupyter.broadcast('comm_open', { comm_id: 'c1', target_name: 'somewhere', data: { hello: 1 } }, { buffers: [new Uint8Array([1, 2])] })")
    [opening] = [m for m in result.outputs if m["msg_type"] == "comm_open"]
    equal([bytes(part) for part in opening["buffers"]], [b"\x01\x02"])
    info = k.ask("comm_info_request", {"target_name": "somewhere"})["content"]["comms"]
    equal(info, {"c1": {"target_name": "somewhere"}})
