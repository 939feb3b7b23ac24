"""The incidents behind the numbers of a frame, live and past: as many as each number says."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.integration.api.test_frame import asked, at_work, ended, followed


@pytest.mark.parametrize("known", ["now", "then"])
def test_every_number_of_a_past_frame_has_as_many_incidents(served: Any, known: str) -> None:
    now = datetime.now(served.services.settings.zone)
    ids = at_work(served, [30, 20, 10, 5])
    ended(served, ids[0], now - timedelta(hours=25), now - timedelta(hours=25))
    ended(served, ids[1], now - timedelta(hours=9), now - timedelta(hours=1))
    followed(served)
    for hours in (27, 8, 0.5):
        moment = (now - timedelta(hours=hours)).replace(microsecond=0)
        frame = asked(served, moment, known=known)["frame"]
        numbers = [(key, one["value"]) for key, one in frame["today"].items()]
        numbers += [(one["key"], one["numerator"]) for one in frame["kpis"] if one["value"] is not None]
        numbers += [(f"closed_level_{one['level']}", one["count"]) for one in frame["levels"]["counts"]]
        for of, number in numbers:
            in_today = of in ("reported", "closed") and (of, number) in numbers[:6]
            query = {"of": of, "moment": frame["moment"], "known": known, "span": "day" if in_today else "month"}
            found = served.client.get("/api/v1/frame/cases", params=query).json()
            assert (found["count"], len(found["rows"])) == (number, number), (of, hours)
