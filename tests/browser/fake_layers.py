"""The made-up layers: hexagons over the city, points, outlines of the towns, a few cameras, rounds of patrols."""

import math
from datetime import datetime
from typing import Any

import h3
import numpy as np
from fastapi import FastAPI
from starlette.exceptions import HTTPException

from data.stats.picture.breaks import class_breaks, classes_of
from tests.browser import fake_api


def counts(fake: Any, within: str | None, moment: datetime | None) -> dict[str, int]:
    """Reports per cell: as many as the seed says, and at a past moment as many as its hour."""
    leaves = [] if fake.empty else fake.city.inside(within, fake.city.depth)
    found: dict[str, int] = {}
    for grid in leaves:
        lon, lat = grid["label"]
        cell = h3.latlng_to_cell(lat, lon, 8 if within is None else 9)
        drawn = 1 + int(fake_api.draw("hex", cell).lognormvariate(2, 1))
        found[cell] = drawn if moment is None else moment.astimezone(fake_api.ZONE).hour + 1
    return found


def said(fake: Any, within: str | None, moment: datetime | None, known: str) -> dict[str, Any]:
    fake.layers_asked.append((moment, known))
    at = moment or fake_api.now()
    return {
        "moment": at.isoformat(timespec="seconds"), "known": known if moment else None, "within": within, "days": 30,
        "resolution": 8 if within is None else 9, "outside": 0, "missing": 0,
    }  # fmt: skip


def cameras(fake: Any, within: str | None) -> list[dict[str, Any]]:
    """One in the middle of each village, the whole of the name and stream following from its grid."""
    made = []
    for grid in fake.city.inside(within, min(2, fake.city.depth)):
        lon, lat = grid["label"]
        code = f"C{grid['code']}"
        place = {"code": code, "name": f"{grid['name']}摄像头", "lon": lon, "lat": lat}
        made.append({**place, "stream": f"rtsp://10.0.0.8/{code}"})
    return made


TRACK_MINUTES = 60
# The first of the devices said nothing for so long.
SILENT_S = 900


def tracks(fake: Any, within: str | None, moment: datetime | None) -> list[dict[str, Any]]:
    """Rounds about the middle of each village: a place for every minute, the same whenever it is asked for."""
    end_s = (moment or fake_api.now()).timestamp()
    made = []
    for number, grid in enumerate(fake.city.inside(within, min(2, fake.city.depth))):
        points = []
        for minute in range(int(end_s // 60) - TRACK_MINUTES + 1, int(end_s // 60) + 1):
            age_s = round(end_s - 60 * minute)
            if number or age_s > SILENT_S:
                points.append([*round_about(grid, minute), age_s])
        line = {"code": f"D{grid['code']}", "name": f"{grid['name']}中队", "post": "duty_officer"}
        # A device that was silent for a while has two lines.
        made.append({**line, "lines": [points[:20], points[30:]]})
    return made


def round_about(grid: dict[str, Any], minute: int) -> list[float]:
    """Where somebody is on the round at a minute: once about in an hour and a half, there and back in part."""
    lon, lat = grid["label"]
    turn = 2 * math.pi * minute / 90
    reach = 0.006 * (1 + 0.4 * math.sin(3.7 * turn + fake_api.draw("round", grid["id"]).random()))
    return [round(lon + 1.18 * reach * math.cos(turn), 5), round(lat + reach * math.sin(turn), 5)]


def add_layers(app: FastAPI, fake: Any) -> None:
    """`GET /api/v1/layers/…`."""

    @app.get("/api/v1/layers/hexes")
    async def hexes(within: str | None = None, moment: datetime | None = None, known: str = "now") -> dict[str, Any]:
        if fake.layers_fail:
            raise HTTPException(503, "as the test wants it")
        found = counts(fake, within, moment)
        numbers = np.array(list(found.values()), dtype=float)
        breaks = class_breaks(numbers)
        features = [
            {
                "type": "Feature", "id": cell, "properties": {"n": n, "c": step},
                "geometry": {"type": "Polygon", "coordinates": [ring(cell)]},
            }
            for (cell, n), step in zip(found.items(), classes_of(numbers, breaks), strict=True)
        ]  # fmt: skip
        shapes = {"type": "FeatureCollection", "features": features}
        return {**said(fake, within, moment, known), "breaks": breaks, "count": sum(found.values()), "geojson": shapes}

    @app.get("/api/v1/layers/density")
    async def density(within: str | None = None, moment: datetime | None = None, known: str = "now") -> dict[str, Any]:
        found = counts(fake, within, moment)
        places = [h3.cell_to_latlng(cell) for cell in found]
        area = 0.74 if within is None else 0.105
        weights = list(found.values())
        return {
            **said(fake, within, moment, known), "breaks": class_breaks(np.array(weights) / area),
            "count": sum(weights), "lon": [lon for _, lon in places], "lat": [lat for lat, _ in places],
            "weight": weights,
        }  # fmt: skip

    @app.get("/api/v1/layers/teams")
    async def teams(within: str | None = None, detail: int = 1) -> dict[str, Any]:
        level = min(1 if within is None else 2, fake.city.depth)
        outlines = [
            {
                "code": grid["code"], "name": f"{grid['name']}执法队", "kind": "town_team", "label": grid["label"],
                "geometry": {"type": "Polygon", "coordinates": [fake.city.rings[grid["id"]]]},
            }
            for grid in fake.city.inside(within, level)
        ]  # fmt: skip
        return {"detail": detail, "outlines": outlines}

    @app.get("/api/v1/layers/cameras")
    async def all_cameras(within: str | None = None) -> dict[str, Any]:
        return {"marks": cameras(fake, within)}

    @app.get("/api/v1/layers/tracks")
    async def all_tracks(within: str | None = None, moment: datetime | None = None) -> dict[str, Any]:
        at = moment or fake_api.now()
        return {
            "moment": at.isoformat(timespec="seconds"), "within": within, "minutes": TRACK_MINUTES, "kept_days": 7,
            "slot_s": 60, "tracks": [] if fake.empty else tracks(fake, within, at),
        }  # fmt: skip


def ring(cell: str) -> list[list[float]]:
    corners = [[round(lon, 5), round(lat, 5)] for lat, lon in h3.cell_to_boundary(cell)]
    return [*corners, corners[0]]
