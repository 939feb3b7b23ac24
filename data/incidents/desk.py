"""The desk: where incidents come in, are moved on, and are looked up."""

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from functools import cache, partial
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeAlias

from data.access.actor import Actor
from data.access.scope import Right, Scope
from data.errors import IncidentUnknown, StepInvalid, StepOvertaken
from data.incidents import log, query_table
from data.incidents.assigning import matter_of, orphan_step
from data.incidents.clocks import Clocks
from data.incidents.folding import Draft, fold
from data.incidents.lifecycle import check_report, check_step
from data.incidents.masking import Masks
from data.incidents.model import Event, Report, State, Step
from data.incidents.opening import Opening
from data.incidents.order import step_not_ahead
from data.incidents.query import IncidentQuery, Span
from data.incidents.regrid import states_in
from data.privacy.tables import pseudonyms_of
from data.registers.directory import Directory
from data.store.openers import System
from data.store.storable import storable_text
from data.words import Means, PlacedBy, Stage
from geo.errors import GridUnknown

if TYPE_CHECKING:
    from data.calendar.work_calendar import WorkCalendar
    from data.registers.handling import Decision, Matter
    from data.store.connection import Store
    from data.store.driver import Cursor
    from geo.grids import GridSystem
    from geo.index import GridIndex

# One batch of a bulk load may take longer than a statement of a page.
BULK_TIMEOUT_S = 600.0
_MAX_ID = 2**63 - 1
# Incidents looked at in one go where some stand on another edition.
_CLOSER_LOOK = 1_000

_LOADER: Final = Actor.system("demo")

