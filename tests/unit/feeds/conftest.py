"""A desk in memory, and files written for the occasion."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from data.access.actor import Actor
from data.errors import DatabaseUnavailable, ReportInvalid, StepInvalid
from data.incidents.desk import Receipt
from data.incidents.model import Report, Step

MAPPING = """
source = "test"
empty = [""]
[columns]
source_id = "id"
reported_at = "when"
category = "kind"
lon = "lon"
lat = "lat"
address = "where"
[times]
zone = "Asia/Shanghai"
[coordinates]
system = "wgs84"
"""
CLOSED = """
[closed]
at = "done"
means = "service"
level = 1
handler = "desk"
"""


@dataclass
class FakeDesk:
    """Keeps what it is given, a call at a time or not at all, as the real one does.

    East of 121 degrees lies in no grid; an address may break the rules on purpose; after `calls_left` calls the
    database is gone.
    """

    incidents: dict[tuple[str, str], tuple[int, Report, tuple[Step, ...]]] = field(default_factory=dict)
    transactions: list[int] = field(default_factory=list)
    calls_left: int = 1_000_000
    depth: int = 3
    actors: set[Actor] = field(default_factory=set)

    def report_many(self, reports: Sequence[Report], actor: Actor) -> list[Receipt]:
        known = set(self.incidents)
        self.actors.add(actor)
        self._open([(report, ()) for report in reports])
        receipts = []
        for report in reports:
            key = report.source, report.source_id
            leaf = 0 if report.lon is not None and report.lon < 121 else -1
            placed_by = "coordinates" if leaf == 0 else None
            receipts.append(Receipt(self.incidents[key][0], key not in known, leaf, None, placed_by))
            known.add(key)
        return receipts

    def load_history(self, batches: Sequence[Sequence[tuple[Report, Sequence[Step]]]], actor: Actor) -> int:
        before = len(self.incidents)
        self.actors.add(actor)
        for batch in batches:
            self._open(batch)
        return len(self.incidents) - before

    def _open(self, batch: Sequence[tuple[Report, Sequence[Step]]]) -> None:
        if self.calls_left == 0:
            raise DatabaseUnavailable("the database is gone", host="nowhere")
        self.calls_left -= 1
        for report, steps in batch:
            if report.address == "the desk refuses this":
                raise ReportInvalid("no", field="address", value=report.address, reason="refused by the desk")
            if steps and steps[-1].detail["level"] > self.depth:
                raise StepInvalid("'level' is too high", field="level", reason="is too high")
        self.transactions.append(len(batch))
        for report, steps in batch:
            entry = (len(self.incidents) + 1, report, tuple(steps))
            self.incidents.setdefault((report.source, report.source_id), entry)


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
def make_mapping(tmp_path: Path) -> Callable[..., Path]:
    """The path of a mapping file: the small one, with texts replaced and appended."""

    def make(*changes: tuple[str, str], more: str = "") -> Path:
        text = MAPPING
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        path = tmp_path / "feed.toml"
        path.write_text(text + more, encoding="utf-8")
        return path

    return make


@pytest.fixture
def closed_keys() -> str:
    return CLOSED


@pytest.fixture
def make_csv(tmp_path: Path) -> Callable[..., Path]:
    """A CSV file of these lines."""

    def make(*lines: str, name: str = "feed.csv", encoding: str = "utf-8", end: str = "\n") -> Path:
        path = tmp_path / name
        path.write_bytes("".join(line + end for line in lines).encode(encoding))
        return path

    return make
