"""``verify`` and ``rebuild``: the event log against itself, and the states against the log."""

import argparse
import sys
from datetime import datetime

from tqdm import tqdm

from dashboard.center.making import forget_mirrors
from dashboard.commands.options import advance
from data.city.editions import list_editions
from data.incidents.audit import rebuild, verify
from data.incidents.photos import verify_photos
from data.incidents.regrid import check_regrid
from data.settings import Settings
from data.store.connection import Store


def verify_log(options: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001  # all commands alike
    """Walk the whole event log and all photos; status 1 if anything was altered, is missing or out of order."""
    astray: dict[str, list[int]] = {}
    with Store.open(settings) as store, tqdm(unit=" events", delay=2) as bar:
        report = verify(store, progress=advance(bar))
        photo_count, photo_findings = verify_photos(store)
        for edition in list_editions(store, datetime.now(settings.zone).date()):
            if edition.regridded_at is not None:
                astray[edition.name] = check_regrid(store, edition.id)
    for finding in report.findings:
        print(f"{finding.kind}: {finding.message}")
    for photo in photo_findings:
        print(f"photo {photo.kind}: {photo.message}")
    for name, ids in astray.items():
        for incident_id in ids:
            print(f"regrid: incident {incident_id} does not stand where edition {name!r} has it: run regrid again")
    findings = report.finding_count + len(photo_findings)
    print(f"{report.events} events of {report.incidents} incidents, {photo_count} photos: {findings} findings.")
    return 0 if report.ok and not photo_findings and not any(astray.values()) else 1


def rebuild_states(options: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001
    """Re-create the state of every incident from the log; status 1 if it was not what the log says."""
    with Store.open(settings) as store, tqdm(unit=" events", delay=2) as bar:
        report = rebuild(store, progress=advance(bar))
    print(
        f"{report.events} events of {report.incidents} incidents: {len(report.different)} states differed, "
        f"{len(report.missing)} were missing, {len(report.added)} had no event; the states are now what the log says."
    )
    if not report.equal:
        forget_mirrors(settings)
        print("A running server must be started again.", file=sys.stderr)
    return 0 if report.equal else 1


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands to the command line."""
    one = commands.add_parser("verify", help="walk the whole event log; status 1 if it was tampered with")
    one.set_defaults(command=verify_log)
    one = commands.add_parser("rebuild", help="re-create the states from the log; status 1 if they differed")
    one.set_defaults(command=rebuild_states)
