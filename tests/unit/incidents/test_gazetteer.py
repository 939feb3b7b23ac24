"""Which grid a code or an address speaks of: written cases, and a slow search that knows no tricks."""

import gc
import re
import weakref

import geopandas as gpd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from shapely import box

from data.city.gazetteer import Gazetteer, gazetteer_of
from data.city.place_names import NameFinder, forms_of
from geo.grids import GridSystem

TOWNS = {"320281001": "澄江街道", "320281104": "徐霞客镇", "320281108": "周庄镇", "320281400": "高新区（城东街道）"}
VILLAGES = {
    "320281001015": "花园社区居委会", "320281001060": "君山社区居委会", "320281001225": "君山村村委会",
    "320281001214": "红光村村委会", "320281104205": "璜东村村委会", "320281104206": "璜塘社区居委会",
    "320281108201": "周庄村村委会", "320281108202": "红光村村委会", "320281400001": "第一社区居委会",
}  # fmt: skip


def build() -> GridSystem:
    """Four towns, nine villages, a leaf in each."""
    codes = list(VILLAGES)
    shapes = [box(120 + 0.01 * at, 31.8, 120.01 + 0.01 * at, 31.81) for at in range(len(codes))]
    villages = gpd.GeoDataFrame(
        {"code": codes, "name": VILLAGES.values(), "parent": [code[:9] for code in codes]}, geometry=shapes, crs=4326
    )
    leaves = gpd.GeoDataFrame(
        {"code": [f"{code}001" for code in codes], "name": [f"{code} 第1网格" for code in codes], "parent": codes},
        geometry=shapes, crs=4326,
    )  # fmt: skip
    towns = villages.dissolve("parent").reset_index()
    towns = gpd.GeoDataFrame(
        {"code": towns["parent"], "name": [TOWNS[code] for code in towns["parent"]]}, geometry=towns.geometry, crs=4326
    )
    return GridSystem.build([towns, villages, leaves])


@pytest.fixture(scope="module")
def system() -> GridSystem:
    return build()


@pytest.fixture(scope="module")
def gazetteer(system: GridSystem) -> Gazetteer:
    return gazetteer_of(system)


@pytest.mark.parametrize(
    ("code", "area"),
    [
        ("320281104205", "2:320281104205"),
        ("320281104", "1:320281104"),
        ("1:320281104", "1:320281104"),
        ("2:320281104205", "2:320281104205"),
        ("1:320281104205", None),
        ("320281104000", "1:320281104"),  # a town, filled up with zeros
        ("320281104999", "1:320281104"),  # a village nobody knows, in a town we know
        ("320281104205099", "2:320281104205"),  # a leaf nobody knows
        ("320281", None),  # the city itself
        ("320281000000", None),
        ("320282104205", None),
        ("3202811042", "1:320281104"),
        ("32028110", None),
        ("0320281104", None),
        ("３２０２８１１０４０００", None),
        ("徐霞客镇", None),
    ],
)
def test_codes(gazetteer: Gazetteer, code: str, area: str | None) -> None:
    assert gazetteer.area_of_code(code) == area
    assert gazetteer.area(code, "") == area


def test_codes_of_leaves(gazetteer: Gazetteer, system: GridSystem) -> None:
    for ordinal, code in enumerate(system.leaves["code"]):
        assert gazetteer.leaf_of(code) == ordinal
        assert gazetteer.leaf_codes[ordinal] == code
    assert gazetteer.leaf_of("320281104205") == gazetteer.leaf_of("") == -1


def test_codes_that_are_no_statistics_codes_have_no_heads() -> None:
    """A town "1" does not hold whatever begins with a 1, and only digits are read so."""
    shapes = [box(120, 31, 121, 32)]
    town = gpd.GeoDataFrame({"code": ["1"], "name": ["镇"]}, geometry=shapes, crs=4326)
    village = gpd.GeoDataFrame({"code": ["ABCDEF"], "name": ["村"], "parent": ["1"]}, geometry=shapes, crs=4326)
    leaf = gpd.GeoDataFrame({"code": ["x"], "name": ["x"], "parent": ["ABCDEF"]}, geometry=shapes, crs=4326)
    gazetteer = Gazetteer(GridSystem.build([town, village, leaf]))
    assert gazetteer.area_of_code("1") == "1:1"
    assert gazetteer.area_of_code("123456789") is None
    assert gazetteer.area_of_code("ABCDEFGHI") is None


def test_a_code_of_two_levels_says_what_both_have_in_common() -> None:
    shapes = [box(120, 31, 121, 32), box(121, 31, 122, 32)]
    towns = gpd.GeoDataFrame({"code": ["a", "b"], "name": ["a", "b"]}, geometry=shapes, crs=4326)
    villages = gpd.GeoDataFrame(
        {"code": ["a", "c"], "name": ["a", "c"], "parent": ["a", "b"]}, geometry=shapes, crs=4326
    )
    crossed = villages.assign(parent=["b", "a"])
    leaves = gpd.GeoDataFrame({"code": ["x", "y"], "name": ["x", "y"], "parent": ["a", "c"]}, geometry=shapes, crs=4326)
    assert Gazetteer(GridSystem.build([towns, villages, leaves])).area_of_code("a") == "1:a"
    assert Gazetteer(GridSystem.build([towns, crossed, leaves])).area_of_code("a") is None


