"""Photos as bytes: what is kept, what is left out, what is refused."""

import re
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.words.texts import entries
from data.errors import PhotoInvalid
from data.incidents.photo_bytes import (
    MAX_BYTES,
    MAX_PARTS,
    MAX_PROFILE_BYTES,
    MAX_SCANS,
    MAX_SIDE_PX,
    MEDIA_TYPES,
    read_photo,
)

SECRET = b"N31.9030 E120.2836 owner"


def segment(marker: int, data: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data


def jpeg(*between: bytes, sides: tuple[int, int] = (640, 480), tail: bytes = b"") -> bytes:
    frame = segment(0xC0, struct.pack(">BHHB", 8, sides[1], sides[0], 1) + b"\x01\x11\x00")
    scan = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x12\xff\x00\x34\xff\xd0\x56"
    return b"\xff\xd8" + segment(0xE0, b"JFIF\0" + b"\0" * 9) + b"".join(between) + frame + scan + b"\xff\xd9" + tail


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(*between: bytes, sides: tuple[int, int] = (2, 1), tail: bytes = b"") -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", *sides, 8, 0, 0, 0, 0))
    pixels = (
        chunk(b"IDAT", zlib.compress(b"\0" * (sides[0] + 1) * sides[1])) if max(sides) < 99 else chunk(b"IDAT", b"")
    )
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(between) + pixels + chunk(b"IEND", b"") + tail


def riff(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def webp(*chunks: bytes, tail: bytes = b"") -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body + tail


LOSSY = riff(b"VP8 ", b"\x00\x00\x00\x9d\x01\x2a" + struct.pack("<HH", 320, 200) + b"\x07" * 5)
LOSSLESS = riff(b"VP8L", b"\x2f" + struct.pack("<I", (319) | (199 << 14)) + b"\x07")
EXTENDED = riff(b"VP8X", bytes((0x0C, 0, 0, 0)) + (319).to_bytes(3, "little") + (199).to_bytes(3, "little"))

WHOLE = {
    "image/jpeg": jpeg(segment(0xE1, b"Exif\0\0" + SECRET), segment(0xED, SECRET), segment(0xFE, SECRET), tail=SECRET),
    "image/png": png(chunk(b"eXIf", SECRET), chunk(b"tEXt", b"Comment\0" + SECRET), tail=SECRET),
    "image/webp": webp(EXTENDED, LOSSY, riff(b"EXIF", SECRET), riff(b"XMP ", SECRET), tail=SECRET),
}
SIDES = {"image/jpeg": (640, 480), "image/png": (2, 1), "image/webp": (320, 200)}


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_metadata_is_left_out_and_what_is_kept_stays_as_it_is(media_type: str) -> None:
    photo = read_photo(WHOLE[media_type], media_type)
    assert SECRET not in photo.content
    assert (photo.media_type, photo.width_px, photo.height_px) == (media_type, *SIDES[media_type])
    again = read_photo(photo.content, media_type)
    assert (again.content, again.sha256) == (photo.content, photo.sha256)


def test_what_draws_a_jpeg_is_kept_byte_for_byte() -> None:
    colours = segment(0xE2, b"ICC_PROFILE\0\x01\x01p"), segment(0xEE, b"Adobe\0d\0"), segment(0xDB, b"\0" * 65)
    plain = jpeg(*colours)
    assert read_photo(plain, "image/jpeg").content == plain
    assert read_photo(jpeg(*colours, segment(0xE1, b"Exif\0\0")), "image/jpeg").content == plain
    # A second picture behind an application's mark of the same number is none of the colours.
    assert read_photo(jpeg(segment(0xE2, b"MPF\0" + SECRET)), "image/jpeg").content == jpeg()


def test_the_head_of_a_webp_no_longer_promises_metadata() -> None:
    content = read_photo(WHOLE["image/webp"], "image/webp").content
    assert content[20] == 0
    assert struct.unpack("<I", content[4:8])[0] == len(content) - 8
    lossless = read_photo(webp(LOSSLESS), "image/webp")
    assert (lossless.content, lossless.width_px, lossless.height_px) == (webp(LOSSLESS), 320, 200)


@pytest.mark.parametrize(
    ("body", "media_type", "reason"),
    [
        (b"", "image/jpeg", "empty"),
        (b"\xff\xd8\xff" + b"\0" * MAX_BYTES, "image/jpeg", "too_large"),
        (png(), "image/jpeg", "media_type"),
        (b"<svg onload='alert(1)'/>", "image/png", "media_type"),
        (jpeg()[:-2], "image/jpeg", "damaged"),
        (jpeg()[:30], "image/jpeg", "damaged"),
        (b"\xff\xd8\xff\xd9", "image/jpeg", "damaged"),
        (jpeg(sides=(0, 480)), "image/jpeg", "damaged"),
        (jpeg(sides=(MAX_SIDE_PX + 1, 480)), "image/jpeg", "damaged"),
        (b"\xff\xd8" + segment(0xE0, b"JFIF\0")[:3] + b"\xff\xff", "image/jpeg", "damaged"),
        (png()[:-6], "image/png", "damaged"),
        (png().replace(b"IDAT", b"IDAX"), "image/png", "damaged"),
        (png(chunk(b"XYZw", b"")), "image/png", "damaged"),
        (png(sides=(MAX_SIDE_PX + 1, 1)), "image/png", "damaged"),
        (webp(LOSSY)[:-4], "image/webp", "damaged"),
        (webp(riff(b"ICCP", b"x")), "image/webp", "damaged"),
        (webp(riff(b"VP8 ", b"\0" * 12)), "image/webp", "damaged"),
        (webp(EXTENDED.replace(b"\x0c", b"\x02", 1), LOSSY), "image/webp", "animated"),
        (webp(LOSSY, riff(b"ANMF", b"")), "image/webp", "animated"),
        (jpeg(*[segment(0xE1, b"")] * MAX_PARTS), "image/jpeg", "damaged"),
        (jpeg()[:-2] + segment(0xDA, b"") * MAX_SCANS + b"\xff\xd9", "image/jpeg", "damaged"),
        (png(*[chunk(b"tEXt", b"")] * MAX_PARTS), "image/png", "damaged"),
        (webp(*[riff(b"EXIF", b"")] * MAX_PARTS, LOSSY), "image/webp", "damaged"),
        (png(chunk(b"iCCP", b"x\0\0" + zlib.compress(b"\0" * (MAX_PROFILE_BYTES + 1)))), "image/png", "damaged"),
        (png(chunk(b"iCCP", b"x\0\0" + zlib.compress(b"p" * 999)[:-9])), "image/png", "damaged"),
        (png(chunk(b"iCCP", b"no profile")), "image/png", "damaged"),
        (png(sides=(20_000, 20_000)), "image/png", "too_many_pixels"),
        (jpeg(sides=(8_192, 6_145)), "image/jpeg", "too_many_pixels"),
        (webp(riff(b"VP8L", b"\x2f" + b"\xff" * 4 + b"\x07")), "image/webp", "too_many_pixels"),
        (webp(EXTENDED[:12] + b"\xff" * 6, LOSSY), "image/webp", "damaged"),
    ],
)
def test_what_is_no_photo_is_refused_with_the_reason(body: bytes, media_type: str, reason: str) -> None:
    with pytest.raises(PhotoInvalid) as caught:
        read_photo(body, media_type)
    assert caught.value.values["reason"] == reason
    assert caught.value.values["size"] == len(body)


def test_the_phone_has_words_for_each_reason_why_a_photo_is_refused() -> None:
    said = (read_photo.__doc__ or "").partition("`reason` (")[2].partition(")")[0]
    reasons = re.findall(r'"(\w+)"', said)
    assert {"too_large", "too_many_pixels", "damaged"} <= set(reasons)
    assert [reason for reason in reasons if f"field.photo_{reason}" not in entries()] == []


def test_the_largest_pictures_of_phones_are_kept_and_larger_ones_refused_with_their_size() -> None:
    assert read_photo(jpeg(sides=(8_192, 6_144)), "image/jpeg").width_px == 8_192
    with pytest.raises(PhotoInvalid, match="20000 x 20000 = 400,000,000 pixels"):
        read_photo(png(sides=(20_000, 20_000)), "image/png")


def test_ff_before_a_marker_is_no_part_of_the_picture_and_ff_within_it_is() -> None:
    filled = jpeg()[:-2] + b"\xff" * 1_000 + b"\xff\xd9"
    assert read_photo(filled, "image/jpeg").content == jpeg()
    within = jpeg()[:-2] + b"\xff\xff\x00\x01" + b"\xff\xd9"
    assert read_photo(within, "image/jpeg").content == within
    profiled = png(chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(b"p" * 3_000)))
    assert read_photo(profiled, "image/png").content == profiled


@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_a_photo_that_breaks_off_anywhere_is_refused_and_nothing_else_happens(
    media_type: str, data: st.DataObject
) -> None:
    # Behind its end a picture may break off as it likes: there is nothing of it there.
    end = len(WHOLE[media_type]) - len(SECRET)
    body = WHOLE[media_type][: data.draw(st.integers(0, end - 1))]
    with pytest.raises(PhotoInvalid):
        read_photo(body, media_type)


@given(st.sampled_from(sorted(WHOLE)), st.integers(0, 400), st.integers(0, 255))
def test_a_changed_byte_is_refused_or_read_and_never_an_error_of_ours(media_type: str, at: int, byte: int) -> None:
    body = bytearray(WHOLE[media_type])
    body[at % len(body)] = byte
    try:
        photo = read_photo(bytes(body), media_type)
    except PhotoInvalid:
        return
    assert read_photo(photo.content, media_type).content == photo.content
