"""Reports per hexagon: equal to a slow reading of every point through h3 itself."""

from collections import Counter
from datetime import timedelta
from typing import Any

import h3
import numpy as np
import pytest

from data.access.scope import Scope
from data.stats.measures.measures import MEASURES
from data.stats.measures.question import Question
from data.stats.mirror.mirror import MirrorView
from data.stats.picture.breaks import class_breaks
from data.stats.picture.hex_counts import density_points, hex_counts
from tests.unit.stats.cities import CITY, LEAVES, NOON
from tests.unit.stats.reports import CATEGORIES, DAY_S, NOW_S, reports_view

REPORTED = next(one for one in MEASURES if one.name == "reported")


def spread_reports(seed: int, count: int = 900) -> MirrorView:
    """Reports of 40 days, now and after; some without coordinates, some in no grid."""
    rng = np.random.default_rng(seed)
    leaf = rng.integers(-1, LEAVES, count)
    lon, lat = 0.005 + 0.01 * leaf + rng.normal(0, 0.004, count), rng.normal(0.005, 0.004, count)
    lost = rng.random(count) < 0.1
    lon[lost] = lat[lost] = np.nan
    time_s = NOW_S + rng.integers(-40 * DAY_S, 2 * DAY_S, count)
    return reports_view(time_s, leaf, rng.integers(0, 3, count), lon, lat)


def asked(days: int = 30, **more: Any) -> Question:
    until = NOON + timedelta(seconds=1)
    return Question(**{"moment": NOON, "since": until - timedelta(days=days), "until": until, "scope": CITY} | more)


def slow(view: MirrorView, question: Question, resolution: int) -> tuple[Counter[str], int, int]:
    """Row by row: cells, in no grid, without coordinates."""
    cells: Counter[str] = Counter()
    outside = missing = 0
    since_s = NOW_S + int((question.since - NOON).total_seconds())
    for at in range(len(view)):
        leaf = int(view["leaf"][at])
        category = CATEGORIES[view["category"][at]]
        if not since_s <= view["reported_at"][at] <= NOW_S or not question.scope.sees(leaf):
            continue
        if question.category is not None and category != question.category:
            continue
        if np.isnan(view["lon"][at]):
            missing += 1
        elif leaf < 0:
            outside += 1
        else:
            cells[h3.latlng_to_cell(float(view["lat"][at]), float(view["lon"][at]), resolution)] += 1
    return cells, outside, missing


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("resolution", [8, 9])
@pytest.mark.parametrize(
    "more",
    [{}, {"scope": Scope.of([(2, 7)], "handler")}, {"category": "noise"}, {"days": 3}],
    ids=["city", "scope", "category", "days"],
)
def test_equal_to_reading_point_by_point(seed: int, resolution: int, more: dict[str, Any]) -> None:
    view, question = spread_reports(seed), asked(**more)
    found = hex_counts(view, question, resolution)
    cells, outside, missing = slow(view, question, resolution)
    counted = {h3.int_to_str(int(cell)): int(count) for cell, count in zip(found.cells, found.counts, strict=True)}
    assert (counted, found.outside, found.missing) == (dict(cells), outside, missing)
    assert found.total == question.count(view, [REPORTED]).total("reported") > 0
    assert found.breaks == class_breaks(found.counts.astype(float))
    for count, step in zip(found.counts.tolist(), found.classes, strict=True):
        assert found.breaks[step] <= count <= found.breaks[step + 1]


def test_density_has_the_same_reports_on_cell_centres() -> None:
    view, question = spread_reports(5), asked()
    found, (cells, outside, missing) = density_points(view, question, 8), slow(view, question, 10)
    assert (found.resolution, found.outside, found.missing) == (10, outside, missing)
    at = [h3.latlng_to_cell(lat, lon, 10) for lon, lat in zip(found.lon, found.lat, strict=True)]
    assert dict(zip(at, found.weights.tolist(), strict=True)) == dict(cells)
    # No point tells where one report was made.
    given = set(zip(view["lon"].round(5).tolist(), view["lat"].round(5).tolist(), strict=True))
    assert not given & set(zip(found.lon.tolist(), found.lat.tolist(), strict=True))


def test_density_is_bounded_and_loses_nothing() -> None:
    view, question = spread_reports(6), asked()
    whole, few = density_points(view, question, 8), density_points(view, question, 8, most=20)
    assert len(few.weights) <= 20 < len(whole.weights)
    assert few.weights.sum() == whole.weights.sum()
    assert few.breaks == whole.breaks


def test_density_is_per_square_kilometre() -> None:
    lon, lat = np.full(50, 0.005), np.full(50, 0.005)
    view = reports_view(np.full(50, NOW_S), np.zeros(50), np.zeros(50), lon, lat)
    found = density_points(view, asked(), 8)
    cell = h3.latlng_to_cell(0.005, 0.005, 8)
    assert found.breaks[-1] == pytest.approx(50 / h3.cell_area(cell, unit="km^2"), rel=0.05)


def test_nothing_reported_is_nothing_drawn() -> None:
    view = reports_view(np.array([], int), np.array([], int), np.array([], int))
    counts, points = hex_counts(view, asked(), 8), density_points(view, asked(), 8)
    assert (len(counts.cells), counts.breaks, counts.classes, counts.total) == (0, [], [], 0)
    assert (len(points.lon), points.breaks) == (0, [])
    kept = hex_counts(view, asked(), 8, [1.0, 3.0, 9.0])
    assert kept.breaks == [1.0, 3.0, 9.0]


def test_colours_stay_from_picture_to_picture() -> None:
    view = spread_reports(7, 3_000)
    first = hex_counts(view, asked(), 9)
    later = hex_counts(view, asked(24), 9, first.breaks)
    assert later.breaks[1:-1] == first.breaks[1:-1] != hex_counts(view, asked(24), 9).breaks[1:-1]
    # Another amount altogether is another scale.
    few = hex_counts(view, asked(1), 9, [1.0, 400.0, 900.0, 2_000.0])
    assert few.breaks == hex_counts(view, asked(1), 9).breaks
