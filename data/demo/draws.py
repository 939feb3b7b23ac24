"""Random draws without a state: each is a pure function of a key and a number.

So a border between two grids, or the life of an incident, is the same whenever and wherever it is computed again.
Only integer arithmetic and one exact division: equal on every platform.
"""

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Floats = NDArray[np.float64]

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def key_of(text: str) -> int:
    """64-bit key of a text."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def keys_of(texts: Iterable[str]) -> Keys:
    """Keys of texts, shape ``(n,)``."""
    return np.array([key_of(text) for text in texts], dtype=np.uint64)


def mixed(keys: Keys, number: int) -> Keys:
    """The `number`-th 64 random bits of each key (SplitMix64)."""
    with np.errstate(over="ignore"):
        state = keys + _GAMMA * np.uint64(number + 1)
        state = (state ^ (state >> np.uint64(30))) * _MIX_1
        state = (state ^ (state >> np.uint64(27))) * _MIX_2
    return state ^ (state >> np.uint64(31))


def uniform(keys: Keys, number: int) -> Floats:
    """The `number`-th draw of each key from ``[0, 1)``; shape of `keys`."""
    return (mixed(keys, number) >> np.uint64(11)).astype(np.float64) * 2.0**-53
