"""The office through a real server: its addresses, its callbacks, who asks, and registers that are not there."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx
import pytest

from dashboard.api.screens import SCREEN_COOKIE
from dashboard.pages.overview.page import mount_page
from data.access.screens import add_screen
from data.store.connection import Store
from geo.grids import GridSystem
from tests.integration.api import conftest
from tests.integration.api.conftest import Served, free_settings, small_registers

ROWS = "..table.rowData...count.children.."


@pytest.fixture(scope="module")
def shared_office(
    second_module_store: Store, system: GridSystem, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A server with the pages mounted; the tests of this module only read its registers."""
    settings = free_settings(tmp_path_factory.mktemp("home"))
    for services in conftest._services(second_module_store, system, settings, small_registers()):
        running = Served(services, partial(mount_page, services=services)).start()
        yield running
        running.close()


@pytest.fixture
def office(shared_office: Served) -> Served:
    """The shared server, and a client that comes for the first time."""
    shared_office.client.cookies.clear()
    return shared_office


@pytest.fixture
def new_office(manned_services: Any, serve: Any) -> Any:
    """A server on PostGIS that nothing was asked of yet."""
    return serve(manned_services, lambda api: mount_page(api, manned_services))


def call(client: httpx.Client, output: str, **inputs: Any) -> httpx.Response:
    """Call a callback as the page does."""
    listed = [place.rpartition(".") for place in output.strip(".").split("...")]
    outputs = [{"id": id_, "property": name} for id_, _, name in listed]
    values = [
        {"id": place.partition("__")[0].replace("_", "-"), "property": place.partition("__")[2], "value": value}
        for place, value in inputs.items()
    ]
    body = {
        "output": output,
        "outputs": outputs if output.startswith("..") else outputs[0],
        "inputs": values,
        "changedPropIds": [f"{values[0]['id']}.{values[0]['property']}"],
        "parsedChangedPropsIds": [],
    }
    return client.post("/office/_dash-update-component", json=body)


def content(client: httpx.Client, **asked: str) -> str:
    answer = call(client, "registers-page.children", registers_asked__data=asked)
    assert answer.status_code == 200, answer.text
    return json.dumps(answer.json()["response"], ensure_ascii=False)


def rows(client: httpx.Client, table: str, search: str = "", **more: Any) -> tuple[list[dict[str, Any]], str]:
    answer = call(
        client, ROWS, register__value=table, search__value=search, kind__value=more.get("kind"),
        town__value=more.get("town"),
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    response = answer.json()["response"]
    return response["table"]["rowData"], response["count"]["children"]


def reason(client: httpx.Client, **asked: str) -> str:
    named = {f"{name}__value": asked.get(name, "") for name in ("person", "category", "grid", "moment")}
    answer = call(client, "reason.children", **named)
    assert answer.status_code == 200, answer.text
    return json.dumps(answer.json()["response"], ensure_ascii=False)


def test_all_addresses_of_the_office_are_one_document(office: Any) -> None:
    for address in ("/office", "/office/"):
        answer = office.client.get(f"{address}?person=w0")
        assert (answer.status_code, answer.headers["location"]) == (307, "/office/registers?person=w0")
    page = office.client.get("/office/registers", headers={"cookie": "lang=en; theme=light"})
    assert page.status_code == 200
    assert '<html lang="en" data-theme="light">' in page.text
    assert "<title>Office</title>" in page.text
    assert office.client.get("/office/nothing", headers={"accept": "text/html"}).status_code == 404
    switched = office.client.get("/office/registers?lang=en&person=w0")
    assert (switched.status_code, switched.headers["location"]) == (303, "/office/registers?person=w0")


def test_only_the_office_loads_tables_and_inputs(office: Any) -> None:
    libraries = ("dash_ag_grid", "dash_mantine_components")
    page = office.client.get("/office/registers").text
    assert all(f"/office/_dash-component-suites/{one}/" in page for one in libraries)
    for other in ("/", "/desk", "/wall"):
        text = office.client.get(other).text
        assert "/_dash-component-suites/dash/" in text
        assert not any(f"_dash-component-suites/{one}" in text for one in libraries), other


def test_the_first_document_runs_the_scripts_it_needs(new_office: Any) -> None:
    """Dash adds a script for its pages with the first request: the policy must know it in the first answer."""
    page = new_office.client.get("/office/registers")
    assert "document.title = data.title" in page.text
    assert "'unsafe-eval'" not in page.headers["content-security-policy"]


def test_content_says_version_importer_and_whom_it_leaves_out(office: Any) -> None:
    said = content(office.client)
    assert "第 1 版名册：5 个单位，11 人，2 项权责" in said
    assert "未记导入人" in said
    assert "另有 2 人今天没有职责，未列出" in said
    with office.as_person("h1") as client:
        assert "郑队，澄江一中队负责人" in content(client)


def test_rows_are_filtered_and_counted(office: Any) -> None:
    listed, count = rows(office.client, "people")
    assert (len(listed), count) == (9, "共 9 行")
    listed, count = rows(office.client, "people", "Ｗ０")
    assert ([row["person"] for row in listed], count) == (["w0"], "1 行，共 9 行")
    assert [row["code"] for row in rows(office.client, "units", kind="squad")[0]] == ["T1-squad"]
    assert [row["code"] for row in rows(office.client, "units", town="T2")[0]] == ["center", "team", "T2-team"]
    assert [row["state"] for row in rows(office.client, "powers")[0]] == ["有效", "已收回"]


def test_the_reason_is_said_in_words(office: Any) -> None:
    said = reason(office.client, person="郑队", category="garbage", grid="Ｌ００")
    assert "郑队可以办理格00的“暴露垃圾”，仅限执法手段。" in said
    assert "因为自 2020-01-01 起任澄江一中队负责人" in said
    assert "澄江街道自 2020-01-01 起行使“查处暴露垃圾”（P1）" in said
    before = reason(office.client, person="h2", category="garbage", grid="T2", moment="２０２４-06-01")
    assert "王队可以办理徐霞客镇的“暴露垃圾”，仅限执法手段。" in before
    now = reason(office.client, person="h2", category="garbage", grid="T2")
    assert "王队不能办理徐霞客镇的“暴露垃圾”。" in now
    assert "已于 2025-01-01 由徐霞客镇收回" in now
    assert "没有任何职责" in reason(office.client, person="gone", category="garbage", grid="L00")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"person": "某人"}, "名册中没有此人：“某人”"),
        ({"person": "w0", "grid": "天边"}, "没有这个网格：“天边”"),
        ({"person": "w0", "category": "0999"}, "查询条件无意义：“0999”"),
        ({"person": "w0", "moment": "昨天"}, "查询条件无意义：“昨天”"),
        ({"person": "w0", "moment": "0001-01-01"}, "查询条件无意义：“0001-01-01T00:00:00”"),
    ],
)
def test_what_is_not_known_is_said_with_its_value(office: Any, asked: dict[str, str], said: str) -> None:
    assert said in reason(office.client, **asked).replace('\\"', '"')