@pytest.mark.parametrize(
    ("address", "area"),
    [
        ("江阴市徐霞客镇璜东村示例路22号", "2:320281104205"),
        ("江苏省无锡市江阴市徐霞客镇璜东村委会", "2:320281104205"),
        ("徐霞客镇 璜东 3组", "2:320281104205"),
        ("徐霞客璜东村", "2:320281104205"),
        ("璜塘居委会旁", "2:320281104206"),
        ("徐霞客镇璜塘村", "2:320281104206"),  # the community was a village once
        ("徐霞客镇璜东示例路", "1:320281104"),  # what goes on in letters may be the name of a road
        ("徐霞客镇", "1:320281104"),
        ("江阴市徐霞客", "1:320281104"),
        ("徐霞客镇（璜东村）", "2:320281104205"),
        ("徐霞客镇徐霞客镇璜东村", "2:320281104205"),
        ("城东街道第一社区", "2:320281400001"),
        ("高新区长江路", "1:320281400"),
        # A name that several towns have, with and without the town, and with a town that has it not.
        ("红光村3号", None),
        ("周庄镇红光村3号", "2:320281108202"),
        ("澄江街道红光村3号", "2:320281001214"),
        ("徐霞客镇红光村3号", None),
        # Two of one name in one town: the ending decides; without it, what both lie in.
        ("君山村", "2:320281001225"),
        ("君山社区", "2:320281001060"),
        ("澄江街道君山", "1:320281001"),
        ("君山", "1:320281001"),
        # A town and a village of one name.
        ("周庄村", "2:320281108201"),
        ("周庄镇周庄", "1:320281108"),
        ("周庄", "1:320281108"),
        # Estates and roads have names of villages and towns.
        ("澄江街道虹桥花园12号", "1:320281001"),
        ("花园路5号", None),
        ("周庄路5号", None),
        ("徐霞客大道", None),
        ("徐霞客镇周庄路口", "1:320281104"),
        ("徐霞客镇 周庄", "1:320281104"),  # a bare name does not overrule a full one
        ("第一组", None),
        # Contradictions.
        ("徐霞客镇与周庄镇交界处", None),
        ("周庄镇璜东村", None),
        # Nothing.
        ("", None),
        ("路", None),
        ("不详", None),
        ("无锡市梁溪区", None),
    ],
)
def test_addresses(gazetteer: Gazetteer, address: str, area: str | None) -> None:
    assert gazetteer.area_of_address(address) == area


def test_every_full_name_with_its_town_is_found(gazetteer: Gazetteer) -> None:
    for code, name in VILLAGES.items():
        for ending in ("", "1号", "附近"):
            assert gazetteer.area_of_address(f"江阴市{TOWNS[code[:9]]}{name}{ending}") == f"2:{code}"


@pytest.mark.parametrize(
    ("code", "address", "area"),
    [
        ("320281108", "红光村", "2:320281108202"),  # the code says which town
        ("320281108", "徐霞客镇璜东村", "1:320281108"),  # the code counts
        ("320281108", "不详", "1:320281108"),
        ("320281108201", "周庄镇红光村", "2:320281108201"),
        ("999", "周庄镇红光村", "2:320281108202"),
        (None, "周庄镇红光村", "2:320281108202"),
    ],
)
def test_code_and_address(gazetteer: Gazetteer, code: str | None, address: str, area: str | None) -> None:
    assert gazetteer.area(code, address) == area


def test_names_in_other_letters() -> None:
    shapes = [box(-74, 40, -73, 41)]
    borough = gpd.GeoDataFrame({"code": ["Q"], "name": ["Queens"]}, geometry=shapes, crs=4326)
    leaf = gpd.GeoDataFrame({"code": ["x"], "name": ["x"], "parent": ["Q"]}, geometry=shapes, crs=4326)
    gazetteer = Gazetteer(GridSystem.build([borough, leaf]))
    assert gazetteer.area_of_address("73-42 68 AVENUE, QUEENS") == "1:Q"
    assert gazetteer.area_of_address("ＱＵＥＥＮＳ") == "1:Q"
    assert gazetteer.area_of_address("QUEENSBORO PLAZA") is None
    assert gazetteer.area_of_address("McQueens") is None


def test_a_city_of_one_level_has_no_areas() -> None:
    leaf = gpd.GeoDataFrame({"code": ["320281104"], "name": ["徐霞客镇"]}, geometry=[box(120, 31, 121, 32)], crs=4326)
    gazetteer = Gazetteer(GridSystem.build([leaf]))
    assert gazetteer.area("320281104205", "徐霞客镇") is None


