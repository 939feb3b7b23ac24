"""The live picture as a component: what is chosen reaches Dash, what Dash sets is followed, and it ends whole."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

pytestmark = pytest.mark.browser

PROPS = "dash_component_api.getLayout('picture').props"
# What runs on the page: counted from before the first script.
ALIVE = """() => {
  const alive = (window.alive = { intervals: new Set(), streams: new Set(), observers: new Set() });
  const [begin, finish] = [window.setInterval, window.clearInterval];
  window.setInterval = (...given) => {
    const timer = begin(...given);
    alive.intervals.add(timer);
    return timer;
  };
  window.clearInterval = (timer) => {
    alive.intervals.delete(timer);
    finish(timer);
  };
  const Stream = window.EventSource;
  window.EventSource = class extends Stream {
    constructor(...given) {
      super(...given);
      alive.streams.add(this);
    }
    close() {
      alive.streams.delete(this);
      super.close();
    }
  };
  const Observer = window.ResizeObserver;
  window.ResizeObserver = class extends Observer {
    observe(...given) {
      alive.observers.add(this);
      super.observe(...given);
    }
    disconnect() {
      alive.observers.delete(this);
      super.disconnect();
    }
  };
}"""
COUNTS = "Object.fromEntries(Object.entries(alive).map(([name, kept]) => [name, kept.size]))"


@pytest.fixture
def screen(make_site: Callable[..., Any], visit: Callable[..., Any]) -> Any:
    site = make_site()
    found = visit(site)
    found.page.add_init_script(f"({ALIVE})()")
    found.open()
    found.fake = site.fake
    return found


def put(screen: Any, **props: Any) -> None:
    screen.page.evaluate("(props) => dash_clientside.set_props('picture', props)", props)


def test_what_the_viewer_chooses_reaches_dash(screen: Any) -> None:
    before = screen.page.evaluate(f"JSON.stringify({PROPS})")
    for _ in range(3):
        screen.fake.seq += 1
        screen.wait(f"gridCenter.state().seq === {screen.fake.seq}")
    # Frames stay inside.
    assert screen.page.evaluate(f"JSON.stringify({PROPS})") == before
    town = screen.fake.city.of(1)[0]["id"]
    screen.page.locator(f"[data-testid=league] button.name[data-go='{town}']").first.click()
    screen.wait(f"{PROPS}.view?.within === '{town}'")
    screen.page.locator("[data-testid=today] [data-cases]").first.click()
    screen.wait(f"{PROPS}.selection?.within === '{town}' && {PROPS}.selection.span === 'day'")
    screen.page.locator("#cases-close").click()
    screen.wait(f"{PROPS}.selection === null")
    screen.page.keyboard.press("ArrowLeft")
    screen.wait(f"Date.parse({PROPS}.moment) === gridCenter.state().past.moment")
    screen.page.keyboard.press("l")
    screen.wait(f"{PROPS}.moment === null")
    assert screen.complaints == []


def test_what_dash_sets_is_followed(screen: Any) -> None:
    town = screen.fake.city.of(1)[1]["id"]
    put(screen, view={"within": town, "level": 3, "kpi": "on_time_closing_rate"})
    screen.wait(f"gridCenter.state().within === '{town}' && gridCenter.state().kpi === 'on_time_closing_rate'")
    screen.wait(f"location.search.includes('within={town}')")
    moment = (datetime.now(UTC) - timedelta(hours=2)).replace(microsecond=0)
    put(screen, moment=moment.isoformat())
    screen.wait(f"gridCenter.state().past.drawn === {moment.timestamp() * 1000}")
    put(screen, selection={"of": "open", "name": "x", "within": None, "unit": None, "span": "month"})
    screen.wait("gridCenter.cases.state().of === 'open' && !document.getElementById('cases').hidden")
    put(screen, moment=None, selection=None)
    screen.wait("gridCenter.state().past.moment === null && document.getElementById('cases').hidden")
    assert screen.complaints == []


def test_a_picture_that_ends_leaves_nothing_that_runs(screen: Any) -> None:
    before = screen.page.evaluate(COUNTS)
    assert before["streams"] == 1
    assert before["intervals"] >= 4
    # With another configuration it ends and begins anew, as it does where its place is laid out again.
    screen.page.evaluate("window.first = gridCenter.config")
    screen.page.evaluate(f"dash_clientside.set_props('picture', {{ config: {{ ...{PROPS}.config }} }})")
    screen.wait("gridCenter.config !== window.first && gridCenter.state().seq !== null && gridCenter.map.settled()")
    screen.wait("gridCenter.state().mapUpdates > 0")
    assert screen.page.evaluate(COUNTS) == before
    assert screen.complaints == []
