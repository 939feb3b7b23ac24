"""What `GRID_BASEMAP` says: one address of tiles or several, or the path of a file."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from dashboard.map.basemap.file import SETTING, unusable
from dashboard.map.basemap.tile import Tile
from data.errors import SettingInvalid
from data.settings import Settings

_ASKED: Final = re.compile(r"\{([^{}]*)\}")
_KNOWN: Final = frozenset({"z", "x", "y", "-y", "key"})


@dataclass(frozen=True, slots=True)
class TileAddress:
    """An address with places for the numbers of a tile.

    Attributes
    ----------
    template
        With ``{z}``, ``{x}`` and ``{y}`` (or ``{-y}``, rows counted from the south), and ``{key}`` where one is wanted.
    """

    template: str

    @property
    def shown(self) -> str:
        """What may be said of it in a log or an error: nothing that could hold a key or a password."""
        parts = urlsplit(self.template)
        return f"{parts.scheme}://{parts.hostname or ''}"

    def of(self, tile: Tile, key: str) -> str:
        """The address of a tile."""
        values = {"z": tile.z, "x": tile.x, "y": tile.y, "-y": tile.from_south, "key": key}
        return _ASKED.sub(lambda found: str(values[found[1]]), self.template)


def parse(settings: Settings) -> tuple[TileAddress, ...] | Path | None:
    """Read the setting; None where no basemap is set.

    Raises
    ------
    SettingInvalid
        It is neither a file that is there nor addresses of tiles; nothing of an address but its host is in the message.
    """
    said = settings.basemap
    if said is None:
        return None
    if "://" not in said:
        path = Path(said).expanduser()
        if path.suffix.lower() not in (".mbtiles", ".pmtiles"):
            raise unusable(
                path, "give the address of tiles with {z}, {x} and {y}, or the path of a file .mbtiles or .pmtiles"
            )
        if not path.is_file():
            raise unusable(path, "there is no such file")
        return path
    return tuple(_address(one, settings) for one in said.split())


def _address(text: str, settings: Settings) -> TileAddress:
    address = TileAddress(text)
    asked = set(_ASKED.findall(text))
    reason = None
    try:
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            reason = "an address begins with https:// or http:// and a host"
    except ValueError:
        raise _invalid("(unreadable)", "it is no address") from None
    if unknown := asked - _KNOWN:
        reason = f"it asks for {{{min(unknown)}}}, but only {{z}}, {{x}}, {{y}}, {{-y}} and {{key}} are filled in"
    elif not {"z", "x"} <= asked or not {"y", "-y"} & asked:
        reason = "it must hold {z}, {x} and {y}"
    elif "key" in asked and not settings.basemap_key:
        reason = "it asks for {key}: put the key into GRID_BASEMAP_KEY"
    if reason:
        raise _invalid(address.shown, reason)
    return address


def _invalid(shown: str, reason: str) -> SettingInvalid:
    return SettingInvalid(f"{SETTING}, the address at {shown}: {reason}", name=SETTING, value=shown)
