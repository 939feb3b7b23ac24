"""Names and addresses in settings: hosts that may be asked for, and networks of proxies."""

import ipaddress
import re

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_NAME = re.compile(rf"(\*\.)?{_LABEL}(\.{_LABEL})*\Z")
_SEPARATORS = re.compile(r"[\s,]+")


def split_list(text: str) -> tuple[str, ...]:
    """Split a setting at commas and blanks; empty for a blank text."""
    return tuple(part for part in _SEPARATORS.split(text) if part)


def address_of(text: str) -> Address | None:
    """Read an IP address, with or without the brackets of IPv6; None for anything else.

    An IPv4 address written as IPv6 (``::ffff:10.1.2.3``) is the IPv4 address.
    """
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        found = ipaddress.ip_address(bare)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found


def host_pattern(text: str) -> str:
    """Check a host of a setting and bring it into one form: lower case, no dot at the end, IDN in ASCII.

    ``*.example.org`` stands for every name below example.org, ``*`` for every host.

    Raises
    ------
    ValueError
        It is no host; says what it must be.
    """
    if text == "*":
        return text
    address = address_of(text)
    if address is not None:
        return str(address)
    try:
        name = text.encode("idna").decode().lower().removesuffix(".") if not text.isascii() else text.lower()
    except UnicodeError:
        name = ""
    name = name.removesuffix(".")
    if not _NAME.match(name) or len(name) > 253:
        raise ValueError(
            "a name or an address, such as grid.example.org, *.example.org or 10.1.2.3, without scheme, port or path"
        )
    return name


def proxy_network(text: str) -> Network:
    """Read an address or network of a setting.

    Raises
    ------
    ValueError
        It is neither; says what it must be.
    """
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueError("an IP address or a network, such as 127.0.0.1 or 10.1.0.0/16") from error
