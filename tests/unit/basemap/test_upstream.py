"""Tiles from an address: what it answers, what it must never say, and that it is left alone while it is down."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dashboard.map.basemap.addresses import TileAddress
from dashboard.map.basemap.tile import Tile, TileUnavailable
from dashboard.map.basemap.upstream import Upstream
from tests.map_service import MapService
from tests.tile_files import picture

SECRET = "5ecret0f7he0ffice"
PICTURE = picture((10, 20, 30))
TILE = Tile(5, 3, 2)


class Clock:
    s = 0.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def service() -> Iterator[MapService]:
    running = MapService(lambda _: (200, PICTURE))
    yield running
    running.stop()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def upstream(service: MapService, clock: Clock) -> Iterator[Upstream]:
    asks = Upstream(TileAddress(service.url + "/{z}/{x}/{y}?tk={key}"), SECRET, clock)
    yield asks
    asks.close()


def test_the_tile_is_fetched_with_the_key(upstream: Upstream, service: MapService) -> None:
    assert upstream.read(TILE) == PICTURE
    assert service.asked == [f"/5/3/2?tk={SECRET}"]


@pytest.mark.parametrize("status", [204, 404])
def test_a_tile_that_is_not_there_is_none(upstream: Upstream, service: MapService, status: int) -> None:
    service.answer = lambda _: (status, b"")
    assert upstream.read(TILE) is None


def html(_: str) -> tuple[int, bytes]:
    return 200, b"<html><script>alert(1)</script>"


def huge(_: str) -> tuple[int, bytes]:
    return 200, PICTURE + bytes(5 << 20)


ANSWERS: list[tuple[Callable[[str], tuple[int, bytes]], str]] = [
    (html, "no picture"),
    (huge, "does not answer"),
    (lambda _: (403, f"wrong {SECRET}".encode()), "403"),
    (lambda _: (429, b""), "429"),
    (lambda _: (500, b""), "500"),
    (lambda _: (302, b""), "302"),
]


@pytest.mark.parametrize(("answer", "said"), ANSWERS)
def test_what_is_no_tile_is_unavailable_and_the_key_is_nowhere(
    upstream: Upstream, service: MapService, caplog: pytest.LogCaptureFixture, answer: Any, said: str
) -> None:
    caplog.set_level(logging.DEBUG)
    service.answer = answer
    with pytest.raises(TileUnavailable) as caught:
        upstream.read(TILE)
    assert said in caught.value.message
    told = [record.getMessage() for record in caplog.records]
    # httpx says what it asks, and that is heard here.
    assert any("HTTP Request" in line for line in told)
    assert not [line for line in [*told, caught.value.message, str(caught.value.values)] if SECRET in line]


def test_a_service_that_is_not_there_is_named_without_the_key(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    asks = Upstream(TileAddress("http://127.0.0.1:9/{z}/{x}/{y}?tk={key}"), SECRET)
    with pytest.raises(TileUnavailable, match=r"127\.0\.0\.1") as caught:
        asks.read(TILE)
    asks.close()
    assert caught.value.__cause__ is None
    assert SECRET not in caught.value.message + "".join(record.getMessage() for record in caplog.records)


def test_a_service_that_refuses_is_left_alone_for_a_while(
    upstream: Upstream, service: MapService, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    service.answer = lambda _: (403, b"")
    for _ in range(5):
        with pytest.raises(TileUnavailable):
            upstream.read(TILE)
    assert len(service.asked) == 1
    assert sum(record.levelno == logging.WARNING for record in caplog.records) == 1
    service.answer = lambda _: (200, PICTURE)
    clock.s = 11
    assert upstream.read(TILE) == PICTURE


def test_one_bad_tile_does_not_stop_the_others(upstream: Upstream, service: MapService) -> None:
    service.answer = lambda path: (500, b"") if path.startswith("/5/3/2") else (200, PICTURE)
    with pytest.raises(TileUnavailable):
        upstream.read(TILE)
    assert upstream.read(TILE._replace(x=4)) == PICTURE


def test_the_log_of_others_is_as_before_once_it_is_closed(service: MapService) -> None:
    before = list(logging.getLogger("httpx").filters)
    asks = Upstream(TileAddress(service.url + "/{z}/{x}/{y}"), "")
    asks.close()
    assert logging.getLogger("httpx").filters == before
