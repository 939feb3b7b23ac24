"""Import of a file of incidents, CSV or JSON, through its mapping, into the desk: one importer for all sources."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from data.errors import CommandCenterError, MappingInvalid, ReportInvalid, StepIllegal, StepInvalid
from data.feeds.category_codes import CategoryCodes
from data.feeds.csv_file import MAX_CELL_CHARS, Record
from data.feeds.feed_file import FeedFile, open_feed
from data.feeds.mapping import FeedMapping
from data.feeds.rejects import RAW_CHARS, RejectsFile, default_rejects_path
from data.feeds.reports import refused
from data.feeds.rows import FeedRow, RowReader
from data.feeds.tally import AreaOf, ImportSummary, Locator, Stored, Tally
from geo.errors import CoordinatesInvalid

if TYPE_CHECKING:
    from data.incidents.desk import IncidentDesk, Receipt

__all__ = ["ImportSummary", "import_file"]

# What makes one row impossible; anything else ends the import.
_ROW_ERRORS = (ReportInvalid, StepInvalid, StepIllegal, CoordinatesInvalid)


@dataclass(frozen=True, slots=True)
class _Pending:
    """A valid row on its way to the desk, with what is needed to refuse it still."""

    line: int
    raw: str
    row: FeedRow


def import_file(
    desk: "IncidentDesk",
    path: str | Path,
    mapping: FeedMapping,
    *,
    rejects_path: str | Path | None = None,
    batch: int = 5_000,
    progress: Callable[[int, int], None] | None = None,
    now: datetime | None = None,
    actor: str = "import",
    locate: Locator | None = None,
    codes: CategoryCodes | None = None,
    area_of: AreaOf | None = None,
) -> ImportSummary:
    """Import a file of incidents: CSV, or JSON (a list of objects, or one after the other).

    Rows that cannot be incidents go to a rejects file, the others are stored, `batch` rows in one transaction. The
    same source and id is one incident, so an import that broke off is finished by running it again.

    Parameters
    ----------
    desk
        Where the reports go.
    path
        The file; it is read as a stream, so it may be larger than the memory.
    mapping
        What its columns, or the names in its objects, mean.
    rejects_path
        Where refused rows are listed; by default see `rejects.default_rejects_path`.
    batch
        Rows of one transaction.
    progress
        Called after each batch with the bytes read and the bytes in all.
    now
        Aware; the clock by default. Nothing can have been reported later.
    actor
        Who imports, for the log.
    locate
        Measures which coordinate system the feed seems to be in, for the warnings: ``geo.locate.locator(system)``.
    codes
        The table of categories: a name in it becomes its code, and what it does not know is counted. Without it,
        categories stay as they are.
    area_of
        Tells of what is unlocated which upper grid holds it, for the counts: ``gazetteer_of(system).area``.

    Returns
    -------
    ImportSummary
        ``rows == created + already_known + rejected``; all 0 for a file with nothing but a header.

    Raises
    ------
    FeedUnreadable
        The file is neither CSV nor JSON, is empty, or lacks columns. Nothing is stored.
    MappingInvalid
        A constant of the mapping cannot be in this city (a level it does not have).
    SettingInvalid
        The rejects file cannot be written. Nothing is stored.
    CommandCenterError
        The store failed; `values` has `rows_stored`, and the rows stored stay.
    """
    file_path = Path(path)
    target = Path(rejects_path) if rejects_path is not None else default_rejects_path(file_path)
    with open_feed(file_path, mapping) as file, RejectsFile(target, file_path) as rejects:
        tally = Tally(mapping.coordinate_system, locate, codes, area_of)
        run = _Run(desk, mapping, rejects, actor, tally)
        reader = RowReader(mapping, file.header, now or datetime.now(UTC), codes)
        pending = run.valid_rows(file, reader)
        while rows := list(islice(pending, max(1, batch))):
            run.store(rows)
            if progress is not None:
                progress(file.read_bytes, file.total_bytes)
        if progress is not None:
            progress(file.total_bytes, file.total_bytes)
    return tally.summary(
        rejected=rejects.count,
        rejects_path=target if rejects.count else None,
        encoding=file.encoding,
        unseen=file.unseen,
    )


class _Run:
    """One import under way."""

    def __init__(
        self, desk: "IncidentDesk", mapping: FeedMapping, rejects: RejectsFile, actor: str, tally: Tally
    ) -> None:
        self._desk = desk
        self._mapping = mapping
        self._rejects = rejects
        self._actor = actor
        self.tally = tally

    def valid_rows(self, file: FeedFile, reader: RowReader) -> Iterator[_Pending]:
        """The rows that can be incidents; the others go to the rejects."""
        for record in file.records():
            # Only the last record may have been cut off by the end of the file.
            self.tally.cut_off = record.cut_off
            if record.problem:
                self._rejects.add(record.line, record.raw, reason=record.problem)
                continue
            try:
                _check_lengths(record, file.header)
                row = reader.read(record.cells)
            except ReportInvalid as error:
                self._reject(record.line, record.raw, error)
                continue
            self.tally.doubts.update(row.doubts)
            yield _Pending(record.line, record.raw[:RAW_CHARS], row)

    def store(self, rows: Sequence[_Pending]) -> None:
        """Store all rows in one transaction; where one of them is impossible, the others in smaller ones."""
        try:
            stored = self._hand_in([pending.row for pending in rows])
        except _ROW_ERRORS as error:
            self._check_mapping(error)
            if len(rows) == 1:
                self._reject(rows[0].line, rows[0].raw, error)
                return
            middle = len(rows) // 2
            self.store(rows[:middle])
            self.store(rows[middle:])
        except CommandCenterError as error:
            done = self.tally.created
            raise type(error)(
                f"{error.message}. The import broke off: {done:,} incidents of this file were stored and stay; "
                "run it again to go on, what is stored is not stored twice",
                **{**error.values, "rows_stored": done},
            ) from error
        else:
            self.tally.add(stored)

    def _hand_in(self, rows: Sequence[FeedRow]) -> list[Stored]:
        reports = [row.report for row in rows]
        if self._mapping.closed is None:
            receipts = self._desk.report_many(reports, self._actor)
            created = [receipt.created for receipt in receipts]
        else:
            added = self._desk.load_history([[(row.report, row.steps) for row in rows]], actor=self._actor)
            # All of them are known by now, so this changes nothing and tells where each one lies.
            receipts = self._desk.report_many(reports, self._actor)
            created = _newest(receipts, added)
        return [Stored(row, receipt, new) for row, receipt, new in zip(rows, receipts, created, strict=True)]

    def _check_mapping(self, error: CommandCenterError) -> None:
        """A constant that is wrong for one row is wrong for all: say so instead of refusing row after row."""
        closed = self._mapping.closed
        if closed is not None and closed.level.constant is not None and error.values.get("field") == "level":
            raise MappingInvalid(
                f"Mapping file {self._mapping.path}: closed.level is {closed.level.constant}; {error.message}",
                file=self._mapping.path, key="closed.level", value=closed.level.constant,
                allowed="a level of this city's grids, or 0 for the city itself", rows_stored=self.tally.created,
            ) from error  # fmt: skip

    def _reject(self, line: int, raw: str, error: CommandCenterError) -> None:
        values = error.values
        reason = str(values.get("reason", error.message))
        self._rejects.add(line, raw, field=str(values.get("field", "")), value=values.get("value"), reason=reason)


def _check_lengths(record: Record, header: Sequence[str]) -> None:
    for name, cell in zip(header, record.cells, strict=True):
        if len(cell) > MAX_CELL_CHARS:
            raise refused(name, cell, f"has {len(cell):,} characters: at most {MAX_CELL_CHARS:,} are read")


def _newest(receipts: Sequence["Receipt"], added: int) -> list[bool]:
    """Which receipts are of the `added` incidents that this batch opened, each counted at its first row.

    Ids grow in the order in which incidents are opened, so those opened last have the highest.
    """
    opened = set(sorted({receipt.id for receipt in receipts}, reverse=True)[:added])
    created = []
    for receipt in receipts:
        created.append(receipt.id in opened)
        opened.discard(receipt.id)
    return created
