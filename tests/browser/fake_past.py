"""The made-up past: frames whose numbers follow from their moment, and as many incidents as each number says."""

from datetime import datetime, timedelta
from typing import Any

from fastapi import FastAPI

from data.errors import QueryInvalid
from data.stats.measures.kpis import KPI_BY_KEY
from tests.browser import fake_api

LATE_CLOSINGS = 7  # told after the moment, whichever it is


def past_frame(fake: Any, within: str | None, level: int, kpi: str, moment: datetime, known: str) -> dict[str, Any]:
    """As the live frame, with the minutes of the day as what was reported; what was open depends on who knows."""
    local = moment.astimezone(fake_api.ZONE)
    made = fake_api.frame(fake, within, level, kpi, local)
    made["today"]["reported"]["value"] = 60 * local.hour + local.minute
    made["today"]["open"]["value"] = 300 + (LATE_CLOSINGS if known == "then" else 0)
    return made


def count_behind(fake: Any, of: str, within: str | None, made: dict[str, Any], span: str) -> int:
    """What the fake frame says of a measure or KPI."""
    row = None
    if within is not None:
        row = fake_api.league_row(fake_api.draw("league", within, fake.turn), fake.city.get(within))
    if row is not None and of in ("on_time_closing_rate", "due", "yellow", "overdue"):
        key = {"on_time_closing_rate": "numerator", "due": "denominator", "overdue": "red"}.get(of, of)
        return int(row[key])
    if span == "month" and of in {kpi.denominator for kpi in KPI_BY_KEY.values() if kpi.unit == "ratio"}:
        return 48_000
    if of in made["today"]:
        return int(made["today"][of]["value"])
    if of in KPI_BY_KEY:
        return int(next(entry["numerator"] for entry in made["kpis"] if entry["key"] == of))
    means = {"service": 0, "management": 1, "enforcement": 2}
    if of in means:
        whole = fake.city.get(within) or {"id": None, "name": ""}
        return int(fake_api.means_row(fake_api.draw("means", within, fake.turn), whole)["counts"][means[of]])
    if of.startswith("closed_level_"):
        level = int(of.rsplit("_", 1)[1])
        return int(next(entry["count"] for entry in made["levels"]["counts"] if entry["level"] == level))
    return next(int(entry["numerator"]) for entry in made["kpis"] if KPI_BY_KEY[entry["key"]].numerator == of)


def case(fake: Any, number: int, moment: datetime) -> dict[str, Any]:
    rng = fake_api.draw("case", number)
    grid = rng.choice(fake.city.of(fake.city.depth))
    return {
        "id": number,
        "at": (moment - timedelta(minutes=number % 1440)).isoformat(),
        "grid": grid["name"],
        "grid_id": grid["id"],
        "category": fake_api.name_of(rng.choice(fake_api.CATEGORIES)),
        "source": rng.choice(["grid", "hotline", "video", "visits"]),
        "stage": rng.choice(["reported", "dispatched", "claimed"]),
        "light": rng.choice(["none", "yellow", "red"]),
    }


def add_past(app: FastAPI, fake: Any) -> None:
    """`GET /api/v1/frame` and `/api/v1/frame/cases`."""

    @app.get("/api/v1/frame")
    async def frame(
        level: int, kpi: str, moment: datetime | None = None, within: str | None = None, known: str = "now"
    ) -> dict[str, Any]:
        if moment is None:
            made = fake_api.frame(fake, within, level, kpi)
            return {"known": known, "frame": made, "map": fake_api.map_message(fake, within, level, kpi)}
        if moment > fake_api.now():
            raise QueryInvalid("the moment lies in the future", moment=moment.isoformat())
        fake.past_asked.append((moment, known))
        made = past_frame(fake, within, level, kpi, moment, known)
        return {"known": known, "frame": made, "map": fake_api.map_message(fake, within, level, kpi)}

    @app.get("/api/v1/frame/cases")
    async def cases(
        of: str, moment: datetime, within: str | None = None, known: str | None = None, after: int = 0,
        limit: int = 500, span: str = "month",
    ) -> dict[str, Any]:  # fmt: skip
        if known is None:
            made = fake_api.frame(fake, within, 1, "reported")
        else:
            made = past_frame(fake, within, 1, "reported", moment, known)
        count = count_behind(fake, of, within, made, span)
        last = min(count, after + limit)
        return {
            "of": of,
            "moment": moment.isoformat(),
            "known": known,
            "count": count,
            "rows": [case(fake, number, moment) for number in range(after + 1, last + 1)],
            "next_after": last if last < count else None,
        }
