"""The keeper: a small process that ends the embedded server when nobody uses it any more.

Every process that uses the server holds a shared lock on one file for as long as it lives; the kernel drops the lock
however the process ends, SIGKILL included. The keeper waits for the exclusive lock on that file: when it gets it,
nobody uses the server. Started by `data.store.embedded.embedded` as ``python -m data.store.embedded.keeper HOME
LOCK_FD``, with the keeper's own lock already taken and handed over as an open file.
"""

import fcntl
import os
import sys
import time
from pathlib import Path

from data.store.embedded import postmaster

USERS_LOCK = "postgres-users.lock"
KEEPER_LOCK = "postgres-keeper.lock"
DATA = "postgres"
_POLL_S = 0.05


def keep(home: Path, keeper_lock: int, users_lock: int) -> None:
    """Wait until nobody uses the server, and end it."""
    fcntl.flock(users_lock, fcntl.LOCK_EX)
    # Whoever used it may have been killed while starting it: the start goes on without them.
    while postmaster.is_being_started(home / DATA):
        time.sleep(_POLL_S)
    postmaster.stop(home / DATA)
    # In this order: whoever gets in next must find no keeper, or nobody would end the server it starts.
    os.close(keeper_lock)
    os.close(users_lock)


def main(arguments: list[str]) -> None:
    """Leave the process that started us behind, then keep."""
    home, keeper_lock = Path(arguments[0]), int(arguments[1])
    users_lock = os.open(home / USERS_LOCK, os.O_RDWR | os.O_CLOEXEC)
    os.chdir("/")
    if os.fork():
        os._exit(0)
    # Our starter reads what we say until the end of it.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stderr.fileno())
    os.close(nowhere)
    keep(home, keeper_lock, users_lock)


if __name__ == "__main__":
    main(sys.argv[1:])
