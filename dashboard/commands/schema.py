"""``migrate``: the schema of the database."""

import argparse

from data.settings import Settings
from data.store.connection import Store


def migrate(options: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001  # all commands alike
    """Create the database where there is none, and bring its schema up to date."""
    with Store.open(settings, migrate=True):
        print("The schema of the database is the one of this program.")
    return 0


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command to the command line."""
    one = commands.add_parser(
        "migrate", help="bring the schema of the database up to date, as run and every import do first"
    )
    one.set_defaults(command=migrate)
