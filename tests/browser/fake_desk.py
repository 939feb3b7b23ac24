"""The desk's API, made up on top of `fake_api`: a few dozen incidents that can be moved on, and other people's steps.

Run it to look at the page: ``python -m tests.browser.fake_desk [chinese|latin|demo] [PORT]``, then /desk.
"""

import asyncio
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import uvicorn
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, Response

from data.errors import IncidentUnknown, StepIllegal, StepOvertaken
from data.incidents.rules import STEP_RULES, places, stage_after
from tests.browser import fake_api, fake_city
from tests.browser.fake_api import CATEGORIES, now

QUEUES = ("all", "mine", "unclaimed", "yellow", "red", "unlocated", "returned")
NAMES = ["王建平", "李秀英", "张伟", "陈志强", "刘芳", "赵永安"]
POSTS = ["chief", "member", "supervisor", "information_officer", "liaison", "patrol"]
# Markup from a report must come out as the letters it is made of.
HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
VALUES = {"grid_name": "网格01", "town_name": "东山镇", "item": "CF-0127", "item_name": "擅自占用城市道路的处罚",
          "since": "2018-01-01"}  # fmt: skip
STAGES = ["dispatched", "claimed", "filed", "reported", "dispatched", "handled", "verified", "claimed"]


@dataclass
class Desk:
    """Incidents as dictionaries: the row of the queue, with `events`, `position` and `due`."""

    city: fake_city.City
    incidents: dict[int, dict[str, Any]] = field(default_factory=dict)
    person: dict[str, Any] | None = None
    refuse: str = ""
    requests: list[str] = field(default_factory=list)
    delay_s: float = 0.0
    roster: bool = True


def new_desk(city: fake_city.City, count: int = 40) -> Desk:
    """A desk of `count` incidents: the first three late, then three yellow, one in five without a place."""
    desk = Desk(city)
    rng = random.Random(7)
    for i in range(count):
        stage = STAGES[i % len(STAGES)]
        minutes = [-4000, -700, -45, 20, 50, 95][i] if i < 6 else 200 * i
        add(desk, rng, stage=stage, due_minutes=minutes, located=i % 5 != 3)
    return desk


def add(
    desk: Desk, rng: random.Random | None = None, *, stage: str = "reported", due_minutes: float = 300,
    located: bool = True, title: str = "",
) -> dict[str, Any]:  # fmt: skip
    """One more incident; `fake.seq` must move for the screens to look."""
    rng = rng or random.Random(len(desk.incidents))
    id_ = 5000 + len(desk.incidents)
    leaf = rng.choice(desk.city.of(desk.city.depth))
    moment = now()
    zh, en = CATEGORIES[id_ % len(CATEGORIES)]
    held = {"person": f"p{id_ % 6}", "name": NAMES[id_ % 6], "post": POSTS[id_ % 2], "at": leaf["id"]}
    x, y = leaf["label"]
    incident = {
        "id": id_, "title": title or ["人民中路 128 号门前", "", "小区北门外道路中间", HOSTILE][id_ % 4],
        "category": {"code": f"01{id_ % 4:02d}", "zh": zh, "en": en}, "source": ["grid", "hotline"][id_ % 2],
        "stage": stage, "leaf": leaf if located else None, "area": None if located else leaf["parent"],
        "address": "" if located else "东山镇环城路与中山路交叉口东南角", "reported_at": moment - timedelta(hours=30),
        "due": moment + timedelta(minutes=due_minutes), "suspended": False, "handler": "", "unit": "",
        "responsible": held, "urges": int(id_ % 7 == 0), "returns": int(id_ % 9 == 0), "reworks": 0, "photos": 0,
        "reopens": 0, "corrections": 0,
        "position": [x + rng.uniform(-0.004, 0.004), y + rng.uniform(-0.004, 0.004)] if located else None,
        "events": [], "merged_into": None,
    }  # fmt: skip
    clock = {"due": incident["due"].isoformat(), "yellow": (incident["due"] - timedelta(hours=1)).isoformat()}
    told(incident, "reported", "12345 热线", {"clock": clock, "responsible": held, "held_level": 3})
    if stage in ("dispatched", "claimed", "handled"):
        incident |= {"handler": "综合执法一中队", "unit": "team-1"}
        said = {
            "unit": "team-1",
            "handler": "综合执法一中队",
            "means": "management",
            "decision": decision(incident, "management"),
        }
        told(incident, "verified", NAMES[0], {})
        told(incident, "filed", NAMES[1], {"note": "电话核实属实"})
        told(incident, "dispatched", NAMES[1], said | {"clock": clock, "responsible": held | {"gap": True}})
    desk.incidents[id_] = incident
    return incident


