"""The demo city: 17 towns, 271 villages and 1,557 leaves on an invented map, grown from a seed.

Names, codes and seats are real (see SOURCES.md); every border, the outline and every population are invented.
"""

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from data.demo.borders import Mesh, calmer, crossing, fractal_lines, straight_mesh
from data.demo.categories import Category, load_categories
from data.demo.draws import key_of
from data.demo.outline import draw_outline
from data.demo.plane import Warp, from_plane, to_plane
from data.demo.settlement import Settlement, reunite, settle
from geo.grids import GridSystem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Geometries = NDArray[np.object_]

FOLDER = Path(__file__).parent
SEED = 20180101
LEAF_COUNT = 1557
AREA_M2 = 988e6
POPULATION = 1_780_000
CITY_NAME = "江阴市"
EDITION_NAME = "演示网格"
HOLDS_FROM = date(2018, 1, 1)
LEVEL_NAMES: tuple[dict[str, str], ...] = (
    {"zh": "镇街", "en": "Towns"},
    {"zh": "村社区", "en": "Villages"},
    {"zh": "网格", "en": "Grids"},
)
# Spacing and amplitude of the bends, metres.
BENDS = ((7000.0, 600.0), (2600.0, 260.0), (1000.0, 90.0))
DECIMALS = 7


@dataclass(frozen=True)
class DemoCity:
    """The demo city.

    Attributes
    ----------
    system
        Its grid system, with invented populations.
    level_names
        One ``{"zh", "en"}`` per level, coarsest first, as `save_edition` wants them.
    categories
        The categories its incidents have.
    seats
        Code of each town and its seat, ``(lon, lat)`` in WGS 84.
    names_en
        English names of the towns by code; other grids have none.
    seed
        What it was grown from.
    """

    system: GridSystem
    level_names: tuple[dict[str, str], ...]
    categories: tuple[Category, ...]
    seats: dict[str, tuple[float, float]]
    names_en: dict[str, str]
    seed: int
    name: str = CITY_NAME
    edition_name: str = EDITION_NAME
    holds_from: date = HOLDS_FROM


def build_city(seed: int = SEED) -> DemoCity:
    """Grow the demo city from a seed; the same seed gives the same city, coordinate by coordinate."""
    return demo_city_of(GridSystem.build(build_layers(seed)), seed)


def demo_city_of(system: GridSystem, seed: int = SEED) -> DemoCity:
    """The demo city whose grids were grown before, as an edition in the store keeps them."""
    towns = read_table("towns.csv")
    seats = {row["code"]: (float(row["lon"]), float(row["lat"])) for row in towns}
    names_en = {row["code"]: row["name_en"] for row in towns}
    return DemoCity(system, LEVEL_NAMES, load_categories(), seats, names_en, seed)


def build_layers(seed: int = SEED) -> list[gpd.GeoDataFrame]:
    """The three layers of the demo city, coarsest first: code, name, name_en, parent, population, geometry."""
    towns, villages = read_table("towns.csv"), read_table("villages.csv")
    rng = np.random.default_rng(seed)
    warp = Warp.draw(rng, BENDS)
    outline = draw_outline(rng)
    scale = (AREA_M2 / shapely.Polygon(warp.apply(shapely.get_coordinates(outline.city))).area) ** 0.5
    seats = warp.undo(to_plane(np.array([(float(row["lon"]), float(row["lat"])) for row in towns])) / scale)
    counts = np.array([int(row["villages"]) for row in towns])
    settlement = settle(outline.city, seats, counts, LEAF_COUNT, rng)
    mesh = straight_mesh(outline, settlement.points)
    settlement = reunite(settlement, mesh.left, mesh.right)
    leaves = _leaf_polygons(mesh, settlement, warp, scale, seed)
    village_code = _name_villages(settlement, seats, towns, villages)
    frame = _leaf_frame(leaves, village_code[settlement.village], villages, rng)
    return _upper_layers(frame, towns, villages)


