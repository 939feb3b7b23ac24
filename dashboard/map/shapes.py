"""The documents that describe an edition's grids: made on first use, kept in memory and on disk."""

import gzip
import hashlib
import json
import logging
import secrets
import threading
import zlib
from pathlib import Path
from typing import Any

import geo
from dashboard.center.made_once import MadeOnce
from dashboard.center.making import CACHE
from dashboard.center.services import Services
from dashboard.map.cached import Cached
from data.city.editions import Edition
from data.private_files import open_private, private_folder
from geo.display import display_geojson, label_points

log = logging.getLogger(__name__)

JSON = "application/json"
GEOJSON = "application/geo+json"
_DECIMALS = 6


class Shapes:
    """List and geometry of the grids of one edition.

    Parameters
    ----------
    edition
        Whose grids.
    folder
        Where geometry is kept for the next start; what lies there of other editions is left alone.
    """

    def __init__(self, edition: Edition, folder: Path) -> None:
        self._edition = edition
        self._folder = folder
        self._made: dict[tuple[str, int | None, int], Cached] = {}
        self._making = threading.Lock()

    def grids(self, level: int | None) -> Cached:
        """Return the list of the grids of a level, or of all (None), in depth-first order; the level must exist."""
        return self._once("grids", level)

    def geometry(self, level: int, detail: int = 1) -> Cached:
        """Return the shapes of a level as GeoJSON for the screen; level and detail (`DETAILS`) must exist."""
        return self._once("geometry", level, detail)

    def _once(self, kind: str, level: int | None, detail: int = 0) -> Cached:
        # One at a time: ten screens that start together shall not simplify the same shapes ten times.
        with self._making:
            if (kind, level, detail) not in self._made:
                made = self._listed(level) if kind == "grids" or level is None else self._stored(level, detail)
                self._made[kind, level, detail] = made
            return self._made[kind, level, detail]

    def _listed(self, level: int | None) -> Cached:
        system = self._edition.system
        levels = range(1, system.depth + 1) if level is None else (level,)
        document = {
            "edition": self._edition.name,
            "city": self._edition.city,
            "demo": self._edition.demo,
            "level": level,
            "depth": system.depth,
            "level_names": list(self._edition.level_names),
            "grids": [entry for each in levels for entry in grid_entries(self._edition, each)],
        }
        return Cached.of(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(), JSON)

    def _stored(self, level: int, detail: int) -> Cached:
        mark = f"{self._edition.system.checksum[:16]}-{_display_mark()}"
        path = self._folder / f"geometry-{mark}-{level}-{detail}.json.gz"
        kept = _read_whole(path)
        if kept is not None:
            return Cached(kept, GEOJSON)
        made = Cached.of(display_geojson(self._edition.system, level, detail=detail), GEOJSON)
        _keep(path, made.compressed)
        return made


def grid_entries(edition: Edition, level: int) -> list[dict[str, Any]]:
    """Describe the grids of a level, in depth-first order."""
    layer = edition.system.levels[level - 1]
    bounds = layer.geometry.bounds.round(_DECIMALS).to_numpy().tolist()
    labels = zip(*label_points(edition.system, level), strict=True)
    return [
        {
            "id": f"{level}:{row.code}",
            "code": row.code,
            "name": row.name,
            "level": level,
            "parent": None if level == 1 else f"{level - 1}:{row.parent}",
            "ordinal": ordinal,
            "lo": int(row.lo),
            "hi": int(row.hi),
            "area_m2": round(float(row.area_m2), 1),
            "bbox": box,
            "label": [round(float(part), _DECIMALS) for part in label],
        }
        for ordinal, (row, box, label) in enumerate(zip(layer.itertuples(index=False), bounds, labels, strict=True))
    ]


def _display_mark() -> str:
    """Change with the code that simplifies, so that its old results are not used."""
    digest = hashlib.sha256()
    for path in sorted(Path(geo.__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


def _read_whole(path: Path) -> bytes | None:
    """Read a kept document; None where there is none, or only a part of one."""
    try:
        compressed = path.read_bytes()
        # Reading is the test; an empty file reads as an empty document, which no document is.
        whole = bool(gzip.decompress(compressed))
    except FileNotFoundError:
        return None
    except (OSError, EOFError, zlib.error) as error:
        log.warning("%s cannot be used and is made anew: %s", path, error)
        return None
    return compressed if whole else None


def _keep(path: Path, compressed: bytes) -> None:
    """Write whole or not at all; a disk that is full or read-only costs only the next start some time."""
    unfinished = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        private_folder(path.parent)
        with open_private(unfinished) as file:
            file.write(compressed)
        unfinished.replace(path)
    except OSError as error:
        log.warning("%s cannot be kept: %s", path, error)
        unfinished.unlink(missing_ok=True)


_shapes = MadeOnce(lambda services: Shapes(services.edition, services.settings.home / CACHE))


def shapes_of(services: Services) -> Shapes:
    """List and geometry of the grids in force; made once.

    Raises
    ------
    NoEdition
        There is no grid system yet.
    """
    return _shapes.of(services)
