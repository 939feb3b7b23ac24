"""Grid files in: GeoJSON, Shapefile, GeoPackage and GeoParquet, in the three shapes that cities keep them in."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from geo.columns import FoundColumns, LevelColumns, find_columns
from geo.crs import to_wgs84
from geo.crs_names import named_system
from geo.dissolve import dissolved
from geo.errors import GridsUnreadable
from geo.findings import Finding
from geo.formats import Format, checked_format, unreadable
from geo.geojson import json_layers
from geo.geopackage import geopackage_layers
from geo.layers import WGS84, fits_degrees, with_findings
from geo.parquet import parquet_layers
from geo.raw_table import Layers, RawTable
from geo.raw_texts import TextColumns
from geo.shapefile import shapefile_layers

__all__ = ["LevelColumns", "read_layers"]


def read_layers(
    paths: Sequence[Path | str],
    columns: Sequence[LevelColumns] | None = None,
    *,
    layers: Sequence[str] | None = None,
    coordinate_system: str | None = None,
    encoding: str | None = None,
    tolerant: bool = False,
) -> list[gpd.GeoDataFrame]:
    """Read the levels of a grid system from files, coarsest first.

    Three shapes: a file for each level (several `paths`, coarsest first); a GeoPackage or TopoJSON file with a layer
    for each level (one path; `layers` names them, or they go by their number of grids); one leaf file (one path, and
    `columns` for more than one level, which all name columns of that file: the upper levels are dissolved from it).

    Parameters
    ----------
    paths
        .geojson, .json, .topojson, .geojsonl, .shp, .gpkg, .parquet or .geoparquet. Nothing is ever written to them.
    columns
        For each level its columns; those left out are guessed when one column plainly is meant. A point leads into an
        object: ``parent.adcode``.
    layers
        Layers of a GeoPackage, or objects of a TopoJSON file, coarsest first.
    coordinate_system
        Where the files do not say it right: one of `geo.crs.SYSTEMS` ("gcj02" and "bd09" are converted vertex by
        vertex to WGS 84), or an EPSG code such as "EPSG:4528". Without it the files' own word holds.
    encoding
        Of a Shapefile's attribute table, when its .cpg file is missing or wrong; of JSON that is not UTF-8.
    tolerant
        In one leaf file, leave grids of invalid geometry out of the levels above: for a check, which names them all.

    Returns
    -------
    One GeoDataFrame for each level with columns ``code, name, parent, population, geometry`` (`parent` not on the
    first, `population` where found), values as the file has them. Not checked yet: see `geo.checks.check` and
    `GridSystem.build`, which both know what the reading found (``attrs["findings"]``): a geometry that cannot be read,
    a file that says it is a part.

    Raises
    ------
    GridsUnreadable
        `path` and `reason`: "not_found", "empty", "format", "cut_off", "damaged", "parts", "packed", "encoding",
        "no_geometry", "no_features", "missing_columns", "ambiguous_columns", "value", "layers", "levels",
        "coordinate_system".
    GridsInvalid
        In one leaf file, a grid of an upper level has two names or two parents, or (unless `tolerant`) a leaf has
        invalid geometry.
    CoordinateSystemUnknown
        `coordinate_system` is not known.
    """
    system = None if coordinate_system is None else named_system(coordinate_system)
    sources = _sources([Path(path) for path in paths], layers, encoding)
    wanted = list(columns) if columns is not None else [LevelColumns()] * len(sources)
    if len(sources) == 1 and len(wanted) > 1:
        return _leaf_file(*sources[0], wanted, system, tolerant=tolerant)
    if len(sources) == len(wanted):
        return _file_per_level(sources, wanted, system)
    raise unreadable(
        sources[0][0], "levels", f"there are columns for {len(wanted)} levels, but {len(sources)} files or layers"
    )


def _file_per_level(
    sources: Sequence[tuple[Path, RawTable]], wanted: Sequence[LevelColumns], system: str | pyproj.CRS | None
) -> list[gpd.GeoDataFrame]:
    read: list[gpd.GeoDataFrame] = []
    above: str | None = None
    for level, ((path, table), asked) in enumerate(zip(sources, wanted, strict=True), start=1):
        _refuse_bare(path, table)
        found = find_columns(path, _present(table, [asked]), asked, above, has_parent=bool(read))
        texts = TextColumns(path, table)
        roles = {"code": found.code, "name": found.name, "parent": found.parent}
        data: dict[str, list[Any]] = {role: texts.of(at, role) for role, at in roles.items() if at is not None}
        if found.population is not None:
            data["population"] = table.values(found.population)
        frame = _frame(data, table)
        findings = [*_findings(table, data["code"], level, system), *texts.findings(level)]
        read.append(with_findings(_in_degrees(frame, table, system, path), findings))
        above = found.code
    return read


def _leaf_file(
    path: Path, table: RawTable, wanted: Sequence[LevelColumns], system: str | pyproj.CRS | None, *, tolerant: bool
) -> list[gpd.GeoDataFrame]:
    _refuse_bare(path, table)
    present = _present(table, wanted)
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
    texts = TextColumns(path, table)
    columns: dict[str, list[Any]] = {}
    for level_found in found:
        for role, column in (("code", level_found.code), ("name", level_found.name), ("parent", level_found.parent)):
            if column is not None and column not in columns:
                columns[column] = texts.of(column, role)
        if level_found.population is not None:
            columns.setdefault(level_found.population, table.values(level_found.population))
    frame = _in_degrees(_frame(columns, table), table, system, path)
    layers = dissolved(frame, found, tolerant=tolerant)
    findings = [*_findings(table, columns[found[-1].code], len(found), system), *texts.findings(len(found))]
    return [*layers[:-1], with_findings(layers[-1], findings)]


def _sources(paths: list[Path], layers: Sequence[str] | None, encoding: str | None) -> list[tuple[Path, RawTable]]:
    """Path and table of each level."""
    if not paths:
        raise GridsUnreadable("no grid file was given", path=None, reason="not_found")
    if len(paths) > 1 and layers is not None and len(layers) != len(paths):
        raise unreadable(paths[0], "layers", f"{len(layers)} layers are named for {len(paths)} files")
    kinds = [checked_format(path) for path in paths]
    if encoding is not None and not {"GeoJSON", "Shapefile"} & set(kinds):
        raise unreadable(paths[0], "encoding", f"the text of {kinds[0]} is always UTF-8: leave out the encoding")
    opened = [_opened(path, kind, encoding) for path, kind in zip(paths, kinds, strict=True)]
    if len(paths) > 1 and layers is None:
        return [(path, _only_layer(path, known)) for path, known in zip(paths, opened, strict=True)]
    if layers is not None:
        several = opened if len(paths) > 1 else opened * len(layers)
        at = paths if len(paths) > 1 else paths * len(layers)
        return [
            (path, _known_layer(path, known, layer)) for path, known, layer in zip(at, several, layers, strict=True)
        ]
    return [(paths[0], table) for table in _by_count(paths[0], opened[0])]


def _opened(path: Path, kind: Format, encoding: str | None) -> Layers:
    if kind == "GeoJSON":
        return json_layers(path, encoding)
    if kind == "Shapefile":
        return shapefile_layers(path, encoding)
    return geopackage_layers(path) if kind == "GeoPackage" else parquet_layers(path)


def _by_count(path: Path, layers: Layers) -> list[RawTable]:
    tables = {name: read() for name, read in layers.items()}
    counts = {name: len(table.rows) for name, table in tables.items()}
    empty = [name for name, count in counts.items() if not count]
    if empty and len(tables) > 1:
        raise unreadable(
            path, "layers",
            f"its layer {', '.join(map(repr, empty))} has no grids in it: name the layers to be read with --layer, "
            f"coarsest first, of: {', '.join(tables)}", layers=list(tables),
        )  # fmt: skip
    if len(set(counts.values())) < len(tables):
        raise unreadable(
            path, "layers",
            "two of its layers have equally many grids, so their order is not plain: name the layers, coarsest first, "
            f"of: {', '.join(tables)}", layers=list(tables),
        )  # fmt: skip
    return [tables[name] for name in sorted(tables, key=lambda name: counts[name])]


def _only_layer(path: Path, layers: Layers) -> RawTable:
    if len(layers) != 1:
        names = ", ".join(layers)
        raise unreadable(path, "layers", f"it has several layers: name one, of {names}", layers=list(layers))
    return next(iter(layers.values()))()


def _known_layer(path: Path, layers: Layers, layer: str) -> RawTable:
    if list(layers) == [""]:
        raise unreadable(path, "layers", f"it has no layers, so none named {layer!r}: give it without --layer")
    if layer not in layers:
        names = ", ".join(layers)
        raise unreadable(path, "layers", f"it has no layer {layer!r}; it has {names}", layers=list(layers))
    table = layers[layer]()
    if not len(table.rows):
        raise unreadable(path, "no_features", f"its layer {layer!r} has no grids in it")
    return table


def _refuse_bare(path: Path, table: RawTable) -> None:
    if not len(table.rows):
        raise unreadable(path, "no_features", "it has no grids in it")
    if not table.problems and shapely.is_missing(table.shapes).all():
        raise unreadable(path, "no_geometry", "its rows have no geometry")


def _present(table: RawTable, wanted: Sequence[LevelColumns]) -> list[str]:
    """The columns of a table, and those within objects that were named."""
    names = table.columns()
    said = [name for level in wanted for name in (level.code, level.name, level.parent, level.population) if name]
    return list(dict.fromkeys([*names, *(name for name in said if name not in names and table.leads_to(name))]))


def _frame(columns: Mapping[str, Sequence[Any]], table: RawTable) -> gpd.GeoDataFrame:
    # As objects: nothing turns None, or a number, into anything else.
    data = {name: pd.Series(list(values), dtype=object) for name, values in columns.items()}
    return gpd.GeoDataFrame(data, geometry=table.shapes, crs=table.crs)


def _findings(
    table: RawTable, codes: Sequence[str | None], level: int, system: str | pyproj.CRS | None
) -> list[Finding]:
    """What the reading found, by the codes of the grids."""
    found = [Finding(remark.severity, remark.kind, level, (), None, remark.message) for remark in table.remarks]
    if system is None and table.crs is None and not table.unknown_crs and fits_degrees(table.shapes):
        told = "it names no coordinate system: its degrees are taken as WGS 84"
        found.append(Finding("note", "coordinate_system", level, (), None, told))
    for row, why in table.problems.items():
        code = codes[row] or f"row {row}"
        message = f"{code} has a geometry that cannot be read: {why}"
        found.append(Finding("error", "unreadable_geometry", level, (code,), None, message))
    return found


def _in_degrees(
    layer: gpd.GeoDataFrame, table: RawTable, system: str | pyproj.CRS | None, path: Path
) -> gpd.GeoDataFrame:
    """The layer with its geometry in WGS 84, where the caller named the system of its coordinates."""
    if system is None:
        if table.unknown_crs:
            raise unreadable(
                path, "coordinate_system",
                f"it names a coordinate system that is not known, {table.unknown_crs!r}: give the right one with "
                "--coordinate-system, such as wgs84, gcj02 or EPSG:4528", said=table.unknown_crs,
            )  # fmt: skip
        return layer
    if isinstance(system, pyproj.CRS):
        shapes = layer.geometry.to_numpy()
        if system.is_geographic and not fits_degrees(shapes):
            raise unreadable(
                path, "coordinate_system", f"its coordinates are no degrees, as {system.to_string()} has them"
            )
        return layer.set_crs(system, allow_override=True)
    # Degrees are degrees, whatever projection the file names: that is why the caller says it.
    given = layer.crs is None or layer.crs.is_geographic or fits_degrees(layer.geometry.to_numpy())
    geographic = layer if given else layer.to_crs(WGS84)
    shapes = geographic.geometry.to_numpy()
    if not fits_degrees(shapes):
        raise unreadable(path, "coordinate_system", f"its coordinates are no degrees, as {system} has them")

    def convert(xy: np.ndarray) -> np.ndarray:
        return np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], source=system))

    converted = shapely.transform(shapes, convert)
    return geographic.set_geometry(gpd.GeoSeries(converted, index=layer.index), crs=None).set_crs(
        WGS84, allow_override=True
    )
