"""``kpis``: the KPIs of any level, span and filter, as JSON and CSV."""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from dashboard.center.assessing import assessment_of
from dashboard.center.making import mirror_file
from dashboard.commands.options import moment as moment_of
from dashboard.commands.options import whole
from dashboard.commands.outputs import require_file, writing
from dashboard.questions.codes import check_codes
from dashboard.questions.times import moment_asked, span_asked
from dashboard.tables.delimited import BOM
from dashboard.tables.kpi_csv import kpis_csv, league_csv
from dashboard.words.kpis import kpi_definition, kpi_markdown, measure_markdown
from dashboard.words.league import league_words
from data.access.scope import Scope
from data.city.editions import Edition, current_edition, edition_named
from data.errors import QueryInvalid
from data.registers.tables import read_directory
from data.settings import Settings
from data.stats.measures.grouping import DIMENSIONS
from data.stats.measures.kpi_rows import all_kpis, in_view, kpi_groups, kpi_rows
from data.stats.measures.kpis import KPIS
from data.stats.measures.league_table import league_table, previous_period
from data.stats.measures.measures import MEASURES
from data.stats.measures.question import Question
from data.stats.mirror.keeping import MirrorKeeper
from data.stats.mirror.mirror import Mirror, MirrorView
from data.stats.picture.cases import cases
from data.stats.picture.past import Knowledge, as_of
from data.store.connection import Store

COARSEST = 1
_USUAL_SPAN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Asking:
    """A question of the whole city, and what it is asked of.

    Attributes
    ----------
    view
        The mirror as of the question's moment.
    units
        Names of the units, by code.
    view_before
        The mirror as of the moment of the period before; None where nobody compares with it.
    """

    view: MirrorView
    edition: Edition
    question: Question
    units: Mapping[str, str]
    view_before: MirrorView | None = None


def show(options: argparse.Namespace, settings: Settings) -> int:
    """Write every KPI and every measure per grid, or per source, category or unit."""
    _refuse_level(options.level, "--by", options.by is not None)
    asking = _asking(options, settings)
    view, edition, question = asking.view, asking.edition, asking.question
    if options.by is None:
        answered = kpi_rows(view, edition=edition, level=_level(options), question=question, within=options.within)
    else:
        answered = kpi_groups(
            view, edition=edition, by=options.by, question=question, within=options.within, names=asking.units
        )
    if options.format == "csv":
        _write(kpis_csv(answered), options.out)
    else:
        _write_json(answered | {"definitions": [kpi_definition(one) for one in all_kpis(edition)]}, options.out)
    return 0


def league(options: argparse.Namespace, settings: Settings) -> int:
    """Write the league table of a level, or of the units."""
    _refuse_level(options.level, "--units", options.units)
    asking, assessment = _asking(options, settings, compared=True), assessment_of(settings)
    table = league_table(
        asking.view, edition=asking.edition, level=None if options.units else _level(options),
        question=asking.question, assessment=assessment,
        zone=settings.zone, kpi=options.kpi, score=options.score, within=options.within,
        view_before=asking.view_before, units=asking.units,
    )  # fmt: skip
    if options.format == "csv":
        _write(league_csv(table, settings.language), options.out)
        return 0
    for row in table["rows"]:
        row["words"] = league_words(row, table["minimum_sample"], settings.language)
    _write_json(table, options.out)
    return 0


def list_cases(options: argparse.Namespace, settings: Settings) -> int:
    """Write the ids of the incidents behind a number, one a line; as many as the number says."""
    asking = _asking(options, settings)
    question, _ = in_view(asking.edition, asking.question, options.within)
    found = cases(asking.view, edition=asking.edition, asked=options.of, question=question)
    if options.format == "csv":
        _write("".join(f"{number}\n" for number in ("id", *found.tolist())), options.out)
    else:
        _write_json({"of": options.of, "count": len(found), "ids": found.tolist()}, options.out)
    return 0


