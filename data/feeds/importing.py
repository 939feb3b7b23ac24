"""Import of a file of incidents, CSV or JSON, through its mapping, into the desk: one importer for all sources."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from data.access.actor import Actor
from data.errors import CommandCenterError, MappingInvalid, ReportInvalid, StepIllegal, StepInvalid
from data.feeds.category_codes import CategoryCodes
from data.feeds.csv_file import MAX_CELL_CHARS, Record
from data.feeds.feed_file import FeedFile, open_feed
from data.feeds.first_rows import FirstRows
from data.feeds.mapping import FeedMapping
from data.feeds.refusals import Refusals
from data.feeds.rejects import RAW_CHARS, RejectsFile, default_rejects_path
from data.feeds.reports import refused
from data.feeds.rows import FeedRow, RowReader
from data.feeds.tally import AreaOf, ImportSummary, Locator, Stored, Tally
from geo.errors import CoordinatesInvalid

if TYPE_CHECKING:
    from data.incidents.desk import IncidentDesk, Receipt

__all__ = ["ImportSummary", "import_file"]

_IMPORT: Final = Actor.system("import")
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
    actor: Actor = _IMPORT,
    locate: Locator | None = None,
    codes: CategoryCodes | None = None,
    area_of: AreaOf | None = None,
) -> ImportSummary:
    """Import a file of incidents: CSV, or JSON (a list of objects, or one after the other).

    Rows that cannot be incidents go to a rejects file, the others are stored, `batch` rows in one transaction. The
    same source and id is one incident, so an import that broke off is finished by running it again. A row that has the
    id of an earlier row of the file but other content is refused.

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
    # A file of its own, so that what was refused and what came in are never mixed.
    aside = target.with_name(f"{target.name.removesuffix('.csv').removesuffix('.rejects')}.left_out.csv")
    with ExitStack() as opened:
        file = opened.enter_context(open_feed(file_path, mapping))
        rejects = opened.enter_context(RejectsFile(target, file_path))
        left_out = opened.enter_context(RejectsFile(aside, file_path)) if mapping.leave_out else None
        tally = Tally(mapping, locate, codes, area_of)
        run = _Run(desk, mapping, Refusals(rejects), None if left_out is None else Refusals(left_out), actor, tally)
        reader = RowReader(mapping, file.header, now or datetime.now(UTC), codes)
        for read_bytes in run.batches(file, reader, max(1, batch)):
            if progress is not None:
                progress(read_bytes, file.total_bytes)
        if progress is not None:
            progress(file.total_bytes, file.total_bytes)
    return tally.summary(
        refusals=run.refusals.groups(),
        rejects_path=target if rejects.count else None,
        left_out=left_out.count if left_out else 0,
        left_out_path=aside if left_out and left_out.count else None,
        encoding=file.encoding,
        unseen=file.unseen,
        unused=[name for name in dict.fromkeys(file.header) if name and name not in mapping.needed_columns],
        above_header=file.above_header,
        doubts=file.doubts,
    )


class _Run:
    """One import under way."""

    def __init__(
        self,
        desk: "IncidentDesk",
        mapping: FeedMapping,
        refusals: Refusals,
        left_out: Refusals | None,
        actor: Actor,
        tally: Tally,
    ) -> None:
        self._desk = desk
        self._mapping = mapping
        self._actor = actor
        self._first_rows = FirstRows()
        self._left_out = left_out
        self.refusals = refusals
        self.tally = tally

    def batches(self, file: FeedFile, reader: RowReader, size: int) -> Iterator[int]:
        """Store the file, so many rows at a time; after each batch, the bytes read so far."""
        rows: list[_Pending] = []
        try:
            for record in file.records():
                row = self._read(record, file.header, reader)
                rows += [] if row is None else [row]
                if len(rows) >= size or self.refusals.waiting >= size:
                    self.store(rows)
                    self._write()
                    rows = []
                    yield file.read_bytes
            if rows:
                self.store(rows)
        finally:
            # Also where the store failed: what was refused until then is listed.
            self._write()

    def _write(self) -> None:
        self.refusals.write()
        if self._left_out is not None:
            self._left_out.write()

    def _read(self, record: Record, header: Sequence[str], reader: RowReader) -> _Pending | None:
        """A row that can be an incident; None for one that is refused."""
        # Only the last record may have been cut off by the end of the file.
        self.tally.cut_off = record.cut_off
        if record.problem:
            self.refusals.add(record.line, record.raw, reason=record.problem)
            return None
        try:
            _check_lengths(record, header)
            row = reader.read(record.cells)
        except ReportInvalid as error:
            self._reject(record.line, record.raw, error)
            return None
        return _Pending(record.line, record.raw[:RAW_CHARS], row)

    def store(self, rows: Sequence[_Pending]) -> None:
        """Store all rows in one transaction; where one of them is impossible, the others in smaller ones."""
        if not rows:
            return
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
            self._count(rows, stored)

    def _count(self, rows: Sequence[_Pending], stored: Sequence[Stored]) -> None:
        """Count rows the desk has taken; one that says otherwise than an earlier row of its id changed nothing."""
        reports = [pending.row.report for pending in rows]
        earlier = self._first_rows.earlier(
            [hash((report.source, report.source_id)) for report in reports],
            [pending.row.content for pending in rows],
            [pending.line for pending in rows],
        )
        kept = []
        for pending, one, before in zip(rows, stored, earlier, strict=True):
            if before is None or one.created or before[1]:
                kept.append(replace(one, repeated=before is not None and not one.created))
                self._note_left_out(pending)
            else:
                source_id = pending.row.report.source_id
                reason = f"stands on line {before[0]} already, with other content: which of them is true?"
                self.refusals.add(pending.line, pending.raw, field="source_id", value=source_id, reason=reason)
        self.tally.add(kept)

    def _note_left_out(self, pending: _Pending) -> None:
        if self._left_out is None:
            return
        for one in pending.row.left_out:
            self._left_out.add(pending.line, pending.raw, field=one.field, value=one.value, reason=one.reason)

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
        self.refusals.add(line, raw, field=str(values.get("field", "")), value=values.get("value"), reason=reason)


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
