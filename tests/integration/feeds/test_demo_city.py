"""All sources into the demo city, through files with the dirt of their kind, on both servers."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

import app
from data.city.categories import Category, save_categories
from data.city.editions import save_edition
from data.demo.city import DemoCity, build_city
from data.feeds.mapping import FeedMapping
from data.incidents.audit import verify
from data.store.connection import Store
from data.store.openers import System

DAY = "2026-11-20 08:00"
# 君山 is a community and a village of the same town.
ORDERS: list[dict[str, str]] = [
    {"工单编号": "0000000001", "来电时间": "2026-09-01 08:12:35", "诉求类别": "暴露垃圾", "经度": "120.2676",
     "纬度": "31.9089"},
    {"工单编号": "2147483648", "来电时间": "2026/9/1 9:05", "诉求类别": "公积金", "区划代码": "320281104205"},
    {"工单编号": "99120260901000000000003", "来电时间": "2026年9月1日 10时12分", "事项编码": "0102",
     "区划代码": "320281104"},
    {"工单编号": "4", "来电时间": "20260901103050", "网格编码": "320281001001001", "事项编码": "06010"},
    {"工单编号": "5", "来电时间": "2026-09-01 11:00:00.0", "所属镇街": "徐霞客镇", "事发地址": "璜东村3组"},
    {"工单编号": "6", "来电时间": "2026-09-01 11:01", "事发地址": "江阴市澄江街道君山示例路"},
    {"工单编号": "7", "来电时间": "2026-09-01 11:02", "事发地址": "人民路与解放路路口"},
    {"工单编号": "8", "来电时间": "2026-09-01 11:03", "区划代码": "320281104", "事发地址": "璜东村5号"},
    {"工单编号": "9", "来电时间": "2026-09-01 11:04", "经度": "10.0", "纬度": "50.0", "事发地址": "周庄镇"},
    {"工单编号": "10", "来电时间": "2026-09-01 11:05", "区划代码": "320282104205"},
    {"工单编号": "11", "来电时间": "2026-09-01 08:00:00", "工单状态": "已办结", "办结时间": "2026-09-02 09:00:00",
     "处置手段": "服务", "办结层级": "镇街道", "承办单位": "徐霞客镇", "区划代码": "320281104000"},
    {"工单编号": "1.2E+11", "来电时间": "2026-09-01 11:05"},
    {"工单编号": "13", "来电时间": "上午十点"},
    {"工单编号": "5", "来电时间": "2026-09-01 11:00:00", "事发地址": "again"},
]  # fmt: skip
AREAS = {
    "0000000001": None, "2147483648": "2:320281104205", "99120260901000000000003": "1:320281104", "4": None,
    "5": "璜东村", "6": "1:320281001", "7": None, "8": "璜东村", "9": "1:320281108", "10": None, "11": "1:320281104",
}  # fmt: skip


@pytest.fixture(scope="module")
def city() -> DemoCity:
    return build_city()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shared by the tests, so that the index of the grids is made once."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def center(city: DemoCity, store: Store, database_url: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The demo city's grids and categories on a server, as the commands find them."""
    monkeypatch.setenv("GRID_DATABASE_URL", database_url)
    monkeypatch.setenv("GRID_HOME", str(home))
    save_categories(store, [Category(one.code, one.name_zh, one.name_en, one.class_name) for one in city.categories])
    save_edition(
        store, city.system, city=city.name, name=city.edition_name, holds_from=city.holds_from, demo=True,
        level_names=city.level_names,
    )  # fmt: skip
    return store


def write(folder: Path, mapping: str, rows: list[dict[str, str]], personal: str, encoding: str = "utf-8") -> str:
    path = folder / f"{mapping}.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, [*FeedMapping.load(mapping).needed_columns, personal], restval="")
        writer.writeheader()
        writer.writerows({**row, personal: "张三丰 13812345678"} for row in rows)
    return str(path)


