"""One importer behind all sources: each shipped mapping with the dirt of its source, CSV and JSON alike."""

import csv
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from data.city.categories import Category
from data.errors import FeedUnreadable
from data.feeds.category_codes import CategoryCodes
from data.feeds.importing import import_file
from data.feeds.mapping import FeedMapping
from data.feeds.places import read_places
from data.feeds.tally import ImportSummary
from data.incidents.model import Report

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
JIANGYIN = timezone(timedelta(hours=8))
CODES = CategoryCodes(
    [
        Category("0102", "暴露垃圾", "Exposed rubbish", "市容环境"),
        Category("0501", "无照经营游商", "Unlicensed vendor", "街面秩序"),
        Category("9001", "其他", "Other", "甲"),
        Category("9002", "其他", "Others", "乙"),
    ]
)
HOTLINE = FeedMapping.load("hotline_12345")


def write_csv(path: Path, columns: Sequence[str], rows: Sequence[dict[str, str]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def order(number: str, when: str = "2026-11-20 08:00:00", **cells: str) -> dict[str, str]:
    return {"工单编号": number, "来电时间": when, "诉求人": "张三", "联系电话": "13812345678", **cells}


def hotline(folder: Path, *orders: dict[str, str], encoding: str = "utf-8") -> Path:
    return write_csv(folder / "hotline.csv", [*HOTLINE.needed_columns, "诉求人", "联系电话"], orders, encoding)


def run(desk: Any, path: Path, mapping: str, **options: Any) -> ImportSummary:
    return import_file(desk, path, FeedMapping.load(mapping), now=NOW, codes=CODES, **options)


def reports(desk: Any) -> dict[str, Report]:
    return {report.source_id: report for _, report, _ in desk.incidents.values()}


def rejects(summary: ImportSummary) -> list[dict[str, str]]:
    assert summary.rejects_path is not None
    with summary.rejects_path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    "when",
    [
        "2026-11-20 08:05:00", "2026/11/20 8:05", "2026-11-20 08:05", "2026/11/20 08:05:00", "2026-11-20 08:05:00.0",
        "2026年11月20日 08:05", "2026年11月20日 8时5分", "2026年11月20日08:05:00", "20261120080500",
        "2026-11-20T08:05:00", "2026-11-20T00:05:00Z", "2026-11-20T08:05:00+08:00",
    ],
)  # fmt: skip
def test_local_times_of_the_hotline(desk: Any, tmp_path: Path, when: str) -> None:
    assert run(desk, hotline(tmp_path, order("1", when)), "hotline_12345").created == 1
    assert reports(desk)["1"].reported_at == datetime(2026, 11, 20, 8, 5, tzinfo=JIANGYIN)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_ids_of_the_hotline_lose_nothing(desk: Any, tmp_path: Path, encoding: str) -> None:
    ids = ["007", "0000000000000001", "2147483648", "9223372036854775808", "99120260901000000000006", "JY-2026-1"]
    summary = run(desk, hotline(tmp_path, *map(order, ids), encoding=encoding), "hotline_12345")
    assert (summary.created, summary.rejected) == (6, 0)
    assert list(reports(desk)) == ids


def test_categories_of_the_hotline(desk: Any, tmp_path: Path) -> None:
    written = [
        "暴露垃圾",
        "市容环境-暴露垃圾",
        "0102",
        "市容环境/暴露垃圾",
        "公积金服务",
        "其他",
        "甲-其他",
        "",
        "102",
        "公积金服务",
    ]
    orders = [order(str(at), 诉求类别=category) for at, category in enumerate(written)]
    orders.append(order("code first", 诉求类别="公积金服务", 事项编码="0501"))
    orders.append(order("no code", 诉求类别="暴露垃圾", 事项编码="无"))
    summary = run(desk, hotline(tmp_path, *orders), "hotline_12345")
    found = [report.category for report in reports(desk).values()]
    assert found == [
        "0102", "0102", "0102", "0102", "公积金服务", "其他", "9001", "", "102", "公积金服务", "0501", "0102",
    ]  # fmt: skip
    assert summary.category_unknown == 5
    (warning,) = summary.warnings
    assert "5 incidents" in warning
    assert "公积金服务 (2), 其他 (1), none (1), 102 (1)" in warning


def test_known_orders_are_not_counted_again(desk: Any, tmp_path: Path) -> None:
    path = hotline(tmp_path, order("1", 诉求类别="公积金服务"), order("2", 诉求类别="暴露垃圾"))
    first = run(desk, path, "hotline_12345")
    again = run(desk, path, "hotline_12345")
    assert (first.created, first.category_unknown) == (2, 1)
    assert (again.created, again.already_known, again.category_unknown, again.warnings) == (0, 2, 0, ())


def test_places_of_the_hotline(desk: Any, tmp_path: Path) -> None:
    orders = [
        order("grid", 网格编码="320281104205001", 区划代码="320281104"),
        order("region", 区划代码="320281104205"),
        order("leading zero", 区划代码="032028"),
        order("address", 所属镇街="徐霞客镇", 事发地址="璜东村3组"),
        order("zero", 经度="0", 纬度="0.000", 事发地址="不详"),
        order("position", 经度="120.2676", 纬度="31.9089"),
    ]
    asked: list[tuple[str | None, str]] = []

    def area_of(code: str | None, address: str) -> str | None:
        asked.append((code, address))
        return "1:x" if code or address else None

    summary = run(desk, hotline(tmp_path, *orders), "hotline_12345", area_of=area_of)
    found = reports(desk)
    assert found["grid"].grid_code == "320281104205001"
    assert found["region"].grid_code == "320281104205"
    assert found["leading zero"].grid_code == "032028"
    assert found["address"].address == "徐霞客镇 璜东村3组"
    assert (found["zero"].lon, found["zero"].address, found["zero"].grid_code) == (None, "", None)
    assert (found["position"].lon, found["position"].coordinate_system) == (120.2676, "gcj02")
    assert (summary.unlocated, summary.in_area) == (5, 4)
    assert ("320281104205", "") in asked


def test_who_called_never_comes_in(desk: Any, tmp_path: Path) -> None:
    path = hotline(
        tmp_path, order("1", 诉求标题="联系人：张三，电话13812345678，垃圾堆放", 事发地址="示例路1号张三先生家")
    )
    run(desk, path, "hotline_12345")
    report = reports(desk)["1"]
    assert (report.title, report.address) == ("联系人：**，电话***，垃圾堆放", "示例路1号**先生家")
    assert "张三" not in repr(desk.incidents)
    assert "13812345678" not in repr(desk.incidents)


def test_what_cannot_be_is_listed_with_its_reason(desk: Any, tmp_path: Path) -> None:
    orders = [
        order("2.03E+11"),
        order("no time", when="昨天上午"),
        order("future", when="2027-01-01 00:00"),
        order("swapped", 经度="31.9", 纬度="120.3"),
        order(
            "closed before",
            工单状态="已办结",
            办结时间="2026-11-19 08:00",
            处置手段="服务",
            办结层级="市级",
            承办单位="x",
        ),
        order("means", 工单状态="已办结", 办结时间="2026-11-21 08:00", 处置手段="劝说", 办结层级="市级", 承办单位="x"),
        order("", 诉求标题="no id"),
        order("good", 工单状态="已办结", 办结时间="2026-11-21 08:00", 处置手段="服务", 办结层级="市级", 承办单位="x"),
    ]
    summary = run(desk, hotline(tmp_path, *orders), "hotline_12345")
    assert (summary.rows, summary.created, summary.rejected, summary.closed) == (8, 1, 7, 1)
    assert [(row["line"], row["field"]) for row in rejects(summary)] == [
        ("2", "source_id"), ("3", "reported_at"), ("4", "reported_at"), ("5", "lat"), ("6", "closed_at"),
        ("7", "means"), ("8", "source_id"),
    ]  # fmt: skip
    assert all(row["reason"] and row["raw"] for row in rejects(summary))


def test_the_same_rows_as_csv_and_as_json_are_the_same_reports(desk: Any, tmp_path: Path) -> None:
    orders = [
        order("007", 诉求类别="暴露垃圾", 诉求标题="路面有坑，\n下雨积水", 经度="120.2676", 纬度="31.9089"),
        order("99120260901000000000006", when="2026年11月20日 8时5分", 区划代码="320281104205", 事发地址="不详"),
        order("bad", when="昨天"),
    ]
    from_csv = run(desk, hotline(tmp_path, *orders), "hotline_12345")
    expected = dict(reports(desk))
    assert from_csv.rejected == 1
    numbers = [{**one} for one in orders]
    numbers[1]["工单编号"] = 99120260901000000000006  # type: ignore[assignment]  # JSON may say it as a number
    numbers[0]["经度"] = 120.2676  # type: ignore[assignment]
    lines = [json.dumps(one, ensure_ascii=False) for one in numbers]
    for content in ("\n".join(lines), "[" + ",".join(lines) + "]"):
        desk.incidents.clear()
        path = tmp_path / "hotline.json"
        path.write_text(content, encoding="utf-8")
        summary = run(desk, path, "hotline_12345")
        assert (summary.rows, summary.created, summary.rejected) == (3, 2, 1)
        assert rejects(summary)[0]["field"] == "reported_at"
        assert reports(desk) == expected


def test_grid_app(desk: Any, tmp_path: Path) -> None:
    columns = [*FeedMapping.load("grid_app").needed_columns, "上报人"]
    rows = [
        {"事件编号": "1", "上报时间": "2026-11-20 08:00:00", "事件类别": "暴露垃圾", "上报人": "李四", "经度": "120.25",
         "纬度": "31.9", "事件状态": "自行处置", "处置时间": "2026-11-20 08:30:00"},
        {"事件编号": "2", "上报时间": "2026-11-20 08:00:00", "事件类别编码": "0501", "网格编码": "320281104205001",
         "事件状态": "已上报"},
    ]  # fmt: skip
    summary = run(desk, write_csv(tmp_path / "app.csv", columns, rows), "grid_app")
    assert (summary.created, summary.closed, summary.category_unknown) == (2, 1, 0)
    _, report, steps = desk.incidents["grid", "1"]
    assert (report.category, report.coordinate_system) == ("0102", "gcj02")
    assert [step.kind for step in steps] == ["self_handled", "checked", "closed"]
    assert steps[-1].detail == {"means": "service", "level": 3}
    assert "李四" not in repr(desk.incidents)


def test_video_detection(desk: Any, tmp_path: Path) -> None:
    camera = {"name": "澄江街道示例路口1号", "longitude": 120.2676, "latitude": 31.9089, "regionCode": "320281001015"}
    found = [
        {"eventId": 2**63, "eventType": "garbage_exposed", "eventName": "暴露垃圾", "reportTime": 1763600000123,
         "captureTime": "2025-11-20 08:53:10", "camera": camera, "plate": "苏B12345"},
        {"eventId": "v-2", "eventType": "smoke", "reportTime": "2026-11-20T08:00:00+08:00", "camera": None},
        {"eventId": "v-3", "categoryCode": "0501", "eventType": "stall_on_road", "reportTime": "2026-11-20 08:00:00"},
        {"eventId": "v-4", "reportTime": "2026-11-20 08:00:00", "camera": {"longitude": 0.0, "latitude": 0}},
    ]  # fmt: skip
    path = tmp_path / "video.json"
    path.write_text(json.dumps({"events": found}), encoding="utf-8")
    with pytest.raises(FeedUnreadable, match="events"):
        run(desk, path, "video_detection")
    path.write_text(json.dumps(found, indent=2), encoding="utf-8")
    summary = run(desk, path, "video_detection")
    assert (summary.created, summary.rejected, summary.category_unknown) == (4, 0, 2)
    first = reports(desk)[str(2**63)]
    assert first.reported_at == datetime(2025, 11, 20, 0, 53, 20, 123000, tzinfo=UTC)
    assert (first.category, first.lon, first.grid_code) == ("0102", 120.2676, "320281001015")
    assert reports(desk)["v-2"].category == "smoke"
    assert reports(desk)["v-3"].category == "0501"
    assert reports(desk)["v-4"].lon is None
    assert any("camera.gridCode" in warning for warning in summary.warnings)
    places = read_places(path, FeedMapping.load("video_detection"), NOW)
    assert (places.lon.tolist(), places.codes) == ([120.2676], ["320281001015"])


def test_public_opinion(desk: Any, tmp_path: Path) -> None:
    row = {"舆情编号": "y1", "舆情类别": "环境", "发布时间": "2026年11月20日 08:00", "采集时间": "2026-11-20 08:30:00",
           "涉及地点": "江阴市周庄镇", "标题": "河水发黑", "作者": "某网友"}  # fmt: skip
    columns = [*FeedMapping.load("public_opinion").needed_columns, "作者"]
    assert run(desk, write_csv(tmp_path / "y.csv", columns, [row]), "public_opinion").created == 1
    report = reports(desk)["y1"]
    assert report.reported_at == datetime(2026, 11, 20, 8, 30, tzinfo=JIANGYIN)
    assert report.occurred_at == datetime(2026, 11, 20, 8, 0, tzinfo=JIANGYIN)
    assert (report.category, report.address, report.title) == ("环境", "江阴市周庄镇", "河水发黑")


def test_visits(desk: Any, tmp_path: Path) -> None:
    columns = [*FeedMapping.load("visits").needed_columns, "户主"]
    rows = [
        {"问题编号": "z1", "走访时间": "2026-11-20", "镇街": "徐霞客镇", "村社区": "璜东村", "问题类别": "暴露垃圾",
         "村社区编码": "320281104205", "户主": "赵六"},
        {"问题编号": "z2", "登记时间": "2026-11-20 09:00", "走访时间": "2026-11-19", "网格编码": "320281104205001"},
    ]  # fmt: skip
    assert run(desk, write_csv(tmp_path / "z.csv", columns, rows), "visits").created == 2
    found = reports(desk)
    assert found["z1"].reported_at == datetime(2026, 11, 20, tzinfo=JIANGYIN)
    assert (found["z1"].address, found["z1"].grid_code) == ("徐霞客镇 璜东村", "320281104205")
    assert found["z2"].reported_at == datetime(2026, 11, 20, 9, tzinfo=JIANGYIN)
    assert found["z2"].grid_code == "320281104205001"


def test_disputes(desk: Any, tmp_path: Path) -> None:
    columns = [*FeedMapping.load("disputes").needed_columns, "当事人", "纠纷简述"]
    row = {"纠纷编号": "d1", "受理时间": "2026-11-10 09:00:00", "纠纷类型": "邻里纠纷", "当事人": "钱七、孙八",
           "纠纷简述": "钱七与孙八因宅基地", "区划代码": "320281108201", "调处状态": "调解成功", "调处层级": "村社区",
           "办结时间": "2026-11-12 15:00:00", "调处组织": "周庄村人民调解委员会"}  # fmt: skip
    summary = run(desk, write_csv(tmp_path / "d.csv", columns, [row]), "disputes")
    assert (summary.created, summary.closed) == (1, 1)
    _, report, steps = desk.incidents["disputes", "d1"]
    assert (report.category, report.title) == ("邻里纠纷", "邻里纠纷")
    assert steps[-1].detail == {"means": "service", "level": 2}
    assert "钱七" not in repr(desk.incidents)


def test_the_first_column_that_says_something_counts(
    desk: Any, make_csv: Callable[..., Path], make_mapping: Callable[..., Path]
) -> None:
    path = make_csv(
        "id,when,then,a,b,lon,lat,where", "1,2026-11-20 08:00,,x,y,,,", "2,,2026-11-20 09:00,,y,,,", "3,,,,,,,"
    )
    mapping = make_mapping(('"when"', '["when", "then"]'), ('"kind"', '["a", "b"]'))
    summary = import_file(desk, path, FeedMapping.load(mapping), now=NOW)
    found = reports(desk)
    assert [found[number].category for number in "12"] == ["x", "y"]
    assert found["2"].reported_at == datetime(2026, 11, 20, 9, tzinfo=JIANGYIN)
    assert [(row["line"], row["field"]) for row in rejects(summary)] == [("4", "reported_at")]
    # Without a table nothing is unknown.
    assert (summary.category_unknown, summary.warnings) == (0, ())


def test_codes_and_names() -> None:
    assert (
        CODES.of("0102")
        == CODES.of("暴露垃圾")
        == CODES.of("Exposed rubbish")
        == CODES.of("市容环境-暴露垃圾")
        == "0102"
    )
    assert CODES.of("其他") == "其他"
    assert CODES.of("") == ""
    assert [CODES.knows(code) for code in ("0102", "暴露垃圾", "")] == [True, False, False]
    assert CategoryCodes([]).of("x") == "x"
