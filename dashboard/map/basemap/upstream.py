"""A source of tiles at an address of a map service."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

import httpx

from dashboard.map.basemap.addresses import TileAddress
from dashboard.map.basemap.tile import Tile, TileUnavailable, media_type

log = logging.getLogger(__name__)

_TIMEOUT = httpx.Timeout(5.0, connect=3.0)
# A server that sends a byte now and then is never late by the limit above.
_WHOLE_S: Final = 8.0
_MOST_BYTES: Final = 4 << 20
# A service that cannot be reached is not asked for every tile of every screen.
_REST_S: Final = 10.0
_SAY_EVERY_S: Final = 300.0
_NOTHING_THERE: Final = (204, 404)
_HEADERS: Final = {"User-Agent": "GridCommandCenter/0.1", "Accept": "image/webp,image/png,image/jpeg"}


class Upstream:
    """Asks an address for tiles; several threads may ask at once, each waits for its own.

    Parameters
    ----------
    address, key
        Where, and what fills its ``{key}``.
    now_s
        A clock that only goes forward.
    """

    def __init__(self, address: TileAddress, key: str, now_s: Callable[[], float] = time.monotonic) -> None:
        self._address = address
        self._key = key
        self._now_s = now_s
        self._resting_until_s = float("-inf")
        self._said_at_s = float("-inf")
        self._changing = threading.Lock()
        # httpx logs every address it asks.
        self._secret = _Secret(key)
        logging.getLogger("httpx").addFilter(self._secret)
        self._client = httpx.Client(timeout=_TIMEOUT, headers=_HEADERS)

    def read(self, tile: Tile) -> bytes | None:
        """As of `TileSource`."""
        if self._now_s() < self._resting_until_s:
            raise TileUnavailable(f"{self._address.shown} did not answer a moment ago")
        try:
            status, content = self._fetch(self._address.of(tile, self._key))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # Its text may hold the address, and with it the key; and so may what caused it.
            raise self._failed(f"does not answer ({type(error).__name__})", rest=True) from None
        if status in _NOTHING_THERE:
            return None
        if status != 200:
            refused = status in (401, 403, 429)
            raise self._failed(f"answers {status}" + (": are key and quota in order?" if refused else ""), rest=refused)
        if media_type(content) is None:
            raise self._failed("answers with something that is no picture", rest=False)
        return content

    def close(self) -> None:
        """As of `TileSource`."""
        self._client.close()
        logging.getLogger("httpx").removeFilter(self._secret)

    def _fetch(self, url: str) -> tuple[int, bytes]:
        late_s = self._now_s() + _WHOLE_S
        content = bytearray()
        with self._client.stream("GET", url) as answer:
            if answer.status_code != 200:
                return answer.status_code, b""
            for part in answer.iter_bytes():
                content += part
                if len(content) > _MOST_BYTES or self._now_s() > late_s:
                    raise httpx.ReadTimeout("too much, or too slow")
        return 200, bytes(content)

    def _failed(self, what: str, *, rest: bool) -> TileUnavailable:
        now_s = self._now_s()
        with self._changing:
            if rest:
                self._resting_until_s = now_s + _REST_S
            tell = now_s >= self._said_at_s + _SAY_EVERY_S
            if tell:
                self._said_at_s = now_s
        message = f"the basemap's service {self._address.shown} {what}"
        if tell:
            log.warning("%s", message)
        return TileUnavailable(message)


class _Secret(logging.Filter):
    """Takes the key out of what another library logs."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self._key = key

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record, without the key."""
        text = record.getMessage()
        if self._key and self._key in text:
            record.msg, record.args = text.replace(self._key, "…"), None
        return True
