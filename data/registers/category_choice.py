"""Which categories a unit or a power is about: codes, prefixes of codes, classes, or all.

A word of the choice is ``*`` (all), a prefix of codes ending in ``*`` (``01*``), a code, or the name of a class.
"""

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

ALL: Final = "*"

# How closely a choice names a category; larger is closer. A code is closer than a prefix (a longer one closer than a
# shorter), a prefix closer than a class, a class closer than "all".
Fit: TypeAlias = tuple[int, int]


def fit(words: Iterable[str], code: str, class_name: str = "") -> Fit | None:
    """How closely a choice names a category; None where it does not.

    Parameters
    ----------
    words
        The choice; empty chooses nothing.
    code, class_name
        Of the category; "" where unknown. A category without a code is in "all" only.
    """
    return max((one for word in words if (one := _fit(word, code, class_name)) is not None), default=None)


def form_problem(word: str) -> str:
    """What is wrong with the form of a word of a choice; "" if nothing."""
    if "*" in word[:-1]:
        return "has a * that is not at its end: write a code, the beginning of codes and *, or the name of a class"
    return ""


def names_any(word: str, classes: Mapping[str, str]) -> bool:
    """Whether a word chooses any of these categories, given as codes with the names of their classes."""
    return any(_fit(word, code, class_name) is not None for code, class_name in classes.items())


def _fit(word: str, code: str, class_name: str) -> Fit | None:
    if word == ALL:
        return 0, 0
    if not code:
        return None
    if word.endswith("*"):
        return (2, len(word)) if code.startswith(word[:-1]) else None
    if word == code:
        return 3, 0
    return (1, 0) if word == class_name else None