def told(incident: dict[str, Any], kind: str, actor: str, detail: dict[str, Any]) -> None:
    n = len(incident["events"])
    at = (now() - timedelta(minutes=30 - n)).isoformat() if n < 4 else now().isoformat()
    incident["events"].append({"seq": n, "n": n, "kind": kind, "at": at, "recorded_at": at, "actor": actor,
                               "detail": detail, "prev_hash": "", "hash": ""})  # fmt: skip


def take(desk: Desk, id_: int, kind: str, actor: str, detail: dict[str, Any]) -> None:
    """Somebody takes a step, whoever looks on."""
    incident = desk.incidents[id_]
    rule = STEP_RULES[kind]
    incident["stage"] = stage_after(rule, incident["stage"])
    incident["suspended"] = {"suspended": True, "resumed": False}.get(kind, incident["suspended"])
    if kind == "dispatched":
        unit = detail.get("unit") or "team-1"
        incident |= {"unit": unit, "handler": unit_name(unit)}
        detail = detail | {"handler": unit_name(unit), "override": unit != "team-1"}
    if rule.counts in ("reopens", "corrections"):
        incident[rule.counts] += 1
    if places(rule, detail):
        named = desk.city.get(detail.get("grid_code"))
        leaf = named or leaf_at(desk.city, detail["lon"], detail["lat"])
        incident |= {"position": None if named else [detail["lon"], detail["lat"]], "leaf": leaf}
    if kind == "merged":
        incident["merged_into"] = detail["into"]
    told(incident, kind, actor, detail)


# fmt: off
def leaf_at(city: fake_city.City, lon: float, lat: float) -> dict[str, Any] | None:
    boxes = ((grid, grid["bbox"]) for grid in city.of(city.depth))
    return next((grid for grid, (w, s, e, n) in boxes if w <= lon <= e and s <= lat <= n), None)


def unit_name(code: str) -> str:
    return {"team-1": "综合执法一中队", "team-2": "综合执法二中队", "water": "水务局"}.get(code, code)


def decision(incident: dict[str, Any], means: str) -> dict[str, Any]:
    unit = {"service": "grid:3:010101", "management": "team-1", "enforcement": "team-2"}[means]
    person = {"person": "p1", "name": NAMES[1], "post": "duty_officer", "at": f"unit:{unit}", "gap": False}
    named, rule = ("网格01", "grid_first") if means == "service" else (unit_name(unit), "town_squad")
    return {"unit": unit, "unit_name": named, "means": means, "rule": rule, "values": VALUES, "person": person}


def grid_ref(city: fake_city.City, grid: dict[str, Any] | None) -> dict[str, Any] | None:
    path = city.path(grid["id"])[1:] if grid else []
    return {"id": grid["id"], "name": grid["name"], "path": [one["name"] for one in path]} if grid else None


def changes(incident: dict[str, Any]) -> list[dict[str, str]]:
    yellow = incident["due"] - timedelta(seconds=6000)
    return [{"at": at.isoformat(), "light": light} for at, light in ((yellow, "yellow"), (incident["due"], "red"))]


def row(desk: Desk, incident: dict[str, Any]) -> dict[str, Any]:
    left_s = (incident["due"] - now()).total_seconds()
    running = not incident["suspended"] and incident["stage"] not in ("closed", "voided")
    light = ("red" if left_s < 0 else "yellow" if left_s < 6000 else "none") if running else "none"
    kind = {"dispatched": "claim", "claimed": "finish", "handled": "close"}.get(incident["stage"], "dispatch")
    clock = {"kind": kind, "due": incident["due"].isoformat(), "yellow": None,
             "share_left": max(0.0, min(1.0, left_s / 400000)), "overdue_s": max(0, int(-left_s))}  # fmt: skip
    shared = ("id", "title", "category", "source", "stage", "address", "suspended", "handler", "unit", "responsible",
              "urges", "returns", "reworks", "photos", "reopens", "corrections")  # fmt: skip
    return {name: incident[name] for name in shared} | {
        "n": len(incident["events"]) - 1, "grid": grid_ref(desk.city, incident["leaf"]),
        "area": grid_ref(desk.city, desk.city.get(incident["area"])) if not incident["leaf"] else None,
        "reported_at": incident["reported_at"].isoformat(), "light": light,
        "lights": changes(incident) if running else [], "clock": clock if running else None,
        "appealed": False,
    }  # fmt: skip


def belongs(desk: Desk, queue: str, one: dict[str, Any]) -> bool:
    return {
        "all": True,
        "mine": bool(desk.person) and one["responsible"]["person"] == desk.person["id"],
        "unclaimed": one["stage"] == "dispatched",
        "yellow": one["light"] == "yellow",
        "red": one["light"] == "red",
        "unlocated": one["grid"] is None,
        "returned": one["returns"] > 0,
    }[queue]


