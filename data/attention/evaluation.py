"""Everything that needs attention at a moment."""

from datetime import datetime
from zoneinfo import ZoneInfo

from data.attention.alert import Alert
from data.attention.due_soon import due_soon
from data.attention.nest import Nest
from data.attention.past_reports import PastReports
from data.attention.repeats import repeats
from data.attention.silence import silences
from data.attention.surges import surges
from data.stats.measures.rows import COUNTING_RULES, CountingRules
from data.stats.mirror.mirror import MirrorView
from data.stats.picture.usual import CityClock, comparable_days
from geo.grids import GridSystem


def attention(
    view: MirrorView, system: GridSystem, *, moment: datetime, zone: ZoneInfo, rules: CountingRules = COUNTING_RULES
) -> list[Alert]:
    """Find all alerts of the whole city at a moment, those that burn first; a pure function, live and past alike.

    Parameters
    ----------
    view
        The mirror, now or as of a past moment; it must reach back 65 days.
    moment
        Aware; what was reported later is not known.
    zone
        The city's, whose hours and weekdays are compared.

    Returns
    -------
    One alert for each matter: surges, deadlines about to be missed, silent grids, repeated complaints; red before
    yellow. Empty where there is nothing, and where there is too little to compare with.

    Raises
    ------
    QueryInvalid
        The moment has no offset.
    """
    clock = CityClock(moment, zone)
    nest, past = Nest.of(system), PastReports.of(view, clock)
    found = [
        *surges(nest, past, clock, comparable_days(view, clock)),
        *due_soon(view, system, clock, rules),
        *silences(nest, past, clock),
        *repeats(view, system, past, clock),
    ]
    return sorted(found, key=lambda alert: alert.severity != "red")
