"""The Grid Command Center: `create_app(services)` and the command line. Wiring only.

Run ``python app.py --help`` for the commands.
"""

import argparse
import io
import logging
import os
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime

from fastapi import FastAPI
from tqdm import tqdm

from dashboard.center.services import Services, services_on
from dashboard.commands import (
    cameras,
    event_log,
    grids,
    incidents,
    kpis,
    mirror,
    registers,
    schema,
    screens,
)
from dashboard.commands.options import advance, least
from dashboard.map.basemap.serving import described
from dashboard.pages.overview.page import mount_page
from dashboard.server import create_server, create_uvicorn
from dashboard.subjects import SUBJECTS
from data.access.actor import Actor
from data.city.categories import Category, save_categories
from data.city.editions import current_edition, has_edition, save_edition
from data.demo.catch_up import catch_up
from data.demo.city import DemoCity, build_city, demo_city_of
from data.demo.patrol_traffic import PatrolTraffic
from data.demo.registers import build_registers
from data.demo.traffic import Traffic
from data.errors import CommandCenterError, SettingInvalid
from data.registers.tables import current_version, save_registers
from data.settings import Settings, unknown_settings
from data.store.connection import Store

# What a shell expects of a program that ended by Ctrl-C.
_INTERRUPTED = 130


def create_app(services: Services) -> FastAPI:
    """Build the whole web application: REST API, live stream and page."""
    server = create_server(services)
    # Before the pages of Dash: these answer what no route has.
    for mount in (mount for subject in SUBJECTS for mount in subject.pages):
        mount(server, services)
    mount_page(server, services)
    return server


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status."""
    _print_every_letter()
    options = build_parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO if options.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    _keep_libraries_quiet(verbose=options.verbose)
    for line in unknown_settings(os.environ):
        print(f"note: {line}", file=sys.stderr)
    try:
        command: Callable[[argparse.Namespace, Settings], int] = options.command
        return command(options, Settings.load())
    except CommandCenterError as error:
        print(f"error: {error.message}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted; what was stored stays stored", file=sys.stderr)
        return _INTERRUPTED


def _print_every_letter() -> None:
    r"""Print characters that the terminal's encoding lacks as ``\uXXXX`` instead of ending the command.

    Such characters are Chinese on a Latin-1 terminal, and file names that are not UTF-8.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _keep_libraries_quiet(*, verbose: bool) -> None:
    """Hide warnings of libraries, which are meant for developers; with -v, write them to the log.

    Users get our own findings, errors and rejected rows for problems that concern them.
    """
    if sys.warnoptions:
        return
    logging.captureWarnings(True)
    for name in ("py.warnings", "pyogrio"):
        logging.getLogger(name).setLevel(logging.NOTSET if verbose else logging.ERROR)


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Serve the dashboard; if there is no grid system yet, build the demo city first."""
    _require_free_port(settings)
    # An unusable basemap is refused before the long start, not after it.
    described(settings)
    print("Grid Command Center 网格指挥中心: opening the database ...", flush=True)
    store = Store.open(settings, migrate=True)
    try:
        if not options.empty:
            _found_demo_city(store, datetime.now(settings.zone).date())
        services = services_on(store, settings)
        services.follow_editions()
    except BaseException:
        store.close()
        raise
    try:
        demo = _demo_city(services)
        if demo is not None:
            _catch_up_demo(services, demo)
        uvicorn_server = create_uvicorn(create_app(services), services)
        print(f"Dashboard: {_url_here(settings)}  (Ctrl-C ends everything)", flush=True)
        # On Ctrl-C uvicorn shuts down cleanly and then raises the signal again, which can be ignored.
        with _demo_traffic(settings, None if options.no_traffic else demo), suppress(KeyboardInterrupt):
            uvicorn_server.run()
    finally:
        services.close()
    print("Ended; everything is stored.", flush=True)
    return 0


def demo_traffic(options: argparse.Namespace, settings: Settings) -> int:
    """Send the demo city's traffic to a running server until Ctrl-C."""
    with Store.open(settings) as store:
        city = demo_city_of(current_edition(store, datetime.now(settings.zone).date()).system)
    patrols = PatrolTraffic(city, options.url)
    patrols.start()
    try:
        Traffic(city, options.url, settings.demo_per_day, rate=options.rate).run()
    finally:
        patrols.stop()
    return 0


