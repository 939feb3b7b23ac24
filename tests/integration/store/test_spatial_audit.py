"""The audit by PostGIS, against the assignment of geo and against planted mistakes."""

from datetime import date

import geopandas as gpd
import numpy as np
import pytest
import shapely
from psycopg2.extras import execute_values

from data.city.editions import save_edition
from data.incidents.spatial_audit import audit_assignments
from data.store.connection import Store
from data.store.openers import System
from geo.grids import GridSystem
from geo.index import GridIndex

pytestmark = pytest.mark.postgis


def _put(
    store: Store, edition_id: int, rows: list[tuple[float | None, float | None, int, str | None, str | None]]
) -> None:
    """Incidents as (lon, lat, leaf, leaf_code, placed_by), with ids from 1."""
    with store.transaction(System("test")) as cursor:
        execute_values(
            cursor,
            "INSERT INTO incident (id, source, source_id, category, title, address, stage, reported_at, lon, lat,"
            " coordinate_system, edition_id, leaf, leaf_code, placed_by, seq, n, hash, last_at, recorded_at) VALUES %s",
            [
                (i, "s", str(i), "", "", "", "reported", "2026-01-01Z", lon, lat, "wgs84", edition_id, leaf, code, by,
                 i, 0, b"", "2026-01-01Z", "2026-01-01Z")
                for i, (lon, lat, leaf, code, by) in enumerate(rows, start=1)
            ],
        )  # fmt: skip


def _points() -> tuple[np.ndarray, np.ndarray]:
    """Points anywhere in and around the small city, and on all its borders and corners, which are exact in binary."""
    random = np.random.default_rng(7)
    lon, lat = random.uniform(119.9, 120.6, 3000), random.uniform(30.9, 31.6, 3000)
    lines = np.arange(0, 9) / 16
    on_lon, on_lat = (grid.ravel() for grid in np.meshgrid(120 + lines, 31 + lines))
    return np.concatenate([lon, on_lon]), np.concatenate([lat, on_lat])


def test_the_index_and_postgis_agree_everywhere_borders_included(
    postgis_store: Store, small_system: GridSystem
) -> None:
    edition_id = save_edition(postgis_store, small_system, city="c", name="n", holds_from=date(2026, 1, 1))
    lon, lat = _points()
    codes = small_system.leaves["code"].tolist()
    leaves = GridIndex(small_system).assign(lon, lat).tolist()
    rows = [
        (x, y, leaf, codes[leaf] if leaf >= 0 else None, "coordinates" if leaf >= 0 else None)
        for x, y, leaf in zip(lon.tolist(), lat.tolist(), leaves, strict=True)
    ]
    assert {leaf < 0 for leaf in leaves} == {True, False}
    _put(postgis_store, edition_id, rows)
    assert audit_assignments(postgis_store) == []


def test_each_kind_of_mistake_is_found_and_nothing_else(postgis_store: Store, small_system: GridSystem) -> None:
    edition_id = save_edition(postgis_store, small_system, city="c", name="n", holds_from=date(2026, 1, 1))
    right = int(GridIndex(small_system).assign([120.0625], [31.0625])[0])
    code = small_system.leaves["code"][right]
    wrong = (right + 1) % 16
    wrong_code = small_system.leaves["code"][wrong]
    inside, outside = (120.0625, 31.0625), (119.0, 31.0)
    # A second edition with the same codes must not be taken for the first.
    save_edition(postgis_store, small_system, city="c", name="m", holds_from=date(2026, 2, 1))
    _put(
        postgis_store,
        edition_id,
        [
            (*inside, right, code, "coordinates"),
            (*inside, wrong, wrong_code, "coordinates"),  # 2: the wrong leaf
            (*inside, wrong, code, "coordinates"),  # 3: the right code with the wrong ordinal
            (*inside, -1, None, None),  # 4: not placed although inside
            (*inside, wrong, wrong_code, "grid_code"),  # 5: coordinates win over a code
            (*inside, wrong, wrong_code, "hand"),
            (*outside, -1, None, None),
            (*outside, right, code, "grid_code"),
            (*outside, right, code, "coordinates"),  # 9: placed although outside
            (*outside, wrong, code, "grid_code"),  # 10: code and ordinal do not belong together
            (None, None, right, code, "grid_code"),
            (None, None, -1, None, None),
        ],
    )
    found = audit_assignments(postgis_store)
    assert found is not None
    assert [row.incident_id for row in found] == [2, 3, 4, 5, 9, 10]
    by_id = {row.incident_id: row for row in found}
    assert (by_id[2].leaf_code, by_id[2].expected_code, by_id[2].expected_leaf) == (wrong_code, code, right)
    assert (by_id[9].expected_code, by_id[9].expected_leaf) == (None, None)
    assert by_id[4].border_m == pytest.approx(5950, rel=0.01)  # half a leaf: 1/16 degree of longitude at 31 degrees


