"""Where the fixtures go, and how they are written."""

import gzip
import json
from pathlib import Path

TARGET = Path(__file__).parent.parent.parent / "test/training/fixtures/river"


def write(name, content):
    """Writes compact JSON, compressed without a time stamp."""
    text = json.dumps(content, separators=(",", ":"))
    TARGET.mkdir(parents=True, exist_ok=True)
    (TARGET / f"{name}.json.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))
