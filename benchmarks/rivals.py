"""Other ways to place points on leaves, each from two float arrays to leaf ordinals; leaves are made ready beforehand.

Each is a context: entering prepares the leaves and gives the function that places points. A rival that is not installed
raises `RivalMissing`.
"""

import importlib
import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Place = Callable[[Floats, Floats], NDArray[np.int32]]


class RivalMissing(Exception):
    """The rival is not installed here."""


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise RivalMissing(f"{name} is not installed") from error


def _ordinals(count: int, point: Any, leaf: Any) -> NDArray[np.int32]:
    out = np.full(count, -1, dtype=np.int32)
    out[np.asarray(point)] = np.asarray(leaf)
    return out


def _leaf_table(leaves: gpd.GeoDataFrame) -> pa.Table:
    wkb = shapely.to_wkb(leaves.geometry.to_numpy())
    return pa.table({"leaf": np.arange(len(leaves), dtype=np.int32), "wkb": pa.array(wkb.tolist(), pa.binary())})


def _point_table(lon: Floats, lat: Floats) -> pa.Table:
    return pa.table({"point": np.arange(len(lon), dtype=np.int32), "lon": lon, "lat": lat})


@contextmanager
def sedonadb(leaves: gpd.GeoDataFrame) -> Iterator[Place]:
    """SedonaDB: join by ST_Within, the leaves held in memory as geometry."""
    connection = _module("sedonadb").connect()
    connection.create_data_frame(_leaf_table(leaves)).to_view("wkb_leaves")
    connection.sql("SELECT leaf, ST_GeomFromWKB(wkb) AS geometry FROM wkb_leaves").to_memtable().to_view("leaves")

    def place(lon: Floats, lat: Floats) -> NDArray[np.int32]:
        connection.create_data_frame(_point_table(lon, lat)).to_view("points", overwrite=True)
        found = connection.sql(
            "SELECT points.point, leaves.leaf FROM points JOIN leaves"
            " ON ST_Within(ST_Point(points.lon, points.lat), leaves.geometry)"
        ).to_arrow_table()
        return _ordinals(len(lon), found["point"], found["leaf"])

    yield place


@contextmanager
def geopandas(leaves: gpd.GeoDataFrame) -> Iterator[Place]:
    """GeoPandas: sjoin, predicate within."""
    polygons = gpd.GeoDataFrame(geometry=leaves.geometry.to_numpy(), crs="EPSG:4326")
    polygons.sindex.query(shapely.points(0.0, 0.0))

    def place(lon: Floats, lat: Floats) -> NDArray[np.int32]:
        points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs="EPSG:4326")
        found = gpd.sjoin(points, polygons, predicate="within")
        return _ordinals(len(lon), found.index, found["index_right"])

    yield place


@contextmanager
def duckdb(leaves: gpd.GeoDataFrame) -> Iterator[Place]:
    """DuckDB with its spatial extension, as published on PyPI: join by ST_Within."""
    folder = Path(_module("duckdb_extension_spatial").__file__).parent
    connection = _module("duckdb").connect()
    extension = next(iter(folder.rglob("*.duckdb_extension")))
    connection.execute(f"LOAD '{extension}'")
    connection.register("wkb_leaves", _leaf_table(leaves))
    connection.execute("CREATE TABLE leaves AS SELECT leaf, ST_GeomFromWKB(wkb) AS geometry FROM wkb_leaves")

    def place(lon: Floats, lat: Floats) -> NDArray[np.int32]:
        connection.register("points", _point_table(lon, lat))
        found = connection.execute(
            "SELECT points.point, leaves.leaf FROM points JOIN leaves"
            " ON ST_Within(ST_Point(points.lon, points.lat), leaves.geometry)"
        ).fetchnumpy()
        return _ordinals(len(lon), found["point"], found["leaf"])

    try:
        yield place
    finally:
        connection.close()


