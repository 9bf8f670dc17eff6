"""The error function rounded correctly, in place of the C library's, whose last bit is another in some 4% of values.

River's leaves sum values of it, and split when the sum has grown by `grace_period`: a last bit decides at which row.
"""

import math
from functools import lru_cache

from river.proba import gaussian

BITS = 400
TWO_BY_ROOT_PI = 11283791670955125738961589031215451716881012586579977136881714434212849368


@lru_cache(maxsize=None)
def erf(x):
    """Maclaurin's series in whole numbers of 400 binary digits."""
    if abs(x) >= 6:
        return math.copysign(1.0, x)
    numerator, denominator = float(x).as_integer_ratio()
    term = total = (numerator << BITS) // denominator
    n = 0
    while term not in (0, -1):
        n += 1
        term = -term * numerator * numerator // (denominator * denominator * n)
        total += term // (2 * n + 1)
    return total * TWO_BY_ROOT_PI / (10**73 << BITS)


class ExactMath:
    """The module `math` with that one function."""

    def __getattr__(self, name):
        return erf if name == "erf" else getattr(math, name)


def with_exact_erf(make):
    """What `make` gives while River uses it."""
    before = gaussian.math
    gaussian.math = ExactMath()
    try:
        return make()
    finally:
        gaussian.math = before
