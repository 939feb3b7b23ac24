"""Which system user runs the embedded server."""

import os
import pwd
import subprocess
from pathlib import Path

import pytest

from data.errors import EmbeddedServerFailed
from data.store.embedded import accounts
from data.store.embedded.accounts import Account, server_account


@pytest.fixture
def as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)


def _known(monkeypatch: pytest.MonkeyPatch, names: dict[str, int]) -> None:
    entries = {
        name: pwd.struct_passwd((name, "x", uid, uid, "", "/", "/usr/sbin/nologin")) for name, uid in names.items()
    }
    monkeypatch.setattr(pwd, "getpwnam", entries.__getitem__)
    monkeypatch.setattr(pwd, "getpwuid", {entry.pw_uid: entry for entry in entries.values()}.__getitem__)


def test_an_ordinary_user_runs_it_himself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    assert server_account(tmp_path / "absent").uid == 4711


def test_what_belongs_to_another_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(EmbeddedServerFailed, match="start as that user") as caught:
        server_account(tmp_path)
    assert caught.value.values == {"folder": str(tmp_path)}


@pytest.mark.parametrize(
    ("known", "taken"), [({"postgres": 26, "gridcommand": 990}, "postgres"), ({"gridcommand": 990}, "gridcommand")]
)
def test_root_takes_a_user_that_is_there(
    as_root: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, known: dict[str, int], taken: str
) -> None:
    _known(monkeypatch, known)
    assert server_account(tmp_path / "absent") == Account(known[taken], known[taken], taken)


def test_root_makes_a_user_where_there_is_none_and_says_so(
    as_root: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _known(monkeypatch, {})
    commands = []

    def useradd(command: list[str], **_: object) -> None:
        commands.append(command)
        _known(monkeypatch, {command[-1]: 990})

    monkeypatch.setattr(subprocess, "run", useradd)
    assert server_account(tmp_path / "absent") == Account(990, 990, accounts.OWN_USER)
    assert [command[:2] for command in commands] == [["useradd", "--system"]]
    assert "refuses to run as root" in caplog.text


def test_a_user_that_cannot_be_made_is_an_error_that_says_what_to_do(
    as_root: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _known(monkeypatch, {})

    def refuse(command: list[str], **_: object) -> None:
        raise subprocess.CalledProcessError(1, command, stderr="read-only file system")

    monkeypatch.setattr(subprocess, "run", refuse)
    with pytest.raises(EmbeddedServerFailed, match="GRID_DATABASE_URL"):
        server_account(tmp_path / "absent")


def test_a_number_without_a_name_goes_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    _known(monkeypatch, {})
    assert Account.of(4711).name == "4711"


def test_no_setting_of_ours_reaches_the_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "1")
    done = Account.of(os.geteuid()).run(["/usr/bin/env"], timeout_s=30)
    assert done.returncode == 0
    assert "PGPORT" not in done.stdout
