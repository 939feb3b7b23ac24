"""The city has the room it can have, and nothing lies over it: at every size, for cities of any shape."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.fake_api import demo_city
from tests.browser.modules import module_page

pytestmark = pytest.mark.browser

AREA = [0.0, 0.0, 1600.0, 800.0]
GAP = 10.0
# How high the demo city stands, as a share of the window, and what lies on one of its grids.
SEEN = """() => {
  const { project } = gridCenter.map;
  const at = document.querySelector('#map').getBoundingClientRect();
  const boxes = gridCenter.grids.ofLevel(1).map(({ bbox: [w, s, e, n] }) => [project([w, n]), project([e, s])]);
  const top = Math.min(...boxes.map(([a]) => a.y)), bottom = Math.max(...boxes.map(([, b]) => b.y));
  const above = [...document.querySelectorAll('.panel, .legend, .breadcrumb, .choosers, #remote-code')]
    .filter((one) => one.offsetWidth).map((one) => [one.className, one.getBoundingClientRect()]);
  const covered = gridCenter.grids.ofLevel(gridCenter.grids.depth()).flatMap((grid) => {
    const { x, y } = project(grid.label);
    const [left, top] = [x + at.left, y + at.top];
    return above.filter(([, box]) => left > box.left && left < box.right && top > box.top && top < box.bottom)
      .map(([name]) => name + ' over ' + grid.name);
  });
  return { share: (bottom - top) / innerHeight, covered };
}"""


@pytest.fixture
def room(browser: Any) -> Iterator[Any]:
    """A page with nothing but the functions."""
    page = module_page(browser, room="lib/room.js")
    yield page
    page.close()


def meets(one: list[float], other: list[float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def drawn_city(rng: random.Random) -> list[list[float]]:
    """Boxes of a city of any shape, on a map."""
    return [
        [x, y, x + rng.uniform(0.05, 0.3), y + rng.uniform(0.05, 0.3)]
        for x, y in ((rng.uniform(0, 1), rng.uniform(0, 0.7)) for _ in range(rng.randint(1, 25)))
    ]


def drawn_panels(rng: random.Random) -> list[list[float]]:
    corners = [(0.0, 0.0), (1300.0, 0.0), (0.0, 500.0), (1350.0, 450.0), (700.0, 700.0)]
    return [
        [x, y, x + rng.uniform(50, 250), y + rng.uniform(50, 300)] for x, y in rng.sample(corners, rng.randint(0, 5))
    ]


def largest(shape: dict[str, Any], panels: list[list[float]]) -> float:
    """By trying: the largest width that has a place on a fine raster."""
    most = min(AREA[2] - 2 * GAP, (AREA[3] - 2 * GAP) / shape["high"])
    size = most
    while size > 0.25 * most:
        for x in range(int(GAP), int(AREA[2] - GAP - size) + 1, 12):
            for y in range(int(GAP), int(AREA[3] - GAP - size * shape["high"]) + 1, 12):
                laid = [
                    [x + run[0] * size, y + run[1] * size, x + run[2] * size, y + run[3] * size]
                    for run in shape["runs"]
                ]
                grown = [[p[0] - GAP, p[1] - GAP, p[2] + GAP, p[3] + GAP] for p in panels]
                if not any(meets(part, panel) for panel in grown for part in laid):
                    return size
        size *= 0.95
    return 0.0


@pytest.mark.parametrize("seed", range(6))
def test_a_city_of_any_shape_stands_as_large_as_trying_finds(room: Any, seed: int) -> None:
    rng, page = random.Random(seed), room
    boxes, panels = drawn_city(rng), drawn_panels(rng)
    shape = page.evaluate("(boxes) => room.silhouette(boxes)", boxes)
    found = page.evaluate(
        "([shape, area, panels, gap]) => room.fit(shape, area, panels, gap)", [shape, AREA, panels, GAP]
    )
    best = largest(shape, panels)
    assert found is not None
    assert found["size"] >= 0.93 * best
    for left, top, right, bottom in shape["runs"]:
        size, x, y = found["size"], found["x"], found["y"]
        part = [x + left * size, y + top * size, x + right * size, y + bottom * size]
        assert not any(meets(part, panel) for panel in panels)
        assert part[0] >= 0
        assert part[1] >= 0
        assert part[2] <= AREA[2] + 1e-6
        assert part[3] <= AREA[3] + 1e-6


def test_every_box_of_a_city_is_in_its_silhouette(room: Any) -> None:
    page = room
    boxes = drawn_city(random.Random(7))
    shape = page.evaluate("(boxes) => room.silhouette(boxes)", boxes)
    for box in boxes:
        middle = [
            ((box[0] + box[2]) / 2 - shape["west"]) / shape["wide"],
            ((box[1] + box[3]) / 2 - shape["north"]) / shape["wide"],
        ]
        assert any(run[0] <= middle[0] <= run[2] and run[1] <= middle[1] <= run[3] for run in shape["runs"])


@pytest.mark.parametrize(
    ("address", "size", "least"),
    [
        ("", (1366, 768), 0.5),
        ("", (1920, 1080), 0.54),
        ("wall?scene=overview", (1920, 1080), 0.54),
        ("wall?scene=overview", (5760, 1080), 0.68),
    ],
)
def test_nothing_lies_on_the_city_and_it_is_large(
    make_site: Callable[..., Any], revisit: Callable[..., Any], address: str, size: tuple[int, int], least: float
) -> None:
    screen = revisit(make_site(demo_city()), size).open(address)
    screen.wait("gridCenter.map.settled() && gridCenter.standing.state() && document.querySelector('.legend.laid')")
    if address:
        screen.wait("document.querySelector('#remote-code.laid')")
    page = screen.page
    page.wait_for_timeout(1_500)  # the camera's last move
    seen = page.evaluate(SEEN)
    assert seen["covered"] == []
    assert seen["share"] >= least
    # Where the city itself lies is written, however small it is.
    assert "澄江街道" in page.evaluate("gridCenter.overlay.written()")
    assert "高新区" in page.evaluate("gridCenter.overlay.written()")


def test_a_window_that_gets_another_size_has_the_city_at_that_size(
    make_site: Callable[..., Any], revisit: Callable[..., Any]
) -> None:
    screen = revisit(make_site(demo_city()), (1366, 768)).open()
    zoom = "document.querySelector('#map .js-plotly-plot')._fullLayout.map._subplot.map.getZoom()"
    there = "window.innerWidth === {} && gridCenter.map.settled() && gridCenter.standing.state()"
    screen.page.set_viewport_size({"width": 1920, "height": 1080})
    screen.wait(there.format(1920) + f" && {zoom} > 10.4")
    assert screen.page.evaluate(SEEN)["share"] >= 0.54
    # Where the viewer moved it, it stays, whatever the window does.
    box = screen.page.get_by_test_id("map").bounding_box()
    screen.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    screen.page.mouse.wheel(0, -300)
    screen.wait(
        f"{zoom} > 10.7 && !document.querySelector('#map .js-plotly-plot')._fullLayout.map._subplot.map.isMoving()"
    )
    moved = screen.page.evaluate(zoom)
    screen.page.set_viewport_size({"width": 1366, "height": 768})
    screen.wait(there.format(1366))
    screen.page.wait_for_timeout(1_500)
    assert screen.page.evaluate(zoom) == pytest.approx(moved)
