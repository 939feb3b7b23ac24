"""``mirror rebuild`` and ``mirror check``: the columns behind every number, made anew or held against the store."""

import argparse
import sys
import time
from datetime import datetime

from dashboard.center.making import mirror_file
from data.city.editions import Edition, current_edition
from data.settings import Settings
from data.stats.mirror.keeping import MirrorKeeper
from data.stats.mirror.mirror import Mirror
from data.stats.mirror.mirror_check import differences
from data.store.connection import Store

_MOST_SHOWN = 5


def rebuild_mirror(options: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001  # all commands alike
    """Make the mirror anew from the store, and keep it for the next start."""
    with Store.open(settings) as store:
        edition = current_edition(store, datetime.now(settings.zone).date())
        start = time.perf_counter()
        mirror = _filled(store, edition)
        took_s = time.perf_counter() - start
        file = mirror_file(edition, settings)
        file.forget()
        kept = MirrorKeeper(store, mirror, file).keep()
    print(f"{len(mirror.view())} incidents read in {took_s:.1f} s, known up to event {mirror.seq}.")
    if kept:
        print(f"Kept in {file.path}; a running server goes on with its own and must be started again to take it.")
    return 0 if kept or mirror.seq == 0 else 1


def check_mirror(options: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001
    """Hold the mirror on disk, brought up to date, against one made from the store; status 1 if they differ."""
    with Store.open(settings) as store:
        edition = current_edition(store, datetime.now(settings.zone).date())
        kept = Mirror(len(edition.system.leaves), edition.id)
        start = time.perf_counter()
        if not MirrorKeeper(store, kept, mirror_file(edition, settings)).restore():
            print("No mirror is kept on disk, or it did not fit and was thrown away: the next start makes it anew.")
            return 0
        back_s, seq = time.perf_counter() - start, kept.seq
        anew = _filled(store, edition)
        # Last, so that both know the same where somebody writes meanwhile.
        kept.refresh(store)
        anew.refresh(store)
        found = differences(kept.view(), anew.view()) if kept.seq == anew.seq else {}
    print(f"{len(kept.view())} incidents, taken back up to event {seq} in {back_s:.1f} s, followed to {kept.seq}.")
    for name, ids in found.items():
        shown = ", ".join(map(str, ids[:_MOST_SHOWN])) + (" …" if len(ids) > _MOST_SHOWN else "")
        print(f"{name}: {len(ids)} incidents differ from the store: {shown}")
    if kept.seq != anew.seq:
        print("The log grew while it was read: ask again.", file=sys.stderr)
        return 1
    print("The mirror is not what the store says: run `python app.py mirror rebuild`." if found else "They are equal.")
    return 1 if found else 0


def _filled(store: Store, edition: Edition) -> Mirror:
    mirror = Mirror(len(edition.system.leaves), edition.id)
    mirror.refresh(store)
    return mirror


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands to the command line."""
    group = commands.add_parser("mirror", help="the columns behind every number")
    family = group.add_subparsers(required=True, metavar="COMMAND")
    one = family.add_parser("rebuild", help="make the mirror anew from the store")
    one.set_defaults(command=rebuild_mirror)
    one = family.add_parser("check", help="hold the kept mirror against the store; status 1 if they differ")
    one.set_defaults(command=check_mirror)
