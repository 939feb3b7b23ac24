"""The whole command center under load, its app and its database killed in turn, and what must hold afterwards."""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import geopandas as gpd
import shapely

from data.city.categories import Category, save_categories
from data.city.editions import current_edition, save_edition
from data.incidents.audit import rebuild, verify
from data.settings import Settings
from data.store.connection import Store
from data.store.embedded import postmaster
from data.store.embedded.embedded import EmbeddedServer
from data.store.embedded.keeper import DATA
from data.store.openers import System
from geo.grids import GridSystem
from tests.browser.running_center import RunningCenter
from tests.soak.ledger import Ledger
from tests.soak.load import EAST, SOURCE, SOUTH, WEST, Client
from tests.soak.witness import Witness

CLIENTS = 4
SHARED = 3
_PATIENCE_S = 90.0


class Center:
    """A command center with a small city of its own, whose app and database can be killed.

    Parameters
    ----------
    home
        A new folder that PostgreSQL's user can reach.
    programs
        Folder of the programs of a server that stands beside the app and is started again by us; None for the
        embedded server, which the app starts again itself.
    """

    def __init__(self, home: Path, programs: Path | None = None) -> None:
        self._server = None if programs is None else EmbeddedServer.open(home / "server", programs=programs)
        url = {} if self._server is None else {"GRID_DATABASE_URL": self._server.url}
        self.home = home
        app_home = home / "app"
        app_home.mkdir(mode=0o755)
        self._data = (app_home if self._server is None else self._server.home) / DATA
        self._settings = Settings.load({"GRID_HOME": str(app_home), **url})
        self.app = RunningCenter(app_home, GRID_DEMO_PER_DAY="0", **url)
        with Store.open(self._settings, migrate=True) as store:
            save_edition(store, small_city(), city="小城", name="2026", holds_from=date(2020, 1, 1), demo=False)
            save_categories(store, [Category("garbage", "暴露垃圾", "Exposed garbage", "市容环境")])

    def kill_app(self) -> None:
        """As a power cut of the app's machine would; it is started again."""
        self.app.kill()
        self.app.start("--no-traffic")

    def kill_database(self) -> None:
        """Kill the server's first process; whoever runs the server starts it again."""
        pid = postmaster.running_pid(self._data)
        assert pid is not None, "the database does not run"
        os.kill(pid, signal.SIGKILL)
        if self._server is not None:
            self._server.ensure()

    def look(self) -> Store:
        """Open the store beside the app."""
        return Store.open(self._settings)

    def close(self) -> None:
        """End all of it."""
        self.app.kill()
        postmaster.stop(self._data)
        if self._server is not None:
            self._server.close()


def small_city() -> GridSystem:
    """Two towns of four square leaves each."""
    step = (EAST - WEST) / 4
    boxes = [
        shapely.box(WEST + i * step, SOUTH + j * step, WEST + (i + 1) * step, SOUTH + (j + 1) * step)
        for i in range(4)
        for j in range(2)
    ]
    names = [f"L{at}" for at in range(8)]
    leaves = gpd.GeoDataFrame(
        {"code": names, "name": names, "parent": ["A"] * 4 + ["B"] * 4}, geometry=boxes, crs=4326
    )  # fmt: skip
    halves = [leaves.geometry[:4].union_all(), leaves.geometry[4:].union_all()]
    towns = gpd.GeoDataFrame({"code": ["A", "B"], "name": ["甲镇", "乙镇"]}, geometry=halves, crs=4326)
    return GridSystem.build([towns, leaves])


def postgis_programs() -> Path | None:
    """Programs of the newest PostgreSQL of the distribution that has PostGIS; None without one."""
    controls = Path("/usr/share/postgresql").glob("*/extension/postgis.control")
    folders = {int(control.parts[-3]): Path("/usr/lib/postgresql", control.parts[-3], "bin") for control in controls}
    present = {version: folder for version, folder in folders.items() if (folder / "postgres").exists()}
    return present[max(present)] if present else None


def run(center: Center, kills: int, seed: int, say: Callable[[str], object] = str) -> tuple[Ledger, list[str]]:
    """Kill app and database in turn, at random moments under load.

    Returns
    -------
    What was sent and acknowledged, and what the mirror that followed says otherwise than the store; the app has been
    killed once more, and the database is up.
    """
    chance = random.Random(seed)
    ledger = Ledger()
    center.app.start("--no-traffic")
    with center.look() as store, Witness(store, current_edition(store, date(2100, 1, 1)), center.home) as witness:
        with _at_work(center, ledger, chance) as clients:
            for number in range(kills):
                _progress(ledger, clients)
                time.sleep(chance.uniform(0.0, 2.0))
                target, kill = (("app", center.kill_app), ("database", center.kill_database))[number % 2]
                began = time.monotonic()
                kill()
                if number % 2 == 0:
                    witness.start_anew()
                _progress(ledger, clients)
                took = time.monotonic() - began
                say(f"kill {number + 1} of {kills}: {target}, at work again after {took:.1f} s; {ledger}")
        center.app.kill()
        return ledger, witness.differences()


def findings(center: Center, ledger: Ledger) -> list[str]:
    """All that does not hold in the end; empty when all does."""
    with center.look() as store:
        with store.transaction(System("test")) as cursor:
            cursor.execute("SELECT source_id, id FROM incident WHERE source = %s", (SOURCE,))
            reports = dict(cursor.fetchall())
            cursor.execute("SELECT detail ->> 'key', incident_id, kind FROM event WHERE detail ->> 'key' IS NOT NULL")
            steps = cursor.fetchall()
        audit = verify(store)
        rebuilt = rebuild(store)
    said = ledger.differences(reports, steps)
    said += [f"verify: {finding.message}" for finding in audit.findings]
    if not rebuilt.equal:
        said.append(f"rebuild: {rebuilt}")
    return said


@contextmanager
def _at_work(center: Center, ledger: Ledger, chance: random.Random) -> Iterator[list[Client]]:
    opener = Client("opener", center.app.port, ledger, 0, [])
    shared = [reported for _ in range(SHARED) if (reported := opener.report()) is not None]
    opener.hang_up()
    clients = [Client(f"c{at}", center.app.port, ledger, chance.randrange(2**31), shared) for at in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        yield clients
    finally:
        for client in clients:
            client.end()
        for client in clients:
            client.join(_PATIENCE_S)


def _progress(ledger: Ledger, clients: list[Client]) -> None:
    """Wait until requests are answered that were sent after this: each client has one under way at most."""
    enough = ledger.answers + len(clients) + 1
    _until(lambda: ledger.answers >= enough, clients, ledger)


def _until(holds: Callable[[], bool], clients: list[Client], ledger: Ledger) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not holds():
        assert all(client.is_alive() for client in clients), "a client ended"
        assert time.monotonic() < deadline, f"nothing is acknowledged any more; {ledger.wrong[:3]}"
        time.sleep(0.01)
