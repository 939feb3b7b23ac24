"""Tiles as pictures: read, laid over each other, written."""

import io
from collections.abc import Sequence
from typing import Final

from PIL import Image

from dashboard.map.basemap.tile import TileUnavailable

_FORMATS: Final = ("PNG", "JPEG", "WEBP")
# A tile beyond that is no tile; a small file may claim to be a picture of gigabytes.
_MOST_PX: Final = 2048
_QUALITY: Final = 90


def width_px(content: bytes) -> int:
    """Width of a picture, from its head.

    Raises
    ------
    TileUnavailable
        It is none, or too large for a tile.
    """
    return _opened(content).width


def decoded(content: bytes) -> Image.Image:
    """A picture as RGBA.

    Raises
    ------
    TileUnavailable
        It is none, is cut off, or too large for a tile.
    """
    try:
        return _opened(content).convert("RGBA")
    except (OSError, ValueError, SyntaxError) as error:
        raise TileUnavailable(f"a tile cannot be decoded ({type(error).__name__})") from error


def laid_over(pictures: Sequence[Image.Image]) -> Image.Image:
    """Pictures over each other, the first at the bottom; they must not be none. The size is that of the first."""
    ground = pictures[0]
    for picture in pictures[1:]:
        over = picture if picture.size == ground.size else picture.resize(ground.size, Image.Resampling.LANCZOS)
        ground = Image.alpha_composite(ground, over)
    return ground


def encoded(picture: Image.Image) -> bytes:
    """A picture as WebP, which keeps what is transparent and is a fraction of a PNG."""
    kept = io.BytesIO()
    picture.save(kept, "WEBP", quality=_QUALITY, method=2)
    return kept.getvalue()


def _opened(content: bytes) -> Image.Image:
    try:
        picture = Image.open(io.BytesIO(content), formats=_FORMATS)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise TileUnavailable(f"a tile is no picture ({type(error).__name__})") from error
    if max(picture.size) > _MOST_PX:
        raise TileUnavailable(f"a tile has {picture.width} x {picture.height} pixels")
    return picture
