"""JSON files: every way of writing the same objects gives the same records, and a broken one costs only itself."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import FeedUnreadable
from data.feeds import json_file
from data.feeds.csv_file import Record
from data.feeds.json_file import JsonFile
from data.feeds.sniffing import is_json


def read(path: Path, content: str | bytes, *columns: str, encoding: str = "auto") -> list[Record]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with JsonFile(path, columns, encoding) as file:
        return list(file.records())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "feed.json"


def test_values_become_the_text_that_was_written(path: Path) -> None:
    content = (
        '{"id": 9223372036854775809123, "n": 31.90890, "t": true, "f": false, "none": null, "s": "007", "e": 1e-3,'
        ' "place": {"lon": 120.25, "deep": [1, {"x": "y"}]}, "dot.ted": "exact", "dot": {"ted": "inner"}}'
    )
    columns = (
        "id", "n", "t", "f", "none", "missing", "s", "e", "place.lon", "place.deep.0", "place.deep.1.x",
        "place.deep.7", "place.deep.-1", "place.lon.x", "dot.ted",
    )  # fmt: skip
    (record,) = read(path, content, *columns)
    assert list(record.cells) == [
        "9223372036854775809123", "31.90890", "true", "false", "", "", "007", "1e-3", "120.25", "1", "y", "", "", "",
        "exact",
    ]  # fmt: skip
    assert (record.line, record.raw, record.problem, record.cut_off) == (1, content, "", False)


@pytest.mark.parametrize(
    "content",
    [
        '{"a": 1}\n{"a": 2}\n{"a": 3}\n',
        '{"a": 1}\r\n\r\n{"a": 2}\r\n{"a": 3}',
        '[{"a": 1}, {"a": 2}, {"a": 3}]',
        '[\n  {\n    "a": 1\n  },\n  {\n    "a": 2\n  },\n  {\n    "a": 3\n  }\n]\n',
        '\ufeff [{"a": 1},{"a": 2},{"a": 3}]',
        '{"a": 1},\n{"a": 2},\n{"a": 3},\n',
        '{"a": 1}{"a": 2}{"a": 3}',
    ],
)
def test_layouts(path: Path, content: str) -> None:
    records = read(path, content, "a")
    assert [list(record.cells) for record in records] == [["1"], ["2"], ["3"]]
    assert [record.problem for record in records] == ["", "", ""]


def test_nothing(path: Path) -> None:
    assert read(path, "[]", "a") == []
    assert read(path, " [ \n ] ", "a") == []


def test_lines_are_counted_from_one(path: Path) -> None:
    records = read(path, '[\n\n {"a": "x"},\n {\n"a": 2},\n {"a": 3}]', "a")
    assert [record.line for record in records] == [3, 4, 6]


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        ('{"a": 1', "JSON"),
        ('{"a": "x', "JSON"),
        ('{"a": NaN}', "NaN"),
        ('{"a": 1, "a": 2}', "twice"),
        ('{"a": {"b": 1}}', "object"),
        ('{"a": [1]}', "list"),
        ("5", "object"),
        ('"text"', "object"),
        ("nonsense", "JSON"),
        ('{"b": ' + "[" * 100_000 + "}", "deeply"),
    ],
)
@pytest.mark.parametrize(("head", "between", "tail"), [("", "\n", "\n"), ("[", ",\n", "]")])
def test_a_broken_object_costs_only_itself(
    path: Path, broken: str, problem: str, head: str, between: str, tail: str
) -> None:
    objects = between.join(['{"a": 1}', broken, '{"a": 3}'])
    records = read(path, head + objects + tail, "a")
    assert [list(record.cells) for record in records] == [["1"], [], ["3"]]
    assert problem in records[1].problem
    assert (records[1].line, records[1].cut_off) == (2, False)
    assert records[1].raw.startswith(broken[:5])
    assert "3}" not in records[1].raw


def test_a_broken_object_in_a_list_of_one_line(path: Path) -> None:
    records = read(path, '[{"a": 1},{"a": oops},{"a": 3}]', "a")
    assert [list(record.cells) for record in records] == [["1"], [], ["3"]]


@pytest.mark.parametrize("other", ["5", '"text"', "null", "[7]", '["},{"]'])
def test_what_is_no_object_costs_only_itself_in_a_list_of_one_line(path: Path, other: str) -> None:
    records = read(path, f'[{{"a": 1}},{other},{{"a": 3}}]', "a")
    assert [list(record.cells) for record in records] == [["1"], [], ["3"]]
    assert records[1].raw.startswith(other.strip("[]"))


def test_objects_longer_than_the_decoder_is_given_at_once(path: Path) -> None:
    """Cut at any place, also within an escape, a number, a word or a letter of two halves."""
    values = ["x" * 4_090, "\\u5f90" * 700, "9" * 4_080, "徐" * 5_000, "\U0001f600" * 2_100]
    written = [json.dumps({"n": value, "a": True}) for value in values]
    written[2] = f'{{"n": {values[2]}, "a": true}}'
    for before in range(30):
        first = json.dumps({"pad": "p" * before, "n": 1, "a": True})
        records = read(path, " " * before + first + "\n".join(written), "n", "a")
        assert [record.problem for record in records] == [""] * 6
        assert [record.cells[0] for record in records][1:] == values


def test_half_a_file(path: Path) -> None:
    records = read(path, '{"a": 1}\n{"a": 2', "a")
    assert [record.cut_off for record in records] == [False, True]
    assert records[1].raw == '{"a": 2'


def test_gb18030_and_bytes_that_are_no_text(path: Path) -> None:
    content = "\n".join(json.dumps({"a": "徐霞客镇"}, ensure_ascii=False) for _ in range(3)).encode("gb18030")
    assert [record.cells[0] for record in read(path, content, "a")] == ["徐霞客镇"] * 3
    (record,) = read(path, '{"a": "徐霞客'.encode() + b'\xff"}', "a", encoding="utf-8")
    assert record.cells[0] == "徐霞客\udcff"


def test_required_columns(path: Path) -> None:
    path.write_text('{"code": 0, "data": [{"id": 1}]}', encoding="utf-8")
    with JsonFile(path, ["id", "when"]) as file, pytest.raises(FeedUnreadable) as caught:
        file.require(["id"])
    assert caught.value.values["missing"] == ["id"]
    assert caught.value.values["present"] == ["code", "data"]
    path.write_text('{"id": 1}\n{"id": 2, "when": "x"}', encoding="utf-8")
    with JsonFile(path, ["id", "when", "never"]) as file:
        file.require(["id", "when"])
        assert [list(record.cells) for record in file.records()] == [["1", "", ""], ["2", "x", ""]]
        assert file.unseen == ["never"]
        assert file.read_bytes == file.total_bytes


def test_no_file_and_an_empty_one(path: Path) -> None:
    with pytest.raises(FeedUnreadable, match="opened"):
        JsonFile(path, [])
    path.touch()
    with pytest.raises(FeedUnreadable, match="empty"):
        JsonFile(path, [])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"a": 1}', True), (b' \n[{"a": 1}]', True), (b"[]", True), (b"\xef\xbb\xbf[ {", True), (b"[[{}]]", True),
        (b"id,when", False), (b"[id],when", False), (b"", False), (b"5", False), (b"<a>", False),
    ],
)  # fmt: skip
def test_what_json_looks_like(path: Path, content: bytes, expected: bool) -> None:
    path.write_bytes(content)
    assert is_json(path) is expected


def test_a_file_longer_than_what_is_held_at_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_file, "MAX_RECORD_CHARS", 50)
    monkeypatch.setattr(json_file, "_OVERLAP_CHARS", 10)
    long = '{"a": "' + "x" * 500 + '"}'
    records = read(path, "\n".join(f'{{"a": {n}}}' if n % 7 else long for n in range(1, 100)), "a")
    assert len(records) == 99
    assert [record.line for record in records] == list(range(1, 100))
    for n, record in enumerate(records, start=1):
        assert list(record.cells) == ([str(n)] if n % 7 else [])
        assert bool(record.problem) is (n % 7 == 0)


@pytest.mark.parametrize("held", [1, 2, 50])
@pytest.mark.timeout(20)
def test_a_broken_object_is_left_behind_however_little_is_held(
    path: Path, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    monkeypatch.setattr(json_file, "MAX_RECORD_CHARS", held)
    records = read(path, '{"a": ' + "x" * 500 + '}\n{"a": 1}' + " " * 200, "a")
    assert records[0].problem
    assert records[0].line == 1


values = st.none() | st.booleans() | st.integers() | st.text(max_size=10)
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(
    st.lists(st.dictionaries(st.sampled_from("abc"), values, max_size=3), max_size=10),
    st.sampled_from([None, 1]),
    st.booleans(),
    st.booleans(),
    st.integers(1, 40),
)
def test_any_objects_in_any_layout(
    tmp_path_factory: pytest.TempPathFactory,
    objects: list[dict[str, Any]], indent: int | None, listed: bool, ascii_only: bool, held: int,
) -> None:  # fmt: skip
    path = tmp_path_factory.mktemp("json") / "feed.json"
    if listed:
        content = json.dumps(objects, indent=indent, ensure_ascii=ascii_only)
    else:
        content = "\n".join(json.dumps(one, indent=indent, ensure_ascii=ascii_only) for one in objects) or "[]"
    with pytest.MonkeyPatch.context() as patch:
        # As they stand in a list, where every line of theirs is set in.
        longest = max((len(json.dumps([one], indent=1)) for one in objects), default=0)
        patch.setattr(json_file, "MAX_RECORD_CHARS", max(held, longest))
        records = read(path, content.encode("utf-8", "surrogatepass"), "a", "b", "c", encoding="utf-8")
    expected = [[_text(one.get(name)) for name in "abc"] for one in objects]
    assert [list(record.cells) for record in records] == expected


def _text(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


@quick
@given(st.lists(st.sampled_from(['{"a": 1}', "{", "}", '"', "\n", ",", "[", "]", "x", "\\", '{"a": "']), max_size=40))
def test_noise_ends_and_every_record_is_whole_or_broken(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[str]
) -> None:
    path = tmp_path_factory.mktemp("json") / "feed.json"
    records = read(path, "{" + "".join(pieces), "a")
    assert all(bool(record.problem) != bool(record.cells) for record in records)
    # Behind a line end, a whole object is always found.
    whole = "".join(pieces).count('\n{"a": 1}\n')
    assert sum(list(record.cells) == ["1"] for record in records) >= whole
