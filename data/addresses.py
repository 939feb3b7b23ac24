"""Names and addresses in settings: hosts that may be asked for, and networks of proxies."""

import ipaddress
import re
from collections.abc import Sequence

from data.errors import SettingInvalid

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


def host_patterns(texts: Sequence[str], setting: str) -> tuple[str, ...]:
    """Check hosts of a setting and bring them into one form: lower case, no dot at the end, IDN in ASCII.

    ``*.example.org`` stands for every name below example.org, ``*`` for every host.

    Raises
    ------
    SettingInvalid
        Names the entry that is no host.
    """
    return tuple(_host_pattern(text, setting) for text in texts)


def _host_pattern(text: str, setting: str) -> str:
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
        raise SettingInvalid(
            f"{setting} has {text!r}: write names and addresses only, without scheme, port or path, such as "
            "grid.example.org, *.example.org or 10.1.2.3",
            name=setting, value=text,
        )  # fmt: skip
    return name


def proxy_networks(texts: Sequence[str], setting: str) -> tuple[Network, ...]:
    """Read the addresses and networks of a setting.

    Raises
    ------
    SettingInvalid
        Names the entry that is neither.
    """
    found: list[Network] = []
    for text in texts:
        try:
            found.append(ipaddress.ip_network(text))
        except ValueError as error:
            raise SettingInvalid(
                f"{setting} has {text!r}: write IP addresses or networks, such as 127.0.0.1 or 10.1.0.0/16",
                name=setting, value=text,
            ) from error  # fmt: skip
    return tuple(found)
