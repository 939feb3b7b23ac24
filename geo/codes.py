"""Codes and names of grids are text, always: "01" keeps its zero."""

import math
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

import pandas as pd


def as_text(value: Any) -> str | None:
    """A code or name as text; None for missing, NaN and blank ones.

    Whole numbers lose the ".0" that a column gets when one of its values is missing; text is kept as it is, but for
    blanks around it.
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
