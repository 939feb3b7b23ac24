"""Photos as bytes: is it whole and of a kind that is kept, and what of it is picture, not metadata.

Only the structure of the file is read, nothing is decoded. Kept is what draws the picture; what says where, when and
with what it was taken (EXIF, XMP, IPTC, comments, and anything behind the picture's end) is left out: a photo of a heap
of rubbish shall not tell where its taker lives.
"""

import hashlib
import re
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

from data.errors import PhotoInvalid

MAX_BYTES = 5_000_000
# A small file can claim any size, and every viewer makes room for it: a pixel takes four bytes there. These are the
# largest pictures of usual phones; what a photo is needed for is seen at 1600 pixels.
MAX_SIDE_PX = 20_000
MAX_PIXELS = 8_192 * 6_144
# A file of nothing but empty parts must not hold up everybody else; cameras write some dozens.
MAX_PARTS = 5_000
# Each scan of a progressive JPEG makes its viewer draw the whole picture again; cameras write about ten.
MAX_SCANS = 100
# The colour profile of a PNG is compressed; profiles of printing machines come near this.
MAX_PROFILE_BYTES = 4_000_000

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset(
    (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"pHYs", b"bKGD")
)
_WEBP_KEPT = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP"))
# Flags of VP8X: animation, XMP, EXIF.
_WEBP_ANIMATED, _WEBP_SAYS_XMP, _WEBP_SAYS_EXIF = 0x02, 0x04, 0x08
# Any number of FF may stand before the FF of a marker. Possessive: nothing is tried twice, however long the run.
_JPEG_MARKER = re.compile(rb"\xff++([^\x00\xd0-\xd7\xff])", re.DOTALL)
# Within compressed data FF stands before 00 (a plain FF) or before a restart mark. Two bytes and no more: a search for
# the whole run would begin anew at each of its bytes.
_JPEG_SCAN_END = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
_JPEG_END, _JPEG_SCAN = 0xD9, 0xDA
_JPEG_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_JPEG_COMMENT = 0xFE


@dataclass(frozen=True, slots=True)
class PhotoBytes:
    """A photo as it is kept: `sha256` (hexadecimal) is of `content`."""

    media_type: str
    content: bytes
    width_px: int
    height_px: int

    @property
    def sha256(self) -> str:
        """What the photo is known by."""
        return hashlib.sha256(self.content).hexdigest()


def read_photo(body: bytes, media_type: str) -> PhotoBytes:
    """Check a photo and leave out what is not picture.

    Parameters
    ----------
    body
        The file, at most `MAX_BYTES`.
    media_type
        What its sender says it is: one of `MEDIA_TYPES`.

    Raises
    ------
    PhotoInvalid
        `values`: `reason` ("empty", "too_large", "media_type", "damaged", "animated", "too_many_pixels"), media_type,
        size.
    """
    size = len(body)
    if not body:
        _refuse("empty", "the photo is empty: send the bytes of the file as the body", media_type, size)
    if size > MAX_BYTES:
        message = f"the photo has {size:,} bytes, more than {MAX_BYTES:,}: make it smaller, 1600 px are plenty"
        _refuse("too_large", message, media_type, size)
    found = _kind(body)
    if found is None or found != media_type:
        is_one = "is none of these" if found is None else f"is {found}"
        message = f"the photo was sent as {media_type!r}, but {is_one}: send one of {', '.join(MEDIA_TYPES)} as it is"
        _refuse("media_type", message, media_type, size)
    try:
        content, width_px, height_px = MEDIA_TYPES[found](body)
    except _Damaged as error:
        _refuse(error.reason, f"the {found} photo cannot be used: {error}", media_type, size)
    return PhotoBytes(found, content, width_px, height_px)


class _Damaged(ValueError):
    """The bytes do not add up to a picture."""

    def __init__(self, message: str, reason: str = "damaged") -> None:
        super().__init__(message)
        self.reason = reason


def _refuse(reason: str, message: str, media_type: str, size: int) -> NoReturn:
    raise PhotoInvalid(message, reason=reason, media_type=media_type, size=size)


def _kind(body: bytes) -> str | None:
    if body.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if body.startswith(_PNG_SIGNATURE):
        return "image/png"
    return "image/webp" if body[:4] == b"RIFF" and body[8:12] == b"WEBP" else None


