"""A server with the page and a made-up API: numbers drawn from a seed, a stream that can be steered.

Run it to look at the page: ``python -m tests.browser.fake_api [chinese|latin|empty|demo] [PORT]``.
"""

import asyncio
import json
import os
import random
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.exceptions import HTTPException

from dashboard.api.security import SecurityHeaders
from dashboard.doors.errors import register_error_handlers
from dashboard.pages.overview.page import mount_page
from dashboard.words.texts import text
from data.errors import NoEdition
from data.settings import Language, Settings
from data.stats.measures.kpis import KPI_BY_KEY, KPIS, Kpi
from data.stats.picture.breaks import class_breaks, classes_of
from tests.browser import fake_city, fake_wall

ZONE = timezone(timedelta(hours=8))
CATEGORIES = [
    ("暴露垃圾", "Exposed rubbish"),
    ("沿街晾挂", "Laundry along the street"),
    ("道路破损", "Road damage"),
    ("店外经营", "Trading outside the shop"),
]
# How soon a change is sent, and after how many of a lively city the map too.
LOOK_S = 0.005
MAP_EVERY = 20
HOUR_WEIGHTS = [70, 44, 29, 20, 17, 19, 31, 53, 84, 108, 111, 110, 128, 100, 101, 96, 93, 84, 81, 78, 80, 86, 90, 81]


@dataclass
class Fake:
    """What a test may steer."""

    city: fake_city.City
    version: str = "1"
    empty: bool = False
    imported: bool = True
    fresh: bool = True
    beat_s: float = 1.0
    lively: bool = False
    seq: int = 1000
    extra: list[dict[str, Any]] = field(default_factory=list)
    connections: int = 0
    language: Language = "zh"
    wall: str = "standard"
    red_alert: str | None = None
    acknowledged: dict[str, dict[str, str]] = field(default_factory=dict)
    past_asked: list[tuple[datetime, str]] = field(default_factory=list)
    layers_asked: list[tuple[datetime | None, str]] = field(default_factory=list)
    layers_fail: bool = False
    basemap: str | None = None
    tiles_asked: list[tuple[int, int, int]] = field(default_factory=list)

    @property
    def turn(self) -> int:
        """What numbers are drawn from: other ones with every sequence number where it is lively."""
        return self.seq if self.lively else 0

    @property
    def settings(self) -> Settings:
        return Settings(home=Path("/nonexistent"), language=self.language, wall=self.wall, basemap=self.basemap)


def report(fake: Fake, grid_id: str) -> int:
    """A new incident in a grid; the screens learn of it with the next beat."""
    fake.seq += 1
    grid = fake.city.get(grid_id)
    assert grid is not None
    fake.extra.append(
        {
            "id": 5000 + fake.seq,
            "at": now().isoformat(),
            "grid": grid["name"],
            "grid_id": grid_id,
            "category": name_of(CATEGORIES[2]),
            "title": "",
            "source": "hotline",
            "stage": "reported",
            "light": "none",
        }
    )
    return fake.seq


def now() -> datetime:
    return datetime.now(UTC).astimezone(ZONE)


def draw(*parts: object) -> random.Random:
    return random.Random("/".join(map(str, parts)))


def frame(fake: Fake, within: str | None, level: int, kpi: str, past: datetime | None = None) -> dict[str, Any]:
    """Every panel's numbers for one view, live unless a moment of the past is given."""
    moment = past or now()
    children = fake.city.inside(within, min(fake.city.depth, len(fake.city.path(within))))
    children = [grid for grid in children if grid["id"] != within]
    made = empty_numbers() if fake.empty else numbers(fake, within, children, moment)
    if within is not None:
        # What has been open longest lies on the map.
        lit = [at for at, light in zip(made["points"]["id"], made["points"]["light"], strict=True) if light != "none"]
        made["oldest"] = [{**one, "id": at} for one, at in zip(made["oldest"], lit, strict=False)]
    return {
        "seq": fake.seq,
        "moment": moment.isoformat(timespec="seconds"),
        "data_at": None if fake.empty else moment.isoformat(timespec="seconds"),
        "within": within,
        "level": level,
        "kpi": kpi,
        "path": fake.city.path(within),
        **made,
    }


