"""The loops that touch every row, compiled; they hold no lock of the interpreter.

Compiled code is kept beside the source (or in the user's cache), so only the first start pays for it.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

_NO_MASK = np.empty(0, dtype=np.bool_)


def rows_in_span(
    times: NDArray[np.int32], since_s: int, until_s: int, base: NDArray[np.bool_] | None
) -> NDArray[np.intp]:
    """Positions of the times in ``[since_s, until_s)``, ascending; of those in `base`, unless it is None."""
    return np.asarray(_rows_in_span(times, since_s, until_s, _NO_MASK if base is None else base))


def rows_open(
    reported: NDArray[np.int32],
    closed: NDArray[np.int32],
    voided: NDArray[np.int32],
    moment_s: int,
    base: NDArray[np.bool_] | None,
) -> NDArray[np.intp]:
    """Positions of the incidents reported, and neither closed nor voided, by the moment; of those in `base`."""
    return np.asarray(_rows_open(reported, closed, voided, moment_s, _NO_MASK if base is None else base))


def histogram(leaf: NDArray[np.int32], mask: NDArray[np.bool_] | None, leaf_count: int) -> NDArray[np.int64]:
    """Number of masked rows (None: of all) per leaf; shape ``(leaf_count + 1,)``, the first is leaf -1."""
    return np.asarray(_histogram(leaf, _NO_MASK if mask is None else mask, leaf_count))


@njit(cache=True, nogil=True)
def _rows_in_span(times, since_s, until_s, base):  # type: ignore[no-untyped-def]  # compiled
    found = np.empty(len(times), np.intp)
    size = 0
    limited = len(base) > 0
    for i in range(len(times)):
        found[size] = i
        size += (times[i] >= since_s) & (times[i] < until_s) & ((not limited) or base[i])
    return found[:size].copy()


@njit(cache=True, nogil=True)
def _rows_open(reported, closed, voided, moment_s, base):  # type: ignore[no-untyped-def]  # compiled
    found = np.empty(len(reported), np.intp)
    size = 0
    limited = len(base) > 0
    for i in range(len(reported)):
        found[size] = i
        size += (reported[i] <= moment_s) & (closed[i] > moment_s) & (voided[i] > moment_s) & ((not limited) or base[i])
    return found[:size].copy()


@njit(cache=True, nogil=True)
def _histogram(leaf, mask, leaf_count):  # type: ignore[no-untyped-def]  # compiled
    found = np.zeros(leaf_count + 1, np.int64)
    limited = len(mask) > 0
    for i in range(len(leaf)):
        found[leaf[i] + 1] += (not limited) or mask[i]
    return found