def define(options: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001  # all commands alike
    """Write what every KPI and every measure is, as tables of Markdown."""
    _write(f"{kpi_markdown(KPIS)}\n{measure_markdown(MEASURES)}", options.out)
    return 0


def _level(options: argparse.Namespace) -> int:
    return COARSEST if options.level is None else int(options.level)


def _refuse_level(level: int | None, other: str, said: bool) -> None:
    if said and level is not None:
        raise QueryInvalid(f"--level is {level}, but with {other} the rows are no grids: leave it out", level=level)


def present(zone: tzinfo) -> datetime:
    """Return what the clock says; tests set it."""
    return datetime.now(zone)


def _asking(options: argparse.Namespace, settings: Settings, *, compared: bool = False) -> Asking:
    if options.out is not None:
        require_file(options.out, "--out")
    zone = settings.zone
    now = present(zone)
    moment = moment_asked(options.moment, now)
    since, until = span_asked(options.since, options.until, moment, _USUAL_SPAN)
    named = options.edition
    with Store.open(settings) as store:
        edition = current_edition(store, now.date()) if named is None else edition_named(store, named)
        mirror = Mirror(len(edition.system.leaves), edition.id)
        # What a server has kept of the edition spares reading all of the store.
        MirrorKeeper(store, mirror, mirror_file(edition, settings)).restore()
        mirror.refresh(store)
        view = mirror.view()
        check_codes(store, view, category=options.category, source=options.source, unit=options.unit)
        question = Question(
            moment, since, until, Scope.city(len(edition.system.leaves), "screen"), options.category, options.source,
            options.unit, assessment_of(settings).rules,
        )  # fmt: skip

        def past(asked: Question) -> MirrorView:
            known: Knowledge = options.known
            return as_of(view, store, asked.moment, known=known, horizon=asked.since, edition_id=edition.id)

        before = past(previous_period(question, zone)) if compared else None
        units = read_directory(store, edition.system, zone).unit_names
        return Asking(view if options.moment is None else past(question), edition, question, units, before)


def _write_json(document: dict[str, Any], out: Path | None) -> None:
    _write(json.dumps(document, ensure_ascii=False, indent=2) + "\n", out)


def _write(content: str, out: Path | None) -> None:
    if out is None:
        sys.stdout.write(content)
    else:
        # Excel takes a CSV for UTF-8 only with a mark at its head; JSON must not have one.
        with writing(out, "--out"):
            out.write_text((BOM if out.suffix == ".csv" else "") + content, encoding="utf-8", newline="")


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands to the command line."""
    family = commands.add_parser("kpis", help="KPIs of any level, span and filter").add_subparsers(
        required=True, metavar="COMMAND"
    )
    one = family.add_parser("show", help="every KPI and measure per grid of a level, or per source, category or unit")
    _add_question(one)
    _add_level(one)
    one.add_argument("--by", choices=DIMENSIONS, help="rows by source, category or unit instead of grids")
    one.set_defaults(command=show)

    one = family.add_parser(
        "league", help="the grids of a level, or the units, in order, with intervals and rank change"
    )
    _add_question(one)
    _add_level(one)
    one.add_argument("--units", action="store_true", help="the units instead of the grids of a level")
    by = one.add_mutually_exclusive_group(required=True)
    by.add_argument("--kpi", help="rank by this KPI: a share with a better end")
    by.add_argument("--score", help="rank by this composite score")
    one.set_defaults(command=league)

    one = family.add_parser("cases", help="ids of the incidents behind a number")
    _add_question(one)
    one.add_argument("--of", required=True, metavar="NAME", help="a measure, or a KPI: then the cases of its numerator")
    one.set_defaults(command=list_cases)

    one = family.add_parser("definitions", help="what every KPI and every measure is, as Markdown")
    one.add_argument("--out", type=Path, help="write to this file")
    one.set_defaults(command=define)


def _add_level(command: argparse.ArgumentParser) -> None:
    command.add_argument("--level", type=whole, help="a row for each grid of this level (default: 1)")


def _add_question(command: argparse.ArgumentParser) -> None:
    command.add_argument("--within", metavar="LEVEL:CODE", help="only this grid (default: the whole city)")
    for name, told in (("since", "30 days before the end"), ("until", "the moment"), ("moment", "now")):
        command.add_argument(
            f"--{name}", type=moment_of, metavar="TIME",
            help=f"ISO 8601; without an offset the city's time (default: {told})",
        )  # fmt: skip
    command.add_argument(
        "--known", choices=("now", "then"), default="now",
        help="with --moment: what is known of it now (default), or what was known then",
    )  # fmt: skip
    command.add_argument("--category", action="append", help="only this category; may be repeated")
    command.add_argument("--source", action="append", help="only this source; may be repeated")
    command.add_argument("--unit", action="append", help="only what was last dispatched to this unit; may be repeated")
    command.add_argument("--edition", help="on the grids of this edition (default: the one in force)")
    command.add_argument("--format", choices=("json", "csv"), default="json")
    command.add_argument("--out", type=Path, help="write to this file (default: the terminal)")
