"""What a file of incidents seems to be, before a row of it is read: its kind and its encoding."""

import codecs
import re
import zipfile
from pathlib import Path

from data.errors import FeedUnreadable
from data.feeds.converting import with_line_feeds

# So many lines with other than ASCII letters tell the encoding for certain.
_TELLING_LINES = 2_000
_LONGEST_LINE_BYTES = 1_000_000
_HEAD_BYTES = 4_096
_FIRST_END = re.compile(rb"\r\n|[\r\n]")
_LONG_HEAD_BYTES = 1_000_000
# By so much of a head its encoding is told, and by such shares of NUL or control characters what it is.
_TELLING_BYTES = 512
_UTF_16_SHARE = 0.3
_BINARY_SHARE = 0.05
_DAMAGED_SHARE = 0.2
_CONTROLS = [bytes([code]) for code in range(1, 32) if code not in b"\t\n\f\r\x1a\x1b"]

# A list of anything else than objects is no list of records. A file that ends behind the bracket is as good as empty.
_JSON = re.compile(rb"\s*(?:\{|\[\s*(?:[\[{\]]|$))")

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"SQLite format 3\0", "a GeoPackage or another SQLite database"),
    (b"PAR1", "Parquet"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "compressed with gzip: unpack it first"),
    (b"BZh", "compressed with bzip2: unpack it first"),
    (b"\xfd7zXZ", "compressed with xz: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd: unpack it first"),
    (b"7z\xbc\xaf", "compressed with 7-Zip: unpack it first"),
    (b"Rar!", "compressed with RAR: unpack it first"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (xls): save it as CSV in UTF-8"),
    (codecs.BOM_UTF32_LE, "text in UTF-32: save it as UTF-8"),
)


def unreadable(path: Path, reason: str, **values: object) -> FeedUnreadable:
    """The error that says why this file as a whole cannot be imported."""
    return FeedUnreadable(f"{path} {reason}", file=str(path), reason=reason, **values)


def check_readable(path: Path) -> None:
    """Check that a file can be opened and is not empty; FeedUnreadable if not."""
    if not _head(path):
        raise unreadable(path, "is empty")


def is_json(path: Path) -> bool:
    """Whether a file begins as JSON does, with an object or a list of them; False where it cannot be opened."""
    try:
        head = _head(path)
    except FeedUnreadable:
        return False
    return _JSON.match(_in_ascii(head)) is not None


def check_kind(path: Path) -> None:
    """Check that a file may be CSV.

    Raises
    ------
    FeedUnreadable
        It cannot be opened, is empty, or is of another kind, which is named; `values` has `file` and `reason`.
    """
    check_readable(path)
    head = _head(path)
    kind = _kind(path, head)
    if kind:
        raise unreadable(path, f"is not CSV: it seems to be {kind}")


def _head(path: Path, size: int = _HEAD_BYTES) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(size)
    except OSError as error:
        raise unreadable(path, f"cannot be opened ({error.strerror})") from error


def _kind(path: Path, head: bytes) -> str:
    """What the file is, if not CSV; "" if it may be."""
    if head.startswith(b"PK\x03\x04"):
        return _kind_of_zip(path)
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    text = _in_ascii(head)
    # A NUL costs the row it stands in, and so does a block of them that a crash has left.
    if b"\0" in text and sum(map(text.count, _CONTROLS)) > _BINARY_SHARE * len(text):
        return "a binary file"
    if b"\0" in re.split(rb"[\r\n]", text, maxsplit=1)[0]:
        return "a binary file, for its first line has a NUL"
    first = text.lstrip()[:1]
    if first in (b"{", b"["):
        return "JSON"
    if first == b"<":
        return "HTML or XML: export it as CSV"
    return ""


def utf_16_of(head: bytes) -> str:
    """Which kind of UTF-16 a file is in that begins so, with or without a mark; "" for none."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and not head.startswith(codecs.BOM_UTF32_LE):
        return "utf-16"
    # The header of a table, or a bracket, is in ASCII mostly, of which every other byte is NUL then.
    even, odd = head[0:_TELLING_BYTES:2], head[1:_TELLING_BYTES:2]
    if odd.count(0) > _UTF_16_SHARE * len(odd) and not even.count(0):
        return "utf-16-le"
    if even.count(0) > _UTF_16_SHARE * len(even) and not odd.count(0):
        return "utf-16-be"
    return ""


def ends_lines_with_cr(path: Path) -> bool:
    """Whether the first line of a file ends in a carriage return alone, as on old Macs, and most others do."""
    head = _head(path, _LONG_HEAD_BYTES)
    ends = _FIRST_END.search(head)
    pairs = head.count(b"\r\n")
    return ends is not None and ends.group() == b"\r" and head.count(b"\r") - pairs >= head.count(b"\n") - pairs


def _in_ascii(head: bytes) -> bytes:
    """The head of a file without its mark; letters beyond ASCII of UTF-16 become question marks."""
    encoding = utf_16_of(head)
    if encoding:
        return head[: len(head) // 2 * 2].decode(encoding, "replace").encode("ascii", "replace")
    return head.removeprefix(codecs.BOM_UTF8)


def _kind_of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return "a ZIP archive that is cut off"
    if any(name.startswith("xl/") for name in names):
        return "an Excel workbook (xlsx): save it as CSV in UTF-8"
    return "a ZIP archive: unpack it first"


def detect_encoding(path: Path) -> str:
    """Tell UTF-16 by its head, and UTF-8 from GB18030 by the lines that hold more than ASCII; ASCII counts as UTF-8.

    Line by line, so that one damaged line, or a last one cut within a letter, does not turn the verdict.

    Raises
    ------
    FeedUnreadable
        Most of those lines are neither, and there are more than a few.
    """
    utf_16 = utf_16_of(_head(path))
    if utf_16:
        return utf_16
    ascii_only = seen = utf8 = gb18030 = 0
    with path.open("rb") as file:
        lines = with_line_feeds(file) if ends_lines_with_cr(path) else file
        while seen < _TELLING_LINES and (line := lines.readline(_LONGEST_LINE_BYTES)):
            if line.isascii():
                ascii_only += 1
                continue
            seen += 1
            utf8 += _decodes(line, "utf-8")
            gb18030 += _decodes(line, "gb18030")
    if seen <= 2 * utf8:
        return "utf-8"
    if seen <= 2 * gb18030:
        return "gb18030"
    if seen <= _DAMAGED_SHARE * ascii_only:
        # Hardly anything is written in other letters: what cannot be read is damage, and costs its rows.
        return "utf-8"
    raise unreadable(path, "is neither UTF-8 nor GB18030: save it as UTF-8, or give file.encoding in the mapping")


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        # Not final: a line read in pieces, or cut off, may end within a letter.
        codecs.getincrementaldecoder(encoding)().decode(line)
    except UnicodeDecodeError:
        return False
    return True
