"""Lets papermill write parameters into notebooks whose language is TypeScript or JavaScript.

papermill imports this module at its start (see pyproject.toml); importing it is all that has to be done. Tried with
papermill 2.7.0.
"""

from __future__ import annotations

import json
import math
from typing import Any

from papermill.engines import NBClientEngine  # noqa: F401 - what the entry point names
from papermill.exceptions import PapermillException
from papermill.translators import Translator, papermill_translators

__version__ = "0.1.0"

LARGEST_WHOLE_NUMBER = 2**53 - 1


class TypeScript(Translator):
    """Parameters as `var name = value;`: the cell of defaults may have declared the same names by `const` or `let`."""

    @classmethod
    def translate_escaped_str(cls, str_val: Any) -> str:
        return json.dumps(str(str_val))

    @classmethod
    def translate_none(cls, val: None) -> str:
        return "null"

    @classmethod
    def translate_int(cls, val: int) -> str:
        if abs(val) > LARGEST_WHOLE_NUMBER:
            raise PapermillException(f"{val} is larger than numbers of JavaScript are exact; give it as text.")
        return str(val)

    @classmethod
    def translate_float(cls, val: float) -> str:
        if math.isnan(val):
            return "NaN"
        if math.isinf(val):
            return "Infinity" if val > 0 else "-Infinity"
        return repr(val)

    @classmethod
    def translate_list(cls, val: list[Any]) -> str:
        return f"[{', '.join(cls.translate(each) for each in val)}]"

    @classmethod
    def translate_dict(cls, val: dict[Any, Any]) -> str:
        return f"{{ {', '.join(f'{cls._key(key)}: {cls.translate(each)}' for key, each in val.items())} }}"

    @classmethod
    def _key(cls, key: Any) -> str:
        text = json.dumps(str(key))
        # Without brackets this one sets the prototype.
        return f"[{text}]" if key == "__proto__" else text

    @classmethod
    def comment(cls, cmt_str: str) -> str:
        return f"// {cmt_str}".strip()

    @classmethod
    def assign(cls, name: str, str_val: str) -> str:
        return f"var {name} = {str_val};"


for language in ("typescript", "javascript"):
    papermill_translators.register(language, TypeScript)
