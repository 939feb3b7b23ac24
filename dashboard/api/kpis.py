"""KPIs per grid, source, category or unit; league tables; the incidents behind a number."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import JSONResponse

from dashboard.api.incidents import BAD, Within
from dashboard.api.kpi_models import CasesOut, DefinitionsOut, KpisAnswer, LeagueOut
from dashboard.api.scope import Asked, InScope
from dashboard.api.written_times import Moment
from dashboard.center.assessing import assessment_of
from dashboard.center.other_editions import require_whole_city, whole_of
from dashboard.questions.codes import check_codes
from dashboard.questions.times import moment_asked, span_asked
from dashboard.tables.delimited import BOM, MEDIA_TYPE, download_headers
from dashboard.tables.kpi_csv import kpis_csv, league_csv
from dashboard.words.kpis import definitions, kpi_definition
from dashboard.words.league import league_words
from data.city.editions import Edition
from data.errors import QueryInvalid
from data.settings import Language
from data.stats.measures.grouping import Dimension
from data.stats.measures.kpi_rows import all_kpis, in_view, kpi_groups, kpi_rows
from data.stats.measures.league_table import league_table, previous_period
from data.stats.measures.question import Question
from data.stats.mirror.mirror import MirrorView
from data.stats.picture.cases import cases
from data.stats.picture.past import Knowledge, as_of

router = APIRouter(tags=["kpis"])

# What the panels of the screen look at.
USUAL_SPAN = timedelta(days=30)
MOST_CASES = 10_000
COARSEST = 1

Level = Annotated[int | None, Query(description="One row for each grid of this level; 1 = the coarsest; absent = 1")]
Compared = Annotated[Literal["grids", "units"], Query(description="What is compared: grids of a level, or units")]
Format = Annotated[Literal["json", "csv"], Query(alias="format")]
CSV_TOO: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {}}, "description": "JSON, or CSV with `format=csv`"},
    422: BAD,
}


@dataclass(frozen=True, slots=True)
class Asking:
    """A question, and what it is asked of.

    Attributes
    ----------
    view
        The mirror as of the question's moment.
    now
        The mirror as it is.
    """

    view: MirrorView
    now: MirrorView
    edition: Edition
    question: Question
    known: Knowledge


def asking_of(
    services: Asked,
    scope: InScope,
    since: Annotated[
        Moment | None, Query(description="Begin of the span; whole seconds; absent = 30 days before its end")
    ] = None,
    until: Annotated[
        Moment | None, Query(description="End of the span, not included; absent = with the moment")
    ] = None,
    moment: Annotated[
        Moment | None, Query(description="As it was known then, a moment that has come; absent = now")
    ] = None,
    category: Annotated[list[str] | None, Query(description="Only these categories")] = None,
    source: Annotated[list[str] | None, Query(description="Only these sources")] = None,
    unit: Annotated[list[str] | None, Query(description="Only what was last dispatched to these units")] = None,
    edition: Annotated[str | None, Query(description="On the grids of this edition; absent = the one in force")] = None,
    known: Annotated[
        Knowledge, Query(description="now: what is known today of the moment; then: what was known")
    ] = "now",
) -> Asking:
    """Read what every question about numbers may say."""
    at = moment_asked(moment, datetime.now(services.settings.zone))
    begin, end = span_asked(since, until, at, USUAL_SPAN)
    asked, view = services.edition, services.mirror.view()
    if edition is not None and edition != asked.name:
        require_whole_city(scope, asked)
        asked, view = services.other_editions.ask(edition)
        scope = whole_of(asked, scope)
    check_codes(services.store, view, category=category, source=source, unit=unit)
    rules = assessment_of(services.settings).rules
    question = Question(at, begin, end, scope, category, source, unit, rules)
    then = view if moment is None else as_of(
        view, services.store, at, known=known, horizon=begin, edition_id=asked.id
    )  # fmt: skip
    return Asking(then, view, asked, question, known)


About = Annotated[Asking, Depends(asking_of)]


@router.get("/kpis", response_model=KpisAnswer, responses=CSV_TOO)
def kpis(
    services: Asked,
    about: About,
    level: Level = None,
    within: Within = None,
    by: Annotated[Dimension | None, Query(description="Rows by source, category or unit instead of grids")] = None,
    answer_format: Format = "json",
) -> Response:
    """Read every KPI and every measure per grid; null (an empty cell) stands for no data."""
    view, edition, question = about.view, about.edition, about.question
    _refuse_level(level, by)
    if by is None:
        answered = kpi_rows(view, edition=edition, level=_level(level), question=question, within=within)
    else:
        names = services.desk.directory.unit_names if by == "unit" else None
        answered = kpi_groups(view, edition=edition, by=by, question=question, within=within, names=names)
    if answer_format == "csv":
        return Response(BOM + kpis_csv(answered), media_type=MEDIA_TYPE, headers=download_headers("kpis.csv"))
    answered["definitions"] = [kpi_definition(one) for one in all_kpis(edition)]
    return JSONResponse(answered, headers={"Cache-Control": "no-store"})


@router.get("/kpis/league", response_model=LeagueOut, responses=CSV_TOO)
def league(
    services: Asked,
    about: About,
    of: Compared = "grids",
    level: Level = None,
    within: Within = None,
    kpi: Annotated[str | None, Query(description="Rank by this KPI: a share with a better end")] = None,
    score: Annotated[str | None, Query(description="Rank by this composite score instead")] = None,
    language: Annotated[Language | None, Query(description="Of the words; absent = the city's")] = None,
    answer_format: Format = "json",
) -> Response:
    """Read the grids of a level, or the units, in order: with intervals, ties, and the change since last period."""
    settings = services.settings
    _refuse_level(level, "unit" if of == "units" else None)
    before = previous_period(about.question, settings.zone)
    view_before = as_of(
        about.now, services.store, before.moment, known=about.known, horizon=before.since, edition_id=about.edition.id
    )
    table = league_table(
        about.view, edition=about.edition, level=_level(level) if of == "grids" else None, question=about.question,
        assessment=assessment_of(settings), zone=settings.zone, kpi=kpi, score=score, within=within,
        view_before=view_before, units=services.desk.directory.unit_names,
    )  # fmt: skip
    spoken = language or settings.language
    if answer_format == "csv":
        headers = download_headers("league.csv")
        return Response(BOM + league_csv(table, spoken), media_type=MEDIA_TYPE, headers=headers)
    for row in table["rows"]:
        row["words"] = league_words(row, table["minimum_sample"], spoken)
    return JSONResponse(table, headers={"Cache-Control": "no-store"})


def _level(level: int | None) -> int:
    return COARSEST if level is None else level


def _refuse_level(level: int | None, rows: Dimension | None) -> None:
    if level is not None and rows is not None:
        raise QueryInvalid(f"level is {level}, but the rows are no grids: leave it out", field="level", value=level)


@router.get("/kpis/cases", response_model=CasesOut, responses={422: BAD})
def cases_of(
    about: About,
    of: Annotated[str, Query(max_length=100, description="A measure, or a KPI: then the cases of its numerator")],
    within: Within = None,
    after: Annotated[int, Query(ge=0, le=2**63 - 1, description="Only ids above this one")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_CASES)] = 1000,
) -> Response:
    """Read the ids of the incidents behind a number; `count` is that number."""
    question, _ = in_view(about.edition, about.question, within)
    found = cases(about.view, edition=about.edition, asked=of, question=question)
    page = found[found > after]
    ids = page[:limit].tolist()
    document = {"of": of, "count": len(found), "ids": ids, "next_after": ids[-1] if len(page) > limit else None}
    return JSONResponse(document, headers={"Cache-Control": "no-store"})


@router.get("/kpis/definitions", response_model=DefinitionsOut)
def definitions_of(services: Asked) -> dict[str, Any]:
    """Read what every number means, and how this city sets what places define differently."""
    return definitions(services.edition, assessment_of(services.settings))
