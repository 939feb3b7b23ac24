"""``import-cameras``: put a list of cameras into force, from a CSV file; all of it or nothing."""

import argparse
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, get_args
from urllib.parse import urlsplit

from data.city.cameras import Camera, read_cameras, save_cameras
from data.digits import decimal_number
from data.errors import FeedUnreadable, RegisterInvalid
from data.feeds.csv_file import CsvFile
from data.settings import Settings
from data.store.connection import Store
from data.words import CoordinateSystem
from geo.errors import CoordinatesInvalid

COLUMNS: Final = ("code", "name", "lon", "lat", "coordinate_system", "stream")
SCHEMES: Final = ("rtsp", "rtsps", "rtmp", "rtmps", "http", "https", "ws", "wss")
MAX_TEXT_CHARS: Final = 500
# Of the lines that are wrong, so many are told.
_TOLD: Final = 20


def import_file(options: argparse.Namespace, settings: Settings) -> int:
    """Check a file of cameras and put it into force in place of the list before."""
    cameras = read_cameras_csv(options.file)
    if not cameras and not options.none:
        raise FeedUnreadable(
            f"{options.file} has no cameras below its header: nothing was changed. Give --none to remove all of them",
            file=str(options.file), reason="no_rows",
        )  # fmt: skip
    with Store.open(settings, migrate=True) as store:
        changes = save_cameras(store, cameras, datetime.now(settings.zone))
        count = len(read_cameras(store))
    told = f"{changes.added} new, {changes.changed} changed, {changes.removed} no longer there"
    print(f"{count} cameras are in force: {told}.")
    return 0


def read_cameras_csv(path: Path) -> list[Camera]:
    """Read a file of cameras: the columns of `COLUMNS` in any order, others passed over; UTF-8 or GB18030.

    `coordinate_system` may be empty and means WGS 84 then.

    Raises
    ------
    FeedUnreadable
        The file is not there, empty, no CSV, or lacks a column.
    RegisterInvalid
        A line is wrong; `values` has `file`, `line`, `field`, `value` and `reason` of the first, all in `findings`.
    """
    found: dict[str, tuple[int, Camera]] = {}
    wrong: list[_Wrong] = []
    with CsvFile(path) as file:
        file.require(COLUMNS)
        at = {name: file.header.index(name) for name in COLUMNS}
        for record in file.records():
            try:
                if record.problem:
                    raise _Wrong("", record.raw[:80], record.problem)
                cells = {name: record.cells[place].strip() for name, place in at.items()}
                if not any(cells.values()):
                    continue
                camera = _camera(cells)
                if camera.code in found:
                    raise _Wrong("code", camera.code, f"stands on line {found[camera.code][0]} already")
                found[camera.code] = record.line, camera
            except _Wrong as error:
                error.line = record.line
                wrong.append(error)
    if wrong:
        raise _invalid(path, wrong)
    return [camera for _, camera in found.values()]


class _Wrong(ValueError):
    """A cell cannot be what it must be."""

    def __init__(self, name: str, value: str, reason: str) -> None:
        super().__init__(reason)
        self.name, self.value, self.reason, self.line = name, value, reason, 0

    def __str__(self) -> str:
        shown = f" {self.value[:80]!r}" if self.value else ""
        return " ".join(part for part in (f"line {self.line}:", self.name + shown, self.reason) if part)


def _invalid(path: Path, wrong: list[_Wrong]) -> RegisterInvalid:
    first = wrong[0]
    told = [str(one) for one in wrong[:_TOLD]]
    more = [f"... and {len(wrong) - _TOLD} more lines"] if len(wrong) > _TOLD else []
    return RegisterInvalid(
        f"{path}: nothing was imported. " + "; ".join([*told, *more]),
        file=str(path), line=first.line, field=first.name, value=first.value, reason=first.reason,
        findings=[str(one) for one in wrong],
    )  # fmt: skip


def _camera(cells: Mapping[str, str]) -> Camera:
    for name in ("code", "name"):
        _check_text(name, cells[name])
    system = cells["coordinate_system"] or "wgs84"
    known = get_args(CoordinateSystem)
    if system not in known:
        raise _Wrong("coordinate_system", system, f"must be one of {', '.join(known)}")
    lon, lat = (_degrees(name, cells[name]) for name in ("lon", "lat"))
    _check_address(cells["stream"])
    chosen: CoordinateSystem = next(one for one in known if one == system)
    try:
        return Camera.at(cells["code"], cells["name"], lon, lat, chosen, cells["stream"])
    except CoordinatesInvalid as error:
        raise _Wrong("lon, lat", f"{lon}, {lat}", error.message) from error


def _check_text(name: str, value: str) -> None:
    if not value:
        raise _Wrong(name, value, "is missing")
    if len(value) > MAX_TEXT_CHARS:
        raise _Wrong(name, value, f"is longer than {MAX_TEXT_CHARS} characters")
    if any(unicodedata.category(letter) == "Cc" for letter in value):
        raise _Wrong(name, value, "holds a control character")


def _degrees(name: str, value: str) -> float:
    try:
        return decimal_number(value)
    except ValueError:
        raise _Wrong(name, value, "is no number: give degrees such as 120.2853") from None


def _check_address(value: str) -> None:
    """Everyone who sees the map sees the address: what opens the camera must not stand in it."""
    _check_text("stream", value)
    try:
        address = urlsplit(value)
        secret, host = address.username is not None or address.password is not None, address.hostname
    except ValueError as error:
        raise _Wrong("stream", value, f"is no address: {error}") from None
    if address.scheme not in SCHEMES:
        raise _Wrong("stream", value, f"must begin with one of {', '.join(SCHEMES)} and ://")
    if secret:
        raise _Wrong("stream", f"{address.scheme}://…@{host}", "holds a user name or password: leave them out")
    if not host:
        raise _Wrong("stream", value, "names no host")


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command to the command line."""
    one = commands.add_parser("import-cameras", help="put a CSV list of cameras into force")
    one.add_argument("file", type=Path, help=f"columns {', '.join(COLUMNS)}")
    one.add_argument("--none", action="store_true", help="take a file without rows, which removes all cameras")
    one.set_defaults(command=import_file)
