"""The column mapping file: how the columns of a feed become the fields of a report (TOML).

``docs/importing.md`` explains every key; ``mappings/`` beside this file holds one for each kind of source.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from data.errors import MappingInvalid
from data.feeds.closings import ClosedMapping
from data.feeds.mapping_file import JOINED_FIELDS, MappingFile
from data.toml_file import key_of, read_document
from data.validation import first_mistake
from data.words import CoordinateSystem

# The mappings that come with the project, one for each kind of source; they go by the name of their file.
SHIPPED = Path(__file__).parent / "mappings"
# No more of a value is quoted in an error.
_LONGEST = 100


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
        return cls(path=str(path), **_read(str(path), document))

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


def _read(path: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a mapping, from what the file says."""
    try:
        said = MappingFile.model_validate(document)
    except ValidationError as error:
        mistake = first_mistake(error)
        key, verb = key_of(document, mistake), "has" if mistake.in_list else "is"
        value = "missing" if mistake.value is None else repr(mistake.value)[:_LONGEST]
        raise MappingInvalid(
            f"Mapping file {path}: {key} {verb} {value}; it must be {mistake.expected}",
            file=path, key=key, value=value, allowed=mistake.expected,
        ) from error  # fmt: skip
    return {
        "source": said.source,
        "columns": {name: one.names for name, one in said.columns.items()},
        "joined": frozenset(JOINED_FIELDS) | {name for name, one in said.columns.items() if one.parts},
        "empty": frozenset(said.empty),
        "values": said.values,
        "leave_out": said.optional_fields == "leave_out",
        "closed": None if said.closed is None else said.closed.closed(),
        "encoding": said.file.encoding,
        "delimiter": said.file.delimiter,
        "zone": said.times.zone,
        "formats": said.times.formats,
        "coordinate_system": said.coordinates.system,
        "nowhere": said.coordinates.nowhere,
        "point_order": said.coordinates.order,
        "thousands": said.numbers.thousands,
        "decimal": said.numbers.decimal,
    }
