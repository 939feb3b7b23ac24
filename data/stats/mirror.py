"""The mirror: one row per incident, in columns, in memory; every number on every screen is a scan of it.

Reading and refreshing go on at the same time without locks between them. A reader takes a `MirrorView`, whose arrays
are never written again: a refresh appends new rows behind the part that views can see, and puts a changed column in a
new array. A view costs nothing to take, and as much memory as the columns changed since, until it is dropped.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.errors import QueryInvalid
from data.store.columns import MISSING, TEXT_COLUMNS, TIME_COLUMNS, incident_columns

if TYPE_CHECKING:
    from data.store.connection import Store

__all__ = ["FLAGS", "MISSING", "TIME_COLUMNS", "Mirror", "MirrorView"]

Columns = dict[str, NDArray[Any]]

FLAGS: Final = {
    "self_handled": 1, "suspended": 2, "unlocated": 4, "returned": 8, "reworked": 16, "extended": 32, "escalated": 64,
}  # fmt: skip
# Which column of the store raises which flag.
_FLAG_SOURCES: Final = {
    "self_handled": "self_handled", "suspended": "suspended", "returned": "returns", "reworked": "reworks",
    "extended": "extensions", "escalated": "escalations",
}  # fmt: skip
DTYPES: Final[Mapping[str, np.dtype[Any]]] = {
    "id": np.dtype(np.int64),
    "leaf": np.dtype(np.int32),
    "category": np.dtype(np.int16),
    "source": np.dtype(np.int16),
    "stage": np.dtype(np.int8),
    "means": np.dtype(np.int8),
    "level": np.dtype(np.int8),
    "flags": np.dtype(np.uint16),
    "lon": np.dtype(np.float32),
    "lat": np.dtype(np.float32),
    **{name: np.dtype(np.int32) for name in TIME_COLUMNS},
}

_CHUNK_ROWS: Final = 1_000_000


@dataclass(frozen=True, eq=False)
class MirrorView:
    """The mirror as of one sequence number; nothing in it changes any more.

    Attributes
    ----------
    seq
        Sequence number of the last event it knows.
    leaf_count
        Leaves of the grid system; `leaf` runs over -1 (in no grid) to ``leaf_count - 1``.
    columns
        Read-only arrays of equal length, one value per incident, in ascending order of `id`; see `DTYPES`.
        `stage` and `means` are positions in `STAGES` and `MEANS` (-1 = none), `category` and `source` positions in
        the lists below, `flags` a sum of `FLAGS`, times seconds since 2000-01-01T00:00:00Z or `MISSING`.
    categories, sources
        The words behind the codes.
    """

    seq: int
    leaf_count: int
    columns: Mapping[str, NDArray[Any]]
    categories: tuple[str, ...]
    sources: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.columns["id"])

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.columns[name]

    def position(self, incident_id: int) -> int | None:
        """Row of the incident; None where the mirror does not know it."""
        ids = self.columns["id"]
        row = int(np.searchsorted(ids, incident_id))
        return row if row < len(ids) and ids[row] == incident_id else None


class Mirror:
    """The growing columns behind the views.

    Parameters
    ----------
    leaf_count
        Leaves of the grid system.
    edition_id
        The edition those leaves belong to: an incident that was placed in another edition counts as unlocated.
        None takes the ordinals as they are stored.
    """

    def __init__(self, leaf_count: int, edition_id: int | None = None) -> None:
        self.leaf_count = leaf_count
        self.edition_id = edition_id
        self._writing = threading.Lock()
        self._size = 0
        self._read_seq = 0
        self._buffers: Columns = {name: np.empty(0, dtype) for name, dtype in DTYPES.items()}
        self._words: dict[str, dict[str, int]] = {name: {} for name in TEXT_COLUMNS}
        self._view = self._published()

    @property
    def seq(self) -> int:
        """Sequence number of the last event a view knows."""
        return self._view.seq

    def view(self) -> MirrorView:
        """The incidents as of the last refresh."""
        return self._view

    def refresh(self, store: "Store") -> int:
        """Bring in what changed in the store since the last refresh; returns the number of rows read.

        A large catch-up is read in parts, and shown only when it is whole. After an error the next refresh goes on
        where this one stopped.

        Raises
        ------
        DatabaseUnavailable, DatabaseBusy
            From the store; the view stays as it is.
        QueryInvalid
            If the store holds leaves this mirror does not have.
        """
        with self._writing:
            rows = 0
            while True:
                seq, columns = incident_columns(store, self._read_seq, self.edition_id, _CHUNK_ROWS)
                self._take(seq, columns)
                rows += len(columns["id"])
                if len(columns["id"]) < _CHUNK_ROWS:
                    break
            if self._read_seq != self._view.seq:
                self._view = self._published()
            return rows

    def apply(self, seq: int, columns: Columns) -> None:
        """Bring in rows as `incident_columns` gives them, known up to `seq`.

        Raises
        ------
        QueryInvalid
            If a row lies in a leaf this mirror does not have; nothing is taken then.
        """
        with self._writing:
            self._take(seq, columns)
            self._view = self._published()

    def _take(self, seq: int, columns: Columns) -> None:
        if len(columns["id"]):
            self._reject_foreign_leaves(columns["leaf"])
            rows = self._encoded(columns)
            ids = self._buffers["id"][: self._size]
            place = np.searchsorted(ids, rows["id"])
            known = np.zeros(len(place), dtype=bool)
            inside = place < self._size
            known[inside] = ids[place[inside]] == rows["id"][inside]
            self._change(place[known], {name: values[known] for name, values in rows.items()})
            self._add({name: values[~known] for name, values in rows.items()})
        self._read_seq = seq

    def _reject_foreign_leaves(self, leaves: NDArray[Any]) -> None:
        highest = int(leaves.max())
        if highest >= self.leaf_count:
            raise QueryInvalid(
                f"an incident lies in leaf {highest}, but the grid system has {self.leaf_count} leaves: "
                "give the mirror the edition its leaves belong to",
                leaf=highest,
                leaf_count=self.leaf_count,
            )

    def _encoded(self, columns: Columns) -> Columns:
        """Rows of the store in the mirror's own types, in ascending order of id."""
        order = np.argsort(columns["id"], kind="stable")
        rows = {name: columns[name][order] for name in DTYPES if name in columns and name not in TEXT_COLUMNS}
        for name in TEXT_COLUMNS:
            rows[name] = self._codes(name, columns[name][order])
        flags = np.where(rows["leaf"] < 0, FLAGS["unlocated"], 0)
        for flag, source in _FLAG_SOURCES.items():
            flags = flags | np.where(columns[source][order] > 0, FLAGS[flag], 0)
        rows["flags"] = flags
        return {name: rows[name].astype(self._buffers[name].dtype) for name in DTYPES}

    def _codes(self, name: str, texts: NDArray[Any]) -> NDArray[Any]:
        words = self._words[name]
        where, found = pd.factorize(texts)
        codes = np.array([words.setdefault(str(word), len(words)) for word in found], dtype=np.int64)
        if len(words) > np.iinfo(self._buffers[name].dtype).max:
            self._buffers[name] = self._buffers[name].astype(np.int32)
        return codes[where]

    def _change(self, place: NDArray[Any], rows: Columns) -> None:
        """Write changed rows; views may hold the old arrays, so a column that changes is a new array."""
        for name, values in rows.items():
            buffer = self._buffers[name]
            if not np.array_equal(buffer[place], values, equal_nan=values.dtype.kind == "f"):
                buffer = buffer.copy()
                buffer[place] = values
                self._buffers[name] = buffer

    def _add(self, rows: Columns) -> None:
        count = len(rows["id"])
        if not count:
            return
        size = self._size + count
        in_order = self._size == 0 or rows["id"][0] > self._buffers["id"][self._size - 1]
        for name, values in rows.items():
            self._buffers[name] = _appended(self._buffers[name], self._size, values)
        self._size = size
        if not in_order:
            # Rare: an id that was drawn earlier came in later. New arrays, for the sake of the views.
            order = np.argsort(self._buffers["id"][:size], kind="stable")
            self._buffers = {name: buffer[:size][order] for name, buffer in self._buffers.items()}

    def _published(self) -> MirrorView:
        columns = {name: buffer[: self._size] for name, buffer in self._buffers.items()}
        for column in columns.values():
            column.flags.writeable = False
        return MirrorView(
            self._read_seq, self.leaf_count, columns, tuple(self._words["category"]), tuple(self._words["source"])
        )


def _appended(buffer: NDArray[Any], size: int, values: NDArray[Any]) -> NDArray[Any]:
    """Values written behind the first `size` ones; the array doubles when it is full."""
    needed = size + len(values)
    if needed > len(buffer):
        larger = np.empty(max(needed, 2 * len(buffer)), buffer.dtype)
        larger[:size] = buffer[:size]
        buffer = larger
    buffer[size:needed] = values
    return buffer
