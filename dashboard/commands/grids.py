"""``grids``: check, import, list, compare and locate grids; one net out of many; ``regrid``."""

import argparse
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import geopandas as gpd
from tqdm import tqdm

from dashboard.commands.options import add_reading_options, add_system_option, advance, day, least, read, whole
from dashboard.commands.outputs import require_file, require_folder, writing
from data.city.editions import current_edition, edition_named, list_editions, save_edition
from data.digits import decimal_number, whole_number
from data.errors import QueryInvalid, SettingInvalid
from data.feeds.mapping import FeedMapping
from data.feeds.places import read_places
from data.incidents.columns import incident_positions
from data.incidents.regrid import pending_count, regrid
from data.settings import Settings
from data.store.connection import Store
from geo import GridSystem
from geo.checks import check
from geo.crosswalk import SLIVER_M2, crosswalk
from geo.crosswalk_text import crosswalk_csv, crosswalk_text
from geo.crs import SYSTEMS
from geo.layers import findings_of
from geo.locate import locate_points
from geo.locate_layers import locate_layers
from geo.overlay import overlay
from geo.overlay_files import FILES, write_net
from geo.overlay_net import Bounds, propose
from geo.readers import read_layers
from geo.visible import unseen, visible
from layers.net_map import net_map


def check_files(options: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001  # all commands alike
    """Print what is wrong with grid files, worst first; status 1 if there are errors."""
    layers = read(options, coordinate_system=options.coordinate_system)
    report = check(layers, expect=options.expect, min_area_m2=options.min_area_m2)
    print(report)
    return 1 if report.errors else 0


def import_files(options: argparse.Namespace, settings: Settings) -> int:
    """Check grid files and store them as a dated edition."""
    city, name = _worded("--city", options.city), _worded("--name", options.name)
    layers = read(options, coordinate_system=options.coordinate_system)
    report = check(layers, expect=options.expect, min_area_m2=options.min_area_m2)
    if report.errors:
        print(report)
        print("error: not imported, because of the errors above; nothing was stored", file=sys.stderr)
        return 1
    level_names = [_level_name(text) for text in options.level_name] if options.level_name else None
    if level_names is not None and len(level_names) != len(layers):
        raise SettingInvalid(
            f"--level-name is given {len(level_names)} times: give it once for each of the {len(layers)} levels",
            name="--level-name",
            value=str(options.level_name),
        )
    system = GridSystem.build(layers)
    with Store.open(settings, migrate=True) as store:
        edition_id = save_edition(
            store, system, city=city, name=name, holds_from=options.holds_from, level_names=level_names
        )
        counts = " / ".join(str(len(level)) for level in system.levels)
        print(f"Imported edition {name!r} of {city}: {counts} grids, in force from {options.holds_from}.")
        print("A running server shows it after a restart.")
        _say_pending(store, edition_id, name)
    return 0


def list_all(options: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001
    """Print the editions, by the day from which they hold."""
    with Store.open(settings) as store:
        for one in list_editions(store, datetime.now(settings.zone).date()):
            marks = [word for word, holds in (("in force", one.holds), ("demonstration", one.demo)) if holds]
            regridded = (
                "" if one.regridded_at is None else f", regridded {one.regridded_at.astimezone(settings.zone):%F %R}"
            )
            counts = " / ".join(map(str, one.grids))
            print(
                f"{one.name}: {one.city}, {counts} grids, from {one.holds_from}, "
                f"{one.placed} incidents placed{regridded}{''.join(f' [{mark}]' for mark in marks)}"
            )
    return 0


def compare(options: argparse.Namespace, settings: Settings) -> int:
    """Print which grid became which between two editions."""
    if options.csv is not None:
        require_file(options.csv, "--csv")
    with Store.open(settings) as store:
        old, new = edition_named(store, options.old), edition_named(store, options.new)
        frame = crosswalk(
            old.system, new.system, incident_positions(store), sliver_m2=options.sliver_m2, sliver_m=options.sliver_m
        )
    print(crosswalk_text(frame, old.name, new.name, sliver_m2=options.sliver_m2, sliver_m=options.sliver_m))
    if options.csv is not None:
        with writing(options.csv, "--csv"):
            options.csv.write_text(crosswalk_csv(frame), encoding="utf-8-sig")
        print(f"All of it: {options.csv}")
    return 0


def regrid_history(options: argparse.Namespace, settings: Settings) -> int:
    """Re-assign all history onto an edition."""
    with Store.open(settings) as store, tqdm(unit=" incidents", delay=2) as bar:
        today = datetime.now(settings.zone).date()
        edition = current_edition(store, today) if options.edition is None else edition_named(store, options.edition)
        report = regrid(store, edition.id, progress=advance(bar))
    print(
        f"{report.incidents} incidents stand on edition {edition.name!r}: {report.placed} newly placed "
        f"({report.by_position} by position, {report.by_code} by code, {report.by_crosswalk} by the crosswalk, "
        f"{report.unlocated} in no grid); computed in {report.compute_s:.1f} s."
    )
    return 0


def locate_system(options: argparse.Namespace, settings: Settings) -> int:
    """Say which coordinate system a file seems to be in; status 1 if it is another than claimed."""
    if options.mapping is not None:
        _refuse_beside_mapping(options)
    with Store.open(settings) as store:
        system = current_edition(store, datetime.now(settings.zone).date()).system
    if options.mapping is not None:
        feed = FeedMapping.load(options.mapping)
        places = read_places(options.files[0], feed, datetime.now(settings.zone))
        claimed = (options.coordinate_system or places.claimed).lower()
        found = locate_points(places.lon, places.lat, system, claimed=claimed, codes=places.codes)
    else:
        claimed = options.coordinate_system or "wgs84"
        # What an EPSG code names is brought to degrees of WGS 84 first; the shifted systems are what is looked for.
        projected = None if claimed.lower() in SYSTEMS else claimed
        layers = read(options, coordinate_system=projected)
        _say_findings(layers)
        found = locate_layers(layers, system, claimed="wgs84" if projected else claimed.lower())
    print(found)
    return 1 if found.suspicious else 0


def one_net(options: argparse.Namespace, settings: Settings) -> int:
    """Lay departments' grids over each other and propose one net that keeps the declared borders."""
    picture = options.out / "map.html"
    require_folder(options.out, "--out", [*FILES, picture.name], options.files)
    stems = [path.stem for path in options.files]
    twice = [stem for stem in stems if stems.count(stem) > 1]
    if twice:
        raise QueryInvalid(
            f"two files are named {twice[0]!r}: the name of the file is the name of the department", name=twice[0]
        )
    try:
        least, most = options.bounds
        bounds = Bounds(least, most, options.measure)
    except ValueError as error:
        raise QueryInvalid(f"--bounds: {error}", bounds=str(options.bounds)) from error
    with Store.open(settings) as store:
        system = current_edition(store, datetime.now(settings.zone).date()).system
        level = max(1, system.depth - 1) if options.level is None else options.level
        if not 1 <= level <= system.depth:
            raise QueryInvalid(f"--level {level}: the city has the levels 1 to {system.depth}", level=level)
        lon, lat = incident_positions(store)
    layers = {path.stem: _department(path, options) for path in options.files}
    net = propose(overlay(layers, system.levels[level - 1], lon, lat), bounds)
    with writing(options.out, "--out"):
        written = write_net(net, options.out)
        picture.write_text(net_map(net, language=settings.language), encoding="utf-8")
    print(net)
    print("Written: " + ", ".join(str(path) for path in (*written, picture)))
    return 0


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands to the command line."""
    grids = commands.add_parser("grids", help="check, import, compare grids").add_subparsers(
        required=True, metavar="COMMAND"
    )
    one = grids.add_parser("check", help="print what is wrong with grid files; status 1 with errors")
    add_reading_options(one)
    _add_checking_options(one)
    one.set_defaults(command=check_files)

    one = grids.add_parser("import", help="store grid files as a dated edition")
    add_reading_options(one)
    _add_checking_options(one)
    one.add_argument("--city", required=True, help="name of the city")
    one.add_argument("--name", required=True, help="name of the edition, such as 2026-01")
    one.add_argument(
        "--holds-from",
        type=day,
        default=date(1990, 1, 1),
        metavar="YYYY-MM-DD",
        help="first day on which these grids hold (default: always)",
    )
    one.add_argument("--level-name", action="append", metavar="ZH/EN", help="name of a level, once for each level")
    one.set_defaults(command=import_files)

    grids.add_parser("list", help="list the editions").set_defaults(command=list_all)

    one = grids.add_parser("crosswalk", help="which grid became which between two editions")
    one.add_argument("old")
    one.add_argument("new")
    one.add_argument("--sliver-m2", type=least, default=SLIVER_M2, help="smaller overlaps are counted, not listed")
    one.add_argument("--sliver-m", type=least, help="likewise overlaps narrower than this, metres (default: 1)")
    one.add_argument("--csv", type=Path, help="write all of it to this file")
    one.set_defaults(command=compare)

    one = grids.add_parser("locate-system", help="say which coordinate system a file seems to be in")
    add_reading_options(one)
    one.add_argument("--mapping", type=Path, help="the file is a CSV of incidents, with this mapping file")
    one.set_defaults(command=locate_system)

    one = grids.add_parser("overlay", help="one net out of many: lay departments' grids over each other")
    one.add_argument("files", nargs="+", type=Path, help="a file for each department, named after it")
    one.add_argument("--out", type=Path, required=True, help="folder for the proposal, its tables and its map")
    one.add_argument("--level", type=whole, help="level whose borders stay (default: the one above the leaves)")
    one.add_argument("--bounds", type=_pair, default=(0.2, 2.0), metavar="LEAST,MOST", help="size of a grid")
    one.add_argument("--measure", choices=("area_km2", "incidents"), default="area_km2", help="of the bounds")
    add_system_option(one)
    one.set_defaults(command=one_net)

    one = commands.add_parser("regrid", help="re-assign all history onto an edition")
    one.add_argument("edition", nargs="?", help="its name (default: the one in force)")
    one.set_defaults(command=regrid_history)


def _refuse_beside_mapping(options: argparse.Namespace) -> None:
    """Refuse what would not be used: a mapping file is about one file of incidents."""
    if len(options.files) > 1:
        raise QueryInvalid(
            f"--mapping is for one file of incidents, but {len(options.files)} are given: give them one by one",
            files=len(options.files),
        )
    for option in ("columns", "layer", "encoding"):
        if getattr(options, option) is not None:
            raise QueryInvalid(f"--{option} is for grid files: with --mapping, the mapping file says it", option=option)


def _department(path: Path, options: argparse.Namespace) -> gpd.GeoDataFrame:
    """The one layer of a department's file."""
    layers = read_layers([path], coordinate_system=options.coordinate_system)
    if len(layers) > 1:
        raise QueryInvalid(
            f"{path.name} has {len(layers)} layers with grids: save the department's own as a file by itself",
            file=str(path), layers=len(layers),
        )  # fmt: skip
    _say_findings(layers, path.name)
    return layers[0]


def _say_findings(layers: Sequence[gpd.GeoDataFrame], name: str = "") -> None:
    """Say what the reading of files found, where no check says it."""
    for layer in layers:
        for finding in findings_of(layer):
            print(f"{finding.severity}: {name}{': ' if name else ''}{finding.message}", file=sys.stderr)


def _worded(option: str, text: str) -> str:
    """The text of an option that names something."""
    plain = text.strip()
    hidden = unseen(plain)
    if not plain or hidden:
        why = f"holds letters that nobody sees: {visible(plain)}" if hidden else "is blank"
        raise SettingInvalid(f"{option} {why}: give a name that can be read", name=option, value=visible(text))
    return plain


def _add_checking_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--expect", type=_counts, metavar="17,271,1557", help="number of grids on each level")
    command.add_argument("--min-area-m2", type=least, default=100.0, help="smaller overlaps and gaps are passed over")


def _say_pending(store: Store, edition_id: int, name: str) -> None:
    pending = pending_count(store, edition_id)
    if pending:
        print(
            f"{pending} incidents of other editions: `python app.py regrid {name}` stores where they lie in this one."
        )


def _level_name(text: str) -> dict[str, str]:
    zh, _, en = text.partition("/")
    return {"zh": zh.strip(), "en": en.strip() or zh.strip()}


def _counts(text: str) -> list[int]:
    try:
        return [whole_number(part) for part in text.split(",")]
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: give counts such as 17,271,1557") from error


def _pair(text: str) -> Sequence[float]:
    try:
        least, most = (decimal_number(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: give two numbers such as 0.2,2.0") from error
    return least, most
