"""From what a source says about a place to the leaf it lies in, many reports at once."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from data.city.gazetteer import Gazetteer, gazetteer_of
from data.incidents.model import Place, Report
from data.words import H3_RESOLUTION
from geo.crs import to_wgs84

if TYPE_CHECKING:
    from geo.grids import GridSystem
    from geo.index import GridIndex


def place(reports: Sequence[Report], system: "GridSystem", index: "GridIndex") -> list[Place]:
    """Place reports in the leaves of a grid system.

    Coordinates inside a leaf win over a grid code. Without coordinates, or with coordinates in no grid, the code of a
    known leaf places the report; the code of an upper grid does not say which leaf, and leaves it unlocated, as an
    unknown code does. Of what is unlocated, `area` says which upper grid holds it, as far as the code or the address
    tells (see `gazetteer`). Coordinates are kept, in WGS 84, wherever they lie.

    Parameters
    ----------
    reports
        Any number, in any mix of coordinate systems.
    system, index
        The grid system and its index.

    Returns
    -------
    One place per report, in the same order; empty for none.

    Raises
    ------
    CoordinatesInvalid
        If coordinates cannot be; nothing is placed then.
    """
    has_position = np.array([report.lon is not None and report.lat is not None for report in reports], dtype=bool)
    rows = np.flatnonzero(has_position)
    lon, lat = _positions(reports, rows)
    leaf = np.full(len(reports), -1, dtype=np.int32)
    cells = np.zeros(len(reports), dtype=np.uint64)
    if rows.size:
        leaf[rows] = index.assign(lon[rows], lat[rows])
        cells[rows] = index.cells(lon[rows], lat[rows], H3_RESOLUTION)
    by_position = leaf >= 0
    gazetteer = gazetteer_of(system)
    leaf, areas = _by_word(reports, leaf, gazetteer)
    codes = gazetteer.leaf_codes
    return [
        Place(
            lon=float(lon[row]) if positioned else None,
            lat=float(lat[row]) if positioned else None,
            h3=int(cells[row]) if positioned else None,
            leaf=int(leaf[row]),
            leaf_code=codes[leaf[row]] if leaf[row] >= 0 else None,
            placed_by="coordinates" if by_position[row] else "grid_code" if leaf[row] >= 0 else None,
            area=areas.get(row),
        )
        for row, positioned in enumerate(has_position)
    ]


def _positions(reports: Sequence[Report], rows: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """WGS 84 positions of these rows, NaN elsewhere."""
    lon, lat = np.full(len(reports), np.nan), np.full(len(reports), np.nan)
    for name in sorted({reports[row].coordinate_system for row in rows.tolist()}):
        same = [row for row in rows.tolist() if reports[row].coordinate_system == name]
        given_lon = np.array([reports[row].lon for row in same], dtype=np.float64)
        given_lat = np.array([reports[row].lat for row in same], dtype=np.float64)
        lon[same], lat[same] = to_wgs84(given_lon, given_lat, source=name)
    return lon, lat


def _by_word(
    reports: Sequence[Report], leaf: NDArray[np.int32], gazetteer: Gazetteer
) -> tuple[NDArray[np.int32], dict[int, str | None]]:
    """The leaves, with those that reports name by code filled in, and the areas of the rows that have none still."""
    leaf = leaf.copy()
    areas: dict[int, str | None] = {}
    for row in np.flatnonzero(leaf < 0).tolist():
        report = reports[row]
        named = gazetteer.leaf_of(report.grid_code) if report.grid_code is not None else -1
        if named >= 0:
            leaf[row] = named
        else:
            areas[row] = gazetteer.area(report.grid_code, report.address)
    return leaf, areas