def test_one_gazetteer_per_system_and_none_outlives_its_system() -> None:
    system = build()
    made = gazetteer_of(system)
    assert gazetteer_of(system) is made
    gone, made_gone = weakref.ref(system), weakref.ref(made)
    del system, made
    gc.collect()
    assert gone() is None
    assert made_gone() is None


# A slow search: every form of every grid, tried at every place; every grid asked whether it fits everything.


def slow_mentions(forms: dict[str, dict[str, bool]], text: str) -> list[tuple[set[str], bool]]:
    found: list[tuple[set[str], bool]] = []
    at, end_of_last = 0, -1
    while at < len(text):
        best = None
        for form in sorted(forms, key=len, reverse=True):
            if text[at:].startswith(form):
                sure = any(forms[form].values())
                behind = text[at + len(form) :]
                before = text[:at]
                free = (
                    at in (0, end_of_last)
                    or not before[-1].isalnum()
                    or re.search("(镇|乡|街道|县)$", before)
                    or re.fullmatch("([\u4e00-\u9fff]{2,3}省)?([\u4e00-\u9fff]{2,3}市){1,2}", before)
                ) and (
                    re.match(r"$|[\W\d_]|组|队|第|境内|辖区|范围|附近|一带|交界", behind)
                    or any(behind.startswith(other) for other in forms)
                )
                if sure or free:
                    best = (form, {grid for grid, certain in forms[form].items() if certain == sure}, sure)
                    break
        if best is None:
            at += 1
        else:
            found.append(best[1:])
            at = end_of_last = at + len(best[0])
    return found


def slow_area(system: GridSystem, forms: dict[str, dict[str, bool]], text: str) -> str | None:
    paths = {
        grid.id: [above.id for above in system.path(grid)]
        for level in (1, 2) for grid in [system.grid_at(level, at) for at in range(len(system.levels[level - 1]))]
    }  # fmt: skip
    mentions = slow_mentions(forms, text)
    for taken in (mentions, [mention for mention in mentions if mention[1]]):
        fitting = [
            grid for grid in paths
            if any(grid in grids for grids, _ in taken) and all(set(paths[grid]) & grids for grids, _ in taken)
        ]  # fmt: skip
        common = [grid for grid in paths if fitting and all(grid in paths[one] for one in fitting)]
        if common:
            return max(common, key=lambda grid: len(paths[grid]))
        if fitting:
            return None
    return None


PIECES = st.sampled_from(
    [
        *(
            "徐霞客镇",
            "徐霞客",
            "周庄",
            "周庄镇",
            "周庄村",
            "红光村",
            "红光",
            "璜东",
            "璜东村",
            "君山",
            "君山社区",
            "花园",
        ),
        *("花园社区", "花园居委会", "高新区", "城东", "第一", "社区", "村", "镇", "街道", "澄江", "江阴市", "路", "组"),
        *("3", " ", "，", "附近", "省"),
    ]
)


@given(st.lists(PIECES, max_size=8).map("".join))
@example("徐霞客周庄村")
@example("周庄镇周庄村红光")
def test_the_slow_search_finds_the_same(text: str) -> None:
    system = _shared_system()
    forms = _forms(system)
    found = NameFinder(forms).mentions(text)
    assert [(set(one.grids), one.certain) for one in found] == slow_mentions(forms, text)
    assert all(one.end - one.start >= 2 for one in found)
    assert gazetteer_of(system).area_of_address(text) == slow_area(system, forms, text)


def _shared_system() -> GridSystem:
    if not _KEPT:
        _KEPT.append(build())
    return _KEPT[0]


_KEPT: list[GridSystem] = []


def _forms(system: GridSystem) -> dict[str, dict[str, bool]]:
    forms: dict[str, dict[str, bool]] = {}
    for level in (1, 2):
        for code, name in zip(system.levels[level - 1]["code"], system.levels[level - 1]["name"], strict=True):
            for form, certain in forms_of(name).items():
                forms.setdefault(form, {})[f"{level}:{code}"] = certain
    return forms


def test_forms() -> None:
    forms = forms_of("文定社区居委会")
    assert {form for form, certain in forms.items() if certain} == {
        "文定社区居委会", "文定社区居民委员会", "文定居民委员会", "文定居委会", "文定社区",
    }  # fmt: skip
    assert {form for form, certain in forms.items() if not certain} >= {"文定", "文定村", "文定村委会"}
    assert forms_of("东村") == {"东村": True} | {f"东{ending}": True for ending in
        ("村村民委员会", "村民委员会", "村村委会", "村委会", "行政村")}  # fmt: skip
    assert forms_of("村") == forms_of("12") == forms_of("") == {}


@given(st.text(max_size=40))
def test_any_text_is_answered(text: str) -> None:
    gazetteer = gazetteer_of(_shared_system())
    answer = gazetteer.area(text, text)
    assert answer is None or answer in {f"1:{code}" for code in TOWNS} | {f"2:{code}" for code in VILLAGES}
