"""The overview and every scene of the wall at every size, as pictures: `python -m tests.browser.screenshots`.

On the demo city's real borders with made-up numbers, so that it takes a minute and no database.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS, PATIENCE_MS, Site
from tests.browser.fake_api import Fake, demo_city
from tests.browser.sight import MAP_COLOURS

FOLDER = Path(__file__).parents[2] / ".screenshots"
SIZES = ((1366, 768), (1920, 1080), (3840, 2160), (5760, 1080))
LANGUAGES = ("zh", "en")
SCENES = ("overview", "supervision", "place", "night")
PLACE = "1:320281001"
# So many of the map's grids have their colour when it is drawn; in the middle of the smallest ones a border lies.
DRAWN_SHARE = 0.9
TRIES = 60
# What puts a page together without WebGL is faster, and may leave a hole where a piece of the map was drawn later.
WHOLE = [flag for flag in FLAGS if flag != "--disable-gpu-compositing"]


def addresses() -> Iterator[tuple[str, str]]:
    """Name and address of each picture."""
    yield "page", ""
    for scene in SCENES:
        yield f"wall-{scene}", f"wall?scene={scene}" + (f"&within={PLACE}" if scene == "place" else "")


def drawn(page: Page) -> bool:
    """Whether the map has its colours; the past it may show has come too."""
    if not page.evaluate("gridCenter.map.settled() && document.documentElement.dataset.past !== 'waiting'"):
        return False
    seen = page.evaluate(MAP_COLOURS)
    return bool(seen["right"] >= DRAWN_SHARE * seen["of"] > 0)


def take(browser: Browser, url: str, name: str, address: str, size: tuple[int, int], language: str) -> Path:
    """Open one page and take its picture."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN")
    context.set_default_timeout(PATIENCE_MS)
    context.add_cookies([{"name": "lang", "value": language, "url": url}])
    page = context.new_page()
    page.goto(f"{url}{address}")
    page.locator("[data-testid=today] .value").first.wait_for()
    for _ in range(TRIES):
        page.wait_for_timeout(1_000)
        if drawn(page):
            break
    else:
        print(f"the map of the next picture is not drawn: {page.evaluate(MAP_COLOURS)}", file=sys.stderr)  # noqa: T201
    path = FOLDER / f"{name}-{size[0]}x{size[1]}-{language}.png"
    page.screenshot(path=path)
    context.close()
    return path


def main(wanted: list[str]) -> None:
    """Take all pictures, or those whose names begin with one of the words."""
    FOLDER.mkdir(exist_ok=True)
    site = Site(Fake(demo_city()))
    site.start()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=WHOLE)
        for name, address in addresses():
            if wanted and not any(name.startswith(word) for word in wanted):
                continue
            for size in SIZES:
                for language in LANGUAGES:
                    print(take(browser, site.url, name, address, size, language), flush=True)  # noqa: T201
        browser.close()
    site.kill()


if __name__ == "__main__":
    main(sys.argv[1:])
