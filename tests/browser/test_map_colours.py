"""The colours of the grids as they are on the screen, pixel by pixel, whoever drew last: we, or Plotly by itself."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import PATIENCE_MS
from tests.browser.sight import MAP_COLOURS

STEPS = "JSON.stringify(document.querySelector('#map .js-plotly-plot').data[0].z)"


def check(screen: Any, *, least: int = 100) -> None:
    """Soon every grid has the colour of its step: numbers may be on their way, and MapLibre at cutting its tiles."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while True:
        seen = screen.page.evaluate(MAP_COLOURS)
        if seen["right"] == seen["of"] >= least and seen["colours"] > 3:
            return
        assert time.monotonic() < deadline, seen
        screen.page.wait_for_timeout(200)


@pytest.fixture
def screen(overview: Callable[..., Any]) -> Any:
    return overview()


def choose(screen: Any, kpi: str) -> None:
    before = screen.page.evaluate(STEPS)
    screen.page.locator("[data-testid=kpi-chooser] summary").click()
    screen.page.locator(f"[data-kpi={kpi}]").click()
    screen.wait(f"{STEPS} !== {before!r}")


def test_colours_follow_the_numbers(screen: Any) -> None:
    check(screen)
    choose(screen, "on_time_closing_rate")
    check(screen)
    choose(screen, "open_per_km2")
    check(screen)


def test_what_plotly_draws_by_itself_has_the_newest_colours(screen: Any) -> None:
    choose(screen, "on_time_closing_rate")
    screen.page.set_viewport_size({"width": 1500, "height": 800})
    screen.page.evaluate("gridCenter.layers.set(['teams'])")
    screen.wait("gridCenter.layers.state().drawn.teams && gridCenter.map.settled()")
    check(screen)
    # The next numbers come over what Plotly drew.
    choose(screen, "open_per_km2")
    check(screen)


def test_a_town_and_back(screen: Any) -> None:
    screen.page.evaluate("(id) => gridCenter.view.go(id)", screen.fake.city.of(1)[1]["id"])
    screen.wait("gridCenter.map.settled() && gridCenter.state().within")
    check(screen, least=20)
    # Its numbers go the way of the ones before, and more of it is better: the colours turn round.
    choose(screen, "closing_rate")
    check(screen, least=20)
    screen.page.evaluate("gridCenter.view.go(null)")
    screen.wait("gridCenter.map.settled() && !gridCenter.state().within")
    check(screen)


# A tile of the grids that comes at the worst moment: their layer was just added again, no picture was drawn since.
TILE_AT_ONCE = """async () => {
  const graph = document.querySelector('#map .js-plotly-plot');
  const map = graph._fullLayout.map._subplot.map;
  const { uid } = graph._fullData[0];
  const { addLayer } = map;
  const seen = { tiles: 0, errors: [] };
  map.addLayer = (layer, before) => {
    addLayer.call(map, layer, before);
    if (layer.id !== `plotly-trace-layer-${uid}-fill`) return;
    const tiles = map.style.tileManagers[`source-${uid}`];
    for (const id of tiles.getIds()) {
      const tile = tiles.getTileByID(id);
      for (const bucket of Object.values(tile.buckets)) {
        if (!bucket.stateDependentLayers) continue;
        bucket.stateDependentLayers = bucket.stateDependentLayers.map((kept) => map.getLayer(kept.id)).filter(Boolean);
        seen.tiles += bucket.stateDependentLayers.length;
      }
      tile.featureStateRevision = -1;
      try {
        tiles._state.initializeTileState(tile, map.painter);
      } catch (error) {
        seen.errors.push(String(error));
      }
    }
  };
  await Plotly.redraw(graph);
  map.addLayer = addLayer;
  return seen;
}"""


def test_a_tile_may_come_while_plotly_adds_its_layers_again(screen: Any) -> None:
    choose(screen, "on_time_closing_rate")
    check(screen)
    seen = screen.page.evaluate(TILE_AT_ONCE)
    assert seen["tiles"] > 0
    assert seen["errors"] == []
    check(screen)
    choose(screen, "open_per_km2")
    check(screen)
    assert screen.complaints == []
