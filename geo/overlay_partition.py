"""The partition of one village's atoms that agrees best with what the departments drew.

For each pair of places in the village, every department says "together" (in one grid of mine) or "apart"; the wanted
partition agrees with as many of these votes as possible, weighted by what lies there (the median partition under
Mirkin's distance, also known as consensus clustering), with connected grids of a size within bounds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.coordinates import Floats

Longs = NDArray[np.int64]

# Up to so many atoms every partition is tried.
EXHAUSTIVE = 7
# Moving single atoms takes the most time: it is done to so many of the best partitions found.
_POLISHED = 3
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Task:
    """One village.

    Attributes
    ----------
    votes
        (n, n) symmetric: the share of departments that keep two atoms together less that of those that part them,
        times both atoms' weights; 0 on the diagonal.
    near
        (n, n) symmetric bool: atoms that share a border.
    size
        (n): what the bounds speak of.
    least, most
        Bounds of the size of a grid.
    """

    votes: Floats
    near: NDArray[np.bool_]
    size: Floats
    least: float
    most: float


def best_partition(task: Task, proposals: Sequence[Longs] = ()) -> Longs:
    """The grid of each atom: labels 0, 1, … in the order of their first atoms.

    Up to `EXHAUSTIVE` atoms the best of all; above, the best that greedy merging, mending to the bounds and moving
    single atoms make of the bare atoms and of the `proposals` (labels of atoms, taken apart into connected grids).
    Deterministic; the bounds come first: a village below the lower one becomes one grid, an atom above the upper one
    stays as it is.
    """
    count = len(task.size)
    if count <= EXHAUSTIVE:
        candidates = [labels for labels in _all_partitions(count) if connected(task, labels)]
    else:
        starts = [np.arange(count), *(_components(task, proposal) for proposal in proposals)]
        starts += [_merged(task, start) for start in starts]
        mended = [_mended(task, start, needy_first) for start in starts for needy_first in (False, True)]
        promising = sorted(_distinct(mended), key=lambda labels: score(task, labels))[:_POLISHED]
        candidates = [_polished(task, labels) for labels in promising]
    return min(candidates, key=lambda labels: score(task, labels))


def score(task: Task, labels: Longs) -> tuple[int, float, int]:
    """What is to be small: grids out of bounds, votes against the partition, number of grids."""
    sizes = np.bincount(labels, weights=task.size)
    bad = int(((sizes < task.least - _ROUNDING) | (sizes > task.most + _ROUNDING)).sum())
    together = labels[:, None] == labels[None, :]
    return bad, -round(float(task.votes[together].sum()), 9), len(sizes)


def connected(task: Task, labels: Longs) -> bool:
    """Whether every grid hangs together, as far as its atoms do at all."""
    return len(np.unique(_components(task, labels))) == len(np.unique(labels))


def _all_partitions(count: int) -> Iterator[Longs]:
    """Every partition once, as labels in the order of first atoms."""

    def grow(labels: list[int], used: int) -> Iterator[Longs]:
        if len(labels) == count:
            yield np.array(labels, dtype=np.int64)
            return
        for label in range(used + 1):
            yield from grow([*labels, label], max(used, label + 1))

    return grow([], 0)


def _components(task: Task, labels: Longs) -> Longs:
    """The connected parts of each grid, labelled in the order of their first atoms."""
    linked = task.near & (labels[:, None] == labels[None, :])
    found = np.full(len(labels), -1, dtype=np.int64)
    for at in range(len(labels)):
        if found[at] >= 0:
            continue
        label, waiting = int(found.max(initial=-1)) + 1, [at]
        found[at] = label
        while waiting:
            fresh = np.flatnonzero(linked[waiting.pop()] & (found < 0))
            found[fresh] = label
            waiting += fresh.tolist()
    return found


class _Merging:
    """Grids of a village that are merged step by step; the votes between merged grids simply add up."""

    def __init__(self, task: Task, labels: Longs) -> None:
        count = int(labels.max()) + 1
        member = np.zeros((len(labels), count))
        member[np.arange(len(labels)), labels] = 1.0
        self.labels = labels.copy()
        self.votes = member.T @ task.votes @ member
        self.near = (member.T @ task.near @ member) > 0
        np.fill_diagonal(self.near, False)
        self.size = member.T @ task.size

    def merge(self, one: int, other: int) -> None:
        """Make `other` part of `one`."""
        self.labels[self.labels == other] = one
        for table in (self.votes, self.near):
            table[one] += table[other]
            table[:, one] += table[:, other]
            table[other] = table[:, other] = 0
        self.near[one, one] = False
        self.size[one] += self.size[other]
        self.size[other] = 0.0

    def done(self) -> Longs:
        """Labels 0, 1, … in the order of first atoms."""
        _, first, inverse = np.unique(self.labels, return_index=True, return_inverse=True)
        return np.asarray(np.argsort(np.argsort(first))[inverse], dtype=np.int64)


def _merged(task: Task, labels: Longs) -> Longs:
    """Neighbours merged while votes speak for it and no grid grows too large, the clearest case first."""
    grids = _Merging(task, labels)
    while True:
        fits = grids.near & (grids.size[:, None] + grids.size[None, :] <= task.most + _ROUNDING)
        gain = np.where(np.triu(fits), grids.votes, 0.0)
        at = int(gain.argmax())
        if gain.flat[at] <= _ROUNDING:
            return grids.done()
        grids.merge(*divmod(at, len(gain)))


def _distinct(partitions: Sequence[Longs]) -> list[Longs]:
    return list({labels.tobytes(): labels for labels in partitions}.values())


def _polished(task: Task, labels: Longs) -> Longs:
    """Single atoms moved to a neighbouring grid, or to one of their own, while that makes it better."""
    labels = labels.copy()
    for _ in range(len(labels)):
        moved = [_move(task, labels, at) for at in range(len(labels))]
        if not any(moved):
            break
    return _Merging(task, _compact(labels)).done()


def _move(task: Task, labels: Longs, at: int) -> bool:
    """Move one atom to the best of the grids around it, in place; whether it was moved."""
    own = labels[at]
    rest = (labels == own) & (np.arange(len(labels)) != at)
    choices = np.append(np.unique(labels[task.near[at] & (labels != own)]), labels.max() + 1)
    if not rest.any():
        choices = choices[:-1]
    elif not connected(task, np.where(rest, 0, np.arange(1, len(labels) + 1))):
        return False
    best, better = own, (0, -_ROUNDING)
    for choice in choices.tolist():
        there = labels == choice
        change = _bad(task, task.size[rest].sum()) + _bad(task, task.size[there].sum() + task.size[at])
        change -= _bad(task, task.size[rest].sum() + task.size[at]) + _bad(task, task.size[there].sum())
        loss = float(task.votes[at, rest].sum() - task.votes[at, there].sum())
        if (change, loss) < better:
            best, better = choice, (change, loss)
    labels[at] = best
    return bool(best != own)


def _bad(task: Task, size: float) -> int:
    """Whether a grid of this size is out of bounds; one without atoms is no grid."""
    return int(size > 0 and not task.least - _ROUNDING <= size <= task.most + _ROUNDING)


def _compact(labels: Longs) -> Longs:
    return np.asarray(np.unique(labels, return_inverse=True)[1], dtype=np.int64)


def _mended(task: Task, labels: Longs, needy_first: bool) -> Longs:
    """Grids below the lower bound joined to the neighbour that the votes speak for most, if possible within bounds.

    With `needy_first`, to a neighbour that is itself too small, where there is one.
    """
    grids = _Merging(task, labels)
    while True:
        small = np.flatnonzero(grids.near.any(axis=1) & (grids.size < task.least - _ROUNDING))
        if not len(small):
            return grids.done()
        one = int(small[np.argmin(grids.size[small])])
        others = np.flatnonzero(grids.near[one])
        fits = grids.size[one] + grids.size[others] <= task.most + _ROUNDING
        # Per size, or the largest neighbour would always win or always lose.
        liking = grids.votes[one, others] / np.maximum(grids.size[others], _ROUNDING)
        content = (grids.size[others] >= task.least - _ROUNDING) & needy_first
        other = int(others[np.lexsort((others, -liking, content, ~fits))[0]])
        grids.merge(min(one, other), max(one, other))
