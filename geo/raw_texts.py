"""Codes and names out of a layer as its file writes them; what cannot be kept is refused with its value."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from geo.codes import blanks_around, looks_rounded, written_texts
from geo.findings import Finding, Severity
from geo.formats import unreadable
from geo.raw_table import RawTable
from geo.visible import unseen, visible

_TOLD = 5
_CHINESE = re.compile("[\u3400-\u9fff]")


class TextColumns:
    """The text columns that were taken from a layer, and what there is to say about them."""

    def __init__(self, path: Path, table: RawTable) -> None:
        self._path, self._table = path, table
        self._found: list[tuple[Severity, str, str | None, int, str]] = []

    def of(self, column: str, role: str) -> list[str | None]:
        """A column as text.

        Raises
        ------
        GridsUnreadable
            `reason` "value": a value cannot be kept as the file writes it; with its row, counted from 1.
        """
        values = self._table.values(column)
        texts, unkept, shortened = written_texts(values)
        if unkept:
            first = unkept[0]
            others = ", ".join(f"{one.value} in row {one.row + 1}" for one in unkept[1:_TOLD])
            more = f" ({len(unkept) - 1} more: {others}{', …' if len(unkept) > _TOLD else ''})" if others else ""
            raise unreadable(
                self._path, "value",
                f"the {role} {first.value!r} in row {first.row + 1} of column {column!r} {first.why}{more}",
                column=column, row=first.row + 1, value=first.value, count=len(unkept),
            )  # fmt: skip
        if shortened:
            told = f"{shortened:,} whole numbers of column {column!r} are written with .0, and read without"
            self._found.append(("note", "shortened", None, shortened, told))
        blanks = blanks_around(values)
        if blanks:
            told = f"{blanks:,} texts of column {column!r} have blanks around them, and are read without"
            self._found.append(("note", "blanks", None, blanks, told))
        for text in dict.fromkeys(text for text in texts if text is not None):
            for severity, told in _odd(text, role):
                self._found.append((severity, "letters", visible(text), 0, told))
        return texts

    def findings(self, level: int) -> Iterator[Finding]:
        """What there is to say, for the level that the layer has become."""
        for severity, kind, code, count, told in self._found:
            yield Finding(severity, kind, level, (code,) if code else (), count or None, told)


def _odd(text: str, role: str) -> Iterator[tuple[Severity, str]]:
    """What is strange about a text: letters that nobody sees, a number that a spreadsheet has rounded."""
    hidden = unseen(text)
    if hidden:
        names = ", ".join(f"U+{ord(letter):04X}" for letter in hidden)
        yield "warning", f"the {role} {visible(text)} holds letters that nobody sees ({names}): take them out"
    garbled = _garbled(text)
    if garbled:
        yield "warning", f"the {role} {visible(text)} looks garbled: {garbled}"
    plain = unicodedata.normalize("NFKC", text)
    if role != "name" and plain != text and not hidden:
        yield "warning", f"the {role} {text} is written in other letters than {plain}, full-width ones perhaps"
    if role != "name" and looks_rounded(text):
        yield "warning", f"the {role} {visible(text)} looks like a number that a spreadsheet has rounded"


def _garbled(text: str) -> str:
    """What seems to have happened to the letters of a text on its way; "" where nothing does."""
    if "\ufffd" in text or (len(text) > 1 and not text.strip("?")):
        return "letters were lost when it was saved in another encoding"
    if text.isascii():
        return ""
    for wrong in ("cp1252", "latin-1", "gb18030"):
        try:
            right = text.encode(wrong).decode("utf-8")
        except UnicodeError:
            continue
        # Text of one encoding practically never is Chinese in another by chance.
        if right != text and _CHINESE.search(right):
            return f"UTF-8 that was read in another encoding; it was {right} perhaps"
    return ""
