"""Which codes of a question the store knows: asked when the mirror has not seen one."""

from collections.abc import Sequence
from typing import Final, Literal

from data.store.connection import Store
from data.store.openers import System
from data.store.storable import storable_text

Coded = Literal["category", "source", "unit"]

# Each is found by an index, or in a table of few rows.
_FINDS: Final[dict[Coded, str]] = {
    "category": """
        SELECT code FROM category WHERE code = ANY(%(codes)s::text[])
        UNION
        SELECT word FROM unnest(%(codes)s::text[]) AS word WHERE EXISTS (SELECT FROM incident WHERE category = word)
        """,
    "source": """
        SELECT word FROM unnest(%(codes)s::text[]) AS word WHERE EXISTS (SELECT FROM incident WHERE source = word)
        """,
    "unit": "SELECT DISTINCT code FROM register_unit WHERE code = ANY(%(codes)s::text[])",
}


def codes_in_store(store: Store, coded: Coded, codes: Sequence[str]) -> set[str]:
    """Return those of the codes that are registered, in any version, or stand in an incident; empty for none."""
    possible = [code for code in codes if storable_text(code)]
    if not possible:
        return set()
    with store.transaction(System("codes that exist")) as cursor:
        cursor.execute(_FINDS[coded], {"codes": possible})
        return {code for (code,) in cursor.fetchall()}