_Key: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a report: the incident it is, and whether this report opened it."""

    id: int
    created: bool
    leaf: int
    leaf_code: str | None
    placed_by: PlacedBy | None


class IncidentDesk:
    """The one door through which incidents are reported, moved on and read.

    Parameters
    ----------
    store
        The open store.
    system, edition_id, index
        The grid system in force, the id of its edition in the store, and its index.
    calendar
        Office hours and working days, for the deadlines of a dispatch.
    zone
        The city's zone, in which the log says the deadlines the desk computes.
    clocks
        The limits of each category; the calendar's own by default.
    directory
        Units, people and powers; by default none, and the command center is responsible for everything.
    """

    def __init__(
        self,
        store: "Store",
        system: "GridSystem",
        edition_id: int,
        index: "GridIndex",
        calendar: "WorkCalendar",
        zone: tzinfo,
        *,
        clocks: Clocks | None = None,
        directory: Directory | None = None,
    ) -> None:
        self._store = store
        self._opening = Opening(
            system, edition_id, index, clocks or Clocks(calendar), directory or Directory.empty(system, zone=zone), zone
        )
        codes = frozenset(str(code) for level in system.levels for code in level["code"])
        self._masks = Masks(pseudonyms_of(store), codes)

    @property
    def directory(self) -> Directory:
        """The registers in force."""
        return self._opening.directory

    def use(self, directory: Directory) -> None:
        """Take other registers from now on; `hand_over` gives what is open into their people's hands."""
        self._opening = replace(self._opening, directory=directory)

    def report_many(self, reports: Sequence[Report], actor: Actor, *, now: datetime | None = None) -> list[Receipt]:
        """Take in reports, all of them or none.

        The same source and source_id is one incident, however often and from however many threads it is sent: the
        first report opens it, the others get its receipt with ``created=False`` and change nothing.

        Parameters
        ----------
        reports
            Any number; callers with very many hand them over some thousands at a time.
        actor
            Who hands them in, for the log.
        now
            The moment they came in; the clock's by default.

        Returns
        -------
        One receipt per report, in the same order; empty for none.

        Raises
        ------
        ReportInvalid, CoordinatesInvalid
            If one of them cannot be an incident; nothing is stored then.
        """
        moment = datetime.now(UTC) if now is None else now
        if not reports:
            return []
        reports = self._masked(reports)
        known, states = self._open_many([(report, ()) for report in reports], actor, moment, live=True)
        receipts = {key: Receipt(one.id, False, one.leaf, one.leaf_code, one.placed_by) for key, one in known.items()}
        receipts |= {_key(one): Receipt(one.id, True, one.leaf, one.leaf_code, one.placed_by) for one in states}
        answer = []
        for report in reports:
            answer.append(receipts[_key(report)])
            # The first report opened the incident; the same once more, in this list, did not.
            receipts[_key(report)] = replace(answer[-1], created=False)
        return answer

    def load_history(
        self,
        batches: Iterable[Sequence[tuple[Report, Sequence[Step]]]],
        actor: Actor = _LOADER,
        progress: Callable[[int], None] | None = None,
    ) -> int:
        """Load whole incidents, each a report and the steps taken on it, under the same rules as live ones.

        Each batch is one transaction. An incident the store knows already is passed over, so a load that broke off
        can be started again. Events carry as `recorded_at` the time they happened, and the "reported" event says, in
        `loaded`, when and by whom its incident was loaded, and how many of its events.

        Parameters
        ----------
        batches
            Some thousands of incidents each.
        actor
            The actor that loads, for the log; steps keep their own actors.
        progress
            Called after each batch with the number of its incidents, known ones included.

        Returns
        -------
        The number of incidents added; 0 for none.

        Raises
        ------
        ReportInvalid, CoordinatesInvalid, StepIllegal, StepInvalid
            If one incident of a batch cannot be; its batch is not stored, those before it are.
        """
        added = 0
        for batch in batches:
            if not batch:
                continue
            reports = self._masked([report for report, _ in batch])
            steps = [[self._masks.step(step) for step in steps] for _, steps in batch]
            pairs = list(zip(reports, steps, strict=True))
            added += len(self._open_many(pairs, actor, datetime.now(UTC), live=False)[1])
            if progress is not None:
                progress(len(batch))
        return added

    def take(
        self,
        incident_id: int,
        step: Step,
        scope: Scope,
        now: datetime | None = None,
        also: "Callable[[Cursor, State], None] | None" = None,
        *,
        at_once: bool = False,
    ) -> State:
        """Take a step on an incident: event and state are written in one transaction, or neither.

        Of two who take at once, one is first; the other's step is checked against what the first made of it.

        Parameters
        ----------
        incident_id
            Which incident.
        step
            What is done. What follows from it by calendar, registers and grids is added: deadlines, the unit of a
            dispatch, the leaf of a place, the responsible person. With a `key` that a step on this incident has
            carried before, nothing is done.
        scope
            What its taker may see and do; the step's actor must be the actor of this scope.
        now
            The moment the log learns of it; the clock's by default. A step that a fast clock says lies ahead of it, by
            `MAX_CLOCK_SKEW` at most, happened then; its event says what was said.
        also
            Writes what belongs to the step, in its transaction; given the state after it.
        at_once
            The step happens when it is taken, whatever `step.at`: those it waited for were before it.

        Returns
        -------
        What the incident is now.

        Raises
        ------
        IncidentUnknown
            If there is no such incident within the scope.
        StepIllegal, StepForbidden, StepInvalid
            See `lifecycle.check_step`.
        StepOvertaken
            The incident moved on since `step.expect_n`; `values`: incident_id, n, since.
        UnitUnknown, PersonUnknown
            The registers do not know the unit or person of the step.
        """
        if step.actor.id != scope.actor().id:
            raise ValueError(f"the step's actor is {step.actor.id!r}, but the scope is that of {scope.actor().id!r}")
        opening = self._opening
        step = self._masks.step(step)
        with self._store.transaction(scope) as cursor:
            # The log's lock comes before the row's, here and in a rebuild, so that they cannot wait for each other.
            begun = log.begin_step(cursor, _known_id(incident_id), _key_of(step))
            # Who waited for the lock learns of the step after those before him did.
            moment = datetime.now(UTC) if now is None else now
            if begun is None:
                raise _unknown(incident_id)
            state, shown = self._visible(begun.state, incident_id, scope)
            if begun.carried_key:
                return shown
            if step.expect_n is not None and step.expect_n != state.n:
                raise _overtaken(state, step.expect_n, log.read_events(cursor, incident_id))
            if at_once:
                # A server's clock may have been set back since the step before.
                step = replace(step, at=max(moment, state.last_at))
            said_at, step = step.at, step if at_once else step_not_ahead(step, moment)
            life = cache(partial(log.read_events, cursor, incident_id))
            held = self.rights_at(scope, shown)
            check_step(state, step, now=moment, depth=opening.system.depth, scope=held, life=life)
            if step.kind == "attached" and also is None:
                reason = "cannot be taken alone: send the photo itself"
                raise StepInvalid(f"'attached' {reason}", field="kind", reason=reason)
            if step.kind == "merged":
                other = log.read_state(cursor, step.detail["into"])
                visible = other is not None and self.sees(scope, self._shown([other])[0])
                _check_other(other if visible else None, step.detail["into"])
            event = opening.next_event(state, step, seq=begun.next_seq, recorded_at=moment, life=life, said_at=said_at)
            before, state = state, fold(state, event)
            log.write_step(cursor, before, event, state)
            if also is not None:
                also(cursor, state)
        return self._shown([state])[0]

    def actor_in_log(self, actor: Actor) -> Actor:
        """The actor as the log has it: without the numbers of persons in id and name."""
        return self._masks.actor(actor)

    def get(self, incident_id: int, scope: Scope) -> State:
        """Read an incident; IncidentUnknown if there is none within the scope."""
        with self._store.transaction(scope) as cursor:
            state = log.read_state(cursor, _known_id(incident_id))
        return self._visible(state, incident_id, scope)[1]

    def has(self, incident_id: int) -> bool:
        """Whether there is an incident of this id, in whatever scope."""
        with self._store.transaction(System("the log")) as cursor:
            return log.read_state(cursor, _known_id(incident_id)) is not None

    def events(self, incident_id: int, scope: Scope) -> list[Event]:
        """Read all an incident went through, in order; IncidentUnknown if there is none within the scope."""
        with self._store.transaction(scope) as cursor:
            state = log.read_state(cursor, _known_id(incident_id))
            events = log.read_events(cursor, incident_id)
        self._visible(state, incident_id, scope)
        return events

    def newest(
        self,
        scope: Scope,
        *,
        limit: int,
        before_id: int | None = None,
        open_only: bool = False,
        stages: Sequence[Stage] | None = None,
        source: str | None = None,
        source_id: str | None = None,
        span: Span | None = None,
    ) -> list[State]:
        """List the newest incidents of a scope, by time of report, newest first.

        Parameters
        ----------
        scope
            Whose incidents.
        limit
            At most so many; 0 or less lists none.
        before_id
            The last incident of the page before; lists what comes after it. An id nobody has lists nothing.
        open_only
            Only what is neither closed nor voided.
        stages
            Only these stages.
        source, source_id
            Only what this source reported, and only under this id of its own.
        span
            Only what lies in this span.
        """
        if limit <= 0:
            return []
        source, source_id = self._identity(source, source_id)
        wanted: tuple[Stage, ...] | None = None if stages is None else tuple(stages)
        return self.page(
            IncidentQuery(scope, stages=wanted, open_only=open_only, source=source, source_id=source_id, span=span),
            limit, before_id,
        )  # fmt: skip

    def page(self, query: IncidentQuery, limit: int, after: int | None = None) -> list[State]:
        """The first incidents of a query, in its order, as they look in the desk's edition.

        Parameters
        ----------
        query
            Its sources and ids as the log has them; `newest` takes them as the source does.
        limit
            At most so many.
        after
            Id of the last incident of the page before; one that nobody has, or that has no place in the order, lists
            nothing.
        """
        with self._store.transaction(query.scope) as cursor:
            if after is not None:
                begin = query_table.after_id(cursor, _known_id(after), query.sort)
                if begin is None:
                    return []
                query = replace(query, after=begin)
            if not log.has_other_editions(cursor, self._opening.edition_id):
                return query_table.read_page(cursor, query, limit)
        return self._page_of_editions(replace(query, edition_id=self._opening.edition_id), limit)

    def _page_of_editions(self, query: IncidentQuery, limit: int) -> list[State]:
        """A page, where some may stand on another edition: each is looked at where it lies in ours."""
        found: list[State] = []
        size = max(limit, _CLOSER_LOOK)
        while len(found) < limit:
            with self._store.transaction(query.scope) as cursor:
                page = query_table.read_page(cursor, query, size)
            found += [state for state in self._shown(page) if query.scope.sees(state.leaf)]
            if len(page) < size:
                break
            query = replace(query, after=query_table.after_state(page[-1], query.sort))
        return found[:limit]

    def _shown(self, states: Sequence[State]) -> list[State]:
        """The states as they look in the desk's edition, whichever they were placed in."""
        return states_in(self._store, self._opening.edition_id, states)

    def _visible(self, state: State | None, incident_id: int, scope: Scope) -> tuple[State, State]:
        """The state as it is in the log, and as it looks in the desk's edition."""
        # What lies outside the scope looks the same as what does not exist.
        if state is None:
            raise _unknown(incident_id)
        shown = self._shown([state])[0]
        if not self.sees(scope, shown):
            raise _unknown(incident_id)
        return state, shown

    def sees(self, scope: Scope, state: State) -> bool:
        """Whether an incident lies within a scope; one in no leaf lies where the upper grid does that holds it."""
        return self.rights_at(scope, state).holds(Right.LOOK)

    def rights_at(self, scope: Scope, state: State) -> Scope:
        """The rights that a scope gives where an incident lies, as it looks in the desk's edition."""
        return scope.at(state.leaf, None if state.leaf >= 0 or state.area is None else self._slice(state.area))

    def _slice(self, grid_id: str) -> tuple[int, int] | None:
        try:
            grid = self._opening.system.find(grid_id)
        except GridUnknown:
            return None
        return grid.lo, grid.hi

    def matter_of(self, state: State, means: Means | None = None) -> "Matter":
        """What decides who handles an incident as it stands."""
        return matter_of(state, {"means": means}, self._opening.system.depth)

    def decide(self, state: State, moment: datetime, means: Means | None = None) -> "Decision | None":
        """To whom an incident would go by rule, were it dispatched now; None where no units are registered."""
        return self._opening.directory.decide(self.matter_of(state, means), moment)

    def hand_over(self, now: datetime | None = None) -> int:
        """Give open incidents whose responsible person holds no post any more to the one who does.

        Returns
        -------
        The number of incidents handed over.
        """
        moment = datetime.now(UTC) if now is None else now
        opening = self._opening
        with self._store.transaction(System("the log"), timeout_s=BULK_TIMEOUT_S) as cursor:
            log.lock(cursor)
            orphans = [
                (state, step)
                for state in log.open_states(cursor)
                if (step := orphan_step(opening.directory, state, opening.system.depth, moment, opening.zone))
                is not None
            ]
            seqs = log.next_seqs(cursor, len(orphans))
            events = [
                opening.next_event(state, step, seq=seq, recorded_at=moment)
                for seq, (state, step) in zip(seqs, orphans, strict=True)
            ]
            log.append(cursor, events)
            for (state, _), event in zip(orphans, events, strict=True):
                log.update_state(cursor, state, fold(state, event))
            if events:
                log.notify(cursor, events[-1].seq)
        return len(events)

    def _identity(self, source: str | None, source_id: str | None) -> tuple[str | None, str | None]:
        """A source and its id as the log has them, given as the source has them."""
        in_log = tuple(None if text is None else self._masks.names.of(text) for text in (source, source_id))
        if source is None or source_id is None or in_log == (source, source_id):
            return in_log[0], in_log[1]
        with self._store.transaction(System("the log")) as cursor:
            known = log.existing(cursor, [(source, source_id)])
        return (source, source_id) if known else (in_log[0], in_log[1])

    def _masked(self, reports: Sequence[Report]) -> list[Report]:
        """The reports as they may enter the log; those that a log of earlier days has by their own id keep it."""
        masked = [self._masks.report(report) for report in reports]
        renamed = {_key(was) for was, now in zip(reports, masked, strict=True) if _key(was) != _key(now)}
        if not renamed:
            return masked
        with self._store.transaction(System("the log")) as cursor:
            known = log.existing(cursor, renamed)
        return [
            replace(now, source=was.source, source_id=was.source_id) if _key(was) in known else now
            for was, now in zip(reports, masked, strict=True)
        ]

    def _open_many(
        self, pairs: Sequence[tuple[Report, Sequence[Step]]], actor: Actor, now: datetime, *, live: bool
    ) -> tuple[dict[_Key, log.EarlierReport], list[Draft]]:
        """Open the incidents that are new; the ones known before by key, and the new ones in order."""
        actor = self._masks.actor(actor)
        reports = [report for report, _ in pairs]
        for report in reports:
            check_report(report, now=now)
        # Placing needs no lock, and nobody should wait for it.
        places = self._opening.place(reports)
        events: list[Event] = []
        states: list[Draft] = []
        with self._store.transaction(System("the log"), timeout_s=None if live else BULK_TIMEOUT_S) as cursor:
            log.lock(cursor)
            known = log.existing(cursor, {_key(report) for report in reports})
            fresh = _first_positions(reports, known)
            ids = log.next_ids(cursor, len(fresh))
            seqs = iter(log.next_seqs(cursor, sum(1 + len(pairs[position][1]) for position in fresh)))
            for incident_id, position in zip(ids, fresh, strict=True):
                report, steps = pairs[position]
                own_seqs = list(islice(seqs, 1 + len(steps)))
                lines, state = self._opening.history(
                    incident_id, own_seqs, report, places[position], steps, actor=actor, now=now, live=live
                )
                events += lines
                states.append(state)
            if events:
                log.append(cursor, events)
                log.insert_states(cursor, states)
                log.notify(cursor, events[-1].seq)
        return known, states


