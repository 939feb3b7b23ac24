"""Which process is the server of a data folder; no server is started here."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.store.embedded import postmaster

# Tests that run in the background of a shell begin with the signal ignored, and so would this process.
SLEEP = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    print(1, flush=True)
    input()
except KeyboardInterrupt:
    pass
"""


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that works in the folder, as a server does, until it is told to end."""
    with subprocess.Popen(
        [sys.executable, "-S", "-c", SLEEP], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def _record(data: Path, text: object) -> None:
    (data / postmaster.PID_FILE).write_text(f"{text}\n/var/lib/x\n")


def test_without_a_pid_file_nothing_runs(tmp_path: Path) -> None:
    assert postmaster.running_pid(tmp_path) is None
    postmaster.stop(tmp_path)


@pytest.mark.parametrize("text", ["", "nonsense", "-1", "1999999999"])
def test_a_pid_file_without_a_living_process_is_stale(tmp_path: Path, text: str) -> None:
    _record(tmp_path, text)
    assert postmaster.running_pid(tmp_path) is None
    postmaster.stop(tmp_path)


def test_a_process_at_work_elsewhere_is_not_the_server(tmp_path: Path) -> None:
    _record(tmp_path, os.getpid())
    assert postmaster.running_pid(tmp_path) is None
    postmaster.stop(tmp_path)  # or the test would end here


def test_a_process_at_work_in_the_folder_is_the_server(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    _record(tmp_path, sleeper.pid)
    assert postmaster.running_pid(tmp_path) == sleeper.pid


def test_a_process_started_on_the_folder_is_the_server_wherever_it_works(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    command = [sys.executable, "-S", "-c", "input()", "-D", tmp_path / "link"]
    with subprocess.Popen(command, cwd="/", stdin=subprocess.PIPE) as process:
        _record(tmp_path, process.pid)
        assert postmaster.running_pid(tmp_path) == process.pid
        assert postmaster.running_pid(tmp_path / "link") == process.pid
        process.kill()


def test_a_process_of_another_user_is_not_the_server(
    tmp_path: Path, sleeper: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    _record(tmp_path, sleeper.pid)
    assert postmaster.is_server_of(sleeper.pid, tmp_path)
    real = Path.stat

    def other_owner(path: Path, **options: bool) -> os.stat_result:
        found = real(path, **options)
        return found if path != tmp_path else os.stat_result([*found[:4], found.st_uid + 1, *found[5:10]])

    monkeypatch.setattr(Path, "stat", other_owner)
    assert not postmaster.is_server_of(sleeper.pid, tmp_path)


def test_a_dead_process_nobody_has_reaped_is_not_the_server(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    _record(tmp_path, sleeper.pid)
    sleeper.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert postmaster.running_pid(tmp_path) is None


def test_stop_asks_for_a_fast_shutdown_and_waits(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    _record(tmp_path, sleeper.pid)
    postmaster.stop(tmp_path)
    assert sleeper.wait(timeout=0.001) == 0  # it had ended
