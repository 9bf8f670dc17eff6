"""What cells are promised: their language and their outputs."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from client import Kernel, check, equal, tree_memory


@check()
def types_are_checked(k: Kernel) -> None:
    """a type error stops the cell before it runs, shown with line and column"""
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
    """a thrown error is shown with name, value, cause and the place in the TypeScript cell"""
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
def children_keep_order(k: Kernel) -> None:
    """what a child process has written stands before what the cell prints when it hears of its end"""
    k.ok("import { spawn } from 'node:child_process'")
    ended = "spawn('sh', ['-c', 'echo child; echo late >&2'], { stdio: 'inherit' }).once('exit', go)"
    result = k.ok(f"for (let i = 0; i < 3; i++) {{ await new Promise((go) => {ended}); console.log('after'); console.error('end') }}")
    order = "".join(message["content"]["text"] for message in result.outputs)
    equal(order.replace("late\nchild", "child\nlate"), "child\nlate\nafter\nend\n" * 3)


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
def values_that_refuse(k: Kernel) -> None:
    """a value that throws when a property is read, such as a strict proxy, is shown; a promise is waited for"""
    strict = "new Proxy({ a: 1 }, { get: (of, name) => { throw new Error(`no ${String(name)}`) } })"
    # Node 26 says of a proxy that it is one.
    equal(k.ok(strict).value.removeprefix("Proxy(").removesuffix(")"), "{ a: 1 }")
    equal(k.ok("const revocable = Proxy.revocable([1], {}); revocable.revoke(); revocable.proxy").value, "<Revoked Proxy>")
    equal(k.ok("Promise.resolve({ then: (go: (value: number) => void) => go(9) })").value, "9")
    assert "Error: left" in k.run("Promise.reject(new Error('left'))").error


@check()
def tslab_api(k: Kernel) -> None:
    """`import * as tslab from 'tslab'` shows HTML"""
    result = k.ok("import * as tslab from 'tslab';\ntslab.display.html('<i>hello</i>');")
    equal(result.of("display_data")[0]["data"]["text/html"], "<i>hello</i>")