def _key(report: Report | Draft) -> _Key:
    return report.source, report.source_id


def _key_of(step: Step) -> str | None:
    """The key by which a step sent twice is known; None where it has none, or one that no step can have carried."""
    key = step.detail.get("key")
    return key if isinstance(key, str) and key and storable_text(key) else None


def _first_positions(reports: Sequence[Report], known: Container[_Key]) -> list[int]:
    """Where each incident that is not known stands first in the list."""
    first: dict[_Key, int] = {}
    for position, report in enumerate(reports):
        if _key(report) not in known:
            first.setdefault(_key(report), position)
    return list(first.values())


def _known_id(incident_id: int) -> int:
    """The id, if the database could have it at all."""
    if not 0 < incident_id <= _MAX_ID:
        raise _unknown(incident_id)
    return incident_id


def _overtaken(state: State, expect_n: int, events: Sequence[Event]) -> StepOvertaken:
    since = [
        {"n": event.n, "kind": event.kind, "at": event.at.isoformat(), "actor": event.actor, "actor_id": event.actor_id}
        for event in events
        if event.n > expect_n
    ]
    done = ", ".join(f"{event['kind']} by {event['actor']}" for event in since) or "nothing: there is no such event yet"
    return StepOvertaken(
        f"incident {state.id} has moved on since event {expect_n}: {done}; look at it again",
        incident_id=state.id, n=state.n, stage=state.stage, since=since,
    )  # fmt: skip


def _check_other(other: State | None, incident_id: int) -> None:
    """Refuse to merge into what is not there, or ended without being solved."""
    if other is None or other.stage == "voided":
        reason = "is no incident" if other is None else "was voided itself"
        raise StepInvalid(f"'into' is {incident_id}: that {reason}", field="into", reason=reason)


def _unknown(incident_id: int) -> IncidentUnknown:
    return IncidentUnknown(f"there is no incident {incident_id} within your scope", incident_id=incident_id)
