"""What somebody may see and do, from the duties held: one grant for each duty."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from data.access.rights import ROLES, Role
from data.access.scope import Grant, Holder, Scope
from data.access.spans import Spans
from data.registers.roster import Duty, Person
from data.registers.units import Units, cover_of

if TYPE_CHECKING:
    from geo.grids import GridSystem


def scope_from(duties: Sequence[Duty], person: Person, system: "GridSystem", units: Units) -> Scope:
    """Grants and units of somebody with these duties.

    A duty gives the rights of its role in the grids it names, or in those its unit is there for, and nowhere else: who
    works in one grid and supervises another has each right where the duty is. The roles: dispatcher (of the center, in
    the whole city), supervisor (of a grid or a unit), grid worker (at a grid, all other posts), handler (of a unit).

    Parameters
    ----------
    duties
        Those held on the day; empty gives a scope that sees nothing. One whose unit the register does not know is
        passed over.
    """
    known = [duty for duty in duties if not duty.unit or duty.unit in units.by_code]
    acting = sorted({duty.unit for duty in known if _acts(duty, units)})
    grants = dict.fromkeys(_grant(duty, system, units) for duty in known)
    return Scope(tuple(grants), Holder.person(person.id, person.name, acting))


def _grant(duty: Duty, system: "GridSystem", units: Units) -> Grant:
    role, whole = _role(duty, units), [(0, len(system.leaves))]
    parts = whole if role == "dispatcher" else _slices(duty, system, units)
    spans = Spans.of(parts)
    # Only who sees the whole city sees what lies in no grid.
    spans = Spans.of(parts, unlocated=spans == Spans.of(whole))
    return Grant(spans, ROLES[role], f"{duty.post} at {duty.at}")


def _role(duty: Duty, units: Units) -> Role:
    if duty.post == "supervisor":
        return "supervisor"
    if duty.grid:
        return "grid_worker"
    return "dispatcher" if units.by_code[duty.unit].kind == "center" else "handler"


def _acts(duty: Duty, units: Units) -> bool:
    """Whether the duty lets somebody act for its unit."""
    return bool(duty.unit) and _role(duty, units) in ("handler", "dispatcher")


def _slices(duty: Duty, system: "GridSystem", units: Units) -> Sequence[tuple[int, int]]:
    """The leaves of a duty: of its grid, or all of its unit's; none for a grid that is not known."""
    cover = units.cover(duty.unit) if duty.unit else cover_of(system, (duty.grid,))[0]
    return cover.slices
