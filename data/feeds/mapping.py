"""The column mapping file: how the columns of a feed become the fields of a report (TOML).

``docs/importing.md`` explains every key; ``mappings/`` beside this file holds one for each kind of source.
"""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from data.errors import MappingInvalid
from data.feeds.closings import ClosedMapping, read_closed
from data.feeds.mapping_keys import KeyReader
from data.feeds.points import ORDERS as POINT_ORDERS
from data.feeds.reports import FIELDS
from data.feeds.time_patterns import compiled
from data.feeds.times import NAMED_FORMATS
from data.toml_file import read_document
from data.words import CoordinateSystem

ENCODINGS = ("auto", "utf-8", "gb18030", "big5", "cp1252", "utf-16", "utf-16-le", "utf-16-be")
DELIMITERS = (",", ";", "\t", "|")
SEPARATORS = (",", ".", "'", " ", "\u00a0", "\u202f")
# Fields a feed may spread over several columns.
JOINED_FIELDS = ("address", "title")
# Fields of which a feed may have several columns: the first that says something counts.
FIRST_FIELDS = ("category", "grid_code", "occurred_at", "reported_at")
_KEYS = (
    "source", "empty", "optional_fields", "file", "columns", "values", "times", "coordinates", "numbers", "closed",
)  # fmt: skip
# What becomes of a row with an optional field that cannot be used.
OPTIONAL_FIELDS = ("refuse", "leave_out")
# Both coordinates in one column.
POINT = "point"
# The mappings that come with the project, one for each kind of source; they go by the name of their file.
SHIPPED = Path(__file__).parent / "mappings"


@dataclass(frozen=True, slots=True)
class FeedMapping:
    """A checked mapping.

    Attributes
    ----------
    path
        The file it was read from, for messages.
    source
        Name of the source for all rows; "" where a column gives it.
    columns
        Field of a report, or "point" -> columns of the feed; several are joined by a space (`joined`), or the first
        that says something counts (`FIRST_FIELDS`).
    empty
        Cells that say nothing.
    values
        Field -> what its cells mean.
    zone, formats
        Of times that name no zone; see `times.parse_time` for the formats.
    coordinate_system
        Of all rows; None where a column gives it.
    nowhere
        Pairs of longitude and latitude that mean "unknown".
    point_order
        Of the two numbers in a column of points, see `points.split_point`.
    joined
        Fields of which all columns are joined by a space.
    thousands, decimal
        How numbers are written; no thousands separator by default.
    encoding, delimiter
        Of the file; "auto" finds UTF-8 or GB18030.
    leave_out
        Whether a row with an optional field that cannot be used comes in without it, and is not refused.
    closed
        None where the feed brings no closings.
    """

    path: str
    source: str
    columns: Mapping[str, tuple[str, ...]]
    zone: ZoneInfo
    formats: tuple[str, ...] = ("iso",)
    empty: frozenset[str] = frozenset({""})
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    coordinate_system: CoordinateSystem | None = None
    nowhere: frozenset[tuple[float, float]] = frozenset()
    point_order: str = ""
    joined: frozenset[str] = frozenset(JOINED_FIELDS)
    thousands: str = ""
    decimal: str = "."
    encoding: str = "auto"
    delimiter: str = ","
    leave_out: bool = False
    closed: ClosedMapping | None = None

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read and check a mapping file.

        Parameters
        ----------
        path
            A file, or the name of a mapping that comes with the project, such as ``hotline_12345``.

        Raises
        ------
        MappingInvalid
            With `file`, `key`, `value` and `allowed`.
        """
        path = _shipped_path(path)
        try:
            document = read_document(Path(path))
        except (OSError, ValueError) as error:
            raise MappingInvalid(
                f"Mapping file {path} cannot be read: {error}",
                file=str(path),
                key="",
                value="",
                allowed="TOML in UTF-8",
            ) from error
        return cls(**_Reader(str(path)).mapping(document))

    @property
    def key_columns(self) -> list[str]:
        """The columns without which no row is an incident."""
        times = self.columns["reported_at"]
        return [*self.columns["source_id"], *(times if len(times) == 1 else ())]

    @property
    def needed_columns(self) -> list[str]:
        """Every column the feed must have, in the order of the mapping, each once."""
        names = [name for columns in self.columns.values() for name in columns]
        if self.closed is not None:
            names += [self.closed.at, self.closed.status_column]
            names += [choice.column for choice in (self.closed.means, self.closed.level, self.closed.handler)]
        return list(dict.fromkeys(name for name in names if name))


def shipped_mappings() -> list[str]:
    """Names of the mappings that come with the project, in order."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def _shipped_path(path: str | Path) -> Path:
    given = Path(path)
    if given.suffix or len(given.parts) != 1 or given.is_file():
        return given
    shipped = SHIPPED / f"{given}.toml"
    if not shipped.is_file():
        raise MappingInvalid(
            f"There is no mapping {path}: give a file, or one of {', '.join(shipped_mappings())}",
            file=str(path), key="", value=str(path), allowed=", ".join(shipped_mappings()),
        )  # fmt: skip
    return shipped


