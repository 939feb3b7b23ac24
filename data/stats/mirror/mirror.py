"""The mirror: columns in memory with one row per incident; every number on every screen is a scan of it.

Readers and refreshes run concurrently, without locks between them. A reader takes a `MirrorView`, whose arrays are
never modified: a refresh appends new rows beyond the part visible to views, and changes a column by giving the next
view a new array, which shares unchanged blocks with the old one (see `column`). Taking a view is free; while it is
held, it costs the memory of all blocks changed since.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.errors import QueryInvalid
from data.incidents.columns import MISSING, incident_columns
from data.incidents.fields import FLAGS, GIVEN, TEXT_COLUMNS, TIME_COLUMNS, Field
from data.stats.mirror.column import Column, column_of, grown
from data.stats.mirror.open_columns import OpenColumns
from data.stats.mirror.sums import Sums, ZoneFindings
from data.stats.mirror.zones import ZONE_ROWS, Zones

if TYPE_CHECKING:
    from data.store.connection import Store

__all__ = ["FLAGS", "MISSING", "TIME_COLUMNS", "Mirror", "MirrorView"]

Columns = dict[str, NDArray[Any]]


def _raised(field: Field, flag: str) -> tuple[Callable[..., Any], int]:
    """Return the comparison, and its right-hand side, by which a field sets a flag."""
    match field.column.form:
        case "word":
            # The n-th word of the list sets the n-th flag.
            return np.equal, list(field.column.flags or {}).index(flag)
        case "whole":
            return np.less, 0
    return np.greater, 0


DTYPES: Final[Mapping[str, np.dtype[Any]]] = {
    field.given_as: np.dtype(field.column.dtype) for field in GIVEN if field.column.dtype
} | {"flags": np.min_scalar_type(max(FLAGS.values()))}
# For each flag its bit, the column of the store, and the comparison: no leaf, a word of a list, or above zero.
_RAISED: Final = tuple(
    (bit, field.given_as, *_raised(field, flag)) for field in GIVEN for flag, bit in (field.column.flags or {}).items()
)

_CHUNK_ROWS: Final = 1_000_000


@dataclass(frozen=True, eq=False)
class MirrorView:
    """The mirror as of one sequence number; immutable.

    Attributes
    ----------
    seq
        Sequence number of the last event included.
    leaf_count
        Number of leaves of the grid system; `leaf` ranges from -1 (in no grid) to ``leaf_count - 1``.
    columns
        Read-only arrays of equal length, one value per incident, in ascending order of `id`; of the types in `DTYPES`,
        or of wider ones where ids, categories, sources or units need them.
        `stage` and `means` are positions in `STAGES` and `MEANS` (-1 = none), `category`, `source` and `unit` positions
        in the lists below, `flags` a sum of `FLAGS`, times seconds since 2000-01-01T00:00:00Z or `MISSING`.
    words
        By text column: the words behind its codes. The unit is the one dispatched to, "" for none.
    known_zones, known_sums, known_zone_findings, known_open
        `zones`, `sums`, `zone_findings` and `open_columns`, if they exist already.
    """

    seq: int
    leaf_count: int
    columns: Mapping[str, NDArray[Any]]
    words: Mapping[str, tuple[str, ...]]
    known_zones: Zones | None = field(default=None, repr=False)
    known_sums: Sums | None = field(default=None, repr=False)
    known_zone_findings: ZoneFindings | None = field(default=None, repr=False)
    known_open: OpenColumns | None = field(default=None, repr=False)

    @property
    def categories(self) -> tuple[str, ...]:
        """The words behind the codes of `category`."""
        return self.words["category"]

    @property
    def sources(self) -> tuple[str, ...]:
        """The words behind the codes of `source`."""
        return self.words["source"]

    @property
    def units(self) -> tuple[str, ...]:
        """The words behind the codes of `unit`."""
        return self.words["unit"]

    @cached_property
    def zones(self) -> Zones:
        """Minimum and maximum of the times in each zone of rows."""
        return Zones.of(self.columns) if self.known_zones is None else self.known_zones

    @cached_property
    def sums(self) -> Sums:
        """Earlier counts over pieces of time that are over."""
        return Sums(self.leaf_count) if self.known_sums is None else self.known_sums

    @cached_property
    def zone_findings(self) -> ZoneFindings:
        """Earlier findings in single zones."""
        return ZoneFindings() if self.known_zone_findings is None else self.known_zone_findings

    @cached_property
    def open_columns(self) -> OpenColumns:
        """The columns of open incidents, packed together."""
        return OpenColumns(self.columns, self.zones.open) if self.known_open is None else self.known_open

    def __len__(self) -> int:
        return len(self.columns["id"])

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.columns[name]

    def position(self, incident_id: int) -> int | None:
        """Return the row of an incident; None if it is not in the mirror."""
        ids = self.columns["id"]
        row = int(np.searchsorted(ids, incident_id))
        return row if row < len(ids) and ids[row] == incident_id else None


class Mirror:
    """The growing columns behind the views.

    Parameters
    ----------
    leaf_count
        Number of leaves of the grid system.
    edition_id
        The edition of those leaves: an incident placed in another edition counts as unlocated. None takes the ordinals
        as stored.
    """

    def __init__(self, leaf_count: int, edition_id: int | None = None) -> None:
        self.leaf_count = leaf_count
        self.edition_id = edition_id
        self._writing = threading.Lock()
        self._size = 0
        self._read_seq = 0
        self._columns: dict[str, Column] = {name: column_of(np.empty(0, dtype)) for name, dtype in DTYPES.items()}
        self._words: dict[str, dict[str, int]] = {name: {} for name in TEXT_COLUMNS}
        self._zones = Zones.of({name: np.empty(0, dtype) for name, dtype in DTYPES.items()})
        # Zones changed since the last view; None for all.
        self._changed: set[int] | None = set()
        self._stamp = 0
        self._sums = Sums(leaf_count), ZoneFindings()
        self._open = OpenColumns({}, self._zones.open)
        self._view = self._published()

    @property
    def seq(self) -> int:
        """Sequence number of the last event in the current view."""
        return self._view.seq

    def view(self) -> MirrorView:
        """Return the incidents as of the last refresh."""
        return self._view

    def refresh(self, store: "Store") -> int:
        """Read the changes in the store since the last refresh; return the number of rows read.

        A large catch-up is read in parts, and becomes visible only when complete. After an error the next refresh
        resumes where this one stopped.

        Raises
        ------
        DatabaseUnavailable, DatabaseBusy
            From the store; the view stays as it is.
        QueryInvalid
            If the store contains leaves that this mirror does not have.
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

    def restore(self, seq: int, columns: Columns, words: Mapping[str, Sequence[str]]) -> None:
        """Replace all columns by those of an earlier view, which is complete up to `seq`.

        Parameters
        ----------
        columns
            Every column of `DTYPES`, in ascending order of id. They are removed from the mapping one by one, so that
            memory never holds all of them twice.
        words
            By text column: the words behind its codes.
        """
        with self._writing:
            self._size = len(columns["id"])
            self._columns = {name: column_of(columns.pop(name)) for name in DTYPES}
            self._open = OpenColumns({}, np.empty(0, np.intp))
            self._words = {name: {word: code for code, word in enumerate(words[name])} for name in TEXT_COLUMNS}
            self._changed = None
            self._read_seq = seq
            self._view = self._published()

    def apply(self, seq: int, columns: Columns) -> None:
        """Apply rows in the form of `incident_columns`, complete up to `seq`.

        Raises
        ------
        QueryInvalid
            If a row lies in a leaf that this mirror does not have; then nothing is applied.
        """
        with self._writing:
            self._take(seq, columns)
            self._view = self._published()

    def _take(self, seq: int, columns: Columns) -> None:
        if len(columns["id"]):
            self._reject_foreign_leaves(columns["leaf"])
            rows = self._encoded(columns)
            ids = self._values("id")
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
        """Convert rows of the store to the mirror's types, in ascending order of id."""
        order = np.argsort(columns["id"], kind="stable")
        rows = {name: columns[name][order] for name in DTYPES if name in columns and name not in TEXT_COLUMNS}
        for name in TEXT_COLUMNS:
            rows[name] = self._codes(name, columns[name][order])
        flags = np.zeros(len(order), dtype=np.int64)
        for bit, source, holds, value in _RAISED:
            flags |= np.where(holds(columns[source][order], value), bit, 0)
        rows["flags"] = flags
        if len(order) and rows["id"][-1] > np.iinfo(self._columns["id"].dtype).max:
            self._columns["id"] = column_of(self._values("id").astype(np.int64))
        return {name: rows[name].astype(self._columns[name].dtype) for name in DTYPES}

    def _values(self, name: str) -> NDArray[Any]:
        return self._columns[name].values(self._size)

    def _codes(self, name: str, texts: NDArray[Any]) -> NDArray[Any]:
        words = self._words[name]
        where, found = pd.factorize(texts)
        codes = np.array([words.setdefault(str(word), len(words)) for word in found], dtype=np.int64)
        wider = np.result_type(np.min_scalar_type(-max(len(words), 1)), self._columns[name].dtype)
        if wider != self._columns[name].dtype:
            self._columns[name] = column_of(self._values(name).astype(wider))
        return codes[where]

    def _change(self, place: NDArray[Any], rows: Columns) -> None:
        """Write changed rows, only in the columns where they differ."""
        if self._changed is not None:
            self._changed.update(np.unique(place // ZONE_ROWS).tolist())
        for name, values in rows.items():
            before = self._values(name)[place]
            differs = before != values
            if values.dtype.kind == "f":
                differs &= ~(np.isnan(before) & np.isnan(values))
            if differs.any():
                self._columns[name].change(place[differs], values[differs])

    def _add(self, rows: Columns) -> None:
        count = len(rows["id"])
        if not count:
            return
        in_order = self._size == 0 or rows["id"][0] > self._values("id")[-1]
        for name, values in rows.items():
            self._columns[name] = grown(self._columns[name], self._size, values)
        self._size += count
        if not in_order:
            # Rare: an id drawn earlier was committed later. Views keep the old columns, so create new ones.
            order = np.argsort(self._values("id"), kind="stable")
            self._columns = {name: column_of(self._values(name)[order]) for name in DTYPES}
            self._changed = None

    def _published(self) -> MirrorView:
        columns = {name: self._values(name) for name in DTYPES}
        self._stamp += 1
        if self._changed is None:
            self._zones = Zones.of(columns, self._stamp)
        else:
            self._zones = self._zones.after(columns, np.array(sorted(self._changed), dtype=np.intp), self._stamp)
        self._changed = set()
        words = {name: tuple(known) for name, known in self._words.items()}
        self._open = self._open.after(columns, self._zones, self._stamp)
        return MirrorView(self._read_seq, self.leaf_count, columns, words, self._zones, *self._sums, self._open)
