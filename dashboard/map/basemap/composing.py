"""Several maps as one: each moved to where it belongs, one laid over the other."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from PIL import Image

from dashboard.map.basemap.pictures import decoded, encoded, laid_over
from dashboard.map.basemap.shifting import corners_px, is_unseen, moved
from dashboard.map.basemap.tile import Tile, TileSource

_TILE_PX: Final = 256


class ComposedTiles:
    """Sources over each other, the first at the bottom, in WGS 84.

    A tile of a single source that lies where it belongs is handed on as it is.

    Parameters
    ----------
    sources
        At least one.
    system
        The coordinate system they are drawn in, as of `geo.crs`.
    tile_px
        Pixels along the side of their tiles; others are brought to that size.
    """

    def __init__(self, sources: Sequence[TileSource], system: str, tile_px: int = _TILE_PX) -> None:
        self._sources = sources
        self._system = system
        self._tile_px = tile_px

    def read(self, tile: Tile) -> bytes | None:
        """As of `TileSource`; unavailable where one of the sources is."""
        corners = corners_px(tile, self._system, self._tile_px)
        in_place = is_unseen(tile, corners, self._tile_px)
        if in_place and len(self._sources) == 1:
            return self._sources[0].read(tile)
        drawn = (
            self._picture(source, tile)
            if in_place
            else moved(tile, corners, self._tile_px, partial(self._picture, source))
            for source in self._sources
        )
        found = [picture for picture in drawn if picture is not None]
        return encoded(laid_over(found)) if found else None

    def close(self) -> None:
        """As of `TileSource`."""
        for source in self._sources:
            source.close()

    def _picture(self, source: TileSource, tile: Tile) -> Image.Image | None:
        content = source.read(tile)
        if content is None:
            return None
        picture = decoded(content)
        size = (self._tile_px, self._tile_px)
        return picture if picture.size == size else picture.resize(size, Image.Resampling.LANCZOS)
