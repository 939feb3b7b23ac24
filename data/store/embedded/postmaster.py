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
    pid = recorded_pid(data / PID_FILE)
    return pid if pid is not None and is_server_of(pid, data) else None


def recorded_pid(file: Path) -> int | None:
    """Process id in the first line of a lock file, alive or not; None without a readable one."""
    try:
        first = file.read_text(encoding="utf-8", errors="replace").split("\n", 1)[0]
    except FileNotFoundError:
        return None
    return int(first) if first.strip().isdigit() else None


def is_server_of(pid: int, data: Path) -> bool:
    """Whether this process lives and is the server of this data folder.

    A pid file outlives its server when the machine stops, and the number may since belong to anybody, so the process
    must prove itself before it is adopted or signalled: it belongs to the owner of the folder, and was started on the
    folder or works in it. Without a /proc to read, the number alone decides.
    """
    process = Path(f"/proc/{pid}")
    try:
        if not Path("/proc/self").exists():
            return _answers_signals(pid)
        state = (process / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
        if state in "ZX" or process.stat().st_uid != data.stat().st_uid:
            return False
        return _started_on(process, data) or _works_in(process, data)
    except (FileNotFoundError, ProcessLookupError):
        return False


def is_being_started(data: Path) -> bool:
    """Whether somebody's ``pg_ctl start`` of this data folder is under way; False without a /proc to read."""
    return any(_is_starter_of(entry, data) for entry in Path("/proc").glob("[0-9]*"))


def _is_starter_of(process: Path, data: Path) -> bool:
    try:
        words = (process / "cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False
    named = any(word.endswith(b"pg_ctl") for word in words[:2])
    return named and b"start" in words and _started_on(process, data)


def _started_on(process: Path, data: Path) -> bool:
    words = (process / "cmdline").read_bytes().split(b"\0")
    at = words.index(b"-D") + 1 if b"-D" in words else len(words)
    return at < len(words) and os.path.realpath(os.fsdecode(words[at])) == os.path.realpath(data)


def _works_in(process: Path, data: Path) -> bool:
    try:
        return (process / "cwd").samefile(data)
    except PermissionError:  # of another user's process, where root in a container is not allowed everything
        return False


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
