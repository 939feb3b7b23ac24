"""Pairing codes, and wrong ones: guessing must be hopeless, and strangers must not lock the right phone out.

A code has six digits while few wrong ones come. A lock would hold off a stranger, but also the phone in front of the
wall, so there is none: once `SHORT_TRIES` wrong codes came within a day, from wherever, codes have twelve digits. A
thousand guesses a second find one of those within its ten minutes once in 160,000 times, and the phone has only to read
more digits. Beside that an address may be wrong no faster than once a second, after ten times.
"""

import secrets
from collections import OrderedDict, deque
from datetime import datetime, timedelta
from typing import Final

from data.errors import TooManyRequests

SHORT_DIGITS: Final = 6
LONG_DIGITS: Final = 12
SHORT_TRIES: Final = 20
TRIES_FOR: Final = timedelta(days=1)
# So many wrong codes of an address at once, and then one in so long.
BURST: Final = 10
REFILL: Final = timedelta(seconds=1)
_MOST_NETWORKS: Final = 4096


def new_code(*, long: bool) -> str:
    """Draw a code. Its first digit tells its length: a long one begins with 0, a short one does not."""
    if long:
        return f"0{secrets.randbelow(10 ** (LONG_DIGITS - 1)):0{LONG_DIGITS - 1}d}"
    least = 10 ** (SHORT_DIGITS - 1)
    return str(least + secrets.randbelow(9 * least))


class Guesses:
    """The wrong codes of the last day, of all, and how fast each address sends them."""

    def __init__(self) -> None:
        self._wrong: deque[datetime] = deque(maxlen=SHORT_TRIES)
        # When the bucket of an address will be full again; those seen last at the end.
        self._full_at: OrderedDict[str, datetime] = OrderedDict()

    def many(self, now: datetime) -> bool:
        """Whether there were so many lately that codes have to be long."""
        return len(self._wrong) == SHORT_TRIES and now - self._wrong[0] < TRIES_FOR

    def check(self, network: str, now: datetime) -> None:
        """Refuse an address that was wrong too often too fast; right or wrong, or the answer would tell which.

        Raises
        ------
        TooManyRequests
            With `retry_after_s`.
        """
        full_at = self._full_at.get(network, now)
        wait = full_at - now - (BURST - 1) * REFILL
        if wait > timedelta(0):
            wait_s = int(wait.total_seconds()) + 1
            raise TooManyRequests(
                f"wrong pairing codes come too fast: wait {wait_s} s, then read the code on the wall again",
                retry_after_s=wait_s,
            )

    def wrong(self, network: str, now: datetime) -> bool:
        """Remember a wrong code; true for the one after which codes have to be long."""
        before = self.many(now)
        self._wrong.append(now)
        self._full_at[network] = max(self._full_at.get(network, now), now) + REFILL
        self._full_at.move_to_end(network)
        if len(self._full_at) > _MOST_NETWORKS:
            self._full_at.popitem(last=False)
        return self.many(now) and not before