def query(store: Store, statement: str) -> list[tuple[Any, ...]]:
    with store.transaction(System("test")) as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_the_hotline(center: Store, city: DemoCity, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, "hotline_12345", ORDERS, "诉求人", "gb18030")
    assert app.main(["incidents", "import", path, "--mapping", "hotline_12345"]) == 3
    told = capsys.readouterr()
    assert "14 rows = 11 created + 0 already known + 3 rejected." in told.out
    assert "9 in no grid (7 of them in a known town or village), 9 of unknown category, 1 closed." in told.out
    assert "公积金 (1)" in told.err
    assert "06010 (1)" in told.err
    villages = dict(zip(city.system.levels[1]["code"], city.system.levels[1]["name"], strict=True))
    areas = dict(query(center, "SELECT source_id, area FROM incident"))
    assert {
        number: villages[area[2:]] if AREAS[number] == "璜东村" else area for number, area in areas.items()
    } == AREAS
    assert query(center, "SELECT leaf_code, category FROM incident WHERE source_id = '4'") == [
        ("320281001001001", "06010")
    ]
    with Path(f"{path}.rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        refused = list(csv.DictReader(file))
    assert [(row["line"], row["field"]) for row in refused] == [
        ("13", "source_id"),
        ("14", "reported_at"),
        ("15", "source_id"),
    ]
    assert all(row["reason"] for row in refused)
    # Once more: nothing changes, and nobody's name or number came in.
    before = query(center, "SELECT count(*), max(seq) FROM event")
    assert app.main(["incidents", "import", path, "--mapping", "hotline_12345"]) == 3
    assert "14 rows = 0 created + 11 already known + 3 rejected." in capsys.readouterr().out
    assert query(center, "SELECT count(*), max(seq) FROM event") == before
    assert query(center, "SELECT count(*) FROM event WHERE detail::text ~ '张三丰|138123'") == [(0,)]
    assert verify(center).findings == ()


def test_the_other_sources(center: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = {
        "grid_app": {"事件编号": "1", "上报时间": DAY, "事件类别": "暴露垃圾", "网格编码": "320281001001001"},
        "public_opinion": {"舆情编号": "1", "采集时间": DAY, "涉及地点": "江阴市华士镇", "标题": "河水发黑"},
        "visits": {"问题编号": "1", "登记时间": DAY, "村社区编码": "320281104205", "问题描述": "路灯不亮"},
        "disputes": {"纠纷编号": "1", "受理时间": DAY, "纠纷类型": "邻里纠纷", "区划代码": "320281108"},
    }  # fmt: skip
    for mapping, row in rows.items():
        assert app.main(["incidents", "import", write(tmp_path, mapping, [row], "姓名"), "--mapping", mapping]) == 0
        assert "1 rows = 1 created" in capsys.readouterr().out
    video = tmp_path / "video.json"
    event = {"eventId": 2**63, "eventType": "garbage_exposed", "reportTime": "2026-11-20T08:00:00+08:00",
             "camera": {"longitude": 120.2676, "latitude": 31.9089}}  # fmt: skip
    video.write_text(json.dumps([event]), encoding="utf-8")
    assert app.main(["incidents", "import", str(video), "--mapping", "video_detection"]) == 0
    found = query(center, "SELECT source, category, leaf >= 0, area FROM incident ORDER BY source")
    assert found == [
        ("disputes", "H21", False, "1:320281108"),
        ("grid", "0102", True, None),
        ("opinion", "", False, "1:320281107"),
        ("video", "0102", True, None),
        ("visits", "", False, "2:320281104205"),
    ]
    assert query(center, "SELECT count(*) FROM event WHERE detail::text ~ '张三丰|138123'") == [(0,)]


def test_an_unknown_mapping_is_said(center: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, "visits", [], "户主")
    assert app.main(["incidents", "import", path, "--mapping", "hotlines"]) == 1
    assert "hotline_12345" in capsys.readouterr().err
