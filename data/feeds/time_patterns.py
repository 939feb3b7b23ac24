"""Patterns for times, in the letters of `datetime.strptime`, read more strictly than it does.

What stands next to each other without a mark between has all its digits, or 202609201604 would be a time with seconds;
PM counts with %H, too; a day of the week must be the day's; a zone is used or refused, never passed over.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from data.feeds.written_times import MARKERS, MONTHS, WEEKDAYS, ZONES, half_width, moment_of

# Letter -> part of a moment, and the most digits it has.
_NUMBERS: Final = {
    "Y": ("year", 4), "y": ("year", 2), "m": ("month", 2), "d": ("day", 2), "j": ("day_of_year", 3),
    "H": ("hour", 2), "I": ("hour12", 2), "M": ("minute", 2), "S": ("second", 2), "f": ("fraction", 6),
}  # fmt: skip
_MONTH, _WEEKDAY = f"(?:{'|'.join(MONTHS)})[a-z]*", f"(?:{'|'.join(WEEKDAYS)})[a-z]*"
_WORDS: Final = {
    "p": ("marker", MARKERS),
    "b": ("month", f"{_MONTH}\\.?"), "B": ("month", _MONTH),
    "a": ("weekday", f"{_WEEKDAY}\\.?"), "A": ("weekday", _WEEKDAY),
    "z": ("zone", "z|[+-]\\d{2}:?\\d{2}"), "Z": ("zone", ZONES),
}  # fmt: skip
# What these stand for outside any locale.
_LONGER: Final = {"c": "%a %b %d %H:%M:%S %Y", "x": "%m/%d/%y", "X": "%H:%M:%S"}
_ALWAYS_FULL: Final = "Yy"
LETTERS: Final = " ".join(f"%{letter}" for letter in (*_NUMBERS, *_WORDS, *_LONGER))


@lru_cache(maxsize=256)
def compiled(pattern: str) -> re.Pattern[str]:
    """The expression that reads this pattern.

    Raises
    ------
    ValueError
        It has unknown letters, the same part twice, no day, or an hour that may be of the morning or the afternoon.
    """
    pieces = list(_pieces(half_width(pattern)))
    expression = "".join(_expression(pieces, place) for place in range(len(pieces)))
    try:
        found = re.compile(expression, re.IGNORECASE | re.ASCII)
    except re.error as error:
        raise ValueError(f"says one thing twice ({error})") from error
    parts = set(found.groupindex)
    if "year" not in parts or not ({"month", "day"} <= parts or "day_of_year" in parts):
        raise ValueError("has no day: it needs year, month and day")
    if "hour12" in parts and "marker" not in parts:
        raise ValueError("has %I without %p: nothing says morning or afternoon")
    return found


def read_pattern(text: str, pattern: str) -> datetime:
    """Read a time; naive where the text names no zone.

    Raises
    ------
    ValueError, OverflowError
        The text does not fit, or leaves a part unread.
    """
    found = compiled(pattern).fullmatch(half_width(text))
    if found is None:
        raise ValueError("does not fit")
    parts = {name: value for name, value in found.groupdict().items() if value is not None}
    if "hour12" in parts:
        parts["hour"] = parts.pop("hour12")
        if not 1 <= int(parts["hour"]) <= 12:
            raise ValueError("is no hour of a clock with twelve")
    if "day_of_year" not in parts:
        return moment_of(parts)
    days = int(parts.pop("day_of_year"))
    moment = moment_of({**parts, "month": "1", "day": "1"}) + timedelta(days=days - 1)
    if days == 0 or moment.year != int(parts["year"][-2:]) + moment.year // 100 * 100:
        raise ValueError("has no such day")
    return moment


def _pieces(pattern: str) -> Iterator[str]:
    """Letters with their sign, blanks as one, and other characters."""
    for piece in re.findall(r"%.?|\s+|.", pattern, re.DOTALL):
        if piece[1:] in _LONGER and piece[0] == "%":
            yield from _pieces(_LONGER[piece[1:]])
        elif piece[0] == "%" and piece != "%%" and piece[1:] not in (*_NUMBERS, *_WORDS):
            raise ValueError(f"has {piece}, which is none of {LETTERS}")
        else:
            yield piece


def _expression(pieces: list[str], place: int) -> str:
    piece = pieces[place]
    letter = piece[1:]
    if piece.isspace():
        return r"\s+"
    if piece == "%%" or piece[0] != "%":
        return re.escape(piece[-1])
    if letter in _WORDS:
        name, expression = _WORDS[letter]
        return f"(?P<{name}>{expression})"
    name, most = _NUMBERS[letter]
    before, after = (_digits(pieces, place - 1), _digits(pieces, place + 1))
    # Of a run of digits only a fraction at its end may be shorter.
    full = letter in _ALWAYS_FULL or after or (before and letter != "f")
    return f"(?P<{name}>\\d{{{most if full else 1},{most}}})"


def _digits(pieces: list[str], place: int) -> bool:
    """Whether digits are read at this place of the pattern."""
    return 0 <= place < len(pieces) and (pieces[place][1:] in _NUMBERS or pieces[place].isdecimal())
