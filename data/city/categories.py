"""Categories of incidents: their codes and their names on screen."""

from collections.abc import Iterable
from dataclasses import dataclass

from data.store.connection import Store
from data.store.driver import execute_values
from data.store.openers import System


@dataclass(frozen=True, slots=True)
class Category:
    """A category 类别; `class_name` is the wider class it belongs to, "" where there is none."""

    code: str
    name_zh: str
    name_en: str
    class_name: str = ""


def save_categories(store: Store, rows: Iterable[Category]) -> None:
    """Keep categories, changing those whose code is known; of two with one code, the last stands. None is removed."""
    last = {row.code: row for row in rows}
    if not last:
        return
    with store.transaction(System("categories")) as cursor:
        execute_values(
            cursor,
            """
            INSERT INTO category (code, name_zh, name_en, class) VALUES %s
            ON CONFLICT (code) DO UPDATE
            SET name_zh = excluded.name_zh, name_en = excluded.name_en, class = excluded.class
            """,
            # In order of code, so that two processes that save at once cannot wait for each other.
            [(row.code, row.name_zh, row.name_en, row.class_name) for _, row in sorted(last.items())],
        )


def read_categories(store: Store) -> dict[str, Category]:
    """All categories by code, in order of code; empty when none is kept."""
    with store.transaction(System("categories")) as cursor:
        cursor.execute('SELECT code, name_zh, name_en, class FROM category ORDER BY code COLLATE "C"')
        return {row[0]: Category(*row) for row in cursor.fetchall()}