def _found_demo_city(store: Store, today: date) -> None:
    """Build the demo city if there is no grid system, and the registers of a demo city without any."""
    if has_edition(store):
        # A demo city without registers was built by an earlier version.
        if current_version(store) == 0 and (edition := current_edition(store, today)).demo:
            _people_demo_city(store, demo_city_of(edition.system), edition.id)
        return
    print("First start: growing the demo city (17 / 271 / 1557 grids) ...", flush=True)
    city = build_city()
    save_categories(store, [Category(one.code, one.name_zh, one.name_en, one.class_name) for one in city.categories])
    edition_id = save_edition(
        store, city.system, city=city.name, name=city.edition_name, holds_from=city.holds_from, demo=True,
        level_names=city.level_names,
    )  # fmt: skip
    _people_demo_city(store, city, edition_id)


def _people_demo_city(store: Store, city: DemoCity, edition_id: int) -> None:
    print("Naming 331 grid chiefs and 3,659 grid workers, all invented ...", flush=True)
    save_registers(store, build_registers(city), edition_id, imported_by=Actor.system("demo"))


def _demo_city(services: Services) -> DemoCity | None:
    """Return the demo city if the server serves it and its traffic is on."""
    if not services.has_edition or not services.edition.demo or services.settings.demo_per_day == 0:
        return None
    return demo_city_of(services.edition.system)


def _catch_up_demo(services: Services, city: DemoCity) -> None:
    """Write the demo city's incidents since the last run; on the first start, its whole history."""
    settings = services.settings
    expected = round(settings.demo_days * settings.demo_per_day)
    with tqdm(total=expected, unit=" incidents", desc="Demo history", delay=2) as bar:
        catch_up(
            services.desk, services.store, city, until=datetime.now(settings.zone), days=settings.demo_days,
            per_day=settings.demo_per_day, progress=advance(bar),
        )  # fmt: skip


@contextmanager
def _demo_traffic(settings: Settings, city: DemoCity | None) -> Iterator[None]:
    """Send live traffic of the demo city through the REST API while the block runs; none without a city."""
    if city is None:
        yield
        return
    url = _url_here(settings)
    senders = Traffic(city, url, settings.demo_per_day), PatrolTraffic(city, url)
    for sender in senders:
        sender.start()
    try:
        yield
    finally:
        for sender in senders:
            sender.stop()


def _url_here(settings: Settings) -> str:
    """Return the URL of the server on this machine; for a server on all addresses, that of loopback."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104  # compared only
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def _require_free_port(settings: Settings) -> None:
    """Refuse a port that is taken, before the long start."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise SettingInvalid(
                f"port {settings.port} on {settings.host} cannot be used ({error.strerror}): end what uses it, "
                "or choose another with PORT=",
                name="PORT", value=settings.port,
            ) from error  # fmt: skip


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    parser = argparse.ArgumentParser(prog="app.py", description="Grid Command Center 网格指挥中心")
    parser.add_argument("-v", "--verbose", action="store_true", help="say more about what is done")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("run", help="serve the dashboard; without any grids, of the demo city")
    command.add_argument("--empty", action="store_true", help="do not build the demo city")
    command.add_argument("--no-traffic", action="store_true", help="no live demo traffic")
    command.set_defaults(command=run)
    for family in (grids, incidents, registers, cameras, kpis, screens, event_log, mirror, schema):
        family.register(commands)
    for subject in SUBJECTS:
        subject.commands(commands)
    demo = commands.add_parser("demo", help="the demo city").add_subparsers(required=True, metavar="COMMAND")
    command = demo.add_parser("traffic", help="send the demo city's traffic to a running server")
    command.add_argument("--url", default="http://127.0.0.1:8050", help="where the server is")
    command.add_argument("--rate", type=least, default=1.0, help="factor on GRID_DEMO_PER_DAY")
    command.set_defaults(command=demo_traffic)
    return parser


if __name__ == "__main__":
    sys.exit(main())
