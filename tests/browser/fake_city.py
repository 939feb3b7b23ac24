"""Small cities for the fake API: squares of squares, one in Chinese, one with long Latin names and one level."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

ORIGIN = (120.0, 31.7)


@dataclass
class City:
    """What the grid endpoints answer, level by level."""

    name: Any
    level_names: list[dict[str, str]]
    demo: bool
    grids: list[dict[str, Any]]
    rings: dict[str, list[list[float]]] = field(repr=False)

    @property
    def depth(self) -> int:
        return len(self.level_names)

    def of(self, level: int) -> list[dict[str, Any]]:
        return [grid for grid in self.grids if grid["level"] == level]

    def get(self, grid_id: str | None) -> dict[str, Any] | None:
        return next((grid for grid in self.grids if grid["id"] == grid_id), None)

    def inside(self, within: str | None, level: int) -> list[dict[str, Any]]:
        grid = self.get(within)
        lo, hi = (grid["lo"], grid["hi"]) if grid else (0, 10**9)
        return [one for one in self.of(level) if one["lo"] >= lo and one["hi"] <= hi]

    def path(self, within: str | None) -> list[dict[str, Any]]:
        steps = []
        at = self.get(within)
        while at:
            steps.insert(0, {"id": at["id"], "name": at["name"]})
            at = self.get(at["parent"])
        return [{"id": None, "name": self.name}, *steps]

    def geojson(self, level: int) -> dict[str, Any]:
        features = [
            {
                "type": "Feature",
                "id": grid["code"],
                "properties": {"code": grid["code"], "name": grid["name"], "position": position},
                "geometry": {"type": "Polygon", "coordinates": [self.rings[grid["id"]]]},
            }
            for position, grid in enumerate(self.of(level))
        ]
        return {"type": "FeatureCollection", "features": features}


def chinese_city() -> City:
    """江城市: 2 x 3 towns of 2 x 2 villages of 3 x 3 grids."""
    names = [["东山镇", "西湖街道", "南浦镇", "北塔镇", "中和街道", "高新技术产业开发区"], "第{n}村", "网格{n:02d}"]
    levels = [{"zh": "镇街", "en": "Towns"}, {"zh": "村社区", "en": "Villages"}, {"zh": "网格", "en": "Grids"}]
    return _squares("江城市", levels, [(2, 3), (2, 2), (3, 3)], names, demo=True)


def latin_city() -> City:
    """One level, long names, no demonstration."""
    names = [["Manhattan", "Mott Haven-Port Morris-Hunts Point", "Staten Island", "Brooklyn", "Queens", "The Bronx"]]
    return _squares("New York City", [{"zh": "区", "en": "Boroughs"}], [(2, 3)], names, demo=False)


def _squares(
    name: str, level_names: list[dict[str, str]], shape: list[tuple[int, int]], names: list[Any], *, demo: bool
) -> City:
    grids: list[dict[str, Any]] = []
    rings: dict[str, list[list[float]]] = {}
    counters = [0] * len(shape)

    def grow(level: int, parent: dict[str, Any] | None, box: tuple[float, float, float, float]) -> None:
        rows, columns = shape[level - 1]
        west, south, east, north = box
        xs = [west + (east - west) * i / columns for i in range(columns + 1)]
        ys = [south + (north - south) * i / rows for i in range(rows + 1)]
        cells = [(w, s, e, n) for s, n in pairwise(ys) for w, e in pairwise(xs)]
        for i, (w, s, e, n) in enumerate(cells):
            code = f"{parent['code'] if parent else ''}{i + 1:02d}"
            label = names[level - 1][i] if isinstance(names[level - 1], list) else names[level - 1].format(n=i + 1)
            grid = {
                "id": f"{level}:{code}", "code": code, "name": label, "level": level,
                "parent": parent["id"] if parent else None, "ordinal": counters[level - 1],
                "lo": counters[-1], "hi": counters[-1] + 1, "area_m2": (e - w) * (n - s) * 1.05e10,
                "bbox": [w, s, e, n], "label": [(w + e) / 2, (s + n) / 2],
            }  # fmt: skip
            counters[level - 1] += 1
            grids.append(grid)
            rings[grid["id"]] = [[w, s], [e, s], [e, n], [w, n], [w, s]]
            if level < len(shape):
                grow(level + 1, grid, (w, s, e, n))
                grid["hi"] = counters[-1]

    grow(1, None, (ORIGIN[0], ORIGIN[1], ORIGIN[0] + 0.6, ORIGIN[1] + 0.34))
    return City(name, level_names, demo, grids, rings)
