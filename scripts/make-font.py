"""Makes data/fonts/DejaVuSans.ttf: the letters and signs that figures use, out of the whole font.

Needs fonttools 4.60 and the npm package dejavu-fonts-ttf 2.37.3, unpacked:

    python scripts/make-font.py PACKAGE/ttf/DejaVuSans.ttf
"""

import sys
from pathlib import Path

from fontTools import subset

# Latin, Greek, Cyrillic; punctuation, sub- and superscripts, currencies, letter-like signs, arrows, mathematics, shapes.
RANGES = [
    (0x0020, 0x03FF),
    (0x0400, 0x04FF),
    (0x1E00, 0x1EFF),
    (0x2000, 0x20BF),
    (0x2100, 0x22FF),
    (0x25A0, 0x25FF),
    (0x2713, 0x2718),
]

options = subset.Options()
options.hinting = False
options.layout_features = ["kern", "mark", "mkmk", "ccmp"]
options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
options.recalc_timestamp = False
font = subset.load_font(sys.argv[1], options)
subsetter = subset.Subsetter(options)
subsetter.populate(unicodes=[code for first, last in RANGES for code in range(first, last + 1)])
subsetter.subset(font)
target = Path(__file__).parent.parent / "data" / "fonts" / "DejaVuSans.ttf"
subset.save_font(font, str(target), options)
print(target, target.stat().st_size, "bytes")
