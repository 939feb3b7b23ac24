"""What is damaged in a file costs its row, and the row is named by its line; the others come in."""

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from data.errors import FeedUnreadable
from data.feeds.importing import import_file
from data.feeds.mapping import FeedMapping
from data.feeds.tally import ImportSummary

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HEADER = "id,when,kind,lon,lat,where"
ROWS = [f"{number},2026-11-20 08:00,种类,120.3,31.9,路{number}" for number in range(40)]
MakeMapping = Callable[..., Path]


def run(desk: Any, folder: Path, content: bytes, mapping: Path) -> tuple[ImportSummary, list[dict[str, str]]]:
    path = folder / "feed.csv"
    path.write_bytes(content)
    summary = import_file(desk, path, FeedMapping.load(mapping), now=NOW)
    if summary.rejects_path is None:
        return summary, []
    with summary.rejects_path.open(encoding="utf-8-sig", newline="") as file:
        return summary, list(csv.DictReader(file))


def text(rows: list[str], end: str = "\n") -> str:
    return end.join([HEADER, *rows, ""])


@pytest.mark.parametrize(
    ("damaged", "reason"),
    [
        (b"1,2026-11-20 08:00,k\0,120.3,31.9,x", "U+0000"),
        (b"1,2026-11-20 08:00,k,120.3,31.9,x\0", "U+0000"),
        (b"\0", "has 1 cells"),
        (b"\0" * 200, "has 1 cells"),
        (b"1,2026-11-20 08:00,k\x07,120.3,31.9,x", "U+0007"),
        (b"1,2026-11-20 08:00,k,120.3,31.9,x\xff", "is not UTF-8 at byte 34"),
        (b'1,2026-11-20 08:00,k,120.3,31.9,"x', "a quote is not closed"),
        (b'1,2026-11-20 08:00,"k"k,120.3,31.9,x', "has text after a closing quote"),
        (b"1,2026-11-20 08:00,k,120.3,31.9", "has 5 cells, the header 6"),
        (b"1,2026-11-20 08:00,k,120.3,31.9,x,y", "has 7 cells, the header 6"),
        (b"1,2026-11-20 08:00,k,120.3,31.9,a\rb", "has a lone carriage return"),
        (b"1,2026-11-20 08:00,k,120.3,31.9," + b"x" * 3_000, "is longer than 2,000 characters"),
        (HEADER.encode(), "is the header once more"),
        (b"\xef\xbb\xbf" + HEADER.encode(), "is the header once more"),
    ],
)
def test_one_damaged_line_costs_itself(
    desk: Any, tmp_path: Path, make_mapping: MakeMapping, damaged: bytes, reason: str
) -> None:
    for at in (1, 20, 41):
        lines = text(ROWS).encode().splitlines(keepends=True)
        lines.insert(at, damaged + b"\n")
        desk.incidents.clear()
        summary, rejects = run(desk, tmp_path, b"".join(lines), make_mapping())
        assert (summary.created, summary.rejected) == (40, 1)
        assert rejects[0]["line"] == str(at + 1)
        assert reason in rejects[0]["reason"]
        assert (summary.refusals[0].lines, summary.refusals[0].count) == ((at + 1,), 1)


@pytest.mark.parametrize(
    ("encoding", "end"),
    [
        *((encoding, end) for encoding in ("utf-8", "utf-8-sig", "gb18030") for end in ("\n", "\r\n", "\r")),
        *((encoding, end) for encoding in ("utf-16", "utf-16-le", "utf-16-be") for end in ("\n", "\r\n")),
    ],
)
def test_encodings_and_ends_of_lines(
    desk: Any, tmp_path: Path, make_mapping: MakeMapping, encoding: str, end: str
) -> None:
    summary, rejects = run(desk, tmp_path, text(ROWS, end).encode(encoding), make_mapping())
    assert (summary.created, rejects) == (40, [])
    assert {report.category for _, report, _ in desk.incidents.values()} == {"种类"}
    assert summary.encoding == encoding.removesuffix("-sig")
    assert sorted(address for _, report, _ in desk.incidents.values() if (address := report.address))[0] == "路0"


def test_utf_16_with_half_a_character(desk: Any, tmp_path: Path, make_mapping: MakeMapping) -> None:
    content = text(ROWS).encode("utf-16-le").replace("路7".encode("utf-16-le"), b"\x00\xd8" + "7".encode("utf-16-le"))
    summary, rejects = run(desk, tmp_path, b"\xff\xfe" + content, make_mapping())
    assert (summary.created, rejects[0]["line"]) == (39, "9")
    summary, rejects = run(desk, tmp_path, b"\xff\xfe" + content[:-3], make_mapping())
    assert (summary.already_known, [row["line"] for row in rejects]) == (38, ["9", "41"])


def test_one_byte_that_is_no_letter_among_ascii(desk: Any, tmp_path: Path, make_mapping: MakeMapping) -> None:
    rows = [row.replace("种类", "k").replace("路", "r") for row in ROWS]
    content = text(rows).encode().replace(b"r7\n", b"r7\xff\n")
    summary, rejects = run(desk, tmp_path, content, make_mapping())
    assert (summary.created, [row["line"] for row in rejects]) == (39, ["9"])


@pytest.mark.parametrize("damage", [b"\0", b"\xff", b"\n", b'"', b"\x1a", b","])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_damage_where_lines_end_in_carriage_returns(
    desk: Any, tmp_path: Path, make_mapping: MakeMapping, damage: bytes, encoding: str
) -> None:
    for at in (0, 7, 39):
        row = ROWS[at].encode(encoding)
        content = text(ROWS, "\r").encode(encoding).replace(row, row[:20] + damage + row[20:])
        desk.incidents.clear()
        summary, rejects = run(desk, tmp_path, content, make_mapping())
        assert summary.created == 39
        assert rejects[0]["line"] == str(at + 2)


def test_files_that_were_joined(desk: Any, tmp_path: Path, make_mapping: MakeMapping) -> None:
    mark = b"\xef\xbb\xbf"
    first, second = text(ROWS[:20]).encode(), "\n".join(ROWS[20:]).encode()
    summary, _ = run(desk, tmp_path, mark + first + mark + second + b"\n\x1a", make_mapping())
    assert (summary.created, summary.rejected) == (40, 0)
    assert {report.source_id for _, report, _ in desk.incidents.values()} == {str(number) for number in range(40)}


def test_a_file_of_other_bytes_is_no_table(desk: Any, tmp_path: Path, make_mapping: MakeMapping) -> None:
    with pytest.raises(FeedUnreadable, match="a binary file"):
        run(desk, tmp_path, HEADER.encode() + bytes(range(256)) * 20, make_mapping())
