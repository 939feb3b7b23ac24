"""The system user PostgreSQL runs as: ourselves, or, because PostgreSQL refuses root, another one when we are root."""

import logging
import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.errors import EmbeddedServerFailed

PREFERRED_USER = "postgres"
OWN_USER = "gridcommand"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Account:
    """A system user, by number and name."""

    uid: int
    gid: int
    name: str

    @classmethod
    def of(cls, uid: int) -> "Account":
        """The user with this number; one without an entry in the user database goes by its number."""
        try:
            entry = pwd.getpwuid(uid)
        except KeyError:
            return cls(uid, os.getegid() if uid == os.geteuid() else uid, str(uid))
        return cls(entry.pw_uid, entry.pw_gid, entry.pw_name)

    def run(self, command: Sequence[str | Path], timeout_s: float) -> subprocess.CompletedProcess[str]:
        """Run a command as this user, in a session of its own, so that Ctrl-C in the terminal does not reach it.

        Only the path is handed on from our environment: a stray PGPORT or PGOPTIONS would change the server.

        Raises
        ------
        OSError
            The user cannot reach the program.
        subprocess.TimeoutExpired
            It ran longer than `timeout_s`.
        """
        identity: dict[str, Any] = {}
        if self.uid != os.geteuid():
            identity = {"user": self.uid, "group": self.gid, "extra_groups": []}
        return subprocess.run(
            [str(word) for word in command],
            cwd="/", env={"PATH": os.defpath, "LC_ALL": "C"}, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, errors="replace", timeout=timeout_s, check=False, start_new_session=True, **identity,
        )  # fmt: skip

    def can_enter(self, folder: Path) -> bool:
        """Whether this user can walk to this folder."""
        return self.run(["/bin/sh", "-c", 'cd -- "$1"', "sh", folder], timeout_s=10).returncode == 0

    def own(self, folder: Path) -> None:
        """Make an existing folder this user's alone."""
        if folder.stat().st_uid != self.uid:
            os.chown(folder, self.uid, self.gid)
        folder.chmod(0o700)


def server_account(data: Path) -> Account:
    """The user who runs the server of a data folder, which may not exist yet.

    Raises
    ------
    EmbeddedServerFailed
        The folder belongs to somebody else, or no user could be made.
    """
    me = os.geteuid()
    owner = data.stat().st_uid if data.exists() else None
    if me != 0:
        if owner not in (None, me):
            raise EmbeddedServerFailed(
                f"{data} belongs to user {Account.of(owner or 0).name}: start as that user (or as root, if root made "
                "it), or set GRID_HOME to a folder of your own",
                folder=str(data),
            )
        return Account.of(me)
    return Account.of(owner) if owner else _other_than_root()


def _other_than_root() -> Account:
    for name in (PREFERRED_USER, OWN_USER):
        try:
            return Account.of(pwd.getpwnam(name).pw_uid)
        except KeyError:
            continue
    _log.warning("PostgreSQL refuses to run as root: creating the system user %s to run it", OWN_USER)
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", OWN_USER]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
        return Account.of(pwd.getpwnam(OWN_USER).pw_uid)
    except (OSError, subprocess.SubprocessError, KeyError) as error:
        raise EmbeddedServerFailed(
            f"PostgreSQL refuses to run as root, and the system user {OWN_USER} could not be created: create it by "
            "hand, start as an ordinary user, or set GRID_DATABASE_URL",
            reason=str(error),
        ) from error
