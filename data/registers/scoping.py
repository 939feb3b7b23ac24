"""What somebody may see and do, from the duties held."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from data.access.scope import Role, Scope
from data.registers.roster import Duty
from data.registers.units import Units, cover_of

if TYPE_CHECKING:
    from geo.grids import GridSystem


def scope_from(duties: Sequence[Duty], person_id: str, system: "GridSystem", units: Units) -> Scope:
    """Role, leaves and units of somebody with these duties.

    The widest role that any duty gives, in this order: dispatcher (of the center), grid worker (at a grid, all posts
    but the supervisor), handler (of a unit), supervisor. A supervisor who also handles does not get to check: nobody
    checks his own work. The leaves are the smallest slice that covers all grids of the duties.

    Parameters
    ----------
    duties
        Those held on the day; empty gives a scope that sees nothing.
    """
    kept = [duty for duty in duties if not duty.unit or duty.unit in units.by_code]
    roles = {_role(duty, units) for duty in kept}
    spans = [span for duty in kept for span in _span(duty, system, units)]
    role: Role = next((one for one in _WIDEST_FIRST if one in roles), "screen")
    if role == "dispatcher":
        spans = [(0, len(system.leaves))]
    lo, hi = min((lo for lo, _ in spans), default=0), max((hi for _, hi in spans), default=0)
    acting = {duty.unit for duty in kept if _acts(duty, units)}
    whole = (lo, hi) == (0, len(system.leaves))
    return Scope(lo, hi, unlocated=whole, role=role, person=person_id, units=tuple(sorted(acting)))


_WIDEST_FIRST: tuple[Role, ...] = ("dispatcher", "grid_worker", "handler", "supervisor")


def _role(duty: Duty, units: Units) -> Role:
    if duty.post == "supervisor":
        return "supervisor"
    if duty.grid:
        return "grid_worker"
    return "dispatcher" if units.by_code[duty.unit].kind == "center" else "handler"


def _acts(duty: Duty, units: Units) -> bool:
    """Whether the duty lets somebody act for its unit."""
    return bool(duty.unit) and _role(duty, units) in ("handler", "dispatcher")


def _span(duty: Duty, system: "GridSystem", units: Units) -> list[tuple[int, int]]:
    """The leaves of a duty: of its grid, or all of its unit's; none for a grid that is not known."""
    cover = units.cover(duty.unit) if duty.unit else cover_of(system, (duty.grid,))[0]
    return list(cover.slices)
