"""The column mapping file: how the columns of a feed become the fields of a report (TOML).

``docs/importing.md`` explains every key; ``mappings/`` beside this file holds one for each kind of source.
"""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NoReturn, Self, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from data.errors import MappingInvalid
from data.feeds.reports import FIELDS
from data.feeds.time_patterns import compiled
from data.feeds.times import NAMED_FORMATS
from data.incidents.model import MEANS, CoordinateSystem
from data.incidents.toml_file import read_document

ENCODINGS = ("auto", "utf-8", "gb18030", "big5", "cp1252", "utf-16", "utf-16-le", "utf-16-be")
DELIMITERS = (",", ";", "\t", "|")
SEPARATORS = (",", ".", "'", " ", "\u00a0", "\u202f")
# Fields a feed may spread over several columns.
JOINED_FIELDS = ("address", "title")
# Fields of which a feed may have several columns: the first that says something counts.
FIRST_FIELDS = ("category", "grid_code", "occurred_at", "reported_at")
# The mappings that come with the project, one for each kind of source; they go by the name of their file.
SHIPPED = Path(__file__).parent / "mappings"
# In a value map: whatever is not named. Without it, such values stay as they are.
OTHERS = "*"

ClosingPath = Literal["dispatched", "self_handled"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that is the same for every row, or comes from a column through a value map.

    Attributes
    ----------
    constant
        The value, or None where it comes from `column`.
    column
        Name of the column, "" for a constant.
    values
        What a cell means; ``"*"`` stands for every other cell.
    """

    constant: str | int | None = None
    column: str = ""
    values: Mapping[str, str | int] = field(default_factory=dict)

    def of(self, cell: str) -> str | int:
        """The value for this cell of its column."""
        if self.constant is not None:
            return self.constant
        return self.values.get(cell, self.values.get(OTHERS, cell))


@dataclass(frozen=True, slots=True)
class ClosedMapping:
    """How a feed says that an incident is closed, and what the incident shall be told about it.

    Attributes
    ----------
    at
        Column with the time of closing; an incident without it is open.
    status_column, status_values
        Where given, only rows with one of these values are closed, whatever their time.
    open_values
        Statuses of what is open; with any other, a row is open too, and the status is named.
    means, level, handler
        What the closing must say: means and level of resolution, and who did it.
    path
        How it got there: handled at once by who found it, or dispatched to the handler.
    """

    at: str
    means: Choice
    level: Choice
    handler: Choice
    path: ClosingPath = "dispatched"
    status_column: str = ""
    status_values: frozenset[str] = frozenset()
    open_values: frozenset[str] = frozenset()


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
        Field of a report -> columns of the feed; several are joined by a space (`JOINED_FIELDS`), or the first that
        says something counts (`FIRST_FIELDS`).
    empty
        Cells that say nothing.
    values
        Field -> what its cells mean.
    zone, formats
        Of times that name no zone; see `times.parse_time` for the formats.
    coordinate_system
        Of all rows; None where a column gives it.
    zero_is_empty
        Whether 0, 0 means "unknown".
    thousands, decimal
        How numbers are written; no thousands separator by default.
    encoding, delimiter
        Of the file; "auto" finds UTF-8 or GB18030.
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
    zero_is_empty: bool = False
    thousands: str = ""
    decimal: str = "."
    encoding: str = "auto"
    delimiter: str = ","
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


class _Reader:
    """Checks the keys of one mapping file, so that every complaint names the file and the key."""

    def __init__(self, path: str) -> None:
        self.path = path

    def wrong(self, key: str, value: object, allowed: str) -> NoReturn:
        shown = "missing" if value is None else repr(value)[:100]
        raise MappingInvalid(
            f"Mapping file {self.path}: {key} is {shown}; allowed: {allowed}",
            file=self.path, key=key, value=shown, allowed=allowed,
        )  # fmt: skip

    def mapping(self, document: Mapping[str, Any]) -> dict[str, Any]:
        self.known(
            "", document, ("source", "empty", "file", "columns", "values", "times", "coordinates", "numbers", "closed")
        )
        source = self.text("source", document.get("source", ""))
        columns = self.columns(document, source)
        return {
            "path": self.path,
            "source": source,
            "columns": columns,
            "empty": frozenset(self.texts("empty", document.get("empty", [""]))),
            "values": self.values(document, columns),
            "closed": self.closed(document),
            **self.file(self.table("file", document, ("encoding", "delimiter"))),
            **self.times(self.table("times", document, ("zone", "formats"))),
            **self.coordinates(self.table("coordinates", document, ("system", "zero_is_empty")), columns),
            **self.numbers(self.table("numbers", document, ("thousands", "decimal"))),
        }

    def columns(self, document: Mapping[str, Any], source: str) -> dict[str, tuple[str, ...]]:
        given = self.table("columns", document, FIELDS)
        columns: dict[str, tuple[str, ...]] = {}
        for name, value in given.items():
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
        return columns

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
        if system is not None or ("lon" in columns and "coordinate_system" not in columns):
            self.one_of("coordinates.system", system, systems)
        zero_is_empty = given.get("zero_is_empty", False)
        if not isinstance(zero_is_empty, bool):
            self.wrong("coordinates.zero_is_empty", zero_is_empty, "true or false")
        return {"coordinate_system": system, "zero_is_empty": zero_is_empty}

    def numbers(self, given: Mapping[str, Any]) -> dict[str, str]:
        thousands = self.one_of("numbers.thousands", given.get("thousands", ""), ("", *SEPARATORS))
        decimal = self.one_of("numbers.decimal", given.get("decimal", "."), (".", ","))
        if thousands == decimal:
            self.wrong("numbers.thousands", thousands, f"not the same as numbers.decimal ({decimal!r})")
        return {"thousands": thousands, "decimal": decimal}

    def closed(self, document: Mapping[str, Any]) -> ClosedMapping | None:
        if "closed" not in document:
            return None
        keys = ("at", "status_column", "status_values", "open_values", "means", "level", "handler", "path")
        given = self.table("closed", document, keys)
        status_values = self.texts("closed.status_values", given.get("status_values", []))
        status_column = self.text("closed.status_column", given.get("status_column", ""))
        if bool(status_column) != bool(status_values):
            missing = "closed.status_values" if status_column else "closed.status_column"
            self.wrong(missing, None, "status_column and status_values come together")
        open_values = self.texts("closed.open_values", given.get("open_values", []))
        if (open_values and not status_values) or set(open_values) & set(status_values):
            self.wrong("closed.open_values", open_values, "statuses of closed.status_column besides the closed ones")
        at = self.text("closed.at", given.get("at"))
        if not at.strip():
            self.wrong("closed.at", at, "the name of the column with the time of closing")
        return ClosedMapping(
            at=at,
            means=self.choice("closed.means", given.get("means"), self.check_means),
            level=self.choice("closed.level", given.get("level"), self.check_level),
            handler=self.choice("closed.handler", given.get("handler"), self.check_handler),
            path=self.one_of("closed.path", given.get("path", "dispatched"), get_args(ClosingPath)),  # type: ignore[arg-type]  # one of its words
            status_column=status_column,
            status_values=frozenset(status_values),
            open_values=frozenset(open_values),
        )

    def choice(self, key: str, given: Any, check: Any) -> Choice:
        if not isinstance(given, dict):
            check(key, given)
            return Choice(constant=given)
        self.known(f"{key}.", given, ("column", "values"))
        column = self.text(f"{key}.column", given.get("column"))
        values = self.table("values", given, None)
        for cell, value in values.items():
            check(f"{key}.values.{cell}", value)
        return Choice(column=column, values=dict(values))

    def check_means(self, key: str, value: object) -> None:
        self.one_of(key, value, MEANS)

    def check_level(self, key: str, value: object) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 20:
            self.wrong(key, value, "a level of the grids: 1 is the coarsest, 0 the city itself")

    def check_handler(self, key: str, value: object) -> None:
        if not self.text(key, value).strip():
            self.wrong(key, value, "the name of who handled it, or a table { column = … }")

    def table(self, key: str, document: Mapping[str, Any], allowed: tuple[str, ...] | None) -> Mapping[str, Any]:
        """The table under the key, empty where there is none; with only the keys allowed (None: any)."""
        given = document.get(key, {})
        if not isinstance(given, dict):
            self.wrong(key, given, f"a table [{key}]")
        if allowed is not None:
            self.known(f"{key}.", given, allowed)
        return given

    def known(self, prefix: str, table: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
        for key, value in table.items():
            if key not in allowed:
                self.wrong(prefix + key, value, f"only the keys {', '.join(allowed)}")

    def text(self, key: str, value: object) -> str:
        if not isinstance(value, str):
            self.wrong(key, value, "a text")
        return value

    def texts(self, key: str, value: object) -> list[str]:
        if not isinstance(value, list):
            self.wrong(key, value, "a list of texts")
        return [self.text(key, item) for item in value]

    def one_of(self, key: str, value: object, allowed: tuple[str, ...]) -> str:
        if not isinstance(value, str) or value not in allowed:
            self.wrong(
                key, value, ", ".join(repr(word) if word.strip() != word or not word else word for word in allowed)
            )
        return value
