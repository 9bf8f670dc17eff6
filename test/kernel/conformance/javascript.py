"""The kernel "JavaScript (streamtrain)", through a real jupyter_client.

    python test/kernel/conformance/javascript.py    # the kernel named "streamtrain-javascript"
"""

from client import Kernel, equal


def main() -> None:
    kernel = Kernel("streamtrain-javascript", 60)
    try:
        info = kernel.ask("kernel_info_request", {}, timeout=30)["content"]["language_info"]
        equal([info[key] for key in ("name", "file_extension", "mimetype", "codemirror_mode")], ["javascript", ".js", "text/javascript", "javascript"])
        # What a type check would refuse runs, later cells see it, and the result is shown.
        kernel.ok("let n = 1;\nn = 'two';\nconst answer = (a, b) => a.missing?.(b) ?? [n, b];")
        equal(kernel.ok("answer({}, await Promise.resolve(3))").value, "[ 'two', 3 ]")
        equal(kernel.ok("import path from 'node:path';\npath.basename('/a/b.js')").value, "'b.js'")
        # What only TypeScript has is refused, with the place.
        for code, place in {
            "let ok = 1;\nlet typed: number = 2;": ":2:12 ",
            "enum Color { red }": ":1:6 ",
            "answer as any": ":1:11 ",
        }.items():
            refused(kernel, code, place, "TypeScript")
        # TypeScript would take this for type arguments and leave them out.
        kernel.ok("const f = (...all) => all, a = 1, b = 2, c = 3, d = 4;")
        refused(kernel, "f(a<b, c>(d))", ":1:5 ", "parentheses")
        refused(kernel, "f(a<b>`x`)", ":1:5 ", "parentheses")
        equal(kernel.ok("f((a < b), (c > d))").value, "[ true, false ]")
        # Who wants a check can have it.
        kernel.ok("kernel.options({ checking: 'error' })")
        refused(kernel, "Math.max('one')", ":1:10 ", "not assignable")
    finally:
        kernel.close()


def refused(kernel: Kernel, code: str, place: str, words: str) -> None:
    """The cell does not run, and the error says where and why."""
    reply = kernel.run(code).reply
    equal(reply.get("ename"), "TypeScriptError")
    assert place in reply["evalue"] and words in reply["evalue"], reply["evalue"]


main()
