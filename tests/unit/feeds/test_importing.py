"""CSV import into a desk in memory: the counts add up whatever the file looks like."""

import bz2
import csv
import gzip
import json
import lzma
import sqlite3
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.access.actor import Actor
from data.errors import DatabaseUnavailable, FeedUnreadable, MappingInvalid, SettingInvalid
from data.feeds.importing import import_file
from data.feeds.mapping import FeedMapping
from data.feeds.rejects import default_rejects_path
from data.feeds.tally import ImportSummary
from data.incidents.model import Report

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HEADER = "id,when,kind,lon,lat,where"
CLOSED_HEADER = HEADER + ",done"
MakeCsv = Callable[..., Path]
MakeMapping = Callable[..., Path]


def good(number: int, **cells: str) -> str:
    values = {"id": str(number), "when": "2026-11-20 08:00", "kind": "k", "lon": "120.3", "lat": "31.9", "where": ""}
    return ",".join({**values, **cells}.values())


def run(desk: Any, path: Path, mapping: Path, **options: Any) -> ImportSummary:
    summary = import_file(desk, path, FeedMapping.load(mapping), now=NOW, **options)
    assert summary.rows == summary.created + summary.already_known + summary.rejected
    assert (summary.rejects_path is None) == (summary.rejected == 0)
    if summary.rejects_path is not None:
        assert len(rejects(summary)) == summary.rejected
    return summary


def rejects(summary: ImportSummary) -> list[dict[str, str]]:
    assert summary.rejects_path is not None
    with summary.rejects_path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def reports(desk: Any) -> list[Report]:
    return [report for _, report, _ in desk.incidents.values()]


def test_a_good_file(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping) -> None:
    path = make_csv(HEADER, good(1), good(2, lon="130"), good(3, lon="", lat=""), good(1))
    summary = run(desk, path, make_mapping())
    assert summary == ImportSummary(
        rows=4, created=3, already_known=1, unlocated=2, rejected=0, closed=0, rejects_path=None, repeated=1
    )
    assert reports(desk)[0] == Report("test", "1", "k", datetime(2026, 11, 20, tzinfo=UTC), lon=120.3, lat=31.9)
    assert not list(path.parent.glob("*rejects*"))


def test_the_second_time_all_is_known(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping) -> None:
    path = make_csv(HEADER, *(good(number) for number in range(7)))
    assert run(desk, path, make_mapping(), batch=3).created == 7
    again = run(desk, path, make_mapping(), batch=2)
    assert (again.created, again.already_known) == (0, 7)


def test_rejects_name_line_field_value_and_reason(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping) -> None:
    path = make_csv(
        HEADER,
        good(1),
        "",
        '2,2026-11-20 08:00,k,120.3,31.9,"two\nlines"',
        good(3, when="20 November"),
        good(4, lon="31.9", lat="120.3"),
        good(5, lat=""),
        good(6, when="2027-01-01 00:00"),
        good(0, id=""),
        good(7),
    )
    summary = run(desk, path, make_mapping())
    assert (summary.created, summary.rejected) == (3, 5)
    assert [(row["line"], row["field"], row["value"]) for row in rejects(summary)] == [
        ("6", "reported_at", "20 November"),
        ("7", "lat", "120.3"),
        ("8", "lat", ""),
        ("9", "reported_at", "2027-01-01 00:00"),
        ("10", "source_id", ""),
    ]
    assert rejects(summary)[0]["raw"] == good(3, when="20 November")
    assert "swapped" in rejects(summary)[1]["reason"]
    assert reports(desk)[1].address == "two lines"


def test_closings(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping, closed_keys: str) -> None:
    path = make_csv(
        CLOSED_HEADER,
        good(1) + ",2026-11-20 09:00",
        good(2) + ",",
        good(3) + ",2026-11-20 07:59",  # closed before reported
        good(4) + ",2026-11-20 08:00",
        good(5) + ",2027-11-20 08:00",
        good(6) + ",soon",
        good(1) + ",2026-11-20 09:00",
    )
    summary = run(desk, path, make_mapping(more=closed_keys))
    assert (summary.rows, summary.created, summary.already_known, summary.closed, summary.rejected) == (7, 3, 1, 2, 3)
    assert {row["field"] for row in rejects(summary)} == {"closed_at"}
    assert "closed before reported" in rejects(summary)[0]["reason"]
    _, report, steps = desk.incidents["test", "1"]
    assert [step.kind for step in steps] == [
        "verified", "filed", "dispatched", "claimed", "handled", "checked", "closed",
    ]  # fmt: skip
    assert steps[0].at == report.reported_at
    assert steps[-1].at == datetime(2026, 11, 20, 1, tzinfo=UTC)
    assert steps[-1].detail == {"means": "service", "level": 1}
    assert desk.incidents["test", "2"][2] == ()


