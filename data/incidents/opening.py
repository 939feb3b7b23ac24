"""What the desk adds before an event is written, and the events that a report with its steps becomes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from data.errors import ReportInvalid, StepIllegal, StepInvalid
from data.incidents.chain import FIRST_PREV_HASH, normalised, sealed
from data.incidents.folding import Draft, place_detail, report_detail
from data.incidents.lifecycle import check_step
from data.incidents.model import Event, Place, Report, State, Step
from data.incidents.placing import place

if TYPE_CHECKING:
    from data.incidents.deadlines import WorkCalendar
    from geo.grids import GridSystem
    from geo.index import GridIndex


@dataclass(frozen=True)
class Opening:
    """The grids and the calendar in force: everything besides the log that decides what an event says.

    Attributes
    ----------
    system, edition_id, index
        The grid system, the id of its edition in the store, and its index.
    calendar
        The city's deadlines, in office hours and working days.
    zone
        The city's zone, in which the log says the deadlines.
    """

    system: "GridSystem"
    edition_id: int
    index: "GridIndex"
    calendar: "WorkCalendar"
    zone: tzinfo

    def place(self, reports: Sequence[Report]) -> list[Place]:
        """Place reports in the leaves of the system."""
        return place(reports, self.system, self.index)

    def opening_detail(self, report: Report, placed: Place) -> dict[str, Any]:
        """What the "reported" event says; ReportInvalid if it cannot be stored."""
        try:
            return normalised(report_detail(report, placed, self.edition_id))
        except StepInvalid as error:
            field, reason = error.values["field"], error.values["reason"]
            raise ReportInvalid(
                f"{error.message} (in report {report.source_id!r} of {report.source!r})",
                field=field, value="", reason=reason, source=report.source, source_id=report.source_id,
            ) from error  # fmt: skip

    def step_detail(self, step: Step) -> dict[str, Any]:
        """What a step's event says: its detail, with the deadlines of a dispatch and the leaf of a place by hand.

        Raises
        ------
        StepInvalid
            If the place lies in no leaf, or the detail cannot be stored.
        """
        detail = normalised(step.detail)
        if step.kind == "dispatched":
            if detail.get("due_claim_at") is None:
                detail["due_claim_at"] = self._local(self.calendar.claim_due(step.at))
            if detail.get("due_at") is None:
                detail["due_at"] = self._local(self.calendar.finish_due(step.at))
        if step.kind == "located":
            detail["place"] = normalised(place_detail(self._place_by_hand(step), self.edition_id))
        return detail

    def history(
        self, incident_id: int, seqs: Sequence[int], report: Report, placed: Place, steps: Sequence[Step],
        *, actor: str, now: datetime, live: bool,
    ) -> tuple[list[Event], State]:  # fmt: skip
        """Make the events of a new incident, one per sequence number, and the state they fold to.

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
        detail = self.opening_detail(report, placed)
        if not live:
            detail["loaded"] = {"at": now.isoformat(), "by": actor, "events": len(seqs)}
        draft = Draft()
        events = [
            sealed(
                seq=seqs[0], incident_id=incident_id, n=0, kind="reported", at=report.reported_at,
                recorded_at=now if live else report.reported_at, actor=actor, detail=detail, prev_hash=FIRST_PREV_HASH,
            )
        ]  # fmt: skip
        draft.take(events[0])
        try:
            for seq, step in zip(seqs[1:], steps, strict=True):
                check_step(draft, step, now=now, depth=self.system.depth)
                event = self.next_event(draft, step, seq=seq, recorded_at=now if live else step.at)
                draft.take(event)
                events.append(event)
        except (StepIllegal, StepInvalid) as error:
            # The id was drawn for an incident that will not be: only the source's own name for it helps.
            error.values |= {"source": report.source, "source_id": report.source_id, "n": draft.n + 1}
            error.add_note(f"in step {draft.n + 1} of the history of {report.source_id!r} of {report.source!r}")
            raise
        return events, draft.freeze()

    def next_event(self, state: State | Draft, step: Step, *, seq: int, recorded_at: datetime) -> Event:
        """Make the event of a step that `check_step` has passed."""
        return sealed(
            seq=seq, incident_id=state.id, n=state.n + 1, kind=step.kind, at=step.at, recorded_at=recorded_at,
            actor=step.actor, detail=self.step_detail(step), prev_hash=state.hash,
        )  # fmt: skip

    def _local(self, moment: datetime) -> str:
        return moment.astimezone(self.zone).isoformat()

    def _place_by_hand(self, step: Step) -> Place:
        said = step.detail
        by_hand = Report(
            source="", source_id="", category="", reported_at=step.at,
            lon=said.get("lon"), lat=said.get("lat"),
            coordinate_system=said.get("coordinate_system") or "wgs84", grid_code=said.get("grid_code"),
        )  # fmt: skip
        found = self.place([by_hand])[0]
        if found.leaf < 0:
            name = "lon" if by_hand.grid_code is None else "grid_code"
            reason = "lies in no grid: give a place in the city" if name == "lon" else "is no leaf of the grid system"
            raise StepInvalid(f"{name!r} {reason}", field=name, reason=reason)
        return Place(found.lon, found.lat, found.h3, found.leaf, found.leaf_code, "hand")
