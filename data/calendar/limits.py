"""Time limits by category of incident, from a file: ``limits/jiangyin.toml`` beside this module explains every key."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, PlainValidator

from data.toml_file import Listed, Name, Number, TomlFile, TomlTable, optional, required

if TYPE_CHECKING:
    from data.calendar.work_calendar import WorkCalendar

LIMITS = Path(__file__).parent / "limits"
KIND = "Limits"
# A year and more: beyond, a limit is a mistake in writing, and the calendar would be asked for decades.
MAX_LIMIT_HOURS, MAX_LIMIT_DAYS = 2_000.0, 366

_TEXT = re.compile(r"(\d{1,4}(?:\.\d{1,6})?)([hd])", re.ASCII)
_NAMES = ("dispatch", "claim", "finish", "close")


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
        document = file.read_as(_LimitsFile)
        said = document.default.said
        fallback = replace(CategoryLimits(), **said)
        _check(file, "default", said, fallback)
        groups = _groups(file, document)
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


def _limit(value: object) -> Limit:
    return Limit.parse(str(value))


def _in_hours(limit: Limit) -> Limit:
    if limit.unit != "h":
        raise ValueError('in office hours, such as "4h"')
    return limit


def _code(value: object) -> str:
    if not isinstance(value, str) or not value or "*" in value[:-1]:
        raise ValueError('category codes such as "0401", or beginnings of them such as "04*"')
    if value == "*":
        raise ValueError("narrower: what holds for all stands in [default]")
    return value


_Limit = Annotated[Limit, PlainValidator(_limit)]


class _Said(TomlTable):
    """What a table says; what it leaves out is None, and not in `said`."""

    dispatch: _Limit = optional()
    claim: Annotated[_Limit, AfterValidator(_in_hours)] = optional()
    finish: _Limit = optional()
    close: _Limit = optional()
    yellow_share: Annotated[Number, Field(ge=0, lt=1)] = optional()

    @property
    def said(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in (*_NAMES, "yellow_share") if name in self.model_fields_set}


class _GroupTable(_Said):
    name: Name = "?"
    codes: Listed[Annotated[str, PlainValidator(_code)]] = required()


class _LimitsFile(TomlTable):
    default: _Said = _Said()
    category: Listed[_GroupTable] = ()


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


def _groups(file: TomlFile, document: _LimitsFile) -> dict[str, _Group]:
    """What is said of each code and beginning; each may stand in one group only."""
    found: dict[str, _Group] = {}
    for table in document.category:
        group = _Group(f"category.{table.name}", table.said)
        if not group.said:
            told = table.model_dump(include=table.model_fields_set)
            raise file.wrong(
                group.key, told, f"a group that says one or more of {', '.join((*_NAMES, 'yellow_share'))}"
            )
        for code in table.codes:
            if code in found:
                raise file.wrong(f"{group.key}.codes", code, f"in one group only; it stands in {found[code].key} too")
            found[code] = group
    return found


def _check(file: TomlFile, key: str, said: Mapping[str, Any], limits: CategoryLimits) -> None:
    """Who must claim by then cannot be asked to have finished before."""
    claim, finish = limits.claim, limits.finish
    if claim is not None and finish is not None and finish.unit == "h" and claim.number > finish.number:
        name, other = ("claim", "finish") if "claim" in said else ("finish", "claim")
        shown = getattr(limits, name)
        expected = f"{'at most' if name == 'claim' else 'at least'} {getattr(limits, other)}, its limit to {other}"
        raise file.wrong(f"{key}.{name}", str(shown), expected)
