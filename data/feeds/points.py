"""Places in one cell: ``POINT (120.26 31.90)``, ``(31.90, 120.26)``, ``120.26,31.90``."""

import re
from typing import Final

# Which of two numbers comes first, where that is not said by the kind of text.
ORDERS: Final = ("lon_lat", "lat_lon")

_NUMBER = r"([+-]?\d{1,4}(?:\.\d{0,20})?)"
_WKT: Final = re.compile(
    rf"(?:srid=(\d{{1,6}});\s?)?point\s?(?:z|m|zm)?\s?\(\s?{_NUMBER}\s{_NUMBER}(?:\s{_NUMBER}){{0,2}}\s?\)",
    re.ASCII | re.IGNORECASE,
)
_WKT_EMPTY: Final = re.compile(r"(?:srid=\d{1,6};\s?)?point\s?(?:z|m|zm)?\s?empty", re.ASCII | re.IGNORECASE)
_PAIR: Final = re.compile(rf"[(\[]?\s?{_NUMBER}(?:\s?[,;，、]\s?|\s){_NUMBER}\s?[)\]]?", re.ASCII)
# Degrees on the ellipsoids that are one within a metre.
_DEGREES: Final = ("4326", "4490")
_LONGEST: Final = 2_000


def split_point(text: str, order: str) -> tuple[str, str] | None:
    """Longitude and latitude as texts; None for a point that is none (``POINT EMPTY``).

    Parameters
    ----------
    text
        Trimmed. An address may stand before a pair in parentheses.
    order
        One of `ORDERS`, for every kind of text; "" where only ``POINT (lon lat)`` is understood.

    Raises
    ------
    ValueError
        It is no point, or its order is not said.
    """
    plain = " ".join(text[:_LONGEST].split())
    if _WKT_EMPTY.fullmatch(plain):
        return None
    found = _WKT.fullmatch(plain)
    if found is not None:
        if found[1] is not None and found[1] not in _DEGREES:
            raise ValueError(f"is in the coordinate system EPSG:{found[1]}, not in degrees of longitude and latitude")
        first, second = found[2], found[3]
    else:
        pair = _PAIR.fullmatch(plain[plain.rfind("(") :] if plain.endswith(")") else plain)
        if pair is None:
            raise ValueError("is no point such as POINT (120.26 31.90) or (31.90, 120.26)")
        if not order:
            raise ValueError("may be longitude and latitude or the other way round: say coordinates.order")
        first, second = pair[1], pair[2]
    return (second, first) if order == "lat_lon" else (first, second)
