"""The running server of a data folder: which process it is, and how to end it.

Imports next to nothing, because the keeper process lives on it.
"""

import os
import signal
import time
from pathlib import Path

PID_FILE = "postmaster.pid"
_POLL_S = 0.02


def running_pid(data: Path) -> int | None:
    """Process id of the live server of a data folder; None when there is none, or only a stale pid file."""
    pid = recorded_pid(data)
    return pid if pid is not None and is_server_of(pid, data) else None


def recorded_pid(data: Path) -> int | None:
    """Process id written in the pid file, alive or not; None without a readable one."""
    try:
        first = (data / PID_FILE).read_text(encoding="utf-8", errors="replace").split("\n", 1)[0]
    except FileNotFoundError:
        return None
    return int(first) if first.strip().isdigit() else None


def is_server_of(pid: int, data: Path) -> bool:
    """Whether this process lives and is the server of this data folder.

    A pid file outlives its server when the machine stops, and the number may since belong to anybody: the server
    always works in its data folder, so the process's working folder tells. Where that cannot be read the number alone
    decides.
    """
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
        return state not in "ZX" and Path(f"/proc/{pid}/cwd").samefile(data)
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return False
    except PermissionError:
        pass
    return _answers_signals(pid)


def _answers_signals(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def stop(data: Path) -> None:
    """Shut the server of a data folder down and wait for its end; nothing to do when it does not run.

    A fast shutdown: sessions are ended, transactions rolled back, everything committed is on disk.
    """
    pid = running_pid(data)
    if pid is None:
        return
    try:
        os.kill(pid, signal.SIGINT)
    except ProcessLookupError:
        return
    while is_server_of(pid, data):
        time.sleep(_POLL_S)
