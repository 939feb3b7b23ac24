"""Codes and names of grids are text, always: "01" keeps its zero, "1.10" is not 1.1.

What a file writes is kept to the letter. A number that has no one way to be written as a code (``1E5``, a float beyond
2^53) is named and refused, never guessed.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import pandas as pd

from geo.visible import visible

# From here on neighbouring whole numbers are one float.
_EXACT_FLOAT = 2.0**53
_WHOLE = re.compile(r"-?[0-9]+(\.0*)?")
_NUMBER = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,6}))?")
# What a spreadsheet leaves of a long code: 3.20281E+11.
_ROUNDED = re.compile(r"[0-9](\.[0-9]+)?[eE]\+[0-9]+")


class NumberText(str):
    """A number of a file as the file writes it, digit by digit."""

    __slots__ = ()


class Repeated(list[Any]):
    """The different values of a property that stands in one object more than once."""


@dataclass(frozen=True, slots=True)
class Unkept:
    """A value that cannot be kept as a code: its row, the value as text, and why."""

    row: int
    value: str
    why: str


def as_text(value: Any) -> str | None:
    """A code or name as text; None for missing, NaN and blank ones.

    Whole numbers lose the ".0" that a column gets when one of its values is missing; text is kept as it is, but for
    blanks around it (`blanks_around`).
    """
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, Integral):
        return str(int(value))
    if isinstance(value, Real):
        number = float(value)
        if math.isnan(number):
            return None
        return str(int(number)) if number.is_integer() else repr(number)
    return str(value)


def as_texts(values: Iterable[Any]) -> list[str | None]:
    """`as_text` of each value, in order."""
    return [as_text(value) for value in values]


def written_texts(values: Sequence[Any]) -> tuple[list[str | None], list[Unkept], int]:
    """A column of codes or names as the file writes it.

    Parameters
    ----------
    values
        As a reader gives them: text, `NumberText`, numbers, None, and what is neither.

    Returns
    -------
    texts
        One for each value; None where there is none, or where it cannot be kept.
    unkept
        The values that cannot be kept.
    shortened
        How many numbers lost a ".0": a column of whole numbers of which one was missing is often written so. Where any
        other value of the column has a point, they keep it.
    """
    plain = all(_is_plain(value) for value in values)
    texts: list[str | None] = []
    unkept: list[Unkept] = []
    shortened = 0
    for row, value in enumerate(values):
        try:
            text = _written(value, plain)
        except ValueError as error:
            unkept.append(Unkept(row, visible(value), str(error)))
            text = None
        if text is not None and isinstance(value, NumberText) and "." in value and "." not in text:
            shortened += 1
        texts.append(text)
    return texts, unkept, shortened


def blanks_around(values: Iterable[Any]) -> int:
    """How many texts have blanks around them, which they are read without."""
    return sum(isinstance(value, str) and value != value.strip() and bool(value.strip()) for value in values)


def looks_rounded(text: str) -> bool:
    """Whether a text is what a spreadsheet leaves of a long number, such as 3.20281E+11."""
    return _ROUNDED.fullmatch(text) is not None


def _is_plain(value: Any) -> bool:
    """Whether a value has no point, or only ".0" behind a whole number."""
    if isinstance(value, NumberText):
        return "e" in value or "E" in value or not value.partition(".")[2].strip("0")
    return not (isinstance(value, str) and "." in value)


def _written(value: Any, plain: bool) -> str | None:
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, NumberText):
        return _of_number(str(value).strip(), plain)
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool):
        raise ValueError("is a truth value, not a text: write codes and names as text")
    if isinstance(value, Repeated):
        raise ValueError("stands there more than once, with different values")
    if isinstance(value, dict | list):
        raise ValueError("is an object or a list, not a text: name the column that leads into it, such as parent.code")
    if isinstance(value, Integral):
        return str(int(value))
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Real):
        return _of_float(float(value))
    if isinstance(value, date):
        return value.isoformat()
    raise ValueError(f"is of a type that holds no text ({type(value).__name__})")


def _of_float(number: float) -> str | None:
    if math.isnan(number):
        return None
    if math.isinf(number) or abs(number) >= _EXACT_FLOAT:
        raise ValueError("is stored as a float, which does not keep so many digits: store codes as text")
    text = str(int(number)) if number.is_integer() else repr(number)
    if "e" in text:
        raise ValueError("is a number with an exponent: store codes as text")
    return text


def _of_number(text: str, plain: bool) -> str | None:
    if text in ("", "NaN", "-NaN"):
        return None
    if _WHOLE.fullmatch(text):
        return text.partition(".")[0] if plain else text
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise ValueError("is no number and no text: store codes as text")
    sign, whole, fraction, exponent = found.group(1), found.group(2), found.group(3) or "", found.group(4)
    if exponent is None:
        return text
    # 3.20281104E11 has nine digits of twelve; 3.20281104001E+11 has all of them.
    power = int(exponent)
    if not (whole and 0 < power <= len(fraction)) or fraction[power:].strip("0"):
        raise ValueError("is a number with an exponent, rounded perhaps: store codes as text")
    return sign.replace("+", "") + (whole + fraction[:power]).lstrip("0")
