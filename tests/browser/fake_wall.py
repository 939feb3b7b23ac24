"""Numbers of the wall's own panels, drawn from a seed."""

import asyncio
import itertools
import json
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

DEADLINES = ("overdue_long", "overdue_day", "due_4h", "due_24h", "due_later", "no_clock")
UNITS = [f"澄江街道第{n}中队" for n in "一二三四五六七八九十"]
POSTS = ("chief", "member", "supervisor", "information_officer", "liaison", "patrol")
NAMES = ("陈建国", "王芳", "李敏", None, "周志强", "孙丽")

CODES = itertools.count(123_456)


def panels(rng: random.Random, listed: list[dict[str, Any]], moment: datetime) -> dict[str, Any]:
    """Deadlines, units, the oldest and the last thirty days."""
    return {
        "deadlines": {"counts": [{"key": key, "count": rng.randint(0, 120)} for key in DEADLINES]},
        "units": {
            "total": len(UNITS) + 1,
            "rows": [
                {"unit": "", "name": None, "open": 41, "yellow": 3, "red": 6},
                *(
                    {"unit": f"u{at}", "name": name, "open": 40 - at, "yellow": rng.randint(0, 4), "red": 5 - at // 2}
                    for at, name in enumerate(UNITS)
                ),
            ],
        },
        "oldest": [
            {
                **one,
                "at": (moment - timedelta(days=20 - at)).isoformat(),
                "due": (moment - timedelta(hours=40 - 9 * at)).isoformat(),
                "unit": "u1",
                "unit_name": UNITS[0],
                "light": "red" if at < 4 else "none",
            }
            for at, one in enumerate(listed[:8])
        ],
        "trend": {
            "days": [(moment - timedelta(days=back)).date().isoformat() for back in range(29, -1, -1)],
            "reported": [rng.randint(800, 1200) for _ in range(30)],
            "closed": [rng.randint(700, 1200) for _ in range(30)],
            "month": {"reported": 29_991, "closed": 28_543},
        },
    }


EMPTY: dict[str, Any] = {
    "deadlines": {"counts": []},
    "units": {"total": 0, "rows": []},
    "oldest": [],
    "trend": {"days": [], "reported": [], "closed": [], "month": {"reported": 0, "closed": 0}},
}


def add_wall(app: FastAPI) -> None:
    """`GET /grids/{id}/people`, and a stream of commands on which nobody ever commands anything."""
    app.add_api_route("/api/v1/grids/{grid}/people", people)
    app.add_api_route("/api/v1/walls/control", control)


async def control(request: Request) -> StreamingResponse:
    """A pairing code, another one for each connection, then silence."""
    code = str(next(CODES))

    async def said() -> AsyncIterator[str]:
        expires = (datetime.now(UTC) + timedelta(minutes=10)).isoformat()
        yield f"event: pairing\ndata: {json.dumps({'code': code, 'expires_at': expires, 'phones': 0})}\n\n"
        while not await request.is_disconnected():
            await asyncio.sleep(1)
            yield "event: beat\ndata: {}\n\n"

    return StreamingResponse(said(), media_type="text/event-stream")


async def people(grid: str) -> dict[str, Any]:
    """One chief and five posts; one of them is vacant."""
    held = zip(POSTS, NAMES, strict=True)
    return {
        "grid": {"id": grid, "name": grid},
        "people": [
            {"post": post, "person": name and f"P{at}", "name": name, "grid": grid, "on_duty": at != 1}
            for at, (post, name) in enumerate(held)
        ],
    }
