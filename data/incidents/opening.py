"""What the desk adds before an event is written, and the events that a report with its steps becomes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from data.access.actor import Actor
from data.errors import ReportInvalid, StepIllegal, StepInvalid
from data.incidents.assigning import (
    dispatch_detail,
    level_of_place,
    matter_of,
    named_assignee,
    responsible_detail,
)
from data.incidents.chain import FIRST_PREV_HASH, normalised, sealed
from data.incidents.folding import Draft, place_detail, report_detail
from data.incidents.lifecycle import check_step
from data.incidents.model import Event, Place, Report, State, Step
from data.incidents.order import Life, not_ahead, step_not_ahead
from data.incidents.placing import place
from data.incidents.rules import STEP_RULES, places, stage_after
from data.registers.handling import Matter

if TYPE_CHECKING:
    from data.incidents.clocks import Clocks
    from data.registers.directory import Directory
    from geo.grids import GridSystem
    from geo.index import GridIndex


@dataclass(frozen=True)
class Opening:
    """The grids, clocks and registers in force: everything besides the log that decides what an event says.

    Attributes
    ----------
    system, edition_id, index
        The grid system, the id of its edition in the store, and its index.
    clocks
        The city's deadlines, in office hours and working days.
    directory
        Its units, people and powers.
    zone
        The city's zone, in which the log says the deadlines.
    """

    system: "GridSystem"
    edition_id: int
    index: "GridIndex"
    clocks: "Clocks"
    directory: "Directory"
    zone: tzinfo

    def place(self, reports: Sequence[Report]) -> list[Place]:
        """Place reports in the leaves of the system."""
        return place(reports, self.system, self.index)

    def opening_detail(self, report: Report, placed: Place) -> dict[str, Any]:
        """What the "reported" event says; ReportInvalid if it cannot be stored."""
        held_level = level_of_place(placed.leaf, placed.area, self.system.depth)
        matter = Matter(report.category, None, placed.leaf, placed.area, held_level)
        try:
            detail = normalised(report_detail(report, placed, self.edition_id))
            detail["held_level"] = held_level
            detail |= self.clocks.detail(None, "reported", report.reported_at, detail, report.category)
            detail["responsible"] = responsible_detail(
                self.directory.responsible("reported", matter, "", report.reported_at)
            )
            return detail
        except StepInvalid as error:
            field, reason = error.values["field"], error.values["reason"]
            raise ReportInvalid(
                f"{error.message} (in report {report.source_id!r} of {report.source!r})",
                field=field, value="", reason=reason, source=report.source, source_id=report.source_id,
            ) from error  # fmt: skip

    def step_detail(self, state: State | Draft, step: Step, life: Life | None = None) -> dict[str, Any]:
        """What a step's event says: its detail, and what follows from it by calendar, registers and grids.

        `life` is what the incident went through so far; see `Clocks.detail`.

        Raises
        ------
        StepInvalid
            If the place lies in no grid, the dispatch goes to nobody, the deadline cannot be, or the detail cannot be
            stored.
        UnitUnknown, PersonUnknown
            If the registers know no such unit or person.
        """
        detail = normalised(step.detail)
        matter = matter_of(state, detail, self.system.depth)
        rule = STEP_RULES[step.kind]
        if places(rule, detail):
            matter = self._place_anew(step, matter, detail)
        elif step.kind == "escalated":
            # Up is one level, unless it is said how far.
            matter = replace(matter, held_level=detail.get("to_level", max(matter.held_level - 1, 0)))
            detail["to_level"] = matter.held_level
        elif step.kind == "dispatched":
            dispatch_detail(self.directory, matter, step.at, detail)
        detail |= self.clocks.detail(state, step.kind, step.at, detail, state.category, life)
        if rule.reassigns:
            detail["responsible"] = self._responsible(state, step, matter, detail)
        return detail

    def history(
        self, incident_id: int, seqs: Sequence[int], report: Report, placed: Place, steps: Sequence[Step],
        *, actor: Actor, now: datetime, live: bool,
    ) -> tuple[list[Event], Draft]:  # fmt: skip
        """Make the events of a new incident, one per sequence number, and the state they fold to, not frozen.

        Parameters
        ----------
        incident_id, seqs
            Drawn from the store; ``1 + len(steps)`` sequence numbers, ascending.
        report, placed, steps
            The report, where it lies, and what was done since, in order.
        actor
            Who hands the report in; steps have their own.
        now
            The moment of recording.
        live
            Whether the log learns of it as it happens. If not, `recorded_at` is the time it happened, and the
            "reported" event says so in `loaded`.

        Raises
        ------
        ReportInvalid, StepIllegal, StepInvalid
            See `lifecycle.check_step`.
        """
        said_at, report = report.reported_at, replace(report, reported_at=not_ahead(report.reported_at, now))
        detail = self.opening_detail(report, placed) | _said(said_at, report.reported_at)
        if not live:
            detail["loaded"] = {
                "at": now.isoformat(), "by": actor.name, "by_id": actor.id, "events": len(seqs),
            }  # fmt: skip
        draft = Draft()
        events = [
            sealed(
                seq=seqs[0], incident_id=incident_id, n=0, kind="reported", at=report.reported_at,
                recorded_at=now if live else report.reported_at, actor=actor, detail=detail, prev_hash=FIRST_PREV_HASH,
            )
        ]  # fmt: skip
        draft.apply(events[0])
        try:
            for seq, step in zip(seqs[1:], steps, strict=True):
                taken = step_not_ahead(step, now)
                check_step(draft, taken, now=now, depth=self.system.depth, life=lambda: events)
                event = self.next_event(
                    draft, taken, seq=seq, recorded_at=now if live else taken.at, life=lambda: events, said_at=step.at
                )
                draft.apply(event)
                events.append(event)
        except (StepIllegal, StepInvalid) as error:
            # The id was drawn for an incident that will not be: only the source's own name for it helps.
            error.values |= {"source": report.source, "source_id": report.source_id, "n": draft.n + 1}
            error.add_note(f"in step {draft.n + 1} of the history of {report.source_id!r} of {report.source!r}")
            raise
        return events, draft

    def next_event(
        self, state: State | Draft, step: Step, *, seq: int, recorded_at: datetime,
        life: Life | None = None, said_at: datetime | None = None,
    ) -> Event:  # fmt: skip
        """Make the event of a step that `check_step` has passed.

        `life` is what the incident went through so far. Where the step's taker said another time than the log takes
        (`order.not_ahead`), the event says it in `said_at`.
        """
        detail = self.step_detail(state, step, life) | _said(said_at or step.at, step.at)
        return sealed(
            seq=seq, incident_id=state.id, n=state.n + 1, kind=step.kind, at=step.at, recorded_at=recorded_at,
            actor=step.actor, detail=detail, prev_hash=state.hash,
        )  # fmt: skip

    def _responsible(
        self, state: State | Draft, step: Step, matter: Matter, detail: Mapping[str, Any]
    ) -> dict[str, Any]:
        if step.kind == "reassigned" and detail.get("person"):
            return responsible_detail(named_assignee(self.directory, detail["person"], step.at))
        stage = stage_after(STEP_RULES[step.kind], state.stage)
        unit = detail.get("unit") if step.kind == "dispatched" else state.unit
        return responsible_detail(self.directory.responsible(stage, matter, unit or "", step.at))

    def _place_anew(self, step: Step, matter: Matter, detail: dict[str, Any]) -> Matter:
        found = self._place_by_hand(step)
        detail["place"] = normalised(place_detail(found, self.edition_id))
        held_level = matter.held_level
        if matter.leaf < 0:
            # It lay with the grid that was to find its place; now it lies with its leaf.
            detail["held_level"] = held_level = level_of_place(found.leaf, found.area, self.system.depth)
        return replace(matter, leaf=found.leaf, area=found.area, held_level=held_level)

    def _place_by_hand(self, step: Step) -> Place:
        said = step.detail
        by_hand = Report(
            source="", source_id="", category="", reported_at=step.at,
            lon=said.get("lon"), lat=said.get("lat"),
            coordinate_system=said.get("coordinate_system") or "wgs84", grid_code=said.get("grid_code"),
        )  # fmt: skip
        found = self.place([by_hand])[0]
        if found.leaf < 0 and found.area is None:
            name = "lon" if by_hand.grid_code is None else "grid_code"
            reason = "lies in no grid: give a place in the city" if name == "lon" else "is no grid of the grid system"
            raise StepInvalid(f"{name!r} {reason}", field=name, reason=reason)
        return Place(
            found.lon, found.lat, found.h3, found.leaf, found.leaf_code, None if found.leaf < 0 else "hand", found.area
        )


def _said(said_at: datetime, at: datetime) -> dict[str, str]:
    """The time that was said, where the log takes another."""
    return {} if said_at == at else {"said_at": said_at.isoformat()}
