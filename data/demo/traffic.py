"""Live traffic of the demo city: reports and steps, through the REST API like any other source.

It knows nothing by heart: reports are a function of the minute, plans a function of the incident, and how far each
has come the server tells. So it may be stopped and started at any time, and so may the server.
"""

import json
import logging
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

import httpx

from data.access.actor import Actor, ActorKind
from data.demo.agenda import COUNTERS, Agenda
from data.demo.arrivals import Arrival, Arrivals
from data.demo.city import DemoCity
from data.demo.plan import PREFIX, ZONE
from data.demo.sender import Sender, ServerTrouble
from data.demo.steps import Planner
from data.incidents.model import Report, Step

logger = logging.getLogger(__name__)

INCIDENTS = "/api/v1/incidents"
SESSION = "/api/v1/session"
TICK_S = 0.5
SYNC_S = 60.0
TIMEOUT_S = 10.0
FIRST_WAIT_S = 0.25
# A gap up to this long is filled on start; a longer one is catch_up's.
GAP = timedelta(hours=1)
HEAD_START = timedelta(minutes=1)
PAGE = 500
# More reports than these at once go as lines of one request.
ONE_BY_ONE = 20
LINES = 500
OVERTAKEN = "step_overtaken"
# A planned step later than this is taken as if it were now, where its own time is refused.
LATE = timedelta(seconds=1)


