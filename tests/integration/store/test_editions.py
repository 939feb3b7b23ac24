"""Editions: kept whole, read back equal."""

import time
from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from data.city.editions import current_edition, has_edition, save_edition
from data.errors import NoEdition
from data.store.connection import Store
from data.store.openers import System
from geo.errors import GridsInvalid
from geo.grids import GridSystem


def test_an_edition_comes_back_equal(store: Store, small_system: GridSystem) -> None:
    assert not has_edition(store)
    names = [{"zh": "镇街", "en": "Towns"}, {"zh": "网格", "en": "Grids"}]
    edition_id = save_edition(
        store, small_system, city="江阴市", name="2026", holds_from=date(2026, 1, 1), demo=True, level_names=names
    )
    assert has_edition(store)
    edition = current_edition(store, date(2100, 1, 1))
    assert (edition.id, edition.city, edition.name, edition.demo) == (edition_id, "江阴市", "2026", True)
    assert edition.holds_from == date(2026, 1, 1)
    assert list(edition.level_names) == names
    assert edition.system.checksum == small_system.checksum
    for kept, given in zip(edition.system.levels, small_system.levels, strict=True):
        pd.testing.assert_frame_equal(kept.drop(columns="geometry"), given.drop(columns="geometry"))
        assert shapely.equals_exact(kept.geometry.to_numpy(), given.geometry.to_numpy()).all()


def test_every_column_of_the_table_says_what_the_system_says(store: Store, small_system: GridSystem) -> None:
    save_edition(store, small_system, city="c", name="n", holds_from=date(2026, 1, 1))
    with store.transaction(System("test")) as cursor:
        cursor.execute(
            "SELECT level, ordinal, code, name, parent_code, lo, hi, area_m2, population FROM grid ORDER BY 1, 2"
        )
        kept = cursor.fetchall()
    expected = [
        (grid.level, grid.ordinal, grid.code, grid.name, grid.parent, grid.lo, grid.hi, grid.area_m2, grid.population)
        for level, layer in enumerate(small_system.levels, start=1)
        for grid in (small_system.grid_at(level, at) for at in range(len(layer)))
    ]
    assert kept == expected


def test_the_latest_edition_that_has_begun_holds(store: Store, small_system: GridSystem) -> None:
    for name, day in [("old", date(2020, 1, 1)), ("new", date(2024, 1, 1)), ("again", date(2024, 1, 1))]:
        save_edition(store, small_system, city="c", name=name, holds_from=day)
    save_edition(store, small_system, city="c", name="future", holds_from=date(2999, 1, 1))
    assert current_edition(store, on=date(2023, 12, 31)).name == "old"
    assert current_edition(store, on=date(2024, 1, 1)).name == "again"
    assert current_edition(store, date(2100, 1, 1)).name == "again"
    with pytest.raises(NoEdition, match="2020-01-01") as caught:
        current_edition(store, on=date(2019, 12, 31))
    assert caught.value.values == {"on": "2019-12-31", "first": "2020-01-01"}


def test_without_any_edition_the_error_says_how_to_import_one(store: Store) -> None:
    with pytest.raises(NoEdition, match="grids import"):
        current_edition(store, date(2100, 1, 1))


def test_a_name_taken_changes_nothing(store: Store, small_system: GridSystem) -> None:
    save_edition(store, small_system, city="c", name="n", holds_from=date(2026, 1, 1))
    with pytest.raises(GridsInvalid, match="'n' already") as caught:
        save_edition(store, small_system, city="d", name="n", holds_from=date(2026, 2, 1))
    assert caught.value.values["reason"] == "edition_name_taken"
    assert current_edition(store, date(2100, 1, 1)).city == "c"


@pytest.mark.parametrize("names", [[], [{"zh": "一", "en": "one"}], [{"zh": "一", "en": "one"}, {"zh": "二"}]])
def test_level_names_must_fit(embedded_store: Store, small_system: GridSystem, names: list[dict[str, str]]) -> None:
    with pytest.raises(GridsInvalid) as caught:
        save_edition(embedded_store, small_system, city="c", name="n", holds_from=date(2026, 1, 1), level_names=names)
    assert caught.value.values["reason"] == "level_names"
    assert not has_edition(embedded_store)


def test_a_city_of_real_size_is_kept_and_read_quickly(embedded_store: Store) -> None:
    circles = [
        shapely.Point(120 + i % 40 / 40, 31 + i // 40 / 40).buffer(0.01, quad_segs=25) for i in range(1557)
    ]  # 101 vertices each, as the real ones have
    leaves = gpd.GeoDataFrame(
        {"code": [f"{i:05}" for i in range(1557)], "name": "格", "parent": [f"{i // 6:03}" for i in range(1557)]},
        geometry=circles, crs="EPSG:4326",
    )  # fmt: skip
    upper = gpd.GeoDataFrame(
        {"code": [f"{i:03}" for i in range(260)], "name": "村"}, geometry=circles[:260], crs="EPSG:4326"
    )
    system = GridSystem.build([upper, leaves])
    save_edition(embedded_store, system, city="c", name="n", holds_from=date(2026, 1, 1))
    began = time.perf_counter()
    assert current_edition(embedded_store, date(2100, 1, 1)).system.checksum == system.checksum
    assert time.perf_counter() - began < 5  # about 0.2 s when nobody else works
