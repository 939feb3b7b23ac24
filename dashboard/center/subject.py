"""A subject: one object that says all that the server, the command line and the tests need to know of a subsystem."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from fastapi import APIRouter, FastAPI

from dashboard.center.services import Services
from data.background import Runner
from geo.errors import CommandCenterError

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


@dataclass(frozen=True, slots=True)
class Subject:
    """A subsystem with its tables, errors, addresses, threads, commands, pages and texts.

    Its SQL stands in ``data/<name>/schema/`` (a track of migrations, found by itself), its texts in
    ``dashboard/subjects/<name>/texts.toml`` (found by itself too).

    Attributes
    ----------
    name
        Of its folders in `data` and in `dashboard.subjects`.
    documents
        Its pages of ``docs/``.
    errors
        HTTP status of each of its errors.
    routers
        Its addresses under ``/api/v1``; they know their parameters and take a scope, like all others.
    body_limits
        Most bytes of a body, by address and media type, as in `dashboard.doors.bodies`.
    threads
        What runs beside the requests for as long as the server runs. They are made when it starts; one that works on
        the city asks `Services.snapshot` anew in each round.
    commands
        Adds its commands to the command line.
    pages
        Mount its pages on the server.
    """

    name: str
    documents: tuple[str, ...]
    errors: Mapping[type[CommandCenterError], int] = field(default_factory=dict)
    routers: tuple[APIRouter, ...] = ()
    body_limits: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    threads: Callable[[Services], Sequence[Runner]] = lambda _services: ()
    commands: Callable[[Commands], None] = lambda _commands: None
    pages: tuple[Callable[[FastAPI, Services], object], ...] = ()
