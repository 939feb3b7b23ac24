"""What every number means: the declared lists, as documents and as a table for people."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from data.city.editions import Edition
from data.stats.measures.assessment import Assessment
from data.stats.measures.chance import TARGET
from data.stats.measures.kpi_rows import all_kpis, all_measures
from data.stats.measures.kpis import Kpi
from data.stats.measures.league_table import described
from data.stats.measures.measures import Measure

_UNITS = {
    "count": "incidents", "ratio": "share", "per_km2": "per km²", "per_10k_people": "per 10,000 people",
    "hours": "hours",
}  # fmt: skip
_BETTER = {"up": "more", "down": "less", None: "neither"}


def definitions(edition: Edition, assessment: Assessment) -> dict[str, Any]:
    """Every KPI, measure and score, and the definitions in force; JSON-able."""
    return {
        "kpis": [kpi_definition(one) for one in all_kpis(edition)],
        "measures": [
            {"name": one.name, "placed_by": one.placed_by, "meaning": one.meaning} for one in all_measures(edition)
        ],
        "scores": [{**described(one), "points": dict(one.points)} for one in assessment.scores.values()],
        "means_target": list(TARGET),
        "rules": asdict(assessment.rules),
        "league": asdict(assessment.league),
    }


def kpi_definition(kpi: Kpi) -> dict[str, Any]:
    """One KPI; `numerator` and `denominator` are measures, `between` the two times of a duration."""
    return asdict(kpi)


def kpi_markdown(kpis: Iterable[Kpi]) -> str:
    """The KPIs as a table of Markdown."""
    header = ("key", "中文", "English", "numerator", "denominator", "unit", "better", "definition", "source")
    return _markdown(header, [_kpi_row(one) for one in kpis])


def measure_markdown(measures: Iterable[Measure]) -> str:
    """The measures as a table of Markdown."""
    rows = [(f"`{one.name}`", f"`{one.placed_by}`" if one.placed_by else "the moment", one.meaning) for one in measures]
    return _markdown(("measure", "placed by", "counts what was"), rows)


def _kpi_row(one: Kpi) -> Sequence[str]:
    numerator = f"`{one.numerator}`"
    if one.between is not None:
        start, end = one.between
        numerator = f"{one.quantile:.0%} of `{end} - {start}` over {numerator}"
    return (
        f"`{one.key}`", one.zh, one.en, numerator, f"`{one.denominator}`" if one.denominator else "",
        _UNITS[one.unit], _BETTER[one.better], one.formula, one.source,
    )  # fmt: skip


def _markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |\n" for line in lines)
