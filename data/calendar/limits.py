"""Time limits by category of incident, from a file: ``limits/jiangyin.toml`` beside this module explains every key."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from data.toml_file import TomlFile

if TYPE_CHECKING:
    from data.calendar.work_calendar import WorkCalendar

LIMITS = Path(__file__).parent / "limits"
KIND = "Limits"
# A year and more: beyond, a limit is a mistake in writing, and the calendar would be asked for decades.
MAX_LIMIT_HOURS, MAX_LIMIT_DAYS = 2_000.0, 366

_TEXT = re.compile(r"(\d{1,4}(?:\.\d{1,6})?)([hd])", re.ASCII)
_NAMES = ("dispatch", "claim", "finish", "close")
_GROUP_KEYS = {"name", "codes", "yellow_share", *_NAMES}


@dataclass(frozen=True, slots=True)
class Limit:
    """A span of office hours ("h") or working days ("d"); written ``"4h"``, ``"5d"``."""

    number: float
    unit: Literal["h", "d"]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``"4h"`` or ``"5d"``; ValueError says what is wrong with anything else."""
        match = _TEXT.fullmatch(text)
        if match is None:
            raise ValueError('office hours such as "4h", or working days such as "5d"')
        number = float(match[1])
        if match[2] == "h":
            if not 0 < number <= MAX_LIMIT_HOURS:
                raise ValueError(f"more than 0h, at most {MAX_LIMIT_HOURS:g}h")
            return cls(number, "h")
        if number not in range(1, MAX_LIMIT_DAYS + 1):
            raise ValueError(f"whole working days from 1d to {MAX_LIMIT_DAYS}d")
        return cls(number, "d")

    def __str__(self) -> str:
        """The limit as it is written."""
        return f"{self.number:.10g}{self.unit}"

    def due(self, calendar: "WorkCalendar", start: datetime) -> datetime:
        """When it ends, if it starts then."""
        if self.unit == "h":
            return calendar.add_hours(start, self.number)
        return calendar.add_days(start, int(self.number))


@dataclass(frozen=True, slots=True)
class CategoryLimits:
    """The limits of one category.

    Attributes
    ----------
    dispatch
        From the report, or from coming back to the center, until it is dispatched.
    close
        From the end of handling until it is checked and closed.
    yellow_share
        The share of a clock's office time that is left when its light turns yellow; 0 up to, not including, 1.
    claim, finish
        From dispatch until it is claimed, and until it is handled; None: the calendar's.
    """

    dispatch: Limit = Limit(2.0, "h")
    close: Limit = Limit(2.0, "d")
    yellow_share: float = 0.25
    claim: Limit | None = None
    finish: Limit | None = None


@dataclass(frozen=True)
class Limits:
    """The limits of all categories.

    Attributes
    ----------
    name
        Name or path they were loaded from.
    fallback
        Of categories that nothing else is said about, unknown ones included.
    by_code
        By category code.
    by_prefix
        By the beginning of category codes.
    """

    name: str
    fallback: CategoryLimits
    by_code: Mapping[str, CategoryLimits] = field(default_factory=dict)
    by_prefix: Mapping[str, CategoryLimits] = field(default_factory=dict)

    @classmethod
    def default(cls) -> Self:
        """The same for every category: dispatch 2 office hours, claim and finish as the calendar says, close 2 days."""
        return cls("default", CategoryLimits())

    @classmethod
    def load(cls, name: str | Path) -> Self:
        """Load limits by their name (``"jiangyin"``) or from the path of a TOML file.

        Raises
        ------
        SettingInvalid
            No such limits, or their file contradicts itself; names the file and the key.
        """
        file = TomlFile.read(KIND, name, LIMITS)
        file.only("", file.document, {"default", "category"})
        said = _said(file, "default", file.section("default", {"yellow_share", *_NAMES}))
        fallback = replace(CategoryLimits(), **said)
        _check(file, "default", said, fallback)
        groups = _groups(file)
        by_prefix: dict[str, CategoryLimits] = {}
        # Shorter beginnings first: the longer ones stand on them.
        for pattern in sorted((pattern for pattern in groups if pattern.endswith("*")), key=len):
            by_prefix[pattern[:-1]] = _resolved(file, groups[pattern], _longest(by_prefix, pattern[:-1], fallback))
        by_code = {
            code: _resolved(file, group, _longest(by_prefix, code, fallback))
            for code, group in groups.items()
            if not code.endswith("*")
        }
        return cls(file.name, fallback, by_code, by_prefix)

    def of(self, category: str) -> CategoryLimits:
        """The limits of a category, by its code; "" and unknown codes have limits too."""
        return self.by_code.get(category) or _longest(self.by_prefix, category, self.fallback)


