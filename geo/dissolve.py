"""Upper levels of a grid system, made from one table of leaves that names them."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.codes import as_texts
from geo.columns import FoundColumns
from geo.errors import GridsInvalid
from geo.measure import Geometries


def dissolved(
    leaves: gpd.GeoDataFrame, found: Sequence[FoundColumns], *, tolerant: bool = False
) -> list[gpd.GeoDataFrame]:
    """Layers, coarsest first, of a table of leaves whose columns name the grids above each leaf.

    `tolerant` leaves invalid geometry of leaves out of the levels above instead of refusing all of it.

    Raises
    ------
    GridsInvalid
        A grid of an upper level has no code in some row, two names, or two grids above it; a leaf has invalid geometry.
    """
    layers = []
    for level, columns in enumerate(found, start=1):
        codes = as_texts(leaves[columns.code])
        names = as_texts(leaves[columns.name])
        parents = as_texts(leaves[found[level - 2].code]) if level > 1 else [None] * len(codes)
        table = pd.DataFrame({"code": codes, "name": names, "parent": parents}, dtype=object)
        if columns.population is not None:
            table["population"] = leaves[columns.population].to_numpy()
        if level == 1:
            table = table.drop(columns="parent")
        shapes = np.asarray(leaves.geometry.to_numpy(), dtype=object)
        if level < len(found):
            if tolerant:
                shapes = np.where(shapely.is_valid(shapes), shapes, np.array(None, dtype=object))
            else:
                _refuse_invalid(shapes, as_texts(leaves[found[-1].code]), len(found))
            table, shapes = _united(table, shapes, level)
        layers.append(gpd.GeoDataFrame(table, geometry=shapes, crs=leaves.crs))
    return layers


def union(shapes: Geometries) -> shapely.Geometry:
    """One geometry of many; the fast way where they are a valid coverage, the sure way otherwise."""
    kinds = shapely.get_type_id(shapes)
    polygonal = np.isin(kinds, [shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON]).all()
    if polygonal and shapely.is_valid(shapes).all():
        # Looking for faults between many copies of one polygon would take hours.
        _, first = np.unique(shapely.to_wkb(shapely.normalize(shapes)), return_index=True)
        shapes = np.asarray(shapes, dtype=object)[np.sort(first)]
        if shapely.coverage_is_valid(shapes):
            return shapely.coverage_union_all(shapes)
    return shapely.union_all(shapes)


def _united(table: pd.DataFrame, shapes: Geometries, level: int) -> tuple[pd.DataFrame, Geometries]:
    missing = table["code"].isna()
    if missing.any():
        raise GridsInvalid(
            f"level {level}: row {int(np.flatnonzero(missing)[0])} of the leaf file names no grid of this level",
            level=level, code=None, reason="no_code", count=int(missing.sum()),
        )  # fmt: skip
    for column in ("name", "parent"):
        if column in table:
            _refuse_two(table, column, level)
    rows = table.groupby("code", sort=False).indices
    upper = table.drop_duplicates("code").reset_index(drop=True)
    return upper, np.array([union(shapes[rows[code]]) for code in upper["code"]], dtype=object)


def _refuse_invalid(shapes: Geometries, codes: Sequence[str | None], level: int) -> None:
    invalid = np.flatnonzero(~shapely.is_valid(shapes) & ~shapely.is_missing(shapes))
    if len(invalid):
        at = int(invalid[0])
        why = shapely.is_valid_reason(shapes[at])
        raise GridsInvalid(
            f"level {level}: grid {codes[at]!r} has invalid geometry ({why}), so what is above it cannot be dissolved"
            f" ({len(invalid)} like it)",
            level=level, code=codes[at], reason="invalid_geometry", count=len(invalid),
        )  # fmt: skip


def _refuse_two(table: pd.DataFrame, column: str, level: int) -> None:
    several = table.groupby("code")[column].nunique(dropna=False)
    several = several[several > 1]
    if len(several):
        code = str(several.index[0])
        values = sorted(str(value) for value in table.loc[table["code"] == code, column].unique())
        raise GridsInvalid(
            f"level {level}: the leaf file gives grid {code!r} more than one {column}: {', '.join(values[:5])}",
            level=level, code=code, reason=f"two_{column}s", count=len(several), given=values[:20],
        )  # fmt: skip
