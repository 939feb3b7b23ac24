"""Python callbacks that never hold up the event loop."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def in_thread(work: Callable[P, R]) -> Callable[P, Coroutine[Any, Any, R]]:
    """Make a callback of an ordinary function: async, its work done in a thread.

    On the FastAPI backend Dash runs an ordinary callback on the event loop, where one slow query stops every
    screen's stream. Use it under Dash's own decorator: ``@app.callback(…)`` above ``@in_thread``. The Dash context
    (`dash.ctx`) travels along, because `asyncio.to_thread` copies the context.
    """

    @wraps(work)
    async def callback(*args: P.args, **kwargs: P.kwargs) -> R:
        return await asyncio.to_thread(work, *args, **kwargs)

    return callback