def test_closings_with_status_and_value_maps(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping) -> None:
    more = """
        [closed]
        at = "done"
        status_column = "status"
        status_values = ["Closed", "Archived"]
        means = { column = "kind", values = { police = "enforcement", "service" = "service" } }
        level = { column = "level", values = { town = 1 } }
        handler = { column = "kind" }
        path = "self_handled"
    """
    path = make_csv(
        HEADER + ",done,status,level",
        good(1, kind="police") + ",2026-11-20 09:00,Closed,2",
        good(2, kind="service") + ",2026-11-20 09:00,Archived,town",
        good(3, kind="police") + ",2026-11-20 09:00,Open,2",
        good(4, kind="police") + ",,Closed,2",
        good(5, kind="unheard of") + ",2026-11-20 09:00,Closed,2",
        good(6, kind="police") + ",2026-11-20 09:00,Closed,village",
        good(7, kind="police") + ",2026-11-20 07:00,Open,2",
        good(8, kind="police") + ",2026-11-20 09:00,Closed,9",
    )
    summary = run(desk, path, make_mapping(more=more))
    assert (summary.created, summary.closed, summary.rejected) == (4, 2, 4)
    assert [(row["line"], row["field"]) for row in rejects(summary)] == [
        ("6", "means"), ("7", "level"), ("8", "closed_at"), ("9", "level"),
    ]  # fmt: skip
    assert [step.kind for step in desk.incidents["test", "1"][2]] == ["self_handled", "checked", "closed"]
    assert desk.incidents["test", "1"][2][-1].detail == {"means": "enforcement", "level": 2}
    assert desk.incidents["test", "2"][2][-1].detail == {"means": "service", "level": 1}
    assert sorted(summary.warnings) == [
        (
            "1 rows have a status that the mapping does not know, imported as open: Open (1). "
            "Say in closed.status_values or closed.open_values what they mean"
        ),
        "1 rows have a time of closing although their status is not closed: imported as open: Open (1)",
        "1 rows say they are closed but not when: imported as open: Closed (1)",
    ]
    known = more.replace('"Archived"]', '"Archived"]\nopen_values = ["Open"]')
    assert len(run(desk, path, make_mapping(more=known)).warnings) == 2


def test_created_and_known_are_told_apart_in_one_batch_with_closings(
    desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping, closed_keys: str
) -> None:
    mapping = make_mapping(more=closed_keys)
    rows = [good(n, lon="130" if n % 3 else "120") + (",2026-11-20 09:00" if n % 2 else ",") for n in range(12)]
    run(desk, make_csv(CLOSED_HEADER, *rows[:5]), mapping)
    summary = run(desk, make_csv(CLOSED_HEADER, *rows, rows[11]), mapping)
    assert (summary.created, summary.already_known) == (7, 6)
    assert (summary.closed, summary.unlocated) == (4, 5)


def test_an_ambiguous_hour_does_not_make_a_closing_impossible(
    desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping, closed_keys: str
) -> None:
    path = make_csv(CLOSED_HEADER, good(1, when="2026-11-01 01:50") + ",2026-11-01 01:10")
    mapping = make_mapping(("Asia/Shanghai", "America/New_York"), more=closed_keys)
    assert run(desk, path, mapping).closed == 1
    assert desk.incidents["test", "1"][2][-1].at == datetime(2026, 11, 1, 6, 10, tzinfo=UTC)


def test_a_level_the_city_does_not_have_is_a_mistake_of_the_mapping(
    desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping, closed_keys: str
) -> None:
    desk.depth = 0
    path = make_csv(CLOSED_HEADER, *(good(number) + ",2026-11-20 09:00" for number in range(50)))
    with pytest.raises(MappingInvalid) as caught:
        import_file(desk, path, FeedMapping.load(make_mapping(more=closed_keys)), now=NOW)
    assert caught.value.values["key"] == "closed.level"
    assert desk.incidents == {}


