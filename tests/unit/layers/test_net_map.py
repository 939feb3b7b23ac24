"""The map of a proposed net is one file that needs nothing else."""

import re
from xml.etree import ElementTree as ET

import geopandas as gpd
import pytest
import shapely

from geo.overlay import overlay
from geo.overlay_net import Bounds, Net, propose
from layers.net_map import TEXTS, net_map


@pytest.fixture
def net() -> Net:
    def columns(codes: str, width: float) -> gpd.GeoDataFrame:
        boxes = [shapely.box(120 + at * width, 31, 120 + (at + 1) * width, 31.02) for at in range(len(codes))]
        names = [f"<{code}>" for code in codes]
        return gpd.GeoDataFrame({"code": list(codes), "name": names}, geometry=boxes, crs="EPSG:4326")

    layers = {"城管 & <b>": columns("abcd", 0.01), "综治": columns("ab", 0.02)}
    return propose(overlay(layers, columns("v", 0.04)), Bounds(0, 100))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_map(net: Net, language: str, theme: str) -> None:
    page = net_map(net, language=language, theme=theme)  # type: ignore[arg-type]  # both themes
    assert not re.search(r"https?://|<script|@import|url\(|src=|href=", page)
    assert TEXTS[language]["title"] in page
    picture = ET.fromstring(re.search(r"<svg.*</svg>", page, re.DOTALL)[0])  # type: ignore[index]  # noqa: S314  # our own
    grids = [path for path in picture.iter("path") if path.get("class") == "g"]
    assert len(grids) == len(net.grids)
    told = [grid.find("title").text for grid in grids]  # type: ignore[union-attr]
    assert all(name in text for name, text in zip(net.grids["name"], told, strict=True))
    assert [len(group.findall("path")) for group in picture.iter("g") if group.get("class") == "o"] == [4, 2]
    assert "<b>" not in page
    assert page.count("checkbox") == 2
    width, height = (float(part) for part in picture.get("viewBox", "").split()[2:])
    for path in picture.iter("path"):
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", path.get("d", ""))]
        assert numbers
        assert all(-0.1 <= x <= width + 0.1 for x in numbers[::2])
        assert all(-0.1 <= y <= height + 0.1 for y in numbers[1::2])


def test_languages_have_the_same_texts() -> None:
    assert TEXTS["zh"].keys() == TEXTS["en"].keys()
