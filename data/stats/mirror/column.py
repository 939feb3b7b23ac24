"""A growing column of numbers whose earlier versions stay as they were, for the price of what has changed since.

The values stand in a file in memory, in blocks. A version is a mapping of blocks in a row: to readers it is one plain
array. A change writes the blocks it touches anew, somewhere else, and the next version maps those in place of the old
ones; all others are shared. A block that no version maps any more is given back.

Ten million incidents move on at a few rows a second: copying the columns these rows are in would be half a gigabyte a
second, and twice the memory whenever somebody still reads the version before.
"""

import ctypes
import mmap
import os
import weakref
from collections import deque
from collections.abc import Iterator
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

BLOCK_BYTES: Final = 1 << 17
# Less than that is copied in no time, and needs neither a file nor mappings.
MANY_BYTES: Final = 1 << 22
# A process may have 65,530 mappings; so many for a column leave room for all columns of several versions.
MOST_RUNS: Final = 512
# So many neighbours are brought together at a time where there are too many runs.
_TOGETHER: Final = 64
# Runs that a new one may cut off from its neighbours.
_ENDS: Final = 2
_FEWEST_MORE: Final = 1_024
_RESERVED: Final = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000  # and MAP_NORESERVE: it costs only addresses
_FIXED: Final = 0x10
_PUNCH_HOLE: Final = 0x02 | 0x01  # and the file keeps its size


class Column(Protocol):
    """What a mirror keeps a column in."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the values."""
        ...

    def values(self, size: int) -> NDArray[Any]:
        """The first `size` values as they are now: a read-only array that never changes."""
        ...

    def change(self, place: NDArray[np.intp], values: NDArray[Any]) -> None:
        """Put values at ascending places."""
        ...

    def append(self, size: int, values: NDArray[Any]) -> None:
        """Put values behind the first `size`, which are all that anybody has been shown."""
        ...


def column_of(values: NDArray[Any]) -> Column:
    """Begin a column with a copy of these values: in blocks where there are many, and files in memory."""
    if _in_blocks(values):
        try:
            return BlockColumn(values)
        except OSError:
            # A system may know files in memory, and not allow them.
            return ArrayColumn(values)
    return ArrayColumn(values)


def _in_blocks(values: NDArray[Any]) -> bool:
    return values.nbytes >= MANY_BYTES and hasattr(os, "memfd_create")


def grown(column: Column, size: int, values: NDArray[Any]) -> Column:
    """The column with values appended to its first `size`; a new one where it has become large."""
    column.append(size, values)
    shown = column.values(size + len(values))
    return column_of(shown) if isinstance(column, ArrayColumn) and _in_blocks(shown) else column


class ArrayColumn:
    """A column where there are no files in memory: a change copies all of it."""

    def __init__(self, values: NDArray[Any]) -> None:
        self._buffer = values.copy()

    @property
    def dtype(self) -> np.dtype[Any]:
        """See `Column`."""
        return self._buffer.dtype

    def values(self, size: int) -> NDArray[Any]:
        """See `Column`."""
        shown = self._buffer[:size]
        shown.flags.writeable = False
        return shown

    def change(self, place: NDArray[np.intp], values: NDArray[Any]) -> None:
        """See `Column`."""
        self._buffer = self._buffer.copy()
        self._buffer[place] = values

    def append(self, size: int, values: NDArray[Any]) -> None:
        """See `Column`."""
        needed = size + len(values)
        if needed > len(self._buffer):
            larger = np.empty(_roomier(needed, len(self._buffer)), self.dtype)
            larger[:size] = self._buffer[:size]
            self._buffer = larger
        self._buffer[size:needed] = values


