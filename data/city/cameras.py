"""The register of cameras: each import is the whole list; what was in force before stays known."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Final

from data.store.driver import execute_values, sql
from data.store.openers import System
from geo.crs import to_wgs84

if TYPE_CHECKING:
    from data.store.connection import Store
    from data.words import CoordinateSystem

_PAGE_ROWS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Camera:
    """One camera.

    Attributes
    ----------
    code
        Unique in the register.
    lon, lat
        WGS 84 degrees.
    original_lon, original_lat, coordinate_system
        As the register gave them.
    stream
        Address of its stream; never opened by this program.
    """

    code: str
    name: str
    lon: float
    lat: float
    original_lon: float
    original_lat: float
    coordinate_system: "CoordinateSystem"
    stream: str

    @classmethod
    def at(
        cls, code: str, name: str, lon: float, lat: float, coordinate_system: "CoordinateSystem", stream: str
    ) -> "Camera":
        """A camera by its coordinates in the system named.

        Raises
        ------
        CoordinatesInvalid
            They lie outside what that system covers.
        """
        x, y = to_wgs84(lon, lat, source=coordinate_system)
        return cls(code, name, float(x), float(y), lon, lat, coordinate_system, stream)


_COLUMNS: Final = tuple(one.name for one in fields(Camera))
_NAMES: Final = sql.SQL(", ").join(map(sql.Identifier, _COLUMNS))


@dataclass(frozen=True, slots=True)
class CameraChanges:
    """What an import changed, as numbers of cameras."""

    added: int
    changed: int
    removed: int


def save_cameras(store: "Store", cameras: Sequence[Camera], now: datetime) -> CameraChanges:
    """Put a list of cameras into force, whole or not at all; those it does not have are in force no more.

    Parameters
    ----------
    cameras
        Codes must be unique.
    now
        Aware: from then on.
    """
    with store.transaction(System("cameras")) as cursor:
        # One import at a time: two at once would not know of each other's rows.
        cursor.execute("LOCK TABLE camera IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(sql.SQL("SELECT {} FROM camera WHERE until IS NULL").format(_NAMES))
        before = {row[0]: Camera(*row) for row in cursor.fetchall()}
        after = {camera.code: camera for camera in cameras}
        ended = [code for code, camera in before.items() if after.get(code) != camera]
        begun = [camera for code, camera in after.items() if before.get(code) != camera]
        # Of two imports at one moment only the later one was ever in force.
        cursor.execute("DELETE FROM camera WHERE until IS NULL AND since >= %s AND code = ANY(%s)", (now, ended))
        cursor.execute("UPDATE camera SET until = %s WHERE until IS NULL AND code = ANY(%s)", (now, ended))
        insert = sql.SQL("INSERT INTO camera ({}, since) VALUES %s").format(_NAMES)
        rows = [(*astuple(camera), now) for camera in begun]
        if rows:
            execute_values(cursor, insert.as_string(cursor), rows, page_size=_PAGE_ROWS)
    added = sum(camera.code not in before for camera in begun)
    return CameraChanges(added, len(begun) - added, sum(code not in after for code in ended))


def read_cameras(store: "Store", moment: datetime | None = None) -> list[Camera]:
    """The cameras in force at a moment, by code; None is now."""
    with store.transaction(System("cameras")) as cursor:
        if moment is None:
            cursor.execute(sql.SQL("SELECT {} FROM camera WHERE until IS NULL ORDER BY code").format(_NAMES))
        else:
            cursor.execute(
                sql.SQL(
                    "SELECT {} FROM camera WHERE since <= %s AND (until IS NULL OR until > %s) ORDER BY code"
                ).format(_NAMES),
                (moment, moment),
            )
        return [Camera(*row) for row in cursor.fetchall()]
