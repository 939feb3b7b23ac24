"""The colours: one meaning each, dark for the wall and light for desks and print.

`dashboard/assets/tokens.css` says the same to the browser; a test holds the two together.
"""

from dataclasses import asdict, dataclass
from typing import Literal

Theme = Literal["dark", "light"]


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one theme, as ``#rrggbb``.

    Attributes
    ----------
    ink, text, quiet, faint, hairline
        Ground; text; second voice; third voice (marks and ticks, no words); dividing lines.
    ramp
        The map: from what may be left alone to what should be looked at, many or bad.
    no_data, outside
        A grid without data; a grid outside the one in view.
    border, leaf_border, focus
        Borders of upper levels; between the grids shown; round the grid in view.
    service, management, enforcement
        The means of resolution: the harder the hand, the darker. Every eye tells any two of them apart, and from the
        lights; in shades of grey the lights have their shapes.
    yellow, red
        The lights.
    band
        The usual band under today's flow.
    past
        The frame round a page that shows a moment of the past.
    """

    ink: str
    text: str
    quiet: str
    faint: str
    hairline: str
    ramp: tuple[str, ...]
    no_data: str
    outside: str
    border: str
    leaf_border: str
    focus: str
    service: str
    management: str
    enforcement: str
    yellow: str
    red: str
    band: str
    past: str


DARK = Palette(
    ink="#0a1119",
    text="#e8eef5",
    quiet="#9fb2c6",
    faint="#7f93a8",
    hairline="#1e2c3b",
    ramp=("#14263a", "#1c425b", "#23627e", "#2f8a9b", "#5fb5ae", "#b9e0c4"),
    no_data="#101a25",
    outside="#0c141d",
    border="#a9bccd",
    leaf_border="#0a1119",
    focus="#e8eef5",
    service="#b3e4fd",
    management="#579df4",
    enforcement="#8a5299",
    yellow="#f4c95d",
    red="#ff6b57",
    band="#2b3d50",
    past="#b7a2f2",
)

LIGHT = Palette(
    ink="#fbfcfd",
    text="#16222e",
    quiet="#4b5f73",
    faint="#5f7285",
    hairline="#d5dee6",
    ramp=("#dcecec", "#b5d9d6", "#84bfc0", "#4e9da6", "#27758a", "#14485f"),
    no_data="#eef2f5",
    outside="#f5f7f9",
    border="#3d5266",
    leaf_border="#fbfcfd",
    focus="#16222e",
    service="#3d95b8",
    management="#3f58cd",
    enforcement="#4a1f6e",
    yellow="#946500",
    red="#8f1608",
    band="#d3dde7",
    past="#5f45b3",
)

THEMES: dict[Theme, Palette] = {"dark": DARK, "light": LIGHT}


def css_variables(palette: Palette) -> dict[str, str]:
    """The palette as CSS custom properties, ``{"--ink": "#0a1119", …, "--ramp-1": …}``."""
    values = asdict(palette)
    ramp = values.pop("ramp")
    variables = {f"--{name.replace('_', '-')}": colour for name, colour in values.items()}
    return variables | {f"--ramp-{step}": colour for step, colour in enumerate(ramp, start=1)}


def class_colours(palette: Palette, classes: int, *, falling: bool = False) -> tuple[str, ...]:
    """Colours of so many classes out of the ramp, from few to many: the first and the last of it where there are two.

    `falling` is for a rate of which more is better: the lowest class then has the last colour, so that on every map the
    same end of the ramp asks to be looked at.

    The browser does the same (`steps` in `dashboard/assets/map.js`).
    """
    last = len(palette.ramp) - 1
    # Rounded half up, as JavaScript does.
    colours = tuple(palette.ramp[int(at * last / max(classes - 1, 1) + 0.5)] for at in range(classes))
    return colours[::-1] if falling else colours


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb``, 0 to 1, after WCAG 2.1."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21, after WCAG 2.1."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
