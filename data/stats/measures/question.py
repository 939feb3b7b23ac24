"""A question to the mirror: moment, span, scope and filters."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from data.access.scope import Scope
from data.stats.measures.counting import Counts, count
from data.stats.measures.measures import Measure
from data.stats.measures.rows import COUNTING_RULES, CountingRules, Filter, Rows, Seen, open_rows, span_rows
from data.stats.mirror.mirror import MirrorView
from data.stats.mirror.seconds import to_seconds


@dataclass(frozen=True, slots=True)
class Question:
    """Moment, span, scope and filter; see `counting.count`."""

    moment: datetime
    since: datetime
    until: datetime
    scope: Scope
    category: Filter = None
    source: Filter = None
    unit: Filter = None
    rules: CountingRules = COUNTING_RULES

    def count(self, view: MirrorView, measures: Sequence[Measure], still: Rows | None = None) -> Counts:
        """Count measures per leaf; `still` is an earlier result of `open`, if there is one."""
        return count(
            view,
            moment=self.moment,
            since=self.since,
            until=self.until,
            scope=self.scope,
            category=self.category,
            source=self.source,
            unit=self.unit,
            measures=measures,
            rules=self.rules,
            still=still,
        )

    def seen(self, view: MirrorView) -> Seen:
        """Return the rows visible in the scope and through the filters."""
        return Seen.by(view, self.scope, self.category, self.source, self.unit)

    def over(self, since: datetime, until: datetime) -> "Question":
        """Return the same question over another span."""
        return replace(self, since=since, until=until)

    def narrowed(self, lo: int, hi: int) -> "Question":
        """Return the same question, limited to the leaves ``[lo, hi)``."""
        return replace(self, scope=self.scope.narrowed(lo, hi))

    def open(self, view: MirrorView) -> Rows:
        """Return the rows open at the moment."""
        return open_rows(view, self.seen(view), to_seconds(self.moment), self.rules)

    def placed(self, view: MirrorView, column: str) -> Rows:
        """Return the rows whose time in `column` lies in the span and not after the moment."""
        chosen = span_rows(view, self.seen(view), column, *self.known_span_s)
        return Rows(view, chosen, to_seconds(self.moment), self.rules)

    @property
    def known_span_s(self) -> tuple[int, int]:
        """The part of the span up to the moment, in the mirror's seconds."""
        return to_seconds(self.since), min(to_seconds(self.until), to_seconds(self.moment) + 1)
