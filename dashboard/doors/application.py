"""The web application: its doors stand around everything, also around what is mounted later."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send


class CenterApi(FastAPI):
    """An application with doors.

    Attributes
    ----------
    doors
        Middleware, the outermost first. Middleware added in the ordinary way, as Dash does for each page, stands
        within them: no page sees a request that a door refuses.
    """

    def __init__(self, **parts: Any) -> None:
        self.doors: Sequence[Middleware] = ()
        super().__init__(**parts)

    def build_middleware_stack(self) -> ASGIApp:
        """Build what surrounds the routes, when the first request comes; nothing can be mounted after that."""
        self.user_middleware = [*self.doors, *self.user_middleware]
        return super().build_middleware_stack()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; start and end go past the middleware.

        There Dash would add a route that answers every unknown address with a page, and take its developer's tools
        from the environment.
        """
        if scope["type"] == "lifespan":
            scope["app"] = self
            await self.router(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)
