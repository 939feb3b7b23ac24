"""Whose word counts for where a request came from: only that of proxies named in the settings."""

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from data.addresses import address_of, proxy_network
from data.settings import Settings


class TrustedProxies:
    """The proxies in front of this server; without any in the settings, none."""

    def __init__(self, texts: tuple[str, ...]) -> None:
        self._networks = [proxy_network(text) for text in texts]
        self.listed = [str(network) for network in self._networks]

    def has(self, peer: str) -> bool:
        """Whether a connection comes from one of them."""
        address = address_of(peer)
        return address is not None and any(address in network for network in self._networks)


class ForwardedDoor:
    """ASGI middleware: client and scheme as trusted proxies forward them; every other word of it is overlooked."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        proxies = TrustedProxies(settings.trusted_proxies)
        self._app = ProxyHeadersMiddleware(app, proxies.listed) if proxies.listed else app  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, from whom it came."""
        client = scope.get("client")
        if client and client[0].startswith("::ffff:"):
            # A socket that takes both families writes IPv4 addresses this way; nobody lists a proxy like that.
            scope["client"] = (str(address_of(client[0]) or client[0]), client[1])
        await self._app(scope, receive, send)  # type: ignore[arg-type]


def client_of(scope: Scope) -> str:
    """The network a request came from: its IPv4 address, or the /64 of its IPv6 address; "" where it is not known.

    A household or a rented server has a whole /64, so that an address of it alone limits nobody.
    """
    client = scope.get("client")
    return "" if not client else network_of(client[0])


def network_of(peer: str) -> str:
    """The IPv4 address, or the /64 of an IPv6 address; the text itself where it is neither."""
    address = address_of(peer)
    if address is None:
        return peer[:100]
    if address.version == 4 or address.is_loopback:
        return str(address)
    return ":".join(address.exploded.split(":")[:4]) + "::/64"
