"""The colours: one table, the same in Python and in the style sheet, and legible."""

import re
from pathlib import Path

import pytest

from layers.palette import THEMES, Palette, class_colours, contrast, css_variables, luminance
from tests.unit.layers.colour_vision import SIMULATED, ciede2000, lab, least_distance

TOKENS = Path(__file__).parents[3] / "dashboard" / "assets" / "tokens.css"
COLOUR = re.compile(r"#[0-9a-f]{6}")


def css_block(theme: str) -> dict[str, str]:
    blocks = re.findall(r'\[data-theme="(\w+)"\] \{(.*?)\}', TOKENS.read_text(encoding="utf-8"), flags=re.DOTALL)
    body = dict(blocks)[theme]
    return dict(re.findall(r"(--[\w-]+): (#[0-9a-f]+);", body))


@pytest.mark.parametrize("theme", THEMES)
def test_style_sheet_has_the_same_colours(theme: str) -> None:
    assert css_block(theme) == css_variables(THEMES[theme])  # type: ignore[index]  # pytest gives text


def test_paper_has_the_colours_of_the_light_theme_and_none_besides() -> None:
    """The dark ones are for screens only; everything else is written once, so that no third set can fall behind."""
    css = TOKENS.read_text(encoding="utf-8")
    printed, screen = css.split("@media screen {")
    assert dict(re.findall(r"(--[\w-]+): (#[0-9a-f]+);", printed)) == css_variables(THEMES["light"])
    assert dict(re.findall(r"(--[\w-]+): (#[0-9a-f]+);", screen)) == css_variables(THEMES["dark"])
    assert "@media print" not in css
    assert len(COLOUR.findall(css)) == len(css_variables(THEMES["light"])) + len(css_variables(THEMES["dark"]))


@pytest.mark.parametrize("palette", THEMES.values(), ids=THEMES)
def test_words_are_legible(palette: Palette) -> None:
    for name in ("text", "quiet", "faint", "yellow", "red"):
        assert contrast(getattr(palette, name), palette.ink) >= 4.5, name


@pytest.mark.parametrize("palette", THEMES.values(), ids=THEMES)
def test_ramp_goes_one_way_and_means_stand_out(palette: Palette) -> None:
    steps = [luminance(colour) for colour in palette.ramp]
    assert steps in (sorted(steps), sorted(steps, reverse=True))
    assert abs(steps[-1] - luminance(palette.ink)) > abs(steps[0] - luminance(palette.ink))
    for name in ("service", "management", "enforcement"):
        assert contrast(getattr(palette, name), palette.ink) >= 3, name


def test_contrast_of_black_and_white() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == 1


def test_no_style_sheet_but_the_tokens_names_a_colour() -> None:
    for sheet in TOKENS.parent.glob("*.css"):
        if sheet != TOKENS:
            assert not COLOUR.findall(sheet.read_text(encoding="utf-8")), sheet.name


# Pairs with their published distance (Sharma, Wu and Dalal 2005, table 1).
@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
        ((50, 2.5, 0), (58, 24, 15), 19.4535),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_distance_of_colours(one: tuple[float, ...], other: tuple[float, ...], distance: float) -> None:
    assert ciede2000(one, other) == pytest.approx(distance, abs=1e-4)


@pytest.mark.parametrize("eye", SIMULATED)
@pytest.mark.parametrize("palette", THEMES.values(), ids=THEMES)
def test_every_eye_tells_the_means_apart(palette: Palette, eye: str) -> None:
    assert least_distance((palette.service, palette.management, palette.enforcement), eye) >= 15


@pytest.mark.parametrize("eye", ["all", "deuteranope", "protanope"])
@pytest.mark.parametrize("palette", THEMES.values(), ids=THEMES)
def test_lights_are_neither_each_other_nor_a_means(palette: Palette, eye: str) -> None:
    assert ciede2000(lab(palette.yellow, eye), lab(palette.red, eye)) >= 12
    for means in (palette.service, palette.management, palette.enforcement):
        for light in (palette.yellow, palette.red):
            assert ciede2000(lab(means, eye), lab(light, eye)) >= 20


def test_the_end_of_the_ramp_that_asks_to_be_looked_at_is_the_same_for_rates_of_which_more_is_better() -> None:
    palette = THEMES["dark"]
    assert class_colours(palette, 4, falling=True) == class_colours(palette, 4)[::-1]
    assert class_colours(palette, 4, falling=True)[0] == palette.ramp[-1]
