"""Small cities of eight grids as files, written by hand, so that a test says what stands in them."""

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

WEST, SOUTH, STEP = 120.27, 31.9, 0.01
TOWNS = ("320281101", "320281102")


def town_shape(at: int) -> shapely.Polygon:
    return shapely.box(WEST + 2 * at * STEP, SOUTH, WEST + 2 * (at + 1) * STEP, SOUTH + 2 * STEP)


def grid_shape(at: int) -> shapely.Polygon:
    """Four grids a town: columns first."""
    column, row = divmod(at, 2)
    return shapely.box(WEST + column * STEP, SOUTH + row * STEP, WEST + (column + 1) * STEP, SOUTH + (row + 1) * STEP)


def towns() -> list[dict[str, Any]]:
    return [feature(town_shape(at), code=code, name=f"街道{at}") for at, code in enumerate(TOWNS)]


def grids(**changes: Any) -> list[dict[str, Any]]:
    """Eight features; a changed property is a list of eight values."""
    rows = [{"code": f"{TOWNS[at // 4]}{at:03d}", "name": f"第{at}网格", "parent": TOWNS[at // 4]} for at in range(8)]
    for key, values in changes.items():
        for row, value in zip(rows, values, strict=True):
            row[key] = value
    return [feature(grid_shape(at), **row) for at, row in enumerate(rows)]


def feature(shape: shapely.Geometry | None, **properties: Any) -> dict[str, Any]:
    geometry = None if shape is None else json.loads(shapely.to_geojson(shape))
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(features: list[dict[str, Any]], **members: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": features, **members}


def write(path: Path, features: list[dict[str, Any]], **members: Any) -> Path:
    path.write_text(json.dumps(collection(features, **members), ensure_ascii=False), "utf-8")
    return path


def write_text(path: Path, features: list[dict[str, Any]], replaced: dict[str, str]) -> Path:
    """A file in which some text is replaced as it stands: for what `json` would not write."""
    text = json.dumps(collection(features), ensure_ascii=False)
    for old, new in replaced.items():
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, "utf-8")
    return path


def frames() -> list[gpd.GeoDataFrame]:
    return [gpd.GeoDataFrame.from_features(part, crs="EPSG:4326") for part in (towns(), grids())]
