"""Numbers as a question, a setting or an option writes them: digits, and nothing that Python only happens to read.

`int` and `float` take ``1_0`` for 10, and full-width digits, a plus sign and blanks as well.
"""

import re

_WHOLE = re.compile(r"-?[0-9]+", re.ASCII)
_DECIMAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
# Python refuses to read many thousands of digits; no number here comes near.
_MOST_DIGITS = 100


def whole_number(text: str) -> int:
    """A whole number in plain digits; ValueError for everything else."""
    if len(text) > _MOST_DIGITS or not _WHOLE.fullmatch(text):
        raise ValueError("is no whole number in plain digits")
    return int(text)


def decimal_number(text: str) -> float:
    """A decimal number in plain digits; ValueError for everything else, infinity and NaN included."""
    if len(text) > _MOST_DIGITS or not _DECIMAL.fullmatch(text):
        raise ValueError("is no number in plain digits")
    return float(text)
