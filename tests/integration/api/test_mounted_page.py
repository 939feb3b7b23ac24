"""The page on the server: both answer, and the page may load nothing from elsewhere."""

import base64
import hashlib
import re
from typing import Any

import pytest

from dashboard.pages.overview.page import mount_page


@pytest.fixture
def with_page(services: Any, serve: Any) -> Any:
    return serve(services, lambda api: mount_page(api, services))


def test_page_and_api_stand_beside_each_other(with_page: Any) -> None:
    page = with_page.client.get("/")
    assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (200, "text/html")
    assert with_page.client.get("/api/v1/grids").json()["city"] == "小城"
    unknown = with_page.client.get("/api/v1/nothing")
    assert (unknown.status_code, with_page.error(unknown)["code"]) == (404, "not_found")
    assert with_page.client.get("/_dash-layout").status_code == 200


def test_the_policy_of_the_page_allows_its_own_scripts_and_no_others(with_page: Any) -> None:
    page = with_page.client.get("/")
    policy = dict(rule.split(" ", 1) for rule in page.headers["content-security-policy"].split("; "))
    allowed = policy["script-src"].split()
    shown = re.sub(r"<!--.*?-->", "", page.text, flags=re.DOTALL)
    inline = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>(.*?)</script>", shown, re.DOTALL)
    # A block of data runs nowhere, so no policy asks for it.
    running = [text for attributes, text in inline if "application/json" not in attributes]
    assert running
    for text in running:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in allowed
    assert "'unsafe-inline'" not in allowed
    assert "'unsafe-eval'" not in allowed
    assert {rule for value in policy.values() for rule in value.split()} & {"*", "http:", "https:"} == set()


def test_a_server_with_page_and_streams_ends_within_two_seconds(with_page: Any) -> None:
    with with_page.client.stream("GET", "/api/v1/stream") as stream:
        next(stream.iter_bytes())
        assert with_page.stop() < 2
