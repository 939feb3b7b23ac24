"""What a mapping file may say, declared; ``docs/importing.md`` explains every key."""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Self, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, PlainValidator, model_validator

from data.feeds.closings import ClosedTable
from data.feeds.points import ORDERS as POINT_ORDERS
from data.feeds.reports import FIELDS
from data.feeds.time_patterns import compiled
from data.feeds.times import NAMED_FORMATS
from data.nearest_word import did_you_mean
from data.toml_file import Listed, TomlTable, required
from data.validation import Unfit
from data.words import CoordinateSystem

ENCODINGS = ("auto", "utf-8", "gb18030", "big5", "cp1252", "utf-16", "utf-16-le", "utf-16-be")
DELIMITERS = (",", ";", "\t", "|")
SEPARATORS = (",", ".", "'", " ", "\u00a0", "\u202f")
# Fields a feed may spread over several columns.
JOINED_FIELDS = ("address", "title")
# Fields of which a feed may have several columns: the first that says something counts.
FIRST_FIELDS = ("category", "grid_code", "occurred_at", "reported_at")
# Both coordinates in one column.
POINT = "point"
_SEVERAL = JOINED_FIELDS + FIRST_FIELDS


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one field, and whether they are said to be parts of it: ``{ join = […] }``."""

    names: tuple[str, ...]
    parts: bool = False


def _columns(given: object) -> dict[str, Columns]:
    """The columns of each field; the first that is wrong is named."""
    if not isinstance(given, dict):
        raise ValueError("a table [columns]")
    for name, said in given.items():
        if name not in (*FIELDS, POINT):
            near = did_you_mean(name, (*FIELDS, POINT))
            known = f"only the keys {', '.join((*FIELDS, POINT))}{f'; did you mean {near}?' if near else ''}"
            raise Unfit(f"left out: {known}", name, value=said)
    return {name: _columns_of(name, said) for name, said in given.items()}


def _columns_of(name: str, said: Any) -> Columns:
    value = _parts(name, said) if isinstance(said, dict) else said
    if isinstance(value, list) and name not in _SEVERAL:
        raise Unfit(f"one column name (several only for {', '.join(_SEVERAL)})", name, value=value)
    listed: list[Any] = value if isinstance(value, list) else [value]
    if not listed or not all(isinstance(text, str) and text.strip() for text in listed):
        raise Unfit("the name of a column", name, value=value)
    return Columns(tuple(text.strip() for text in listed), parts=isinstance(said, dict))


def _parts(name: str, said: dict[str, Any]) -> list[str]:
    """The columns that ``{ join = […] }`` puts together to one field."""
    for key in (key for key in said if key != "join"):
        raise Unfit("left out: only join is known", name, key, value=said[key])
    if name not in _SEVERAL:
        raise Unfit(f"one column name (joined only for {', '.join(FIRST_FIELDS)})", name, value=said)
    texts = said.get("join")
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise Unfit("a list of texts", name, "join", value=texts)
    return texts


def _one_of(*words: str) -> AfterValidator:
    def check(text: str) -> str:
        if text not in words:
            shown = (repr(word) if word.strip() != word or not word else word for word in words)
            raise ValueError(f"one of {', '.join(shown)}")
        return text

    return AfterValidator(check)


def _encoding(text: str) -> str:
    try:
        name = "auto" if text.lower() == "auto" else codecs.lookup(text.lower()).name.replace("utf-8-sig", "utf-8")
    except LookupError:
        name = ""
    # GBK and GB 2312 are parts of GB 18030, which reads what programs that say "gbk" really write.
    name = "gb18030" if name in ("gbk", "gb2312", "cp936") else name
    if name not in ENCODINGS:
        raise ValueError(f"one of {', '.join(ENCODINGS)}")
    return name


def _zone(value: object) -> ZoneInfo:
    try:
        if isinstance(value, str):
            return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise ValueError("the name of an IANA time zone, such as Asia/Shanghai")


def _format(wanted: str) -> str:
    if wanted not in NAMED_FORMATS:
        try:
            compiled(wanted)
        except ValueError as error:
            named = ", ".join(NAMED_FORMATS)
            raise ValueError(f"{named}, or a pattern with day and time such as %m/%d/%Y %H:%M; it {error}") from error
    return wanted


def _places(given: object) -> frozenset[tuple[float, float]]:
    """Pairs of numbers, longitude first."""
    if isinstance(given, frozenset):
        return given
    found = [_place(pair) for pair in given] if isinstance(given, list) else [None]
    if None in found:
        raise ValueError("a list of places such as [[120.0, 31.0]], longitude first")
    return frozenset(pair for pair in found if pair is not None)


def _place(pair: object) -> tuple[float, float] | None:
    if not isinstance(pair, list) or len(pair) != 2 or not all(type(one) in (int, float) for one in pair):
        return None
    return float(pair[0]), float(pair[1])


def _table() -> Any:
    """An absent table is an empty one, whose required keys are then asked for."""
    return {}


class _File(TomlTable):
    encoding: Annotated[str, AfterValidator(_encoding)] = "auto"
    delimiter: Annotated[str, _one_of(*DELIMITERS)] = ","


class _Times(TomlTable):
    zone: Annotated[ZoneInfo, PlainValidator(_zone)] = required()
    formats: Annotated[Listed[Annotated[str, AfterValidator(_format)]], Field(min_length=1)] = ("iso",)


class _Coordinates(TomlTable):
    system: CoordinateSystem | None = None
    zero_is_empty: bool = False
    empty: Annotated[frozenset[tuple[float, float]], PlainValidator(_places)] = frozenset()
    order: Annotated[str, _one_of("", *POINT_ORDERS)] = ""

    @property
    def nowhere(self) -> frozenset[tuple[float, float]]:
        """Places that mean "unknown"."""
        return self.empty | ({(0.0, 0.0)} if self.zero_is_empty else frozenset())


class _Numbers(TomlTable):
    thousands: Annotated[str, _one_of("", *SEPARATORS)] = ""
    decimal: Annotated[str, _one_of(".", ",")] = "."

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if self.thousands == self.decimal:
            raise Unfit(f"other than numbers.decimal ({self.decimal!r})", "thousands", value=self.thousands)
        return self


class MappingFile(TomlTable):
    """The whole file."""

    source: str = ""
    empty: Listed[str] = ("",)
    optional_fields: Annotated[str, _one_of("refuse", "leave_out")] = "refuse"
    file: _File = _File()
    columns: Annotated[Mapping[str, Columns], PlainValidator(_columns)] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    times: _Times = Field(default_factory=_table)
    coordinates: _Coordinates = _Coordinates()
    numbers: _Numbers = _Numbers()
    closed: ClosedTable | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        self._check_columns()
        self._check_coordinates()
        for name in self.values:
            if name not in self.columns:
                raise Unfit(f"left out: only fields with a column, {', '.join(self.columns)}", "values", name,
                            value=self.values[name])  # fmt: skip
        return self

    def _check_columns(self) -> None:
        columns = self.columns
        for required_one in ("source_id", "reported_at"):
            if required_one not in columns:
                raise Unfit("the name of a column: it is required", "columns", required_one)
        if bool(self.source) == ("source" in columns):
            either = "either source (one name for all rows) or columns.source, not both"
            raise Unfit(either, "source", value=self.source or None)
        if ("lon" in columns) != ("lat" in columns):
            missing = "lat" if "lon" in columns else "lon"
            raise Unfit("the name of a column: lon and lat come together", "columns", missing)
        if POINT in columns and "lon" in columns:
            either = "either point (both in one column), or lon and lat"
            raise Unfit(either, "columns", POINT, value=columns[POINT].names[0])

    def _check_coordinates(self) -> None:
        columns, said = self.columns, self.coordinates
        placed = "lon" in columns or POINT in columns
        if said.system is None and placed and "coordinate_system" not in columns:
            raise Unfit(f"one of {', '.join(get_args(CoordinateSystem))}", "coordinates", "system")
        if said.order and POINT not in columns:
            raise Unfit("left out without columns.point", "coordinates", "order", value=said.order)
