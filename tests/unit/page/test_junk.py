"""Addresses that are no page, and junk for Dash's own: refused, with the way back, and never a traceback."""

import asyncio
import json
import random
import re
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from dash import ALL, Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from dashboard.doors.dash_calls import guard
from dashboard.doors.errors import LastResort
from dashboard.pages import modules
from dashboard.pages.callbacks import in_thread
from dashboard.pages.overview.page import mount_page
from dashboard.server import create_server
from data.settings import Settings

PAGES = ("/", "/desk/", "/wall/", "/office/")
HTML = {"accept": "text/html,application/xhtml+xml"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    services = SimpleNamespace(
        settings=Settings(home=tmp_path_factory.mktemp("home")), version="1", store=None, has_edition=False
    )
    made = create_server(services)  # type: ignore[arg-type]
    mount_page(made, services)  # type: ignore[arg-type]
    return made


def ask(server: Any, method: str, address: str, **parts: Any) -> httpx.Response:
    """Ask the server; an exception that leaves it fails the test."""

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=server)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8050") as client:
            return await client.request(method, address, **parts)

    return asyncio.run(asked())


@pytest.mark.parametrize(
    "address",
    ["/help", "/settings", "/a/b/c", "/wall/x", "/desk/x", "/desk/x/", "/office/x", "/index.php", "/.env", "/field/x"],
)
def test_an_address_that_is_no_page_says_so_and_leads_back(server: Any, address: str) -> None:
    answer = ask(server, "GET", address, headers=HTML)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert re.findall(r'<a href="([^"]+)"', answer.text) == ["/", "/desk", "/wall", "/office", "/field"]
    assert '<html lang="zh-CN" data-theme="dark">' in answer.text
    assert "没有这个地址" in answer.text
    assert address in answer.text
    english = ask(server, "GET", address, headers={**HTML, "cookie": "lang=en; theme=light"})
    assert '<html lang="en" data-theme="light">' in english.text
    assert "There is nothing at this address" in english.text
    assert not re.search(r"[\u3400-\u9fff]", english.text)
    assert ask(server, "HEAD", address, headers=HTML).status_code == 404


