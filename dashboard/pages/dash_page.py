"""A Dash app for one page: the viewer's language and theme from the first byte, nothing from other hosts."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from dash import Dash
from fastapi import FastAPI

from dashboard.components.screen import Screen
from dashboard.doors.dash_calls import guard
from dashboard.map.basemap.serving import described
from dashboard.pages import modules
from dashboard.words.texts import text
from data.settings import Settings
from layers.basemap import Basemap

# Styles of the overview, which other pages share.
SHARED: Final = Path(__file__).parents[1] / "assets"


class PageDash(Dash):  # type: ignore[misc]  # dash carries no types
    """Dash with an index that speaks the viewer's language before any script runs."""

    default_language = "zh"
    title_key = "page.title"
    basemap: Basemap | None = None
    # Component libraries beside Dash's own.
    libraries: Sequence[str] = ()
    # The module that the page begins with.
    entry: str | None = None

    def interpolate_index(self, **parts: str) -> str:
        """Name language and theme on the document itself, where styles and readers look for them."""
        screen = screen_of(self)
        parts["title"] = screen.text(self.title_key)
        if self.entry is not None:
            parts["css"] = f"{modules.preloads(self.entry)}\n{parts['css']}"
        lang = "zh-CN" if screen.language == "zh" else "en"
        index: str = super().interpolate_index(**parts)
        return index.replace("<html>", f'<html lang="{lang}" data-theme="{screen.theme}">', 1)

    def _collect_and_register_resources(self, resources: Any, *rest: Any, **named: Any) -> Any:
        """Load the libraries of this page alone: Dash's own way is to load on every page what any page imports."""
        wanted = {*_OWN_LIBRARIES, None, *self.libraries}
        chosen = [one for one in resources if one.get("namespace") in wanted]
        return super()._collect_and_register_resources(chosen, *rest, **named)


# Names of Dash itself among the libraries, and of what its graphs load.
_OWN_LIBRARIES = ("dash", "plotly")


def dash_page(
    server: FastAPI,
    settings: Settings,
    assets: Path,
    *,
    prefix: str = "/",
    title_key: str = "page.title",
    scripts: Sequence[str | dict[str, str]] = (),
    styles: Sequence[str] = (),
    libraries: Sequence[str] = (),
    pages: bool = False,
    entry: str | None = None,
) -> PageDash:
    """Mount an empty Dash app of its own on `server`, for the addresses under `prefix`.

    Parameters
    ----------
    server, settings
        Where it is mounted, and the city's language.
    assets
        Folder whose scripts and styles this page loads, and no other.
    prefix
        Begins and ends with a slash.
    title_key
        Key of the document's title in the catalogue.
    scripts, styles
        Addresses of what it shares with other pages; of a script that is a module, its attributes.
    libraries
        Component libraries that it uses beside Dash's own.
    pages
        Whether it has several pages, registered with Dash one by one.
    entry
        The module that it begins with, fetched beforehand with all that it needs.
    """
    app = PageDash(
        __name__,
        server=server,
        backend="fastapi",
        url_base_pathname=prefix,
        assets_folder=str(assets),
        external_scripts=list(scripts),
        external_stylesheets=list(styles),
        serve_locally=True,
        title=text(title_key, settings.language),
        update_title=None,
        use_pages=pages,
        pages_folder="",
        # Parts of a page come with its layout: no callback's places are known before.
        suppress_callback_exceptions=pages,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )
    app.default_language = settings.language
    app.title_key = title_key
    app.libraries = libraries
    app.entry = entry
    app.basemap = described(settings)
    # Pages follow the event stream; a second connection per screen, idle and to be kept alive, helps nobody.
    app.backend.websocket_capability = False
    guard(server, app)
    return app


def shared_address(name: str) -> str:
    """Address of a style that pages share, changing with the file as Dash's own do."""
    return f"/assets/{name}?m={(SHARED / name).stat().st_mtime}"


def screen_of(app: PageDash) -> Screen:
    """What the viewer who asks prefers; the defaults while Dash lays the page out once at mounting."""
    backend: Any = app.backend
    cookies = backend.request_adapter().cookies if backend.has_request_context() else {}
    default: Any = app.default_language
    return Screen.of(cookies, default, app.basemap)
