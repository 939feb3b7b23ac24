"""Modules of the screens by themselves: a page at no server, which knows some of them by name."""

from playwright.sync_api import Browser, Page, Route

from dashboard.pages import modules

_NOWHERE = "http://modules.invalid/"


def module_page(browser: Browser, **named: str) -> Page:
    """Open an empty page; `named` are modules by their paths, each a global name there."""
    page = browser.new_page()
    page.route(f"{_NOWHERE}**", _answer)
    page.goto(_NOWHERE)
    for name, path in named.items():
        page.evaluate("async ([name, path]) => { window[name] = await import(path); }", [name, f"/{path}"])
    return page


def _answer(route: Route) -> None:
    path = route.request.url.removeprefix(_NOWHERE)
    content, media_type = modules.files().get(path, (b"", "text/html"))
    route.fulfill(body=content, content_type=media_type)
