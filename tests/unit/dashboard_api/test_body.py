import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.doors.body import NotStorable, in_batches, parse_object, split_lines


def lines_of(chunks: list[bytes], limit_bytes: int) -> list[tuple[int, bytes | None]]:
    async def stream() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    async def collect() -> list[tuple[int, bytes | None]]:
        return [line async for line in split_lines(stream(), limit_bytes)]

    return asyncio.run(collect())


def lines_slowly(whole: bytes, limit_bytes: int) -> list[tuple[int, bytes | None]]:
    found: list[tuple[int, bytes | None]] = []
    for number, line in enumerate(whole.split(b"\n"), 1):
        if len(line) > limit_bytes:
            found.append((number, None))
        elif line.strip():
            found.append((number, line.rstrip(b"\r") if number <= whole.count(b"\n") else line))
    return found


@given(st.lists(st.text("ab\r\n ", max_size=12).map(str.encode), max_size=8), st.integers(1, 9))
def test_lines_do_not_depend_on_how_the_stream_was_cut(chunks: list[bytes], limit_bytes: int) -> None:
    assert lines_of(chunks, limit_bytes) == lines_slowly(b"".join(chunks), limit_bytes)


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (3, [3]), (7, [3, 3, 1])])
def test_lines_come_in_batches(count: int, sizes: list[int]) -> None:
    async def stream() -> AsyncIterator[bytes]:
        yield b"x\n" * count

    async def collect() -> list[list[tuple[int, bytes | None]]]:
        return [batch async for batch in in_batches(split_lines(stream()), 3)]

    batches = asyncio.run(collect())
    assert [len(batch) for batch in batches] == sizes
    assert [line for batch in batches for line in batch] == [(number, b"x") for number in range(1, count + 1)]


def test_no_lines_in_an_empty_stream() -> None:
    assert lines_of([], 10) == []


def test_a_ten_megabyte_line_is_passed_over_and_the_next_is_read() -> None:
    chunks = [b'{"a":1}\n', *[b"x" * 65536] * 160, b'\n{"b":2}']
    assert lines_of(chunks, 1 << 20) == [(1, b'{"a":1}'), (2, None), (3, b'{"b":2}')]


@given(
    st.dictionaries(
        st.text(),
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    )
)
def test_what_json_writes_is_read_back(document: dict[str, object]) -> None:
    raw = json.dumps(document).encode()
    keys_and_texts = [*document, *(value for value in document.values() if isinstance(value, str))]
    if any("\x00" in text for text in keys_and_texts):
        with pytest.raises(NotStorable, match="NUL"):
            parse_object(raw)
    else:
        assert parse_object(raw) == document


def test_a_byte_order_mark_is_no_error() -> None:
    assert parse_object(b'\xef\xbb\xbf{"title": "\xe6\x9a\xb4"}') == {"title": "暴"}


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not JSON"),
        (b'{"title": "half', "not JSON"),
        (b'{"lon": NaN}', "NaN is no JSON number"),
        (b'{"lon": -Infinity}', "-Infinity is no JSON number"),
        (b'{"lon": 1e999}', "out of range"),
        (b'{"n": ' + b"9" * 5000 + b"}", "not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b"\xff\xfe{\x00}\x00", "not UTF-8"),
        ("标题".encode("gbk"), "not UTF-8"),
        (b"[1, 2]", "must be a JSON object, is a list"),
        (b'"text"', "must be a JSON object, is a text"),
        (b"null", "must be a JSON object, is null"),
        (b"3", "must be a JSON object, is a number"),
        (b'{"a": 1} {"b": 2}', "not JSON"),
    ],
)
def test_what_is_no_json_object_is_refused(raw: bytes, reason: str) -> None:
    with pytest.raises(NotStorable, match=reason) as caught:
        parse_object(raw)
    assert caught.value.field == ""


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'{"ok": 1, "title": "a\\u0000b"}', "NUL"),
        (b'{"title": {"deep": ["a\\u0000"]}}', "NUL"),
        (b'{"title": "\\ud83d alone"}', "surrogate"),
    ],
)
def test_text_that_cannot_be_kept_names_its_field(raw: bytes, reason: str) -> None:
    with pytest.raises(NotStorable, match=reason) as caught:
        parse_object(raw)
    assert caught.value.field == "title"


def test_an_escaped_emoji_is_text() -> None:
    assert parse_object(b'{"title": "\\ud83d\\ude00"}') == {"title": "😀"}
