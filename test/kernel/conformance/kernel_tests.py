"""Jupyter's own test suite for kernels, with every sample it knows of declared.

    python test/kernel/conformance/kernel_tests.py    # the kernel named "streamtrain"
"""

import unittest

import jupyter_kernel_test
from jupyter_kernel_test import IopubWelcomeTests


class StreamtrainKernelTests(jupyter_kernel_test.KernelTests):
    kernel_name = "streamtrain"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('oops')"
    completion_samples = [
        {"text": "Math.ma", "matches": {"max"}},
        {"text": "JSON.stri", "matches": {"stringify"}},
    ]
    complete_code_samples = ["1", "const a = 1", "function f(): number {\n  return 1;\n}", "await f()", ""]
    incomplete_code_samples = ["function f() {", "const a = [", "`text", "1 +", "if (true) {\n  a();"]
    invalid_code_samples = ["const = 1", "1 2 3", "}"]
    code_page_something = "?display"
    code_generate_error = "throw new Error('on purpose')"
    code_execute_result = [
        {"code": "1 + 2", "result": "3"},
        {"code": "'a'.repeat(3)", "result": "'aaa'"},
        {"code": "[1, 2]", "result": "[ 1, 2 ]"},
    ]
    code_display_data = [
        {"code": "display.html('<b>bold</b>')", "mime": "text/html"},
        {"code": "display.svg('<svg/>')", "mime": "image/svg+xml"},
        {"code": "display({ a: 1 })", "mime": "text/plain"},
    ]
    code_history_pattern = "1 ?*2"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "Math.max"
    code_clear_output = "display.clear()"


class StreamtrainWelcomeTests(IopubWelcomeTests):
    kernel_name = "streamtrain"
    support_iopub_welcome = True


del IopubWelcomeTests

if __name__ == "__main__":
    unittest.main(verbosity=2)
