"""The tracks of patrols in a real browser: on and off, of the moment shown, and nothing made anew for them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from shapely import LineString, Point

from tests.browser import fake_api, fake_layers
from tests.browser.test_layers import SETTLED, WATCH_CONTEXTS, drawn, switch_on, toggle
from tests.browser.test_page import CLASHES

pytestmark = pytest.mark.browser

CANVAS = "document.querySelector('#map-overlay canvas.tracks')"
# Pixels of the canvas that anything was drawn on.
INK = f"""(() => {{
  const canvas = {CANVAS};
  const {{ data }} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let found = 0;
  for (let i = 3; i < data.length; i += 4) if (data[i]) found += 1;
  return found;
}})()"""
TRACKS = "gridCenter.layers.told().find(({ key }) => key === 'tracks').document.tracks"
CLEAR = 5e-4  # degrees: some line widths on the map of a town
HEADS = f"{TRACKS}.map(({{ lines }}) => lines.at(-1).at(-1))"


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


def shown(screen: Any) -> dict[str, Any]:
    return dict(screen.page.evaluate("gridCenter.tracksDrawn.state()"))


def pixel(screen: Any, place: list[float]) -> dict[str, float]:
    return dict(screen.page.evaluate("([lon, lat]) => gridCenter.pixelOf(lon, lat)", place[:2]))


def lightness(screen: Any, place: list[float]) -> int:
    """How much of the line there is at a place on the map: 0 to 255, the most within some pixels."""
    script = f"""([lon, lat]) => {{
      const canvas = {CANVAS};
      const at = gridCenter.map.project([lon, lat]);
      const ratio = canvas.width / canvas.clientWidth;
      const {{ data }} = canvas.getContext('2d').getImageData(at.x * ratio - 2, at.y * ratio - 2, 5, 5);
      return Math.max(...data.filter((_, i) => i % 4 === 3));
    }}"""
    return int(screen.page.evaluate(script, place[:2]))


def away(place: list[float], ways: list[Any]) -> float:
    """How far a place is from the nearest part of any way, in degrees."""
    drawn = (LineString([point[:2] for point in line]) for way in ways for line in way if len(line) > 1)
    return min(part.distance(Point(place[:2])) for part in drawn)


def silence(lines: list[Any], grid: dict[str, Any], ways: list[Any]) -> tuple[list[float], float]:
    """The place of a silent minute that is farthest from all ways, and how far it is."""
    minute = int(fake_api.now().timestamp() // 60) - lines[1][0][2] // 60
    places = [fake_layers.round_about(grid, minute - before) for before in range(3, 9)]
    return max(((place, away(place, ways)) for place in places), key=lambda found: found[1])


def test_on_and_off(fresh: Any) -> None:
    screen = fresh
    screen.page.add_init_script(WATCH_CONTEXTS)
    screen.open()
    contexts, canvases = screen.page.evaluate("window.contexts"), "document.querySelectorAll('canvas').length"
    count = screen.page.evaluate(canvases)
    assert (shown(screen)["points"], screen.page.evaluate(INK)) == (0, 0)
    for _ in range(3):
        toggle(screen, "tracks")
        drawn(screen, "tracks")
        found = screen.page.evaluate(TRACKS)
        devices = len(screen.fake.city.of(2))
        assert len(found) == devices
        assert shown(screen)["points"] == sum(len(line) for one in found for line in one["lines"])
        assert screen.page.evaluate(INK) > 1000
        assert f"巡查轨迹 {devices} · 近 60 分钟" in screen.text("legend")
        toggle(screen, "tracks")
        drawn(screen)
        assert (shown(screen)["points"], screen.page.evaluate(INK)) == (0, 0)
        assert "巡查轨迹" not in screen.text("legend")
    assert screen.page.evaluate("window.contexts") == contexts
    assert screen.page.evaluate(canvases) == count
    assert screen.complaints == []
    assert screen.abroad == []


def test_ways_lie_where_they_were_walked_and_fade(screen: Any) -> None:
    switch_on(screen, "tracks")
    drawn(screen, "tracks")
    town = screen.fake.city.of(1)[1]["id"]
    screen.page.evaluate(f"gridCenter.clickGrid('{town}')")
    screen.wait(f"gridCenter.layers.state().drawn.tracks.includes('within=') && {SETTLED}")
    ways = [one["lines"] for one in screen.page.evaluate(TRACKS)]
    grids = screen.fake.city.inside(town, 2)
    # Whose old end and whose silence lie clear of everybody's ways; where ways cross depends on the hour.
    clear = {number: silence(lines, grids[number], ways) for number, lines in enumerate(ways) if number}
    number = max(clear, key=lambda one: min(clear[one][1], away(ways[one][0][1], ways[:one] + ways[one + 1 :])))
    (gap, far), (first, second) = clear[number], ways[number]
    assert far > CLEAR
    old, young = lightness(screen, first[1]), lightness(screen, second[-3])
    assert 0 < old < 150 < 200 < young
    # Between two lines nothing was walked that anybody knows of.
    assert lightness(screen, gap) == 0
    # It stays on its place as the map moves.
    before = pixel(screen, second[-3])
    screen.page.mouse.move(before["x"], before["y"])
    inner = "document.querySelector('#map .js-plotly-plot')._fullLayout.map._subplot.map"
    zoom = screen.page.evaluate(f"{inner}.getZoom()")
    screen.page.mouse.wheel(0, -240)
    screen.wait(f"{inner}.getZoom() > {zoom} + 0.2 && !{inner}.isMoving() && {SETTLED}")
    assert lightness(screen, second[-3]) > 200
    assert lightness(screen, gap) == 0


def test_a_head_says_its_unit_and_when_it_was_seen(screen: Any) -> None:
    switch_on(screen, "tracks")
    drawn(screen, "tracks")
    tracks = screen.page.evaluate(TRACKS)
    # The first has been silent for a while; the others have not.
    styles = [
        screen.page.evaluate(
            """([lon, lat]) => { const at = gridCenter.map.project([lon, lat]);
            return gridCenter.layersDrawn.at({ ...at, lon, lat }).mark; }""",
            track["lines"][-1][-1][:2],
        )
        for track in (tracks[0], tracks[6])
    ]
    assert styles[0]["style"] != styles[1]["style"]
    (lon, lat, age_s), track = tracks[6]["lines"][-1][-1], tracks[6]
    card = screen.page.get_by_test_id("mark-card")
    screen.click_map(lon, lat)
    card.wait_for(state="visible")
    seen = fake_api.now() - timedelta(seconds=age_s)
    minutes = {f"{at:%H:%M}" for at in (seen - timedelta(minutes=1), seen, seen + timedelta(minutes=1))}
    said = card.inner_text()
    assert track["name"] in said
    assert track["code"] in said
    assert "值班员" in said
    assert any(minute in said for minute in minutes)


def test_heads_move_as_the_past_is_played_back(screen: Any) -> None:
    switch_on(screen, "tracks")
    drawn(screen, "tracks")
    live = screen.page.evaluate(HEADS)
    moment = (fake_api.now() - timedelta(hours=5)).replace(minute=30, second=0, microsecond=0)
    for at in (moment, moment + timedelta(minutes=20)):
        screen.page.evaluate(f"gridCenter.timeMachine.go({at.timestamp() * 1000})")
        wanted = f"gridCenter.timeMachine.state().drawn === {at.timestamp() * 1000}"
        url = "decodeURIComponent(gridCenter.layers.state().drawn.tracks)"
        screen.wait(f"{wanted} && {url}.includes(new Date({at.timestamp() * 1000}).toISOString()) && {SETTLED}")
        expected = [one["lines"][-1][-1] for one in fake_layers.tracks(screen.fake, None, at)]
        assert screen.page.evaluate(HEADS) == expected
        assert expected != live
    screen.page.evaluate("gridCenter.timeMachine.live()")
    screen.wait(f"gridCenter.layers.state().drawn.tracks === '/api/v1/layers/tracks' && {SETTLED}")


def test_a_past_that_is_kept_no_more_says_so(screen: Any) -> None:
    switch_on(screen, "tracks")
    drawn(screen, "tracks")
    moment = fake_api.now() - timedelta(days=9)
    screen.page.evaluate(f"gridCenter.timeMachine.go({moment.timestamp() * 1000})")
    screen.wait("document.querySelector('[data-testid=legend]').innerText.includes('仅保留 7 天')")


def test_asked_again_after_a_quarter_of_a_minute(fresh: Any) -> None:
    screen = fresh
    screen.open("?layers=tracks")
    drawn(screen, "tracks")
    later = "(ms) => { const real = Date.now; Date.now = () => real.call(Date) + ms; }"
    before = screen.page.evaluate("gridCenter.layers.state().requests")
    screen.page.evaluate(later, 16_000)
    screen.wait(f"gridCenter.layers.state().requests > {before}")


def test_nothing_is_drawn_anew_while_nothing_moves(fresh: Any) -> None:
    screen = fresh
    screen.open("?layers=tracks")
    drawn(screen, "tracks")
    count = f"""(() => {{
      const pen = {CANVAS}.getContext('2d');
      const clear = pen.clearRect;
      window.clears = 0;
      pen.clearRect = function (...box) {{ window.clears += 1; return clear.apply(this, box); }};
    }})()"""
    screen.page.evaluate(count)
    # Rings are drawn above, on a canvas of their own.
    screen.page.evaluate(
        "gridCenter.overlay.points({ id: [1e9], lon: [120.3], lat: [31.9], light: ['none'], age_s: [0] })"
    )
    screen.page.wait_for_timeout(1000)
    assert screen.page.evaluate("window.clears") <= 1
    lon, lat = screen.fake.city.of(1)[1]["label"]
    here = pixel(screen, [lon, lat])
    screen.page.mouse.move(here["x"], here["y"])
    screen.page.mouse.wheel(0, -240)
    screen.wait("window.clears > 1")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_overlaps(overview: Callable[..., Any], language: str) -> None:
    screen = overview(language=language)
    switch_on(screen, "density", "teams", "cameras", "tracks")
    drawn(screen, "density", "teams", "cameras", "tracks")
    for width, height in ((1366, 768), (1920, 1080)):
        screen.page.set_viewport_size({"width": width, "height": height})
        screen.wait(f"innerWidth === {width} && document.querySelector('#flow svg').clientWidth > {width} * 0.9")
        assert screen.page.evaluate(CLASHES) == [], (width, height)
