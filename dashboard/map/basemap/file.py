"""What there is to know of a file of tiles before one is asked for."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from dashboard.map.basemap.tile import TileSource
from data.errors import SettingInvalid

SETTING: Final = "GRID_BASEMAP"
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a file says of itself; attributes as of `layers.basemap.Basemap`."""

    zooms: tuple[int, int]
    bounds: Bounds | None = None
    tile_px: int = 256
    attribution: str = ""


class TileFile(TileSource, Protocol):
    """A source of tiles that also says what it holds."""

    @property
    def facts(self) -> FileFacts:
        """What it says of itself."""
        ...


def unusable(path: Path, reason: str) -> SettingInvalid:
    """The error of a file that cannot be the basemap."""
    return SettingInvalid(f"{SETTING} is {str(path)!r}: {reason}", name=SETTING, value=str(path))


def not_pictures(path: Path, kind: str) -> SettingInvalid:
    """The error of a file whose tiles are no pictures."""
    return unusable(
        path,
        f"its tiles are {kind}, not pictures: give a file of PNG, JPEG or WebP tiles, such as the tool 'Generate XYZ "
        "tiles (MBTiles)' of QGIS makes of any map, also of this one",
    )


def plain_text(told: str) -> str:
    """What a file says of its makers, which often is HTML, as text."""
    return " ".join(html.unescape(re.sub(r"<[^<>]*>", " ", told)).split())


def bounds_of(numbers: Sequence[float]) -> Bounds | None:
    """Bounds as a map can take them; None where these are none."""
    if len(numbers) != 4:
        return None
    west, south, east, north = numbers
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        return None
    return west, south, east, north
