"""Makes data/fonts/: the letters and signs that figures use, out of whole fonts.

Needs fonttools 4.60 and brotli, and two npm packages, unpacked: dejavu-fonts-ttf 2.37.3, @fontsource/noto-sans-sc 5.3.0:

    python scripts/make-font.py DEJAVU/ttf/DejaVuSans.ttf NOTO/files/noto-sans-sc-chinese-simplified-400-normal.woff2
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
LATIN = [code for first, last in RANGES for code in range(first, last + 1)]


def gb2312(rows):
    """The characters of these rows of GB 2312, China's first list of characters, by code point."""
    cells = [bytes([0xA0 + row, 0xA0 + column]) for row in rows for column in range(1, 95)]
    return [ord(text) for text in (cell.decode("gb2312", "ignore") for cell in cells) if text]


# Its first level, the 3,755 most common ones, with punctuation and letters of full width; and terms of the field beyond them:
# threshold, entropy, clustering, covariance.
CHINESE = [code for code in [*gb2312([1, 3, *range(16, 56)]), *map(ord, "阈熵簇协")] if code not in LATIN]


def make(source, name, characters, features, family=None):
    options = subset.Options()
    options.hinting = False
    options.layout_features = features
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.recalc_timestamp = False
    if not features:
        options.drop_tables += ["BASE", "GDEF", "GPOS", "GSUB", "STAT", "vhea", "vmtx"]
    font = subset.load_font(source, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    font.flavor = None
    if family:
        # The source calls each of its weights by that of the file it was cut from.
        for number, text in {1: family, 2: "Regular", 4: family, 6: family.replace(" ", "") + "-Regular"}.items():
            font["name"].setName(text, number, 3, 1, 0x409)
    target = Path(__file__).parent.parent / "data" / "fonts" / name
    subset.save_font(font, str(target), options)
    print(target, target.stat().st_size, "bytes,", len(font.getBestCmap()), "characters")


make(sys.argv[1], "DejaVuSans.ttf", LATIN, ["kern", "mark", "mkmk", "ccmp"])
make(sys.argv[2], "NotoSansSC.ttf", CHINESE, [], "Noto Sans SC")
