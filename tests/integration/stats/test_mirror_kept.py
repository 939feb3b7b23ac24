import random
import threading
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

import app
from dashboard.center.making import mirror_file
from data.access.actor import Actor
from data.city.editions import current_edition
from data.incidents.desk import IncidentDesk
from data.incidents.model import Report, Step
from data.settings import Settings
from data.stats.mirror.follower import MirrorFollower
from data.stats.mirror.keeping import MirrorKeeper
from data.stats.mirror.mirror import Mirror
from data.stats.mirror.mirror_check import differences
from data.stats.mirror.mirror_file import MirrorFile
from data.store.connection import Store
from tests.unit.stats.cities import CITY, LEAVES

MakeReport = Callable[..., Report]
Life = Callable[[datetime, int], list[Step]]


def anew(store: Store) -> Mirror:
    mirror = Mirror(LEAVES)
    mirror.refresh(store)
    return mirror


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "it did not come about within 20 s"
        time.sleep(0.02)


class Writer:
    """Random reports and steps, a few at a time."""

    def __init__(self, desk: IncidentDesk, make_report: MakeReport, life: Life) -> None:
        self.desk, self.make_report, self.life = desk, make_report, life
        self.rng = random.Random(7)
        self.left: dict[int, list[Step]] = {}

    def write(self, count: int) -> None:
        for _ in range(count):
            if self.left and self.rng.random() < 0.7:
                incident_id = self.rng.choice(list(self.left))
                self.desk.take(incident_id, self.left[incident_id].pop(0), CITY)
                if not self.left[incident_id]:
                    del self.left[incident_id]
            else:
                report = self.make_report()
                (receipt,) = self.desk.report_many([report], Actor.nobody("test"))
                self.left[receipt.id] = self.life(report.reported_at, self.rng.randint(1, 10))


@pytest.fixture
def writer(desk: IncidentDesk, make_report: MakeReport, life: Life) -> Writer:
    return Writer(desk, make_report, life)


def test_the_mirror_equals_the_store_over_many_restarts(store: Store, writer: Writer, tmp_path: Path):
    file = MirrorFile(tmp_path / "mirror.bin", None, LEAVES)
    restored = []
    for _ in range(4):
        mirror = Mirror(LEAVES)
        keeper = MirrorKeeper(store, mirror, file, every_s=0)
        restored.append(keeper.restore())
        follower = MirrorFollower(store, mirror, lambda _: None, poll_s=0.1, keeper=keeper)
        follower.start()
        writing = threading.Thread(target=writer.write, args=(12,))
        writing.start()
        writing.join()
        until(lambda: mirror.seq > 0)  # noqa: B023  # asked within the round
        follower.stop()
        # What came in after the follower's last look is for the next one to find.
        writer.write(2)
        mirror.refresh(store)
        assert differences(mirror.view(), anew(store).view()) == {}
    assert restored == [False, True, True, True]


def test_a_store_that_was_begun_anew_does_not_take_the_old_mirror(store: Store, writer: Writer, tmp_path: Path):
    file = MirrorFile(tmp_path / "mirror.bin", None, LEAVES)
    writer.write(5)
    mirror = anew(store)
    file.write(mirror.view(), b"the hash of an event of another log")
    again = Mirror(LEAVES)
    assert not MirrorKeeper(store, again, file).restore()
    assert not file.path.exists()


@pytest.fixture
def home(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("GRID_DATABASE_URL", database_url)
    monkeypatch.setenv("GRID_HOME", str(tmp_path))
    return Settings.load()


def test_rebuilt_by_a_command_and_checked_by_another(
    store: Store, writer: Writer, home: Settings, capsys: pytest.CaptureFixture[str]
):
    writer.write(10)
    assert app.main(["mirror", "check"]) == 0
    assert "No mirror is kept" in capsys.readouterr().out
    assert app.main(["mirror", "rebuild"]) == 0
    assert "Kept in" in capsys.readouterr().out
    writer.write(10)
    assert app.main(["mirror", "check"]) == 0
    assert "They are equal" in capsys.readouterr().out


def test_a_kept_mirror_that_is_wrong_is_told(
    store: Store, writer: Writer, home: Settings, capsys: pytest.CaptureFixture[str]
):
    writer.write(10)
    assert app.main(["mirror", "rebuild"]) == 0
    file = mirror_file(current_edition(store, date(2100, 1, 1)), home)
    stored = file.read()
    assert stored is not None
    stored.columns["reported_at"][0] += 1
    wrong = Mirror(LEAVES)
    wrong.restore(stored.seq, stored.columns, stored.words)
    file.write(wrong.view(), stored.mark)
    capsys.readouterr()
    assert app.main(["mirror", "check"]) == 1
    assert "reported_at: 1 incidents differ from the store: 1" in capsys.readouterr().out
