"""The Grid Command Center: `create_app(services)` and the command line. Wiring only.

Run ``python app.py --help`` for the commands.
"""

import argparse
import logging
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from typing import NoReturn

import geopandas as gpd
from fastapi import FastAPI
from tqdm import tqdm

from dashboard.page import mount_page
from dashboard.server import create_server, create_uvicorn
from dashboard.services import Services, services_on
from data.demo.catch_up import catch_up
from data.demo.city import DemoCity, build_city, demo_city_of
from data.demo.traffic import Traffic
from data.errors import CommandCenterError, SettingInvalid
from data.feeds.categories_csv import read_categories_csv
from data.feeds.csv_import import import_csv
from data.feeds.mapping import FeedMapping
from data.feeds.tally import ImportSummary
from data.incidents.audit import rebuild, verify
from data.incidents.deadlines import WorkCalendar
from data.incidents.desk import IncidentDesk
from data.settings import Settings
from data.store.categories import Category, save_categories
from data.store.connection import Store
from data.store.editions import current_edition, has_edition, save_edition
from geo import GridIndex, GridSystem
from geo.checks import check
from geo.crs import SYSTEMS
from geo.readers import LevelColumns, read_layers

# What a shell expects of a program that ended by Ctrl-C.
_INTERRUPTED = 130


def create_app(services: Services) -> FastAPI:
    """Build the whole web application: REST API, live stream and page."""
    server = create_server(services)
    mount_page(server, services)
    return server


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status."""
    options = build_parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO if options.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    try:
        command: Callable[[argparse.Namespace, Settings], int] = options.command
        return command(options, Settings.load())
    except CommandCenterError as error:
        print(f"error: {error.message}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted; what was stored stays stored", file=sys.stderr)
        return _INTERRUPTED


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Serve the dashboard; without any grid system yet, build the demo city first."""
    _require_free_port(settings)
    print("Grid Command Center 网格指挥中心: opening the database ...", flush=True)
    store = Store.open(settings)
    try:
        if not has_edition(store) and not options.empty:
            _found_demo_city(store)
        services = services_on(store, settings)
    except BaseException:
        store.close()
        raise
    try:
        demo = _demo_city(services)
        if demo is not None:
            _catch_up_demo(services, demo)
        uvicorn_server = create_uvicorn(create_app(services), services)
        print(f"Dashboard: http://{settings.host}:{settings.port}  (Ctrl-C ends everything)", flush=True)
        # Uvicorn ends in order on Ctrl-C and then raises the signal once more, which is no news to us.
        with _demo_traffic(settings, None if options.no_traffic else demo), suppress(KeyboardInterrupt):
            uvicorn_server.run()
    finally:
        services.close()
    print("Ended; everything is stored.", flush=True)
    return 0