def test_what_the_desk_refuses_costs_its_own_row_only(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping) -> None:
    rows = [good(n, where="the desk refuses this" if n in (3, 4, 17) else "") for n in range(20)]
    summary = run(desk, make_csv(HEADER, *rows), make_mapping(), batch=8)
    assert (summary.created, summary.rejected) == (17, 3)
    assert [(row["line"], row["reason"]) for row in rejects(summary)] == [
        (line, "refused by the desk") for line in ("5", "6", "19")
    ]


def test_an_abort_says_how_many_are_stored_and_can_be_run_again(
    desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping
) -> None:
    path = make_csv(HEADER, *(good(number) for number in range(10)))
    desk.calls_left = 2
    with pytest.raises(DatabaseUnavailable, match="6 incidents of this file were stored") as caught:
        run(desk, path, make_mapping(), batch=3)
    assert caught.value.values == {"host": "nowhere", "rows_stored": 6}
    assert len(desk.incidents) == 6
    desk.calls_left = 100
    again = run(desk, path, make_mapping(), batch=3)
    assert (again.created, again.already_known) == (4, 6)


def test_a_batch_is_one_transaction(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping) -> None:
    seen = []
    path = make_csv(HEADER, *(good(number) for number in range(10)))
    run(
        desk,
        path,
        make_mapping(),
        batch=4,
        progress=lambda done, of: seen.append((done, of)),
        actor=Actor.nobody("night shift"),
    )
    assert desk.actors == {Actor.nobody("night shift")}
    assert desk.transactions == [4, 4, 2]
    size = path.stat().st_size
    assert {of for _, of in seen} == {size}
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (size, size)


@pytest.mark.parametrize(
    ("encoding", "end"), [("utf-8", "\n"), ("utf-8-sig", "\r\n"), ("gb18030", "\r\n"), ("gbk", "\n")]
)
def test_encodings_are_found(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping, encoding: str, end: str) -> None:
    header = HEADER.replace("where", "地址")
    rows = [good(number, where="徐霞客镇示例路") for number in range(3)]
    path = make_csv(header, *rows, encoding=encoding, end=end)
    summary = run(desk, path, make_mapping(('"where"', '"地址"')))
    assert summary.created == 3
    assert reports(desk)[2].address == "徐霞客镇示例路"
    assert summary.encoding == ("gb18030" if encoding.startswith("gb") else "utf-8")


def test_rare_letters_of_gb18030(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping) -> None:
    path = make_csv(HEADER, good(1, where="𠮷家湾"), good(2, where="㙍镇"), encoding="gb18030")
    run(desk, path, make_mapping())
    assert [report.address for report in reports(desk)] == ["𠮷家湾", "㙍镇"]


def test_chinese_far_down_an_ascii_file(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping) -> None:
    rows = [good(number) for number in range(3_000)]
    path = make_csv(HEADER, *rows, good(9_999, where="周庄镇"), encoding="gb18030")
    assert run(desk, path, make_mapping()).created == 3_001
    assert desk.incidents["test", "9999"][1].address == "周庄镇"


def test_one_damaged_line_does_not_turn_the_encoding(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping) -> None:
    path = make_csv(HEADER, good(1, where="华士镇"), good(2, where="顾山镇"), good(3, where="璜土镇"))
    path.write_bytes(path.read_bytes().replace("顾".encode(), b"\xe9\xa1"))
    summary = run(desk, path, make_mapping())
    assert (summary.created, summary.rejected) == (2, 1)
    assert rejects(summary)[0]["line"] == "3"
    assert "UTF-8" in rejects(summary)[0]["reason"]


def test_neither_encoding(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping) -> None:
    path = make_csv(HEADER, good(1))
    path.write_bytes(path.read_bytes() + b"\x81\xff\xff\xfe\n" * 5)
    with pytest.raises(FeedUnreadable, match=r"file\.encoding"):
        run(desk, path, make_mapping())


def test_an_encoding_given(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping) -> None:
    path = make_csv(HEADER, good(1, where="café"), encoding="cp1252")
    run(desk, path, make_mapping(more='[file]\nencoding = "cp1252"'))
    assert reports(desk)[0].address == "café"


