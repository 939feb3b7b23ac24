"""Who asks: people say who they are by choosing themselves from the roster. That is no sign-in, see operations.md."""

import unicodedata
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dashboard.api.incidents import BAD, JSON, Within
from dashboard.api.listing import narrowed
from dashboard.api.scope import COOKIE, Asked, InScope, Screen, cookie_of, scope_of_person
from dashboard.center.services import Services
from dashboard.doors.body import NotStorable, content_type, parse_object, read_document
from data.access.scope import Role, Scope
from data.errors import PersonUnknown, QueryInvalid, SessionEnded
from data.registers.directory import Directory
from data.registers.roster import Duty, Post
from data.store.storable import storable_text
from geo.errors import GridUnknown
from geo.grids import GridSystem

router = APIRouter(tags=["people"])

PEOPLE_URL = "/api/v1/people"
# Duties end a session, not the browser: a cookie that ran out would leave an administrator behind.
_COOKIE_S = 365 * 24 * 3600


class DutyOut(BaseModel):
    """A post, and where it is held."""

    post: Post
    at: str = Field(description="Id of the grid, or `unit:CODE`")
    place: str = Field(description="Name of the grid or unit")


class PersonOut(BaseModel):
    """Somebody of the roster with today's duties; post, at and place are those of the first."""

    id: str
    name: str
    post: str
    at: str
    place: str
    units: list[str] = Field(description="Codes of the units they act for")
    duties: list[DutyOut]


class PeopleOut(BaseModel):
    """People to choose from, by id."""

    registered: int = Field(description="People of the roster in force, on duty or not; 0 = no roster was imported")
    total: int = Field(description="How many of them are found, shown or not")
    people: list[PersonOut]


class SessionOut(BaseModel):
    """Who asks, and what they may see and do; person is null where nobody has said who they are."""

    person: PersonOut | None
    role: Role
    within: list[str] = Field(description="Ids of the fewest grids that make up what is seen; empty = the whole city")
    people_url: str = PEOPLE_URL


class SessionIn(BaseModel):
    """Who somebody says to be."""

    model_config = ConfigDict(extra="forbid")

    person: str = Field(min_length=1, max_length=200)


@router.get("/session", responses={403: BAD})
def read_session(services: Asked, scope: InScope) -> SessionOut:
    """Tell who asks. A cookie that names nobody on duty is answered 403, here as everywhere."""
    return _session(services, scope)


