"""A small city for the store's tests."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.grids import GridSystem


def _square(x: int, y: int) -> shapely.Polygon:
    return shapely.box(120 + x / 8, 31 + y / 8, 120 + (x + 1) / 8, 31 + (y + 1) / 8)


@pytest.fixture(scope="session")
def small_system() -> GridSystem:
    """Four towns of four square leaves each; codes of leaves run against their order within the town's row."""
    towns = np.array([[(x // 2) + 2 * (y // 2) for x in range(4)] for y in range(4)])
    leaves = gpd.GeoDataFrame(
        [
            {
                "code": f"L{90 - 4 * y - x}",
                "name": f"网格{x}{y}",
                "parent": f"T{towns[y, x]}",
                "geometry": _square(x, y),
            }
            for y in range(4)
            for x in range(4)
        ],
        crs="EPSG:4326",
    )
    upper = leaves[["parent", "geometry"]].dissolve("parent").reset_index().rename(columns={"parent": "code"})
    upper["name"] = [f"镇{code}" for code in upper["code"]]
    upper["population"] = [1000, None, 3000, 4000]
    return GridSystem.build([upper[["code", "name", "population", "geometry"]], leaves])
