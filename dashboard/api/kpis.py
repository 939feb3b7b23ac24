"""Key figures per grid, as JSON or as a table for spreadsheets."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from dashboard.api.delimited import BOM, MEDIA_TYPE, download_headers, lines
from dashboard.api.incidents import BAD, Source, Within
from dashboard.api.listing import Moment, check_span, instant
from dashboard.api.models import KpiDefinition, KpisOut
from dashboard.api.scope import Asked, InScope
from dashboard.editions import require_whole_city, whole_of
from data.stats.kpi_rows import kpi_rows
from data.stats.kpis import KPIS
from data.stats.question import Question

router = APIRouter(tags=["kpis"])

# What the panels of the screen look at.
USUAL_SPAN = timedelta(days=30)


@router.get(
    "/kpis",
    response_model=KpisOut,
    responses={200: {"content": {"text/csv": {}}, "description": "JSON, or CSV with `format=csv`"}, 422: BAD},
)
def kpis(
    services: Asked,
    scope: InScope,
    level: Annotated[int, Query(description="One row for each grid of this level; 1 = the coarsest")] = 1,
    within: Within = None,
    since: Annotated[Moment | None, Query(description="Begin of the span; absent = 30 days before its end")] = None,
    until: Annotated[Moment | None, Query(description="End of the span, not included; absent = now")] = None,
    moment: Annotated[Moment | None, Query(description="As it was known then; absent = now")] = None,
    category: Annotated[list[str] | None, Query(description="Only these categories")] = None,
    source: Source = None,
    edition: Annotated[str | None, Query(description="On the grids of this edition; absent = the one in force")] = None,
    answer_format: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Response:
    """Read every KPI and every measure per grid; null (an empty cell) stands for no data."""
    now = datetime.now(services.settings.zone)
    end = instant(until, services) or now
    begin = instant(since, services) or end - USUAL_SPAN
    check_span(begin, end)
    asked, view = services.edition, services.mirror.view()
    if edition is not None and edition != asked.name:
        require_whole_city(scope, asked)
        asked, view = services.other_editions.ask(edition)
        scope = whole_of(asked, scope)
    question = Question(instant(moment, services) or now, begin, end, scope, category, source)
    answered = kpi_rows(view, edition=asked, level=level, question=question, within=within)
    if answer_format == "csv":
        return Response(_table(answered["rows"]), media_type=MEDIA_TYPE, headers=download_headers("kpis.csv"))
    answered["definitions"] = [_definition(asdict(kpi)) for kpi in KPIS]
    return JSONResponse(answered, headers={"Cache-Control": "no-store"})


def _definition(kpi: dict[str, Any]) -> dict[str, Any]:
    return {name: kpi[name] for name in KpiDefinition.model_fields}


def _table(rows: Sequence[dict[str, Any]]) -> str:
    """One line a grid: the value of each KPI, then each measure."""
    measures = list(rows[0]["measures"]) if rows else []
    header = ["id", "code", "name", *(kpi.key for kpi in KPIS), *(f"n_{name}" for name in measures)]
    body: Iterable[Sequence[Any]] = (
        [
            row["id"],
            row["code"],
            row["name"],
            *(row["kpis"][kpi.key]["value"] for kpi in KPIS),
            *(row["measures"][name] for name in measures),
        ]
        for row in rows
    )
    return BOM + lines([header, *body])
