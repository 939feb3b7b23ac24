"""In which encoding is a Shapefile's attribute table? Chinese ones are mostly GBK, and often do not say so."""

import codecs
import re
from collections.abc import Sequence
from pathlib import Path

from geo.formats import sibling, unreadable
from geo.visible import visible

# What byte 29 of a table's head says, where it says one thing only (0x57 is "whatever the machine had").
_OF_LANGUAGE = {0x4D: "gb18030", 0x7A: "gb18030", 0x4F: "cp950", 0x78: "cp950"}
_CHINESE = re.compile("[\u3400-\u9fff]")
# Runs of letters as GB2312 writes them: two bytes each.
_GB2312 = re.compile(rb"(?:[\x00-\x7f]|[\xa1-\xf7][\xa1-\xfe])*")


def table_encoding(path: Path, texts: Sequence[bytes], language: int, encoding: str | None = None) -> str:
    """The encoding of the attribute table of a Shapefile.

    The caller's word first, then that of the .cpg file and of the table's head, then what the text itself looks like:
    UTF-8 if all of it is, else GB18030 (which contains GBK and GB2312) if all of it is.

    Parameters
    ----------
    path
        The .shp file.
    texts
        Field names and values that are not plain ASCII, as bytes.
    language
        Byte 29 of the table's head.
    encoding
        The caller's word.

    Raises
    ------
    GridsUnreadable
        With `reason` "encoding": unknown, or the text contradicts it, or the text is in none of the two.
    """
    if encoding is not None:
        name = python_encoding(path, encoding)
        if not _fits(texts, name):
            raise _contradicted(path, texts, encoding, "as was said")
        return name
    cpg = sibling(path, ".cpg")
    said = cpg.read_text(encoding="ascii", errors="replace").strip() if cpg else ""
    if cpg is not None and said:
        return _from_cpg(path, cpg, said, texts)
    hinted = _OF_LANGUAGE.get(language)
    if hinted is not None and _fits(texts, hinted) and not _is_utf8(texts):
        return hinted
    for name in ("utf-8", "gb18030"):
        if _fits(texts, name):
            return name
    raise unreadable(path, "encoding", "its text is neither UTF-8 nor GBK: name its encoding with --encoding")


def python_encoding(path: Path, said: str) -> str:
    """Python's name of an encoding; GridsUnreadable (`reason` "encoding") for one that is not known."""
    name = _python_name(said)
    if name is None:
        raise unreadable(path, "encoding", f"encoding {visible(said)!r} is not known: give one such as GBK or UTF-8")
    return name


def decoded(text: bytes, encoding: str) -> tuple[str, bool]:
    """A field's text, and whether its last letter was cut: a field has a fixed width in bytes."""
    decoder = codecs.getincrementaldecoder(encoding)()
    made = decoder.decode(text)
    return made, bool(decoder.getstate()[0])


def _from_cpg(path: Path, cpg: Path, said: str, texts: Sequence[bytes]) -> str:
    name = _python_name(said)
    if name is None:
        raise unreadable(
            path, "encoding",
            f"{cpg.name} beside it says {visible(said)!r}, which is no encoding: give --encoding, such as gb18030, or "
            "mend that file", seems=_better(texts, ""),
        )  # fmt: skip
    if not _fits(texts, name):
        raise _contradicted(path, texts, said, f"as {cpg.name} beside it says")
    better = _better(texts, name)
    if better is not None:
        raise _contradicted(path, texts, said, f"as {cpg.name} beside it says")
    return name


def _contradicted(path: Path, texts: Sequence[bytes], said: str, source: str) -> Exception:
    better = _better(texts, "") or next((name for name in ("utf-8", "gb18030") if _fits(texts, name)), None)
    hint = f"; it seems to be {better.upper()}: give --encoding {better}, or correct the .cpg file" if better else ""
    return unreadable(path, "encoding", f"its text is not in {visible(said)}, {source}{hint}", seems=better)


def _better(texts: Sequence[bytes], said: str) -> str | None:
    """The encoding that the texts plainly are in, where it is another than said.

    Bytes of one encoding are mostly letters of another, too: Chinese in UTF-8 reads as other Chinese in GBK, and
    everything reads as something in Latin-1.
    """
    if not texts:
        return None
    if said != "utf-8" and _is_utf8(texts):
        return "utf-8"
    single = said in ("", "ascii") or said.startswith(("cp125", "iso8859", "cp437", "cp850", "latin"))
    if single and _fits(texts, "gb18030") and all(_GB2312.fullmatch(text) for text in texts):
        return "gb18030"
    return None


def _is_utf8(texts: Sequence[bytes]) -> bool:
    """Whether all texts are UTF-8 with Chinese in it, which text of another encoding practically never is."""
    if not texts or not _fits(texts, "utf-8"):
        return False
    return all(_CHINESE.search(decoded(text, "utf-8")[0]) for text in texts)


def _python_name(said: str) -> str | None:
    plain = said.strip().upper().replace("ANSI ", "").replace("OEM ", "").replace("LDID/", "")
    for name in (plain, f"CP{plain}", plain.replace("WINDOWS-", "CP"), f"ISO-{plain}"):
        try:
            found = codecs.lookup(name)
        except (LookupError, ValueError, UnicodeError):
            continue
        # "hex" and "rot13" are codecs, too, but of no text.
        if not getattr(found, "_is_text_encoding", True) or found.name in (
            "idna",
            "punycode",
            "mbcs",
            "oem",
            "undefined",
        ):
            continue
        return "gb18030" if found.name in ("gbk", "gb2312", "cp936", "hz") else found.name
    return None


def _fits(texts: Sequence[bytes], encoding: str) -> bool:
    try:
        for text in texts:
            decoded(text, encoding)
    except UnicodeError:
        return False
    return True
