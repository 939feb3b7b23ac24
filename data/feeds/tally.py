"""The counts of an import, and what they say about the feed as a whole."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, TypeVar

from data.feeds.category_codes import CategoryCodes
from data.feeds.ids import cut_to_sheet_digits
from data.feeds.mapping import FeedMapping
from data.feeds.refusals import RefusalGroup
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
# So many different ones are counted apart, lest a column of free text fills the memory.
_TOLD_APART = 10_000
_OTHERS = "others"
# Fewer long ids say nothing about a feed.
_LONG_IDS = 3

_Key = TypeVar("_Key")

# As many rows at exactly one position, and such a share of those with one, are no chance.
_ONE_POSITION_ROWS = 5
_ONE_POSITION_SHARE = 0.05
_STANDS_OUT = 3

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
        Rows whose source and id were known, from before or from a row above that says the same; they change nothing.
    repeated
        Of the already known, those that repeat a row above.
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
    refusals
        Why rows were refused, the commonest reason first, with the first lines of each.
    unused_columns
        Names of columns that the mapping does not use; they may hold personal data, but their names hardly do.
    above_header
        Lines above the header, such as a title; they are passed over.
    left_out, left_out_path
        Optional fields without which rows came in, where the mapping wants that, and the file that lists them.
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
    repeated: int = 0
    refusals: tuple[RefusalGroup, ...] = ()
    unused_columns: tuple[str, ...] = ()
    above_header: int = 0
    left_out: int = 0
    left_out_path: Path | None = None

    @property
    def complete(self) -> bool:
        """Whether there were rows and every one came in."""
        return self.rows > 0 and self.rejected == 0

    @property
    def empty(self) -> bool:
        """Whether no row came in: there was none, or all were refused."""
        return self.rows == self.rejected


@dataclass(frozen=True, slots=True)
class Stored:
    """A row the desk has taken: its receipt, whether it opened an incident, whether it repeats a row of the file."""

    row: FeedRow
    receipt: "Receipt"
    created: bool
    repeated: bool = False


class Tally:
    """Counts while an import runs.

    Parameters
    ----------
    mapping
        What the feed's columns mean: its coordinate system, the statuses it knows.
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
        mapping: FeedMapping,
        locate: Locator | None = None,
        codes: CategoryCodes | None = None,
        area_of: AreaOf | None = None,
    ) -> None:
        self._mapping = mapping
        closed = mapping.closed
        self._statuses_known = mapping.empty | (closed.status_values | closed.open_values if closed else set())
        self._locate = locate
        self._codes = codes
        self._area_of = area_of
        self._unknown: Counter[str] = Counter()
        self._seen: dict[str, list[tuple[float, float, str | None]]] = {}
        self._seen_rows = 0
        self.created = 0
        self.doubts: Counter[tuple[str, str]] = Counter()
        self.cut_off = False
        self._positions: Counter[tuple[float, float] | None] = Counter()
        self._statuses: Counter[str] = Counter()
        self._repeated = self._long_ids = self._cut_ids = 0
        self._known = self._unlocated = self._in_area = self._closed = self._positioned = self._outside = 0

    def add(self, rows: Sequence[Stored]) -> None:
        """Count rows that are stored."""
        for stored in rows:
            self.created += stored.created
            self._known += not stored.created
            self._repeated += stored.repeated
            self._note(stored.row)
            if stored.created:
                self._count_created(stored)
            report = stored.row.report
            positioned = report.lon is not None
            self._positioned += positioned
            self._outside += positioned and stored.receipt.placed_by != "coordinates"
            self._see(stored.row)
            if report.lon is not None and report.lat is not None:
                _count_up(self._positions, (report.lon, report.lat), None)

    def _note(self, row: FeedRow) -> None:
        """Count what is to be named: doubts, statuses the mapping does not know, ids that look rounded."""
        for doubt in row.doubts:
            _count_up(self.doubts, doubt, (doubt[0], _OTHERS))
        if row.status is not None and row.status not in self._statuses_known:
            _count_up(self._statuses, row.status, _OTHERS)
        cut = cut_to_sheet_digits(row.report.source_id)
        if cut is not None:
            self._long_ids += 1
            self._cut_ids += cut

    def _count_created(self, stored: Stored) -> None:
        report = stored.row.report
        self._closed += bool(stored.row.steps)
        if stored.receipt.leaf < 0:
            self._unlocated += 1
            self._in_area += self._area_of is not None and self._area_of(report.grid_code, report.address) is not None
        if self._codes is not None and not self._codes.knows(report.category):
            self._unknown[report.category] += 1

    def summary(
        self,
        *,
        refusals: tuple[RefusalGroup, ...],
        rejects_path: Path | None,
        encoding: str,
        left_out: int = 0,
        left_out_path: Path | None = None,
        unseen: Sequence[str] = (),
        unused: Sequence[str] = (),
        above_header: int = 0,
        doubts: Sequence[str] = (),
    ) -> ImportSummary:
        """The counts so far, with what was refused, what never came, and what nobody asked for."""
        rejected = sum(group.count for group in refusals)
        return ImportSummary(
            rows=self.created + self._known + rejected,
            created=self.created,
            already_known=self._known,
            unlocated=self._unlocated,
            rejected=rejected,
            closed=self._closed,
            rejects_path=rejects_path,
            encoding=encoding,
            warnings=(*self._warnings(unseen), *doubts),
            unused_columns=tuple(unused),
            above_header=above_header,
            left_out=left_out,
            left_out_path=left_out_path,
            in_area=self._in_area,
            category_unknown=self._unknown.total(),
            repeated=self._repeated,
            refusals=refusals,
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

    def _at_one_position(self) -> list[str]:
        """The sentence about positions that stand for many places; none where there are no such."""
        least = max(_ONE_POSITION_ROWS, _ONE_POSITION_SHARE * self._positioned)
        # Where all positions have many rows, as cameras have, none of them stands for others.
        usual = _STANDS_OUT * median(sorted(self._positions.values())[:-1] or [0])
        common = self._positions.most_common(_NAMED)
        crowded = [(place, count) for place, count in common if place and count >= max(least, usual)]
        if not crowded:
            return []
        listed = ", ".join(f"{lon}, {lat} ({count:,})" for (lon, lat), count in crowded)
        rows = sum(count for _, count in crowded)
        sentence = (
            f"{rows:,} rows stand at exactly the same positions: {listed}. If that is where the source puts what it "
            "cannot locate, list them in coordinates.empty of the mapping"
        )
        return [sentence]

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
            claimed = self._mapping.coordinate_system
            said = f" than {claimed}" if claimed else ""
            warnings.append(
                f"{self._outside:,} of {self._positioned:,} coordinates lie outside every grid: "
                f"the feed seems to be in another coordinate system{said}, or about another place"
            )
        warnings += self._at_one_position()
        if self._unknown:
            warnings.append(
                f"{self._unknown.total():,} incidents have a category that the table does not know, kept as given: "
                f"{named(self._unknown)}. Say in values.category of the mapping what they mean, or let a dispatcher "
                "set them"
            )
        if self._statuses:
            warnings.append(
                f"{self._statuses.total():,} rows have a status that the mapping does not know, imported as open: "
                f"{named(self._statuses)}. Say in closed.status_values or closed.open_values what they mean"
            )
        if self._long_ids >= _LONG_IDS and self._cut_ids == self._long_ids:
            warnings.append(
                f"all {self._long_ids:,} ids of more than 15 digits end in zeros, as a spreadsheet rounds them: "
                "compare them with the source, and export the ids as text"
            )
        if unseen and self.created + self._known:
            warnings.append(f"no record has {', '.join(unseen)}: look at the names in the mapping")
        if self.cut_off:
            warnings.append("the last row of the file is incomplete: the file seems to be cut off")
        return warnings


def _count_up(counter: Counter[_Key], key: _Key, others: _Key) -> None:
    """Count the key, or what stands for the others where there are too many to be told apart."""
    counter[key if key in counter or len(counter) < _TOLD_APART else others] += 1


def named(values: Counter[str]) -> str:
    """The commonest values, each with its count, and how many more there are."""
    commonest = values.most_common(_NAMED)
    listed = ", ".join(f"{value[:_NAME_CHARS] or 'none'} ({count:,})" for value, count in commonest)
    rest = f" and {len(values) - _NAMED:,} more" if len(values) > _NAMED else ""
    return f"{listed}{rest}"
