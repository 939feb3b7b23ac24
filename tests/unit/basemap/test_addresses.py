"""What the setting may say, and that no error repeats a key."""

from pathlib import Path

import pytest

from dashboard.map.basemap.addresses import TileAddress, parse
from dashboard.map.basemap.serving import described, open_tiles
from dashboard.map.basemap.tile import Tile
from data.errors import SettingInvalid
from data.settings import Settings

GROUND = "https://t0.tianditu.gov.cn/vec_w/wmts?TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk={key}"
NAMES = "https://t0.tianditu.gov.cn/cva_w/wmts?TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk={key}"
SECRET = "5ecret0f7he0ffice"


def settings(**basemap: str) -> Settings:
    return Settings.load({"GRID_HOME": "/nonexistent", **{f"GRID_{name}": value for name, value in basemap.items()}})


def test_none_is_set_by_default() -> None:
    assert Settings.load({}).basemap is None
    assert (parse(settings()), described(settings()), open_tiles(settings())) == (None, None, None)
    # Set and empty is not set.
    assert parse(settings(BASEMAP=" ")) is None


def test_several_addresses_lie_over_each_other() -> None:
    found = parse(settings(BASEMAP=f"{GROUND}  {NAMES}", BASEMAP_KEY=SECRET))
    assert found == (TileAddress(GROUND), TileAddress(NAMES))


def test_numbers_and_key_are_filled_in() -> None:
    tile = Tile(3, 6, 2)
    assert TileAddress("http://h/{z}/{x}/{y}.png?k={key}").of(tile, SECRET) == f"http://h/3/6/2.png?k={SECRET}"
    assert TileAddress("http://h/{z}/{x}/{-y}.png").of(tile, "") == "http://h/3/6/5.png"
    # What the key says is no template.
    assert TileAddress("http://h/{z}/{x}/{y}?{key}").of(tile, "{z}") == "http://h/3/6/2?{z}"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("https://h/{z}/{x}.png", "must hold"),
        ("https://h/{z}/{x}/{y}?s={s}", "{s}"),
        ("https://h/{z}/{x}/{y}?tk={key}", "GRID_BASEMAP_KEY"),
        ("ftp://h/{z}/{x}/{y}", "https://"),
        ("https:///{z}/{x}/{y}", "host"),
        ("https://[h/{z}/{x}/{y}", "no address"),
        ("https://h/{z}/{x}/{y} second://{z}/{x}/{y}", "https://"),
        ("/data/city.tif", ".mbtiles"),
        ("/data/city.mbtiles", "no such file"),
    ],
)
def test_what_cannot_be_is_said(said: str, reason: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        parse(settings(BASEMAP=said))
    assert reason in caught.value.message
    assert caught.value.values["name"] == "GRID_BASEMAP"


@pytest.mark.parametrize(
    "said",
    [f"https://user:{SECRET}@h/{{z}}/{{x}}", f"https://h/{{z}}/{{x}}?tk={SECRET}", f"https://h/{SECRET}/{{z}}/{{q}}"],
)
def test_no_error_says_what_may_be_a_key(said: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        parse(settings(BASEMAP=said))
    assert SECRET not in f"{caught.value.message} {caught.value.values}"


def test_the_key_is_not_in_what_settings_print() -> None:
    assert SECRET not in repr(settings(BASEMAP=GROUND, BASEMAP_KEY=SECRET))


@pytest.mark.parametrize(
    ("name", "value"),
    [("BASEMAP_SYSTEM", "bd09"), ("BASEMAP_TONE", "grey"), ("BASEMAP_CACHE_MB", "0"), ("BASEMAP_CACHE_MB", "much")],
)
def test_impossible_value_names_the_setting(name: str, value: str) -> None:
    with pytest.raises(SettingInvalid, match=f"GRID_{name}"):
        settings(**{name: value})


def test_pages_are_told_all_but_the_key_and_the_address() -> None:
    told = described(settings(BASEMAP=GROUND, BASEMAP_KEY=SECRET, BASEMAP_ATTRIBUTION="天地图", BASEMAP_TONE="dark"))
    assert told is not None
    assert (told.attribution, told.tone, told.zooms) == ("天地图", "dark", (5, 18))
    assert told.tiles.startswith("/api/v1/basemap/{z}/{x}/{y}?v=")
    assert SECRET not in repr(told)
    assert "tianditu" not in repr(told)


def test_another_basemap_has_other_addresses_and_another_key_has_not(tmp_path: Path) -> None:
    def tiles(**basemap: str) -> str:
        told = described(settings(**basemap))
        assert told is not None
        return told.tiles

    one = tiles(BASEMAP=GROUND, BASEMAP_KEY=SECRET)
    assert tiles(BASEMAP=GROUND, BASEMAP_KEY="other") == one
    assert tiles(BASEMAP=NAMES, BASEMAP_KEY=SECRET) != one
    assert tiles(BASEMAP=GROUND, BASEMAP_KEY=SECRET, BASEMAP_SYSTEM="gcj02") != one
