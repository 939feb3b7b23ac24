"""``registers``: import and check units, persons, duties and powers; who may act; who is missing."""

import argparse
import getpass
import sys
from collections import Counter
from datetime import date, datetime, time
from pathlib import Path

from dashboard.commands.options import day as day_of
from dashboard.questions.codes import check_code
from data.access.actor import Actor
from data.city.categories import read_categories
from data.city.editions import Edition, current_edition
from data.errors import SettingInvalid
from data.feeds.registers_csv import Located, RegisterFiles, read_registers_csv, require_sound
from data.registers.directory import Directory
from data.registers.handling import Matter
from data.registers.holes import Hole
from data.registers.powers import PowerAnswer
from data.registers.register_checks import check_registers
from data.registers.registers import REGISTERS, Register, Registers
from data.registers.tables import list_versions, read_directory, read_registers, save_registers
from data.settings import Settings
from data.store.connection import Store
from data.words import MEANS
from geo.grids import Grid

# Of the posts that are vacant, so many are named.
_NAMED = 20


def import_files(options: argparse.Namespace, settings: Settings) -> int:
    """Check register files and keep them as a new version; a register without a file stays as it is."""
    paths = _paths(options)
    if not paths:
        raise SettingInvalid(
            f"no file is named: give at least one of {', '.join(f'--{register}' for register in REGISTERS)}",
            name="registers import", value="",
        )  # fmt: skip
    with Store.open(settings, migrate=True) as store:
        edition = _edition(store, settings)
        files = read_registers_csv(paths, read_registers(store))
        findings = _findings(files, store, edition)
        for one in findings:
            print(one, file=sys.stderr)
        require_sound(findings)
        version = save_registers(
            store,
            files.registers,
            edition.id,
            imported_by=Actor.operator(getpass.getuser()),
            based_on=files.registers.version,
        )
        directory = read_directory(store, edition.system, settings.zone)
        holes = directory.warnings(datetime.now(settings.zone))
    print(f"Version {version} of the registers is in force: {_counts(files.registers)}.")
    if version == files.registers.version:
        print("Nothing is new: what the files say was in force already.")
    if holes:
        print(f"The roster has {len(holes)} holes; `python app.py registers holes` lists them.")
    return 0


def check_files(options: argparse.Namespace, settings: Settings) -> int:
    """Print what is wrong with register files, or with the registers in force; status 1 if there are errors."""
    with Store.open(settings) as store:
        edition = _edition(store, settings)
        files = read_registers_csv(_paths(options), read_registers(store))
        findings = _findings(files, store, edition)
    for one in findings:
        print(one)
    errors = sum(one.severity == "error" for one in findings)
    print(f"{_counts(files.registers)}: {errors} errors, {len(findings) - errors} warnings.")
    return 1 if errors else 0


def say_who(options: argparse.Namespace, settings: Settings) -> int:
    """Print who may handle a category by a means in a grid on a day, and to whom it goes."""
    moment = _moment(options.day, settings)
    with Store.open(settings) as store:
        edition = _edition(store, settings)
        directory = read_directory(store, edition.system, settings.zone)
        grid = edition.system.find(options.grid)
        town = directory.town_of(grid.id)
        names = read_categories(store)
        check_code(store, "category", options.category, known=names)
    name = names[options.category].name_zh if options.category in names else ""
    answer = directory.powers.who(options.category, options.means, town.code, moment.date())
    print(f"{options.category} {name}, {options.means}, {grid.name} ({town.name}), {moment.date()}:")
    print(_reason(answer, town))
    print(_destination(directory, answer, grid, moment))
    return 0


def list_holes(options: argparse.Namespace, settings: Settings) -> int:
    """Print the holes of the roster on a day; status 1 if there are any."""
    moment = _moment(options.day, settings)
    with Store.open(settings) as store:
        edition = _edition(store, settings)
        holes = read_directory(store, edition.system, settings.zone).warnings(moment)
    listed: Counter[tuple[str, str]] = Counter()
    for hole in holes:
        kind = hole.kind, hole.post
        listed[kind] += 1
        if options.all or listed[kind] <= _NAMED:
            print(_hole(hole))
        elif listed[kind] == _NAMED + 1:
            print(f"  ... more of {hole.post or hole.kind}: --all lists them")
    print(f"{len(holes)} holes on {moment.date()}.")
    return 1 if holes else 0


