"""``screens``: keys with which a wall signs in and may only look."""

import argparse
import sys
from datetime import datetime

from data.access.screens import add_screen, list_screens, revoke_screen
from data.city.editions import current_edition
from data.settings import Settings
from data.store.connection import Store


def add(options: argparse.Namespace, settings: Settings) -> int:
    """Make a key for a screen, and print the address to open there; it is not shown again."""
    with Store.open(settings) as store:
        grid = None
        if options.within is not None:
            grid = current_edition(store, datetime.now(settings.zone).date()).system.find(options.within)
        key = add_screen(store, options.name, None if grid is None else grid.id)
    seen = "the whole city" if grid is None else f"{grid.name} ({grid.id})"
    print(f"The screen {options.name!r} may look at {seen}. Its key, shown only now:", file=sys.stderr)
    print(key)
    print(f"Open once in its browser: http://{settings.host}:{settings.port}/wall?key={key}", file=sys.stderr)
    return 0


def list_all(options: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001  # all commands alike
    """Print the screens, those whose key is in force first."""

    def day(at: datetime | None) -> str:
        return "never" if at is None else f"{at.astimezone(settings.zone):%F %R}"

    with Store.open(settings) as store:
        for one in list_screens(store):
            revoked = "" if one.revoked_at is None else f" [revoked {day(one.revoked_at)}]"
            print(
                f"{one.name}: {one.within or 'the whole city'}, made {day(one.created_at)}, "
                f"last seen {day(one.last_seen_at)}{revoked}"
            )
    return 0


def revoke(options: argparse.Namespace, settings: Settings) -> int:
    """Take the key of a screen out of force."""
    with Store.open(settings) as store:
        revoke_screen(store, options.name)
    print(f"The key of the screen {options.name!r} opens nothing any more; a running server knows within seconds.")
    return 0


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands to the command line."""
    family = commands.add_parser("screens", help="keys with which a wall signs in and may only look").add_subparsers(
        required=True, metavar="COMMAND"
    )
    one = family.add_parser("add", help="make a key for a screen; it is printed once")
    one.add_argument("name", metavar="NAME", help="of the screen, such as hall-east")
    one.add_argument("--within", metavar="GRID", help="let it see this grid only: LEVEL:CODE, or a code")
    one.set_defaults(command=add)
    family.add_parser("list", help="list the screens and when they were seen").set_defaults(command=list_all)
    one = family.add_parser("revoke", help="take the key of a screen out of force")
    one.add_argument("name", metavar="NAME", help="of the screen")
    one.set_defaults(command=revoke)
