"""What somebody types into the search of the desk."""

import geopandas as gpd
import pytest
from shapely import box

from data.incidents.search import number_of, search_of
from geo.grids import GridSystem


@pytest.fixture(scope="module")
def system() -> GridSystem:
    """Two towns, side by side, each of two leaves."""
    squares = [box(120 + i / 100, 31, 120 + (i + 1) / 100, 31.01) for i in range(4)]
    leaves = gpd.GeoDataFrame(
        {"code": list("abcd"), "name": ["东一", "东二", "西一", "西二"], "parent": ["T1", "T1", "T2", "T2"]},
        geometry=squares, crs=4326,
    )  # fmt: skip
    towns = gpd.GeoDataFrame(
        {"code": ["T1", "T2"], "name": ["东街道", "西街道"]},
        geometry=[leaves.geometry[:2].union_all(), leaves.geometry[2:].union_all()], crs=4326,
    )  # fmt: skip
    return GridSystem.build([towns, leaves])


@pytest.mark.parametrize(
    "typed",
    [
        "93471", "#93471", "＃９３４７１", "# 93471", " 93471 ", "93471号", "第93471号", "No. 93471", "№93471",
        "nr 93471", "编号：93471", "事件#93471", "0093471", "93 471", "93,471", "ID 93471", "93471 件",
    ],
)  # fmt: skip
def test_a_number_is_read_however_it_is_written(typed: str) -> None:
    assert number_of(typed) == 93471


@pytest.mark.parametrize(
    "typed", ["", "#", "0", "人民路128号", "93471a", "9" * 20, "-5", "93471 5", "1 2", "12,34", "3.5", "1e5"]
)
def test_what_is_no_number_is_none(typed: str) -> None:
    assert number_of(typed) is None


def test_nothing_typed_looks_for_nothing(system: GridSystem) -> None:
    assert search_of(" \t\u3000", system, {}) is None


def test_words_stand_for_grids_and_categories(system: GridSystem) -> None:
    names = {"0102": ("暴露垃圾", "Exposed garbage")}
    search = search_of("GARBAGE 街道", system, names)
    assert search is not None
    assert [word.categories for word in search.words] == [("0102",), ()]
    assert search.words[0].leaves == ()
    # Both towns, side by side, are one slice.
    assert search.words[1].leaves == ((0, 4),)
    assert search.words[1].areas == ("1:T1", "1:T2")


def test_a_sentence_of_a_thousand_words_is_bounded(system: GridSystem) -> None:
    search = search_of("路 " * 100, system, {})
    assert search is not None
    assert len(search.words) == 20
