"""The colours: one table, the same in Python and in the style sheet, and legible."""

import re
from pathlib import Path

import pytest

from layers.palette import THEMES, Palette, contrast, css_variables, luminance

TOKENS = Path(__file__).parents[3] / "dashboard" / "assets" / "tokens.css"
COLOUR = re.compile(r"#[0-9a-f]{6}")


def css_block(theme: str) -> dict[str, str]:
    blocks = re.findall(r'\[data-theme="(\w+)"\] \{(.*?)\}', TOKENS.read_text(encoding="utf-8"), flags=re.DOTALL)
    body = dict(blocks)[theme]
    return dict(re.findall(r"(--[\w-]+): (#[0-9a-f]+);", body))


@pytest.mark.parametrize("theme", THEMES)
def test_style_sheet_has_the_same_colours(theme: str) -> None:
    assert css_block(theme) == css_variables(THEMES[theme])  # type: ignore[index]  # pytest gives text


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