def _postgis_programs() -> Path:
    """Programs of the distribution's newest PostgreSQL that has PostGIS."""
    controls = Path("/usr/share/postgresql").glob("*/extension/postgis.control")
    versions = [int(control.parts[-3]) for control in controls]
    if not versions:
        raise RivalMissing("PostgreSQL with PostGIS is not installed (apt install postgresql postgis)")
    return Path("/usr/lib/postgresql", str(max(versions)), "bin")


@contextmanager
def postgis(leaves: gpd.GeoDataFrame) -> Iterator[Place]:
    """PostGIS on a server of its own: join by ST_Covers, GiST index on the leaves.

    In its favour, the points are in the server before the clock starts (at the first run, which warms up); what is
    measured is the join and the way of its result back.
    """
    psycopg2 = _module("psycopg2")
    from data.store.embedded import postmaster
    from data.store.embedded.embedded import EmbeddedServer

    programs = _postgis_programs()
    home = Path(tempfile.mkdtemp(prefix="grid-bench-", dir="/tmp"))  # the server's user must reach it
    home.chmod(0o755)
    options = {"shared_buffers": "512MB", "work_mem": "256MB", "fsync": "off", "jit": "off"}
    server = EmbeddedServer.open(home, {**options, "max_parallel_workers_per_gather": str(os.cpu_count())}, programs)
    connection = psycopg2.connect(server.cluster.url("postgres"))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            _load_leaves(cursor, leaves)
            yield _postgis_place(cursor)
    finally:
        connection.close()
        postmaster.stop(server.cluster.data)
        server.close()
        shutil.rmtree(home)


def _load_leaves(cursor: Any, leaves: gpd.GeoDataFrame) -> None:
    cursor.execute("CREATE EXTENSION postgis; CREATE TABLE leaves (leaf int, geometry geometry(Geometry, 4326))")
    rows = zip(
        range(len(leaves)), shapely.to_wkb(leaves.geometry.to_numpy(), hex=True, include_srid=False), strict=True
    )
    text = "".join(f"{leaf}\tSRID=4326;{wkb}\n" for leaf, wkb in rows)
    cursor.copy_expert("COPY leaves FROM STDIN", io.StringIO(text))
    cursor.execute("CREATE INDEX ON leaves USING gist (geometry); ANALYZE leaves")


def _postgis_place(cursor: Any) -> Place:
    loaded: list[int] = []

    def place(lon: Floats, lat: Floats) -> NDArray[np.int32]:
        if loaded != [id(lon), id(lat)]:
            cursor.execute("DROP TABLE IF EXISTS points; CREATE TABLE points (point int, lon float8, lat float8)")
            text = "".join(
                f"{at}\t{x!r}\t{y!r}\n" for at, (x, y) in enumerate(zip(lon.tolist(), lat.tolist(), strict=True))
            )
            cursor.copy_expert("COPY points FROM STDIN", io.StringIO(text))
            cursor.execute(
                "ALTER TABLE points ADD geometry geometry(Point, 4326);"
                "UPDATE points SET geometry = ST_SetSRID(ST_MakePoint(lon, lat), 4326)"
            )
            cursor.execute("VACUUM ANALYZE points")
            loaded[:] = [id(lon), id(lat)]
        out = io.BytesIO()
        cursor.copy_expert(
            "COPY (SELECT point, leaf FROM points JOIN leaves ON ST_Covers(leaves.geometry, points.geometry))"
            " TO STDOUT (FORMAT csv)",
            out,
        )
        found = np.fromstring(out.getvalue().replace(b"\n", b","), dtype=np.int64, sep=",").reshape(-1, 2)
        return _ordinals(len(lon), found[:, 0], found[:, 1])

    return place


RIVALS: dict[str, Callable[[gpd.GeoDataFrame], Any]] = {
    "SedonaDB ST_Within": sedonadb,
    "geopandas.sjoin": geopandas,
    "DuckDB spatial ST_Within": duckdb,
    "PostGIS ST_Covers": postgis,
}
