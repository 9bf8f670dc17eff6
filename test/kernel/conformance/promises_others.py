"""What other kernels promise: asked of all of them for the table, and not among the promises of this project's kernel."""

from __future__ import annotations

import http.server
import threading
import time
from pathlib import Path

from client import Kernel, asked_in, check, equal
from promises_debugger import Debug


@check(own_kernel=True)
@asked_in("python")
def subshells(k: Kernel) -> None:
    """a second cell runs in a subshell while the first one waits"""
    reply = k.ask("create_subshell_request", {}, "control")["content"]
    equal(reply["status"], "ok")
    wait = "import time; time.sleep(4)" if k.dialect == "python" else "await new Promise((go) => setTimeout(go, 4000))"
    k.begin(wait)
    message = k.client.session.msg("execute_request", {"code": "1 + 1", "silent": False})
    message["header"]["subshell_id"] = reply["subshell_id"]
    started = time.monotonic()
    k.client.shell_channel.send(message)
    k.shell(message["header"]["msg_id"], started + 10)
    assert time.monotonic() - started < 3, "it waited"


@check()
@asked_in("python")
def magics(k: Kernel) -> None:
    """`!command` runs in the shell, `%time` measures"""
    assert "found" in k.ok("!echo found").text()
    k.ok("%time 1 + 1")


@check()
def modules_by_address(k: Kernel) -> None:
    """a cell imports a module from a web address, without an installation"""
    Path(k.folder, "far.ts").write_text("export const far: number = 42;\n")

    class Files(http.server.SimpleHTTPRequestHandler):
        extensions_map = {".ts": "application/typescript"}

        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=k.folder)  # type: ignore[arg-type]

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        equal(k.ok(f"(await import('http://127.0.0.1:{server.server_port}/far.ts')).far").value, "42")
    finally:
        server.shutdown()


@check(own_kernel=True)
@asked_in("python")
def debug_set_variable(k: Kernel) -> None:
    """debugger: a variable of the frame is changed in the panel (setVariable)"""
    d = Debug(k)
    code = "def change():\n    n = 1\n    return n + 1\nchange()" if k.dialect == "python" else "function change() {\n  let n = 1;\n  return n + 1;\n}\nchange()"
    d.breakpoints(code, 3)
    run = k.send(code)
    d.stopped("breakpoint")
    scope = d.ask("scopes", frameId=d.frames()[0]["id"])["scopes"][0]
    d.ask("setVariable", variablesReference=scope["variablesReference"], name="n", value="41")
    equal(d.finish(run).value, "42")
