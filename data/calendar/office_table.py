"""The office time of whole years as sorted numbers: what every deadline is looked up in."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Self

# A day, and when the offices open and close on it.
DaySpans = tuple[date, list[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class OfficeTable:
    """Working days and office hours of whole years, sorted; times are integer microseconds since 1970, UTC.

    `worked_before[i]` and `worked_after[i]` are the office time before and up to the end of span `i`.
    """

    first_year: int
    last_year: int
    days: list[int] = field(default_factory=list)
    closings: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    worked_before: list[int] = field(default_factory=list)
    worked_after: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, first_year: int, last_year: int, days: Iterable[DaySpans]) -> Self:
        """Make the table from the spans of every day of the years, in order; a closed day has none."""
        table = cls(first_year, last_year)
        worked = 0
        for day, spans in days:
            for opens, closes in spans:
                table.starts.append(opens)
                table.worked_before.append(worked)
                worked += closes - opens
                table.worked_after.append(worked)
            if spans:
                table.days.append(day.toordinal())
                table.closings.append(spans[-1][1])
        return table

    def worked_until(self, moment: int) -> int:
        """Office time from the start of the table to this moment."""
        span = bisect_right(self.starts, moment) - 1
        if span < 0:
            return 0
        return min(self.worked_before[span] + moment - self.starts[span], self.worked_after[span])

    def moment_of(self, worked: int) -> int | None:
        """The earliest moment by which so much office time has passed; None where the table does not reach it."""
        if not 0 < worked <= self.worked_after[-1]:
            return None
        span = bisect_left(self.worked_after, worked)
        return self.starts[span] + worked - self.worked_before[span]

    def working_days_until(self, day: int) -> int:
        """Working days from the start of the table up to this one, itself included, by its ordinal."""
        return bisect_right(self.days, day)

    def close_from(self, moment: int) -> int | None:
        """The first close of office hours that is not before this moment; None where the table does not reach it."""
        position = bisect_left(self.closings, moment)
        return self.closings[position] if position < len(self.closings) else None
