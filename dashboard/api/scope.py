"""Whose question a request asks: the one place where rights are tightened."""

from datetime import datetime
from typing import Annotated, cast
from urllib.parse import quote, unquote

from fastapi import Depends, Request

from dashboard.api.screens import SCREEN_COOKIE, ScreenKeys
from dashboard.center.services import Services
from data.access.scope import Holder, HolderKind, Right, Scope
from data.access.screens import ScreenKey
from data.errors import PersonUnknown, ScreenKeyUnknown, SessionEnded, StepForbidden
from geo.errors import GridUnknown

COOKIE = "grid_person"
_LOOKING = frozenset({"GET", "HEAD", "OPTIONS"})


def services_of(request: Request) -> Services:
    """Return the services of the server that answers the request: one snapshot for all that it asks."""
    found = getattr(request.state, "services", None)
    if found is None:
        found = request.state.services = cast(Services, request.app.state.services).snapshot()
    return cast(Services, found)


def scope_of(request: Request) -> Scope:
    """Return what the asker of a request may see and do, where it is a person.

    There is no sign-in yet. Who has said who they are (`POST /session`) has the rights of that person's duties; without
    that, everyone is administrator of the whole city. A cookie that names nobody on duty is refused, not overlooked:
    the rights of an administrator must not fall to whoever has just lost a post.

    Raises
    ------
    NoEdition
        No grid system has been imported, so there is no city to be seen.
    SessionEnded
        The cookie names somebody who is not in the roster, or holds no duty today.
    """
    services = services_of(request)
    person = person_of(request)
    if person is None:
        return _scope_of_nobody(services)
    return scope_of_person(services, person)


def _scope_of_nobody(services: Services) -> Scope:
    # The one place in which a request without an identity gets rights.
    return Scope.city(len(services.edition.system.leaves), role="administrator")


def person_of(request: Request) -> str | None:
    """Id of the person the asker has said to be; None where nobody has said anything."""
    cookie = request.cookies.get(COOKIE)
    return None if cookie is None else unquote(cookie)


def cookie_of(person: str) -> str:
    """Write a person's id as a cookie may hold it."""
    return quote(person, safe="")


def scope_of_person(services: Services, person: str) -> Scope:
    """Return what a person may see and do by the duties of today.

    Raises
    ------
    SessionEnded
        The roster has no such person, or no duty of theirs today.
    """
    directory = services.desk.directory
    moment = datetime.now(services.settings.zone)
    ended = SessionEnded(f"{person[:100]!r} holds no duty today: say again who you are", person=person[:100])
    try:
        directory.person(person)
    except PersonUnknown as error:
        raise ended from error
    if not directory.holds_duty(person, moment.date()):
        raise ended
    return directory.scope_of(person, moment)


def scope_of_screen(services: Services, key: ScreenKey) -> Scope:
    """Return what a screen may see: the city, or the grid its key is limited to.

    Raises
    ------
    NoEdition
        No grid system has been imported.
    ScreenKeyUnknown
        The grid it is limited to is none of the grid system in force.
    """
    system = services.edition.system
    holder = Holder(HolderKind.SCREEN, str(key.id), key.name)
    city = Scope.city(len(system.leaves), "screen", holder)
    if key.within is None:
        return city
    try:
        grid = system.find(key.within)
    except GridUnknown as error:
        raise ScreenKeyUnknown(
            f"the key of the screen {key.name!r} is limited to the grid {key.within!r}, which the grid system in force "
            "does not have: revoke it and make a new one",
            screen=key.name, within=key.within,
        ) from error  # fmt: skip
    return city.narrowed(grid.lo, grid.hi)


# Async, because what FastAPI is to call otherwise goes through a thread, twice for every request; neither waits.
async def _services(request: Request) -> Services:
    return services_of(request)


async def _scope(request: Request) -> Scope:
    services = services_of(request)
    key = request.cookies.get(SCREEN_COOKIE)
    if key is None:
        scope = scope_of(request)
    else:
        # A browser that is a screen is no person beside it: no kiosk becomes an administrator by a second cookie.
        keys = cast(ScreenKeys, request.app.state.screen_keys)
        scope = scope_of_screen(services, await keys.find(key))
    if not scope.holds(Right.CHANGE) and request.method not in _LOOKING:
        raise StepForbidden(
            "a screen only looks: use another browser, or one without the cookie of a screen",
            kind=request.method, role=scope.role,
        )  # fmt: skip
    return scope


async def scope_asked(request: Request) -> Scope:
    """Return the scope of a request that reaches no address of the API: a callback of a page.

    Raises
    ------
    NoEdition, SessionEnded, ScreenKeyUnknown, StepForbidden
    """
    return await _scope(request)


async def screens_only_look(request: Request) -> Scope | None:
    """Refuse a screen whose key is not in force, and what a screen may not do; for addresses that ask for no scope.

    Returns what the screen may see; None where no screen asks.

    Raises
    ------
    ScreenKeyUnknown, StepForbidden
    """
    return await _scope(request) if SCREEN_COOKIE in request.cookies else None


Screen = Annotated[Scope | None, Depends(screens_only_look)]
Asked = Annotated[Services, Depends(_services)]
InScope = Annotated[Scope, Depends(_scope)]