def numbers(fake: Fake, within: str | None, children: list[dict[str, Any]], moment: datetime) -> dict[str, Any]:
    rng = draw("frame", within, fake.turn)
    share = 1 if within is None else 0.08
    usual = int(1088 * share)
    counts = {
        "reported": (int(usual * 1.18) + len(fake.extra), usual),
        "closed": (int(usual * 1.01), int(usual * 0.97)),
        "open": (int(412 * share), None),
        "overdue": (int(19 * share) + 1, None),
        "yellow": (31, None),
        "unlocated": (3 if within is None else None, None),
    }
    hour = moment.hour + 1
    usual_flow = [weight * share for weight in HOUR_WEIGHTS]
    return {
        "headline": headline(children) if within is None else red_lights(children),
        "today": {key: {"value": value, "usual": usual} for key, (value, usual) in counts.items()},
        "kpis": [kpi_entry(draw("kpi", within, kpi.key, fake.turn), kpi) for kpi in KPIS],
        "means": {
            "target": [0.7, 0.2, 0.1],
            "rows": [
                means_row(draw("means", grid["id"], fake.turn), grid)
                for grid in [{"id": within, "name": fake.city.path(within)[-1]["name"]}, *children]
            ],
        },
        "levels": {
            "counts": [
                {"level": level, "count": int(1000 * 0.3 ** (fake.city.depth - level))}
                for level in range(fake.city.depth, -1, -1)
            ]
        },
        "league": league(fake, children),
        "newest": [*reversed(fake.extra), *(listed := newest(fake, rng, children, moment))][:20],
        **fake_wall.panels(draw("wall", within, fake.turn), listed, moment),
        "flow": {
            "hours": list(range(24)),
            "actual": [None if i >= hour else round(w * rng.uniform(0.9, 1.35)) for i, w in enumerate(usual_flow)],
            "usual": usual_flow,
            "complete": hour - 1,
            "usual_lo": [w * 0.85 for w in usual_flow],
            "usual_hi": [w * 1.15 for w in usual_flow],
        },
        "points": points(fake, within),
        "alerts": alerts(fake, children, past=moment < now() - timedelta(minutes=1)),
    }


def alerts(fake: Fake, children: list[dict[str, Any]], *, past: bool) -> dict[str, Any]:
    """Three that last, the first of them of the whole city; somebody took note of the last one."""
    places = [None, *children[:2]]
    rows = [
        {
            "key": None if past else f"{at:020x}",
            "kind": "surge",
            "grid": place and place["id"],
            "category": None,
            "severity": "red" if at == 0 else "yellow",
            "since": now().isoformat(),
            "text": alert_text(fake, place),
            "acknowledged": None if past else fake.acknowledged.get(f"{at:020x}"),
        }
        for at, place in enumerate(places)
    ]
    if fake.red_alert and not past:
        place = fake.city.get(fake.red_alert)
        rows.append({**rows[0], "key": "f" * 20, "grid": fake.red_alert, "text": alert_text(fake, place)})
    return {"total": len(rows), "rows": sorted(rows, key=lambda row: row["acknowledged"] is not None)}


def alert_text(fake: Fake, place: dict[str, Any] | None) -> dict[str, str]:
    values = {"place": fake.city.path(None)[0]["name"] if place is None else place["name"], "hours": 3, "count": 42}
    values |= {"expected": "11.5", "days": 8}
    return {language: text("attention.surge_of_all", language, **values) for language in ("zh", "en")}


def headline(children: list[dict[str, Any]]) -> dict[str, Any]:
    unusual = {
        "grid": children[0]["name"],
        "category": name_of(CATEGORIES[0]),
        "ratio": 2.1,
        "count": 31,
        "expected": 14.8,
    }
    red = {"count": 6, "total": 19, "grid": children[-1]["name"]}
    parts = [{"kind": "above_usual", "values": unusual}, {"kind": "red_lights", "values": red}]
    return {"light": "yellow", "parts": parts}


def red_lights(children: list[dict[str, Any]]) -> dict[str, Any]:
    if not children:
        return {"light": "none", "parts": []}
    return {
        "light": "red",
        "parts": [{"kind": "red_lights", "values": {"count": 2, "total": 2, "grid": children[0]["name"]}}],
    }


def kpi_entry(rng: random.Random, kpi: Kpi) -> dict[str, Any]:
    if kpi.unit != "ratio":
        return {"key": kpi.key, "value": round(rng.uniform(1, 60), 1), "numerator": 412, "denominator": None}
    numerator = rng.randint(41_000, 48_000)
    return {"key": kpi.key, "value": numerator / 48_000, "numerator": numerator, "denominator": 48_000}


def name_of(pair: tuple[str, str]) -> dict[str, str]:
    return {"zh": pair[0], "en": pair[1]}


def means_row(rng: random.Random, grid: dict[str, Any]) -> dict[str, Any]:
    service = rng.randint(55, 80)
    management = rng.randint(10, 95 - service)
    return {"id": grid["id"], "name": grid["name"], "counts": [service, management, 100 - service - management]}