def at_desk(desk: Desk, incident: dict[str, Any]) -> dict[str, Any]:
    line = row(desk, incident)
    near = [one for one in desk.incidents.values() if one["position"] and one is not incident][:8]
    shown = [
        {"id": one["id"], "distance_m": 40.0 + 30 * i, "category": one["category"], "stage": one["stage"],
         "reported_at": one["reported_at"].isoformat(), "title": one["title"],
         "position": [incident["position"][0] + 0.001 * (i + 1), incident["position"][1] + 0.0007 * (i - 3)]
         if incident["position"] else None,
         "same_category": one["category"] == incident["category"]}
        for i, one in enumerate(near)
    ]  # fmt: skip
    kinds = [
        kind for kind, rule in STEP_RULES.items()
        if incident["stage"] in rule.stages and rule.suspended in (None, incident["suspended"]) and not rule.appealed
        and kind != "attached"
    ]  # fmt: skip
    leaf = incident["leaf"] or desk.city.get(incident["area"])
    last = next((e["detail"] for e in reversed(incident["events"]) if e["kind"] == "dispatched"), None)
    chosen = last and {
        "n": 3, "unit": last.get("unit") or "", "unit_name": last["handler"], "means": last.get("means"),
        "rule": "town_squad", "values": VALUES, "rule_unit": "team-1",
        "override": last.get("override", False), "reason": last.get("reason", ""),
    }  # fmt: skip
    return {
        "now": now().isoformat(),
        "incident": {
            **{name: incident[name] for name in ("id", "title", "source", "address", "stage", "handler", "unit")},
            "events": incident["events"], "reported_at": incident["reported_at"].isoformat(), "means": None,
            "held_level": desk.city.depth, "lon": None, "lat": None, "due_at": incident["due"].isoformat(),
            "due_claim_at": None, "claimed_at": None, "merged_into": incident["merged_into"],
        },
        "row": line, "position": incident["position"],
        "actions": [
            {"kind": kind, "needs_reason": STEP_RULES[kind].needs_reason, "one_of": STEP_RULES[kind].one_of,
             "says": [{"name": n, "type": s.type, "required": s.required} for n, s in STEP_RULES[kind].says.items()]}
            for kind in kinds
        ],
        "role": "dispatcher",
        "refusals": [refusal(incident, kind) for kind in STEP_RULES if kind not in kinds and kind != "attached"],
        "merged_into": [merged(desk, target) for target in chain(desk, incident)],
        "merged": [merged(desk, one) for one in desk.incidents.values() if one["merged_into"] == incident["id"]],
        "decisions": [decision(incident, means) for means in ("service", "management", "enforcement")],
        "decision": decision(incident, "service"), "chosen": chosen,
        "units": [{"code": code, "name": unit_name(code), "kind": "squad"} for code in ("team-1", "team-2", "water")],
        "people": [
            {"post": post, "person": None if i == 4 else f"p{i}", "name": None if i == 4 else NAMES[i],
             "grid": leaf["id"], "on_duty": True} for i, post in enumerate(POSTS)
        ],
        "neighbours": shown, "duplicates": shown[1:3] if incident["id"] % 2 else [],
    }  # fmt: skip


def refusal(incident: dict[str, Any], kind: str) -> dict[str, Any]:
    rule = STEP_RULES[kind]
    if incident["stage"] in ("closed", "voided") and incident["stage"] not in rule.stages:
        reason = "ended"
    elif incident["stage"] not in rule.stages:
        reason = "stage"
    elif rule.suspended not in (None, incident["suspended"]):
        reason = "suspended" if incident["suspended"] else "not_suspended"
    else:
        reason = "no_appeal"
    return {"kind": kind, "reason": reason, "stages": rule.stages, "roles": rule.roles}


def chain(desk: Desk, incident: dict[str, Any]) -> Iterator[dict[str, Any]]:
    while incident["merged_into"]:
        incident = desk.incidents[incident["merged_into"]]
        yield incident


def merged(desk: Desk, incident: dict[str, Any]) -> dict[str, Any]:
    shared = ("id", "category", "title", "source", "stage")
    return {name: incident[name] for name in shared} | {
        "grid": grid_ref(desk.city, incident["leaf"]), "reported_at": incident["reported_at"].isoformat(),
        "merged_at": now().isoformat() if incident["merged_into"] else None,
    }  # fmt: skip


def person_of(i: int) -> dict[str, Any]:
    duty = {"post": POSTS[i % 2], "at": "1:01", "place": "东山镇"}
    return {"id": f"p{i}", "name": NAMES[i], **duty, "units": [], "duties": [duty]}