def test_cut_off_in_a_row(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping) -> None:
    path = make_csv(HEADER, good(1), good(2))
    path.write_bytes(path.read_bytes()[:-12])
    summary = run(desk, path, make_mapping())
    assert (summary.created, summary.rejected) == (1, 1)
    assert "cut off" in rejects(summary)[0]["reason"]
    assert any("cut off" in warning for warning in summary.warnings)


def test_cut_off_within_quotes(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping) -> None:
    path = make_csv(HEADER, good(1), '2,2026-11-20 08:00,k,120.3,31.9,"a long')
    summary = run(desk, path, make_mapping())
    assert (summary.created, summary.rejected) == (1, 1)
    assert "ends within quotes" in rejects(summary)[0]["reason"]
    assert any("cut off" in warning for warning in summary.warnings)


def test_cut_off_within_a_letter(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping) -> None:
    path = make_csv(HEADER, good(1, where="云亭街道"), good(2, where="云亭街道"))
    path.write_bytes(path.read_bytes()[:-2])
    summary = run(desk, path, make_mapping())
    assert (summary.created, summary.rejected) == (1, 1)


@pytest.mark.parametrize("fraction", [0.3, 0.5, 0.77])
def test_half_a_file(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping, fraction: float) -> None:
    path = make_csv(HEADER, *(good(number, where=f'"路 {number}\n号"') for number in range(100)))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * fraction)])
    summary = run(desk, path, make_mapping(), batch=7)
    assert summary.created == len(desk.incidents)
    # All but the last row, of which one or two lines are left.
    assert 0 <= summary.rejected <= 2
    assert abs(summary.created - 100 * fraction) < 3
    run(desk, make_csv(HEADER, *(good(number, where=f'"路 {number}\n号"') for number in range(100))), make_mapping())
    assert len(desk.incidents) == 100


def test_a_quote_that_is_not_closed_costs_its_own_row(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping) -> None:
    rows = [good(number, where='"in quotes"') for number in range(2_000)]
    rows[700] = good(700, where='"never closed')
    summary = run(desk, make_csv(HEADER, *rows), make_mapping())
    assert (summary.created, summary.rejected) == (1_999, 1)
    assert rejects(summary)[0]["line"] == "702"


def test_a_stray_quote_within_a_cell_is_a_letter(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping) -> None:
    run(desk, make_csv(HEADER, good(1, where='pipe of 5" width'), good(2)), make_mapping())
    assert reports(desk)[0].address == 'pipe of 5" width'


def test_too_many_and_too_few_cells(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping) -> None:
    summary = run(desk, make_csv(HEADER, good(1) + ",x", good(2), "3,2026-11-20 08:00", good(4)), make_mapping())
    assert (summary.created, summary.rejected) == (2, 2)
    assert [row["line"] for row in rejects(summary)] == ["2", "4"]
    assert not summary.warnings


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("column", ["where", "note"])
def test_a_field_of_ten_megabytes(
    desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping, column: str, quote: str
) -> None:
    huge = quote + "x" * 10_000_000 + quote
    large = good(2, where=huge) + "," if column == "where" else good(2) + f",{huge}"
    path = make_csv(HEADER + ",note", good(1) + ",", large, good(3) + ",")
    summary = run(desk, path, make_mapping())
    assert (summary.created, summary.rejected) == (2, 1)
    assert rejects(summary)[0]["line"] == "3"
    assert rejects(summary)[0]["field"] == column
    assert summary.rejects_path is not None
    assert summary.rejects_path.stat().st_size < 20_000


def test_a_line_longer_than_can_be_read(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping) -> None:
    path = make_csv(HEADER, good(1), good(2, where="x" * 40_000_000), good(3))
    summary = run(desk, path, make_mapping())
    assert (summary.created, summary.rejected) == (2, 1)
    assert "longer" in rejects(summary)[0]["reason"]


def test_memory_stays_flat(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping) -> None:
    # 20 MB of rows that are all known after the first: only the reading could take memory.
    path = make_csv(HEADER, *[good(1, where="x" * 1_900)] * 10_000)
    mapping = make_mapping()
    tracemalloc.start()
    try:
        run(desk, path, mapping, batch=500)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8_000_000


