"""What browser and server both compute is one number: the same random inputs go through both."""

import random
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from geo.shares import shares_of
from tests.browser.modules import module_page

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page, at no address, that knows the functions of the screens."""
    opened = module_page(browser, format="lib/format.js", panels="panels/panels.js", config="lib/config.js")
    yield opened
    opened.close()


def test_percentages_of_one_whole(page: Page) -> None:
    rng = random.Random(13)
    asked = [([1, 1, 1], 1), ([0, 0], 1), ([5], 0), ([1] * 7, 1), ([1333, 667], 1), ([70, 20, 10], 0)]
    for _ in range(2_000):
        most = 10 ** rng.randint(0, 9)
        asked.append(([rng.randint(0, most) for _ in range(rng.randint(1, 9))], rng.randint(0, 2)))
    found = page.evaluate("(asked) => asked.map(([counts, digits]) => format.shares(counts, digits))", asked)
    for (counts, digits), percentages in zip(asked, found, strict=True):
        if not sum(counts):
            assert percentages is None
            continue
        units = [round(one * 10**digits) for one in percentages]
        assert sum(units) == 100 * 10**digits
        assert units == [round(share * 10 ** (digits + 2)) for share in shares_of(counts, digits + 2).tolist()], counts


def test_the_levels_panel_adds_up_to_a_hundred(page: Page) -> None:
    shown = page.evaluate(
        """(counts) => {
          config.configure({ texts: {}, language: "en" });
          const levels = { counts: counts.map((count, level) => ({ level, count })) };
          const texts = (part) => (part?.props ? part.props.children.flatMap(texts) : [part]);
          const [, row] = panels.levels({ within: null, levels });
          return texts(row).filter((text) => /^[0-9]+[.][0-9]$/.test(text)).map(Number);
        }""",
        [1, 1, 1, 0],
    )
    assert shown == [33.4, 33.3, 33.3, 0]
