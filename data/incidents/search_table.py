"""SQL of looking for incidents: what a search means as a condition, and how far back it looks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from data.incidents.search import Search, Word
from data.store.driver import Cursor

# No index knows parts of words, least of all Chinese ones: closed incidents are read, the newest ones first, as far
# back as takes about a second. Numbers and whole ids of sources are found however old they are, by their indexes.
LOOK_BACK = 400_000

_TEXTS = ("title", "address", "handler", "source_id", "responsible_name", "responsible")
# The incident of a number or of a source's whole id. Every source has ids of its own, and the index begins with the
# source: few as they are, they are found by stepping through it.
BY_IDENTITY = """
    SELECT id FROM incident WHERE id = %(number)s
    UNION
    SELECT incident.id FROM (
        WITH RECURSIVE known (source) AS (
            SELECT min(source) FROM incident
            UNION ALL
            SELECT (SELECT min(source) FROM incident WHERE source > known.source) FROM known
            WHERE known.source IS NOT NULL
        )
        SELECT source FROM known WHERE source IS NOT NULL
    ) AS known JOIN incident ON incident.source = known.source AND incident.source_id = ANY(%(identities)s)
"""


def horizon(cursor: Cursor, rows: int) -> datetime | None:
    """The moment back to which ended incidents are read for parts of words; None where all of them are."""
    cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'incident'::regclass")
    estimate = cursor.fetchone()
    # Stepping over so many entries of an index takes a while, too; -1 stands for a table not counted yet.
    if estimate is not None and 0 <= estimate[0] <= rows / 2:
        return None
    cursor.execute("SELECT reported_at FROM incident ORDER BY reported_at DESC, id DESC OFFSET %s LIMIT 1", (rows,))
    row = cursor.fetchone()
    return None if row is None else row[0]


def match(search: Search, here: str = "here") -> str:
    """Condition for all words of a search; `here` is the leaf in the edition whose grids the words name."""
    return " AND ".join(_found(at, word, here) for at, word in enumerate(search.words))


def values(search: Search) -> dict[str, Any]:
    """Values of `match` and `BY_IDENTITY`."""
    given: dict[str, Any] = {"number": search.number, "identities": list(search.identities)}
    for at, word in enumerate(search.words):
        given |= _word_values(at, word)
    return given


def _found(at: int, word: Word, here: str) -> str:
    # Few letters have cases, and comparing without them is much faster.
    like = "LIKE" if all(text.upper() == text.lower() for text in word.spellings) else "ILIKE"
    parts = [f"{name} {like} ANY(%(like_{at})s)" for name in _TEXTS]
    if word.categories:
        parts.append(f"category = ANY(%(categories_{at})s)")
    if word.leaves:
        parts.append(f"EXISTS (SELECT FROM unnest(%(los_{at})s::integer[], %(his_{at})s::integer[]) AS named (lo, hi) "
                     f"WHERE {here} >= named.lo AND {here} < named.hi)")  # fmt: skip
    if word.areas:
        parts.append(f"({here} = -1 AND area = ANY(%(areas_{at})s))")
    return f"({' OR '.join(parts)})"


def _word_values(at: int, word: Word) -> Mapping[str, Any]:
    return {
        f"like_{at}": [f"%{_literal(text)}%" for text in word.spellings],
        f"categories_{at}": list(word.categories),
        f"los_{at}": [lo for lo, _ in word.leaves],
        f"his_{at}": [hi for _, hi in word.leaves],
        f"areas_{at}": list(word.areas),
    }


def _literal(text: str) -> str:
    """A text as a pattern that stands for itself."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