def _sides(width_px: int, height_px: int) -> tuple[int, int]:
    if not (0 < width_px <= MAX_SIDE_PX and 0 < height_px <= MAX_SIDE_PX):
        raise _Damaged(f"it says it is {width_px} x {height_px} pixels; a side has 1 to {MAX_SIDE_PX}")
    if width_px * height_px > MAX_PIXELS:
        raise _Damaged(
            f"it has {width_px} x {height_px} = {width_px * height_px:,} pixels, more than {MAX_PIXELS:,}: make it "
            "smaller, 1600 px are plenty",
            reason="too_many_pixels",
        )
    return width_px, height_px


def _count_part(count: int) -> int:
    if count >= MAX_PARTS:
        raise _Damaged(f"it has more than {MAX_PARTS:,} parts; no camera writes so many")
    return count + 1


# JPEG: segments up to a scan, compressed data up to the next marker, and so on to the end marker.


def _jpeg(body: bytes) -> tuple[bytes, int, int]:
    kept = [body[:2]]
    sides: tuple[int, int] | None = None
    scans = parts = 0
    at = 2
    while True:
        marker, at = _jpeg_marker(body, at)
        parts = _count_part(parts)
        if marker == _JPEG_END:
            break
        segment = _jpeg_segment(body, at)
        at += len(segment)
        if marker in _JPEG_FRAMES:
            sides = _jpeg_sides(segment)
        if _jpeg_draws(marker, segment):
            kept += (bytes((0xFF, marker)), segment)
        if marker == _JPEG_SCAN:
            scans += 1
            if scans > MAX_SCANS:
                raise _Damaged(f"it is drawn in more than {MAX_SCANS} passes; no camera writes so many")
            end = _JPEG_SCAN_END.search(body, at)
            if end is None:
                raise _Damaged("it breaks off in the middle of the picture")
            kept.append(body[at : end.start()].rstrip(b"\xff"))
            at = end.start()
    if sides is None or scans == 0:
        raise _Damaged("it holds no picture")
    return b"".join((*kept, b"\xff\xd9")), *sides


def _jpeg_marker(body: bytes, at: int) -> tuple[int, int]:
    found = _JPEG_MARKER.match(body, at)
    if found is None:
        raise _Damaged("it breaks off" if at >= len(body) else f"byte {at} is no marker")
    return found.group(1)[0], found.end()


def _jpeg_segment(body: bytes, at: int) -> bytes:
    size = int.from_bytes(body[at : at + 2], "big")
    if size < 2 or at + size > len(body):
        raise _Damaged(f"the segment at byte {at} is longer than the file")
    return body[at : at + size]


def _jpeg_sides(segment: bytes) -> tuple[int, int]:
    if len(segment) < 8:
        raise _Damaged("its frame says no size")
    return _sides(int.from_bytes(segment[5:7], "big"), int.from_bytes(segment[3:5], "big"))


def _jpeg_draws(marker: int, segment: bytes) -> bool:
    """Whether a segment is needed to draw: all but the applications' own (0xE0 to 0xEF) and comments."""
    application = marker - 0xE0
    if not 0 <= application <= 15:
        return marker != _JPEG_COMMENT
    said = segment[2:]
    # The sort of colours: plain JFIF, a colour profile, or Adobe's mark.
    colours = {0: b"JFIF\0", 2: b"ICC_PROFILE\0", 14: b"Adobe"}.get(application)
    return colours is not None and said.startswith(colours)


# PNG: chunks with checksums.


def _png(body: bytes) -> tuple[bytes, int, int]:
    kept = [_PNG_SIGNATURE]
    names: list[bytes] = []
    sides = (0, 0)
    for name, data, whole in _png_chunks(body):
        _count_part(len(names))
        names.append(name)
        if name == b"IHDR":
            if len(data) != 13:
                raise _Damaged("its head is not 13 bytes long")
            sides = _sides(*struct.unpack(">II", data[:8]))
        # A capital first letter says that no viewer can do without it; then we do not know what it is.
        if name not in _PNG_KEPT and name[:1].isupper():
            raise _Damaged(f"it has a part of a kind that is not known: {name!r}")
        if name == b"iCCP":
            _check_profile(data)
        if name in _PNG_KEPT:
            kept.append(whole)
    if names[:1] != [b"IHDR"] or b"IDAT" not in names or names[-1] != b"IEND":
        raise _Damaged("it holds no picture, or breaks off")
    return b"".join(kept), *sides


