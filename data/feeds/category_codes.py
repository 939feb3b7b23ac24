"""Codes of categories, as a feed writes them: by code or by name."""

from collections import Counter
from collections.abc import Iterable

from data.city.categories import Category


class CategoryCodes:
    """The table of categories, to ask what a feed means.

    Parameters
    ----------
    categories
        The table; empty knows nothing.
    """

    def __init__(self, categories: Iterable[Category]) -> None:
        rows = list(categories)
        self._codes = frozenset(row.code for row in rows)
        names = [(name, row.code) for row in rows for name in _names_of(row)]
        uses = Counter(name for name, _ in names)
        self._code_of = {name: code for name, code in names if uses[name] == 1}

    def knows(self, code: str) -> bool:
        """Whether the table has this code."""
        return code in self._codes

    def of(self, text: str) -> str:
        """The code that a text means: itself, or that of the only category of this name; otherwise as it is."""
        return text if text in self._codes else self._code_of.get(text, text)


def _names_of(row: Category) -> set[str]:
    """A name alone, and behind its class, in the ways hotlines write it."""
    names = {row.name_zh, row.name_en}
    if row.class_name:
        names |= {f"{row.class_name}{mark}{row.name_zh}" for mark in "-/>、"}
    return names - {""}