def grids_check(options: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001  # all commands alike
    """Print what is wrong with grid files, worst first; status 1 if there are errors."""
    report = check(_read(options), expect=options.expect, min_area_m2=options.min_area_m2)
    print(report)
    return 1 if report.errors else 0


def grids_import(options: argparse.Namespace, settings: Settings) -> int:
    """Check grid files and store them as a dated edition."""
    layers = _read(options)
    report = check(layers, expect=options.expect, min_area_m2=options.min_area_m2)
    if report.errors:
        print(report)
        print("error: not imported, because of the errors above; nothing was stored", file=sys.stderr)
        return 1
    level_names = [_level_name(text) for text in options.level_name] if options.level_name else None
    if level_names is not None and len(level_names) != len(layers):
        raise SettingInvalid(
            f"--level-name is given {len(level_names)} times: give it once for each of the {len(layers)} levels",
            name="--level-name", value=str(options.level_name),
        )  # fmt: skip
    system = GridSystem.build(layers)
    with Store.open(settings) as store:
        save_edition(
            store, system, city=options.city, name=options.name, holds_from=options.holds_from, level_names=level_names
        )
    counts = " / ".join(str(len(level)) for level in system.levels)
    print(f"Imported edition {options.name!r} of {options.city}: {counts} grids, in force from {options.holds_from}.")
    print("A running server shows it after a restart.")
    return 0


def incidents_import(options: argparse.Namespace, settings: Settings) -> int:
    """Import a CSV file of incidents and print what became of its rows."""
    mapping = FeedMapping.load(options.mapping)
    with Store.open(settings) as store:
        desk = _desk(store, settings)
        summary = _import_with_bar(desk, options, mapping)
    print(
        f"{summary.rows} rows = {summary.created} created + {summary.already_known} already known "
        f"+ {summary.rejected} rejected; of the created, {summary.unlocated} in no grid, {summary.closed} closed."
    )
    if summary.rejects_path is not None:
        print(f"Rejected rows, with line and reason: {summary.rejects_path}")
    for warning in summary.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    return 0


def categories_import(options: argparse.Namespace, settings: Settings) -> int:
    """Load names of categories from a CSV file (code, name_zh, name_en, class)."""
    rows = read_categories_csv(options.file)
    with Store.open(settings) as store:
        save_categories(store, rows)
    print(f"Loaded {len(rows)} categories.")
    return 0


def demo_traffic(options: argparse.Namespace, settings: Settings) -> int:
    """Send the demo city's traffic to a running server until Ctrl-C."""
    with Store.open(settings) as store:
        city = demo_city_of(current_edition(store).system)
    Traffic(city, options.url, settings.demo_per_day, rate=options.rate).run()
    return 0


def log_verify(options: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001
    """Walk the whole event log; status 1 if anything was altered, is missing or out of order."""
    with Store.open(settings) as store, tqdm(unit=" events", delay=2) as bar:
        report = verify(store, progress=_advance(bar))
    for finding in report.findings:
        print(f"{finding.kind}: {finding.message}")
    print(f"{report.events} events of {report.incidents} incidents: {report.finding_count} findings.")
    return 0 if report.ok else 1


def log_rebuild(options: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001
    """Re-create the state of every incident from the log; status 1 if it was not what the log says."""
    with Store.open(settings) as store, tqdm(unit=" events", delay=2) as bar:
        report = rebuild(store, progress=_advance(bar))
    print(
        f"{report.events} events of {report.incidents} incidents: {len(report.different)} states differed, "
        f"{len(report.missing)} were missing, {len(report.added)} had no event; the states are now what the log says."
    )
    return 0 if report.equal else 1


def _import_with_bar(desk: IncidentDesk, options: argparse.Namespace, mapping: FeedMapping) -> ImportSummary:
    with tqdm(unit="B", unit_scale=True, desc=options.file.name, delay=2) as bar:

        def advance(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        return import_csv(desk, options.file, mapping, rejects_path=options.rejects, progress=advance)


def _advance(bar: "tqdm[NoReturn]") -> Callable[[int], None]:
    def advance(count: int) -> None:
        bar.update(count)

    return advance


def _found_demo_city(store: Store) -> None:
    print("First start: growing the demo city (17 / 271 / 1557 grids) ...", flush=True)
    city = build_city()
    save_categories(store, [Category(one.code, one.name_zh, one.name_en, one.class_name) for one in city.categories])
    save_edition(
        store, city.system, city=city.name, name=city.edition_name, holds_from=city.holds_from, demo=True,
        level_names=city.level_names,
    )  # fmt: skip


def _demo_city(services: Services) -> DemoCity | None:
    """The demo city, if that is what is served and it is to live."""
    if not services.has_edition or not services.edition.demo or services.settings.demo_per_day == 0:
        return None
    return demo_city_of(services.edition.system)


def _catch_up_demo(services: Services, city: DemoCity) -> None:
    """Write what the demo city would have reported since it was last looked at, all of it on first start."""
    settings = services.settings
    expected = round(settings.demo_days * settings.demo_per_day)
    with tqdm(total=expected, unit=" incidents", desc="Demo history", delay=2) as bar:
        catch_up(
            services.desk, services.store, city, until=datetime.now(settings.zone), days=settings.demo_days,
            per_day=settings.demo_per_day, progress=_advance(bar),
        )  # fmt: skip


@contextmanager
def _demo_traffic(settings: Settings, city: DemoCity | None) -> Iterator[None]:
    """Live traffic of the demo city, through the REST API, while the block runs; none without a city."""
    if city is None:
        yield
        return
    host = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host  # noqa: S104  # what we listen on, compared
    traffic = Traffic(city, f"http://{host}:{settings.port}", settings.demo_per_day)
    traffic.start()
    try:
        yield
    finally:
        traffic.stop()


def _require_free_port(settings: Settings) -> None:
    """Say that the port is taken before a minute of work, not after."""
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


def _desk(store: Store, settings: Settings) -> IncidentDesk:
    edition = current_edition(store)
    calendar = WorkCalendar.load("jiangyin")
    return IncidentDesk(store, edition.system, edition.id, GridIndex(edition.system), calendar, settings.zone)


def _read(options: argparse.Namespace) -> list[gpd.GeoDataFrame]:
    columns = [LevelColumns.parse(text) for text in options.columns] if options.columns else None
    return read_layers(
        options.files, columns, layers=options.layer, coordinate_system=options.coordinate_system,
        encoding=options.encoding,
    )  # fmt: skip


def _level_name(text: str) -> dict[str, str]:
    zh, _, en = text.partition("/")
    return {"zh": zh.strip(), "en": en.strip() or zh.strip()}


def _counts(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: give counts such as 17,271,1557") from error


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    parser = argparse.ArgumentParser(prog="app.py", description="Grid Command Center 网格指挥中心")
    parser.add_argument("-v", "--verbose", action="store_true", help="say more about what is done")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("run", help="serve the dashboard; without any grids, of the demo city")
    command.add_argument("--empty", action="store_true", help="do not build the demo city")
    command.add_argument("--no-traffic", action="store_true", help="no live demo traffic")
    command.set_defaults(command=run)

    grids = commands.add_parser("grids", help="check or import the grids of a city").add_subparsers(
        required=True, metavar="COMMAND"
    )
    command = grids.add_parser("check", help="print what is wrong with grid files; status 1 with errors")
    _add_grid_options(command)
    command.set_defaults(command=grids_check)
    command = grids.add_parser("import", help="store grid files as a dated edition")
    _add_grid_options(command)
    command.add_argument("--city", required=True, help="name of the city")
    command.add_argument("--name", required=True, help="name of the edition, such as 2026-01")
    command.add_argument("--holds-from", type=date.fromisoformat, default=date(1990, 1, 1), metavar="YYYY-MM-DD",
                         help="first day on which these grids hold (default: always)")  # fmt: skip
    command.add_argument("--level-name", action="append", metavar="ZH/EN", help="name of a level, once for each level")
    command.set_defaults(command=grids_import)

    incidents = commands.add_parser("incidents", help="import incidents").add_subparsers(
        required=True, metavar="COMMAND"
    )
    command = incidents.add_parser("import", help="import a CSV file of incidents")
    command.add_argument("file", type=Path)
    command.add_argument("--mapping", type=Path, required=True, help="mapping file, see docs/importing.md")
    command.add_argument("--rejects", type=Path, help="where refused rows are listed (default: beside the file)")
    command.set_defaults(command=incidents_import)

    categories = commands.add_parser("categories", help="load names of categories").add_subparsers(
        required=True, metavar="COMMAND"
    )
    command = categories.add_parser("import", help="load a CSV file: code, name_zh, name_en, class")
    command.add_argument("file", type=Path)
    command.set_defaults(command=categories_import)

    demo = commands.add_parser("demo", help="the demo city").add_subparsers(required=True, metavar="COMMAND")
    command = demo.add_parser("traffic", help="send the demo city's traffic to a running server")
    command.add_argument("--url", default="http://127.0.0.1:8050", help="where the server is")
    command.add_argument("--rate", type=float, default=1.0, help="factor on GRID_DEMO_PER_DAY")
    command.set_defaults(command=demo_traffic)

    commands.add_parser("verify", help="walk the whole event log; status 1 if it was tampered with").set_defaults(
        command=log_verify
    )
    commands.add_parser("rebuild", help="re-create the states from the log; status 1 if they differed").set_defaults(
        command=log_rebuild
    )
    return parser


def _add_grid_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("files", nargs="+", type=Path, help="a file for each level, coarsest first; or one file")
    command.add_argument("--columns", action="append", metavar="code=…,name=…,parent=…",
                         help="columns of a level, once for each level, coarsest first; guessed if plain")  # fmt: skip
    command.add_argument("--layer", action="append", help="layer of a GeoPackage, once for each level, coarsest first")
    command.add_argument("--expect", type=_counts, metavar="17,271,1557", help="number of grids on each level")
    command.add_argument("--min-area-m2", type=float, default=100.0, help="smaller overlaps and gaps are passed over")
    command.add_argument("--coordinate-system", choices=SYSTEMS, help="of the files, where they do not say it right")
    command.add_argument("--encoding", help="of a Shapefile's attribute table, such as gb18030")


if __name__ == "__main__":
    sys.exit(main())
