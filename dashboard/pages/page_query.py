"""What stands in a page's address and is none of its parameters is said, not passed over: ``/wall?secne=night``.

Names are checked here, and the choices of language and theme. What else a name says is the page's own matter: it shows
the city where a grid is gone.
"""

from collections import Counter
from html import escape
from typing import Final
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.components.screen import Screen
from dashboard.pages.not_found import notice
from dashboard.words.preferences import CHOICES
from data.nearest_word import did_you_mean
from data.settings import Language

_VIEW: Final = ("within", "level", "kpi", "layers")
# The parameters of each page.
PARAMETERS: Final[dict[str, tuple[str, ...]]] = {
    "/": (*_VIEW, *CHOICES),
    "/wall": (*_VIEW, "scene", "key", *CHOICES),
    "/desk": ("queue", "id", *CHOICES),
    # It leads to the first of the office's pages, with what stands in the address.
    "/office": ("register", "q", "person", "category", "grid", "moment", *CHOICES),
    "/office/registers": ("register", "q", "person", "category", "grid", "moment", *CHOICES),
    "/field": (),
    "/remote": (),
}
_LONGEST: Final = 100


class PageQuery:
    """ASGI middleware: a page is not shown under an address that says what it does not know."""

    def __init__(self, app: ASGIApp, default: Language) -> None:
        self.app = app
        self._default = default

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 422 with a page that names what is wrong, and a way on without it; pass on everything else."""
        page = (scope["path"].rstrip("/") or "/") if scope["type"] == "http" else ""
        if page in PARAMETERS and scope["query_string"] and scope["method"] in ("GET", "HEAD"):
            query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
            times = Counter(name for name, _ in query)
            wrong = [name for name in times if name not in PARAMETERS[page] or times[name] > 1]
            wrong += [name for name, said in query if not _can_be(name, said)]
            if wrong:
                cookies = Request(scope).cookies
                screen = Screen.of(cookies, self._default)
                answer = HTMLResponse(_refusal(screen, page, wrong[0], query), status_code=422, headers=_HEADERS)
                await answer(scope, receive, send)
                return
        await self.app(scope, receive, send)


_HEADERS: Final = {"Cache-Control": "no-store", "Vary": "Cookie"}


def _refusal(screen: Screen, page: str, name: str, query: list[tuple[str, str]]) -> str:
    known = PARAMETERS[page]
    said = [value for one, value in query if one == name]
    if name in known and len(said) > 1:
        line = screen.text("page_query.twice", name=_cut(name))
    elif name in known:
        line = screen.text("page_query.choice", name=name, said=_cut(said[0]), known=", ".join(CHOICES[name]))
    elif known:
        near = did_you_mean(name, known)
        line = screen.text("page_query.unknown", name=_cut(name), known=", ".join(known))
        line += screen.text("page_query.near", name=near) if near else ""
    else:
        line = screen.text("page_query.none", name=_cut(name))
    # A key never goes on in an address that we write.
    rest = urlencode([one for one in dict(query).items() if one[0] in known and one[0] != "key" and _can_be(*one)])
    address = f"{page}?{rest}" if rest else page
    way = f'<li><a href="{escape(address)}">{escape(screen.text("page_query.on"))}</a></li>'
    return notice(screen, screen.text("page_query.title"), line, screen.text("page_query.ways"), way)


def _can_be(name: str, said: str) -> bool:
    return said in CHOICES.get(name, (said,))


def _cut(name: str) -> str:
    text = name.encode("utf-8", "replace").decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
