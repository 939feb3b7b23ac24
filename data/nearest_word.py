"""Words compared with words: the nearest known one to a mistyped one."""

from collections.abc import Iterable
from difflib import get_close_matches

# Comparing is quadratic in the length: no code or name that is known comes near this.
_LONGEST = 100
_MOST_KNOWN = 5_000


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the known word that is nearest to a mistyped one; "" where none is near."""
    if len(word) > _LONGEST:
        return ""
    # In lower case, for a wrong case is the commonest slip.
    by_lower = {one.lower(): one for one, _ in zip(known, range(_MOST_KNOWN), strict=False)}
    near = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[near[0]] if near else ""