def _check_profile(data: bytes) -> None:
    """Unpack a colour profile as far as any has a right to go, so that it cannot fill its viewer's memory."""
    _, _, packed = data.partition(b"\0")
    unpacking = zlib.decompressobj()
    try:
        unpacked = unpacking.decompress(packed[1:], MAX_PROFILE_BYTES + 1)
    except zlib.error as error:
        raise _Damaged("its colour profile cannot be unpacked") from error
    if len(unpacked) > MAX_PROFILE_BYTES or not unpacking.eof:
        raise _Damaged(f"its colour profile is cut off, or unpacks to more than {MAX_PROFILE_BYTES:,} bytes")


def _png_chunks(body: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    at = len(_PNG_SIGNATURE)
    name = b""
    while at < len(body) and name != b"IEND":
        size = int.from_bytes(body[at : at + 4], "big")
        end = at + 12 + size
        if end > len(body):
            raise _Damaged(f"the part at byte {at} is longer than the file")
        name, data = body[at + 4 : at + 8], body[at + 8 : end - 4]
        if zlib.crc32(name + data) != int.from_bytes(body[end - 4 : end], "big"):
            raise _Damaged(f"the checksum of {name!r} at byte {at} does not fit")
        yield name, data, body[at:end]
        at = end


# WebP: RIFF chunks, padded to even lengths.


def _webp(body: bytes) -> tuple[bytes, int, int]:
    said = int.from_bytes(body[4:8], "little") + 8
    if said > len(body):
        raise _Damaged("it breaks off")
    kept: list[bytes] = []
    sides: tuple[int, int] | None = None
    parts = 0
    for name, data in _webp_chunks(body[:said]):
        parts = _count_part(parts)
        if name in (b"ANIM", b"ANMF"):
            raise _Damaged("it moves: send a still picture", reason="animated")
        if name not in _WEBP_KEPT:
            continue
        if name in (b"VP8 ", b"VP8L"):
            sides = _webp_sides(name, data)
        drawn = _webp_quiet(data) if name == b"VP8X" else data
        kept.append(name + len(drawn).to_bytes(4, "little") + drawn + b"\0" * (len(drawn) % 2))
    if sides is None:
        raise _Damaged("it holds no picture")
    content = b"WEBP" + b"".join(kept)
    return b"RIFF" + len(content).to_bytes(4, "little") + content, *sides


def _webp_chunks(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at < len(body):
        size = int.from_bytes(body[at + 4 : at + 8], "little")
        if at + 8 + size > len(body):
            raise _Damaged(f"the part at byte {at} is longer than the file")
        yield body[at : at + 4], body[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _webp_quiet(data: bytes) -> bytes:
    """The extended head, no longer promising metadata."""
    if len(data) < 10:
        raise _Damaged("its head is too short")
    if data[0] & _WEBP_ANIMATED:
        raise _Damaged("it moves: send a still picture", reason="animated")
    # The size of the canvas; its picture has one of its own.
    _sides(int.from_bytes(data[4:7], "little") + 1, int.from_bytes(data[7:10], "little") + 1)
    return bytes((data[0] & ~(_WEBP_SAYS_XMP | _WEBP_SAYS_EXIF) & 0xFF,)) + data[1:]


def _webp_sides(name: bytes, data: bytes) -> tuple[int, int]:
    if name == b"VP8 ":
        if len(data) < 10 or data[3:6] != b"\x9d\x01\x2a":
            raise _Damaged("its frame has no start mark")
        width_px, height_px = struct.unpack("<HH", data[6:10])
        return _sides(width_px & 0x3FFF, height_px & 0x3FFF)
    if len(data) < 5 or data[0] != 0x2F:
        raise _Damaged("its frame has no start mark")
    bits = int.from_bytes(data[1:5], "little")
    return _sides((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)


MEDIA_TYPES: Mapping[str, Callable[[bytes], tuple[bytes, int, int]]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/webp": _webp,
}