def create_app(fake: fake_api.Fake, plain: Callable[[fake_api.Fake], FastAPI] = fake_api.create_app) -> FastAPI:
    """The pages on the made-up API, the desk's included; what happens there is kept in ``fake.desk``."""
    if not hasattr(fake, "desk"):
        fake.desk = new_desk(fake.city)  # type: ignore[attr-defined]
    app = plain(fake)
    # Before the route that answers whatever is not there.
    app.router.routes[:0] = router(fake, fake.desk).routes  # type: ignore[attr-defined]
    return app


def router(fake: fake_api.Fake, desk: Desk) -> APIRouter:
    routes = APIRouter(prefix="/api/v1")

    @routes.get("/desk/queue")
    async def queue(queue: str = "all", q: str = "", limit: int = 100) -> Any:
        desk.requests.append(queue)
        every = [row(desk, one) for one in desk.incidents.values()]
        every.sort(key=lambda one: (one["suspended"], one["clock"]["due"] if one["clock"] else "~"))
        rows = [one for one in every if one["stage"] not in ("closed", "voided")]
        counts = {each: sum(belongs(desk, each, one) for one in rows) for each in QUEUES}
        matching = [one for one in (every if q else rows) if q.lstrip("#") in f"{one['title']} {one['id']}"]
        ended = [one for one in matching if one not in rows]
        found = [one for one in matching if one in rows and belongs(desk, queue, one)]
        found += ended if queue == "all" else []
        return {"now": now().isoformat(), "seq": fake.seq, "queue": queue, "counts": counts, "total": len(found),
                "elsewhere": len(matching) - len(found) if q else 0, "ended": len(ended), "ended_since": None,
                "rows": found[:limit]}  # fmt: skip

    @routes.get("/desk/incidents/{id_}")
    async def one(id_: int) -> Any:
        if id_ not in desk.incidents:
            raise IncidentUnknown(f"no incident {id_}", id=id_)
        await asyncio.sleep(desk.delay_s)
        return at_desk(desk, desk.incidents[id_])

    @routes.post("/incidents/{id_}/events")
    async def step(id_: int, request: Request) -> Any:
        said = await request.json()
        incident = desk.incidents[id_]
        events = incident["events"]
        if any(event["detail"].get("key") == said["detail"].get("key") for event in events):
            return {"n": len(events) - 1}
        if said.get("expect_n") is not None and said["expect_n"] < len(events) - 1:
            since = [
                {name: event[name] for name in ("n", "kind", "at", "actor")} for event in events[said["expect_n"] + 1 :]
            ]
            raise StepOvertaken("somebody was first", since=since, n=len(events) - 1)
        if incident["stage"] not in STEP_RULES[said["kind"]].stages:
            raise StepIllegal("not now", kind=said["kind"], stage=incident["stage"], allowed=[])
        take(desk, id_, said["kind"], desk.person["name"] if desk.person else said["actor"], said["detail"])
        fake.seq += 1
        return {"n": len(events) - 1}

    _people_routes(routes, desk)
    return routes


def _people_routes(routes: APIRouter, desk: Desk) -> None:
    @routes.get("/categories")
    async def categories() -> Any:
        return [
            {"code": f"01{i:02d}", "name_zh": zh, "name_en": en, "class_name": ""}
            for i, (zh, en) in enumerate(CATEGORIES)
        ]

    @routes.get("/units")
    async def units() -> Any:
        return {"units": [{"code": code, "name": unit_name(code)} for code in ("team-1", "team-2", "water")]}

    @routes.get("/session")
    async def session() -> Any:
        return {"person": desk.person, "role": "dispatcher", "within": [], "people_url": "/api/v1/people"}

    @routes.post("/session")
    async def begin(request: Request) -> Any:
        desk.person = person_of(int((await request.json())["person"][1:]))
        return JSONResponse({"person": desk.person})

    @routes.delete("/session", status_code=204)
    async def end() -> Response:
        desk.person = None
        return Response(status_code=204)

    @routes.get("/people")
    async def people(q: str = "") -> Any:
        found = [person_of(i) for i, name in enumerate(NAMES) if q in name and desk.roster]
        return {"registered": len(NAMES) if desk.roster else 0, "total": len(found), "people": found}

    @routes.get("/grids/at")
    async def at(lon: float, lat: float) -> Any:
        leaf = leaf_at(desk.city, lon, lat)
        path = desk.city.path(leaf["id"])[1:] if leaf else []
        return {"grids": [{"id": grid["id"], "name": grid["name"]} for grid in path]}


if __name__ == "__main__":
    which = sys.argv[1] if len(sys.argv) > 1 else "chinese"
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 8078
    uvicorn.run(create_app(fake_api.Fake(fake_api.CITIES[which]())), port=port, log_level="warning")