@pytest.mark.parametrize("content", [b"", b"\n\n \n", b"\xef\xbb\xbf"])
def test_empty_files(desk: Any, tmp_path: Path, make_mapping: MakeMapping, content: bytes) -> None:
    path = tmp_path / "empty.csv"
    path.write_bytes(content)
    with pytest.raises(FeedUnreadable, match="is empty"):
        run(desk, path, make_mapping())


def test_a_header_alone_is_an_empty_import(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping) -> None:
    assert run(desk, make_csv(HEADER), make_mapping()).rows == 0


def _zip(path: Path, member: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, "x")


def _geopackage(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE gpkg_contents (a)")
    connection.close()


@pytest.mark.parametrize(
    ("write", "kind"),
    [
        (lambda path: _zip(path, "xl/workbook.xml"), "Excel"),
        (lambda path: _zip(path, "data.csv"), "ZIP"),
        (lambda path: path.write_bytes(b"PK\x03\x04 cut off"), "ZIP"),
        (_geopackage, "GeoPackage"),
        (lambda path: path.write_text(json.dumps({"type": "Topology", "objects": {}})), "JSON"),
        (lambda path: path.write_text('\n [{"a": 1}]'), "JSON"),
        (lambda path: path.write_bytes(gzip.compress(b"a,b\n")), "gzip"),
        (lambda path: path.write_bytes(b"PAR1\x15\x04"), "Parquet"),
        (lambda path: path.write_bytes(b"%PDF-1.7"), "PDF"),
        (lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "xls"),
        (lambda path: path.write_text("<html><table></table></html>"), "HTML"),
        (lambda path: path.write_bytes("id,when".encode("utf-32")), "UTF-32"),
        (lambda path: path.write_bytes("<html>".encode("utf-16")), "HTML"),
        (lambda path: path.write_bytes(bz2.compress(b"a,b\n")), "bzip2"),
        (lambda path: path.write_bytes(lzma.compress(b"a,b\n")), "xz"),
        (lambda path: path.write_bytes(b"id,when\n\x00\x01\x02"), "binary"),
    ],
)
def test_files_that_are_not_what_their_name_says(
    desk: Any, tmp_path: Path, make_mapping: MakeMapping, write: Callable[[Path], Any], kind: str
) -> None:
    path = tmp_path / "feed.csv"
    write(path)
    with pytest.raises(FeedUnreadable, match=kind) as caught:
        run(desk, path, make_mapping())
    assert caught.value.values["file"] == str(path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["feed.csv", "feed.toml"]


def test_missing_columns_are_listed_with_those_present(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping) -> None:
    with pytest.raises(FeedUnreadable) as caught:
        run(desk, make_csv("id,date,kind,lon,lat", "1,2,3,4,5"), make_mapping())
    assert caught.value.values["missing"] == ["when", "where"]
    assert caught.value.values["present"] == ["id", "date", "kind", "lon", "lat"]
    for name in ("when", "where", "date"):
        assert name in caught.value.message


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'"id,when\n1,2\n', "quote is not closed"),
        (b"id,wh\ren\n1,2\n3,4\n", "carriage return"),
        (b"id,when\xff\n" + "1,地址\n".encode() * 3, "not UTF-8"),
    ],
)
def test_headers_that_cannot_be_read(
    desk: Any, tmp_path: Path, make_mapping: MakeMapping, content: bytes, reason: str
) -> None:
    path = tmp_path / "feed.csv"
    path.write_bytes(content)
    with pytest.raises(FeedUnreadable, match=reason):
        run(desk, path, make_mapping())


def test_beside_a_read_only_file_the_rejects_go_to_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "of others" / "feed.csv"
    source.parent.mkdir()
    monkeypatch.chdir(tmp_path)
    assert default_rejects_path(source) == source.parent / "feed.csv.rejects.csv"
    # Permissions do not bind root, so the answer of the system is given here.
    monkeypatch.setattr("data.feeds.rejects.os.access", lambda *_: False)
    assert default_rejects_path(source) == tmp_path / "feed.csv.rejects.csv"


