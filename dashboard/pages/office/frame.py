"""What every page of the office has around it: the city, the way to other pages, the choice of language and colours."""

from typing import Any, Final

from dash import html

from dashboard.components.screen import Screen

# The pages beside the office, in the order of the way through them.
_ELSEWHERE: Final = (("nav.overview", "/"), ("nav.desk", "/desk"))
# The office's own.
PAGES: Final = (("registers", "office.registers"),)


def theme() -> dict[str, Any]:
    """Mantine in our type and without its colours, which come from the tokens."""
    return {
        "fontFamily": "var(--font)",
        "fontFamilyMonospace": "var(--font)",
        "primaryColor": "gray",
        "defaultRadius": 2,
        "cursorType": "pointer",
        "respectReducedMotion": True,
    }


def header(screen: Screen, city: str, page: str, asker: str) -> html.Header:
    """The header of the office's page `page`.

    Parameters
    ----------
    city
        Its name.
    asker
        Who asks, in words; "" for nobody in particular.
    """
    links = [html.A(screen.text(key), href=address) for key, address in _ELSEWHERE]
    links += [
        html.A(
            screen.text(key),
            href=f"/office/{name}",
            className="here" if name == page else "",
            **({"aria-current": "page"} if name == page else {}),
        )
        for name, key in PAGES
    ]
    return html.Header(
        [
            html.H1(city, className="city"),
            html.Nav(links, className="office-pages", **{"aria-label": screen.text("office.pages")}),
            html.Div([html.Span(asker, className="quiet"), _switches(screen, page)], className="office-corner"),
        ],
        className="office-header",
    )


def _switches(screen: Screen, page: str) -> html.Nav:
    language = "en" if screen.language == "zh" else "zh"
    colours = "light" if screen.theme == "dark" else "dark"
    here = f"/office/{page}"
    return html.Nav(
        [
            html.A(
                screen.text(f"page.to_{language}"), href=f"{here}?lang={language}", lang=language,
                className="switch", **{"data-testid": "language"},
            ),
            html.A(
                screen.text(f"page.to_{colours}"), href=f"{here}?theme={colours}",
                className="switch", **{"data-testid": "theme"},
            ),
        ],
        className="switches",
        **{"aria-label": screen.text("page.preferences")},
    )  # fmt: skip
