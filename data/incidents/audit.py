"""Proof of the log: walk all of it, and re-create the states from it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Literal

from data.errors import LogBroken
from data.incidents import log
from data.incidents.chain import FIRST_PREV_HASH, event_hash
from data.incidents.fields import STATE_COLUMNS
from data.incidents.folding import Draft
from data.incidents.model import Event, State
from data.store.openers import System

if TYPE_CHECKING:
    from data.store.connection import Store

LogFaultKind = Literal["altered", "missing", "reordered", "added", "state"]
Progress = Callable[[int], None]

# A log that is broken everywhere is not listed to its end.
MAX_FINDINGS = 1_000
_TIMEOUT_S = 3_600.0
_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class LogFault:
    """One thing that is wrong with the log.

    Attributes
    ----------
    kind
        "altered": an event is not what was written. "missing": an event, or a whole incident's events, is gone.
        "reordered": an event does not stand where it was written. "added": an event the chain does not know.
        "state": the state is not what the events add up to.
    incident_id, n
        Which incident, and which of its events.
    message
        What was found, in a sentence.
    """

    kind: LogFaultKind
    incident_id: int
    n: int
    message: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What `verify` found.

    Attributes
    ----------
    events, incidents
        How many were walked.
    findings
        By incident and event; at most `MAX_FINDINGS`.
    finding_count
        How many there are.
    """

    events: int
    incidents: int
    findings: tuple[LogFault, ...]
    finding_count: int

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.finding_count == 0


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What `rebuild` found.

    Attributes
    ----------
    events, incidents
        How many were read, and how many states they add up to.
    missing, added, different
        Ids of incidents whose state was missing, was there without any event, or was another one.
    """

    events: int
    incidents: int
    missing: tuple[int, ...]
    added: tuple[int, ...]
    different: tuple[int, ...]

    @property
    def equal(self) -> bool:
        """Whether the states were, byte for byte, what the log says."""
        return not (self.missing or self.added or self.different)


def verify(store: "Store", progress: Progress | None = None) -> AuditReport:
    """Walk every event and every state, as of one moment, while the log may go on growing.

    What it finds: an event altered in any field, taken out, moved, or put in, and a state that is not the fold of its
    events. What nobody can find from inside the database: an incident of which every trace is gone, or a tail cut off
    together with a state and chain made to fit.

    Parameters
    ----------
    store
        The open store.
    progress
        Called now and then with the number of events walked since the last call.

    Returns
    -------
    The report; without any event, one of zeros.
    """
    walked = incidents = count = 0
    findings: list[LogFault] = []
    with store.transaction(System("audit of the log"), timeout_s=_TIMEOUT_S) as cursor:
        log.begin_snapshot(cursor)
        for events, state in _paired(_counted(log.walk_events(cursor), progress), log.walk_states(cursor)):
            walked += len(events)
            incidents += 1
            found = _examine(events, state)
            count += len(found)
            findings += found[: MAX_FINDINGS - len(findings)]
    return AuditReport(walked, incidents, tuple(findings), count)


def rebuild(store: "Store", progress: Progress | None = None) -> RebuildReport:
    """Re-create the state of every incident from the log, in one transaction, and compare it with what stood there.

    Nobody writes meanwhile, everybody reads. A state that is equal byte for byte is left where it is; one that is not
    is replaced. On any failure everything stays as it was.

    Parameters
    ----------
    store
        The open store.
    progress
        Called now and then with the number of events read since the last call.

    Raises
    ------
    LogBroken
        If the log does not verify: states made from it would hide what is wrong with it. Nothing is changed.
    """
    events = incidents = 0
    differing: dict[str, list[int]] = {"missing": [], "added": [], "different": []}
    with store.transaction(System("audit of the log"), timeout_s=_TIMEOUT_S) as cursor:
        log.begin_rebuild(cursor)
        states: list[State] = []
        for _, group in groupby(_counted(log.walk_events(cursor), progress), key=attrgetter("incident_id")):
            lines = list(group)
            states.append(_rebuilt(lines))
            events, incidents = events + len(lines), incidents + 1
            if len(states) == _CHUNK:
                log.insert_states(cursor, states, table=log.REBUILT)
                states.clear()
        log.insert_states(cursor, states, table=log.REBUILT)
        for incident_id, kind in log.compare_rebuilt(cursor):
            differing[kind].append(incident_id)
        log.adopt_rebuilt(cursor, [incident_id for ids in differing.values() for incident_id in ids])
    return RebuildReport(events, incidents, **{kind: tuple(ids) for kind, ids in differing.items()})


def _rebuilt(events: list[Event]) -> State:
    broken = _chain_findings(events)
    if broken:
        first = broken[0]
        raise LogBroken(
            f"{first.message}; nothing was rebuilt. Run `python app.py verify` for all that is wrong, and restore the "
            "log from a backup",
            incident_id=first.incident_id, n=first.n, kind=first.kind,
        )  # fmt: skip
    return _folded(events)


def _folded(events: list[Event]) -> State:
    draft = Draft()
    for event in events:
        draft.apply(event)
    return draft.freeze()


def _examine(events: list[Event], state: State | None) -> list[LogFault]:
    """All that is wrong with one incident."""
    if not events and state is not None:
        return [LogFault("missing", state.id, 0, f"incident {state.id} has a state, but no events")]
    findings = _chain_findings(events)
    last = events[-1]
    if state is None:
        return [*findings, _finding("state", last, "has no state")]
    if state.n < last.n:
        findings.append(_finding("added", last, f"comes after event {state.n}, the last one its state knows"))
    elif state.n > last.n:
        gone = LogFault(
            "missing", state.id, last.n + 1, f"event {last.n + 1} of incident {state.id} and what followed are missing"
        )
        findings.append(gone)
    elif not findings:
        findings += _state_findings(events, state)
    return findings


def _state_findings(events: list[Event], state: State) -> list[LogFault]:
    last = events[-1]
    try:
        expected = _folded(events)
    except LogBroken as error:
        return [LogFault("altered", last.incident_id, int(error.values["n"]), error.message)]
    wrong = [name for name in STATE_COLUMNS if getattr(expected, name) != getattr(state, name)]
    return [_finding("state", last, f"leads to another state: {', '.join(wrong)} differ")] if wrong else []


def _chain_findings(events: list[Event]) -> list[LogFault]:
    """What is wrong with the chain of one incident, whatever its state says."""
    findings: list[LogFault] = []
    expected_n, prev_hash, prev_seq = 0, FIRST_PREV_HASH, 0
    for event in events:
        finding = _link_finding(event, expected_n, prev_hash, prev_seq)
        if finding is not None:
            findings.append(finding)
        # Go on from what stands there, so that one wrong event is one finding and not a wrong rest.
        expected_n, prev_hash, prev_seq = event.n + 1, event.hash, event.seq
    return findings


def _link_finding(event: Event, expected_n: int, prev_hash: bytes, prev_seq: int) -> LogFault | None:
    if event.n > expected_n:
        gone = f"event {expected_n}" if event.n == expected_n + 1 else f"events {expected_n} to {event.n - 1}"
        return LogFault(
            "missing", event.incident_id, expected_n, f"{gone} of incident {event.incident_id} missing before {event.n}"
        )
    if event.n < expected_n:
        return _finding("added", event, "stands there twice")
    if event_hash(event) != event.hash:
        return _finding("altered", event, "is not what was written: its hash does not fit")
    if event.prev_hash != prev_hash:
        return _finding("reordered", event, "does not follow the event before it: the chain is broken")
    if event.seq <= prev_seq:
        return _finding("reordered", event, f"has sequence number {event.seq}, not after {prev_seq}")
    return None


def _finding(kind: LogFaultKind, event: Event, what: str) -> LogFault:
    message = f"event {event.n} ({event.kind!r}) of incident {event.incident_id} {what}"
    return LogFault(kind, event.incident_id, event.n, message)


def _paired(events: Iterator[Event], states: Iterator[State]) -> Iterator[tuple[list[Event], State | None]]:
    """Bring the events of each incident together with its state; both come by id, and either may be lacking."""
    state = next(states, None)
    for incident_id, group in groupby(events, key=attrgetter("incident_id")):
        while state is not None and state.id < incident_id:
            yield [], state
            state = next(states, None)
        if state is not None and state.id == incident_id:
            yield list(group), state
            state = next(states, None)
        else:
            yield list(group), None
    while state is not None:
        yield [], state
        state = next(states, None)


def _counted(events: Iterator[Event], progress: Progress | None) -> Iterator[Event]:
    count = 0
    for event in events:
        yield event
        count += 1
        if progress is not None and count == _CHUNK:
            progress(count)
            count = 0
    if progress is not None and count:
        progress(count)
