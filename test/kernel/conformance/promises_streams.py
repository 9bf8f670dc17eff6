"""What is promised of streams, consoles and values: Node's and other notebooks' habits work."""

from __future__ import annotations

from client import Kernel, check, equal


@check()
def pipeline_to_stdout(k: Kernel) -> None:
    """`await pipeline(readable, process.stdout)` ends, and stdout goes on"""
    code = "import { pipeline } from 'node:stream/promises'; import { Readable } from 'node:stream';\n"
    result = k.ok(code + "await pipeline(Readable.from(['a\\n', 'b\\n']), process.stdout); 'settled'")
    equal((result.text(), result.value), ("a\nb\n", "'settled'"))
    order = "console.log('a'); fs.writeSync(1, 'b\\n'); console.log('c'); await new Promise((go) => fs.write(1, 'd\\n', go)); console.log('e')"
    equal(k.ok(f"import fs from 'node:fs'; {order}").text(), "a\nb\nc\nd\ne\n")
    order = "console.log('a'); fs.writeFileSync(1, 'b\\n'); console.log('c'); fs.appendFileSync(1, 'd\\n'); console.log('e')"
    order += "; fs.writevSync(1, [Buffer.from('f\\n')]); console.log('g')"
    order += "; await new Promise((go) => fs.writev(1, [Buffer.from('h\\n')], go)); console.log('i')"
    order += "; await new Promise((go) => fs.writeFile(1, 'j\\n', go)); console.log('k')"
    equal(k.ok(order).text(), "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\n")
    equal(k.ok("[fs.writeFileSync, fs.writevSync, fs.write].map(({ name, length }) => name + length).join()").value, "'writeFileSync3,writevSync3,write6'")
    # The first byte of a character, and text that is no part of it.
    equal(k.ok("process.stdout.write(Uint8Array.of(0xe2)); process.stdout.write('x')").text(), "\ufffdx")
    equal(k.ok("process.stdout.write(Uint8Array.of(0xe2)); fs.writeSync(1, 'x'); fs.writeSync(1, Uint8Array.of(0xe2)); console.log('y')").text(), "\ufffdx\ufffdy\n")
    k.ok("process.stdout.write(Uint8Array.of(0xe2))")
    later = k.ok("console.log('z')")
    equal((later.text(), later.others[0]["content"]["text"]), ("z\n", "\ufffd"))
    equal(k.ok("process.stdout.end('c'); await pipeline(Readable.from(['d']), process.stderr); console.log('e')").text(), "ce\n")


@check()
def node_tests(k: Kernel) -> None:
    """what `node:test` reports comes under the cell that tests"""
    k.ok("import nodeTest from 'node:test'; await nodeTest('first', () => {})")
    result = k.run("await nodeTest('second', () => { throw new Error('bad') }); await new Promise((go) => setTimeout(go, 200))")
    assert "second" in result.text(), result.text()
    assert not [m for m in result.others if "second" in str(m["content"].get("text"))], result.others


@check()
def readline_without_input(k: Kernel) -> None:
    """a question of `node:readline` ends with an error where nobody can be asked, and `finally` runs"""
    code = "import rl from 'node:readline/promises'; let tidied = false;\n"
    code += "try { await rl.createInterface({ input: process.stdin, output: process.stdout }).question('name? ') } finally { tidied = true }"
    equal(k.run(code, allow_stdin=False).reply.get("ename"), "InputRefusedError")
    equal(k.ok("tidied").value, "true")
    equal(k.ok("await prompt('x').catch(() => 'handled')", allow_stdin=False).value, "'handled'")


@check()
def console_of_cells(k: Kernel) -> None:
    """`console.clear()` clears the cell's outputs; a group that was left open ends with its cell"""
    result = k.ok("console.log('a'); console.clear(); console.log('b')")
    equal([m["msg_type"] for m in result.outputs], ["stream", "clear_output", "stream"])
    k.run("console.group('A'); console.group('B'); throw new Error('x')")
    equal(k.ok("console.log('next')").text(), "next\n")


@check()
def printed_stacks(k: Kernel) -> None:
    """`console.error(error)` and `console.trace()` show frames of the cell, none of the kernel"""
    result = k.ok("function fail() { throw new Error('d') }\ntry { fail() } catch (error) { console.error(error) }\nfunction mark() { console.trace('here') }\nmark()")
    text = result.text("stderr")
    assert "at fail (In [" in text and "at mark (In [" in text, text
    assert "node:vm" not in text and "kernel/runner" not in text and "node:internal" not in text, text


@check()
def foreign_displays(k: Kernel) -> None:
    """elements, canvases, Vega-Lite charts and what has `Symbol.for('Jupyter.display')` are shown as in Deno"""
    for code, mime, content in (
        ("({ outerHTML: '<svg xmlns=\"x\"/>' })", "image/svg+xml", '<svg xmlns="x"/>'),
        ("({ outerHTML: '<b>x</b>' })", "text/html", "<b>x</b>"),
        ("({ toDataURL: () => 'data:image/png;base64,iVBORw0KGgo=' })", "image/png", "iVBORw0KGgo="),
        ("({ getContext() {}, toBuffer: () => Buffer.from('png') })", "image/png", "cG5n"),
        ("({ toSpec: () => ({ $schema: 'https://vega.github.io/schema/vega-lite/v5.json', mark: 'bar' }) })", "application/vnd.vegalite.v5+json", None),
        ("({ $schema: 'https://vega.github.io/schema/vega/v5.json', marks: [] })", "application/vnd.vega.v5+json", None),
        ("({ [Symbol.for('Jupyter.display')]: async () => ({ 'text/html': '<i>y</i>' }) })", "text/html", "<i>y</i>"),
    ):
        data = k.ok(code).of("execute_result")[0]["data"]
        assert mime in data and "text/plain" in data, (code, data)
        assert content is None or data[mime] == content, (code, data)


@check()
def habits(k: Kernel) -> None:
    """magics and commands of other notebooks are answered with how it is done here; default exports run"""
    for code, hint in (("%time 1 + 1", "console.time"), ("%%bash\nls", "execSync"), ("!ls", "execSync"), (".help", "name?"), ("%matplotlib inline", "display")):
        assert hint in k.run(code).error, code
    k.ok("export default class { x = 1 }")
    k.ok("export default function () { return 2 }")
    equal(k.ok("WebAssembly.validate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))").value, "true")
    k.ok("const modules: WebAssembly.Module[] = []; modules")
    equal(k.ok("(await import('data:text/javascript,export const p = 1')).p").value, "1")
    equal(k.ok("import far from 'data:application/json,[1]' with { type: 'json' };\nfar").value, "[ 1 ]")


@check()
def only_what_node_has(k: Kernel) -> None:
    """what the running Node does not have, the types do not have either"""
    for name, code in (("groupBy", "Object.groupBy([1], () => 'a')"), ("union", "new Set([1]).union(new Set([2]))"), ("fromAsync", "await Array.fromAsync([1])")):
        has = k.ok(f"'{name}' in Object || '{name}' in Set.prototype || '{name}' in Array").value == "true"
        result = k.run(code)
        assert result.reply["status"] == ("ok" if has else "error"), (code, result.reply)
        assert has or result.reply["ename"] == "TypeScriptError", result.reply
    if k.ok("typeof WebSocket").value == "'undefined'":
        equal(k.run("new WebSocket('ws://127.0.0.1:1')").reply["ename"], "TypeScriptError")
        k.ok("class WebSocket {}\nnew WebSocket()")
