"""Coordinate systems by the names that files and people give them."""

import warnings
from typing import Any

import pyproj

from geo.crs import SYSTEMS
from geo.errors import CoordinateSystemUnknown
from geo.visible import visible


def crs_of(name: Any) -> pyproj.CRS | None:
    """The system of a name such as "EPSG:4528", "urn:ogc:def:crs:EPSG::4528", WKT or PROJJSON; None if unknown."""
    try:
        with warnings.catch_warnings():
            # Old notations such as +init are read all the same.
            warnings.simplefilter("ignore")
            return pyproj.CRS.from_user_input(name)
    except (pyproj.exceptions.CRSError, TypeError, ValueError):
        return None


def named_system(name: str) -> str | pyproj.CRS:
    """What `--coordinate-system` says: one of `SYSTEMS`, or any EPSG code such as "EPSG:4528" or "4528".

    Raises
    ------
    CoordinateSystemUnknown
    """
    plain = name.strip()
    if plain.lower() in SYSTEMS:
        return plain.lower()
    code = plain.upper().removeprefix("EPSG:").strip()
    found = crs_of(f"EPSG:{code}") if code.isascii() and code.isdecimal() and len(code) < 10 else None
    if found is None:
        raise CoordinateSystemUnknown(
            f"coordinate system {visible(name)!r} is not known: give one of {', '.join(SYSTEMS)}, "
            "or an EPSG code such as EPSG:4528",
            source=name, known=list(SYSTEMS),
        )  # fmt: skip
    return found


def crs_of_member(member: Any) -> tuple[pyproj.CRS | None, str]:
    """The system that the member `crs` of a GeoJSON file names, and the text of an unknown one, else ""."""
    if member is None:
        return None, ""
    kind, properties = (member.get("type"), member.get("properties")) if isinstance(member, dict) else (None, None)
    if isinstance(properties, dict):
        if kind == "name" and isinstance(properties.get("name"), str):
            name = str(properties["name"])
            found = crs_of(name)
            return found, "" if found is not None else visible(name)
        if kind == "EPSG" and properties.get("code") is not None:
            name = f"EPSG:{properties['code']}"
            found = crs_of(name)
            return found, "" if found is not None else visible(name)
    return None, visible(member)
