"""The declared list of KPIs: names, measures, and source of the definition of each.

A rate is computed over a cohort, so that it cannot exceed 100 %: of the incidents reported in the span, the share
closed by the moment; of those whose deadline fell in the span, the share closed in time. 0 of 0 is no data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from data.errors import QueryInvalid
from data.stats.measures.counting import Counts
from data.stats.measures.measures import MEASURES, Measure, within_level_measures
from data.stats.measures.places import Places
from data.words import MEANS
from geo.shares import shares_of

__all__ = [
    "KPIS", "KPI_BY_KEY", "MEASURES", "Kpi", "KpiValues", "counted", "evaluate", "kpi", "level_kpi", "level_kpis",
    "measures_of",
]  # fmt: skip

Unit = Literal["count", "ratio", "per_km2", "per_10k_people", "hours"]

AREA: Final = "area_km2"
PEOPLE: Final = "population/10k"
_PEOPLE_UNIT: Final = 10_000.0

_COUNT = "count of the life cycle's steps"
_PRACTICE = "common practice of digital urban management bulletins (数字城管通报); no standard is claimed"
_ASSESSMENT = "published assessment form 处置率·按期处置率·返工率·超期待处置率·延期率"
_HOTLINE = "common practice of 12345 hotline bulletins; no standard is claimed"
_MODEL = "Jiangyin's published result: 70 % service, 20 % management, 10 % enforcement"


@dataclass(frozen=True, slots=True)
class Kpi:
    """One KPI.

    Attributes
    ----------
    key, zh, en
        Its key and its names.
    numerator
        A measure. For durations: the measure whose incidents are timed.
    denominator
        A measure, ``"area_km2"``, ``"population/10k"``, or None for a plain count or a duration.
    unit
        Unit of the value.
    better
        The better direction; None if there is none.
    formula
        The definition in words.
    source
        Source of the definition.
    colours_map
        Whether it may colour the map.
    between
        For durations: the two time columns; the value is the `quantile` of the hours between them.
    """

    key: str
    zh: str
    en: str
    numerator: str
    denominator: str | None
    unit: Unit
    better: Literal["up", "down"] | None
    formula: str
    source: str
    colours_map: bool = True
    between: tuple[str, str] | None = None
    quantile: float = 0.5

    @property
    def low_is_worse(self) -> bool:
        """Whether low values stand out: those of a rate of which more is better.

        Low counts do not stand out: where few incidents are closed, few may have been reported.
        """
        return self.unit == "ratio" and self.better == "up"

    @property
    def judges(self) -> bool:
        """Whether one end of its values is worse than the other: rates and durations with a better direction."""
        return self.better is not None and self.unit in ("ratio", "hours")


def _number(key: str, zh: str, en: str, better: Literal["up", "down"] | None, formula: str, maps: bool = True) -> Kpi:
    return Kpi(key, zh, en, key, None, "count", better, formula, _COUNT, colours_map=maps)


def _density(key: str, zh: str, en: str, measure: str, of: str, better: Literal["down"] | None, formula: str) -> Kpi:
    return Kpi(key, zh, en, measure, of, "per_km2" if of == AREA else "per_10k_people", better, formula, _COUNT)


def _rate(
    key: str, zh: str, en: str, measure: str, of: str, better: Literal["up", "down"] | None,
    formula: str, source: str = _PRACTICE,
) -> Kpi:  # fmt: skip
    return Kpi(key, zh, en, measure, of, "ratio", better, formula, source)


def _hours(key: str, zh: str, en: str, measure: str, between: tuple[str, str], quantile: float, formula: str) -> Kpi:
    return Kpi(key, zh, en, measure, None, "hours", "down", formula, _COUNT, between=between, quantile=quantile)


KPIS: tuple[Kpi, ...] = (
    _number("reported", "上报", "Reported", None, "incidents reported in the span"),
    _number("filed", "立案", "Filed", None, "incidents filed in the span"),
    _number("closed", "结案", "Closed", "up", "incidents closed in the span"),
    _number("open", "在办", "Open", "down", "incidents reported, and neither closed nor voided, at the moment"),
    _number("overdue", "超期", "Overdue", "down", "open incidents past their deadline"),
    _number("unlocated", "待定位", "Unlocated", "down", "open incidents in no grid", maps=False),
    _density("open_per_km2", "每平方公里在办", "Open per km²", "open", AREA, "down", "open / area"),
    _density("reported_per_km2", "每平方公里上报", "Reported per km²", "reported", AREA, None, "reported / area"),
    _density("open_per_10k", "每万人在办", "Open per 10,000 people", "open", PEOPLE, "down",
             "open / (population / 10,000)"),
    _density("reported_per_10k", "每万人上报", "Reported per 10,000 people", "reported", PEOPLE, None,
             "reported / (population / 10,000)"),
    _rate("filing_rate", "立案率", "Filing rate", "sent_up_filed", "sent_up", "up",
          "of those reported in the span and not handled on the spot: share filed by the moment"),
    _rate("closing_rate", "结案率", "Closing rate", "valid_closed", "valid", "up",
          "of those reported in the span and not voided: share closed by the moment"),
    _rate("due_closing_rate", "应结案结案率", "Closing rate of the due", "due_closed", "due", "up",
          "of those whose deadline fell in the span: share closed by the moment"),
    _rate("on_time_closing_rate", "按期结案率", "On-time closing rate", "due_closed_on_time", "due", "up",
          "of those whose deadline fell in the span: share closed by the deadline"),
    _rate("on_time_share_of_closed", "结案及时率", "Share of closings in time", "closed_on_time", "closed", "up",
          "of those closed in the span: share closed by the deadline"),
    _rate("handling_rate", "处置率", "Handling rate", "dispatched_handled", "dispatched", "up",
          "of those dispatched in the span: share handled by the moment", _ASSESSMENT),
    _rate("on_time_handling_rate", "按期处置率", "On-time handling rate", "due_handled_on_time", "due", "up",
          "of those whose deadline fell in the span: share handled by the deadline", _ASSESSMENT),
    _rate("overdue_pending_rate", "超期待处置率", "Overdue-pending rate", "due_pending", "due", "down",
          "of those whose deadline fell in the span: share not handled by the moment", _ASSESSMENT),
    _rate("accurate_dispatch_rate", "派遣准确率", "Accurate dispatch rate", "filed_sent_out_right", "filed_sent_out",
          "up", "of those filed in the span and dispatched by the moment: share whose dispatch was never returned"),
    _rate("on_time_dispatch_rate", "按时派遣率", "On-time dispatch rate", "dispatched_on_time", "dispatch_due", "up",
          "of those filed in the span and dispatched, or overdue for dispatch: share dispatched within the set time"),
    _rate("claim_on_time_rate", "按时签收率", "On-time claiming rate", "claimed_on_time", "claim_due", "up",
          "of those due for claiming in the span: share claimed by the deadline"),
    _rate("self_handling_rate", "自行处置率", "Self-handling rate", "self_handled", "closed", "up",
          "of those closed in the span: share handled by the person who found it"),
    _rate("rework_rate", "返工率", "Rework rate", "reworked", "closed", "down",
          "of those closed in the span: share reworked at least once", _ASSESSMENT),
    _rate("return_rate", "回退率", "Return rate", "returned", "closed", "down",
          "of those closed in the span: share whose dispatch was returned at least once"),
    _rate("extension_rate", "延期率", "Extension rate", "extended", "closed", "down",
          "of those closed in the span: share extended at least once", _ASSESSMENT),
    _rate("escalation_rate", "升级率", "Escalation rate", "escalated", "closed", "down",
          "of those closed in the span: share escalated at least once"),
    _rate("satisfaction_rate", "满意率", "Satisfaction rate", "satisfied", "rated", "up",
          "of those closed in the span and rated by their reporter: share satisfied", _HOTLINE),
    _rate("service_share", "服务占比", "Service share", "service", "closed", None,
          "of those closed in the span: share by service", _MODEL),
    _rate("management_share", "管理占比", "Management share", "management", "closed", None,
          "of those closed in the span: share by management", _MODEL),
    _rate("enforcement_share", "执法占比", "Enforcement share", "enforcement", "closed", None,
          "of those closed in the span: share by enforcement", _MODEL),
    _hours("median_hours_to_claim", "签收用时中位数", "Median hours to claim", "claimed",
           ("dispatched_at", "claimed_at"), 0.5, "of those claimed in the span: median hours since the dispatch"),
    _hours("p90_hours_to_claim", "签收用时 90 分位", "90 % claimed within hours", "claimed",
           ("dispatched_at", "claimed_at"), 0.9, "of those claimed in the span: hours within which 90 % were claimed"),
    _hours("median_hours_to_handle", "处置用时中位数", "Median hours to handle", "handled",
           ("reported_at", "handled_at"), 0.5, "of those handled in the span: median hours since the report"),
    _hours("p90_hours_to_handle", "处置用时 90 分位", "90 % handled within hours", "handled",
           ("reported_at", "handled_at"), 0.9, "of those handled in the span: hours within which 90 % were handled"),
    _hours("median_hours_to_close", "结案用时中位数", "Median hours to close", "closed",
           ("reported_at", "closed_at"), 0.5, "of those closed in the span: median hours since the report"),
    _hours("p90_hours_to_close", "结案用时 90 分位", "90 % closed within hours", "closed",
           ("reported_at", "closed_at"), 0.9, "of those closed in the span: hours within which 90 % were closed"),
)  # fmt: skip

KPI_BY_KEY: Final = {one.key: one for one in KPIS}

_WITHIN: Final = "within_level_"
# Deeper grid systems than this are unheard of.
_MOST_LEVELS: Final = 9
_LEVELS: Final = frozenset(map(str, range(1, _MOST_LEVELS + 1)))
_SAYING: Final = "小事不出格、大事不出村、难事不出镇 (Jiangyin)"


def level_kpi(level: int, names: Mapping[str, str] | None = None) -> Kpi:
    """The share of closings that did not have to leave a grid of a level: 不出格, 不出村, 不出镇.

    Parameters
    ----------
    level
        1 = the coarsest.
    names
        What the grids of the level are called, ``{"zh": "网格", "en": "Grids"}``; None calls them by number.
    """
    called = names or {"zh": f"{level}级网格", "en": f"level {level}"}
    return _rate(
        f"{_WITHIN}{level}", f"不出{called['zh']}率", f"Closed within {called['en']}", f"closed_within_level_{level}",
        "closed", "up", f"of those closed in the span: share closed on level {level} or finer", _SAYING,
    )  # fmt: skip


def level_kpis(depth: int, names: Sequence[Mapping[str, str]] = ()) -> tuple[Kpi, ...]:
    """`level_kpi` for every level of a grid system, finest first; `names` as in `Edition.level_names`."""
    return tuple(level_kpi(level, names[level - 1] if level <= len(names) else None) for level in range(depth, 0, -1))


# KPIs that share out one whole between them, the same denominator: rounded, they are rounded together.
WHOLES: Final[tuple[tuple[str, ...], ...]] = (tuple(f"{means}_share" for means in MEANS),)


@dataclass(frozen=True, eq=False)
class KpiValues:
    """A KPI for several places.

    Attributes
    ----------
    value
        float64, NaN where there is no data.
    numerator
        int64; for durations the number of incidents timed.
    denominator
        float64, NaN where unknown; None for counts and durations.
    """

    value: NDArray[np.float64]
    numerator: NDArray[np.int64]
    denominator: NDArray[np.float64] | None


def kpi(key: str) -> Kpi:
    """Return the KPI with this key.

    Raises
    ------
    QueryInvalid
        If there is none.
    """
    level = key.removeprefix(_WITHIN)
    if level != key and level in _LEVELS:
        return level_kpi(int(level))
    try:
        return KPI_BY_KEY[key]
    except KeyError:
        known = ", ".join((*KPI_BY_KEY, f"{_WITHIN}1"))
        raise QueryInvalid(f"there is no KPI {key!r}: give one of {known}", kpi=key) from None


def measures_of(*asked: Kpi) -> tuple[Measure, ...]:
    """Return the measures needed to evaluate these KPIs."""
    names = {name for one in asked for name in (one.numerator, one.denominator)}
    every = (*MEASURES, *within_level_measures(_MOST_LEVELS))
    return tuple(measure for measure in every if measure.name in names)


def evaluate(asked: Kpi, counts: Counts, places: Places) -> KpiValues:
    """Evaluate a count, a rate or a density from measures; durations are in `durations`.

    Parameters
    ----------
    counts
        Must contain the measures of the KPI.

    Returns
    -------
    One value per place. A rate or density whose denominator is 0 or unknown is NaN.
    """
    if asked.between is not None:
        raise QueryInvalid(f"{asked.key} is a duration: it cannot be read from counts", kpi=asked.key)
    numerator = counted(counts, asked.numerator, places)
    if asked.denominator is None:
        return KpiValues(numerator.astype(np.float64), numerator, None)
    denominator = _denominator(asked.denominator, counts, places)
    known = denominator > 0
    value = np.full(len(places), np.nan)
    np.divide(numerator, denominator, out=value, where=known)
    return KpiValues(value, numerator, denominator)


def whole_of(key: str) -> tuple[str, ...]:
    """Return the KPIs that divide a whole together with this one, itself included; empty if there are none."""
    return next((whole for whole in WHOLES if key in whole), ())


def rounded_shares(whole: Sequence[KpiValues], decimals: int) -> list[NDArray[np.float64]]:
    """Return the values of the KPIs of one whole, per place, rounded to add up to 1; NaN where there is no data.

    Incidents that only the denominator counts form an additional part, so that they do not enlarge the others.
    """
    parts = np.stack([one.numerator for one in whole], axis=1)
    denominator = whole[0].denominator
    of = parts.sum(axis=1) if denominator is None else denominator.astype(np.int64)
    rest = np.maximum(of - parts.sum(axis=1), 0)
    return list(shares_of(np.column_stack([parts, rest]), decimals).T[: len(whole)])


def counted(counts: Counts, name: str, places: Places) -> NDArray[np.int64]:
    """Return one measure per place."""
    inside = counts.of(name, places.lo, places.hi)
    return inside + counts.unlocated[counts.names.index(name)] if places.unlocated else inside


def _denominator(name: str, counts: Counts, places: Places) -> NDArray[np.float64]:
    if name == AREA:
        return places.area_km2
    if name == PEOPLE:
        return places.population / _PEOPLE_UNIT
    return counted(counts, name, places).astype(np.float64)
