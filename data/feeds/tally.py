"""The counts of an import, and what they say about the feed as a whole."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from data.feeds.category_codes import CategoryCodes
from data.feeds.rows import DOUBTS, FeedRow
from geo.locate import Location

if TYPE_CHECKING:
    from data.incidents.desk import Receipt

# A share of coordinates outside every grid above which they hardly are in the system the mapping says.
OUTSIDE_SHARE = 0.30
# Fewer rows say nothing about a feed.
_OUTSIDE_ROWS = 10
# So many rows of a feed are looked at for its coordinate system.
_LOCATED_ROWS = 50_000

# So many unknown categories, statuses and times are named.
_NAMED = 10
_NAME_CHARS = 60

# Longitudes and latitudes as the feed has them, the system it claims, codes of grids it states -> what they say.
Locator = Callable[[list[float], list[float], str, list[str | None]], Location]

# Code of a grid and address, as a report has them -> id of the upper grid that holds it.
AreaOf = Callable[[str | None, str], str | None]


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What became of a file.

    Attributes
    ----------
    rows
        Rows of the file below its header; ``created + already_known + rejected``.
    created
        Incidents opened by it.
    already_known
        Rows whose source and id were known, from before or from a row above; they change nothing.
    unlocated
        Of the created, those in no grid.
    rejected
        Rows refused, listed in `rejects_path`.
    closed
        Of the created, those imported with their closing.
    rejects_path
        None where nothing was refused.
    encoding
        Of the file, as found or given.
    in_area
        Of the unlocated, those of which the upper grid that holds them is known.
    category_unknown
        Of the created, those without a category, or with one the table does not know; it is kept as given.
    warnings
        What looks wrong about the feed as a whole, in English sentences.
    """

    rows: int
    created: int
    already_known: int
    unlocated: int
    rejected: int
    closed: int
    rejects_path: Path | None
    encoding: str = "utf-8"
    warnings: tuple[str, ...] = ()
    in_area: int = 0
    category_unknown: int = 0


@dataclass(frozen=True, slots=True)
class Stored:
    """A row the desk has taken: its receipt, and whether it opened an incident."""

    row: FeedRow
    receipt: "Receipt"
    created: bool


class Tally:
    """Counts while an import runs.

    Parameters
    ----------
    coordinate_system
        What the mapping says the coordinates are in; None where each row says it.
    locate
        Measures which system coordinates seem to be in, such as `geo.locate.locator` makes; without it, that is not
        looked at.
    codes
        The table of categories; without it, no category counts as unknown.
    area_of
        Code and address of a report -> id of the upper grid that holds it, such as `Gazetteer.area`; without it, none
        is counted.

    Attributes
    ----------
    created
        Incidents opened so far.
    doubts
        How often rows did not fit together, by the keys of `DOUBTS` and the value.
    cut_off
        Whether the last record read was broken.
    """

    def __init__(
        self,
        coordinate_system: str | None,
        locate: Locator | None = None,
        codes: CategoryCodes | None = None,
        area_of: AreaOf | None = None,
    ) -> None:
        self._coordinate_system = coordinate_system
        self._locate = locate
        self._codes = codes
        self._area_of = area_of
        self._unknown: Counter[str] = Counter()
        self._seen: dict[str, list[tuple[float, float, str | None]]] = {}
        self._seen_rows = 0
        self.created = 0
        self.doubts: Counter[tuple[str, str]] = Counter()
        self.cut_off = False
        self._known = self._unlocated = self._in_area = self._closed = self._positioned = self._outside = 0

    def add(self, rows: Sequence[Stored]) -> None:
        """Count rows that are stored."""
        for stored in rows:
            self.created += stored.created
            self._known += not stored.created
            if stored.created:
                self._count_created(stored)
            positioned = stored.row.report.lon is not None
            self._positioned += positioned
            self._outside += positioned and stored.receipt.placed_by != "coordinates"
            self._see(stored.row)

    def _count_created(self, stored: Stored) -> None:
        report = stored.row.report
        self._closed += bool(stored.row.steps)
        if stored.receipt.leaf < 0:
            self._unlocated += 1
            self._in_area += self._area_of is not None and self._area_of(report.grid_code, report.address) is not None
        if self._codes is not None and not self._codes.knows(report.category):
            self._unknown[report.category] += 1

    def summary(
        self, *, rejected: int, rejects_path: Path | None, encoding: str, unseen: Sequence[str] = ()
    ) -> ImportSummary:
        """The counts so far, with the rows that were refused and the columns that never came."""
        return ImportSummary(
            rows=self.created + self._known + rejected,
            created=self.created,
            already_known=self._known,
            unlocated=self._unlocated,
            rejected=rejected,
            closed=self._closed,
            rejects_path=rejects_path,
            encoding=encoding,
            warnings=tuple(self._warnings(unseen)),
            in_area=self._in_area,
            category_unknown=self._unknown.total(),
        )

    def _see(self, row: FeedRow) -> None:
        report = row.report
        if self._locate is None or self._seen_rows >= _LOCATED_ROWS or report.lon is None or report.lat is None:
            return
        self._seen_rows += 1
        self._seen.setdefault(report.coordinate_system, []).append((report.lon, report.lat, report.grid_code))

    def _misplaced(self) -> list[str]:
        """For each system that rows claim, the sentence that they seem to be in another one."""
        if self._locate is None:
            return []
        found = []
        for claimed, seen in sorted(self._seen.items()):
            lon, lat, codes = (list(column) for column in zip(*seen, strict=True))
            location = self._locate(lon, lat, claimed, codes)
            if location.verdict == "other_system":
                found.append(
                    f"{location.sentence}. Nothing was converted: set the system in the mapping and import anew"
                )
        return found

    def _doubtful(self) -> list[str]:
        """A sentence for each kind of doubt, with the values it was about."""
        sentences = []
        for doubt in sorted({kind for kind, _ in self.doubts}):
            values = Counter({value: count for (kind, value), count in self.doubts.items() if kind == doubt})
            sentences.append(f"{values.total():,} {DOUBTS[doubt]}: {named(values)}")
        return sentences

    def _warnings(self, unseen: Sequence[str]) -> list[str]:
        warnings = self._doubtful()
        misplaced = self._misplaced()
        warnings += misplaced
        if not misplaced and self._positioned >= _OUTSIDE_ROWS and self._outside > OUTSIDE_SHARE * self._positioned:
            said = f" than {self._coordinate_system}" if self._coordinate_system else ""
            warnings.append(
                f"{self._outside:,} of {self._positioned:,} coordinates lie outside every grid: "
                f"the feed seems to be in another coordinate system{said}, or about another place"
            )
        if self._unknown:
            warnings.append(
                f"{self._unknown.total():,} incidents have a category that the table does not know, kept as given: "
                f"{named(self._unknown)}. Say in values.category of the mapping what they mean, or let a dispatcher "
                "set them"
            )
        if unseen and self.created + self._known:
            warnings.append(f"no record has {', '.join(unseen)}: look at the names in the mapping")
        if self.cut_off:
            warnings.append("the last row of the file is incomplete: the file seems to be cut off")
        return warnings


def named(values: Counter[str]) -> str:
    """The commonest values, each with its count, and how many more there are."""
    commonest = values.most_common(_NAMED)
    listed = ", ".join(f"{value[:_NAME_CHARS] or 'none'} ({count:,})" for value, count in commonest)
    rest = f" and {len(values) - _NAMED:,} more" if len(values) > _NAMED else ""
    return f"{listed}{rest}"
