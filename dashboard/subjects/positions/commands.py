"""``positions``: what is kept of where devices on duty were, and how it goes."""

import argparse
from datetime import UTC, datetime, timedelta

from data.positions.tables import STEP_ROWS, forget_positions, forget_positions_of
from data.settings import Settings
from data.store.connection import Store


def forget(options: argparse.Namespace, settings: Settings) -> int:
    """Remove positions for good: all of a device or a person, or else what is older than it may be kept."""
    with Store.open(settings) as store:
        if options.device is not None or options.person is not None:
            gone = forget_positions_of(store, device=options.device, person=options.person)
        else:
            before = datetime.now(UTC) - timedelta(days=settings.track_days)
            gone = 0
            while step := forget_positions(store, before):
                gone += step
                if step < STEP_ROWS:
                    break
    print(f"{gone} positions were removed.")
    return 0


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands to the command line."""
    family = commands.add_parser("positions", help="positions of devices on duty").add_subparsers(
        required=True, metavar="COMMAND"
    )
    one = family.add_parser("forget", help="remove what is older than GRID_TRACK_DAYS, as the server does by itself")
    one.add_argument("--device", metavar="CODE", help="all of this device instead")
    one.add_argument("--person", metavar="ID", help="all of this person of the roster instead")
    one.set_defaults(command=forget)
