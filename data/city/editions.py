"""Dated editions of the grid system, kept and read back whole."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import shapely

from data.errors import EditionUnknown, NoEdition
from data.store.connection import Store
from data.store.driver import Cursor, UniqueViolation, execute_values
from data.store.openers import System
from data.store.storable import storable_text
from geo.errors import GridsInvalid
from geo.grids import GridSystem

_WGS84 = "EPSG:4326"
_SAVE_TIMEOUT_S = 300.0
_PAGE_ROWS = 500


@dataclass(frozen=True, eq=False)
class Edition:
    """A grid system with its city and the day from which it holds.

    Attributes
    ----------
    level_names
        One ``{"zh": …, "en": …}`` per level, coarsest first.
    demo
        Whether it is demonstration data, which the screens say.
    """

    id: int
    city: str
    name: str
    holds_from: date
    demo: bool
    level_names: tuple[dict[str, str], ...]
    system: GridSystem


@dataclass(frozen=True, slots=True)
class EditionSummary:
    """An edition without its grids.

    Attributes
    ----------
    grids
        How many on each level, coarsest first.
    placed
        Incidents that were placed in it when they came in.
    regridded_at
        When all history was last re-assigned onto it (aware); None if never.
    holds
        Whether it is the one that holds on the day asked for.
    """

    id: int
    city: str
    name: str
    holds_from: date
    demo: bool
    imported_at: datetime
    grids: tuple[int, ...]
    placed: int
    regridded_at: datetime | None
    holds: bool


def save_edition(
    store: Store,
    system: GridSystem,
    *,
    city: str,
    name: str,
    holds_from: date,
    demo: bool = False,
    level_names: Sequence[Mapping[str, str]] | None = None,
) -> int:
    """Keep a grid system as a dated edition, whole or not at all.

    Parameters
    ----------
    name
        Tells editions apart; no two have the same.
    level_names
        One ``{"zh": …, "en": …}`` per level, coarsest first; without it, levels are numbered.

    Returns
    -------
    Id of the edition.

    Raises
    ------
    GridsInvalid
        There is an edition of this name already (`reason` is ``"edition_name_taken"``), the name or that of the city is
        blank (``"blank_name"``), or there are not as many level names as levels (``"level_names"``).
    """
    for what, text in (("edition", name), ("city", city)):
        if not text.strip():
            raise GridsInvalid(
                f"the name of the {what} is blank: give one that can be read", reason="blank_name", what=what
            )
    names = _level_names(level_names, system.depth)
    try:
        with store.transaction(System("editions"), timeout_s=_SAVE_TIMEOUT_S) as cursor:
            cursor.execute(
                """
                INSERT INTO edition (city, name, holds_from, demo, level_names, checksum)
                VALUES (%s, %s, %s, %s, %s, %s) RETURNING id
                """,
                (city, name, holds_from, demo, json.dumps(names, ensure_ascii=False), system.checksum),
            )
            edition_id = int(_row(cursor.fetchone())[0])
            for level, layer in enumerate(system.levels, start=1):
                execute_values(
                    cursor,
                    """
                    INSERT INTO grid
                        (edition_id, level, ordinal, code, name, parent_code, lo, hi, area_m2, population, wkb)
                    VALUES %s
                    """,
                    _grid_rows(edition_id, level, layer),
                    page_size=_PAGE_ROWS,
                )
    except UniqueViolation as error:
        if error.diag.constraint_name != "edition_name_key":
            raise
        raise GridsInvalid(
            f"there is an edition named {name!r} already: give this one another name",
            reason="edition_name_taken", name=name,
        ) from error  # fmt: skip
    return edition_id


_HOLDS: Final = "SELECT id FROM edition WHERE holds_from <= %s ORDER BY holds_from DESC, id DESC LIMIT 1"


def has_edition(store: Store) -> bool:
    """Whether any edition is kept."""
    with store.transaction(System("editions")) as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM edition)")
        return bool(_row(cursor.fetchone())[0])


def current_edition(store: Store, on: date) -> Edition:
    """The edition that holds on a day: the latest one that began on it or before.

    Parameters
    ----------
    on
        A day in the city's zone. Of two that begin on the same day, the one that was
        imported last holds.

    Raises
    ------
    NoEdition
        There is none, or the first one begins later.
    """
    with store.transaction(System("editions")) as cursor:
        cursor.execute(_HOLDS, (on,))
        found = cursor.fetchone()
        if found is None:
            cursor.execute("SELECT min(holds_from) FROM edition")
            raise _none_holds(on, _row(cursor.fetchone())[0])
        return _read(cursor, found[0])


def current_edition_id(store: Store, on: date) -> int | None:
    """Id of the edition that holds on a day, as in `current_edition`; None where none does."""
    with store.transaction(System("editions")) as cursor:
        cursor.execute(_HOLDS, (on,))
        found = cursor.fetchone()
    return None if found is None else int(found[0])


def read_edition(store: Store, edition_id: int) -> Edition:
    """An edition by id, whether it holds or not; NoEdition where there is none."""
    with store.transaction(System("editions")) as cursor:
        return _read(cursor, edition_id)


def edition_named(store: Store, name: str) -> Edition:
    """An edition by name, whether it holds or not; EditionUnknown, with the names there are, where there is none."""
    with store.transaction(System("editions")) as cursor:
        # A name that cannot be kept is nobody's.
        cursor.execute("SELECT id FROM edition WHERE name = %s", (name if storable_text(name) else None,))
        found = cursor.fetchone()
        if found is not None:
            return _read(cursor, found[0])
        cursor.execute("SELECT name FROM edition ORDER BY holds_from, id")
        names = [known for (known,) in cursor.fetchall()]
    listed = ", ".join(names) or "none"
    raise EditionUnknown(f"there is no edition named {name!r}; there are: {listed}", name=name, names=names)


def list_editions(store: Store, on: date) -> list[EditionSummary]:
    """All editions without their grids, by the day from which they hold; empty when none is kept.

    Parameters
    ----------
    on
        The day for `holds`, as in `current_edition`.
    """
    with store.transaction(System("editions"), timeout_s=_SAVE_TIMEOUT_S) as cursor:
        cursor.execute(
            """
            SELECT edition.id, city, name, holds_from, demo, imported_at,
                   coalesce((SELECT array_agg(counted.grids ORDER BY counted.level) FROM (
                       SELECT level, count(*) AS grids FROM grid WHERE grid.edition_id = edition.id GROUP BY level
                   ) AS counted), '{}'),
                   coalesce(own.incidents, 0), regrid.finished_at,
                   edition.id = (SELECT id FROM edition WHERE holds_from <= %s
                                 ORDER BY holds_from DESC, id DESC LIMIT 1) IS TRUE
            FROM edition
            LEFT JOIN (SELECT edition_id, count(*) AS incidents FROM incident GROUP BY edition_id) AS own
                ON own.edition_id = edition.id
            LEFT JOIN regrid ON regrid.edition_id = edition.id
            ORDER BY holds_from, edition.id
            """,
            (on,),
        )
        return [
            EditionSummary(id_, city, name, holds_from, demo, imported_at, tuple(grids), placed, regridded_at, holds)
            for id_, city, name, holds_from, demo, imported_at, grids, placed, regridded_at, holds in cursor.fetchall()
        ]


def _read(cursor: Cursor, edition_id: int) -> Edition:
    cursor.execute("SELECT city, name, holds_from, demo, level_names FROM edition WHERE id = %s", (edition_id,))
    found = cursor.fetchone()
    if found is None:
        raise NoEdition(f"there is no edition with the id {edition_id}", edition_id=edition_id)
    city, name, holds_from, demo, level_names = found
    cursor.execute(
        """
        SELECT level, code, name, parent_code, population, wkb
        FROM grid WHERE edition_id = %s ORDER BY level, ordinal
        """,
        (edition_id,),
    )
    levels = [_layer(list(rows)) for _, rows in groupby(cursor.fetchall(), key=lambda row: row[0])]
    return Edition(edition_id, city, name, holds_from, demo, tuple(level_names), GridSystem.build(levels))


def _none_holds(day: date, first: date | None) -> NoEdition:
    if first is None:
        return NoEdition("no grid system has been imported yet: import one with `python app.py grids import`")
    return NoEdition(
        f"no grid system holds on {day}: the first one begins on {first}; import one that holds from an earlier day",
        on=day.isoformat(), first=first.isoformat(),
    )  # fmt: skip


def _level_names(given: Sequence[Mapping[str, str]] | None, depth: int) -> list[dict[str, str]]:
    if given is None:
        return [{"zh": f"第{level}级网格", "en": f"Level {level}"} for level in range(1, depth + 1)]
    if len(given) != depth or any(not (names.get("zh") and names.get("en")) for names in given):
        raise GridsInvalid(
            f"the grid system has {depth} levels: give as many level names, each in Chinese (zh) and English (en)",
            reason="level_names", depth=depth, given=[dict(names) for names in given],
        )  # fmt: skip
    return [{"zh": names["zh"], "en": names["en"]} for names in given]


def _grid_rows(edition_id: int, level: int, layer: gpd.GeoDataFrame) -> list[tuple[Any, ...]]:
    wkb = shapely.to_wkb(layer.geometry.to_numpy(), byte_order=1, output_dimension=2)
    parents = [None if level == 1 else parent for parent in layer["parent"]]
    populations = [None if pd.isna(count) else int(count) for count in layer["population"]]
    return [
        (edition_id, level, ordinal, code, name, parent, int(lo), int(hi), float(area_m2), population, shape)
        for ordinal, (code, name, parent, lo, hi, area_m2, population, shape) in enumerate(
            zip(
                layer["code"], layer["name"], parents, layer["lo"], layer["hi"], layer["area_m2"], populations, wkb,
                strict=True,
            )
        )
    ]  # fmt: skip


def _layer(rows: list[tuple[Any, ...]]) -> gpd.GeoDataFrame:
    _, codes, names, parents, populations, wkb = zip(*rows, strict=True)
    return gpd.GeoDataFrame(
        {
            "code": pd.Series(codes, dtype=object),
            "name": pd.Series(names, dtype=object),
            "parent": pd.Series(parents, dtype=object),
            "population": pd.array(populations, dtype="Int64"),
        },
        geometry=shapely.from_wkb([bytes(shape) for shape in wkb]),
        crs=_WGS84,
    )


def _row(row: tuple[Any, ...] | None) -> tuple[Any, ...]:
    """The row of a statement that always gives one."""
    assert row is not None  # noqa: S101  # a fact about the statement, told to the type checker
    return row
