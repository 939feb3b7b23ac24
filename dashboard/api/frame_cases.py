"""The incidents behind a number of the screen, live or past: counted as the frame counts them, and as many."""

from datetime import datetime
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from dashboard.api.incidents import BAD, Within
from dashboard.api.listing import narrowed
from dashboard.api.scope import Asked, InScope
from dashboard.api.written_times import Moment
from dashboard.center.assessing import assessment_of
from dashboard.questions.codes import check_codes_of
from dashboard.questions.times import moment_asked
from data.stats.measures.places import level_places
from data.stats.measures.question import Question
from data.stats.measures.spans import last_days, since_to
from data.stats.picture.cases import case_rows
from data.stats.picture.frames import SPAN_DAYS
from data.stats.picture.incidents_shown import described
from data.stats.picture.past import Knowledge
from data.stats.picture.usual import CityClock

router = APIRouter(tags=["frame"])

MOST_ROWS = 500


class CaseOut(BaseModel):
    """One incident, as of the moment."""

    id: int
    at: datetime
    grid: str | None
    grid_id: str | None
    category: dict[str, str]
    source: str
    stage: str
    light: Literal["none", "yellow", "red"]


class FrameCases(BaseModel):
    """The incidents behind a number of a frame; `count` is that number."""

    of: str
    moment: datetime
    known: Knowledge | None
    count: int
    rows: list[CaseOut] = Field(description="By id, the lowest first")
    next_after: int | None = Field(description="Give it as `after` for the next page; null = that was the last")


@router.get("/frame/cases", response_model=FrameCases, responses={422: BAD})
def frame_cases(
    services: Asked,
    scope: InScope,
    of: Annotated[str, Query(max_length=100, description="A measure, or a KPI: then the cases of its numerator")],
    moment: Annotated[Moment | None, Query(description="`moment` of the frame; absent = now")] = None,
    known: Annotated[Knowledge | None, Query(description="As `GET /frame` was asked; absent for a live frame")] = None,
    span: Annotated[
        Literal["month", "day"], Query(description="`month`: the 30 days of most panels; `day`: today's, so far")
    ] = "month",
    within: Within = None,
    unit: Annotated[str | None, Query(max_length=200, description='Only of this unit; "" = not dispatched')] = None,
    after: Annotated[int, Query(ge=0, le=2**63 - 1, description="Only ids above this one")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = MOST_ROWS,
) -> JSONResponse:
    """Read which incidents a number of the screen counts, page by page."""
    zone, edition = services.settings.zone, services.edition
    seen = narrowed(services, scope, within)
    asked = moment_asked(moment, datetime.now(zone))
    check_codes_of(services, unit=unit)
    clock = CityClock(asked, zone)
    since, until = since_to(clock.midnight, asked) if span == "day" else last_days(asked, SPAN_DAYS)
    question = Question(asked, since, until, seen, unit=unit, rules=assessment_of(services.settings).rules)
    view = services.mirror.view() if known is None else services.past.view(asked, known, since)
    found = case_rows(view, edition=edition, asked=of, question=question)
    ids = np.sort(found["id"])
    rest = ids[ids > after]
    page = found.where(np.isin(found["id"], rest[:limit]))
    names = {code: (category.name_zh, category.name_en) for code, category in services.categories.items()}
    rows = described(view, page, places=level_places(edition.system, edition.system.depth), categories=names, zone=zone)
    document: dict[str, Any] = {
        "of": of,
        "moment": asked.astimezone(zone).isoformat(),
        "known": known,
        "count": len(ids),
        "rows": sorted(rows, key=lambda row: int(row["id"])),
        "next_after": int(rest[limit - 1]) if len(rest) > limit else None,
    }
    return JSONResponse(document, headers={"Cache-Control": "no-store"})
