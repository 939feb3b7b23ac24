"""Reports in: one document, or a stream of lines taken in batches."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from fastapi.concurrency import run_in_threadpool

from dashboard.api.models import BatchOut, Reject
from dashboard.doors.body import DOCUMENT_LIMIT_BYTES, Line, in_batches, split_lines
from data.access.actor import Actor
from data.access.scope import Scope
from data.errors import IncidentUnknown, ReportInvalid
from data.feeds.ndjson import parse_lines
from data.feeds.reports import refused
from data.incidents.desk import IncidentDesk, Receipt
from data.incidents.model import Report
from geo.errors import CoordinatesInvalid

# The name of whoever sends reports or photos without an identity.
ACTOR = "api"
BATCH_LINES = 1000
# All rejected lines are counted; only so many are told apart, for a stream of rubbish may be long.
REJECTS_SHOWN = 1000
# With more rejected lines than this, and so many times more than good ones, a stream is read no further.
REJECTS_MOST = 10_000
REJECTS_PER_GOOD_LINE = 10

Numbered = tuple[int, Report]
Read = tuple[list[Numbered], list[Reject]]


def take_document(
    desk: IncidentDesk, zone: ZoneInfo, raw: bytes | None, actor: Actor, scope: Scope
) -> tuple[Receipt, bool]:
    """Take in one JSON document of `actor`; None stands for one that was too long to be kept.

    Returns
    -------
    The receipt, and whether the asker may have it: an incident that was known before may lie outside their scope.

    Raises
    ------
    ReportInvalid, CoordinatesInvalid
        It cannot be an incident.
    """
    report = _parsed(raw, zone, datetime.now(UTC))
    if isinstance(report, ReportInvalid):
        raise report
    receipt = desk.report_many([report], actor)[0]
    return receipt, receipt.created or _sees(desk, receipt.id, scope)


def _sees(desk: IncidentDesk, incident_id: int, scope: Scope) -> bool:
    try:
        desk.get(incident_id, scope)
    except IncidentUnknown:
        return False
    return True


async def take_stream(desk: IncidentDesk, zone: ZoneInfo, chunks: AsyncIterator[bytes], actor: Actor) -> BatchOut:
    """Take in a stream of NDJSON, a batch at a time, and tell what became of its lines.

    Memory stays bounded however long the stream is. An error of the store leaves the batches before it stored.

    Raises
    ------
    ReportInvalid
        Hardly a line of it can be an incident: what was stored before stays.
    """
    total = BatchOut(received=0, created=0, already_known=0, rejected=0, rejects=[])
    storing: asyncio.Task[BatchOut] | None = None
    try:
        async for batch in in_batches(split_lines(chunks), BATCH_LINES):
            # While one batch waits for the database, the next one is read.
            ready = await run_in_threadpool(_read_batch, zone, batch)
            if storing is not None:
                _add(total, await storing)
                storing = None
                check_worth(total.received, total.rejected, total.rejects)
            storing = asyncio.create_task(run_in_threadpool(_store_batch, desk, ready, actor))
    finally:
        # Also when the sender goes away in the middle: what is being stored is not left alone.
        if storing is not None:
            _add(total, await storing)
    return total


def check_worth(received: int, rejected: int, rejects: Sequence[Reject]) -> None:
    """Refuse to read on where hardly a line is any good: a file of another kind, or somebody who wastes our time.

    Raises
    ------
    ReportInvalid
        With the counts so far and the first line that was wrong.
    """
    good = received - rejected
    if rejected > max(REJECTS_MOST, REJECTS_PER_GOOD_LINE * good):
        first = rejects[0]
        raise ReportInvalid(
            f"{rejected:,} of the first {received:,} lines were rejected, so the rest is not read; {good:,} were "
            f"taken and stay. Line {first.line}: {first.field} {first.value!r} {first.reason}",
            field="line", value=str(first.line), reason="most lines are rejected", received=received,
            rejected=rejected, rejects=[reject.model_dump() for reject in rejects[:20]],
        )  # fmt: skip


def _read_batch(zone: ZoneInfo, lines: Sequence[Line]) -> Read:
    """The good lines, and the others with their number and reason."""
    now = datetime.now(UTC)
    good: list[Numbered] = []
    rejects: list[Reject] = []
    for number, raw in lines:
        parsed = _parsed(raw, zone, now)
        if isinstance(parsed, ReportInvalid):
            rejects.append(_reject(number, parsed))
        else:
            good.append((number, parsed))
    return good, rejects


def _store_batch(desk: IncidentDesk, read: Read, actor: Actor) -> BatchOut:
    """Take in the good lines in one transaction."""
    good, rejects = read
    receipts, refused_later = _report(desk, good, actor)
    rejects = sorted([*rejects, *refused_later], key=lambda reject: reject.line)
    created = sum(receipt.created for receipt in receipts)
    return BatchOut(
        received=len(receipts) + len(rejects),
        created=created,
        already_known=len(receipts) - created,
        rejected=len(rejects),
        rejects=rejects,
    )


def _parsed(raw: bytes | None, zone: ZoneInfo, now: datetime) -> Report | ReportInvalid:
    if raw is None:
        return refused("line", None, f"is longer than {DOCUMENT_LIMIT_BYTES:,} bytes: no incident is")
    for _, parsed in parse_lines([raw], zone, now, max_line_bytes=DOCUMENT_LIMIT_BYTES):
        return parsed
    return refused("line", None, "is empty: send a JSON object")


def _report(desk: IncidentDesk, good: Sequence[Numbered], actor: Actor) -> tuple[list[Receipt], list[Reject]]:
    """Hand reports to the desk. It takes all or none, so if one is refused they are handed over singly."""
    try:
        return desk.report_many([report for _, report in good], actor), []
    except (ReportInvalid, CoordinatesInvalid):
        pass
    receipts: list[Receipt] = []
    rejects: list[Reject] = []
    for number, report in good:
        try:
            receipts += desk.report_many([report], actor)
        except (ReportInvalid, CoordinatesInvalid) as error:
            rejects.append(_reject(number, error))
    return receipts, rejects


def _reject(number: int, error: ReportInvalid | CoordinatesInvalid) -> Reject:
    values = error.values
    return Reject(
        line=number,
        field=str(values.get("field", "")),
        value=str(values.get("value", "")),
        reason=str(values.get("reason", error.message)),
    )


def _add(total: BatchOut, part: BatchOut) -> None:
    total.received += part.received
    total.created += part.created
    total.already_known += part.already_known
    total.rejected += part.rejected
    total.rejects += part.rejects[: REJECTS_SHOWN - len(total.rejects)]
