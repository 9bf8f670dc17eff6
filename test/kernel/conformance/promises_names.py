"""What is promised of names: a cell may call its things as it likes."""

from __future__ import annotations

import json
from pathlib import Path

from client import Kernel, check, equal

PROJECT = Path(__file__).parents[3]

# What JavaScript itself has but does not name globally, and what libraries look for to find out where they run.
OTHERS = [
    "AsyncFunction", "GeneratorFunction", "AsyncGeneratorFunction", "TypedArray", "AsyncIterator", "Generator",
    "window", "self", "document", "define", "module", "exports", "jQuery", "Deno", "Bun", "importScripts",
]  # fmt: skip


def live_on(k: Kernel) -> None:
    """What has to work whatever names were taken: cells, modules, network, timers, outputs, interrupts."""
    for code, value in {
        "1 + 1": "2",
        "({ a: 1 })": "{ a: 1 }",
        "[3, 1, 2].map((n) => n * 2)": "[ 6, 2, 4 ]",
        "`${'a'.repeat(2)}b`": "'aab'",
        "(() => { class Inner { static kind = 'inner' } return Inner.kind })()": "'inner'",
        "await (async () => 'later')()": "'later'",
        "(() => { let sum = 0; for (const n of [1, 2, 3]) sum += n; return sum })()": "6",
        "[...(function* () { yield 1; yield 2 })()]": "[ 1, 2 ]",
        "/b(?<rest>.*)/.exec('abc')?.groups?.rest": "'c'",
        "(await import('node:path')).basename('/a/b')": "'b'",
    }.items():
        equal(k.ok(code).value, value)
    Path(k.folder, "waker.ts").write_text(
        "export const wake = (ms: number) => new Promise<string>((done) => setTimeout(() => done('awake'), ms));\n"
        "export const later = async () => [...new Set([await import('./waker.ts').then((it) => Object.keys(it).length)])];\n"
    )
    equal(k.ok("import { wake, later } from './waker.ts';\n[await wake(5), await later()]").value, "[ 'awake', [ 2 ] ]")
    server = "(q: unknown, reply: any) => reply.end('served')"
    equal(
        k.ok(
            f"import * as http1 from 'node:http'; import {{ once as once1 }} from 'node:events';\nconst server1 = http1.createServer({server});\n"
            "server1.listen(0, '127.0.0.1'); await once1(server1, 'listening');\n"
            "const text1 = await (await realm.fetch(`http://127.0.0.1:${(server1.address() as any).port}`)).text();\n"
            "server1.closeAllConnections(); server1.close(); text1"
        ).value,
        "'served'",
    )
    kafkajs = json.dumps(str(PROJECT / "node_modules/kafkajs/index.js"))
    refused = "const kafka1: any = new kafkajs1.Kafka({ brokers: ['127.0.0.1:1'], logLevel: 0, retry: { retries: 1, initialRetryTime: 5 } });\n"
    code = f"// @check off\nimport kafkajs1 from {kafkajs};\n{refused}const admin1 = kafka1.admin();\nawait admin1.connect().catch((error) => error.name)"
    equal(k.ok(code).value, "'KafkaJSNumberOfRetriesExceeded'")
    shown = k.ok("import * as tslab1 from 'tslab';\ntslab1.display.html('<b>shown</b>')")
    equal(shown.of("display_data")[0]["data"]["text/html"], "<b>shown</b>")
    running = k.send("realm.console.log('under way'); while (true) {}")
    k.drain(0.5)
    k.interrupt()
    result = k.collect(running)
    equal(result.reply.get("ename"), "KeyboardInterrupt")


