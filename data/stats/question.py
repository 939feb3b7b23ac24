"""What is asked of the mirror, in one piece."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from data.scope import Scope
from data.stats.counting import Counts, Filter, count
from data.stats.measures import Measure
from data.stats.mirror import MirrorView
from data.stats.rows import RULES, Mask, Rows, Rules, base_mask, open_rows, placed
from data.stats.seconds import to_seconds


@dataclass(frozen=True, slots=True)
class Question:
    """Moment, span, scope and filter; see `counting.count`."""

    moment: datetime
    since: datetime
    until: datetime
    scope: Scope
    category: Filter = None
    source: Filter = None
    rules: Rules = RULES

    def count(self, view: MirrorView, measures: Sequence[Measure]) -> Counts:
        """Count measures per leaf."""
        return count(
            view,
            moment=self.moment,
            since=self.since,
            until=self.until,
            scope=self.scope,
            category=self.category,
            source=self.source,
            measures=measures,
            rules=self.rules,
        )

    def base(self, view: MirrorView) -> Mask | None:
        """Rows that may be looked at; None for all."""
        return base_mask(view, self.scope, self.category, self.source)

    def over(self, since: datetime, until: datetime) -> "Question":
        """The same question over another span."""
        return replace(self, since=since, until=until)

    def narrowed(self, lo: int, hi: int) -> "Question":
        """The same question of the leaves ``[lo, hi)`` only."""
        return replace(self, scope=self.scope.narrowed(lo, hi))

    def open(self, view: MirrorView) -> Rows:
        """Rows open at the moment."""
        return open_rows(view, self.base(view), to_seconds(self.moment), self.rules)

    def placed(self, view: MirrorView, column: str) -> Rows:
        """Rows whose time in `column` lies in the span and was known by the moment."""
        span = to_seconds(self.since), to_seconds(self.until)
        return placed(view, self.base(view), column, *span, to_seconds(self.moment), self.rules)