@pytest.mark.parametrize(
    "address", ["/", "/desk", "/wall/", "/field", "/help", "/healthz", "/readyz", "/metrics", "/openapi.json",
                "/api/v1/grids", "/assets/tokens.css", "/desk/_dash-layout", "/_favicon.ico"]
)  # fmt: skip
def test_a_name_made_to_point_here_reads_nothing(server: Any, address: str) -> None:
    """DNS rebinding: the browser asks us, for the page of another site."""
    for host in ("evil.example:8050", "127.0.0.1.evil.example", "localhost.evil.example:8050"):
        answer = ask(server, "GET", address, headers={**HTML, "host": host})
        assert (answer.status_code, answer.json()["error"]["code"]) == (421, "host_refused")
    elsewhere = {"origin": "http://evil.example", "content-type": "application/json"}
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = ask(server, method, address, headers=elsewhere, content=b"{}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "origin_refused")


def test_what_stands_in_the_address_is_no_markup(server: Any) -> None:
    answer = ask(server, "GET", "/%3Cscript%3Ealert(1)%3C/script%3E%00%FF$title", headers=HTML)
    assert answer.status_code == 404
    assert "<script" not in answer.text
    assert len(ask(server, "GET", "/" + "x" * 5000, headers=HTML).text) < 3000


@pytest.mark.parametrize("address", ["/api/v1/nothing", "/api/", "/api/v1/", "/help"])
def test_programs_get_an_error_in_the_one_shape(server: Any, address: str) -> None:
    answer = ask(server, "GET", address, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    answer = ask(server, "POST", address, json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_a_page_that_is_there_still_answers(server: Any) -> None:
    for address in (
        "/",
        "/desk",
        "/desk/",
        "/wall",
        "/wall/",
        "/office/registers",
        "/office/registers/",
        "/assets/tokens.css",
        modules.address("lib/skip.js"),
        "/_favicon.ico",
        "/healthz",
    ):
        assert ask(server, "GET", address, headers=HTML).status_code == 200, address
    assert ask(server, "POST", "/healthz").status_code == 405


def is_refused(answer: httpx.Response) -> bool:
    """Whether an answer is a 4xx in the one shape, without a word of our insides."""
    return (
        400 <= answer.status_code < 500
        and sorted(answer.json()["error"]) == ["code", "message", "values"]
        and "Traceback" not in answer.text
    )


JUNK = [
    b"", b"{", b"[]", b"null", b"1", b'"x"', b"{}", b"\xff\xfe", b"[" * 100_000, b'{"output": null}', b'{"output": 1}',
    b'{"output": []}', b'{"output": {"a": 1}}', b'{"output": "started.data"}', b'{"output": "..a.b...c.d.."}',
    b'{"output": "started.data", "inputs": [{"id": "config", "property": "data", "value": {}}]}',
    b'{"output": "nothing.children", "inputs": 5}', b'{"n": ' + b"9" * 9_000 + b"}", b'{"output": "\\u0000"}',
]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("raw", JUNK)
def test_a_callback_that_is_none_is_refused(
    server: Any, page: str, raw: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    address = f"{page}_dash-update-component"
    assert is_refused(ask(server, "POST", address, content=raw, headers={"content-type": "application/json"}))
    assert is_refused(ask(server, "POST", address, content=raw, headers={"content-type": "text/plain"}))
    assert is_refused(ask(server, "POST", address, content=raw))
    assert caplog.text == ""


def test_a_callback_that_is_too_large_is_refused(server: Any) -> None:
    async def chunks() -> Any:
        for _ in range(40):
            yield b"x" * 65536

    headers = {"content-type": "application/json"}
    for content in (b"x" * 2_000_000, chunks()):
        answer = ask(server, "POST", "/_dash-update-component", content=content, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "address",
    [
        "_dash-component-suites/nobody/x.js", "_dash-component-suites/dash/../../etc/passwd",
        "_dash-component-suites/dash/%2e%2e/%2e%2e/app.py", "_dash-component-suites/dash/nothing.js",
        "_dash-component-suites/os/path.py", "_dash-component-suites/dash/", "_dash-component-suites/",
        "_dash-component-suites/dash/x%00.js", "_dash-component-suites/dash_mantine_components/no", "_dash-nothing",
        "_dash-layout/x", "_alive_", "_mcp", "_dash-ws-callback", "_dash-component-suites/%FF/%FF",
    ],
)  # fmt: skip
def test_a_file_of_dash_that_is_none_is_refused(
    server: Any, page: str, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert is_refused(ask(server, "GET", f"{page}{address}", headers={"accept": "application/json"}))
    assert caplog.text == ""


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", ["_dash-layout", "_dash-dependencies", "_reload-hash", "_favicon.ico"])
def test_what_dash_has_is_read_and_nothing_else(server: Any, page: str, name: str) -> None:
    assert ask(server, "GET", f"{page}{name}").status_code < 500
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert is_refused(
            ask(server, method, f"{page}{name}", content=b"{", headers={"content-type": "application/json"})
        )
    assert (
        ask(server, "GET", f"{page}{name}", content=b"{", headers={"content-type": "application/json"}).status_code
        < 500
    )


@pytest.fixture(scope="module")
def office() -> Any:
    """A page with Python callbacks, as pages to come will have."""
    from dashboard.doors.application import CenterApi

    api = CenterApi()
    api.add_middleware(LastResort)
    app = Dash(server=api, backend="fastapi", use_pages=False)
    app.layout = html.Div([html.Div(id="out"), html.Button(id="in"), dcc.Store(id="kept"), html.Div(id="all")])

    @app.callback(Output("out", "children"), Output("out", "title"), Input("in", "n_clicks"), State("kept", "data"))
    @in_thread
    def pressed(clicks: Any, kept: Any) -> Any:
        if clicks == 204:
            raise PreventUpdate
        if clicks == 500:
            raise RuntimeError("the password is 1234")
        return f"{clicks} {kept}", "t"

    @app.callback(Output("all", "children"), Input({"row": ALL}, "n_clicks"))
    @in_thread
    def rows(clicks: Any) -> str:
        return str(clicks)

    guard(api, app)
    return api


def a_call() -> dict[str, Any]:
    return {
        "output": "..out.children...out.title..",
        "outputs": [{"id": "out", "property": "children"}, {"id": "out", "property": "title"}],
        "inputs": [{"id": "in", "property": "n_clicks", "value": 3}],
        "state": [{"id": "kept", "property": "data", "value": [1]}],
        "changedPropIds": ["in.n_clicks"],
    }


def test_a_real_call_is_answered(office: Any) -> None:
    answer = ask(office, "POST", "/_dash-update-component", json=a_call())
    assert answer.json()["response"]["out"] == {"children": "3 [1]", "title": "t"}
    every = {
        "output": "all.children", "outputs": {"id": "all", "property": "children"}, "changedPropIds": [],
        "inputs": [[{"id": {"row": n}, "property": "n_clicks", "value": n} for n in (1, 2)]],
    }  # fmt: skip
    assert ask(office, "POST", "/_dash-update-component", json=every).json()["response"]["all"]["children"] == "[1, 2]"


def test_a_callback_that_has_nothing_new_or_fails(office: Any, caplog: pytest.LogCaptureFixture) -> None:
    said = a_call()
    said["inputs"][0]["value"] = 204
    assert ask(office, "POST", "/_dash-update-component", json=said).status_code == 204
    assert caplog.text == ""
    said["inputs"][0]["value"] = 500
    answer = ask(office, "POST", "/_dash-update-component", json=said)
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal")
    assert "password" not in answer.text
    assert answer.json()["error"]["values"]["id"] in caplog.text


def broken(value: Any, rng: random.Random) -> Any:
    """The same with one thing in it left out, doubled, or made something else."""
    if isinstance(value, dict) and value and rng.random() < 0.8:
        key = rng.choice(list(value))
        if rng.random() < 0.3:
            return {name: item for name, item in value.items() if name != key}
        return {**value, key: broken(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.8:
        at = rng.randrange(len(value))
        if rng.random() < 0.3:
            return value[:at] + value[at + 1 :]
        return [*value[:at], broken(value[at], rng), *value[at + 1 :]]
    return rng.choice([None, 0, -1, 1.5, True, "", "x", "in", "a.b", [], {}, [None], {"id": None}, [[]], {"a": {}}])


def test_a_real_call_with_anything_wrong_in_it_is_no_error_of_the_server(office: Any) -> None:
    rng = random.Random(13)
    for _ in range(400):
        said = broken(a_call(), rng)
        answer = ask(office, "POST", "/_dash-update-component", json=said)
        assert answer.status_code < 500, json.dumps(said)
