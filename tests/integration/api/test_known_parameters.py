"""A parameter that an address does not know is refused by name, at every address there is."""

from dataclasses import replace

import pytest

from dashboard.map.basemap.serving import described
from layers import LAYERS, THEMES, MapView
from tests.integration.api.conftest import Served


def filled(path: str) -> str:
    """An address with something in the place of its parameters."""
    for name, value in {"incident_id": "1", "grid_id": "1:T1", "sha256": "0" * 64, "key": "ab"}.items():
        path = path.replace(f"{{{name}}}", value)
    return path.replace("{z}/{x}/{y}", "1/0/0")


def test_every_address_refuses_what_it_does_not_know(plain_manned: Served) -> None:
    paths = plain_manned.client.get("/openapi.json").json()["paths"]
    assert len(paths) > 30
    for path, methods in paths.items():
        for method in methods:
            answer = plain_manned.client.request(method, filled(path), params={"untill": "2026-11-01"})
            assert answer.status_code == 422, (method, path, answer.text)
            error = plain_manned.error(answer)
            assert error["code"] == "query_invalid"
            assert error["values"]["parameter"] == "untill"


@pytest.mark.parametrize(
    ("path", "query", "said"),
    [
        ("/api/v1/exports/incidents.csv", {"untill": "2026-11-01"}, "did you mean 'until'?"),
        ("/api/v1/incidents", {"sorce": "hotline"}, "did you mean 'source'?"),
        ("/api/v1/incidents", {"Source": "hotline"}, "did you mean 'source'?"),
        ("/api/v1/incidents", {"open_only": "true"}, "known are before, limit, open, source,"),
        ("/api/v1/exports/incidents.csv", {"category": "garbage"}, "'category'"),
        ("/api/v1/stream", {"levl": "1"}, "did you mean 'level'?"),
        ("/api/v1/kpis", {"levle": "1"}, "did you mean 'level'?"),
        ("/api/v1/layers/hexes", {"day": "1"}, "did you mean 'days'?"),
        ("/api/v1/units", {"x": "1"}, "takes none"),
        ("/api/v1/units", {"": "1"}, "takes none"),
        ("/healthz", {"x": ""}, "takes none"),
    ],
)
def test_the_answer_names_it_and_those_it_knows(
    plain_manned: Served, path: str, query: dict[str, str], said: str
) -> None:
    answer = plain_manned.client.get(path, params=query)
    assert answer.status_code == 422
    assert said in plain_manned.error(answer)["message"]


def test_one_value_is_said_once(plain_manned: Served) -> None:
    answer = plain_manned.client.get("/api/v1/kpis?level=1&level=2")
    assert answer.status_code == 422
    assert plain_manned.error(answer)["values"]["parameter"] == "level"
    assert plain_manned.client.get("/api/v1/incidents?stage=claimed&stage=handled").status_code == 200


def addresses_of_the_map() -> list[str]:
    """What the page asks for each layer that can be switched on, and for the ground under them."""
    shown = "within=2:V0&moment=2026-11-01T10:00:00.000Z&known=then"
    layers = [layer.choice for layer in LAYERS if layer.choice is not None]
    return [
        *(f"{one.url}?{shown if one.of_moment else 'within=2:V0'}" for one in layers),
        *(f"{one.url}?within=2:V0&detail=1" for one in layers if one.paint == "outline"),
        MapView(THEMES["dark"]).geometry_url.format(level=1, detail=1),
    ]


@pytest.mark.parametrize("address", addresses_of_the_map())
def test_what_the_map_asks_is_known(plain_manned: Served, address: str) -> None:
    assert plain_manned.client.get(address).status_code == 200


def test_the_address_of_tiles_is_known(plain_manned: Served) -> None:
    settings = replace(plain_manned.services.settings, basemap="https://tiles.example/{z}/{x}/{y}.png")
    basemap = described(settings)
    assert basemap is not None
    answer = plain_manned.client.get(basemap.tiles.format(z=1, x=0, y=0))
    # This server has no basemap: it is not the question that is refused.
    assert answer.status_code == 404


@pytest.mark.parametrize("text", ["1_0", "+1", " 1", "1 ", "1.0", "１", "1e0", "", "one"])
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/v1/grids", "level"),
        ("/api/v1/kpis", "level"),
        ("/api/v1/incidents", "limit"),
        ("/api/v1/incidents", "before"),
        ("/api/v1/layers/hexes", "days"),
        ("/api/v1/stream", "level"),
    ],
)
def test_a_whole_number_is_read_in_plain_digits_only(plain_manned: Served, path: str, name: str, text: str) -> None:
    answer = plain_manned.client.get(path, params={name: text})
    assert answer.status_code == 422
    error = plain_manned.error(answer)
    assert (error["code"], error["values"]["field"], error["values"]["value"]) == ("request_invalid", name, text)
    assert error["message"] == f"{name} is {text!r}: must be a whole number in plain digits, such as 12"


@pytest.mark.parametrize("text", ["1_0", "+1", "1.0", "%EF%BC%91", "%201"])
def test_so_is_the_number_of_an_incident(plain_manned: Served, text: str) -> None:
    for rest in ("", "/events", "/photos"):
        answer = plain_manned.client.get(f"/api/v1/incidents/{text}{rest}")
        if answer.status_code != 405:
            assert answer.status_code == 422
            assert "plain digits" in plain_manned.error(answer)["message"]


@pytest.mark.parametrize("text", ["1_20.2", "+120.2", " 120.2", "nan", "inf", "120,2"])
def test_so_are_degrees(plain_manned: Served, text: str) -> None:
    answer = plain_manned.client.get("/api/v1/grids/at", params={"lon": text, "lat": "31.8"})
    assert answer.status_code == 422
    assert plain_manned.error(answer)["message"] == f"lon is {text!r}: must be a number, such as 120.25"
    assert plain_manned.client.get("/api/v1/grids/at", params={"lon": "1.202e2", "lat": "31.8"}).status_code == 200


def test_the_openapi_document_takes_no_parameters_either(plain_manned: Served) -> None:
    answer = plain_manned.client.get("/openapi.json", params={"x": "1"})
    assert answer.status_code == 422
    assert plain_manned.error(answer)["values"]["parameter"] == "x"
