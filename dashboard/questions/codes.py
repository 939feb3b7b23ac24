"""Codes that a question filters by: one that does not exist is refused, for "none" would be no answer to it.

A category exists when it is registered or stands in an incident, a unit when any version of the register has it or
something was dispatched to it, a source when something came from it or a mapping of the project is for it.
"""

import tomllib
from collections.abc import Iterable, Sequence, Set
from functools import lru_cache
from typing import Final

from dashboard.center.services import Services
from data.errors import QueryInvalid
from data.feeds.mapping import SHIPPED
from data.incidents.codes import Coded, codes_in_store
from data.nearest_word import did_you_mean
from data.stats.mirror.mirror import MirrorView
from data.store.connection import Store

_WHERE: Final[dict[Coded, str]] = {
    "category": "GET /api/v1/categories lists them",
    "source": "a source exists once something came from it",
    "unit": "GET /api/v1/units lists them",
}
# "" asks for incidents without a category, or not dispatched to any unit; each has a source.
_MAY_BE_EMPTY: Final = frozenset({"category", "unit"})
_MOST_LISTED: Final = 20

Asked = str | Sequence[str] | None


def check_codes(
    store: Store, view: MirrorView, *, category: Asked = None, source: Asked = None, unit: Asked = None
) -> None:
    """Refuse codes that do not exist.

    Parameters
    ----------
    view
        The mirror, which knows the codes of all incidents but the very newest.
    category, source, unit
        One code or several; None where the question does not filter.

    Raises
    ------
    QueryInvalid
        With the code, the nearest known one, and where they are listed.
    DatabaseUnavailable, DatabaseBusy
        From the store, which is asked only about codes that the mirror does not know.
    """
    asked: dict[Coded, Asked] = {"category": category, "source": source, "unit": unit}
    for coded, codes in asked.items():
        if codes is not None:
            _check(store, set(view.words[coded]), coded, [codes] if isinstance(codes, str) else list(codes))


def check_codes_of(services: Services, *, category: Asked = None, source: Asked = None, unit: Asked = None) -> None:
    """Refuse codes that the city does not have, as `check_codes`."""
    check_codes(services.store, services.mirror.view(), category=category, source=source, unit=unit)


def check_code(store: Store, coded: Coded, code: str, known: Iterable[str]) -> None:
    """Refuse one code that is neither among those known nor in the store; errors as of `check_codes`."""
    _check(store, set(known), coded, [code])


def _check(store: Store, seen: Set[str], coded: Coded, codes: list[str]) -> None:
    unseen = [code for code in codes if code not in seen and not (code == "" and coded in _MAY_BE_EMPTY)]
    if not unseen:
        return
    declared = shipped_sources() if coded == "source" else frozenset()
    there = codes_in_store(store, coded, unseen) | declared
    for code in unseen:
        if code not in there:
            raise _unknown(coded, code, sorted((seen | declared) - {""}))


def _unknown(coded: Coded, code: str, known: list[str]) -> QueryInvalid:
    guess = did_you_mean(code, known)
    hint = f" (did you mean {guess!r}?)" if guess else ""
    return QueryInvalid(
        f"there is no {coded} {code!r}{hint}: {_WHERE[coded]}",
        field=coded, value=code, known=known[:_MOST_LISTED],
    )  # fmt: skip


@lru_cache(maxsize=1)
def shipped_sources() -> frozenset[str]:
    """Return the sources that the mappings of the project declare."""
    documents = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(SHIPPED.glob("*.toml"))]
    return frozenset(found for document in documents if isinstance(found := document.get("source"), str))