def test_a_column_twice(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping) -> None:
    with pytest.raises(FeedUnreadable, match="'lat' more than once"):
        run(desk, make_csv(HEADER + ",lat", good(1) + ",1"), make_mapping())


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_another_delimiter_is_hinted_at_and_can_be_given(
    desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping, delimiter: str
) -> None:
    path = make_csv(*(line.replace(",", delimiter) for line in (HEADER, good(1))))
    with pytest.raises(FeedUnreadable, match=r"set file\.delimiter"):
        run(desk, path, make_mapping())
    more = f"[file]\ndelimiter = {json.dumps(delimiter)}"
    assert run(desk, path, make_mapping(more=more)).created == 1


@pytest.mark.parametrize("where", ["none.csv", "."])
def test_no_such_file(desk: Any, tmp_path: Path, make_mapping: MakeMapping, where: str) -> None:
    with pytest.raises(FeedUnreadable, match="cannot be opened"):
        run(desk, tmp_path / where, make_mapping())


def test_the_rejects_go_where_they_are_sent(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping) -> None:
    path = make_csv(HEADER, good(1, when="x"))
    target = path.with_name("refused.csv")
    target.write_text("of last time")
    assert run(desk, path, make_mapping(), rejects_path=target).rejects_path == target
    before = path.read_bytes()
    with pytest.raises(SettingInvalid, match="is the file to import"):
        run(desk, path, make_mapping(), rejects_path=path)
    assert path.read_bytes() == before
    with pytest.raises(SettingInvalid, match="cannot be written"):
        run(desk, path, make_mapping(), rejects_path=path.parent / "none" / "refused.csv")
    assert desk.incidents == {}


def test_a_feed_in_another_coordinate_system_is_warned_about(
    desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping
) -> None:
    rows = [good(number, lon="130" if number < 4 else "120") for number in range(10)]
    assert "wgs84" in run(desk, make_csv(HEADER, *rows), make_mapping()).warnings[0]
    few = [good(100 + number, lon="130" if number < 3 else f"120.{number}") for number in range(10)]
    assert run(desk, make_csv(HEADER, *few), make_mapping()).warnings == ()


def test_empty_markers_zero_and_values(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping) -> None:
    mapping = make_mapping(
        ('empty = [""]', 'empty = ["", "N/A", "Unspecified"]'),
        ('address = "where"', 'address = ["where", "kind"]'),
        ('system = "wgs84"', 'system = "gcj02"\nzero_is_empty = true'),
        more='[numbers]\nthousands = ","\n[values.category]\nnoise = "0301"\n"*" = "9999"',
    )
    path = make_csv(
        HEADER,
        good(1, kind="noise", lon="0", lat="0.0", where="N/A"),
        good(2, kind="else", lon="N/A", lat="Unspecified", where="a"),
        good(3, kind="N/A", lon='"1,120.3"'),
        good(4, kind="N/A", lon="0"),
    )
    summary = run(desk, path, mapping)
    first, second, third = reports(desk)
    assert (first.category, first.lon, first.address) == ("0301", None, "noise")
    assert (second.category, second.lon, second.address) == ("9999", None, "a else")
    assert (third.category, third.lon, third.lat, third.coordinate_system) == ("", 0.0, 31.9, "gcj02")
    assert "metres" in rejects(summary)[0]["reason"]


def test_zero_zero_stays_a_place_unless_the_mapping_says(
    desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping
) -> None:
    run(desk, make_csv(HEADER, good(1, lon="0", lat="0")), make_mapping())
    assert reports(desk)[0].lon == 0.0


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=12)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(cells, min_size=1, max_size=8), max_size=12))
def test_whatever_a_csv_writer_writes_adds_up(
    tmp_path_factory: pytest.TempPathFactory, make_mapping: MakeMapping, desk: Any, rows: list[list[str]]
) -> None:
    path = tmp_path_factory.mktemp("feed") / "feed.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER.split(","))
        writer.writerows(rows)
    summary = run(desk, path, make_mapping())
    right_width = [row for row in rows if len(row) == 6 and any(cell.strip() for cell in row)]
    assert summary.rows >= len(right_width)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30), max_size=8))
def test_every_text_comes_through_quotes_and_line_breaks(
    tmp_path_factory: pytest.TempPathFactory, make_mapping: MakeMapping, desk: Any, texts: list[str]
) -> None:
    desk.incidents.clear()
    path = tmp_path_factory.mktemp("feed") / "feed.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(HEADER.split(","))
        writer.writerows([n, "2026-11-20 08:00", "k", 120.3, 31.9, f"a{t}\nz"] for n, t in enumerate(texts))
    assert run(desk, path, make_mapping()).created == len(texts)
    assert [report.address for report in reports(desk)] == [f"a{text} z" for text in texts]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.binary(max_size=400))
