"""The measures once more, read from the event log itself: plain Python over events, without states or columns."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from data.incidents.model import Event
from tests.unit.stats.logs import known_part, lives_of

UNDONE = ("returned", "escalated", "reopened")
DISPATCH_WITHIN = timedelta(hours=2)
YELLOW_SHARE = 0.2


def counts(
    events: Sequence[Event], moment: datetime, since: datetime, until: datetime, known: str
) -> Counter[tuple[str, int]]:
    """How many incidents each measure counts in each leaf, for a moment of the past."""
    end_of_second = moment.replace(microsecond=0) + timedelta(seconds=1)
    found: Counter[tuple[str, int]] = Counter()
    for life in lives_of(events).values():
        part = known_part(life, end_of_second, known)
        if part:
            reading = Reading(part, moment, since, until)
            found.update((name, reading.leaf) for name, holds in reading.measures().items() if holds)
    return found


def cut(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(microsecond=0)


class Reading:
    """What one incident's events say, at a moment."""

    def __init__(self, life: Sequence[Event], moment: datetime, since: datetime, until: datetime) -> None:
        self.life, self.moment, self.since, self.until = list(life), cut(moment), since, until
        after = max((at for at, event in enumerate(life) if event.kind in UNDONE), default=-1)
        again = max((at for at, event in enumerate(life) if event.kind in ("reworked", "reopened")), default=-1)
        anew = max((at for at, event in enumerate(life) if event.kind == "reopened"), default=-1)
        self.anew = anew
        self.reported = self.first("reported")
        self.verified = self.first("verified")
        # What is opened again is filed by that.
        self.filed = self.first("filed", "reopened", after=max(anew - 1, -1))
        self.dispatched = self.first("dispatched", after=after)
        self.claimed = self.first("claimed", "reworked", after=after)
        self.handled = self.first("handled", "self_handled", after=again)
        self.checked = self.first("checked", after=again)
        self.closed, self.voided = self.first("closed", after=anew), self.first("voided", "merged")
        self.due = self.said("due_at", ("dispatched", "reworked", "extended", "resumed"), after)
        self.claim_due = self.said("due_claim_at", ("dispatched", "resumed"), after)
        self.on_spot = self.first("self_handled", after=after) is not None
        places = [event.detail["place"]["leaf"] for event in life if "place" in event.detail]
        self.leaf: int = places[-1]
        stops = [event.kind for event in life if event.kind in ("suspended", "resumed", "voided", "merged")]
        self.stopped = bool(stops) and stops[-1] == "suspended"
        clocks = [event.detail["clock"] for event in life if "clock" in event.detail]
        self.clock = clocks[-1] if clocks else None
        self.ended = self.closed is not None or self.voided is not None

    def first(self, *kinds: str, after: int = -1) -> datetime | None:
        """When the first event of these kinds happened, of those behind position `after`."""
        return next((cut(event.at) for event in self.life[after + 1 :] if event.kind in kinds), None)

    def said(self, name: str, kinds: Sequence[str], after: int) -> datetime | None:
        """The last deadline that was set, of those behind position `after`."""
        told = [event.detail.get(name) for event in self.life[after + 1 :] if event.kind in kinds]
        deadlines = [text for text in told if text is not None]
        return cut(datetime.fromisoformat(deadlines[-1])) if deadlines else None

    def answers(self, name: str, *kinds: str) -> list[str]:
        """What events of these kinds said, since it was opened again."""
        said = [event.detail.get(name) for event in self.life[self.anew + 1 :] if event.kind in kinds]
        return [answer for answer in said if answer is not None]

    def ever(self, kind: str) -> bool:
        return any(event.kind == kind for event in self.life)

    def by(self, time: datetime | None) -> bool:
        return time is not None and time <= self.moment

    def placed(self, time: datetime | None) -> bool:
        return time is not None and self.by(time) and self.since <= time < self.until

    def measures(self) -> dict[str, bool]:
        steps = ("reported", "verified", "filed", "dispatched", "claimed", "handled", "checked", "closed", "voided")
        found = {step: self.placed(getattr(self, step)) for step in steps}
        return {**found, **self.of_reports(), **self.of_filings(), **self.of_closings(), **self.of_deadlines(),
                **self.of_the_open()}  # fmt: skip

    def of_reports(self) -> dict[str, bool]:
        if not self.placed(self.reported):
            return {}
        return {
            "reported_unlocated": self.leaf == -1,
            "valid": not self.by(self.voided),
            "valid_closed": self.by(self.closed),
            "sent_up": not (self.on_spot and self.by(self.handled)) or self.by(self.filed),
            "sent_up_filed": self.by(self.filed),
            "dispatched_handled": False,
        }

    def of_filings(self) -> dict[str, bool]:
        found = {"dispatched_handled": self.placed(self.dispatched) and self.by(self.handled)}
        if self.filed is None or not self.placed(self.filed):
            return found
        sent = self.by(self.dispatched) or self.ever("returned")
        ends = self.filed + DISPATCH_WITHIN
        waits = not self.by(self.dispatched) and not (self.on_spot and self.by(self.handled)) and ends < self.moment
        asked = not self.by(self.voided) and (self.by(self.dispatched) or waits)
        in_time = self.dispatched is not None and self.by(self.dispatched) and self.dispatched <= ends
        return found | {
            "filed_sent_out": sent,
            "filed_sent_out_right": sent and not self.ever("returned"),
            "dispatch_due": asked,
            "dispatched_on_time": asked and in_time,
        }

    def of_closings(self) -> dict[str, bool]:
        if self.closed is None or not self.placed(self.closed):
            return {}
        answers = self.answers("satisfaction", "checked", "closed", "corrected")
        levels = self.answers("level", "closed")
        return {
            self.answers("means", "closed", "corrected")[-1]: True,
            f"closed_level_{levels[-1]}": True,
            "closed_on_time": self.due is not None and self.closed <= self.due,
            "self_handled": self.on_spot,
            "rated": bool(answers),
            "satisfied": answers[-1:] == ["satisfied"],
            **{kind: self.ever(kind) for kind in ("reworked", "returned", "extended", "escalated")},
        }

    def of_deadlines(self) -> dict[str, bool]:
        found: dict[str, bool] = {}
        valid = not self.by(self.voided)
        due, claim = self.due, self.claim_due
        if due is not None and self.placed(due) and due < self.moment and valid:
            asked = self.by(self.closed) or not self.stopped
            found |= {
                "due": asked,
                "due_closed": asked and self.by(self.closed),
                "due_closed_on_time": asked and self.closed is not None and self.closed <= due,
                "due_handled_on_time": asked and self.handled is not None and self.handled <= due,
                "due_pending": asked and not self.by(self.handled),
            }
        if claim is not None and self.placed(claim) and claim < self.moment and valid:
            found |= {"claim_due": True, "claimed_on_time": self.claimed is not None and self.claimed <= claim}
        return found

    def of_the_open(self) -> dict[str, bool]:
        if not self.by(self.reported) or self.by(self.closed) or self.by(self.voided):
            return {}
        red, yellow = self.lights()
        handled = self.by(self.handled)
        return {
            "open": True, "pending": not handled, "unlocated": self.leaf == -1, "suspended": self.stopped,
            "overdue": red, "overdue_pending": red and not handled, "yellow": yellow,
        }  # fmt: skip

    def lights(self) -> tuple[bool, bool]:
        """Red and yellow; the clock that was told last is that of the moment, whatever time the step says."""
        if self.stopped or self.ended:
            return False, False
        if self.clock is not None:
            due, yellow = (cut(datetime.fromisoformat(self.clock[name])) for name in ("due", "yellow"))
            return due < self.moment, due >= self.moment >= yellow
        if self.due is None:
            return False, False
        start = self.dispatched if self.by(self.dispatched) else self.reported
        assert start is not None
        left, whole = (self.due - self.moment).total_seconds(), (self.due - start).total_seconds()
        return left < 0, 0 <= left < YELLOW_SHARE * whole