@dataclass(frozen=True, slots=True)
class _Group:
    key: str
    said: Mapping[str, Any]


def _longest(by_prefix: Mapping[str, CategoryLimits], code: str, fallback: CategoryLimits) -> CategoryLimits:
    if not by_prefix:
        return fallback
    fitting = [prefix for prefix in by_prefix if code.startswith(prefix)]
    return by_prefix[max(fitting, key=len)] if fitting else fallback


def _resolved(file: TomlFile, group: _Group, base: CategoryLimits) -> CategoryLimits:
    limits = replace(base, **group.said)
    _check(file, group.key, group.said, limits)
    return limits


def _groups(file: TomlFile) -> dict[str, _Group]:
    """What is said of each code and beginning; each may stand in one group only."""
    found: dict[str, _Group] = {}
    for table in file.list("category", file.document.get("category", [])):
        if not isinstance(table, dict):
            raise file.wrong("category", table, "a table [[category]]")
        key = f"category.{table.get('name', '?')}"
        file.only(f"{key}.", table, _GROUP_KEYS)
        group = _Group(key, _said(file, key, table))
        if not group.said:
            raise file.wrong(key, table, f"a group that says one or more of {', '.join(sorted(_GROUP_KEYS))}")
        for code in file.list(f"{key}.codes", table.get("codes")):
            _check_code(file, f"{key}.codes", code)
            if code in found:
                raise file.wrong(f"{key}.codes", code, f"in one group only; it stands in {found[code].key} too")
            found[code] = group
    return found


def _check_code(file: TomlFile, key: str, code: object) -> None:
    if not isinstance(code, str) or not code or "*" in code[:-1]:
        raise file.wrong(key, code, 'category codes such as "0401", or beginnings of them such as "04*"')
    if code == "*":
        raise file.wrong(key, code, "narrower: what holds for all stands in [default]")


def _said(file: TomlFile, key: str, table: Mapping[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {name: _limit(file, f"{key}.{name}", table[name]) for name in _NAMES if name in table}
    if "claim" in said and said["claim"].unit != "h":
        raise file.wrong(f"{key}.claim", table["claim"], 'in office hours, such as "4h"')
    if "yellow_share" in table:
        share = file.number(f"{key}.yellow_share", table["yellow_share"])
        if not 0 <= share < 1:
            raise file.wrong(f"{key}.yellow_share", share, "0 or more, less than 1")
        said["yellow_share"] = share
    return said


def _limit(file: TomlFile, key: str, value: object) -> Limit:
    try:
        return Limit.parse(str(value))
    except ValueError as error:
        raise file.wrong(key, value, str(error)) from error


def _check(file: TomlFile, key: str, said: Mapping[str, Any], limits: CategoryLimits) -> None:
    """Who must claim by then cannot be asked to have finished before."""
    claim, finish = limits.claim, limits.finish
    if claim is not None and finish is not None and finish.unit == "h" and claim.number > finish.number:
        name, other = ("claim", "finish") if "claim" in said else ("finish", "claim")
        shown = getattr(limits, name)
        expected = f"{'at most' if name == 'claim' else 'at least'} {getattr(limits, other)}, its limit to {other}"
        raise file.wrong(f"{key}.{name}", str(shown), expected)
