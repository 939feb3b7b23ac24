"""Codes and names as text on a screen: letters that nobody sees are written out, long values are cut."""

import unicodedata
from typing import Any

_MOST_LETTERS = 80
# Other, separators but for the plain space: nothing a reader could see, or tell from nothing.
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"))


def unseen(text: str) -> list[str]:
    """The letters of a text that are invisible, each once, in order; the plain space is none of them."""
    if text.isascii() and text.isprintable():
        return []
    return [letter for letter in dict.fromkeys(text) if letter != " " and unicodedata.category(letter) in _UNSEEN]


def visible(value: Any) -> str:
    r"""A value for a message: invisible letters as escapes such as ``\u200b``, longer ones than 80 letters cut."""
    text = str(value)
    if len(text) > _MOST_LETTERS:
        text = f"{text[:_MOST_LETTERS]}…"
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(letter) if letter != " " and _is_unseen(letter) else letter for letter in text)


def _is_unseen(letter: str) -> bool:
    return unicodedata.category(letter) in _UNSEEN


def _escaped(letter: str) -> str:
    return f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"
