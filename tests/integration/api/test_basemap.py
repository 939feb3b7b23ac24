"""Tiles of the basemap from a real server: what is answered, to whom, and that the key never leaves."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboard.pages.overview.page import mount_page
from dashboard.server import create_server
from data.errors import SettingInvalid
from tests.map_service import MapService
from tests.tile_files import picture, write_mbtiles

SECRET = "5ecret0f7he0ffice"
PICTURE = picture((10, 120, 200))
THERE, MISSING = "/api/v1/basemap/10/853/416", "/api/v1/basemap/10/1/1"


@pytest.fixture
def serve_with(plain_services: Any, serve: Any) -> Callable[..., Any]:
    """Serve the small city with settings of a basemap."""

    def start(**basemap: Any) -> Any:
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        services = replace(plain_services, settings=replace(plain_services.settings, port=port, **basemap))
        return serve(services, lambda api: mount_page(api, services))

    return start


@pytest.fixture
def mbtiles(tmp_path: Path) -> str:
    return str(write_mbtiles(tmp_path / "city.mbtiles", {(10, 853, 416): PICTURE}, attribution="© 测试"))


@pytest.fixture
def service() -> Iterator[MapService]:
    running = MapService(lambda _: (200, PICTURE))
    yield running
    running.stop()


def test_without_one_there_is_nothing(serve_with: Callable[..., Any]) -> None:
    served = serve_with()
    answer = served.client.get(THERE)
    assert answer.status_code == 404
    assert served.error(answer)["code"] == "not_found"
    assert "GRID_BASEMAP" in served.error(answer)["message"]
    assert "basemap" not in served.client.get("/_dash-layout").text.replace("basemap.credit", "")


def test_a_tile_of_a_file(serve_with: Callable[..., Any], mbtiles: str) -> None:
    client = serve_with(basemap=mbtiles).client
    answer = client.get(THERE)
    assert (answer.status_code, answer.content) == (200, PICTURE)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "private, max-age=86400"
    again = client.get(THERE, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    missing = client.get(MISSING)
    assert (missing.status_code, missing.content) == (204, b"")
    assert missing.headers["cache-control"] == "private, max-age=86400"


@pytest.mark.parametrize("path", ["10/-1/0", "10/a/0", "25/0/0", "-1/0/0", f"10/0/{10**12}"])
def test_what_is_no_tile_is_refused(serve_with: Callable[..., Any], mbtiles: str, path: str) -> None:
    served = serve_with(basemap=mbtiles)
    answer = served.client.get(f"/api/v1/basemap/{path}")
    assert answer.status_code == 422
    assert served.error(answer)["code"] == "request_invalid"


def test_who_may_not_see_the_city_sees_no_tile(serve_with: Callable[..., Any], mbtiles: str) -> None:
    served = serve_with(basemap=mbtiles)
    for path in (THERE, "/api/v1/grids/geometry?level=1"):
        answer = httpx.get(served.url + path, cookies={"grid_person": "nobody"}, trust_env=False)
        assert (answer.status_code, served.error(answer)["code"]) == (403, "session_ended")
        answer = httpx.get(served.url + path, cookies={"grid_screen": "nothing"}, trust_env=False)
        assert (answer.status_code, served.error(answer)["code"]) == (401, "screen_key_unknown")


def test_pages_say_whose_map_it_is_and_where_its_tiles_are(serve_with: Callable[..., Any], mbtiles: str) -> None:
    client = serve_with(basemap=mbtiles).client
    for page in ("/", "/wall/", "/desk/"):
        layout = str(client.get(f"{page}_dash-layout").json())
        assert "/api/v1/basemap/{z}/{x}/{y}?v=" in layout
        assert "底图：© 测试" in layout
        assert mbtiles not in layout


def test_the_key_stays_here(
    serve_with: Callable[..., Any], service: MapService, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    address = service.url + "/{z}/{x}/{y}?tk={key}"
    served = serve_with(basemap=address, basemap_key=SECRET)
    assert served.client.get(THERE).content == PICTURE
    assert service.asked == [f"/10/853/416?tk={SECRET}"]
    service.answer = lambda _: (403, f"wrong key {SECRET}".encode())
    answers = [
        served.client.get(path)
        for path in (THERE, MISSING, "/", "/_dash-layout", "/desk/_dash-layout", "/wall/_dash-layout", "/openapi.json",
                     "/metrics", "/api/v1/basemap/x/y/z", "/healthz", "/readyz")
    ]  # fmt: skip
    assert answers[1].status_code == 204
    assert answers[1].headers["cache-control"] == "private, max-age=30"
    for answer in answers:
        said = answer.text.replace("\\u002f", "/") + str(answer.headers)
        assert SECRET not in said
        assert str(service.url) not in said
    # The client of the test is one of httpx too, and says what it asks; it knows no key.
    assert SECRET not in caplog.text
    assert any("answers 403" in record.message for record in caplog.records)


def test_the_rest_is_served_while_the_map_service_hangs(serve_with: Callable[..., Any], service: MapService) -> None:
    go = threading.Event()

    def hang(_: str) -> tuple[int, bytes]:
        go.wait(20)
        return 200, PICTURE

    service.answer = hang
    served = serve_with(basemap=service.url + "/{z}/{x}/{y}")

    def ask(x: int) -> None:
        httpx.get(f"{served.url}/api/v1/basemap/12/{x}/1", timeout=30, trust_env=False)

    asking = [threading.Thread(target=ask, args=(x,)) for x in range(60)]
    for thread in asking:
        thread.start()
    served.until(lambda: service.at_once >= 4)
    # More than all threads of the server would be taken, were tiles answered by them.
    for _ in range(5):
        assert served.client.get("/api/v1/grids?level=1", timeout=5).status_code == 200
    go.set()
    for thread in asking:
        thread.join(30)
    assert service.most_at_once <= 8


def test_a_file_of_vectors_is_refused_at_the_start(plain_services: Any, tmp_path: Path) -> None:
    path = write_mbtiles(tmp_path / "v.mbtiles", {(1, 0, 0): b"\x1f\x8b"}, format="pbf")
    services = replace(plain_services, settings=replace(plain_services.settings, basemap=str(path)))
    with pytest.raises(SettingInvalid, match="QGIS"):
        create_server(services)
