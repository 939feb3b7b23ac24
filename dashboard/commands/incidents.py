"""``incidents`` and ``categories``: what comes in by file."""

import argparse
import sys
from datetime import datetime
from pathlib import Path

from tqdm import tqdm

from dashboard.commands.options import desk_of
from data.city.categories import read_categories, save_categories
from data.city.editions import current_edition
from data.city.gazetteer import gazetteer_of
from data.errors import FeedUnreadable
from data.feeds.categories_csv import read_categories_csv
from data.feeds.category_codes import CategoryCodes
from data.feeds.importing import ImportSummary, import_file
from data.feeds.mapping import FeedMapping, shipped_mappings
from data.settings import Settings
from data.store.connection import Store
from geo.locate import locator

# Statuses besides 0, all rows came in: none did, as with any error; or some did, and others were refused.
_NONE_CAME_IN, _SOME_REFUSED = 1, 3
# So many reasons for refusing rows are printed; the rejects file has all.
_REASONS = 10
# So many columns without use are named, in so many letters.
_COLUMNS, _COLUMN_CHARS = 40, 40


def import_incidents(options: argparse.Namespace, settings: Settings) -> int:
    """Import a file of incidents and print what became of its rows; the status says whether all of them came in."""
    mapping = FeedMapping.load(options.mapping)
    with Store.open(settings, migrate=True) as store:
        edition = current_edition(store, datetime.now(settings.zone).date())
        desk, index = desk_of(store, edition, settings)
        with tqdm(unit="B", unit_scale=True, desc=options.file.name, delay=2) as bar:

            def advance(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            summary = import_file(
                desk,
                options.file,
                mapping,
                rejects_path=options.rejects,
                progress=advance,
                locate=locator(edition.system, index),
                codes=CategoryCodes(read_categories(store).values()),
                area_of=gazetteer_of(edition.system).area,
            )
    _report(summary)
    if summary.empty:
        print(f"error: {'all rows were refused' if summary.rows else 'the file has no rows'}", file=sys.stderr)
        return _NONE_CAME_IN
    return 0 if summary.complete else _SOME_REFUSED


def _report(summary: ImportSummary) -> None:
    repeated = f" ({summary.repeated} of them repeat a row above)" if summary.repeated else ""
    print(
        f"{summary.rows} rows = {summary.created} created + {summary.already_known} already known{repeated} "
        f"+ {summary.rejected} rejected."
    )
    print(
        f"Of the created, {summary.unlocated} in no grid ({summary.in_area} of them in a known town or village), "
        f"{summary.category_unknown} of unknown category, {summary.closed} closed."
    )
    if summary.encoding != "utf-8":
        print(f"Read as {summary.encoding.upper()}.")
    if summary.above_header:
        print(f"Passed over above the header: {summary.above_header} lines.")
    if summary.unused_columns:
        named = ", ".join(name[:_COLUMN_CHARS] for name in summary.unused_columns[:_COLUMNS])
        more = f" and {len(summary.unused_columns) - _COLUMNS} more" if len(summary.unused_columns) > _COLUMNS else ""
        print(f"Columns the mapping does not use: {named}{more}.")
    if summary.left_out_path is not None:
        print(f"{summary.left_out} fields were left out, listed with line and reason: {summary.left_out_path}")
    if summary.rejects_path is not None:
        print(
            f"Rejected rows, with line and reason: {summary.rejects_path} (the rows as they were, personal data not "
            "masked; readable by you alone)"
        )
        for group in summary.refusals[:_REASONS]:
            lines = ", ".join(map(str, group.lines)) + (", …" if group.count > len(group.lines) else "")
            print(f"  {group.count} × {group.field}{': ' if group.field else ''}{group.reason} (lines {lines})")
        if len(summary.refusals) > _REASONS:
            print(f"  and {len(summary.refusals) - _REASONS} more reasons")
    for warning in summary.warnings:
        print(f"warning: {warning}", file=sys.stderr)


def import_categories(options: argparse.Namespace, settings: Settings) -> int:
    """Load names of categories from a CSV file."""
    rows = read_categories_csv(options.file)
    if not rows:
        raise FeedUnreadable(f"{options.file} has no rows below its header", file=str(options.file), reason="no_rows")
    with Store.open(settings, migrate=True) as store:
        save_categories(store, rows)
    print(f"Loaded {len(rows)} categories.")
    return 0


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands to the command line."""
    incidents = commands.add_parser("incidents", help="import incidents").add_subparsers(
        required=True, metavar="COMMAND"
    )
    one = incidents.add_parser(
        "import",
        help="import a file of incidents: CSV, or JSON",
        epilog="Status 0: every row came in or was known; 1: none did, or the import failed; 3: some were refused.",
    )
    one.add_argument("file", type=Path)
    shipped = ", ".join(shipped_mappings())
    one.add_argument("--mapping", required=True, help=f"a mapping file (see docs/importing.md), or one of {shipped}")
    one.add_argument("--rejects", type=Path, help="where refused rows are listed (default: beside the file)")
    one.set_defaults(command=import_incidents)

    categories = commands.add_parser("categories", help="load names of categories").add_subparsers(
        required=True, metavar="COMMAND"
    )
    one = categories.add_parser("import", help="load a CSV file: code, name_zh, name_en, class")
    one.add_argument("file", type=Path)
    one.set_defaults(command=import_categories)
