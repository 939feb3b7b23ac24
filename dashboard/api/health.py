"""Is it alive, is it ready, and its numbers for a monitoring system."""

import math
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import numpy as np
from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from dashboard.api.models import ErrorDocument
from dashboard.api.scope import Asked
from dashboard.services import Services
from data.errors import DatabaseUnavailable
from data.incidents.model import STAGES

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Tell that the process is alive and its event loop turns."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"model": ErrorDocument, "description": "Not ready; `error` says why"}})
def readyz(services: Asked) -> dict[str, Any]:
    """Tell whether questions can be answered: the database answers, a grid system is there, the mirror follows."""
    services.ping()
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