class Traffic(Sender):
    """Reports incidents and takes the steps of open ones until it is stopped.

    Parameters
    ----------
    city
        The demo city.
    base_url
        Where the server is, such as ``http://127.0.0.1:8050``.
    per_day
        Incidents on a usual day.
    rate
        Factor on `per_day`.
    now
        The clock; aware.
    transport
        Way to the server; the network by default.
    planner
        Plans of the city, if somebody has them already.
    """

    def __init__(
        self,
        city: DemoCity,
        base_url: str,
        per_day: float = 2000.0,
        *,
        rate: float = 1.0,
        now: Callable[[], datetime] = lambda: datetime.now(ZONE),
        transport: httpx.BaseTransport | None = None,
        planner: Planner | None = None,
    ) -> None:
        super().__init__("demo-traffic", base_url, now, transport, timeout_s=TIMEOUT_S, first_wait_s=FIRST_WAIT_S)
        self._arrivals = Arrivals(city, per_day * rate)
        self._agenda = Agenda(planner or Planner(city))
        self._synced_at: datetime | None = None
        self._days: dict[date, list[Arrival]] = {}
        self._reported_until: datetime | None = None
        # Cookies by the actor's id.
        self._sessions: dict[str, str] = {}

    def _round(self) -> float:
        try:
            if self._synced_at is None or (self._now() - self._synced_at).total_seconds() >= SYNC_S:
                self.sync()
                self._synced_at = self._now()
            self.tick()
        except ServerTrouble:
            # How far the incidents have come, the server tells anew.
            self._synced_at = None
            raise
        return TICK_S

    def sync(self) -> None:
        """Learn from the server what is open, and on the first time also since when nothing was reported.

        Raises
        ------
        ServerTrouble
            Nothing has changed then.
        """
        if self._reported_until is None:
            self._reported_until = self._first_moment()
        self._agenda.replace(list(self._open_incidents()), self._now())

    def tick(self) -> None:
        """Report what has happened since the last tick, and take all steps that are due.

        Raises
        ------
        ServerTrouble
            What was not done is done by a later tick.
        """
        now = self._now()
        self._report_until(now)
        while not self._stopping.is_set() and (due := self._agenda.next_due(now)) is not None:
            self._take(*due)

    def _first_moment(self) -> datetime:
        now = self._now()
        newest = [
            datetime.fromisoformat(one["reported_at"])
            for one in self._get(INCIDENTS, limit=PAGE)["incidents"]
            if one["source_id"].startswith(PREFIX)
        ]
        return max(max(newest) - timedelta(seconds=1), now - GAP) if newest else now - HEAD_START

    def _open_incidents(self) -> Iterator[dict[str, Any]]:
        before: dict[str, int] = {}
        while True:
            page = self._get(INCIDENTS, open="true", limit=PAGE, **before)
            yield from page["incidents"]
            if page["next_before"] is None:
                return
            before = {"before": page["next_before"]}

    def _report_until(self, now: datetime) -> None:
        if self._reported_until is None:
            self._reported_until = now - HEAD_START
        new = [one.report for one in self._between(self._reported_until, now)]
        if len(new) > ONE_BY_ONE:
            for start in range(0, len(new), LINES):
                self._report_lines(new[start : start + LINES])
            self._agenda.replace(list(self._open_incidents()), self._now())
        else:
            opened = []
            for report in new:
                if self._stopping.is_set():
                    return
                opened += self._report_one(report)
            self._agenda.add(opened, now)
        # Not sooner: what broke off is sent again, and is known by its id.
        self._reported_until = now

    def _between(self, after: datetime, until: datetime) -> list[Arrival]:
        """Arrivals after a moment, up to another; each day is drawn once."""
        first, last = after.astimezone(ZONE).date(), until.astimezone(ZONE).date()
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        self._days = {day: self._days.get(day) or self._arrivals.of_day(day) for day in days}
        found: list[Arrival] = []
        for arrivals in self._days.values():
            low = bisect_right(arrivals, after, key=lambda one: one.report.reported_at)
            high = bisect_right(arrivals, until, key=lambda one: one.report.reported_at)
            found += arrivals[low:high]
        return found

    def _report_one(self, report: Report) -> list[dict[str, Any]]:
        """Report an incident; what it opened, if it did."""
        answer = self._send(INCIDENTS, json=_document(report))
        if answer.is_error:
            logger.warning("Demo report %s was refused: %s", report.source_id, answer.text)
            return []
        receipt = answer.json()
        return [_opened(report, receipt)] if receipt["created"] else []

    def _report_lines(self, reports: list[Report]) -> None:
        lines = "\n".join(json.dumps(_document(report), ensure_ascii=False) for report in reports)
        answer = self._send(INCIDENTS, content=lines.encode(), headers={"Content-Type": "application/x-ndjson"})
        if answer.is_error or answer.json().get("rejected"):
            logger.warning("Of %d demo reports some were refused: %s", len(reports), answer.text[:500])

    def _take(self, number: int, step: Step) -> None:
        now = self._now()
        body = {
            "kind": step.kind, "at": step.at.isoformat(), "actor": step.actor.name, "detail": step.detail,
            "expect_n": step.expect_n,
        }  # fmt: skip
        answer = self._send_as(step.actor, f"{INCIDENTS}/{number}/events", body)
        if not answer.is_error:
            self._agenda.moved(answer.json(), now)
            return
        logger.info("Demo step %s of incident %d was refused: %s", step.kind, number, answer.text)
        if _error_of(answer).get("code") == OVERTAKEN:
            # Somebody has done something on it; whether it still goes the planned way, its document shows.
            self._agenda.drop(number)
            self._agenda.add([self._get(f"{INCIDENTS}/{number}")], now)
        elif step.kind == "merged":
            self._agenda.void_instead(number)
        elif _error_of(answer).get("values", {}).get("field") == "at" and step.at < now - LATE:
            # What ends an incident cannot be earlier than what somebody did on it meanwhile.
            self._agenda.put_off(number, now)
        else:
            # Somebody else has taken the incident another way: it is theirs.
            self._agenda.refuse(number)

    def _send_as(self, actor: Actor, path: str, body: dict[str, Any]) -> httpx.Response:
        """Post in the session of a person; without one where the server's registers give them none, or no right."""
        cookie = self._session_of(actor)
        if cookie is not None:
            answer = self._send(path, json=body, headers={"Cookie": cookie})
            if answer.status_code != httpx.codes.FORBIDDEN:
                return answer
            del self._sessions[actor.id]
        return self._send(path, json=body)

    def _session_of(self, actor: Actor) -> str | None:
        """The cookie of a session, begun where there is none; None where the server knows nobody of this id on duty."""
        if actor.kind is ActorKind.PERSON and actor.id not in self._sessions:
            answer = self._send(SESSION, json={"person": actor.key})
            # What the next request sends is chosen there: reports are nobody's.
            self._client.cookies.clear()
            if not answer.is_error and answer.cookies:
                self._sessions[actor.id] = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
        return self._sessions.get(actor.id)

    def _get(self, path: str, **query: Any) -> dict[str, Any]:
        try:
            answer = self._client.get(path, params=query)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise ServerTrouble(str(error)) from error
        return dict(answer.json())

    def _send(self, path: str, **body: Any) -> httpx.Response:
        """Post; an answer of 4xx other than "too many requests" is an answer, everything else is trouble."""
        try:
            answer = self._client.post(path, **body)
        except httpx.HTTPError as error:
            raise ServerTrouble(str(error)) from error
        if answer.is_server_error or answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise ServerTrouble(f"status {answer.status_code}")
        return answer


def _error_of(answer: httpx.Response) -> dict[str, Any]:
    """What an answer says is wrong; empty where it is no answer of ours."""
    try:
        error = answer.json()["error"]
    except (ValueError, KeyError, TypeError):
        return {}
    return error if isinstance(error, dict) else {}


def _document(report: Report) -> dict[str, Any]:
    fields = {name: value for name, value in asdict(report).items() if value is not None}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in fields.items()
    }  # fmt: skip


def _opened(report: Report, receipt: dict[str, Any]) -> dict[str, Any]:
    """An incident just opened, as the server would show it."""
    return {
        "id": receipt["id"],
        "source": report.source,
        "source_id": report.source_id,
        "category": report.category,
        "reported_at": report.reported_at.isoformat(),
        "grid": receipt["grid"],
        "grid_code_given": report.grid_code,
        "lon_given": report.lon,
        "placed_by": receipt["placed_by"],
        "stage": "reported",
        "n": 0,
        "suspended": False,
        "appealed": False,
        "urges": 0,
        **dict.fromkeys(COUNTERS, 0),
    }
