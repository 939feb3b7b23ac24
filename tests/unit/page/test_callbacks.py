"""Slow Python callbacks must not hold up the event loop."""

import asyncio
import time
from typing import Any

import dash
import httpx
import pytest
from dash import Dash, Input, Output, html
from fastapi import FastAPI

from dashboard.pages.callbacks import in_thread

SLOW_S = 1.0


@pytest.fixture
def server() -> FastAPI:
    api = FastAPI()

    @api.get("/ping")
    async def ping() -> str:
        return "pong"

    app = Dash(server=api, backend="fastapi", use_pages=False)
    app.layout = html.Div([html.Div(id="out"), html.Button(id="in")])

    @app.callback(Output("out", "children"), Input("in", "n_clicks"))
    @in_thread
    def slow(clicks: int) -> str:
        time.sleep(SLOW_S)
        return f"{clicks} {dash.ctx.triggered_id}"

    return api


def press(clicks: int) -> dict[str, Any]:
    return {
        "output": "out.children", "outputs": {"id": "out", "property": "children"},
        "inputs": [{"id": "in", "property": "n_clicks", "value": clicks}],
        "changedPropIds": ["in.n_clicks"], "state": [],
    }  # fmt: skip


async def press_four(server: FastAPI) -> tuple[float, float, list[Any]]:
    transport = httpx.ASGITransport(app=server)
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        await client.get("/_dash-layout")
        began = time.monotonic()
        running = [asyncio.create_task(client.post("/_dash-update-component", json=press(n))) for n in range(4)]
        await asyncio.sleep(0.1)
        asked = time.monotonic()
        answer = await client.get("/ping")
        answered = time.monotonic() - asked
        assert answer.json() == "pong"
        answers = await asyncio.gather(*running)
    return time.monotonic() - began, answered, [one.json() for one in answers]


def test_loop_stays_free_while_four_callbacks_work(server: FastAPI) -> None:
    took, answered, answers = asyncio.run(press_four(server))
    told = [one["response"]["out"]["children"] for one in answers]
    assert told == [f"{n} in" for n in range(4)]
    assert answered < SLOW_S / 2
    assert took < 2.5 * SLOW_S


def test_errors_and_answers_pass_through() -> None:
    @in_thread
    def divide(one: float, other: float) -> float:
        """Keep its name."""
        return one / other

    assert asyncio.run(divide(1, other=2)) == 0.5
    assert divide.__name__ == "divide"
    with pytest.raises(ZeroDivisionError):
        asyncio.run(divide(1, 0))
