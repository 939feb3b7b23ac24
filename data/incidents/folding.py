"""From events to state: the only way a state comes to be, live, in bulk and when it is rebuilt."""

from collections.abc import Iterable
from datetime import UTC, datetime
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

from data.errors import LogBroken
from data.incidents.fields import DEFAULTS, STATE_COLUMNS
from data.incidents.model import Event, Place, Report, State
from data.incidents.rules import STEP_RULES, Rule, places, stage_after

_values_of = attrgetter(*STATE_COLUMNS)


class Draft(SimpleNamespace):
    """A state being folded: the fields of `State`, open to change.

    Making a frozen state of forty fields costs as much as folding ten events into a draft, so bulk paths fold into a
    draft and freeze it once, at the end.
    """

    def apply(self, event: Event) -> None:
        """Fold one event in.

        Raises
        ------
        LogBroken
            If the event cannot be one of this incident, or lacks what its kind must say.
        """
        try:
            if event.kind == "reported":
                _open(self, event)
            else:
                _follow(self, STEP_RULES[event.kind], event)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise LogBroken(
                f"event {event.n} ({event.kind!r}) of incident {event.incident_id} cannot be folded: {error!r}; "
                "run `python app.py verify`",
                incident_id=event.incident_id, n=event.n, kind=event.kind,
            ) from error  # fmt: skip

    def freeze(self) -> State:
        """Make the state."""
        return State(**vars(self))

    @classmethod
    def of(cls, state: State | None) -> "Draft":
        """A draft that starts from this state; from nothing before the first event."""
        return cls() if state is None else cls(**dict(zip(STATE_COLUMNS, _values_of(state), strict=True)))


def fold(state: State | None, event: Event) -> State:
    """Fold one event into a state; pure.

    Parameters
    ----------
    state
        What the events so far add up to; None before "reported".
    event
        The next event of the same incident, as it stands in the log.

    Raises
    ------
    LogBroken
        If the event cannot follow: wrong incident, wrong position, unknown kind, or a detail that lacks something.
    """
    return fold_all([event], state)


def fold_all(events: Iterable[Event], state: State | None = None) -> State:
    """Fold events of one incident, in order; without any, `state` must be given and comes back equal."""
    draft = Draft.of(state)
    for event in events:
        draft.apply(event)
    return draft.freeze()


def report_detail(report: Report, place: Place, edition_id: int) -> dict[str, Any]:
    """What a "reported" event says: all that is needed to rebuild the state (its time is the event's own)."""
    return {
        "source": report.source,
        "source_id": report.source_id,
        "category": report.category,
        "title": report.title,
        "address": report.address,
        "occurred_at": None if report.occurred_at is None else report.occurred_at.isoformat(),
        "lon": report.lon,
        "lat": report.lat,
        "coordinate_system": report.coordinate_system,
        "grid_code": report.grid_code,
        "place": place_detail(place, edition_id),
    }


def place_detail(place: Place, edition_id: int) -> dict[str, Any]:
    """Where an incident was placed, as a "reported" or "located" event says it: WGS 84, H3 in its usual hexadecimal."""
    return {
        "lon": place.lon,
        "lat": place.lat,
        "h3": None if place.h3 is None else f"{place.h3:x}",
        "edition_id": edition_id,
        "leaf": place.leaf,
        "leaf_code": place.leaf_code,
        "placed_by": place.placed_by,
        "area": place.area,
    }


def parse_time(text: str) -> datetime:
    """Read an ISO 8601 time with an offset, as UTC; ValueError without one."""
    moment = datetime.fromisoformat(text)
    if moment.utcoffset() is None:
        raise ValueError(f"{text!r} has no offset from UTC")
    return moment.astimezone(UTC)


def _open(draft: Draft, event: Event) -> None:
    if event.n != 0 or vars(draft):
        raise ValueError("an incident is reported once, by its first event")
    said = event.detail
    occurred = said["occurred_at"]
    vars(draft).update(
        DEFAULTS,
        id=event.incident_id,
        source=said["source"],
        source_id=said["source_id"],
        category=said["category"],
        title=said["title"],
        address=said["address"],
        stage="reported",
        reported_at=event.at.astimezone(UTC),
        occurred_at=None if occurred is None else parse_time(occurred),
        lon=None, lat=None, h3=None, lon_given=None, lat_given=None,
        coordinate_system=said["coordinate_system"],
        grid_code_given=said["grid_code"],
    )  # fmt: skip
    _settle(draft, said)
    draft.held_level = said.get("held_level")
    _take_over(draft, said)
    _advance(draft, event)


def _follow(draft: Draft, rule: Rule, event: Event) -> None:
    if draft.id != event.incident_id or draft.n + 1 != event.n or draft.hash != event.prev_hash:
        raise ValueError(f"it does not follow event {draft.n} of incident {draft.id}")
    values = vars(draft)
    said = event.detail
    values["stage"] = stage_after(rule, values["stage"])
    values.update(rule.sets)
    if rule.stamps is not None and values[rule.stamps] is None:
        values[rule.stamps] = event.at.astimezone(UTC)
    if rule.counts is not None:
        values[rule.counts] += 1
    for name, says in rule.says.items():
        if says.kept and (said[name] if says.required else said.get(name)) is not None:
            values[says.kept] = parse_time(said[name]) if says.type == "time" else said[name]
    if rule.kind == "located" or places(rule, said):
        if said.get("grid_code") is not None:
            draft.grid_code_given = said["grid_code"]
        _settle(draft, said)
        if "held_level" in said:
            draft.held_level = said["held_level"]
    _take_over(draft, said)
    _advance(draft, event)


def _take_over(draft: Draft, said: dict[str, Any]) -> None:
    """Take over the running clock and the responsible person, where an event says anything about them."""
    if "clock" in said:
        clock = said["clock"]
        draft.clock_due_at = None if clock is None else parse_time(clock["due"])
        draft.clock_yellow_at = None if clock is None else parse_time(clock["yellow"])
    if "responsible" in said:
        who = said["responsible"]
        draft.responsible, draft.responsible_name = who["person"], who["name"]
        draft.responsible_post = who["post"]


def _settle(draft: Draft, said: dict[str, Any]) -> None:
    """Take over where an event placed the incident; a place by code alone leaves a known position as it is."""
    place = said["place"]
    if place["lon"] is not None:
        draft.lon, draft.lat, draft.h3 = float(place["lon"]), float(place["lat"]), int(place["h3"], 16)
        draft.lon_given, draft.lat_given = float(said["lon"]), float(said["lat"])
        draft.coordinate_system = said.get("coordinate_system", "wgs84")
    draft.edition_id, draft.leaf = place["edition_id"], place["leaf"]
    draft.leaf_code, draft.placed_by = place["leaf_code"], place["placed_by"]
    draft.area = place.get("area")


def _advance(draft: Draft, event: Event) -> None:
    draft.seq, draft.n, draft.hash = event.seq, event.n, event.hash
    draft.recorded_at = event.recorded_at.astimezone(UTC)
    at = event.at.astimezone(UTC)
    # A step may be told late, after one that happened later.
    if event.n == 0 or at > draft.last_at:
        draft.last_at = at