def test_an_ended_session_and_a_screen_see_nothing(office: Any) -> None:
    ended = {"cookie": "grid_person=gone"}
    with httpx.Client(base_url=office.url, headers=ended, trust_env=False) as client:
        assert "您今天没有在岗职责" in content(client)
        assert rows(client, "people")[0] == []
        assert "您今天没有在岗职责" in reason(client, person="w0")
    key = add_screen(office.services.store, "大厅")
    with httpx.Client(base_url=office.url, cookies={SCREEN_COOKIE: key}, trust_env=False) as client:
        assert "您的岗位不能进行此操作" in content(client)
        assert rows(client, "people")[0] == []


def test_an_address_that_asks_for_nonsense_is_refused(office: Any) -> None:
    assert "查询条件无意义：“animals”" in content(office.client, register="animals")
    assert "查询条件无意义：“x”" in content(office.client, x="1")


@pytest.mark.parametrize("value", [5, ["people"], {"a": 1}, "animals", "x" * 201, None])
def test_what_no_page_sends_is_refused_and_said(office: Any, value: Any) -> None:
    listed, count = rows(office.client, value)
    assert listed == []
    assert count.startswith("查询条件无意义：")
    if value != "animals" and value is not None:
        assert rows(office.client, "people", value)[0] == []
        assert "查询条件无意义：" in reason(office.client, person=value)
        assert "查询条件无意义：" in content(office.client, q=value)


def test_callbacks_leave_the_event_loop_free(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that takes its time holds up nobody else."""
    begun, free = threading.Event(), threading.Event()

    def slow(*_: Any) -> Any:
        begun.set()
        assert free.wait(30)
        return [], "done"

    monkeypatch.setattr("dashboard.pages.office.registers.page.rows", slow)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(rows, office.client, "people")
        assert begun.wait(30)
        assert httpx.get(f"{office.url}/healthz", trust_env=False).status_code == 200
        free.set()
        assert waiting.result() == ([], "done")


def test_without_registers_the_page_says_how_to_import_them(services: Any, serve: Any) -> None:
    running = serve(services, lambda api: mount_page(api, services))
    said = content(running.client)
    assert "还没有导入名册" in said
    assert "python app.py registers import --units" in said
