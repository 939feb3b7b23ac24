"""The mirror on disk between starts: a checked header, and the columns as they stand in memory.

A file is written beside the old one and put in its place when it is whole. One that does not fit to the last byte, was
written by another version, or speaks of another log, is thrown away: the store can always tell everything anew.
"""

import hashlib
import json
import logging
import os
import struct
import zlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data.incidents.columns import SATISFACTIONS, TEXT_COLUMNS, TIME_ORIGIN_S
from data.private_files import close_to_others, open_private, private_folder
from data.stats.mirror.mirror import DTYPES, FLAGS, MirrorView
from data.words import MEANS, STAGES

__all__ = ["MirrorFile", "Stored"]

_MAGIC: Final = b"GRIDMIR1"
_LENGTHS: Final = struct.Struct("<8sII")  # magic, bytes of the header, its checksum
_ALIGN: Final = 64
_WORKERS: Final = 2

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Stored:
    """What a file held.

    Attributes
    ----------
    seq
        Sequence number of the last event it knows.
    mark
        Hash of that event, by which the log it came from is told.
    columns, words
        As in `MirrorView`.
    """

    seq: int
    mark: bytes
    columns: dict[str, NDArray[Any]]
    words: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class MirrorFile:
    """Where the mirror of an edition is kept.

    Parameters
    ----------
    path
        The file; its folder is made when it is written.
    edition_id, leaf_count
        What the leaves belong to; a file of others does not fit.
    """

    path: Path
    edition_id: int | None
    leaf_count: int

    def write(self, view: MirrorView, mark: bytes) -> None:
        """Keep a view, known to the log by the hash of its last event.

        Raises
        ------
        OSError
            The disk is full, or the folder closed; what was there before stays.
        """
        names = list(DTYPES)
        with ThreadPoolExecutor(_WORKERS) as workers:
            sums = list(workers.map(lambda name: zlib.crc32(_bytes(view[name])), names))
        header = self._identity() | {
            "seq": view.seq, "mark": mark.hex(), "rows": len(view),
            "words": dict(view.words),
            "columns": [[name, view[name].dtype.str, total] for name, total in zip(names, sums, strict=True)],
        }  # fmt: skip
        private_folder(self.path.parent)
        beside = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
        try:
            with open_private(beside) as file:
                text = json.dumps(header, ensure_ascii=False).encode()
                file.write(_LENGTHS.pack(_MAGIC, len(text), zlib.crc32(text)) + text)
                for name in names:
                    file.write(b"\0" * (-file.tell() % _ALIGN))
                    file.write(_bytes(view[name]))
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.path)
        finally:
            beside.unlink(missing_ok=True)

    def read(self) -> Stored | None:
        """What the file holds; None where there is none, or it does not fit and was thrown away."""
        try:
            return self._read()
        except FileNotFoundError:
            return None
        except (_Misfit, OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("the mirror on disk is thrown away and made anew from the store: %s", error)
            self.forget()
            return None

    def forget(self) -> None:
        """Remove the file, if there is one."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    def _identity(self) -> dict[str, Any]:
        """What must be the same for a file to fit."""
        words = [FLAGS, STAGES, MEANS, SATISFACTIONS, TIME_ORIGIN_S, list(DTYPES)]
        schema = hashlib.sha256(json.dumps(words).encode()).hexdigest()
        return {"schema": schema, "edition_id": self.edition_id, "leaf_count": self.leaf_count}

    def _read(self) -> Stored:
        # One of an earlier version may be open to others.
        close_to_others(self.path)
        with self.path.open("rb") as file:
            header = _header(file.read(_LENGTHS.size), file)
            end = file.tell()
        expected = self._identity()
        if differing := [name for name, value in expected.items() if header[name] != value]:
            raise _Misfit(f"it was written for another {' and '.join(differing)}")
        rows, places = int(header["rows"]), []
        for name, dtype, total in header["columns"]:
            start = end + -end % _ALIGN
            places.append((name, np.dtype(dtype), start, total))
            end = start + rows * np.dtype(dtype).itemsize
        if self.path.stat().st_size != end:
            raise _Misfit(f"it has {self.path.stat().st_size} bytes and should have {end}")
        with ThreadPoolExecutor(_WORKERS) as workers:
            columns = dict(workers.map(lambda place: (place[0], self._column(rows, *place[1:])), places))
        _check(columns, self.leaf_count)
        mark = bytes.fromhex(header["mark"])
        words = {name: tuple(header["words"][name]) for name in TEXT_COLUMNS}
        return Stored(int(header["seq"]), mark, columns, words)

    def _column(self, rows: int, dtype: np.dtype[Any], start: int, total: int) -> NDArray[Any]:
        values = np.fromfile(self.path, dtype, rows, offset=start)
        if len(values) != rows or zlib.crc32(_bytes(values)) != total:
            raise _Misfit("a column is not what was written")
        return values


class _Misfit(Exception):
    """The file cannot be trusted."""


def _header(lengths: bytes, file: Any) -> dict[str, Any]:
    if len(lengths) < _LENGTHS.size:
        raise _Misfit("it is shorter than its beginning")
    magic, size, total = _LENGTHS.unpack(lengths)
    if magic != _MAGIC:
        raise _Misfit("it is no mirror of this version")
    text = file.read(size)
    if zlib.crc32(text) != total:
        raise _Misfit("its header is not what was written")
    header: dict[str, Any] = json.loads(text)
    return header


def _check(columns: Mapping[str, NDArray[Any]], leaf_count: int) -> None:
    """Checksums tell of decay; this tells of what a mistake of ours could have written."""
    if set(columns) != set(DTYPES):
        raise _Misfit("its columns are not those of the mirror")
    ids, leaf = columns["id"], columns["leaf"]
    if (ids[1:] <= ids[:-1]).any():
        raise _Misfit("its incidents are not in order")
    if len(leaf) and not -1 <= leaf.min() <= leaf.max() < leaf_count:
        raise _Misfit("it has leaves the grid system has not")


def _bytes(values: NDArray[Any]) -> memoryview:
    return values.data.cast("B") if len(values) else memoryview(b"")
