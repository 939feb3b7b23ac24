"""Callbacks of the office: each knows who asks, and leaves the event loop free."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from dash.backends._fastapi import get_current_request
from starlette.requests import Request

from dashboard.api.scope import scope_asked, services_of
from dashboard.center.services import Services
from dashboard.components.screen import Screen
from data.access.scope import Scope
from data.errors import CommandCenterError, QueryInvalid

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Asker:
    """The visitor a callback answers.

    Attributes
    ----------
    services
        One snapshot for the whole answer.
    scope
        What the visitor may see.
    screen
        Language and theme.
    now
        In the city's zone.
    """

    services: Services
    scope: Scope
    screen: Screen
    now: datetime


def for_asker(
    refused: Callable[[Screen, CommandCenterError], R],
) -> Callable[[Callable[Concatenate[Asker, P], R]], Callable[P, Coroutine[Any, Any, R]]]:
    """Make a callback of a function of the asker and the inputs: async, its work done in a thread.

    Use it under Dash's own decorator, as `in_thread`.

    Parameters
    ----------
    refused
        Makes the outputs of an error: the visitor's session has ended, there are no grids yet, a screen asks.
    """

    def decorated(work: Callable[Concatenate[Asker, P], R]) -> Callable[P, Coroutine[Any, Any, R]]:
        @wraps(work)
        async def callback(*args: P.args, **kwargs: P.kwargs) -> R:
            request = get_current_request()
            screen = screen_of_request(request)
            try:
                asker = await _asker(request, screen)
                return await asyncio.to_thread(work, asker, *args, **kwargs)
            except CommandCenterError as error:
                return refused(screen, error)

        return callback

    return decorated


def screen_of_request(request: Request) -> Screen:
    """What the visitor prefers."""
    return Screen.of(request.cookies, services_of(request).settings.language)


async def _asker(request: Request, screen: Screen) -> Asker:
    scope = await scope_asked(request)
    services = services_of(request)
    return Asker(services, scope, screen, datetime.now(services.settings.zone))


def sentence_of(screen: Screen, error: CommandCenterError) -> str:
    """Say an error in the visitor's language, with the value it is about and what may be meant."""
    said = screen.text(f"error.{error.code}")
    value = next((error.values[name] for name in _NAMED if error.values.get(name)), "")
    if value:
        said = screen.text("office.error_value", said=said, value=str(value)[:_LONGEST])
    candidates = error.values.get("candidates") or ()
    if candidates:
        said += screen.text("office.error_candidates", candidates=", ".join(map(str, candidates)))
    return said


def typed(name: str, value: object) -> str:
    """What somebody typed or chose, as a callback is sent it; "" for nothing.

    Raises
    ------
    QueryInvalid
        It is no text, or longer than any that a page sends.
    """
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _LONGEST_TYPED:
        raise QueryInvalid(
            f"{name} is no text of at most {_LONGEST_TYPED} characters: {str(value)[:_LONGEST]!r}",
            field=name, value=str(value)[:_LONGEST],
        )  # fmt: skip
    return value


# The facts of an error that name what was asked for.
_NAMED = ("person", "grid", "category", "value", "moment")
_LONGEST = 100
# A search compares each word with every cell of a table.
_LONGEST_TYPED = 200