def test_the_lowest_code_is_lowest_byte_by_byte(postgis_store: Store) -> None:
    # In most languages "a" sorts before "B"; in bytes it does not.
    system = GridSystem.build([
        gpd.GeoDataFrame({"code": ["a", "B"], "name": "x"},
                         geometry=[shapely.box(120, 31, 121, 32), shapely.box(121, 31, 122, 32)], crs="EPSG:4326")
    ])  # fmt: skip
    edition_id = save_edition(postgis_store, system, city="c", name="n", holds_from=date(2026, 1, 1))
    leaf = int(GridIndex(system).assign([121.0], [31.5])[0])
    _put(postgis_store, edition_id, [(121.0, 31.5, leaf, system.leaves["code"][leaf], "coordinates")])
    assert system.leaves["code"][leaf] == "B"
    assert audit_assignments(postgis_store) == []


def test_views_count_incidents_on_every_level(postgis_store: Store, small_system: GridSystem) -> None:
    edition_id = save_edition(postgis_store, small_system, city="c", name="n", holds_from=date(2026, 1, 1))
    save_edition(postgis_store, small_system, city="c", name="later", holds_from=date(2999, 1, 1))
    codes = small_system.leaves["code"].tolist()
    leaves = np.random.default_rng(3).integers(-1, 16, 200).tolist()
    rows = [(120.3, 31.2, leaf, codes[leaf] if leaf >= 0 else None, "hand" if leaf >= 0 else None) for leaf in leaves]
    _put(postgis_store, edition_id, rows)
    with postgis_store.transaction(System("test")) as cursor:
        cursor.execute(
            "UPDATE incident SET stage = 'closed', closed_at = now(), means = 'service', level = 1 WHERE id % 3 = 0"
        )
        cursor.execute("UPDATE incident SET due_at = '2026-01-02Z' WHERE id % 2 = 0")
        cursor.execute("SELECT level, code, incidents, open, overdue, ST_Area(geom) FROM grids_current")
        found = {
            (level, code): (total, still, late) for level, code, total, still, late, area in cursor.fetchall() if area
        }
        cursor.execute("SELECT count(*), count(DISTINCT id), count(DISTINCT edition) FROM grids_current")
        assert cursor.fetchone() == (20, 20, 1)
        cursor.execute("SELECT count(*), min(ST_X(geom)), max(ST_Y(geom)) FROM incidents_located")
        assert cursor.fetchone() == (200, 120.3, 31.2)
    expected = {}
    for level in (1, 2):
        for grid in (small_system.grid_at(level, at) for at in range(len(small_system.levels[level - 1]))):
            ids = [i for i, leaf in enumerate(leaves, start=1) if grid.lo <= leaf < grid.hi]
            still = [i for i in ids if i % 3]
            expected[level, grid.code] = (len(ids), len(still), len([i for i in still if i % 2 == 0]))
    assert found == expected


def test_geometry_follows_the_coordinates(postgis_store: Store, small_system: GridSystem) -> None:
    edition_id = save_edition(postgis_store, small_system, city="c", name="n", holds_from=date(2026, 1, 1))
    _put(postgis_store, edition_id, [(None, None, -1, None, None)])
    with postgis_store.transaction(System("test")) as cursor:
        cursor.execute("SELECT count(*) FROM incidents_located")
        assert cursor.fetchone() == (0,)
        cursor.execute("UPDATE incident SET lon = 120.5, lat = 31.25")
        cursor.execute("SELECT ST_AsText(geom) FROM incidents_located")
        assert cursor.fetchone() == ("POINT(120.5 31.25)",)


def test_without_postgis_nothing_is_claimed(embedded_store: Store) -> None:
    assert not embedded_store.has_postgis
    assert audit_assignments(embedded_store) is None
