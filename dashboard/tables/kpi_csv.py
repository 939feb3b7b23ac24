"""KPIs and league tables for spreadsheets."""

from collections.abc import Mapping
from typing import Any

from dashboard.tables.delimited import lines
from dashboard.words.league import league_words
from data.settings import Language

_LEAGUE = ("rank", "id", "name", "value", "low", "high", "sample", "previous_rank", "change", "list", "reason")


def kpis_csv(answered: Mapping[str, Any]) -> str:
    """One line a row of `kpi_rows` or `kpi_groups`: the value of each KPI, then each measure (``n_…``), then the split.

    Without rows only the header.
    """
    total = answered["total"]
    header = [
        "id", "code", "name", *total["kpis"], *(f"n_{name}" for name in total["measures"]),
        "means_distance", "means_p_adjusted", "means_more_than_chance",
    ]  # fmt: skip
    body = [
        [
            row["id"],
            row["code"],
            row["name"],
            *(entry["value"] for entry in row["kpis"].values()),
            *row["measures"].values(),
            *(row["means"][name] for name in ("distance", "p_adjusted", "more_than_chance")),
        ]
        for row in answered["rows"]
    ]
    return lines([header, *body])


def league_csv(table: Mapping[str, Any], language: Language) -> str:
    """One line a row of `league_table`: the figures, the KPIs of a score, and the row in words."""
    parts = list(table["rows"][0]["parts"]) if table["rows"] else []
    header = [*_LEAGUE, *parts, *(f"{name}_in_words" for name in ("rank", "range", "change", "list"))]
    body = [
        [
            *(row[name] for name in _LEAGUE),
            *row["parts"].values(),
            *league_words(row, table["minimum_sample"], language).values(),
        ]
        for row in table["rows"]
    ]
    return lines([header, *body])
