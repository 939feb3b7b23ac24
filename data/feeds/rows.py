"""A row of a feed, through its mapping: the fields of a report, and the steps up to its closing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from data.access.actor import Actor
from data.errors import ReportInvalid
from data.feeds.category_codes import CategoryCodes
from data.feeds.closings import OTHERS, Choice, ClosedMapping
from data.feeds.mapping import FeedMapping
from data.feeds.mapping_file import POINT
from data.feeds.points import split_point
from data.feeds.reports import checked_moment, parse_report, refused
from data.feeds.times import clock_doubt, other_format, parse_time
from data.incidents.model import Report, Step
from data.words import MEANS

TIME_FIELDS = ("reported_at", "occurred_at")
_ASSUMED = "time not given by the feed"
_LEVEL = re.compile(r"\d{1,2}", re.ASCII)


# Optional fields -> which ones mean nothing without each other.
_OPTIONAL: Mapping[str, tuple[str, ...]] = {
    **{name: (name,) for name in ("category", "occurred_at", "address", "title", "grid_code")},
    **dict.fromkeys(("lon", "lat", POINT), ("lon", "lat")),
    "coordinate_system": ("lon", "lat", "coordinate_system"),
}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A field that a row said and that could not be used: its value and why not."""

    field: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One valid row.

    Attributes
    ----------
    report
        What was reported.
    steps
        From the report to its closing; empty where the incident is open.
    doubts
        What of it does not fit together or could be understood in two ways: keys of `DOUBTS`, each with the value.
    status
        What its column of the status says; None where the mapping names no such column.
    left_out
        Optional fields that could not be used, where the mapping wants the row without them.
    """

    report: Report
    steps: tuple[Step, ...]
    doubts: tuple[tuple[str, str], ...] = ()
    status: str | None = None
    left_out: tuple[LeftOut, ...] = ()

    @property
    def content(self) -> int:
        """A hash of 64 bits of all that the row says; of this process only."""
        taken = [(step.kind, step.at, *sorted(step.detail.items())) for step in self.steps]
        return hash((self.report, *taken))


DOUBTS = {
    "closed_without_time": "rows say they are closed but not when: imported as open",
    "time_without_closed": "rows have a time of closing although their status is not closed: imported as open",
    "part_unused": "times were taken from one column although another says something that is no time by itself: name "
    "them as { join = [...] } if they are parts of one",
    "shown_twice": "times were shown twice by the clocks, which were set back: the first of the two is taken, unless a "
    "closing can only be the second",
    "skipped": "times were skipped by the clocks, which were set forward: they count on from the change",
}


class RowReader:
    """Reads rows of a feed with this header.

    Parameters
    ----------
    mapping
        The mapping; all its `needed_columns` are in the header.
    header
        Column names, trimmed.
    now
        Aware; nothing can have been reported or closed after it.
    codes
        The table of categories, for feeds that name a category instead of its code.
    """

    def __init__(
        self, mapping: FeedMapping, header: Sequence[str], now: datetime, codes: CategoryCodes | None = None
    ) -> None:
        self._mapping = mapping
        self._codes = codes
        self._now = now
        # Of the row at hand.
        self._doubts: list[tuple[str, str]] = []
        self._left_out: list[LeftOut] = []
        self._position = {name: position for position, name in reversed(list(enumerate(header)))}

    def read(self, cells: Sequence[str]) -> FeedRow:
        """Make a report and its steps of the cells of a row, as many as the header has.

        Raises
        ------
        ReportInvalid
            The row cannot be an incident; names the field.
        """
        self._doubts, self._left_out = [], []
        report = self._report(cells)
        closed = self._mapping.closed
        if closed is None:
            return FeedRow(report, (), tuple(self._doubts), left_out=tuple(self._left_out))
        # A time of closing that cannot be makes the row impossible, whatever its status says.
        closed_at = self._closed_at(cells, closed, report.reported_at)
        status = self._cell(cells, closed.status_column) if closed.status_column else None
        steps: tuple[Step, ...] = ()
        if status is not None and status not in closed.status_values:
            if closed_at is not None:
                self._doubts.append(("time_without_closed", status))
        elif closed_at is not None:
            steps = self._steps(cells, closed, report, closed_at)
        elif status is not None:
            self._doubts.append(("closed_without_time", status))
        return FeedRow(report, steps, tuple(self._doubts), status, tuple(self._left_out))

    def _report(self, cells: Sequence[str]) -> Report:
        fields = self._fields(cells)
        while True:
            try:
                return parse_report(fields, self._mapping.zone, self._now)
            except ReportInvalid as error:
                told = self._as_written(error, cells)
                before = len(fields)
                for name in self._leave_out(told):
                    fields.pop(name, None)
                if len(fields) == before:
                    raise told from error

    def _as_written(self, error: ReportInvalid, cells: Sequence[str]) -> ReportInvalid:
        """The error with the value of the cell: who mends the file looks for that, not for what was made of it."""
        columns = self._columns_of(error.values["field"])
        if columns is None:
            return error
        written = " ".join(self._cell(cells, column) for column in columns)
        return refused(error.values["field"], written, error.values["reason"])

    def _leave_out(self, error: ReportInvalid) -> tuple[str, ...]:
        """The fields to leave out for this error, none where it makes the row impossible."""
        values = error.values
        fields = _OPTIONAL.get(values["field"], ()) if self._mapping.leave_out else ()
        if fields:
            self._left_out.append(LeftOut(values["field"], values["value"], values["reason"]))
        return fields

    def _columns_of(self, field: str) -> tuple[str, ...] | None:
        columns = self._mapping.columns
        return columns.get(field, columns.get(POINT) if field in ("lon", "lat") else None)

    def _fields(self, cells: Sequence[str]) -> dict[str, object]:
        mapping = self._mapping
        fields: dict[str, object] = {"source": mapping.source} if mapping.source else {}
        left_out: set[str] = set()
        for name, columns in mapping.columns.items():
            said = [(column, text) for column in columns if (text := self._cell(cells, column)) not in mapping.empty]
            # No column said anything; an empty cell that the mapping does not call empty is an error of the field.
            if not said:
                continue
            joined = name in mapping.joined
            text = " ".join(text for _, text in said) if joined else said[0][1]
            try:
                fields |= self._point(text) if name == POINT else {name: self._value(name, text)}
            except ReportInvalid as error:
                without = self._leave_out(error)
                if not without:
                    raise
                left_out |= set(without)
            if name in TIME_FIELDS and not joined:
                self._doubt_parts(name, said[1:])
        for name in left_out:
            fields.pop(name, None)
        fields.setdefault("coordinate_system", mapping.coordinate_system)
        if mapping.nowhere and _pair(fields.get("lon"), fields.get("lat")) in mapping.nowhere:
            del fields["lon"], fields["lat"]
        return fields

    def _value(self, name: str, text: str) -> object:
        means = self._mapping.values.get(name)
        if means is not None:
            text = means.get(text, means.get(OTHERS, text))
            if text in self._mapping.empty:
                return None
        if name == "category" and self._codes is not None:
            return self._codes.of(text)
        if name in ("lon", "lat"):
            return self._number(name, text)
        if name in TIME_FIELDS:
            return self._time(name, text)
        return text

    def _point(self, text: str) -> dict[str, object]:
        try:
            found = split_point(text, self._mapping.point_order)
        except ValueError as error:
            raise refused(POINT, text, str(error)) from error
        return {} if found is None else {"lon": found[0], "lat": found[1]}

    def _doubt_parts(self, field: str, passed_over: Sequence[tuple[str, str]]) -> None:
        """Notice columns beside the one that counts which hold no whole time: they may be a part of it."""
        for column, text in passed_over:
            try:
                parse_time(text, self._mapping.formats)
            except ValueError:
                self._doubts.append(("part_unused", f"{column} of {field}"))

    def _number(self, field: str, text: str) -> str:
        try:
            return plain_number(text, self._mapping.thousands, self._mapping.decimal)
        except ValueError as error:
            raise refused(field, text, str(error)) from error

    def _time(self, field: str, text: str) -> datetime:
        formats = self._mapping.formats
        try:
            moment = parse_time(text, formats)
        except ValueError as error:
            advice = other_format(text, formats)
            raise refused(field, text, f"{error}; {advice}" if advice else str(error)) from error
        doubt = clock_doubt(moment, self._mapping.zone)
        if doubt:
            self._doubts.append((doubt, text))
        return moment

    def _cell(self, cells: Sequence[str], column: str) -> str:
        return plain_cell(cells[self._position[column]])

    def _closed_at(self, cells: Sequence[str], closed: ClosedMapping, reported_at: datetime) -> datetime | None:
        text = self._cell(cells, closed.at)
        if text in self._mapping.empty:
            return None
        moment = self._time("closed_at", text)
        closed_at = checked_moment(
            "closed_at", text, moment, self._mapping.zone, self._now, not_before=reported_at
        )  # fmt: skip
        if closed_at < reported_at:
            raise refused("closed_at", text, f"closed before reported ({reported_at.isoformat()}): impossible")
        return closed_at

    def _steps(
        self, cells: Sequence[str], closed: ClosedMapping, report: Report, closed_at: datetime
    ) -> tuple[Step, ...]:
        means = self._choose(cells, closed.means)
        if means not in MEANS:
            raise refused("means", means, f"is not one of {', '.join(MEANS)}: add it to closed.means.values")
        ending = {"means": means, "level": self._level(cells, closed)}
        handler = str(self._choose(cells, closed.handler)).strip()
        if not handler:
            raise refused("handler", handler, "is empty: a closed incident was handled by somebody")
        actor = Actor.source(report.source)
        note = {"note": _ASSUMED}
        if closed.path == "self_handled":
            begun = [Step("self_handled", closed_at, actor, {"handler": handler, **note})]
        else:
            begun = [
                Step("verified", report.reported_at, actor, note),
                Step("filed", report.reported_at, actor, note),
                Step("dispatched", report.reported_at, actor, {"handler": handler, **note}),
                Step("claimed", report.reported_at, actor, note),
                Step("handled", closed_at, actor, note),
            ]
        return (*begun, Step("checked", closed_at, actor, note), Step("closed", closed_at, actor, ending))

    def _level(self, cells: Sequence[str], closed: ClosedMapping) -> int:
        level = self._choose(cells, closed.level)
        if isinstance(level, int):
            return level
        if not _LEVEL.fullmatch(level):
            raise refused("level", level, "is not the number of a level: add it to closed.level.values")
        return int(level)

    def _choose(self, cells: Sequence[str], choice: Choice) -> str | int:
        return choice.of(self._cell(cells, choice.column) if choice.column else "")


def plain_number(text: str, thousands: str, decimal: str) -> str:
    """A number written the feed's way as Python writes it.

    Raises
    ------
    ValueError
        It is not grouped in threes, or has a decimal point where the feed has a decimal comma.
    """
    if thousands and thousands in text:
        grouped = rf"[+-]?\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+(?:{re.escape(decimal)}\d*)?"
        if not re.fullmatch(grouped, text, re.ASCII):
            raise ValueError(f"is not a number with {thousands!r} between thousands and {decimal!r} before decimals")
        text = text.replace(thousands, "")
    if decimal != "." and "." in text:
        raise ValueError(f"has a point, but the decimals of this feed come after {decimal!r}")
    return text.replace(decimal, ".")


def plain_cell(cell: str) -> str:
    """A cell without the marks by which spreadsheets keep a text from becoming a number: ``="0102"`` and ``'0102``."""
    text = cell.strip()
    if text.startswith('="') and text.endswith('"') and len(text) > 2:
        return text[2:-1].replace('""', '"').strip()
    if text[:1] == "'" and text[1:2].isdigit():
        return text[1:]
    return text


def _pair(lon: object, lat: object) -> tuple[float, float] | None:
    """Two coordinates as numbers; None where they are none."""
    try:
        return (float(lon), float(lat)) if isinstance(lon, str) and isinstance(lat, str) else None
    except ValueError:
        return None
