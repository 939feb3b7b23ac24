"""The rows of a file by their ids: which ones come again, and whether they say the same.

Twenty-four bytes a row, so a file of ten million rows is no burden.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

# Hash of the id, hash of the content, line; sorted by the first.
_Chunk: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
_Earlier: TypeAlias = tuple[int, int]


class FirstRows:
    """The first row of each id seen so far, by hashes of 64 bits."""

    def __init__(self) -> None:
        self._chunks: list[_Chunk] = []

    def earlier(
        self, ids: Sequence[int], contents: Sequence[int], lines: Sequence[int]
    ) -> list[tuple[int, bool] | None]:
        """For each row, the line of an earlier row with its id and whether the content is the same; None for a first.

        Parameters
        ----------
        ids, contents
            Hashes, 64 bits with a sign.
        lines
            In the file. Any number of rows, in the order of the file; they are remembered.
        """
        found = self._look_up(np.asarray(ids, np.int64))
        first: dict[int, _Earlier] = {}
        answers: list[tuple[int, bool] | None] = []
        for row, (key, content, line) in enumerate(zip(ids, contents, lines, strict=True)):
            before = found.get(row) or first.get(key)
            answers.append(None if before is None else (before[0], before[1] == content))
            if before is None:
                first[key] = line, content
        self._keep(first)
        return answers

    def _look_up(self, keys: NDArray[np.int64]) -> dict[int, _Earlier]:
        found: dict[int, _Earlier] = {}
        for known, contents, lines in self._chunks:
            at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
            for row in np.flatnonzero(known[at] == keys):
                found[int(row)] = int(lines[at[row]]), int(contents[at[row]])
        return found

    def _keep(self, first: dict[int, _Earlier]) -> None:
        if not first:
            return
        keys = np.fromiter(first, np.int64, len(first))
        lines, contents = np.array(list(first.values()), np.int64).T
        chunk = keys, contents, lines
        # Chunks of like size are merged, so that there are few however long the file is.
        while self._chunks and len(self._chunks[-1][0]) < 2 * len(chunk[0]):
            older = self._chunks.pop()
            chunk = (
                np.concatenate([older[0], chunk[0]]),
                np.concatenate([older[1], chunk[1]]),
                np.concatenate([older[2], chunk[2]]),
            )
        order = np.argsort(chunk[0], kind="stable")
        self._chunks.append((chunk[0][order], chunk[1][order], chunk[2][order]))
