"""Writes test/data/fixtures/pandas-csv.json: CSV files of many kinds as pandas reads them, the oracle of test/data/csv-files.test.ts.

    python3 -m venv py && py/bin/pip install pandas==3.1.1 && py/bin/python scripts/make-csv-fixture.py
"""

import base64
import io
import json
import math
from pathlib import Path

import pandas

# name, bytes, options of pandas.read_csv, options of readCsv
FILES = [
    ("pandas' own index", ",a,b\n0,1,2\n1,3,4\n".encode(), {"index_col": 0}, {}),
    ("an index that was shuffled", ",a,b\n7,1,2\n3,3,4\n".encode(), {"index_col": 0}, {}),
    ("an index of texts", ",a,b\nx1,1,2\n007,3,4\n".encode(), {"index_col": 0}, {}),
    ("an index named by columns", ",a,b\n0,1,2\n".encode(), {"names": ["index", "a", "b"], "header": 0}, {"columns": ["index", "a", "b"]}),
    ("an index behind columns without it", ",a,b\n5,1,2\n".encode(), {"index_col": 0}, {"columns": ["a", "b"]}),
    ("columns that pandas counted", ",0,1\n0,1,2\n".encode(), {"index_col": 0}, {}),
    ("no header", b"5,1,2\n5,4,4\n", {"names": ["a", "b", "c"], "header": None}, {"columns": ["a", "b", "c"]}),
    ("no header, first row with a gap", b"5,?,2\n5,4,4\n", {"names": ["a", "b", "c"], "na_values": ["?"]}, {"columns": ["a", "b", "c"]}),
    ("a header in place of another", b"x,x,\n1,2,3\n", {"names": ["a", "b", "c"], "header": 0}, {"columns": ["a", "b", "c"], "header": "replace"}),
    ("a header that is numbers", b"400,410\n1,2\n", {}, {"header": True}),
    ("blanks before quotes", b'"a", "b"\n1, 2\n "3" ,4\n', {"skipinitialspace": True}, {}),
    ("a byte-order mark", "\ufeffa,b\r\n1,2\r\n".encode(), {}, {}),
    ("UTF-16, little endian", "\ufeffGröße,b\r\n1,2\r\n".encode("utf-16-le"), {"encoding": "utf-16"}, {}),
    ("UTF-16, big endian", "\ufeffGröße,b\r\n1,2\r\n".encode("utf-16-be"), {"encoding": "utf-16"}, {}),
    ("UTF-16 without mark", "Größe,b\n1,2\n".encode("utf-16-le"), {"encoding": "utf-16-le"}, {"encoding": "utf-16le"}),
    ("latin-1", "Größe,b\n1,2\n".encode("latin-1"), {"encoding": "latin1"}, {"encoding": "latin1"}),
    ("Windows-1252", "Preis €,b\n1,2\n".encode("cp1252"), {"encoding": "cp1252"}, {"encoding": "windows-1252"}),
    ("semicolons and decimal commas", b"a;b\n1,5;-2,25e-3\n,5;3,\n", {"sep": ";", "decimal": ","}, {"delimiter": ";", "decimal": ","}),
    ("quoted decimal commas", b'a,b\n"1,5","2"\n', {"decimal": ","}, {"decimal": ","}),
    ("tabs with empty fields", b"a\tb\tc\n1\t\t3\n\t2\t\n", {"sep": "\t"}, {"delimiter": "\t", "missingMarks": [""]}),
    ("carriage returns alone", b"a,b\r1,2\r3,4\r", {}, {}),
    ("line ends of all kinds", b"a,b\r\n1,2\n3,4\r\n\n5,6", {}, {}),
    ("a delimiter at every line's end", b"a,b,\n1,2,\n3,4,\n", {"usecols": ["a", "b"]}, {}),
    ("comment lines", b"# made by hand\na,b\n# and here\n1,2\n", {"comment": "#"}, {"comment": "#"}),
    ("marks of missing values", b"a,b\nNA,1\nnull,2\n,3\nNone,4\nNaN,5\n", {}, {"missingMarks": ["NA", "null", "", "None", "NaN"]}),
    ("zeros in front, signs, exponents", b"a,b\n007,+1\n-0,1e3\n.5,3.\n", {}, {}),
    ("large exact numbers", b"a,b\n9007199254740991,1e300\n-9007199254740992,-1e-300\n", {}, {}),
    ("columns of text", b"id,v,class\n007,1.5,yes\n0x1F,2,no\n", {"dtype": {"id": str}}, {"textColumns": ["id", "class"]}),
]


def plain(value):
    if isinstance(value, float) and math.isnan(value):
        return None
    return value.item() if hasattr(value, "item") else value


def main() -> None:
    cases = []
    for name, content, theirs, ours in FILES:
        frame = pandas.read_csv(io.BytesIO(content), **theirs)
        index = [plain(label) for label in frame.index] if "index_col" in theirs else list(range(len(frame)))
        cases.append(
            {
                "name": name,
                "bytes": base64.b64encode(content).decode(),
                "options": ours,
                "columns": [str(column) for column in frame.columns],
                "index": index,
                "values": [[plain(value) for value in row] for row in frame.astype(object).values.tolist()],
            }
        )
    target = Path(__file__).parent.parent / "test" / "data" / "fixtures" / "pandas-csv.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps({"pandas": pandas.__version__, "cases": cases}, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