def test_any_bytes_below_the_header_add_up(
    tmp_path_factory: pytest.TempPathFactory, make_mapping: MakeMapping, desk: Any, noise: bytes
) -> None:
    path = tmp_path_factory.mktemp("feed") / "feed.csv"
    path.write_bytes(HEADER.encode() + b"\n" + noise)
    try:
        run(desk, path, make_mapping())
    except FeedUnreadable as error:
        assert error.values["reason"]  # noqa: PT017  # noise may well look like another kind of file


def test_rejects_stand_in_the_order_of_lines(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping) -> None:
    refused = "the desk refuses this"
    lines = [
        good(n, where=refused) if n % 3 == 0 else good(n, when="soon") if n % 3 == 1 else good(n) for n in range(40)
    ]
    for size in (1, 7, 100):
        summary = run(desk, make_csv(HEADER, *lines), make_mapping(), batch=size)
        found = [int(row["line"]) for row in rejects(summary)]
        assert found == [n + 2 for n in range(40) if n % 3 != 2]
        first, second = summary.refusals
        assert (first.field, first.count, first.lines) == ("address", 14, (2, 5, 8, 11, 14))
        assert (second.field, second.count, second.lines) == ("reported_at", 13, (3, 6, 9, 12, 15))


def test_a_repeated_row_is_counted_and_one_with_other_content_is_refused(
    desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping, closed_keys: str
) -> None:
    lines = [
        good(1) + ",", good(2) + ",", good(1) + ",", good(2, lon="120.4") + ",", good(1) + ",2026-11-20 09:00",
        good(3) + ",", good(2) + ",", good(3, where="x") + ",",
    ]  # fmt: skip
    path = make_csv(CLOSED_HEADER, *lines)
    for size in (1, 3, 100):
        desk.incidents.clear()
        for created in (3, 0):
            summary = run(desk, path, make_mapping(more=closed_keys), batch=size)
            assert (summary.created, summary.already_known, summary.repeated) == (created, 5 - created, 2)
            assert [(row["line"], row["value"]) for row in rejects(summary)] == [("5", "2"), ("6", "1"), ("9", "3")]
            assert rejects(summary)[0]["reason"].startswith("stands on line 3 already, with other content")


def test_the_row_behind_a_refused_one_of_its_id_comes_in(
    desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping
) -> None:
    path = make_csv(HEADER, good(1, where="the desk refuses this"), good(1))
    summary = run(desk, path, make_mapping())
    assert (summary.created, summary.rejected) == (1, 1)


def test_ids_a_spreadsheet_has_cut_are_named(desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping) -> None:
    cut = [good(202609200000001000 + number * 1000) for number in range(3)]
    (warning,) = run(desk, make_csv(HEADER, *cut), make_mapping()).warnings
    assert "all 3 ids" in warning
    whole = [*cut, good(202609200000001001)]
    assert run(desk, make_csv(HEADER, *whole), make_mapping()).warnings == ()


def test_marks_by_which_spreadsheets_keep_texts_are_no_part_of_them(
    desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping
) -> None:
    path = make_csv(
        HEADER, '"=""007""","=""2026-11-20 08:00""",k,\'120.3,31.9,', good("'008", when="'2026-11-20 08:00")
    )
    summary = run(desk, path, make_mapping())
    assert (summary.created, [report.source_id for report in reports(desk)]) == (2, ["007", "008"])


def test_times_the_clocks_showed_twice_or_never_are_named(
    desk: Any, make_csv: MakeCsv, make_mapping: MakeMapping
) -> None:
    zone = make_mapping(('zone = "Asia/Shanghai"', 'zone = "America/New_York"'))
    path = make_csv(HEADER, good(1, when="2026-11-01 01:10"), good(2, when="2026-03-08 02:30"), good(3))
    warnings = run(desk, path, zone).warnings
    assert [warning.split(" ")[:2] for warning in warnings] == [["1", "times"], ["1", "times"]]
    assert "2026-11-01 01:10 (1)" in warnings[0]
    assert "2026-03-08 02:30 (1)" in warnings[1]