class _Reader(KeyReader):
    """Checks the keys of a mapping file, one table after the other."""

    def mapping(self, document: Mapping[str, Any]) -> dict[str, Any]:
        self.known("", document, _KEYS)
        source = self.text("source", document.get("source", ""))
        columns = self.columns(document, source)
        return {
            "path": self.path,
            "source": source,
            "columns": columns,
            "joined": frozenset(JOINED_FIELDS) | self.joined(document),
            "empty": frozenset(self.texts("empty", document.get("empty", [""]))),
            "values": self.values(document, columns),
            "leave_out": self.leave_out(document),
            "closed": read_closed(self, document),
            **self.file(self.table("file", document, ("encoding", "delimiter"))),
            **self.times(self.table("times", document, ("zone", "formats"))),
            **self.coordinates(
                self.table("coordinates", document, ("system", "zero_is_empty", "empty", "order")), columns
            ),
            **self.numbers(self.table("numbers", document, ("thousands", "decimal"))),
        }

    def leave_out(self, document: Mapping[str, Any]) -> bool:
        """Whether a row comes in without an optional field that cannot be used."""
        said = self.one_of("optional_fields", document.get("optional_fields", "refuse"), OPTIONAL_FIELDS)
        return said == "leave_out"

    def columns(self, document: Mapping[str, Any], source: str) -> dict[str, tuple[str, ...]]:
        given = self.table("columns", document, (*FIELDS, POINT))
        columns: dict[str, tuple[str, ...]] = {}
        for name, said in given.items():
            value = self.parts(name, said) if isinstance(said, dict) else said
            several = isinstance(value, list)
            if several and name not in JOINED_FIELDS + FIRST_FIELDS:
                self.wrong(
                    f"columns.{name}", value,
                    f"one column name (several only for {', '.join(JOINED_FIELDS + FIRST_FIELDS)})",
                )  # fmt: skip
            listed = self.texts(f"columns.{name}", value if several else [value])
            if not listed or not all(text.strip() for text in listed):
                self.wrong(f"columns.{name}", value, "the name of a column")
            columns[name] = tuple(text.strip() for text in listed)
        for required in ("source_id", "reported_at"):
            if required not in columns:
                self.wrong(f"columns.{required}", None, "the name of a column, it is required")
        if bool(source) == ("source" in columns):
            self.wrong("source", source or None, "either source (one name for all rows) or columns.source, not both")
        if ("lon" in columns) != ("lat" in columns):
            missing = "lat" if "lon" in columns else "lon"
            self.wrong(f"columns.{missing}", None, "the name of a column: lon and lat come together")
        if POINT in columns and "lon" in columns:
            self.wrong("columns.point", given[POINT], "either point (both in one column), or lon and lat")
        return columns

    def parts(self, name: str, said: dict[str, Any]) -> list[str]:
        """The columns that ``{ join = […] }`` puts together to one field."""
        self.known(f"columns.{name}.", said, ("join",))
        if name not in JOINED_FIELDS + FIRST_FIELDS:
            self.wrong(f"columns.{name}", said, f"one column name (joined only for {', '.join(FIRST_FIELDS)})")
        return self.texts(f"columns.{name}.join", said.get("join"))

    def joined(self, document: Mapping[str, Any]) -> frozenset[str]:
        """The fields of which the mapping says that their columns are parts."""
        return frozenset(name for name, said in document["columns"].items() if isinstance(said, dict))

    def values(self, document: Mapping[str, Any], columns: Mapping[str, Any]) -> dict[str, dict[str, str]]:
        given = self.table("values", document, tuple(columns))
        return {
            name: {cell: self.text(f"values.{name}.{cell}", to) for cell, to in self.table(name, given, None).items()}
            for name in given
        }

    def file(self, given: Mapping[str, Any]) -> dict[str, Any]:
        encoding = self.text("file.encoding", given.get("encoding", "auto")).lower()
        try:
            encoding = "auto" if encoding == "auto" else codecs.lookup(encoding).name.replace("utf-8-sig", "utf-8")
        except LookupError:
            self.wrong("file.encoding", encoding, ", ".join(ENCODINGS))
        # GBK and GB 2312 are parts of GB 18030, which reads what programs that say "gbk" really write.
        encoding = "gb18030" if encoding in ("gbk", "gb2312", "cp936") else encoding
        return {
            "encoding": self.one_of("file.encoding", encoding, ENCODINGS),
            "delimiter": self.one_of("file.delimiter", given.get("delimiter", ","), DELIMITERS),
        }

    def times(self, given: Mapping[str, Any]) -> dict[str, Any]:
        name = given.get("zone")
        try:
            zone = ZoneInfo(self.text("times.zone", name))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.wrong("times.zone", name, "the name of an IANA time zone, such as Asia/Shanghai")
        formats = self.texts("times.formats", given.get("formats", ["iso"]))
        if not formats:
            self.wrong("times.formats", formats, "one or more formats")
        for wanted in formats:
            self.check_format(wanted)
        return {"zone": zone, "formats": tuple(formats)}

    def check_format(self, wanted: str) -> None:
        if wanted in NAMED_FORMATS:
            return
        allowed = f"{', '.join(NAMED_FORMATS)}, or a pattern with day and time such as %m/%d/%Y %H:%M"
        try:
            compiled(wanted)
        except ValueError as error:
            self.wrong("times.formats", wanted, f"{allowed}; it {error}")

    def coordinates(self, given: Mapping[str, Any], columns: Mapping[str, Any]) -> dict[str, Any]:
        system = given.get("system")
        systems = get_args(CoordinateSystem)
        placed = "lon" in columns or POINT in columns
        if system is not None or (placed and "coordinate_system" not in columns):
            self.one_of("coordinates.system", system, systems)
        zero_is_empty = given.get("zero_is_empty", False)
        if not isinstance(zero_is_empty, bool):
            self.wrong("coordinates.zero_is_empty", zero_is_empty, "true or false")
        order = self.one_of("coordinates.order", given.get("order", ""), ("", *POINT_ORDERS))
        if order and POINT not in columns:
            self.wrong("coordinates.order", order, "only with columns.point")
        nowhere = {(0.0, 0.0)} if zero_is_empty else set()
        nowhere |= self.pairs("coordinates.empty", given.get("empty", []))
        return {"coordinate_system": system, "nowhere": frozenset(nowhere), "point_order": order}

    def pairs(self, key: str, given: object) -> set[tuple[float, float]]:
        """Pairs of numbers, longitude first."""
        allowed = "a list of places such as [[120.0, 31.0]], longitude first"
        found = set()
        for pair in given if isinstance(given, list) else self.wrong(key, given, allowed):
            numbers = [float(one) for one in pair if type(one) in (int, float)] if isinstance(pair, list) else []
            if len(numbers) != 2 or len(pair) != 2:
                self.wrong(key, given, allowed)
            found.add((numbers[0], numbers[1]))
        return found

    def numbers(self, given: Mapping[str, Any]) -> dict[str, str]:
        thousands = self.one_of("numbers.thousands", given.get("thousands", ""), ("", *SEPARATORS))
        decimal = self.one_of("numbers.decimal", given.get("decimal", "."), (".", ","))
        if thousands == decimal:
            self.wrong("numbers.thousands", thousands, f"not the same as numbers.decimal ({decimal!r})")
        return {"thousands": thousands, "decimal": decimal}
