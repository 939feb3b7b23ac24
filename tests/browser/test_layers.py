"""The layers of the map in a real browser: on and off, of the view and moment shown, on the one map there is."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import h3
import numpy as np
import pytest
from playwright.sync_api import Browser

from data.stats.picture.breaks import class_breaks
from layers import LAYERS, THEMES, MapView
from layers.folium_map import folium_map
from tests.browser import fake_api, fake_layers
from tests.browser.test_page import CLASHES
from tests.unit.layers.test_folium_map import documents

pytestmark = pytest.mark.browser

# Counts drawing contexts, and whether one was lost; before any script of the page.
WATCH_CONTEXTS = """
  window.contexts = { made: 0, lost: 0 };
  const make = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
    const first = !this.known;
    const made = make.call(this, kind, ...more);
    if (first && made && /webgl/.test(kind)) {
      this.known = true;
      window.contexts.made += 1;
      this.addEventListener("webglcontextlost", () => (window.contexts.lost += 1));
    }
    return made;
  };
"""
PLOT = "document.querySelector('#map .js-plotly-plot')"
TRACE = f"((name) => {PLOT}.data.find((trace) => trace.name === name))"
SETTLED = "gridCenter.map.settled()"


@pytest.fixture
def screen(overview: Callable[..., Any]) -> Any:
    return overview()


@pytest.fixture
def fresh(make_site: Callable[..., Any], visit: Callable[..., Any]) -> Any:
    """A page that is still to be opened."""
    site = make_site()
    found = visit(site)
    found.fake = site.fake
    return found


def drawn(screen: Any, *keys: str) -> None:
    """Until just these layers are on the map."""
    shown = f"Object.keys(gridCenter.layers.state().drawn).sort().join() === '{','.join(sorted(keys))}'"
    screen.wait(f"{shown} && {SETTLED}")


def toggle(screen: Any, key: str) -> None:
    if not screen.page.locator(f"[data-layer={key}]").is_visible():
        screen.page.locator("[data-testid=layer-chooser] summary").click()
    screen.page.locator(f"[data-layer={key}]").click()


def switch_on(screen: Any, *keys: str) -> None:
    """Press these, wherever their buttons are; the address says so too."""
    screen.page.evaluate("(keys) => keys.forEach((key) => document.querySelector(`[data-layer=${key}]`).click())", keys)


def pressed(screen: Any) -> list[str]:
    found = screen.page.locator("[data-layer][aria-pressed=true]").all()
    return [one.get_attribute("data-layer") for one in found]


def numbers(screen: Any) -> dict[str, int]:
    """What the hexagons on the map stand for."""
    features = screen.page.evaluate(f"{TRACE}('hexes').geojson.features")
    return {one["id"]: one["properties"]["n"] for one in features}


def test_nothing_is_fetched_until_a_layer_is_on(fresh: Any) -> None:
    screen = fresh
    asked: list[str] = []
    screen.page.on("request", lambda request: asked.append(request.url))
    screen.open()
    screen.page.evaluate("for (let i = 0; i < 9; i += 1) gridCenter.layers.follow()")
    toggle(screen, "hexes")
    drawn(screen, "hexes")
    toggle(screen, "hexes")
    drawn(screen)
    screen.page.evaluate("for (let i = 0; i < 9; i += 1) gridCenter.layers.follow()")
    assert [url.split("/api/v1/")[1] for url in asked if "/layers/" in url] == ["layers/hexes"]
    assert "layers" not in screen.page.url


def test_hexagons_take_the_place_of_the_grids_colours(screen: Any) -> None:
    grids = f"JSON.stringify({TRACE}('grids').z)"
    before = screen.page.evaluate(grids)
    assert len(set(json.loads(before))) > 3
    legend = screen.text("legend")
    toggle(screen, "hexes")
    drawn(screen, "hexes")
    assert set(json.loads(screen.page.evaluate(grids))) == {-1}
    expected = fake_layers.counts(screen.fake, None, None)
    assert numbers(screen) == expected
    shown = screen.page.evaluate(f"(({{ visible, locations, z }}) => ({{ visible, locations, z }}))({TRACE}('hexes'))")
    assert shown["visible"] is True
    # More reports never have a lower colour.
    by_number = sorted(zip(map(expected.__getitem__, shown["locations"]), shown["z"], strict=True))
    assert [step for _, step in by_number] == sorted(step for _, step in by_number)
    assert "近 30 天上报 件/六边形" in screen.text("legend")
    edges = class_breaks(np.array(list(expected.values()), dtype=float))
    assert screen.text("legend").split("\n")[1 : 1 + len(edges)] == [f"{edge:g}" for edge in edges]
    toggle(screen, "hexes")
    drawn(screen)
    assert screen.page.evaluate(grids) == before
    assert screen.text("legend") == legend
    assert screen.page.evaluate(f"{TRACE}('hexes').geojson.features.length") == 0


def test_the_hexagon_under_the_pointer_says_its_number(screen: Any) -> None:
    switch_on(screen, "hexes")
    drawn(screen, "hexes")
    grid = screen.fake.city.of(3)[40]
    lon, lat = grid["label"]
    cell = h3.latlng_to_cell(lat, lon, 8)
    # Its middle, so that no rounding of pixels leads beside it.
    pixel = screen.page.evaluate("([lat, lon]) => gridCenter.pixelOf(lon, lat)", list(h3.cell_to_latlng(cell)))
    screen.page.mouse.move(pixel["x"] - 3, pixel["y"])
    screen.page.mouse.move(pixel["x"], pixel["y"], steps=3)
    screen.page.wait_for_selector("#map-tip", state="visible")
    n = fake_layers.counts(screen.fake, None, None)[cell]
    screen.wait(f"document.getElementById('map-tip').innerText.includes('{n} 件 · 近 30 天')")
    assert grid["name"] in screen.page.locator("#map-tip").inner_text()


def test_one_ground_at_a_time_and_any_over_it(screen: Any) -> None:
    for key in ("hexes", "teams", "density", "cameras"):
        toggle(screen, key)
    drawn(screen, "density", "teams", "cameras")
    assert pressed(screen) == ["density", "teams", "cameras"]
    assert screen.page.evaluate(f"{TRACE}('hexes').visible") is False
    density = screen.page.evaluate(
        f"(({{ visible, lon, z, zmax }}) => ({{ visible, lon, z, zmax }}))({TRACE}('density'))"
    )
    assert density["visible"] is True
    assert len(density["lon"]) == len(density["z"]) > 10
    assert sum(density["z"]) == sum(fake_layers.counts(screen.fake, None, None).values())
    assert "layers=teams,density,cameras" in screen.page.url
    legend = screen.text("legend")
    towns = len(screen.fake.city.of(1))
    for words in ("件/平方公里", "≥", f"队伍 {towns}", f"摄像头 {len(screen.fake.city.of(2))}", "黄灯"):
        assert words in legend, words
    lines = screen.page.evaluate(f"{PLOT}.layout.map.layers.filter((layer) => layer.line.dash)")
    assert [len(line["source"]["features"]) for line in lines] == [towns]
    toggle(screen, "teams")
    drawn(screen, "density", "cameras")
    screen.wait(f"!{PLOT}.layout.map.layers.some((layer) => layer.line.dash)")


def test_a_report_is_smeared_over_the_same_ground_however_near(screen: Any) -> None:
    switch_on(screen, "density")
    drawn(screen, "density")
    radius = f"{TRACE}('density').radius"
    before = screen.page.evaluate(radius)
    same_ground = f"Math.abs({radius} * gridCenter.map.metresPerPixel() / 1000 - 1) < 0.05 && {SETTLED}"
    screen.wait(same_ground)
    pixel = screen.page.evaluate("([lon, lat]) => gridCenter.pixelOf(lon, lat)", screen.fake.city.of(1)[1]["label"])
    screen.page.mouse.move(pixel["x"], pixel["y"])
    screen.page.mouse.wheel(0, -300)
    screen.wait(f"{radius} > 1.2 * {before} && {same_ground}")


def test_no_drawing_context_is_made_or_lost_by_switching(fresh: Any) -> None:
    screen = fresh
    screen.page.add_init_script(WATCH_CONTEXTS)
    screen.open()
    before = screen.page.evaluate("window.contexts")
    assert before["made"] >= 1
    for _ in range(3):
        for key in ("hexes", "density", "teams", "cameras"):
            toggle(screen, key)
        drawn(screen, "density", "teams", "cameras")
        for key in ("density", "teams", "cameras"):
            toggle(screen, key)
        drawn(screen)
    assert screen.page.evaluate("window.contexts") == before
    assert screen.complaints == []
    assert screen.abroad == []


def test_a_camera_says_where_its_stream_is(screen: Any) -> None:
    switch_on(screen, "cameras")
    drawn(screen, "cameras")
    camera = fake_layers.cameras(screen.fake, None)[5]
    card = screen.page.get_by_test_id("mark-card")
    assert not card.is_visible()
    screen.click_map(camera["lon"], camera["lat"])
    card.wait_for(state="visible")
    for part in ("name", "code", "stream"):
        assert camera[part] in card.inner_text()
    assert screen.state["within"] is None
    card.locator(".close").click()
    card.wait_for(state="hidden")
    # Beside it the map leads on as ever.
    screen.click_map(camera["lon"] + 0.03, camera["lat"] + 0.02)
    screen.wait("gridCenter.state().within !== null")


def test_the_layer_follows_the_view(screen: Any) -> None:
    switch_on(screen, "hexes", "teams")
    drawn(screen, "hexes", "teams")
    town = screen.fake.city.of(1)[1]["id"]
    screen.page.evaluate(f"gridCenter.clickGrid('{town}')")
    screen.wait(f"gridCenter.layers.state().drawn.hexes.includes('{town}'.replace(':', '%3A')) && {SETTLED}")
    assert numbers(screen) == fake_layers.counts(screen.fake, town, None)
    assert "layers=hexes,teams" in screen.page.url
    screen.page.go_back()
    screen.wait(f"gridCenter.layers.state().drawn.hexes === '/api/v1/layers/hexes' && {SETTLED}")
    assert numbers(screen) == fake_layers.counts(screen.fake, None, None)


def test_the_layer_is_of_the_moment_the_page_shows(screen: Any) -> None:
    switch_on(screen, "hexes", "teams")
    drawn(screen, "hexes", "teams")
    moment = (fake_api.now() - timedelta(days=1)).replace(hour=14, minute=30, second=0, microsecond=0)
    screen.page.evaluate(f"gridCenter.timeMachine.go({moment.timestamp() * 1000})")
    screen.wait(f"(gridCenter.layers.state().drawn.hexes ?? '').includes('moment=') && {SETTLED}")
    assert screen.fake.layers_asked[-1] == (moment, "now")
    assert set(numbers(screen).values()) == {15}
    assert "按现行登记" in screen.text("legend")
    screen.page.evaluate("gridCenter.timeMachine.live()")
    screen.wait(f"gridCenter.layers.state().drawn.hexes === '/api/v1/layers/hexes' && {SETTLED}")
    assert numbers(screen) == fake_layers.counts(screen.fake, None, None)
    screen.wait("!document.querySelector('[data-testid=legend]').innerText.includes('按现行登记')")


def test_asked_again_after_a_minute_and_not_before(fresh: Any) -> None:
    screen = fresh
    screen.open()
    # The clock stands from the first request on, however long this machine takes.
    screen.page.evaluate("() => { const at = Date.now(); window.at = at; Date.now = () => window.at; }")
    screen.page.evaluate("gridCenter.layers.set(['hexes'])")
    drawn(screen, "hexes")
    screen.page.evaluate("window.at += 59_000")
    screen.page.evaluate("for (let i = 0; i < 9; i += 1) gridCenter.layers.follow()")
    assert screen.page.evaluate("gridCenter.layers.state().requests") == 1
    screen.page.evaluate("window.at += 1_000")
    screen.wait("gridCenter.layers.state().requests === 2")


def test_the_address_brings_the_layers_back(fresh: Any) -> None:
    screen = fresh
    screen.open("?layers=cameras,nonsense,hexes&kpi=reported")
    drawn(screen, "hexes", "cameras")
    assert pressed(screen) == ["hexes", "cameras"]
    assert screen.state["kpi"] == "reported"
    screen.page.reload()
    screen.wait("gridCenter.state().mapUpdates > 0")
    drawn(screen, "hexes", "cameras")


def test_a_layer_that_cannot_be_read_says_so_and_comes_back(screen: Any) -> None:
    screen.fake.layers_fail = True
    switch_on(screen, "hexes")
    screen.wait("document.querySelector('[data-testid=legend]').innerText.includes('六边形热力读取失败')")
    # Until it is there, the grids keep their colours.
    assert len(set(screen.page.evaluate(f"{TRACE}('grids').z"))) > 3
    screen.fake.layers_fail = False
    drawn(screen, "hexes")
    screen.wait("!document.querySelector('[data-testid=legend]').innerText.includes('读取失败')")


def test_a_city_without_reports_has_no_hexagons(make_site: Callable[..., Any], visit: Callable[..., Any]) -> None:
    screen = visit(make_site(empty=True)).open("?layers=hexes")
    drawn(screen, "hexes")
    screen.wait("document.querySelector('[data-testid=legend]').innerText.includes('暂无数据')")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("ground", ["hexes", "density"])
def test_nothing_overlaps(overview: Callable[..., Any], language: str, ground: str) -> None:
    screen = overview(language=language)
    switch_on(screen, ground, "teams", "cameras")
    drawn(screen, ground, "teams", "cameras")
    for width, height in ((1366, 768), (1920, 1080)):
        screen.page.set_viewport_size({"width": width, "height": height})
        screen.wait(f"innerWidth === {width} && document.querySelector('#flow svg').clientWidth > {width} * 0.9")
        assert screen.page.evaluate(CLASHES) == [], (width, height)


def test_a_map_in_a_file_opens_without_a_network(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "map.html"
    names = {"hexes": "六边形", "teams": "队伍"}
    page_text = folium_map(MapView(THEMES["dark"]), LAYERS, documents(), title="江城市", names=names)
    path.write_text(page_text, encoding="utf-8")
    context = browser.new_context(offline=True)
    page = context.new_page()
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(path.as_uri())
    page.wait_for_selector(".leaflet-overlay-pane canvas")
    offered = page.locator(".leaflet-control-layers label").all_inner_texts()
    assert [one.strip() for one in offered] == ["六边形", "队伍"]
    assert page.locator(".name").count() == 2
    assert page.locator(".light").count() == 2
    assert [url for url in asked if not url.startswith(("blob:", "data:"))] == [path.as_uri()]
    assert complaints == []
    context.close()
