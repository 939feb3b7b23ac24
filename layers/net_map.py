"""A map of a proposed net as one HTML file that opens anywhere, without a network: plain SVG, no library."""

import html
from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely

from geo.measure import Geometries, metres_per_degree
from geo.overlay_net import Net
from layers.palette import THEMES, Palette, Theme

WIDTH = 1600
_PIXELS = 1.0
# Words of the map by language; what stands in braces is filled in.
TEXTS: dict[str, dict[str, str]] = {
    "zh": {
        "title": "多网合一方案",
        "summary": "{departments} 个部门的 {old} 个网格，整合为 {new} 个网格，{declared} 个村社区边界不变",
        "agreement": "与该网格完全一致的部门数",
        "departments": "部门原有网格",
        "grid": "{name}\n{code}\n{area} 平方公里，{incidents} 件\n{same} 个部门一致",
    },
    "en": {
        "title": "One net out of many",
        "summary": "{old} grids of {departments} departments become {new}; {declared} declared borders stay",
        "agreement": "Departments that have just this grid",
        "departments": "The departments' own grids",
        "grid": "{name}\n{code}\n{area} km², {incidents} incidents\n{same} departments agree",
    },
}


def net_map(net: Net, *, language: str = "zh", theme: Theme = "light") -> str:
    """Draw a proposed net: its grids coloured by how many departments had just them, and each department's own grids.

    Parameters
    ----------
    net
        The proposal.
    language
        A key of `TEXTS`.
    theme
        "light" for print, "dark" for a wall.

    Returns
    -------
    A whole HTML document, to be written as UTF-8; no script, nothing in it asks for anything outside.
    """
    palette, words = THEMES[theme], TEXTS[language]
    canvas = _Canvas(net)
    same = _agreeing(net)
    classes = np.ceil(same / len(net.laid.departments) * (len(palette.ramp) - 1)).astype(int)
    shapes = canvas.drawn(net.grids.geometry.to_numpy())
    grids = "".join(
        f'<path class="g" fill="{palette.ramp[step]}" d="{path}"><title>{html.escape(told)}</title></path>'
        for path, step, told in zip(map(canvas.path, shapes), classes, _told(net, same, words), strict=True)
    )
    declared = "".join(f'<path d="{canvas.path(shape)}"/>' for shape in canvas.outlines(net, shapes))
    own = [
        f'<g id="l{at}" class="o">{"".join(f"<path d={_quoted(canvas.path(shape))}/>" for shape in layer)}</g>'
        for at, layer in enumerate(canvas.drawn(layer.geometry.to_numpy()) for layer in net.laid.layers)
    ]
    picture = (
        f'<svg viewBox="0 0 {WIDTH} {canvas.height:.0f}" role="img" aria-label="{words["title"]}">'
        f'{grids}<g class="d">{declared}</g>{"".join(own)}</svg>'
    )
    return _page(net, palette, words, language, picture)


class _Canvas:
    """Degrees to pixels, north up, the city as wide as the picture."""

    def __init__(self, net: Net) -> None:
        west, south, east, north = net.grids.total_bounds
        self._west, self._north = west, north
        east_m, north_m = metres_per_degree(float(south + north) / 2)
        self._x = WIDTH / (east - west)
        self._y = self._x * north_m / east_m
        self.height = (north - south) * self._y
        # Of a triangle, so a line lies off by less than a pixel.
        self._tolerance = _PIXELS / self._x

    def drawn(self, shapes: Any) -> Geometries:
        """Simplified so that neighbours keep one border; where that loses one, as it is."""
        full = np.asarray(shapes, dtype=object)
        simple = np.asarray(shapely.coverage_simplify(full, self._tolerance), dtype=object)
        return np.where(shapely.is_empty(simple) | ~shapely.is_valid(simple), full, simple)

    def outlines(self, net: Net, shapes: Geometries) -> list[Any]:
        """The declared grids as unions of the grids drawn."""
        rows = net.grids.groupby("parent", sort=True).indices
        return [shapely.union_all(shapes[at]) for at in rows.values()]

    def path(self, shape: Any) -> str:
        """The rings of a polygon or of several as an SVG path."""
        rings = shapely.get_rings(shapely.get_parts(shape))
        return "".join(self._ring(shapely.get_coordinates(ring)[:-1]) for ring in rings)

    def _ring(self, xy: Any) -> str:
        x = np.round((xy[:, 0] - self._west) * self._x, 1)
        y = np.round((self._north - xy[:, 1]) * self._y, 1)
        return "M" + "L".join(f"{a:g} {b:g}" for a, b in zip(x, y, strict=True)) + "Z"


def _agreeing(net: Net) -> Any:
    """For each integrated grid the number of departments of which it is a whole grid."""
    whole = net.fates[net.fates["fate"] == "whole"]
    counts = whole.groupby("grids").size()
    return counts.reindex(net.grids["code"], fill_value=0).to_numpy()


def _told(net: Net, same: Any, words: Mapping[str, str]) -> list[str]:
    columns = (net.grids[name] for name in ("name", "code", "area_m2", "incidents"))
    return [
        words["grid"].format(name=name, code=code, area=f"{area / 1e6:.2f}", incidents=f"{incidents:,}", same=agree)
        for name, code, area, incidents, agree in zip(*columns, same, strict=True)
    ]


def _page(net: Net, palette: Palette, words: Mapping[str, str], language: str, picture: str) -> str:
    departments = net.laid.departments
    shown = "".join(f"body:has(#c{at}:checked) #l{at}{{display:inline}}" for at in range(len(departments)))
    boxes = "".join(
        f'<label><input type="checkbox" id="c{at}"> {html.escape(name)}</label>' for at, name in enumerate(departments)
    )
    last = len(palette.ramp) - 1
    legend = "".join(
        f'<span style="background:{colour}"></span>{step * len(departments) // last}'
        for step, colour in enumerate(palette.ramp)
    )
    summary = words["summary"].format(
        departments=len(departments), old=f"{len(net.fates):,}", new=f"{len(net.grids):,}",
        declared=f"{len(net.declared):,}",
    )  # fmt: skip
    style = (
        f"body{{margin:1rem;background:{palette.ink};color:{palette.text};font-family:sans-serif}}"
        f"svg{{width:100%;height:auto}}.g{{stroke:{palette.leaf_border};stroke-width:.7}}"
        f".d{{fill:none;stroke:{palette.border};stroke-width:1.6;pointer-events:none}}"
        f".o{{display:none;fill:none;stroke:{palette.red};stroke-width:1;pointer-events:none}}"
        f"label{{margin-right:1rem;white-space:nowrap}}p span{{display:inline-block;width:2rem;height:.8rem;"
        f"margin:0 .3rem 0 .8rem}}{shown}"
    )
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{words["title"]}</title>'
        f"<style>{style}</style></head><body><h1>{words['title']}</h1><p>{summary}</p>"
        f"<p>{words['agreement']}:{legend}</p><p>{words['departments']}: {boxes}</p>{picture}</body></html>"
    )


def _quoted(path: str) -> str:
    return f'"{path}"'
