"""The index on disk: written in one step, checked before it is used.

One file per grid system: a line of JSON (what it is, of which system, which arrays), the arrays, and the SHA-256 of all
before it.
"""

import hashlib
import json
import logging
import os
import tempfile
from pathlib import Path
from typing import Any

import h3
import numpy as np
from numpy.typing import NDArray

from geo.index_kernel import Tables

# To be raised whenever the tables, or the way they are filled, change: files of other versions are not used.
VERSION = 1
_KIND = "grid index"
_ALIGNED = 64
_DIGEST_SIZE = 32

_log = logging.getLogger(__name__)


def index_path(folder: Path, checksum: str) -> Path:
    """Where the index of the system with this checksum is kept."""
    return folder / f"grid-index-{checksum[:16]}.bin"


def read_tables(folder: Path, checksum: str) -> Tables | None:
    """The tables of the system with this checksum; None where there is no file, or none that can be trusted."""
    path = index_path(folder, checksum)
    try:
        content = np.fromfile(path, dtype=np.uint8)
    except FileNotFoundError:
        return None
    except OSError as error:
        _log.warning("the grid index %s cannot be read, and is built anew: %s", path, error)
        return None
    tables = _decoded(content, checksum)
    if tables is None:
        _log.warning("the grid index %s is damaged or of another version, and is built anew", path)
    return tables


def write_tables(folder: Path, checksum: str, tables: Tables) -> None:
    """Keep the tables: the file appears whole or not at all. Where it cannot be written, the log says so."""
    path = index_path(folder, checksum)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=path.name, suffix=".part", dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_encoded(checksum, tables))
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        _log.warning("the grid index cannot be kept in %s, and will be built again next time: %s", folder, error)


def _header(checksum: str, tables: Tables | None) -> dict[str, Any]:
    arrays = [] if tables is None else [[array.dtype.str, list(array.shape)] for array in tables]
    return {"kind": _KIND, "version": VERSION, "h3": h3.__version__, "system": checksum, "arrays": arrays}


def _padded(size: int) -> int:
    return -(-size // _ALIGNED) * _ALIGNED


def _encoded(checksum: str, tables: Tables) -> bytes:
    line = json.dumps(_header(checksum, tables)).encode()
    # The line is filled up with spaces, each array with zeros, so that arrays start where processors like it.
    parts = [line.ljust(_padded(len(line) + 1) - 1) + b"\n"]
    parts += [array.tobytes().ljust(_padded(array.nbytes), b"\0") for array in tables]
    body = b"".join(parts)
    return body + hashlib.sha256(body).digest()


def _decoded(content: NDArray[np.uint8], checksum: str) -> Tables | None:
    body = content[:-_DIGEST_SIZE]
    if hashlib.sha256(body.data).digest() != content[-_DIGEST_SIZE:].tobytes():
        return None
    line = body[:4096].tobytes().partition(b"\n")[0]
    # Of a right checksum, hence written by this software, but perhaps by another version of it.
    header = json.loads(line)
    if {**header, "arrays": []} != _header(checksum, None):
        return None
    at, arrays = len(line) + 1, []
    for kind, shape in header["arrays"]:
        dtype = np.dtype(kind)
        size = int(np.prod(shape)) * dtype.itemsize
        arrays.append(body[at : at + size].view(dtype).reshape(shape))
        at += _padded(size)
    return Tables(*arrays)
