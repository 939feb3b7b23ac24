"""The import warns when a feed seems to be in another coordinate system than its mapping says."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from data.feeds.importing import import_file
from data.feeds.mapping import FeedMapping
from geo.crs import from_wgs84
from geo.grids import GridSystem
from geo.locate import locator

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("system", ["wgs84", "gcj02"])
def test_a_feed_in_another_system_is_told(
    system: str, desk: Any, make_csv: Callable[..., Path], make_mapping: Callable[..., Path]
) -> None:
    frame = gpd.GeoDataFrame(
        {"code": ["a"], "name": ["a"]}, geometry=[shapely.box(120.1, 31.8, 120.2, 31.9)], crs="EPSG:4326"
    )
    rng = np.random.default_rng(3)
    lon, lat = from_wgs84(rng.uniform(120.1, 120.2, 400), rng.uniform(31.8, 31.9, 400), target=system)
    rows = [f"{at},2026-11-20 08:00,k,{x:.6f},{y:.6f}," for at, (x, y) in enumerate(zip(lon, lat, strict=True))]
    path = make_csv("id,when,kind,lon,lat,where", *rows)
    mapping = FeedMapping.load(make_mapping())
    locate = locator(GridSystem.build([frame]))
    warnings = import_file(desk, path, mapping, now=NOW, locate=locate).warnings
    if system == "wgs84":
        assert warnings == ()
    else:
        (warning,) = warnings
        assert "GCJ-02" in warning
        assert "WGS 84" in warning
    # What was stored is what the feed said.
    stored = [report for _, report, _ in desk.incidents.values()]
    assert {(report.lon, report.coordinate_system) for report in stored} == {(round(x, 6), "wgs84") for x in lon}
