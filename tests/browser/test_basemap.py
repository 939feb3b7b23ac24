"""A map under the grids in a real browser: it is seen, it is credited, and without it nothing is asked for."""

import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from dashboard.map.basemap import serving
from dashboard.map.basemap.mbtiles import MBTilesFile
from dashboard.map.basemap.tile import TileUnavailable
from tests.browser import fake_city
from tests.tile_files import picture, write_mbtiles

WATER = (20, 60, 250)
MAP = "document.querySelector('#map .js-plotly-plot')._fullLayout.map._subplot.map"
DRAWN = f"{MAP}.loaded() && {MAP}.areTilesLoaded()"


def mbtiles(folder: Path, colour: tuple[int, ...] = WATER) -> str:
    """A map of one colour round the made-up city, at the zooms of a city."""
    lon, lat = fake_city.chinese_city().of(1)[0]["label"]
    tiles = {}
    for z in range(6, 13):
        x = int((lon + 180) / 360 * 2**z)
        y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z)
        reach = 1 + 2 ** max(0, z - 9)
        tiles |= {
            (z, x + dx, y + dy): picture(colour) for dx in range(-reach, reach + 1) for dy in range(-reach, reach + 1)
        }
    return str(write_mbtiles(folder / "city.mbtiles", tiles, attribution="© 测绘院"))


def pixels(screen: Any, *places: tuple[float, float]) -> list[tuple[int, ...]]:
    """Colours on the screen where these places lie."""
    shot = Image.open(io.BytesIO(screen.page.screenshot())).convert("RGB")
    found = [screen.page.evaluate("([lon, lat]) => gridCenter.pixelOf(lon, lat)", list(place)) for place in places]
    return [shot.getpixel((round(at["x"]), round(at["y"]))) for at in found]  # type: ignore[misc]


def corner(screen: Any) -> tuple[float, float]:
    """A place on the map, outside of every grid, that no panel covers."""
    lon, lat = screen.page.evaluate(
        f"""() => {{
          const at = document.querySelector('#map').getBoundingClientRect();
          const boxes = gridCenter.grids.ofLevel(1).map(({{ bbox }}) => bbox);
          for (let y = at.top + 20; y < at.bottom - 20; y += 10) {{
            for (let x = at.left + 20; x < at.right - 20; x += 10) {{
              const {{ lng, lat }} = {MAP}.unproject([x - at.left, y - at.top]);
              const beside = boxes.every(([w, s, e, n]) => lng < w || lng > e || lat < s || lat > n);
              if (beside && document.elementFromPoint(x, y).closest('#map')) return [lng, lat];
            }}
          }}
          throw new Error('panels cover all that the city leaves free');
        }}"""
    )
    return lon, lat


def blue_over_red(colour: tuple[int, ...]) -> int:
    return colour[2] - colour[0]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_seen_under_the_grids(
    make_site: Callable[..., Any], visit: Callable[..., Any], tmp_path: Path, theme: str
) -> None:
    plain_site, site = make_site(), make_site(basemap=mbtiles(tmp_path))
    plain, screen = visit(plain_site, theme=theme), visit(site, theme=theme)
    asked: list[str] = []
    plain.page.on("request", lambda request: asked.append(request.url))
    for one in (plain, screen):
        one.open()
        one.wait(DRAWN)
    # Beside the city the map alone is seen, in its hue, on a dark screen too; on the grids it shines through.
    beside = [pixels(one, corner(one))[0] for one in (plain, screen)]
    assert blue_over_red(beside[1]) > blue_over_red(beside[0]) + 25, beside
    luminance = sum(beside[1]) / 3
    assert luminance < 128 if theme == "dark" else luminance > 128
    # A name of the map may lie on the middle of a grid, not on those of all.
    labels = [(grid["label"][0], grid["label"][1]) for grid in fake_city.chinese_city().of(3)[40:60:4]]
    on_grid = [pixels(one, *labels) for one in (plain, screen)]
    changes = [max(abs(a - b) for a, b in zip(*pair, strict=True)) for pair in zip(*on_grid, strict=True)]
    assert max(changes) >= 3, on_grid
    assert site.fake.tiles_asked
    assert (screen.complaints, screen.abroad) == ([], [])
    assert screen.text("map-credit") == "底图：© 测绘院"
    # Without a basemap nothing is there, and nothing is asked for.
    assert asked
    assert [url for url in asked if "basemap/" in url] == []
    assert plain_site.fake.tiles_asked == []
    assert plain.page.get_by_test_id("map-credit").count() == 0
    styled = plain.page.evaluate(f"{MAP}.getStyle()")
    assert "raster" not in {layer["type"] for layer in styled["layers"]}
    fill = next(layer for layer in styled["layers"] if layer["type"] == "fill")
    assert fill["paint"]["fill-opacity"] == 1


