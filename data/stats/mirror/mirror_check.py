"""Whether two mirrors say the same."""

import numpy as np
from numpy.typing import NDArray

from data.stats.mirror.mirror import DTYPES, MirrorView


def differences(left: MirrorView, right: MirrorView) -> dict[str, list[int]]:
    """Ids of the incidents of which two views say different things, by column; empty where they are equal.

    Words are compared, not their codes, which depend on the order in which they came. Under ``"missing"`` are the
    incidents that only one of them knows.
    """
    missing = np.setxor1d(left["id"], right["id"])
    _, at_left, at_right = np.intersect1d(left["id"], right["id"], assume_unique=True, return_indices=True)
    found = {"missing": missing.tolist()} if len(missing) else {}
    for name in DTYPES:
        one, other = _told(left, name)[at_left], _told(right, name)[at_right]
        equal = one == other
        if one.dtype.kind == "f":
            equal |= np.isnan(one) & np.isnan(other)
        if not equal.all():
            found[name] = left["id"][at_left[~equal]].tolist()
    return found


def _told(view: MirrorView, name: str) -> NDArray[np.generic]:
    words = view.words.get(name)
    return view[name] if words is None else np.array([*words, ""], dtype=object)[view[name]]
