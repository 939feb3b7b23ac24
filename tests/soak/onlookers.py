"""Who looks at a center while months go by: screens that come and go, walls, and people who ask for this and that."""

import asyncio
import random
import secrets
import socket
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from urllib.parse import urlencode

import httpx

Leaving = Literal["closes", "breaks off", "stops reading"]

# Path and query.
Asked = tuple[str, dict[str, Any]]

# So many of ten screens end in each way.
_LEAVING: Final[dict[Leaving, int]] = {"closes": 5, "breaks off": 4, "stops reading": 1}
_KPIS: Final = ("open_per_km2", "reported", "on_time_closing_rate", "median_hours_to_close", "service_share", "overdue")
# Places that move incidents go to: the documents of the map know no others after a while.
_MOST_PLACES: Final = 300
_NARROW: Final = 4096
_PAST_HOURS: Final = 30


class Screen:
    """One screen at a stream, with nothing of a browser but the connection."""

    def __init__(self, port: int, path: str, leaving: Leaving = "closes") -> None:
        self._port = port
        self._path = path
        self.leaving = leaving
        self.told: dict[bytes, int] = {b"frame": 0, b"map": 0, b"pairing": 0}
        # By the server, before it left.
        self.cut_off = False
        self._reading: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def come(self) -> "Screen":
        """Connect, and read from now on."""
        connection = socket.socket()
        if self.leaving == "stops reading":
            # What the system takes for a client that reads nothing shall be full soon.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _NARROW)
        connection.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", self._port))
        reader, self._writer = await asyncio.open_connection(sock=connection, limit=_NARROW)
        self._writer.write(f"GET {self._path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head
        self._reading = asyncio.create_task(self._read(reader))
        return self

    async def leave(self) -> None:
        """Go, or stay connected and read nothing any more."""
        assert self._reading is not None
        assert self._writer is not None
        self._reading.cancel()
        if self.leaving == "closes":
            self._writer.close()
        elif self.leaving == "breaks off":
            self._writer.transport.abort()

    def hang_up(self) -> None:
        """Close the connection whatever happened to it."""
        assert self._writer is not None
        self._writer.transport.abort()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        rest = b""
        with suppress(ConnectionError):
            while piece := await reader.read(1 << 16):
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    if line.startswith(b"event: ") and line[7:] in self.told:
                        self.told[line[7:]] += 1
        self.cut_off = True


class Onlookers:
    """Draws by lot what is looked at next.

    Parameters
    ----------
    client
        Asks the center.
    port
        Where it listens.
    grids
        The answer of ``GET /api/v1/grids``.
    category
        Code of what is reported.
    seed
        Of the lots.
    before
        What is asked of the past lies before this moment.
    """

    def __init__(
        self, client: httpx.AsyncClient, port: int, grids: dict[str, Any], category: str, seed: int, before: datetime
    ) -> None:
        self._client = client
        self._port = port
        self._category = category
        self._chance = random.Random(seed)
        self._depth: int = grids["depth"]
        self._towns: list[str] = [grid["id"] for grid in grids["grids"] if grid["level"] == 1]
        self._upper: list[str] = [grid["id"] for grid in grids["grids"] if grid["level"] < self._depth]
        leaves = [grid["label"] for grid in grids["grids"] if grid["level"] == self._depth]
        self._places = self._chance.sample(leaves, min(len(leaves), _MOST_PLACES))
        self._before = before
        self._mark = secrets.token_hex(4)
        self._reported = 0
        self._turn = 0

    def screen(self) -> Screen:
        """A screen that looks at some picture, and will end in some way."""
        leaving = self._chance.choices(list(_LEAVING), list(_LEAVING.values()))[0]
        # Of a grid where nothing happens there is nothing to tell: nobody notices that it is not read.
        picture = self._picture(whole=leaving == "stops reading")
        return Screen(self._port, f"/api/v1/stream?{urlencode(picture)}", leaving)

    def wall(self) -> Screen:
        """A wall that nobody has seen before, waiting for a phone."""
        return Screen(self._port, f"/api/v1/walls/control?wall={secrets.token_hex(16)}")

    async def look_everywhere(self) -> None:
        """Ask once for what is made once for each place, and kept."""
        for within in self._towns:
            await self._get("/api/v1/layers/hexes", {"within": within, "days": 90})

    async def ask(self) -> None:
        """Ask for one of the things that pages ask for; each in turn."""
        self._turn += 1
        kinds = self._asked()
        for path, query in kinds[self._turn % len(kinds)]:
            await self._get(path, query)

    def _asked(self) -> list[list[Asked]]:
        past = self._before - timedelta(minutes=self._chance.uniform(1, _PAST_HOURS * 60))
        within = {"within": self._chance.choice(self._upper)} if self._chance.random() < 0.5 else {}
        known = {"known": self._chance.choice(["now", "then"])}
        return [
            [("/", {}), ("/_dash-layout", {}), ("/_dash-dependencies", {})],
            [("/wall", {}), ("/api/v1/grids", {}), ("/api/v1/grids/geometry", {"level": 1})],
            [("/api/v1/layers/hexes", within)],
            [("/api/v1/layers/density", within)],
            [("/api/v1/layers/teams", within), ("/api/v1/layers/cameras", within)],
            [("/api/v1/layers/hexes", {**within, **known, "moment": past.isoformat()})],
            [("/api/v1/kpis", {"level": 1}), ("/api/v1/kpis/league", {"kpi": "closing_rate"})],
            [("/api/v1/frame/cases", {"of": "open", **within}), ("/api/v1/alerts", {"running": True})],
            [("/api/v1/desk/queue", within), ("/api/v1/incidents", within), ("/metrics", {})],
            # A slider that is drawn to and fro.
            [
                ("/api/v1/frame", {**self._picture(), **known, "moment": (past + timedelta(minutes=at)).isoformat()})
                for at in (-20, -10, 0, -30)
            ],
        ]

    async def _get(self, path: str, query: dict[str, Any]) -> None:
        answer = await self._client.get(path, params=query)
        assert answer.status_code == 200, f"{path} {query}: {answer.status_code} {answer.text[:500]}"

    async def report(self) -> int:
        """Report an incident; its id."""
        self._reported += 1
        report = {
            "source": "hotline", "source_id": f"M-{self._mark}-{self._reported}", "title": "路边暴露垃圾",
            "category": self._category, "reported_at": datetime.now(UTC).isoformat(), **self._place(),
        }  # fmt: skip
        answer = await self._client.post("/api/v1/incidents", json=report)
        assert answer.status_code == 201, answer.text[:500]
        return int(answer.json()["id"])

    async def step(self, suspended: dict[int, bool]) -> None:
        """Take a step on one of the incidents that it may take any number of times; they are or are not suspended."""
        one = self._chance.choice(list(suspended))
        if suspended[one]:
            kind, detail = "resumed", {}
        elif self._chance.random() < 0.3:
            kind, detail = "suspended", {"reason": "等待配件"}
        else:
            kind, detail = "located", self._place()
        step = {"kind": kind, "actor": "值班员 王芳", "detail": detail}
        answer = await self._client.post(f"/api/v1/incidents/{one}/events", json=step)
        assert answer.status_code == 200, answer.text[:500]
        suspended[one] = kind == "suspended"

    def _picture(self, *, whole: bool = False) -> dict[str, Any]:
        within = {"within": self._chance.choice(self._upper)} if not whole and self._chance.random() < 0.5 else {}
        return {"level": self._chance.randint(1, self._depth), "kpi": self._chance.choice(_KPIS), **within}

    def _place(self) -> dict[str, Any]:
        lon, lat = self._chance.choice(self._places)
        return {"lon": lon, "lat": lat, "coordinate_system": "wgs84"}
