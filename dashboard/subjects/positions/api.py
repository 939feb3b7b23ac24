"""Positions of devices in: one, or a stream of lines taken in batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from dashboard.api.incidents import BAD, JSON, NDJSON
from dashboard.api.intake import REJECTS_SHOWN, check_worth
from dashboard.api.models import Reject
from dashboard.api.scope import Asked, InScope
from dashboard.center.services import Services
from dashboard.doors.body import Line, NotStorable, content_type, in_batches, parse_object, read_document, split_lines
from data.feeds.positions import parse_position
from data.positions.errors import PositionInvalid
from data.positions.position_intake import PositionIntake, Sighting, refused_position

router = APIRouter(tags=["positions"])

# No position comes near this.
LINE_LIMIT_BYTES: Final = 10_000
BATCH_LINES: Final = 2_000


class PositionIn(BaseModel):
    """Where a device was; with a session, `person` is the person of the session."""

    model_config = ConfigDict(extra="forbid")

    device: str | int = Field(description="Code of the device, of at most 200 characters")
    person: str | int | None = Field(None, description="Id in the roster of who carries it; needed without a session")
    at: datetime = Field(description="When; without an offset the city's local time")
    lon: float | str = Field(description="Degrees, also as plain decimal text")
    lat: float | str
    coordinate_system: str | None = Field(default="wgs84", description="wgs84, gcj02, bd09 or cgcs2000")


class PositionsOut(BaseModel):
    """What became of positions: `received` = `stored` + `off_duty` + `known` + `rejected`."""

    received: int = 0
    stored: int = 0
    off_duty: int = Field(default=0, description="The person was not on duty: nothing of it is kept")
    known: int = Field(default=0, description="Of a device and a moment that were kept before")
    rejected: int = 0
    rejects: list[Reject] = Field(default_factory=list, description="The first 1,000")


_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {"schema": PositionIn.model_json_schema()},
            NDJSON: {"schema": {"type": "string", "description": "One such object a line"}},
        },
    }
}


@router.post(
    "/positions",
    openapi_extra=_BODY,
    responses={413: BAD, 415: BAD, 422: {**BAD, "description": "It cannot be a position: field, value, reason"}},
)
async def send(request: Request, services: Asked, scope: InScope) -> PositionsOut:
    """Send where a device was (application/json), or many such places, one a line (application/x-ndjson).

    Only what lies within hours of duty is kept, and only for the days set. Of a device there is one position at a
    time: sent again, it is known. Of many, each line stands for itself; they are stored in batches. Should the answer
    be an error of the server, send all again.
    """
    intake = _Intake.of(services, scope.person)
    if content_type(request, JSON, NDJSON) == JSON:
        raw = await read_document(request, LINE_LIMIT_BYTES)
        return await run_in_threadpool(intake.take_one, raw)
    total = PositionsOut()
    async for batch in in_batches(split_lines(request.stream(), LINE_LIMIT_BYTES), BATCH_LINES):
        _add(total, await run_in_threadpool(intake.take_lines, batch))
        check_worth(total.received, total.rejected, total.rejects)
    return total


@dataclass(frozen=True, slots=True)
class _Intake:
    """One request's way in; `person` is that of the session, "" without one."""

    services: Services
    intake: PositionIntake
    person: str

    @classmethod
    def of(cls, services: Services, person: str) -> "_Intake":
        return cls(services, PositionIntake(services.store, services.index, services.clocks.calendar), person)

    def take_one(self, raw: bytes | None) -> PositionsOut:
        """Take one document; what is wrong with it is the error of the request."""
        taken = self.intake.keep([self._sighting(raw)], self.services.desk.directory)
        for _, error in taken.refused:
            raise error
        return PositionsOut(received=1, stored=taken.stored, off_duty=taken.off_duty, known=taken.known)

    def take_lines(self, lines: Sequence[Line]) -> PositionsOut:
        """Take a batch of lines, in one transaction."""
        good: list[tuple[int, Sighting]] = []
        rejects: list[Reject] = []
        for number, raw in lines:
            try:
                good.append((number, self._sighting(raw)))
            except PositionInvalid as error:
                rejects.append(_reject(number, error))
        taken = self.intake.keep([sighting for _, sighting in good], self.services.desk.directory)
        rejects += [_reject(good[at][0], error) for at, error in taken.refused]
        return PositionsOut(
            received=len(lines),
            stored=taken.stored,
            off_duty=taken.off_duty,
            known=taken.known,
            rejected=len(rejects),
            rejects=sorted(rejects, key=lambda reject: reject.line),
        )

    def _sighting(self, raw: bytes | None) -> Sighting:
        if raw is None:
            raise refused_position("line", "", f"is longer than {LINE_LIMIT_BYTES:,} bytes: no position is")
        settings = self.services.settings
        now = datetime.now(UTC)
        try:
            fields: dict[str, Any] = parse_object(raw)
        except NotStorable as error:
            raise refused_position(error.field or "line", "", error.reason) from error
        oldest = now - timedelta(days=settings.track_days)
        return parse_position(fields, settings.zone, now, oldest, person=self.person)


def _add(total: PositionsOut, part: PositionsOut) -> None:
    total.received += part.received
    total.stored += part.stored
    total.off_duty += part.off_duty
    total.known += part.known
    total.rejected += part.rejected
    total.rejects += part.rejects[: REJECTS_SHOWN - len(total.rejects)]


def _reject(number: int, error: PositionInvalid) -> Reject:
    field, value, reason = (str(error.values.get(name, "")) for name in ("field", "value", "reason"))
    return Reject(line=number, field=field, value=value, reason=reason)
