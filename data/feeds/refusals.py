"""Refused rows on their way to the rejects file, in the order of their lines, and their reasons for the summary."""

from dataclasses import dataclass
from typing import Final

from data.feeds.rejects import RAW_CHARS, RejectsFile

# So many different reasons are told apart, and so many lines named of each.
_REASONS: Final = 1_000
_LINES: Final = 5


@dataclass(frozen=True, slots=True)
class RefusalGroup:
    """Rows refused for one reason.

    Attributes
    ----------
    field, reason
        What is wrong with which field; the field is "" for the row as a whole.
    count
        How many rows.
    lines
        The first of their lines in the file.
    """

    field: str
    reason: str
    count: int
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Refusal:
    line: int
    raw: str
    field: str
    value: object
    reason: str


class Refusals:
    """Gathers refused rows, whenever it is found that they are, and writes them in the order of their lines.

    Parameters
    ----------
    file
        The rejects file.
    """

    def __init__(self, file: RejectsFile) -> None:
        self._file = file
        self._waiting: list[_Refusal] = []
        self._counts: dict[tuple[str, str], int] = {}
        self._lines: dict[tuple[str, str], list[int]] = {}

    @property
    def waiting(self) -> int:
        """Rows gathered and not written yet."""
        return len(self._waiting)

    def add(self, line: int, raw: str, *, reason: str, field: str = "", value: object = None) -> None:
        """Note a refused row."""
        # One letter more than is written, so that a cut row is marked as such.
        self._waiting.append(_Refusal(line, raw[: RAW_CHARS + 1], field, value, reason))

    def write(self) -> None:
        """Write what was gathered; to be called when all rows up to here are decided upon."""
        for one in sorted(self._waiting, key=lambda refusal: refusal.line):
            self._file.add(one.line, one.raw, reason=one.reason, field=one.field, value=one.value)
            key = one.field, one.reason
            if key not in self._counts and len(self._counts) >= _REASONS:
                key = "", "other reasons"
            self._counts[key] = self._counts.get(key, 0) + 1
            lines = self._lines.setdefault(key, [])
            if len(lines) < _LINES:
                lines.append(one.line)
        self._waiting.clear()

    def groups(self) -> tuple[RefusalGroup, ...]:
        """The reasons, the commonest first; empty where nothing was refused."""
        commonest = sorted(self._counts, key=lambda key: -self._counts[key])
        return tuple(RefusalGroup(*key, self._counts[key], tuple(self._lines[key])) for key in commonest)
