"""Is it alive, is it ready, and its numbers for a monitoring system."""

import math
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse

from dashboard.api.scope import Asked
from dashboard.center.services import Services
from dashboard.doors.errors import ErrorDocument
from data.errors import CommandCenterError, DatabaseBusy, DatabaseUnavailable
from data.storage import check_storage
from data.store.health import check_writable
from data.words import STAGES

router = APIRouter(tags=["health"])

# No thread waits longer than this for another one's look.
_LOOK_FOR_S = 2.0


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Tell that the process is alive and its event loop turns."""
    return {"status": "ok"}


class WriteCheck:
    """Whether disk and database take writes, asked once in `every_s` seconds however often it is wanted."""

    def __init__(self, services: Services, *, every_s: float = 1.0) -> None:
        self._services = services
        self._every_s = every_s
        self._lock = threading.Lock()
        self._checked_at = float("-inf")
        self._found: CommandCenterError | None = None

    def check(self) -> None:
        """Raise what was found, if anything.

        Raises
        ------
        StorageFull, DatabaseUnavailable, DatabaseBusy
            Something cannot be written.
        """
        if not self._lock.acquire(timeout=_LOOK_FOR_S):
            raise DatabaseBusy(f"a trial of writing has been running for {_LOOK_FOR_S:g} s: is the disk busy, or gone?")
        try:
            if time.monotonic() - self._checked_at >= self._every_s:
                self._found = self._look()
                self._checked_at = time.monotonic()
            found = self._found
        finally:
            self._lock.release()
        if found is not None:
            raise type(found)(found.message, **found.values)

    def _look(self) -> CommandCenterError | None:
        try:
            check_storage(self._services.settings.home, self._services.settings.min_free_mb)
            check_writable(self._services.store)
        except CommandCenterError as error:
            return error
        return None


@router.get("/readyz", responses={503: {"model": ErrorDocument, "description": "Not ready; `error` says why"}})
def readyz(request: Request, services: Asked) -> dict[str, Any]:
    """Tell whether everything works: disk and database take writes, a grid system is there, the mirror follows."""
    checked: WriteCheck = request.app.state.write_check
    checked.check()
    pulse = services.pulse()
    if not pulse.is_fresh(datetime.now(UTC)):
        error = services.follower.last_error
        raise DatabaseUnavailable(
            "the mirror does not follow the log, its numbers are old: is the database there, and is it still filling?",
            data_at=pulse.data_at,
            reason=None if error is None else type(error).__name__,
        )
    return {"status": "ready", "seq": pulse.seq, "version": services.version}


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(services: Asked) -> PlainTextResponse:
    """Give the server's numbers in the text format of Prometheus; none of them is about a person."""
    lines = _metric("grid_up_seconds", "gauge", "Time since the start", [("", _age_s(services.started_at))])
    lines += _metric("grid_has_edition", "gauge", "1 when a grid system is there", [("", int(services.has_edition))])
    if services.has_edition:
        lines += _city_metrics(services)
    return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4; charset=utf-8")


def _city_metrics(services: Services) -> list[str]:
    view = services.mirror.view()
    data_at = services.pulse().data_at
    stages = np.bincount(view["stage"], minlength=len(STAGES))
    by_stage = [(f'{{stage="{stage}"}}', int(count)) for stage, count in zip(STAGES, stages, strict=True)]
    lag_s = float("nan") if data_at is None else _age_s(data_at)
    return [
        *_metric("grid_log_seq", "counter", "Sequence number of the last event in the mirror", [("", view.seq)]),
        *_metric("grid_mirror_rows", "gauge", "Incidents in the mirror", [("", len(view))]),
        *_metric("grid_mirror_lag_seconds", "gauge", "Time since the mirror was known to be current", [("", lag_s)]),
        *_metric("grid_incidents", "gauge", "Incidents by stage", by_stage),
        *_metric("grid_streams_connected", "gauge", "Clients on the live stream", [("", services.hub.connected)]),
        *_metric("grid_stream_pictures", "gauge", "Distinct pictures made for them", [("", services.hub.pictures)]),
    ]


def _age_s(moment: datetime) -> float:
    return round((datetime.now(UTC) - moment).total_seconds(), 3)


def _metric(name: str, kind: str, meaning: str, samples: Iterable[tuple[str, float]]) -> list[str]:
    values = [f"{name}{labels} {'NaN' if math.isnan(value) else value}" for labels, value in samples]
    return [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}", *values]