def test_tiles_that_cannot_be_had_are_asked_for_again_and_nobody_complains(
    make_site: Callable[..., Any], visit: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = MBTilesFile.read
    down = True

    def read(file: Any, tile: Any) -> bytes | None:
        if down:
            raise TileUnavailable("down")
        return whole(file, tile)

    monkeypatch.setattr(MBTilesFile, "read", read)
    monkeypatch.setattr(serving, "UNAVAILABLE_S", 1)
    site = make_site(basemap=mbtiles(tmp_path))
    screen = visit(site, theme="light").open()
    screen.wait(DRAWN)
    assert blue_over_red(pixels(screen, corner(screen))[0]) < 10
    down = False
    for _ in range(100):
        if blue_over_red(pixels(screen, corner(screen))[0]) > 25:
            break
        screen.page.wait_for_timeout(200)
    assert blue_over_red(pixels(screen, corner(screen))[0]) > 25
    assert screen.complaints == []


def test_the_grids_do_not_wait_for_it(make_site: Callable[..., Any], visit: Callable[..., Any], tmp_path: Path) -> None:
    screen = visit(make_site(basemap=mbtiles(tmp_path)), theme="light")
    hanging: list[Any] = []
    screen.page.route("**/api/v1/basemap/**", lambda route: hanging.append(route))  # noqa: PLW0108  # Playwright marks it
    screen.open()
    assert hanging
    assert not screen.page.evaluate(DRAWN)
    trace = "document.querySelector('#map .js-plotly-plot').data[0]"
    assert len(set(screen.page.evaluate(f"{trace}.z"))) > 3
    town = fake_city.chinese_city().of(1)[1]["id"]
    screen.page.evaluate(f"gridCenter.clickGrid('{town}')")
    screen.wait(f"gridCenter.state().within === '{town}' && gridCenter.map.settled()")
    assert not screen.page.evaluate(DRAWN)


def test_it_stays_when_view_and_layers_change(
    make_site: Callable[..., Any], visit: Callable[..., Any], tmp_path: Path
) -> None:
    screen = visit(make_site(basemap=mbtiles(tmp_path)), theme="light").open()
    # In a corner of the city: beside it there is ground without grids.
    town = fake_city.chinese_city().of(1)[0]["id"]
    screen.page.evaluate(f"gridCenter.clickGrid('{town}')")
    screen.wait(f"gridCenter.state().within === '{town}' && gridCenter.map.settled() && {DRAWN}")
    for key in ("hexes", "teams"):
        screen.page.evaluate(f"document.querySelector('[data-layer={key}]').click()")
    screen.wait(f"gridCenter.map.settled() && {DRAWN}")
    layers = screen.page.evaluate(f"{MAP}.getStyle().layers.map((layer) => layer.id)")
    # Under everything that is drawn of the city.
    assert layers[:2] == ["ground", "basemap"]
    assert blue_over_red(pixels(screen, corner(screen))[0]) > 25
    assert screen.complaints == []
