"""Whose question a request asks: the one place where rights are tightened."""

from typing import Annotated, cast

from fastapi import Depends, Request

from dashboard.services import Services
from data.scope import Scope


def services_of(request: Request) -> Services:
    """Return the services of the server that answers the request."""
    return cast(Services, request.app.state.services)


def scope_of(request: Request) -> Scope:
    """Return what the asker of a request may see and do.

    There is no sign-in yet and the server listens on this machine alone: everyone is administrator of the whole city.

    Raises
    ------
    NoEdition
        No grid system has been imported, so there is no city to be seen.
    """
    return Scope.city(len(services_of(request).edition.system.leaves), role="administrator")


Asked = Annotated[Services, Depends(services_of)]
InScope = Annotated[Scope, Depends(scope_of)]
