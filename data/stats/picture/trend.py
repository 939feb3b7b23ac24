"""What happened day by day."""

from datetime import timedelta
from typing import Any, Final

import numpy as np

from data.stats.measures.question import Question
from data.stats.measures.span_counts import span_counts
from data.stats.mirror.mirror import MirrorView
from data.stats.picture.usual import CityClock

DAYS: Final = 30


def trend(view: MirrorView, question: Question, clock: CityClock, days: int = DAYS) -> dict[str, Any]:
    """Reports and closings of each of the last days, today's so far as the last one.

    Returns
    -------
    ``days``, ISO dates, ascending; ``reported`` and ``closed``, a count for each.
    """
    today = clock.local.date()
    dates = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
    limits = np.array([[*(clock.start(day) for day in dates), clock.moment_s + 1]])
    seen = question.seen(view)
    return {
        "days": [day.isoformat() for day in dates],
        "reported": span_counts(view, seen, "reported_at", limits)[0].tolist(),
        "closed": span_counts(view, seen, "closed_at", limits)[0].tolist(),
    }
