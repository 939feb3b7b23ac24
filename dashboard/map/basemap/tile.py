"""A tile of a basemap, and what every source of tiles does."""

from typing import Final, NamedTuple, Protocol

from geo.errors import CommandCenterError

# 1.2 m of the equator in a pixel of 256: no city's map is finer.
MOST_ZOOM: Final = 24
PNG, JPEG, WEBP = "image/png", "image/jpeg", "image/webp"


class Tile(NamedTuple):
    """A tile in the numbering of most maps: Web Mercator, the first row in the north."""

    z: int
    x: int
    y: int

    @property
    def exists(self) -> bool:
        """Whether the world has such a tile."""
        return 0 <= self.z <= MOST_ZOOM and 0 <= self.x < 1 << self.z and 0 <= self.y < 1 << self.z

    @property
    def from_south(self) -> int:
        """The row, counted from the south."""
        return (1 << self.z) - 1 - self.y


class TileUnavailable(CommandCenterError):
    """A source cannot say at the moment whether it has a tile; asked again later, it may."""


class TileSource(Protocol):
    """Where tiles come from; several threads may ask at once."""

    def read(self, tile: Tile) -> bytes | None:
        """A picture in PNG, JPEG or WebP; None where the source has none.

        Raises
        ------
        TileUnavailable
            The source does not answer, or not with a picture.
        """
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...


def media_type(content: bytes) -> str | None:
    """Say by its first bytes what picture this is, whatever its sender claims; None is none that a map can show."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return WEBP
    return None
