"""What several commands share: options of grid files, and the city as the store has it."""

import argparse
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import NoReturn

import geopandas as gpd
from tqdm import tqdm

from dashboard.center.making import clocks_of, desk_on, index_of
from data.city.editions import Edition
from data.digits import decimal_number, whole_number
from data.incidents.desk import IncidentDesk
from data.settings import Settings
from data.store.connection import Store
from data.utc import finer_than_kept
from geo.crs import SYSTEMS
from geo.crs_names import named_system
from geo.errors import CoordinateSystemUnknown
from geo.index import GridIndex
from geo.readers import LevelColumns, read_layers


def add_reading_options(command: argparse.ArgumentParser) -> None:
    """Add the options that say how grid files are read."""
    command.add_argument("files", nargs="+", type=Path, help="a file for each level, coarsest first; or one file")
    command.add_argument(
        "--columns",
        action="append",
        metavar="code=…,name=…,parent=…",
        help="columns of a level, once for each level, coarsest first; guessed if plain",
    )
    command.add_argument(
        "--layer",
        action="append",
        help="layer of a GeoPackage or object of TopoJSON, once for each level, coarsest first",
    )
    add_system_option(command)
    command.add_argument("--encoding", help="of a Shapefile's attribute table or of JSON text, such as gb18030")


def add_system_option(command: argparse.ArgumentParser) -> None:
    """Add the option that names the coordinate system of files."""
    command.add_argument(
        "--coordinate-system",
        type=coordinate_system,
        metavar="SYSTEM",
        help=f"of the files, where they do not say it right: {', '.join(SYSTEMS)}, or an EPSG code such as EPSG:4528",
    )


def coordinate_system(text: str) -> str:
    """The text of an option that names a coordinate system."""
    try:
        named_system(text)
    except CoordinateSystemUnknown as error:
        raise argparse.ArgumentTypeError(error.message) from error
    return text.strip()


def whole(text: str) -> int:
    """The text of an option that is a whole number."""
    try:
        return whole_number(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number: give one in plain digits, such as 2") from error


def least(text: str) -> float:
    """The text of an option that is a limit: a number from 0 on."""
    try:
        number = decimal_number(text)
    except ValueError:
        number = -1.0
    if not 0.0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no limit: give a number from 0 on, such as 100")
    return number


def day(text: str) -> date:
    """The text of an option that names a day."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no day of the calendar: give one as YYYY-MM-DD, such as 2026-02-28"
        ) from error


def moment(text: str) -> datetime:
    """The text of an option that names a moment."""
    finer = finer_than_kept(text)
    if finer:
        raise argparse.ArgumentTypeError(f"{text!r} {finer}")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time: give one in ISO 8601, such as 2026-02-28 or 2026-02-28T16:00+08:00"
        ) from error


def read(options: argparse.Namespace, *, coordinate_system: str | None) -> list[gpd.GeoDataFrame]:
    """Read the grid files that the options name."""
    columns = [LevelColumns.parse(text) for text in options.columns] if options.columns else None
    return read_layers(
        options.files,
        columns,
        layers=options.layer,
        coordinate_system=coordinate_system,
        encoding=options.encoding,
        tolerant=True,
    )


def desk_of(store: Store, edition: Edition, settings: Settings) -> tuple[IncidentDesk, GridIndex]:
    """The desk on an edition, and the index it places with."""
    index = index_of(edition.system, settings)
    return desk_on(store, edition, index, clocks_of(settings), settings), index


def advance(bar: "tqdm[NoReturn]") -> Callable[[int], None]:
    """A progress callback that moves the bar."""

    def step(count: int) -> None:
        bar.update(count)

    return step