@check(own_kernel=True)
def every_global_name(k: Kernel) -> None:
    """every global name may be declared as class, constant, function and import; cells, libraries and interrupts go on"""
    names = "Object.getOwnPropertyNames(globalThis).filter((name) => /^[\\p{ID_Start}$_][\\p{ID_Continue}$]*$/u.test(name))"
    k.ok("const realm = globalThis")
    found = [*json.loads(k.ok(f"console.log(JSON.stringify({names}))").text()), *OTHERS]
    assert {"Set", "Promise", "JSON", "process", "setImmediate", "undefined", "URL", "display"} <= set(found), found
    taken = [name for name in found if name.isprintable()]  # The others are the kernel's own, which nobody can type.
    lines = [f"export {{ mine as {name} }};" for name in taken]
    Path(k.folder, "taken.ts").write_text("const mine = 'imported';\n" + "\n".join(lines))
    for name in taken:
        for form, value in (
            (f"class {name} {{ static kind = 'class' }}", f"{name}.kind"),
            (f"const {name} = 'constant'", name),
            (f"function {name}() {{ return 'function' }}", f"{name}()"),
            (f"import {{ {name} }} from './taken.ts'", name),
        ):
            if (name, form[:5]) == ("eval", "class"):
                continue  # JavaScript's strict mode has no such class
            wanted = {"cl": "class", "co": "constant", "fu": "function", "im": "imported"}[form[:2]]
            equal((name, k.ok(f"// @check off\n{form};\n{value}").value), (name, f"'{wanted}'"))
    equal(k.ok(f"// @check off\n[{taken[0]}, {taken[-1]}]").value, "[ 'imported', 'imported' ]")
    live_on(k)


@check()
def messages_name_variables(k: Kernel) -> None:
    """what the engine says of a variable names it as the cell does"""
    result = k.run("let what: any = {};\nfunction Set() { what.go() }\nSet()")
    equal(result.reply["evalue"], "what.go is not a function")
    assert "at Set (In" in result.error, result.error
    assert "\u200d" not in result.error, result.error
    equal(k.ok("const tell = () => new Error('x').stack!.split(/\\n */)[1]!; tell()").value[:10], "'at tell (")


@check()
def common_js(k: Kernel) -> None:
    """pasted CommonJS runs: `module.exports`, `exports` and `require.main === module`; `eval` of a cell's name says what to do"""
    equal(k.ok("const add9 = (a: number, b: number) => a + b;\nmodule.exports = { add9 };").value, "{ add9: [Function: add9] }")
    equal(k.ok("exports.twice = (n: number) => 2 * n; [module.exports === exports, Object.keys(module.exports as object)]").value, "[ true, [ 'add9', 'twice' ] ]")
    equal(k.ok("if (require.main === module) console.log('main')").text(), "main\n")
    equal(k.ok("const inner9 = () => typeof exports; inner9()").value, "'object'")
    equal(k.ok("// @check off\n(0, eval)('typeof module')").value, "'undefined'")
    result = k.run("eval('add9(1, 2)')")
    assert "new Function('add9', code)(add9)" in result.error, result.error
    equal(k.ok("new Function('add9', 'return add9(1, 2)')(add9)").value, "3")
    assert "names of cells" not in k.run("eval('nowhere9')").error
    equal(k.ok("const module = 5; module").value, "5")
    equal(k.ok("((exports: number) => exports)(module)").value, "5")


@check(own_kernel=True)
def replaced_globals(k: Kernel) -> None:
    """a cell that replaces the functions and classes of globalThis itself does not disturb the kernel"""
    k.ok(
        "// @check off\nfor (const name of ['setTimeout', 'setImmediate', 'clearTimeout', 'queueMicrotask', 'Map', 'Set', 'WeakMap', 'Symbol', 'JSON',\n"
        "  'Buffer', 'performance', 'AbortController', 'Reflect', 'Object', 'Array', 'Number', 'String', 'Math', 'Atomics', 'process', 'Error'])\n"
        "  globalThis[name] = undefined;\n1"
    )
    equal(k.ok("// @check off\n({ a: [1, new Date(0)] })").value, "{ a: [ 1, 1970-01-01T00:00:00.000Z ] }")
    equal(k.run("JSON.parse('{')").reply["status"], "error")
    k.ok("const kept3: any = { deep: [42] }")
    for _ in range(50):  # On a busy machine the value may come too late for one answer.
        shown = k.ask("inspect_request", {"code": "kept3", "cursor_pos": 3, "detail_level": 0})["content"]["data"]["text/plain"]
        if "deep: [ 42 ]" in shown:
            break
    assert "deep: [ 42 ]" in shown, shown
    running = k.begin("while (true) {}")
    k.interrupt()
    equal(k.collect(running).reply.get("ename"), "KeyboardInterrupt")
    equal(k.ok("const kept2 = 5; kept2").value, "5")