def list_all(options: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001  # all commands alike
    """Print the versions of the registers, the newest first."""
    with Store.open(settings) as store:
        for number, one in enumerate(list_versions(store)):
            counts = ", ".join(f"{count} {register}" for register, count in one.counts.items())
            force = " [in force]" if number == 0 else ""
            by = f" by {one.imported_by}" if one.imported_by else ""
            print(f"{one.version}: {one.imported_at.astimezone(settings.zone):%F %R}{by}, {counts}{force}")
    return 0


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands to the command line."""
    family = commands.add_parser("registers", help="units, persons, duties and powers").add_subparsers(
        required=True, metavar="COMMAND"
    )
    one = family.add_parser("import", help="check CSV files and keep them as a new version")
    _add_files(one)
    one.set_defaults(command=import_files)
    one = family.add_parser("check", help="say what is wrong with the files, or with what is in force")
    _add_files(one)
    one.set_defaults(command=check_files)
    family.add_parser("list", help="list the versions").set_defaults(command=list_all)

    one = family.add_parser("who", help="who may handle this, here, on that day")
    one.add_argument("--category", required=True, help="its code")
    one.add_argument("--means", required=True, choices=MEANS)
    one.add_argument("--grid", required=True, help="LEVEL:CODE, or a code of the grid system")
    one.add_argument("--day", type=day_of, help="such as 2026-11-22 (default: today)")
    one.set_defaults(command=say_who)

    one = family.add_parser("holes", help="posts that nobody holds; status 1 if there are any")
    one.add_argument("--day", type=day_of, help="such as 2026-11-22 (default: today)")
    one.add_argument("--all", action="store_true", help="list every single one")
    one.set_defaults(command=list_holes)


def _add_files(command: argparse.ArgumentParser) -> None:
    for name in REGISTERS:
        command.add_argument(f"--{name}", type=Path, metavar="FILE", help=f"CSV file of {name}, see docs/registers.md")


def _paths(options: argparse.Namespace) -> dict[Register, Path]:
    return {name: path for name in REGISTERS if (path := getattr(options, name)) is not None}


def _edition(store: Store, settings: Settings) -> Edition:
    return current_edition(store, datetime.now(settings.zone).date())


def _findings(files: RegisterFiles, store: Store, edition: Edition) -> list[Located]:
    classes = {code: category.class_name for code, category in read_categories(store).items()}
    found = check_registers(files.registers, edition.system, classes, files.excused)
    return sorted([*files.findings, *map(files.located, found)], key=lambda one: one.severity != "error")


def _counts(registers: Registers) -> str:
    return ", ".join(f"{len(getattr(registers, register))} {register}" for register in REGISTERS)


def _moment(day: date | None, settings: Settings) -> datetime:
    """Now, or noon of another day."""
    now = datetime.now(settings.zone)
    return now if day is None or day == now.date() else datetime.combine(day, time(12), settings.zone)


def _reason(answer: PowerAnswer, town: Grid) -> str:
    item = answer.item
    if item is None:
        return f"The city: no item of the powers list names it ({answer.rule})."
    named = f"{item.code} {item.name}"
    match answer.rule:
        case "town_holds":
            more = f", and {len(answer.others)} more items" if answer.others else ""
            gone = f"; withdrawn since: {' '.join(answer.withdrawn)}" if answer.withdrawn else ""
            end = f" until {item.until}" if item.until else ""
            return f"The town: {town.name} holds {named} since {item.since}{end}{more}{gone}."
        case "withdrawn":
            return f"The city: {named}, passed down on {item.since}, was withdrawn on {item.until}."
        case "not_yet":
            return f"The city: {named} is passed down to {town.name} only on {item.since}."
        case _:
            return f"The city: {named} was not passed down to {town.name}."


def _destination(directory: Directory, answer: PowerAnswer, grid: Grid, moment: datetime) -> str:
    leaf = grid.lo if grid.level == directory.system.depth else -1
    matter = Matter(answer.category, answer.means, leaf, None if leaf >= 0 else grid.id, grid.level)
    decision = directory.decide(matter, moment)
    if decision is None or decision.assignee is None:
        return "No units are registered: nobody is named by rule."
    who = decision.assignee
    return f"It goes to {decision.unit_name} ({decision.unit}), rule {decision.rule}; on duty: {who.name} ({who.post})."


def _hole(hole: Hole) -> str:
    post = f" {hole.post}" if hole.post else ""
    stands_in = f"; {hole.stands_in} answers" if hole.stands_in else ""
    return f"{hole.kind}{post}: {hole.at} {hole.name}{stands_in}".rstrip()
