"""Grid files in: GeoJSON, Shapefile, GeoPackage and GeoParquet, in the three shapes that cities keep them in."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pyogrio
import shapely

from geo.columns import FoundColumns, LevelColumns, find_columns
from geo.crs import known_system, to_wgs84
from geo.dbf import table_encoding
from geo.dissolve import dissolved
from geo.errors import GridsUnreadable
from geo.formats import checked_format, unreadable
from geo.layers import WGS84, fits_degrees

__all__ = ["LevelColumns", "read_layers"]

_READ_ERRORS = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.CRSError,
    pyogrio.errors.GeometryError,
    pa.ArrowException,
    shapely.errors.ShapelyError,
    UnicodeDecodeError,
    KeyError,
    ValueError,
)


def read_layers(
    paths: Sequence[Path | str],
    columns: Sequence[LevelColumns] | None = None,
    *,
    layers: Sequence[str] | None = None,
    coordinate_system: str | None = None,
    encoding: str | None = None,
) -> list[gpd.GeoDataFrame]:
    """Read the levels of a grid system from files, coarsest first.

    Three shapes: a file for each level (several `paths`, coarsest first); a GeoPackage with a layer for each level
    (one path; `layers` names them, or they go by their number of grids); one leaf file (one path, and `columns` for
    more than one level, which all name columns of that file: the upper levels are dissolved from it).

    Parameters
    ----------
    paths
        .geojson, .json, .shp, .gpkg, .parquet or .geoparquet.
    columns
        For each level its columns; those left out are guessed when one column plainly is meant.
    layers
        Layers of a GeoPackage, coarsest first.
    coordinate_system
        One of `geo.crs.SYSTEMS` when the files' coordinates are of that system: "gcj02" and "bd09" are converted vertex
        by vertex to WGS 84. Without it the files' own word holds.
    encoding
        Of a Shapefile's attribute table, when its .cpg file is missing or wrong.

    Returns
    -------
    One GeoDataFrame for each level with columns ``code, name, parent, population, geometry`` (`parent` not on the
    first, `population` where found), values as the file has them. Not checked yet: see `geo.checks.check` and
    `GridSystem.build`.

    Raises
    ------
    GridsUnreadable
        `path` and `reason`: "not_found", "empty", "format", "cut_off", "damaged", "encoding", "no_geometry",
        "no_features", "missing_columns", "ambiguous_columns", "layers", "levels".
    GridsInvalid
        In one leaf file, a grid of an upper level has two names or two parents.
    CoordinateSystemUnknown
        `coordinate_system` is not known.
    """
    system = None if coordinate_system is None else known_system(coordinate_system)
    sources = _sources([Path(path) for path in paths], layers)
    wanted = list(columns) if columns is not None else [LevelColumns()] * len(sources)
    if len(sources) == 1 and len(wanted) > 1:
        read = _leaf_file(*sources[0], wanted, encoding)
    elif len(sources) == len(wanted):
        read = _file_per_level(sources, wanted, encoding)
    else:
        raise unreadable(
            sources[0][0], "levels", f"there are columns for {len(wanted)} levels, but {len(sources)} files or layers"
        )
    return [_in_degrees(layer, system, sources[-1][0]) for layer in read]


def _file_per_level(
    sources: Sequence[tuple[Path, str | None]], wanted: Sequence[LevelColumns], encoding: str | None
) -> list[gpd.GeoDataFrame]:
    read: list[gpd.GeoDataFrame] = []
    above: str | None = None
    for (path, layer), level in zip(sources, wanted, strict=True):
        present, text = _present_columns(path, layer, encoding)
        found = find_columns(path, present, level, above, has_parent=bool(read))
        read.append(_renamed(_table(path, layer, found.all, text), found))
        above = found.code
    return read


def _leaf_file(
    path: Path, layer: str | None, wanted: Sequence[LevelColumns], encoding: str | None
) -> list[gpd.GeoDataFrame]:
    present, text = _present_columns(path, layer, encoding)
    found: list[FoundColumns] = []
    for level in wanted[:-1]:
        if level.code is None:
            raise unreadable(
                path, "missing_columns",
                f"name the code column of each upper level, of: {', '.join(present)}",
                missing=["code"], columns=present,
            )  # fmt: skip
        # A level whose names are not in the file goes by its codes, because the caller named no other column.
        named = LevelColumns(level.code, level.name or level.code, None, level.population)
        # A population column that nobody named for this level counts the leaves' people.
        guessed = find_columns(path, present, named, None, has_parent=False)
        found.append(replace(guessed, population=level.population))
    parent = wanted[-1].parent or found[-1].code
    leaf = LevelColumns(wanted[-1].code, wanted[-1].name, parent, wanted[-1].population)
    found.append(find_columns(path, present, leaf, found[-1].code, has_parent=True))
    columns = list(dict.fromkeys(column for level_found in found for column in level_found.all))
    return dissolved(_table(path, layer, columns, text), found)


def _sources(paths: list[Path], layers: Sequence[str] | None) -> list[tuple[Path, str | None]]:
    """Path and layer of each level."""
    if not paths:
        raise GridsUnreadable("no grid file was given", path=None, reason="not_found")
    formats = [checked_format(path) for path in paths]
    if len(paths) > 1 and layers is not None:
        if len(layers) != len(paths):
            raise unreadable(paths[0], "layers", f"{len(layers)} layers are named for {len(paths)} files")
        return [(path, _known_layer(path, layer)) for path, layer in zip(paths, layers, strict=True)]
    if len(paths) > 1:
        return [
            (path, _only_layer(path) if kind == "GeoPackage" else None)
            for path, kind in zip(paths, formats, strict=True)
        ]
    if formats[0] != "GeoPackage":
        if layers is not None:
            raise unreadable(paths[0], "layers", f"{formats[0]} has no layers; name layers of a GeoPackage only")
        return [(paths[0], None)]
    if layers is not None:
        return [(paths[0], _known_layer(paths[0], layer)) for layer in layers]
    return [(paths[0], layer) for layer in _layers_by_count(paths[0])]


def _layers_by_count(path: Path) -> list[str]:
    names = _spatial_layers(path)
    counts = {name: int(_info(path, name, None)["features"]) for name in names}
    if len(set(counts.values())) < len(names):
        raise unreadable(
            path, "layers",
            "two of its layers have equally many grids, so their order is not plain: name the layers, coarsest first, "
            f"of: {', '.join(names)}", layers=names,
        )  # fmt: skip
    return sorted(names, key=lambda name: counts[name])


def _only_layer(path: Path) -> str:
    names = _spatial_layers(path)
    if len(names) != 1:
        raise unreadable(path, "layers", f"it has several layers: name one, of {', '.join(names)}", layers=names)
    return names[0]


def _known_layer(path: Path, layer: str) -> str:
    names = _spatial_layers(path)
    if layer not in names:
        raise unreadable(path, "layers", f"it has no layer {layer!r}; it has {', '.join(names)}", layers=names)
    return layer


def _spatial_layers(path: Path) -> list[str]:
    try:
        found = pyogrio.list_layers(path)
    except _READ_ERRORS as error:
        raise _damaged(path, error) from error
    names = [str(name) for name, kind in found if kind is not None]
    if not names:
        raise unreadable(path, "no_geometry", "it has no layer with geometry")
    return names


def _present_columns(path: Path, layer: str | None, encoding: str | None) -> tuple[list[str], str | None]:
    """The columns of a table that has geometry, and the encoding to read it with."""
    if path.suffix.lower() in (".parquet", ".geoparquet"):
        try:
            schema = pa.parquet.read_schema(path)
        except _READ_ERRORS as error:
            raise _damaged(path, error) from error
        if b"geo" not in (schema.metadata or {}):
            raise unreadable(path, "no_geometry", "it is Parquet without geometry: save it as GeoParquet")
        return [str(name) for name in schema.names], None
    text = table_encoding(path, encoding) if path.suffix.lower() == ".shp" else None
    info = _info(path, layer, text)
    if info["geometry_type"] is None:
        raise unreadable(path, "no_geometry", "its rows have no geometry")
    return [str(field) for field in info["fields"]], text


def _info(path: Path, layer: str | None, encoding: str | None) -> dict[str, Any]:
    try:
        return dict(pyogrio.read_info(path, layer=layer, encoding=encoding, force_feature_count=True))
    except _READ_ERRORS as error:
        raise _damaged(path, error) from error


def _table(path: Path, layer: str | None, columns: list[str], encoding: str | None) -> gpd.GeoDataFrame:
    try:
        if path.suffix.lower() in (".parquet", ".geoparquet"):
            table = _parquet(path, columns)
        else:
            table = pyogrio.read_dataframe(path, layer=layer, columns=columns, encoding=encoding)
    except _READ_ERRORS as error:
        raise _damaged(path, error) from error
    if not len(table):
        raise unreadable(path, "no_features", "it has no grids in it")
    if not isinstance(table, gpd.GeoDataFrame) or table.geometry.isna().all():
        raise unreadable(path, "no_geometry", "its rows have no geometry")
    return table


def _parquet(path: Path, columns: list[str]) -> gpd.GeoDataFrame:
    geometry = json.loads(pa.parquet.read_schema(path).metadata[b"geo"])["primary_column"]
    return gpd.read_parquet(path, columns=[*columns, geometry])


def _renamed(table: gpd.GeoDataFrame, found: FoundColumns) -> gpd.GeoDataFrame:
    roles = {"code": found.code, "name": found.name, "parent": found.parent, "population": found.population}
    data = {role: table[column].to_numpy() for role, column in roles.items() if column is not None}
    return gpd.GeoDataFrame(data, geometry=table.geometry.to_numpy(), crs=table.crs)


def _in_degrees(layer: gpd.GeoDataFrame, system: str | None, path: Path) -> gpd.GeoDataFrame:
    """The layer with its geometry in WGS 84, where the caller named the system of its coordinates."""
    if system is None:
        return layer
    geographic = layer if layer.crs is None or layer.crs.is_geographic else layer.to_crs(WGS84)
    shapes = geographic.geometry.to_numpy()
    if not fits_degrees(shapes):
        raise unreadable(path, "coordinate_system", f"its coordinates are no degrees, as {system} has them")

    def convert(xy: np.ndarray) -> np.ndarray:
        return np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], source=system))

    converted = shapely.transform(shapes, convert)
    return geographic.set_geometry(gpd.GeoSeries(converted, index=layer.index), crs=None).set_crs(
        WGS84, allow_override=True
    )


def _damaged(path: Path, error: Exception) -> GridsUnreadable:
    return unreadable(path, "damaged", f"it cannot be read, it seems cut off or damaged: {error}")
