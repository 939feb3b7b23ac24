"""A second opinion on every assignment, by PostGIS."""

import math
from dataclasses import dataclass

from data.store.connection import Store
from data.store.openers import System


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An incident that PostGIS puts elsewhere than the record does.

    Attributes
    ----------
    leaf, leaf_code, placed_by
        As recorded; -1 and None = in no grid.
    expected_leaf, expected_code
        By `ST_Covers`: the lowest code among the leaves that cover the point; None = in no grid.
    border_m
        Distance of the point from the border of the recorded leaf, else of the expected one; None without either.
        Less than a micrometre means that two libraries round differently on a border.
    """

    incident_id: int
    edition_id: int
    lon: float
    lat: float
    placed_by: str | None
    leaf: int
    leaf_code: str | None
    expected_code: str | None
    expected_leaf: int | None
    border_m: float | None


def audit_assignments(store: Store) -> list[Disagreement] | None:
    """Check every incident that has a position against the full-resolution grids of its edition.

    Reads all incidents, without a time budget: minutes for millions.

    Returns
    -------
    list of Disagreement
        By incident, empty when all agree; None where the database has no PostGIS and nothing was checked.
    """
    if not store.has_postgis:
        return None
    with store.transaction(System("audit of places"), timeout_s=math.inf) as cursor:
        cursor.execute(
            """
            SELECT incident_id, edition_id, lon, lat, placed_by, leaf, leaf_code, expected_code, expected_leaf, border_m
            FROM assignment_disagreement
            ORDER BY incident_id
            """
        )
        return [Disagreement(*row) for row in cursor.fetchall()]
