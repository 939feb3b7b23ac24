"""An alert: something that needs attention, with the reason in words to be filled."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

Kind = Literal["surge", "due_soon", "silent", "repeat"]
Severity = Literal["red", "yellow"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Alert:
    """A finding at a moment.

    Attributes
    ----------
    kind
        What was found.
    matter
        The same as long as the same matter lasts, whatever its numbers.
    grid
        Id of the grid it is about; None for the whole city.
    lo, hi
        Its leaves ``[lo, hi)``; the whole city begins at -1, with what lies in no grid.
    category
        Code of the category; None where it is about all of them.
    since
        Aware: from when on it is so, as far as the numbers tell.
    count, expected
        How many there are, and how many there would be as usual; None where nothing is usual.
    base
        What the expectation was learned from, JSON-able.
    reason, values
        Key of the sentence in the catalogue (section ``attention``), and what fills it, JSON-able. Place and category
        are filled in by whoever shows it.
    severity
        ``"red"`` or ``"yellow"``.
    """

    kind: Kind
    matter: str
    grid: str | None
    lo: int
    hi: int
    category: str | None
    since: datetime
    count: int
    expected: float | None
    base: Mapping[str, Any]
    reason: str
    values: Mapping[str, Any]
    severity: Severity


def matter_of(kind: Kind, grid: str | None, category: str | None = None, more: str = "") -> str:
    """Name a matter: two findings of one name are about the same thing."""
    return "|".join([kind, grid or "", "*" if category is None else category, more])
