"""Files whose bytes are no lines of an encoding in which ASCII is ASCII, read as if they were."""

import codecs
import io
from collections.abc import Callable
from typing import BinaryIO

_CHUNK_BYTES = 65_536


class _Converted(io.RawIOBase):
    """Bytes of a file, converted piece by piece; `convert` is given a piece and whether it is the last, empty one."""

    def __init__(self, file: BinaryIO, convert: Callable[[bytes, bool], bytes]) -> None:
        self._file = file
        self._convert = convert
        self._pending = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]  # what BufferedReader gives
        while not self._pending and not self._ended:
            piece = self._file.read(_CHUNK_BYTES)
            self._ended = not piece
            self._pending = self._convert(piece, self._ended)
        size = min(len(buffer), len(self._pending))
        buffer[:size] = self._pending[:size]
        self._pending = self._pending[size:]
        return size


def as_utf_8(file: BinaryIO, encoding: str) -> io.BufferedReader:
    """A file in UTF-16 as UTF-8; halves of characters stay such, and are no UTF-8 in the line they stand in."""
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")

    def convert(piece: bytes, last: bool) -> bytes:
        try:
            return decoder.decode(piece, last).encode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            # Cut off within a character: the last line is broken, and said to be.
            return b"\xff"

    return io.BufferedReader(_Converted(file, convert))


def with_line_feeds(file: BinaryIO) -> io.BufferedReader:
    """A file whose lines end in carriage returns alone, with line feeds in their place."""
    return io.BufferedReader(_Converted(file, lambda piece, _: piece.replace(b"\r", b"\n")))