@router.post(
    "/session",
    response_model=SessionOut,
    openapi_extra={"requestBody": {"required": True, "content": {JSON: {"schema": SessionIn.model_json_schema()}}}},
    responses={413: BAD, 415: BAD, 422: {**BAD, "description": "The roster has no such person on duty today"}},
)
async def begin_session(request: Request, services: Asked) -> Response:
    """Say who asks from now on, in this browser."""
    content_type(request, JSON)
    person = _chosen(await read_document(request, 10_000))
    answer = await run_in_threadpool(_begun, services, person)
    response = JSONResponse(answer.model_dump(mode="json"))
    response.set_cookie(
        COOKIE, cookie_of(person), max_age=_COOKIE_S, path="/", httponly=True, samesite="strict",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    return response


@router.delete("/session", status_code=204)
def end_session(request: Request) -> Response:
    """Be nobody in particular again."""
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict", secure=request.url.scheme == "https")
    return response


@router.get("/people", responses={422: BAD})
def find_people(
    services: Asked,
    screen: Screen,
    q: Annotated[str, Query(max_length=100, description="Part of the name or the id")] = "",
    within: Within = None,
    post: Annotated[Post | None, Query(description="Only who holds this post")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> PeopleOut:
    """Find people of the roster who hold a duty today, to choose oneself from; names and posts, nothing else."""
    check_text(q)
    directory, moment = services.desk.directory, datetime.now(services.settings.zone)
    asked = Scope.city(len(services.edition.system.leaves), "screen") if screen is None else screen
    seen = narrowed(services, asked, within)
    found: list[str] = []
    sought = _plain(q)
    for person in directory.persons.values():
        if sought in _plain(person.name) or sought in _plain(person.id):
            duties = directory.duties_of(person.id, moment)
            if any(_fits(duty, post, seen, services) for duty in duties):
                found.append(person.id)
    found.sort()
    return PeopleOut(
        registered=len(directory.persons),
        total=len(found),
        people=[person_of_roster(services, each, moment) for each in found[:limit]],
    )


def _plain(text: str) -> str:
    """A text as it is compared: a phone's full-width letters and digits as plain ones, capitals as small letters."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def check_text(text: str) -> None:
    """Refuse a text that no database can compare.

    Raises
    ------
    QueryInvalid
        It holds NUL or half a surrogate pair.
    """
    if not storable_text(text):
        raise QueryInvalid("the text to look for holds a character that cannot be kept: leave it out", q=text)


def person_of_roster(services: Services, person_id: str, moment: datetime) -> PersonOut:
    """Show somebody of the roster with the duties of a day; PersonUnknown where there is no such person."""
    directory = services.desk.directory
    duties = [_duty_out(duty, services) for duty in directory.duties_of(person_id, moment)]
    first = duties[0] if duties else None
    units = [duty.at.partition(":")[2] for duty in duties if duty.at.startswith("unit:")]
    return PersonOut(
        id=person_id,
        name=directory.person(person_id).name,
        post="" if first is None else first.post,
        at="" if first is None else first.at,
        place="" if first is None else first.place,
        units=list(dict.fromkeys(units)),
        duties=duties,
    )


def place_name(at: str, system: GridSystem, directory: Directory) -> str:
    """Name of a grid by its id, or of a unit by ``unit:CODE``; the text itself where the registers know neither."""
    if at.startswith("unit:"):
        unit = directory.units.get(at.removeprefix("unit:"))
        return at if unit is None else unit.name
    try:
        return system.find(at).name
    except GridUnknown:
        return at


def grids_of(system: GridSystem, scope: Scope) -> list[str]:
    """Ids of the fewest grids that make up a scope, in depth-first order; empty for the whole city."""
    if scope.sees_unlocated:
        return []
    slices = scope.parts_of([(0, len(system.leaves))])
    return [grid_id for lo, hi in slices for grid_id in _cover(system, lo, hi)]


def _cover(system: GridSystem, lo: int, hi: int) -> Iterator[str]:
    while lo < hi:
        path = system.path(system.grid_at(system.depth, lo))
        largest = next(grid for grid in path if grid.lo == lo and grid.hi <= hi)
        yield largest.id
        lo = largest.hi


def _session(services: Services, scope: Scope) -> SessionOut:
    moment = datetime.now(services.settings.zone)
    person = person_of_roster(services, scope.person, moment) if scope.person else None
    return SessionOut(person=person, role=scope.role, within=grids_of(services.edition.system, scope))


def _begun(services: Services, person: str) -> SessionOut:
    try:
        return _session(services, scope_of_person(services, person))
    except SessionEnded as error:
        raise PersonUnknown(
            f"there is nobody {person!r} on duty today in the roster in force: choose one of {PEOPLE_URL}",
            person=person,
        ) from error


def _chosen(raw: bytes | None) -> str:
    try:
        return SessionIn.model_validate(parse_object(raw or b"")).person
    except (NotStorable, ValidationError) as error:
        found = error.sentence if isinstance(error, NotStorable) else _said(error)
        raise PersonUnknown(
            f'send {{"person": "…"}} with the id of somebody of the roster: {found}', person="", reason=found
        ) from error


def _said(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


def _duty_out(duty: Duty, services: Services) -> DutyOut:
    return DutyOut(
        post=duty.post, at=duty.at, place=place_name(duty.at, services.edition.system, services.desk.directory)
    )


def _fits(duty: Duty, post: Post | None, seen: Scope, services: Services) -> bool:
    if post is not None and duty.post != post:
        return False
    if seen.sees_unlocated:
        return True
    grids = [duty.grid] if duty.grid else services.desk.directory.unit(duty.unit).grids
    return any(_inside(grid, seen, services.edition.system) for grid in grids)


def _inside(grid_id: str, seen: Scope, system: GridSystem) -> bool:
    """Whether a grid of the registers lies inside a scope; one that this edition lacks does not."""
    try:
        grid = system.find(grid_id)
    except GridUnknown:
        return False
    return seen.covers(grid.lo, grid.hi)
