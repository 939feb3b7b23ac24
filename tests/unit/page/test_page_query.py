"""A page whose address says what it does not know says so, with a way on."""

import asyncio
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI

from dashboard.pages.overview.page import mount_page
from dashboard.pages.page_query import PARAMETERS
from data.settings import Settings


@pytest.fixture(scope="module")
def server() -> FastAPI:
    made = FastAPI()
    mount_page(made, SimpleNamespace(settings=Settings(home=Path("/nonexistent"))))
    return made


def get(server: FastAPI, address: str, **headers: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=server)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.get(address, headers=headers)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("address", "said", "way"),
    [
        ("/?levl=1&kpi=open", "是否要写“level”？", "/?kpi=open"),
        ("/wall?secne=night&level=1", "是否要写“scene”？", "/wall?level=1"),
        ("/wall?key=SECRET&secne=night", "“secne”", "/wall"),
        ("/?key=SECRET", "“key”", "/"),
        ("/desk?id=1&id=2", "不止一次", "/desk?id=2"),
        ("/desk/?quue=red", "是否要写“queue”？", "/desk"),
        ("/office/registers?persn=W01&q=1", "是否要写“person”？", "/office/registers?q=1"),
        ("/office?registr=people", "是否要写“register”？", "/office"),
        ("/field?id=7", "本页没有参数", "/field"),
        ("/remote?%3Cscript%3E=1", "“<script>”", "/remote"),
        ("/?lang=xx&kpi=open", "参数“lang”不能写成“xx”，可以写：zh, en", "/?kpi=open"),
        ("/wall?theme=&level=1", "参数“theme”不能写成“”", "/wall?level=1"),
        ("/desk?lang=EN&theme=light", "“EN”", "/desk?theme=light"),
        ("/?lang=en&lang=en", "不止一次", "/?lang=en"),
    ],
)
def test_what_a_page_does_not_know_is_said(server: FastAPI, address: str, said: str, way: str) -> None:
    answer = get(server, address)
    assert answer.status_code == 422
    assert said in unescape(answer.text)
    assert f'href="{way}"' in unescape(answer.text)
    assert "<script>" not in answer.text
    assert "SECRET" not in answer.text
    assert get(server, way).status_code in (200, 303, 307, 404)


def test_it_speaks_the_viewers_language(server: FastAPI) -> None:
    assert "Did you mean “level”?" in unescape(get(server, "/?levl=1", cookie="lang=en").text)


@pytest.mark.parametrize("page", ["/", "/wall", "/desk", "/office/registers"])
def test_what_a_page_knows_it_takes(server: FastAPI, page: str) -> None:
    query = "&".join(f"{name}=1" for name in PARAMETERS[page] if name not in ("lang", "theme", "key"))
    assert get(server, f"{page}?{query}").status_code == 200
    assert get(server, f"{page}?lang=en&{query}").headers["location"] == f"{page}?{query}"