def league(fake: Fake, children: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Best first; at most three are praised, at most three are behind, the second and third share a rank."""
    rows = [league_row(draw("league", grid["id"], fake.turn), grid) for grid in children]
    rows.sort(key=lambda row: -row["rate"])
    for at, row in enumerate(rows):
        row |= {"rank": 2 if at == 2 else at + 1, "tied": int(at in (1, 2) and len(rows) > 2), "reason": None}
        row |= {"rank_best": max(1, at), "rank_worst": min(len(rows), at + 2), "list": None}
    listed = min(3, len(rows) // 2)
    for praised, behind in zip(rows[:listed], rows[len(rows) - listed :], strict=True):
        praised["list"], behind["list"] = "red", "black"
    return rows


def league_row(rng: random.Random, grid: dict[str, Any]) -> dict[str, Any]:
    rate = rng.uniform(0.89, 1)
    return {
        "id": grid["id"],
        "name": grid["name"],
        "rate": rate,
        "numerator": int(500 * rate),
        "denominator": 500,
        "yellow": rng.randint(0, 6),
        "red": rng.choice([0, 0, 1, 2]),
    }


def newest(fake: Fake, rng: random.Random, children: list[dict[str, Any]], moment: datetime) -> list[dict[str, Any]]:
    places = children or fake.city.of(fake.city.depth)[:3]
    made = []
    for i in range(8):
        grid = rng.choice(places)
        made.append(
            {
                "id": 900 - i,
                "at": (moment - timedelta(minutes=3 * i)).isoformat(),
                "grid": grid["name"],
                "grid_id": grid["id"],
                "category": name_of(rng.choice(CATEGORIES)),
                "title": "",
                "source": rng.choice(["grid", "hotline", "video", "visits"]),
                "stage": rng.choice(["reported", "dispatched", "claimed"]),
                "light": rng.choice(["none", "none", "yellow", "red"]),
            }
        )
    return made


def points(fake: Fake, within: str | None) -> dict[str, Any]:
    leaves = fake.city.inside(within, fake.city.depth)
    rng = draw("points", within, fake.turn)
    chosen = rng.sample(leaves, min(len(leaves), 50))
    lights = [rng.choice(["yellow", "yellow", "yellow", "red", "none"]) for _ in chosen]
    made = {
        "lon": [grid["label"][0] for grid in chosen],
        "lat": [grid["label"][1] for grid in chosen],
        "light": lights,
        "id": list(range(fake.turn, fake.turn + len(chosen))),
        "age_s": [60.0 if light == "none" else 90000.0 for light in lights],
    }
    for entry in fake.extra:
        place = fake.city.get(entry["grid_id"])
        for key, value in zip(("lon", "lat"), place["label"] if place else (), strict=False):
            made[key].append(value)
        made["light"].append("none")
        made["id"].append(entry["id"])
        made["age_s"].append((now() - datetime.fromisoformat(entry["at"])).total_seconds())
    return made


def empty_numbers() -> dict[str, Any]:
    hours = list(range(24))
    keys = ("reported", "closed", "open", "overdue", "yellow", "unlocated")
    return {
        "headline": {"light": "none", "parts": []},
        "today": {key: {"value": 0, "usual": None} for key in keys},
        "kpis": [],
        "means": {"target": [0.7, 0.2, 0.1], "rows": []},
        "levels": {"counts": []},
        "league": [],
        "newest": [],
        "flow": {"hours": hours, **{key: [None] * 24 for key in ("actual", "usual", "usual_lo", "usual_hi")}},
        "points": {"lon": [], "lat": [], "light": [], "id": [], "age_s": []},
        "alerts": {"total": 0, "rows": []},
        **fake_wall.EMPTY,
    }


def map_message(fake: Fake, within: str | None, level: int, kpi: str) -> dict[str, Any]:
    inside = {grid["id"] for grid in fake.city.inside(within, level)}
    values: list[float | None] = []
    for grid in fake.city.of(level):
        town, village = (draw("map", kpi, grid["code"][:cut]).lognormvariate(0, 0.7) for cut in (9, 12))
        drawn = draw("map", kpi, grid["id"], fake.turn).lognormvariate(0, 0.5) * town * village
        values.append(round(drawn, 3) if grid["id"] in inside and not fake.empty and drawn > 0.2 else None)
    if KPI_BY_KEY[kpi].unit == "ratio":
        parts = [None if value is None else min(1.0, value / 30) for value in values]
        best = kpi == "on_time_closing_rate"
        values = [None if part is None else 1 - part if best else part for part in parts]
    array = np.array(values, dtype=float)
    breaks = class_breaks(array)
    return {
        "level": level,
        "kpi": kpi,
        "within": within,
        "ids": None,
        "values": values,
        "breaks": breaks,
        "counts": [None] * len(values),
        "classes": classes_of(array, breaks),
    }


def event(name: str, seq: int, document: dict[str, Any]) -> str:
    return f"id: {seq}\nevent: {name}\ndata: {json.dumps(document, ensure_ascii=False)}\n\n"


async def stream(fake: Fake, request: Request, within: str | None, level: int, kpi: str) -> AsyncIterator[str]:
    fake.connections += 1
    yield "retry: 500\n\n"
    yield event(
        "hello",
        fake.seq,
        {"version": fake.version, "started_at": now().isoformat(), "demo": fake.city.demo, "city": fake.city.name},
    )
    sent = coloured = None
    beat_at = 0.0
    while not await request.is_disconnected():
        if coloured != (turn := fake.turn // MAP_EVERY):
            yield event("map", fake.seq, map_message(fake, within, level, kpi))
            coloured = turn
        if sent != (fake.seq, fake.empty):
            yield event("frame", fake.seq, frame(fake, within, level, kpi))
            sent = (fake.seq, fake.empty)
        if time.monotonic() >= beat_at:
            stamp = now().isoformat(timespec="seconds")
            yield event("beat", fake.seq, {"now": stamp, "seq": fake.seq, "data_at": stamp, "fresh": fake.fresh})
            beat_at = time.monotonic() + fake.beat_s
        await asyncio.sleep(LOOK_S)


def create_app(fake: Fake) -> FastAPI:
    """The page on the made-up API."""
    app = FastAPI()
    register_error_handlers(app)

    @app.get("/api/v1/grids")
    async def grids() -> Any:
        if not fake.imported:
            raise NoEdition("no grid system has been imported yet")
        city = fake.city
        return {
            "edition": 1,
            "city": city.name,
            "demo": city.demo,
            "level": None,
            "depth": city.depth,
            "level_names": city.level_names,
            "grids": city.grids,
        }

    @app.get("/api/v1/grids/geometry")
    async def geometry(level: int) -> JSONResponse:
        return JSONResponse(fake.city.geojson(level), headers={"Cache-Control": "max-age=60"})

    @app.get("/api/v1/stream")
    async def follow(request: Request, level: int, kpi: str, within: str | None = None) -> StreamingResponse:
        return StreamingResponse(stream(fake, request, within, level, kpi), media_type="text/event-stream")

    from tests.browser.fake_basemap import add_basemap  # they are made of what stands above
    from tests.browser.fake_layers import add_layers
    from tests.browser.fake_past import add_past

    add_past(app, fake)
    add_layers(app, fake)
    add_basemap(app, fake)
    fake_wall.add_wall(app)

    @app.post("/soak/next")
    async def next_frame() -> int:
        fake.seq += 1
        return fake.seq

    @app.post("/api/v1/alerts/{key}/acknowledge")
    async def acknowledge(key: str) -> dict[str, Any]:
        noted = fake.acknowledged.setdefault(key, {"by": "王芳 W01", "at": now().isoformat(timespec="seconds")})
        fake.seq += 1
        return {"key": key, "acknowledged": noted}

    @app.get("/api/{rest:path}")
    async def nothing(rest: str) -> None:
        raise HTTPException(404, rest)

    mount_page(app, fake)
    # As on the real server: what the content policy forbids must not be needed.
    app.add_middleware(SecurityHeaders, api=app)
    return app


def demo_city() -> fake_city.City:
    """The real demo city, simplified: for looking at, too slow for tests."""
    import shapely

    from data.demo.city import build_city

    demo = build_city()
    grids, rings = [], {}
    for level, frame in enumerate(demo.system.levels, start=1):
        shapes = shapely.coverage_simplify(frame.geometry.to_numpy(), 0.0003)
        for ordinal, (row, shape) in enumerate(zip(frame.itertuples(), shapes, strict=True)):
            label = shape.representative_point()
            parent = None if level == 1 else f"{level - 1}:{row.parent}"
            grid_id = f"{level}:{row.code}"
            grids.append(
                {
                    "id": grid_id,
                    "code": row.code,
                    "name": row.name,
                    "level": level,
                    "parent": parent,
                    "ordinal": ordinal,
                    "lo": int(row.lo),
                    "hi": int(row.hi),
                    "area_m2": float(row.area_m2),
                    "bbox": list(shape.bounds),
                    "label": [label.x, label.y],
                }
            )
            part = max(shape.geoms, key=lambda one: one.area) if shape.geom_type == "MultiPolygon" else shape
            rings[grid_id] = [[round(x, 5), round(y, 5)] for x, y in part.exterior.coords]
    return fake_city.City(demo.name, list(demo.level_names), True, grids, rings)


CITIES = {
    "chinese": fake_city.chinese_city,
    "latin": fake_city.latin_city,
    "empty": fake_city.latin_city,
    "demo": demo_city,
}

if __name__ == "__main__":
    which = sys.argv[1] if len(sys.argv) > 1 else "chinese"
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 8077
    shown = Fake(CITIES[which](), empty=which == "empty", basemap=os.environ.get("GRID_BASEMAP"))
    uvicorn.run(create_app(shown), port=port, log_level="warning")
