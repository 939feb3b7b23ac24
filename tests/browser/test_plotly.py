"""What Plotly keeps inside, and no document of it promises, is where our one way to it looks."""

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.pages import modules

pytestmark = pytest.mark.browser

INSIDES = """async (address) => {
  const { graphOf, mapOf, shapesOf, keepValues } = await import(address);
  const graph = graphOf('map');
  const map = mapOf(graph);
  const { source, fill } = shapesOf(graph, 0);
  const grids = gridCenter.grids.ofLevel(gridCenter.state().level).length;
  const values = Array.from({ length: grids }, (_, i) => i % 3);
  keepValues(graph, 0, values);
  return {
    canvas: map.getCanvas() instanceof HTMLCanvasElement,
    source: map.getSource(source)?.type,
    fill: map.getLayer(fill)?.type,
    kept: graph.calcdata[0].length === grids && graph.calcdata[0].every((point, i) => point.z === values[i]),
    chart: graphOf('flow') !== graph && mapOf(graphOf('flow')) === null,
    nowhere: graphOf('nowhere') === null && mapOf(null) === null,
  };
}"""


def test_the_insides_of_plotly_are_where_we_look(make_site: Callable[..., Any], visit: Callable[..., Any]) -> None:
    screen = visit(make_site()).open()
    found = screen.page.evaluate(INSIDES, modules.address("lib/plotly.js"))
    wanted = {"canvas": True, "source": "geojson", "fill": "fill", "kept": True, "chart": True, "nowhere": True}
    assert found == wanted
    assert screen.complaints == []
