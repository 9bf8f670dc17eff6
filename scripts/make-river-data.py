"""Writes data/phishing.csv and data/bananas.csv from the files that the package river 0.23.0 carries.

Run it in a throw-away venv:

    python3 -m venv data-venv
    data-venv/bin/pip install river==0.23.0
    data-venv/bin/python scripts/make-river-data.py

Phishing is taken as it is. Bananas gets a header and commas, and its class -1 becomes 0, as River reads it; rows keep
their order and numbers their digits. Both are then compared with what River itself reads. The same input gives the same
bytes. With `--check` nothing is written; exit code 1 when a file differs.
"""

import argparse
import gzip
import hashlib
import pathlib
import sys
import zipfile

import river
from river import datasets

VERSION = "0.23.0"
CLASSES = {"-1": "0", "1": "1"}


def phishing() -> bytes:
    return gzip.decompress(pathlib.Path(datasets.Phishing().path).read_bytes())


def bananas() -> bytes:
    with zipfile.ZipFile(datasets.Bananas().path) as archive:
        text = archive.read("banana.all.txt").decode("ascii")
    lines = ["x1,x2,class"]
    for line in text.splitlines():
        label, *features = line.split()
        names, values = zip(*(feature.split(":") for feature in features))
        if names != ("1", "2"):
            sys.exit(f"a row has the features {names}")
        lines.append(",".join([*values, CLASSES[label]]))
    return ("\n".join(lines) + "\n").encode("ascii")


def check(name: str, csv: bytes, dataset: datasets.base.FileDataset, ones: int) -> None:
    header, *lines = csv.decode("ascii").splitlines()
    rows = [list(map(float, line.split(","))) for line in lines]
    if rows != [[*map(float, x.values()), float(y)] for x, y in dataset]:
        sys.exit(f"{name}: not the rows that River reads")
    found = (len(rows), header.count(","), sum(row[-1] == 1 for row in rows))
    if found != (dataset.n_samples, dataset.n_features, ones):
        sys.exit(f"{name}: rows, features and rows of class 1 are {found}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the files that are there, write nothing")
    parser.add_argument(
        "--folder", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent / "data"
    )
    options = parser.parse_args()
    if river.__version__ != VERSION:
        sys.exit(f"river {VERSION} is needed, this is {river.__version__}")
    differ = False
    for name, csv, dataset, ones in (
        ("phishing.csv", phishing(), datasets.Phishing(), 548),
        ("bananas.csv", bananas(), datasets.Bananas(), 2376),
    ):
        check(name, csv, dataset, ones)
        sha256 = hashlib.sha256(csv).hexdigest()
        target = options.folder / name
        if options.check:
            same = target.read_bytes() == csv
            differ = differ or not same
            print(f"{name}: {'the same' if same else 'differs'} ({sha256})")
            continue
        target.write_bytes(csv)
        (options.folder / f"{name}.sha256").write_text(f"{sha256}  {name}\n")
        print(f"wrote {name}: {len(csv)} bytes, sha256 {sha256}")
    sys.exit(int(differ))


if __name__ == "__main__":
    main()
