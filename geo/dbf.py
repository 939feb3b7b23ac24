"""In which encoding is a Shapefile's attribute table? Chinese ones are mostly GBK, and often do not say so."""

import codecs
from collections.abc import Iterator
from pathlib import Path

from geo.formats import sibling, unreadable

_RECORDS_LOOKED_AT = 5000


def table_encoding(path: Path, encoding: str | None = None) -> str:
    """The encoding of the attribute table of a Shapefile.

    The caller's word first, then that of the .cpg file, then what the text itself looks like: UTF-8 if all of it is,
    else GB18030 (which contains GBK and GB2312) if all of it is.

    Raises
    ------
    GridsUnreadable
        With `reason` "encoding": unknown, or the text contradicts it, or the text is in none of the two.
    """
    said = encoding if encoding is not None else _from_cpg(path)
    texts = list(_texts(path))
    if said is not None:
        name = _python_name(said)
        if name is None:
            raise unreadable(path, "encoding", f"encoding {said!r} is not known: give one such as GBK or UTF-8")
        if not _fits(texts, name):
            better = next((other for other in ("utf-8", "gb18030") if _fits(texts, other)), None)
            hint = f"; it seems to be {better.upper()}: name that encoding, or correct the .cpg file" if better else ""
            raise unreadable(path, "encoding", f"its text is not in {said}, as was said{hint}", seems=better)
        return name
    for name in ("utf-8", "gb18030"):
        if _fits(texts, name):
            return name
    raise unreadable(path, "encoding", "its text is neither UTF-8 nor GBK: name its encoding")


def _from_cpg(path: Path) -> str | None:
    cpg = sibling(path, ".cpg")
    text = cpg.read_text(encoding="ascii", errors="replace").strip() if cpg else ""
    return text or None


def _python_name(said: str) -> str | None:
    plain = said.strip().upper().replace("ANSI ", "").replace("OEM ", "")
    for name in (plain, f"CP{plain}", plain.replace("WINDOWS-", "CP"), f"ISO-{plain}"):
        try:
            found = codecs.lookup(name).name
        except LookupError:
            continue
        return "gb18030" if found in ("gbk", "gb2312", "cp936", "hz") else found
    return None


def _fits(texts: list[bytes], encoding: str) -> bool:
    return all(_decodes(text, encoding) for text in texts)


def _decodes(text: bytes, encoding: str) -> bool:
    # A field has a fixed width in bytes; the last character of a long text may be cut.
    try:
        codecs.getincrementaldecoder(encoding)().decode(text)
    except UnicodeDecodeError:
        return False
    return True


def _texts(path: Path) -> Iterator[bytes]:
    """Field names and text values that are not plain ASCII, as bytes."""
    table = sibling(path, ".dbf")
    if table is None:
        return
    with table.open("rb") as file:
        head = file.read(32)
        start, width = int.from_bytes(head[8:10], "little"), int.from_bytes(head[10:12], "little")
        fields = file.read(max(0, start - 32))
        spans, offset = [], 1
        for at in range(0, len(fields) - 31, 32):
            if fields[at] == 0x0D:
                break
            yield from _not_ascii(fields[at : at + 11].split(b"\x00")[0])
            length = fields[at + 16]
            if fields[at + 11 : at + 12] == b"C":
                spans.append((offset, offset + length))
            offset += length
        for _ in range(min(int.from_bytes(head[4:8], "little"), _RECORDS_LOOKED_AT)):
            record = file.read(width)
            for first, last in spans:
                yield from _not_ascii(record[first:last].rstrip(b" \x00"))


def _not_ascii(text: bytes) -> Iterator[bytes]:
    if not text.isascii():
        yield text
