"""Does a JSON file say that it is one page of more? Services hand out pages, and pages get saved as whole cities."""

from collections.abc import Iterator, Mapping
from typing import Any

from geo.raw_table import Remark
from geo.visible import visible

# By what different services name the number of all there are; in small letters, without marks.
_TOTALS = frozenset(
    ("numbermatched", "totalfeatures", "total", "totalcount", "totalresults", "totalhits", "totalrecords", "matched",
     "count", "recordcount", "numfound"),
)  # fmt: skip
_RETURNED = frozenset(("numberreturned", "returned"))
_PAGES = frozenset(("totalpages", "pagecount", "numpages", "pages"))
_LIMITED = frozenset(("exceededtransferlimit", "limitexceeded", "hasmore", "hasnext", "truncated", "morerecords"))
_NEXT = frozenset(("next", "nextpage", "nexturl", "nextlink", "nextpagetoken", "odatanextlink"))
# How many features services hand out at once, unless asked for more.
_USUAL_LIMITS = (500, 1000, 2000, 4000, 5000, 8000, 10000, 50000)
# Members in which such numbers stand, beside the document itself.
_AROUND = ("context", "meta", "metadata", "paging", "pagination", "page")


def partial_remarks(document: Mapping[str, Any], features: int) -> list[Remark]:
    """What the members of a collection say against its being all there is.

    Parameters
    ----------
    document
        The collection without its features.
    features
        How many features it has.
    """
    said = list(dict.fromkeys(_said(document, features)))
    if not said and features in _USUAL_LIMITS:
        told = f"it holds exactly {features:,} grids, as many as services hand out at most: is that all of them?"
        return [Remark("note", "partial", told)]
    return [
        Remark("error", "partial", f"the file says it is a part: {what}; fetch all pages, or the whole layer at once")
        for what in said
    ]


def _said(document: Mapping[str, Any], features: int) -> Iterator[str]:
    yield from _of_members(document, features)
    for name in _AROUND:
        inner = document.get(name)
        if isinstance(inner, dict):
            yield from _of_members(inner, features)
    own = document.get("properties")
    if isinstance(own, dict):
        # Properties may count anything, people for example; only a limit speaks of pages.
        yield from _of_members({name: value for name, value in own.items() if _plain(name) in _LIMITED}, features)
    links = document.get("links")
    for link in links if isinstance(links, list) else [links]:
        if isinstance(link, dict) and (link.get("rel") == "next" or (link.get("next") and "rel" not in link)):
            yield f"it links to a next page ({visible(link.get('href') or link.get('next'))})"


def _of_members(members: Mapping[str, Any], features: int) -> Iterator[str]:
    for name, value in members.items():
        plain = _plain(name)
        number = _number(value)
        if (plain in _TOTALS and number is not None and number > features) or (
            plain in _RETURNED and number is not None and number != features
        ):
            yield f"{name} is {value}, but it holds {features:,}"
        elif plain in _PAGES and number is not None and number > 1:
            yield f"{name} is {value}"
        elif plain in _LIMITED and (value is True or value == "true"):
            yield f"{name} is true"
        elif plain in _NEXT and isinstance(value, str) and value:
            yield f"{name} is {visible(value)}"


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _number(value: Any) -> int | None:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 16 else None
