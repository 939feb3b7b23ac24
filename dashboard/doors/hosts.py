"""Which hosts the server answers for, and whose pages may change something.

Without this a page of any site could reach a server on 127.0.0.1: its name is made to point there (DNS rebinding), and
the browser takes our answers for that site's own. Such a request still names the site as its host.
"""

import socket
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.doors.errors import answer_of, error_answer
from dashboard.doors.limits import HEALTH
from data.addresses import address_of
from data.errors import HostRefused, OriginRefused
from data.settings import Settings

# What changes nothing; every other method, also an unknown one, is taken for one that does.
LOOKING: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
# Sites that `Sec-Fetch-Site` may name: this very one, or none, as from the address bar.
_OWN_SITES: Final = ("same-origin", "none")
_SETTING: Final = "GRID_ALLOWED_HOSTS"


@dataclass(frozen=True)
class Authority:
    """A host and its port; None where no port is said."""

    host: str
    port: int | None

    @classmethod
    def read(cls, text: str) -> "Authority | None":
        """Read ``host``, ``host:port``, ``[ipv6]:port``; None where it is none of them."""
        if not text.isascii() or any(not "!" <= character <= "~" for character in text) or "@" in text:
            return None
        host, colon, port = text, "", ""
        if text.startswith("["):
            host, bracket, rest = text.partition("]")
            host += bracket
            if not bracket or (rest and not rest.startswith(":")):
                return None
            colon, port = rest[:1], rest[1:]
        elif ":" in text:
            host, colon, port = text.partition(":")
        if colon and port and not (port.isdigit() and len(port) <= 5 and int(port) < 65536):
            return None
        address = address_of(host)
        name = str(address) if address is not None else host.lower().removesuffix(".")
        if not name or any(character in "/\\?#%[]" for character in name) or (":" in name and address is None):
            return None
        return cls(name, int(port) if port else None)


class AllowedHosts:
    """The hosts a server answers for.

    Always: localhost and the names below it, loopback addresses, this machine's name and addresses, the host it
    listens on, and the address a connection arrived at. Beside them what the setting lists.
    """

    def __init__(self, listed: tuple[str, ...], listens_on: str, machine: str) -> None:
        short = machine.partition(".")[0]
        own = ("localhost", listens_on, machine, short, f"{short}.local")
        self._own = {name.lower().removesuffix(".") for name in own if name}
        self._everything = "*" in listed
        self._exactly = {one for one in listed if not one.startswith("*")}
        self._below = tuple(one[1:] for one in listed if one.startswith("*."))

    @classmethod
    def of(cls, settings: Settings) -> "AllowedHosts":
        """Take them from the settings."""
        return cls(settings.allowed_hosts, settings.host, socket.gethostname())

    def has(self, host: str, arrived_at: str | None = None) -> bool:
        """Whether the server answers for a host; `arrived_at` is the address its connection came to."""
        if self._everything or host in self._own or host.endswith(".localhost") or self.lists(host):
            return True
        address = address_of(host)
        if address is None:
            return False
        arrived = arrived_at is not None and address == address_of(arrived_at)
        return address.is_loopback or arrived or _is_of_this_machine(str(address))

    def lists(self, host: str) -> bool:
        """Whether the setting itself names a host."""
        return host in self._exactly or host.endswith(self._below)


@lru_cache(maxsize=256)
def _is_of_this_machine(text: str) -> bool:
    """Whether an address is one of this machine's: nothing else can be bound. Nobody is asked for it."""
    address = address_of(text)
    if address is None or address.is_unspecified or address.is_multicast:
        return False
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as trial:
            trial.bind((text, 0))
    except OSError:
        return False
    return True


class HostDoor:
    """ASGI middleware: refuses what asks for another host, and changes that pages of other sites ask for."""

    def __init__(self, app: ASGIApp, hosts: AllowedHosts) -> None:
        self.app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may come in."""
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.getlist("host")
        # Load balancers ask for health in HTTP/1.0 and name no host; a browser always does.
        nameless = scope.get("http_version") == "1.0" and scope["path"] in HEALTH
        if len(given) > 1 or (not given and not nameless):
            message = f"a request names its host once: this one has {len(given)} Host headers"
            await error_answer(400, "request_invalid", message, {"hosts": given})(scope, receive, send)
            return
        try:
            host = None
            if given:
                host = self._host(given[0], (scope.get("server") or (None,))[0])
            if scope["method"] not in LOOKING:
                self._check_origin(headers, host)
        except (HostRefused, OriginRefused) as error:
            await answer_of(error)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _host(self, text: str, arrived_at: str | None) -> Authority:
        found = Authority.read(text.strip())
        if found is None or not self._hosts.has(found.host, arrived_at):
            allow = text[:100] if found is None else found.host
            raise HostRefused(
                f"this server does not answer for the host {text[:100]!r}: if it should, start it with "
                f"{_SETTING}={allow}",
                host=text,
            )
        return found

    def _check_origin(self, headers: Headers, host: Authority | None) -> None:
        site = headers.get("sec-fetch-site")
        for origin in headers.getlist("origin"):
            if not self._is_own(origin, host, site):
                raise OriginRefused(
                    f"the request comes from a page of {origin[:100]!r}, which is not this server: open the page at "
                    f"the server's own address; behind a proxy, let it pass on the Host header, or set {_SETTING}",
                    origin=origin,
                )
        if site is not None and site not in _OWN_SITES:
            raise OriginRefused(
                f"the request comes from a page of another site (Sec-Fetch-Site: {site[:100]}): open the page at the "
                "server's own address",
                site=site,
            )

    def _is_own(self, origin: str, host: Authority | None, site: str | None) -> bool:
        """Whether an origin is this server.

        Its host and port are those of the request; behind a proxy that writes its own Host, the browser says that it
        is the same origin, or the setting names it and it stands at a scheme's usual port.
        """
        scheme, _, rest = origin.partition("://")
        usual = _DEFAULT_PORTS.get(scheme)
        found = Authority.read(rest)
        if usual is None or found is None:
            return False
        port = found.port or usual
        if host is not None and found.host == host.host and port == (host.port or usual):
            return True
        if site == "same-origin":
            return self._hosts.has(found.host)
        return self._hosts.lists(found.host) and port == usual