def read_table(name: str) -> list[dict[str, str]]:
    """Rows of a data file beside this module."""
    with (FOLDER / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _leaf_polygons(mesh: Mesh, settlement: Settlement, warp: Warp, scale: float, seed: int) -> Geometries:
    """Polygons of the leaves in WGS 84, in the order of the settlement's points."""
    calm = np.ones(len(mesh.start))
    while True:
        xy, edge = fractal_lines(mesh, settlement.points, key_of(f"borders {seed}"), calm)
        lon_lat = np.round(from_plane(warp.apply(xy) * scale), DECIMALS)
        lines = np.asarray(shapely.linestrings(lon_lat, indices=edge))
        bad = crossing(lines)
        if not bad.size:
            break
        calm = calmer(calm, bad)
    polygons = np.array(shapely.polygonize(list(lines)).geoms)
    inner = shapely.points(from_plane(warp.apply(settlement.points) * scale))
    point, polygon = shapely.STRtree(polygons).query(inner, predicate="within")
    return np.asarray(shapely.normalize(polygons[polygon[np.argsort(point)]]))


def _name_villages(
    settlement: Settlement, seats: Floats, towns: list[dict[str, str]], villages: list[dict[str, str]]
) -> NDArray[np.str_]:
    """A code for each village: in every town the communities (社区) get the places nearest to its seat."""
    code = np.empty(len(settlement.town_of_village), dtype="<U12")
    for t, town in enumerate(towns):
        own = np.flatnonzero(settlement.town_of_village == t)
        centers = np.array([settlement.points[settlement.village == v].mean(axis=0) for v in own])
        by_distance = own[np.argsort(((centers - seats[t]) ** 2).sum(axis=1), kind="stable")]
        names = [row for row in villages if row["town_code"] == town["code"]]
        names.sort(key=lambda row: (not row["name"].endswith("社区"), row["code"]))
        code[by_distance] = [row["code"] for row in names]
    return code


def _leaf_frame(
    polygons: Geometries, village_code: NDArray[np.str_], villages: list[dict[str, str]], rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """Leaves numbered within their village from north-west to south-east, with invented populations."""
    center = shapely.get_coordinates(shapely.centroid(polygons))
    order = np.lexsort((center[:, 0] - center[:, 1], village_code))
    village = pd.Series(village_code[order])
    number = village.groupby(village).cumcount() + 1
    name = village.map({row["code"]: row["name"] for row in villages})
    return gpd.GeoDataFrame(
        {
            "code": village + number.map("{:03d}".format),
            "name": name + "第" + number.astype(str) + "网格",
            "name_en": "",
            "parent": village,
            "population": _populations(polygons[order], rng),
        },
        geometry=polygons[order],
        crs="EPSG:4326",
    )


def _populations(polygons: Geometries, rng: np.random.Generator) -> Ints:
    """Invented: leaves are cut to a similar load, so population varies far less than area does."""
    area = shapely.area(polygons)
    draw = rng.random(len(polygons))
    mass = (area / np.median(area)) ** 0.25 * (0.45 + 1.1 * draw)
    ideal = mass / mass.sum() * POPULATION
    people: Ints = np.floor(ideal).astype(np.int64)
    missing = POPULATION - int(people.sum())
    people[np.argsort(-(ideal - people), kind="stable")[:missing]] += 1
    return people


def _upper_layers(
    leaves: gpd.GeoDataFrame, towns: list[dict[str, str]], villages: list[dict[str, str]]
) -> list[gpd.GeoDataFrame]:
    """Villages and towns as exact unions of their leaves."""
    by_village = [(row["code"], row["name"], "", row["town_code"]) for row in villages]
    by_town = [(row["code"], row["name"], row["name_en"], None) for row in towns]
    middle = _dissolve(leaves, by_village)
    return [_dissolve(middle, by_town).drop(columns="parent"), middle, leaves]


def _dissolve(children: gpd.GeoDataFrame, parents: list[tuple[str, str, str, Any]]) -> gpd.GeoDataFrame:
    groups = children.groupby("parent").indices
    geometry = np.asarray(children.geometry.array)
    people = children["population"].to_numpy()
    frame = pd.DataFrame(parents, columns=["code", "name", "name_en", "parent"])
    frame["population"] = [int(people[groups[code]].sum()) for code in frame["code"]]
    united = [shapely.normalize(_one(shapely.coverage_union_all(geometry[groups[code]]))) for code in frame["code"]]
    return gpd.GeoDataFrame(frame, geometry=united, crs="EPSG:4326")


def _one(shape: Any) -> Any:
    """A collection of one part as that part."""
    return shape.geoms[0] if shape.geom_type == "MultiPolygon" and len(shape.geoms) == 1 else shape
