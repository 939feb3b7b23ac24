"""Screens that sign in with a key: the keys in force, and the door at ``/wall?key=…``.

A screen may only look (`scope.py`). Its key stands in a cookie no script can read; it is never logged.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from typing import Final
from urllib.parse import parse_qsl, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.doors.errors import status_of
from dashboard.words.texts import LANGUAGES, text
from data.access.screens import ScreenKey, hash_of, keys_in_force
from data.errors import CommandCenterError, ScreenKeyUnknown
from data.store.connection import Store

SCREEN_COOKIE: Final = "grid_screen"
# Pages a key may stand in the address of.
SCREEN_PAGES: Final = ("/wall", "/wall/")
# A key that was revoked opens nothing any more after so long.
KEEP_S: Final = 2.0
# Moments of sight are written down that often.
NOTE_EVERY_S: Final = 60.0
# As long as browsers keep a cookie at most; each visit of the wall renews it.
_COOKIE_S = 400 * 24 * 3600
# A wall that starts while the database does not answer tries again by itself.
_AGAIN_S = 5


class ScreenKeys:
    """The keys in force, read again when what is known is older than `keep_s`. Use it on one event loop."""

    def __init__(self, store: Store, *, keep_s: float = KEEP_S, note_every_s: float = NOTE_EVERY_S) -> None:
        self._store = store
        self._keep_s = keep_s
        self._note_every_s = note_every_s
        self._known: Mapping[bytes, ScreenKey] = {}
        self._read_at = float("-inf")
        self._noted_at = float("-inf")
        self._seen: dict[int, datetime] = {}
        self._reading = asyncio.Lock()

    async def find(self, key: str, *, fresh: bool = False) -> ScreenKey:
        """Return whose key this is; `fresh` asks the database in any case.

        Raises
        ------
        ScreenKeyUnknown
            No screen has this key, or it was revoked.
        DatabaseUnavailable, DatabaseBusy
            The database does not answer, and what was known of the keys is too old to go by.
        """
        asked_at = asyncio.get_running_loop().time()
        if fresh or asked_at - self._read_at > self._keep_s:
            async with self._reading:
                # Somebody else may have read them while we waited.
                if self._read_at < asked_at - (0.0 if fresh else self._keep_s):
                    await self._read()
        found = self._known.get(hash_of(key))
        if found is None:
            raise ScreenKeyUnknown(
                "no screen has this key: it was revoked, or not copied whole; make a new one with "
                "`python app.py screens add`"
            )
        self._seen[found.id] = datetime.now(UTC)
        return found

    async def _read(self) -> None:
        began_at = asyncio.get_running_loop().time()
        due = began_at - self._noted_at >= self._note_every_s
        seen = dict(self._seen) if due else {}
        self._known = await run_in_threadpool(keys_in_force, self._store, seen)
        self._read_at = began_at
        if seen:
            self._noted_at = began_at
            self._seen = {key_id: at for key_id, at in self._seen.items() if seen.get(key_id) != at}


class ScreenDoor:
    """ASGI middleware: signs a screen in at ``/wall?key=…``, and ends its streams when its key is revoked."""

    def __init__(self, app: ASGIApp, keys: ScreenKeys, watch_every_s: float = KEEP_S) -> None:
        self.app = app
        self._keys = keys
        self._watch_every_s = watch_every_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer who comes with a key; watch over the streams of who came with one."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        at_a_page = scope["path"] in SCREEN_PAGES
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True) if at_a_page else []
        given = [value for name, value in query if name == "key"]
        cookie = Request(scope).cookies.get(SCREEN_COOKIE)
        if given:
            rest = urlencode([(name, value) for name, value in query if name != "key"])
            target = f"{scope['path']}?{rest}" if rest else scope["path"]
            await (await self._signed_in(scope, given[-1], target))(scope, receive, send)
        elif cookie is None:
            await self.app(scope, receive, send)
        elif at_a_page:
            await self._page(scope, receive, send, cookie)
        else:
            await self._watched(scope, receive, send, cookie)

    async def _signed_in(self, scope: Scope, key: str, target: str) -> Response:
        """Put the key into a cookie, out of the address and out of the history of the browser."""
        try:
            await self._keys.find(key, fresh=True)
        except CommandCenterError as error:
            return _refusal(error)
        response = RedirectResponse(target, status_code=303, headers={"Cache-Control": "no-store"})
        _set_cookie(response, scope, key)
        return response

    async def _page(self, scope: Scope, receive: Receive, send: Send, key: str) -> None:
        """Give the wall to who has a key in force, and renew its cookie."""
        try:
            await self._keys.find(key)
        except CommandCenterError as error:
            await _refusal(error)(scope, receive, send)
            return
        renewed = Response()
        _set_cookie(renewed, scope, key)
        cookies = [(name, value) for name, value in renewed.raw_headers if name == b"set-cookie"]

        async def send_renewed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *cookies]}
            await send(message)

        await self.app(scope, receive, send_renewed)

    async def _watched(self, scope: Scope, receive: Receive, send: Send, key: str) -> None:
        """Pass on; an endless answer is told that its client went away once the key is revoked."""
        revoked = asyncio.Event()
        watch: asyncio.Task[None] | None = None
        ended = False

        async def receive_or_revoked() -> Message:
            ways = [asyncio.ensure_future(receive()), asyncio.ensure_future(revoked.wait())]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                return {"type": "http.disconnect"} if revoked.is_set() else await ways[0]  # type: ignore[return-value]
            finally:
                for way in ways:
                    way.cancel()

        async def send_noticed(message: Message) -> None:
            nonlocal watch, ended
            if message["type"] == "http.response.start":
                if Headers(raw=message["headers"]).get("content-type", "").startswith("text/event-stream"):
                    watch = asyncio.create_task(self._watch(key, revoked))
            else:
                ended = not message.get("more_body", False)
            await send(message)

        try:
            await self.app(scope, receive_or_revoked, send_noticed)
            if revoked.is_set() and not ended:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            if watch is not None:
                watch.cancel()

    async def _watch(self, key: str, revoked: asyncio.Event) -> None:
        while not revoked.is_set():
            await asyncio.sleep(self._watch_every_s)
            # While the database does not answer nothing was revoked that we could know of; the stream calls itself old.
            with contextlib.suppress(CommandCenterError):
                try:
                    await self._keys.find(key)
                except ScreenKeyUnknown:
                    revoked.set()


def _set_cookie(response: Response, scope: Scope, key: str) -> None:
    secure = scope.get("scheme") == "https"
    response.set_cookie(
        SCREEN_COOKIE, key, max_age=_COOKIE_S, path="/", httponly=True, samesite="lax", secure=secure
    )  # fmt: skip


def _refusal(error: CommandCenterError) -> HTMLResponse:
    """Say on the screen itself why it shows nothing, in every language: nobody stands there to choose one."""
    status = status_of(error)
    lines = "".join(f'<p lang="{one}">{escape(text(f"error.{error.code}", one))}</p>' for one in LANGUAGES)
    again = f'<meta http-equiv="refresh" content="{_AGAIN_S}">' if status == 503 else ""
    style = "background:#0a1119;color:#e8eef5;font:2.5vw sans-serif;display:grid;min-height:90vh;place-content:center"
    return HTMLResponse(
        f'<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8">{again}<title>{error.code}</title></head>'
        f'<body style="{style}">{lines}<p>{error.code}</p></body></html>',
        status_code=status,
        headers={"Cache-Control": "no-store"},
    )
