"""The clocks of an incident: when they start, stop and move, and the light they give.

One clock runs at any time, unless the incident is suspended or at its end: until it is dispatched ("dispatch"), claimed
("claim"), handled ("finish"), checked and closed ("close"). A dispatch starts two; until the claim, the nearer one is
the one that runs. ``docs/deadlines.md`` has the rules and worked examples.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from data.calendar.limits import CategoryLimits, Limit, Limits
from data.calendar.work_calendar import MAX_DAYS, MAX_HOURS
from data.errors import QueryInvalid, StepInvalid
from data.incidents.folding import parse_time
from data.incidents.lights import Colour, Moments, end_of_clock, light_colour, second_of, yellow_begins
from data.incidents.order import LAST_DEADLINE_YEAR
from data.incidents.yellow_parts import YellowParts

if TYPE_CHECKING:
    from data.calendar.work_calendar import WorkCalendar
    from data.incidents.folding import Draft
    from data.incidents.model import State
    from data.incidents.order import Life

ClockKind = Literal["dispatch", "claim", "finish", "close"]
UNSAID_SHARE = 0.20

_OF_STAGE: Mapping[str, ClockKind] = {
    "reported": "dispatch", "verified": "dispatch", "filed": "dispatch", "dispatched": "finish", "claimed": "finish",
    "handled": "close", "checked": "close",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Light:
    """What the running clock says at a moment.

    Attributes
    ----------
    colour
        "red" when its end is past, "yellow" when little is left, else "none"; "none" too where no clock runs.
    share_left
        Share of the clock's office time that is left, 0 to 1; None where no clock runs or its length is not known.
    overdue_s
        Office time since its end, in whole seconds: it counts on while the offices are open.
    """

    colour: Colour
    share_left: float | None = None
    overdue_s: int = 0


@dataclass(frozen=True)
class Clocks:
    """What runs when, by a city's calendar and limits.

    Attributes
    ----------
    calendar
        Office hours and working days.
    limits
        Times by category; where they leave out claim or finish, the calendar's are taken.
    unsaid_share
        Share of the time since the dispatch that is left, by night and by day, when a light turns yellow of which the
        log does not say when: one of before clocks were kept (`CountingRules.yellow_share`).
    suspended_runs
        Whether the clock of a suspended incident goes on (`CountingRules.suspended_is_due`).
    """

    calendar: "WorkCalendar"
    limits: Limits = field(default_factory=Limits.default)
    unsaid_share: float = UNSAID_SHARE
    suspended_runs: bool = False

    def detail(
        self, state: "State | Draft | None", kind: str, at: datetime, said: Mapping[str, Any], category: str,
        life: "Life | None" = None,
    ) -> dict[str, Any]:  # fmt: skip
        """What a step's event says about clocks: the fields the desk adds to its detail.

        Parameters
        ----------
        state
            The incident before the step; None for "reported".
        kind
            Kind of the event.
        at
            When it happens; every clock it starts counts from then.
        said
            What the step says itself; its times are ISO 8601 texts with an offset.
        category
            Code of the incident's category.
        life
            What the incident went through before the step: it alone knows how much of a clock that does not run now
            will be yellow. Without it that is told from the dispatch and its limit, as if nothing had stood still.

        Returns
        -------
        dict
            Some of `due_claim_at`, `due_at`, `finish_limit`, `left`, and `clock`: ``{"due", "yellow"}`` of the clock
            that runs from now on, or None when all end. Times are ISO 8601 texts in the calendar's zone. Empty where
            the step changes no clock.

        Raises
        ------
        StepInvalid
            The step says a limit or deadline that cannot be, or happens centuries from now; `values`: field, reason.
        """
        limits = self.limits.of(category)
        try:
            match kind:
                case "reported" | "returned" | "escalated" | "reopened":
                    return {"clock": self._started(at, limits.dispatch.due(self.calendar, at), limits)}
                case "handled" | "self_handled":
                    return {"clock": self._started(at, limits.close.due(self.calendar, at), limits)}
                case "closed" | "voided" | "merged":
                    return {"clock": None}
                case "dispatched":
                    return self._dispatched(at, said, limits)
            if state is None:
                return {}
            match kind:
                case "claimed":
                    return self._claimed(state, at, limits, life)
                case "reworked":
                    return self._reworked(state, at, said, limits, life)
                case "extended":
                    return self._extended(state, at, said, limits, life)
                case "suspended":
                    return {"left": self._left(state, at, limits)}
                case "resumed":
                    return self._resumed(state, at, said, limits, life)
        except QueryInvalid as error:
            raise _invalid("at", f"counts to no deadline: {error.message}") from error
        return {}

    def light_of_second(self, state: "State | Draft", moment: datetime) -> Light:
        """The light of an incident in the second of a moment, as all screens show it.

        Mirror, database and browser know whole seconds: an end is not missed before its second is over, and yellow
        begins with its second.
        """
        return self._light(state, moment.replace(microsecond=0), with_second=True)

    def light(self, state: "State | Draft", moment: datetime) -> Light:
        """The light of an incident at a moment; suspended and ended incidents have none."""
        return self._light(state, moment, with_second=False)

    def _light(self, state: "State | Draft", moment: datetime, *, with_second: bool) -> Light:
        due, yellow, stopped = end_of_clock(state), state.clock_yellow_at, self.stopped(state)
        begins = self.yellow_from(state, moment)
        if with_second and begins is not None:
            begins = begins.replace(microsecond=0)
        colour = light_colour(moment, due, begins, stopped=stopped)
        if stopped or due is None:
            return Light(colour)
        left_h = self.calendar.hours_between(moment, due)
        share = self.limits.of(state.category).yellow_share
        # The clock's whole office time follows from where its yellow part begins.
        whole_h = self.calendar.hours_between(yellow, due) / share if yellow is not None and share > 0 else 0.0
        return Light(
            colour,
            share_left=min(max(left_h / whole_h, 0.0), 1.0) if whole_h > 0 else None,
            overdue_s=max(int(-left_h * 3600), 0),
        )

    def stopped(self, state: "State | Draft") -> bool:
        """Whether no clock of an incident runs."""
        return (state.suspended and not self.suspended_runs) or state.stage not in _OF_STAGE

    def yellow_from(self, state: "State | Draft", moment: datetime) -> datetime | None:
        """From when on the light of the clock that runs is yellow; None where it never is.

        In logs of before clocks were kept it is so from the first second on in which less than `unsaid_share` of the
        time from the dispatch, or from the report if there was none by the moment, is left.
        """
        if state.clock_due_at is not None or state.due_at is None:
            return state.clock_yellow_at
        due = second_of(state.due_at)
        begins = yellow_begins(
            Moments(
                second_of(moment), said=False, due=due, dispatched=second_of(state.dispatched_at),
                reported=second_of(state.reported_at), share=self.unsaid_share,
            )
        )  # fmt: skip
        return None if begins > due else datetime.fromtimestamp(begins, self.calendar.zone)

    def _dispatched(self, at: datetime, said: Mapping[str, Any], limits: CategoryLimits) -> dict[str, Any]:
        limit = _limit_said(said) or self._finish_limit(limits)
        due = _time_said(said, "due_at") or limit.due(self.calendar, at)
        claim = _time_said(said, "due_claim_at")
        if claim is None:
            # Nobody may claim later than he must have finished.
            claim = min(self._claim_due(at, limits), due)
        answer = {"due_claim_at": self._text(claim), "due_at": self._text(due)}
        if said.get("finish_limit") or not said.get("due_at"):
            answer["finish_limit"] = str(limit)
        return answer | {"clock": self._started(at, min(claim, due), limits)}

    def _claimed(
        self, state: "State | Draft", at: datetime, limits: CategoryLimits, life: "Life | None"
    ) -> dict[str, Any]:
        if state.due_at is None:
            return {"clock": self._started(at, self._finish_limit(limits).due(self.calendar, at), limits)}
        return {"clock": self._clock(state.due_at, self._yellow_hours(state, "finish", limits, life))}

    def _reworked(
        self, state: "State | Draft", at: datetime, said: Mapping[str, Any], limits: CategoryLimits,
        life: "Life | None",
    ) -> dict[str, Any]:  # fmt: skip
        new = _time_said(said, "due_at")
        if new is None and state.due_at is not None:
            return self._claimed(state, at, limits, life)
        due = new or self._finish_limit(limits).due(self.calendar, at)
        return {"due_at": self._text(due), "clock": self._started(at, due, limits)}

    def _extended(
        self, state: "State | Draft", at: datetime, said: Mapping[str, Any], limits: CategoryLimits,
        life: "Life | None",
    ) -> dict[str, Any]:  # fmt: skip
        old = state.due_at
        # What is still ahead is not lost; what is past is not given as a present.
        new = self._extension(at if old is None else max(old, at), said)
        if new <= at or (old is not None and new <= old):
            was = "none" if old is None else old.astimezone(self.calendar.zone).isoformat()
            raise _invalid("due_at", f"would be {self._text(new)}: it must lie after now and after the old one ({was})")
        if new.year > LAST_DEADLINE_YEAR:
            raise _invalid("due_at", f"would be {new.isoformat()}: it lies in {LAST_DEADLINE_YEAR} at the latest")
        answer: dict[str, Any] = {"due_at": self._text(new)}
        claim = state.due_claim_at if state.stage == "dispatched" else None
        if claim is not None and claim <= new:
            if state.clock_due_at != claim:
                answer["clock"] = self._clock(claim, self._yellow_hours(state, "claim", limits, life))
            return answer
        if old is None:
            return answer | {"clock": self._started(at, new, limits)}
        yellow_h = self._yellow_hours(state, "finish", limits, life)
        return answer | {
            "clock": self._clock(new, yellow_h + limits.yellow_share * self.calendar.hours_between(old, new))
        }

    def _extension(self, base: datetime, said: Mapping[str, Any]) -> datetime:
        given = [name for name in ("due_at", "days", "hours") if said.get(name) is not None]
        if len(given) != 1:
            raise _invalid("due_at", "must be said, or days, or hours, and only one of them")
        amount = said[given[0]]
        if given[0] == "due_at":
            return parse_time(amount)
        if given[0] == "hours":
            if not 0 < amount <= MAX_HOURS:
                raise _invalid("hours", f"is {amount}: it must be more than 0, at most {MAX_HOURS} office hours")
            return self.calendar.add_hours(base, amount)
        if not 1 <= amount <= MAX_DAYS:
            raise _invalid("days", f"is {amount}: it must be 1 to {MAX_DAYS} working days")
        return self.calendar.add_days(base, amount)

    def _left(self, state: "State | Draft", at: datetime, limits: CategoryLimits) -> dict[str, int]:
        """What was left when all stopped: office seconds of each clock, and working days where it counts in them."""
        left: dict[str, int] = {}
        for kind, due, limit in self._stoppable(state, limits):
            left[f"{kind}_office_s"] = round(self.calendar.hours_between(at, due) * 3600)
            if due >= at and self._in_days(due, limit):
                left[f"{kind}_working_days"] = self.calendar.days_between(at, due)
        return left

    def _resumed(
        self, state: "State | Draft", at: datetime, said: Mapping[str, Any], limits: CategoryLimits,
        life: "Life | None",
    ) -> dict[str, Any]:  # fmt: skip
        stopped = at if state.suspended_at is None else state.suspended_at
        answer: dict[str, Any] = {}
        moved: list[tuple[datetime, ClockKind]] = []
        for kind, due, limit in self._stoppable(state, limits):
            name = {"claim": "due_claim_at", "finish": "due_at"}.get(kind, "")
            new = _time_said(said, name) or self._moved(due, stopped, at, self._in_days(due, limit))
            if name:
                answer[name] = self._text(new)
            moved.append((new, kind))
        if moved:
            # The claim stands first, so it runs where both end together.
            new, nearer = min(moved, key=lambda ends: ends[0])
            return answer | {"clock": self._clock(new, self._yellow_hours(state, nearer, limits, life))}
        kind = _OF_STAGE.get(state.stage, "dispatch")
        limit = {"dispatch": limits.dispatch, "close": limits.close}.get(kind, self._finish_limit(limits))
        return {"clock": self._started(at, limit.due(self.calendar, at), limits)}

    def _stoppable(
        self, state: "State | Draft", limits: CategoryLimits
    ) -> list[tuple[ClockKind, datetime, Limit | None]]:
        """The clocks that can be stopped now, with their end and, where it is known, the limit they were given."""
        kind = _OF_STAGE.get(state.stage)
        if kind == "finish":
            both: list[tuple[ClockKind, datetime | None, Limit | None]] = [
                ("claim", state.due_claim_at if state.stage == "dispatched" else None, limits.claim or Limit(1, "h")),
                ("finish", state.due_at, _parsed(state.finish_limit) if state.finish_limit else None),
            ]
            return [(which, due, limit) for which, due, limit in both if due is not None]
        if kind is None or state.clock_due_at is None:
            return []
        return [(kind, state.clock_due_at, limits.dispatch if kind == "dispatch" else limits.close)]

    def _in_days(self, due: datetime, limit: Limit | None) -> bool:
        """Whether an end is counted in working days.

        It is not where its limit is in hours, nor where it was set to another time than the close of office hours.
        """
        return (limit is None or limit.unit == "d") and self.calendar.is_close(due)

    def _moved(self, due: datetime, stopped: datetime, at: datetime, in_days: bool) -> datetime:
        """Where an end moves that stood still from `stopped` to `at`."""
        ahead = due >= stopped
        if ahead and in_days:
            days = self.calendar.days_between(stopped, due)
            return self.calendar.add_days(at, days) if days else self.calendar.close_from(at)
        # As much office time later as passed meanwhile: what was left is left, what was overdue is overdue.
        passed_h = self.calendar.hours_between(stopped, at)
        new = self.calendar.add_hours(due, passed_h) if passed_h > 0 else due
        return max(new, at) if ahead else new

    def _yellow_hours(
        self, state: "State | Draft", kind: ClockKind, limits: CategoryLimits, life: "Life | None"
    ) -> float:
        """Office hours before its end at which the light of a clock turns yellow.

        The running clock says it itself, whatever moved it; of another one the log knows. Without the log it counts
        from the dispatch; where that gave a limit and nobody extended it, by the limit's own length.
        """
        if kind == _running(state) and state.clock_due_at is not None and state.clock_yellow_at is not None:
            return self.calendar.hours_between(state.clock_yellow_at, state.clock_due_at)
        if life is not None:
            parts = YellowParts.after(life(), self.calendar, self.limits)
            hours = parts.claim if kind == "claim" else parts.finish
            if hours is not None:
                return hours
        start, end = state.dispatched_at, state.due_claim_at if kind == "claim" else state.due_at
        if start is None or end is None:
            return 0.0
        if kind == "finish" and state.finish_limit and not state.extensions:
            end = _parsed(state.finish_limit).due(self.calendar, start)
        return limits.yellow_share * max(self.calendar.hours_between(start, end), 0.0)

    def _finish_limit(self, limits: CategoryLimits) -> Limit:
        return limits.finish or Limit(self.calendar.finish_days, "d")

    def _claim_due(self, at: datetime, limits: CategoryLimits) -> datetime:
        return self.calendar.claim_due(at) if limits.claim is None else limits.claim.due(self.calendar, at)

    def _started(self, at: datetime, due: datetime, limits: CategoryLimits) -> dict[str, str]:
        """A clock that starts now."""
        return self._clock(due, limits.yellow_share * max(self.calendar.hours_between(at, due), 0.0))

    def _clock(self, due: datetime, yellow_hours: float) -> dict[str, str]:
        """A clock with so many office hours of yellow before its end."""
        text = self._text(due)
        if yellow_hours <= 0:
            return {"due": text, "yellow": text}
        return {"due": text, "yellow": self.calendar.subtract_hours(due, yellow_hours).isoformat()}

    def _text(self, moment: datetime) -> str:
        return moment.astimezone(self.calendar.zone).isoformat()


_parsed = lru_cache(maxsize=256)(Limit.parse)


def _running(state: "State | Draft") -> ClockKind | None:
    """The clock that the state's times are about: until the claim the nearer one of two."""
    if state.stage == "dispatched" and state.due_claim_at is not None and state.clock_due_at is not None:
        return "finish" if state.clock_due_at < state.due_claim_at else "claim"
    return _OF_STAGE.get(state.stage)


def _time_said(said: Mapping[str, Any], name: str) -> datetime | None:
    text = said.get(name)
    return None if text is None else parse_time(text)


def _limit_said(said: Mapping[str, Any]) -> Limit | None:
    text = said.get("finish_limit")
    if not text:
        return None
    try:
        return _parsed(str(text))
    except ValueError as error:
        raise _invalid("finish_limit", f"is {str(text)[:100]!r}: it must be {error}") from error


def _invalid(name: str, reason: str) -> StepInvalid:
    return StepInvalid(f"{name!r} {reason}", field=name, reason=reason)