class BlockColumn:
    """A column in blocks of a file in memory; one thread at a time may write it, any may read its versions."""

    def __init__(self, values: NDArray[Any]) -> None:
        self._dtype = values.dtype
        self._file = os.memfd_create("mirror-column", os.MFD_CLOEXEC)
        weakref.finalize(self, os.close, self._file).atexit = False
        self._file_blocks = 0
        self._blocks = np.empty(0, np.int64)
        self._mapped: NDArray[Any] | None = None
        self._version = 0
        self._ended: deque[int] = deque()
        self._alive: set[int] = set()
        # Blocks no longer used, each with the last version that maps it.
        self._retired: deque[tuple[int, int]] = deque()
        self.append(0, values)

    @property
    def dtype(self) -> np.dtype[Any]:
        """See `Column`."""
        return self._dtype

    @property
    def capacity(self) -> int:
        """How many values there is room for."""
        return len(self._blocks) * BLOCK_BYTES // self._dtype.itemsize

    def values(self, size: int) -> NDArray[Any]:
        """See `Column`."""
        if self._mapped is None:
            self._bring_together()
            self._mapped = self._map()
            self._give_back()
        shown = self._mapped[:size]
        shown.flags.writeable = False
        return shown

    def change(self, place: NDArray[np.intp], values: NDArray[Any]) -> None:
        """See `Column`."""
        if not len(place):
            return
        per_block = BLOCK_BYTES // self._dtype.itemsize
        touched, first = np.unique(place // per_block, return_index=True)
        ends = np.append(first[1:], len(place))
        for block, start, end in zip(self._moved(touched), first.tolist(), ends.tolist(), strict=True):
            content = np.frombuffer(block, self._dtype)
            content[place[start:end] % per_block] = values[start:end]

    def append(self, size: int, values: NDArray[Any]) -> None:
        """See `Column`."""
        needed = size + len(values)
        if needed > self.capacity:
            more = -(-_roomier(needed, self.capacity) * self._dtype.itemsize // BLOCK_BYTES) - len(self._blocks)
            self._blocks = np.concatenate([self._blocks, self._new_blocks(more)])
            self._mapped = None
        at, left = size * self._dtype.itemsize, np.ascontiguousarray(values, self._dtype).view(np.uint8).data
        while len(left):
            block, offset = divmod(at, BLOCK_BYTES)
            # Blocks in a row in the file are written at once.
            run = 1 + int(np.argmin([*(np.diff(self._blocks[block:]) == 1), False]))
            # The system may write less than it was given.
            place = int(self._blocks[block]) * BLOCK_BYTES + offset
            written = os.pwrite(self._file, left[: run * BLOCK_BYTES - offset], place)
            at, left = at + written, left[written:]

    def _moved(self, touched: NDArray[np.intp]) -> "Iterator[bytearray]":
        """Give blocks new places; each content is handed out to be changed before it is written there."""
        moved = self._blocks.copy()
        moved[touched] = self._new_blocks(len(touched))
        for block in touched.tolist():
            content = bytearray(os.pread(self._file, BLOCK_BYTES, int(self._blocks[block]) * BLOCK_BYTES))
            yield content
            self._retired.append((self._version, int(self._blocks[block])))
            os.pwrite(self._file, content, int(moved[block]) * BLOCK_BYTES)
        self._blocks, self._mapped = moved, None

    def _new_blocks(self, count: int) -> NDArray[np.int64]:
        """Blocks at the end of the file, which take memory only when they are written to."""
        start = self._file_blocks
        self._file_blocks += count
        os.ftruncate(self._file, self._file_blocks * BLOCK_BYTES)
        return np.arange(start, self._file_blocks, dtype=np.int64)

    def _bring_together(self) -> None:
        """Where there are too many runs, make one of the neighbours that are in most of them, as often as it takes."""
        together = _TOGETHER
        while (breaks := np.concatenate([[0], np.cumsum(np.diff(self._blocks) != 1)]))[-1] > MOST_RUNS:
            together = min(together, len(self._blocks))
            inside = breaks[together - 1 :] - breaks[: len(breaks) - together + 1]
            start = int(np.argmax(inside))
            if inside[start] <= _ENDS and together < len(self._blocks):
                together *= 2
                continue
            for _ in self._moved(np.arange(start, start + together)):
                pass

    def _map(self) -> NDArray[Any]:
        """Map the blocks, one behind the other, as one array."""
        self._version += 1
        total = len(self._blocks) * BLOCK_BYTES
        if not total:
            return np.empty(0, self._dtype)
        address = _mmap(None, total, mmap.PROT_READ, _RESERVED, -1, 0)
        for start, count in _runs_of(self._blocks):
            at, offset = address + start * BLOCK_BYTES, int(self._blocks[start]) * BLOCK_BYTES
            _mmap(at, count * BLOCK_BYTES, mmap.PROT_READ, mmap.MAP_SHARED | _FIXED, self._file, offset)
        memory: Any = (ctypes.c_ubyte * total).from_address(address)
        self._alive.add(self._version)
        # Not at the end of the process, when somebody may still read.
        weakref.finalize(memory, _end, address, total, self._version, self._ended).atexit = False
        mapped: NDArray[Any] = np.frombuffer(memory, self._dtype)
        mapped.flags.writeable = False
        return mapped

    def _give_back(self) -> None:
        """Give back the memory of blocks that no living version maps."""
        while self._ended:
            self._alive.discard(self._ended.popleft())
        oldest = min(self._alive, default=self._version + 1)
        while self._retired and self._retired[0][0] < oldest:
            _, block = self._retired.popleft()
            _check(_libc.fallocate(self._file, _PUNCH_HOLE, block * BLOCK_BYTES, BLOCK_BYTES))


def _roomier(needed: int, capacity: int) -> int:
    """Room for an eighth more than there was, and some."""
    return max(needed, capacity + capacity // 8 + _FEWEST_MORE)


def _runs_of(blocks: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Start and length of each run of blocks that stand in a row in the file."""
    starts = np.flatnonzero(np.diff(blocks, prepend=blocks[0] - 2) != 1)
    yield from zip(starts.tolist(), np.diff(starts, append=len(blocks)).tolist(), strict=True)


def _end(address: int, total: int, version: int, ended: "deque[int]") -> None:
    """A version nobody reads any more; called from wherever the last reader was."""
    _libc.munmap(address, total)
    ended.append(version)


_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = (
    ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_longlong,
)  # fmt: skip
_libc.fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_longlong, ctypes.c_longlong)
_libc.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)


def _mmap(address: int | None, length: int, protection: int, flags: int, file: int, offset: int) -> int:
    found = _libc.mmap(address, length, protection, flags, file, offset)
    if found is None or found == ctypes.c_void_p(-1).value:
        _check(-1)
    return int(found)


def _check(status: int) -> None:
    if status != 0:
        number = ctypes.get_errno()
        raise MemoryError(f"a column of the mirror could not be kept in memory: {os.strerror(number)}")
