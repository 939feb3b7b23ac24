"""Where devices on duty are: sent by gateways, kept for some days, drawn as a layer of the map."""

from typing import Final

from dashboard.center.services import Services
from dashboard.center.subject import Subject
from dashboard.doors.bodies import ANY, SMALL_BYTES, STREAM_BYTES
from dashboard.subjects.positions import api, commands
from data.background import Runner
from data.positions.errors import PositionInvalid
from data.positions.position_keeper import PositionKeeper


def _threads(services: Services) -> tuple[Runner, ...]:
    return (PositionKeeper(services.store, services.settings.track_days),)


POSITIONS: Final = Subject(
    name="positions",
    documents=("layers.md", "adr/0014-positions-outside-the-log.md"),
    errors={PositionInvalid: 422},
    routers=(api.router,),
    body_limits={"/api/v1/positions": {ANY: SMALL_BYTES, "application/x-ndjson": STREAM_BYTES}},
    threads=_threads,
    commands=commands.register,
)
