"""The modules of the browser: no knot, lower rooms know nothing of upper ones, and each is served."""

import re
from itertools import pairwise

import pytest
from fastapi import FastAPI

from dashboard.components.live_picture import SCRIPT
from dashboard.pages import modules
from dashboard.pages.desk.layout import ENTRY
from tests.unit.page.test_page import Visitor, page_server

# Lower rooms first; the entries, which put the rooms together, stand beside them in the folder itself.
ROOMS = ("lib", "city", "stream", "view", "time", "paper", "map", "panels", "", "wall", "desk", "field", "remote")
ENTRIES = ("overview.js", "wall/start.js", ENTRY, "field/app.js", "remote/page.js", "lib/skip.js")
NAMES = sorted(modules.files())
# Writing to a global name, in any of the ways there are.
GLOBAL = re.compile(
    r"\b(?:window|globalThis|self)(?:\.\w+)+\s*(?:\?\?|\|\|)?=(?!=)|Object\.assign\((?:window|globalThis)\b"
)
INSIDES = re.compile(r"_fullLayout|_fullData|calcdata|_subplot|\bPlotly\b(?=[.)])")


def code_of(name: str) -> str:
    """A module without its comments."""
    code = modules.files()[name][0].decode("utf-8")
    return re.sub(r"(?m)(^|\s)//.*$", "", re.sub(r"/\*.*?\*/", "", code, flags=re.DOTALL))


def circle(imports: dict[str, tuple[str, ...]]) -> list[str]:
    """A way from a module back to itself; empty where there is none."""
    done: set[str] = set()

    def visit(name: str, way: list[str]) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name in done:
            return []
        done.add(name)
        return next((found for one in imports.get(name, ()) if (found := visit(one, [*way, name]))), [])

    return next((found for name in imports if (found := visit(name, []))), [])


def room_of(name: str) -> str:
    return name.rpartition("/")[0]


@pytest.fixture(scope="module")
def server() -> FastAPI:
    return page_server()


def test_there_are_modules_and_each_is_needed_by_a_page() -> None:
    assert len(NAMES) > 40
    needed = {SCRIPT, *(name for entry in ENTRIES for name in modules.needed_by(entry))}
    assert set(NAMES) - needed == set()


def test_every_import_is_there() -> None:
    assert [(name, one) for name in NAMES for one in modules.imports_of(name) if one not in NAMES] == []
    # And none is written in a way that the reading of imports does not know.
    for name in NAMES:
        assert len(re.findall(r"(?m)^(?:import|export)\b.*(?:from )?\"\.", code_of(name))) <= len(
            modules.imports_of(name)
        )
        assert len(re.findall(r"\bfrom \"|^import \"", code_of(name), re.MULTILINE)) == len(modules.imports_of(name)), (
            name
        )


def test_modules_know_each_other_in_no_circle() -> None:
    assert circle({name: modules.imports_of(name) for name in NAMES}) == []


def test_the_search_for_circles_finds_them() -> None:
    assert circle({"a": ("b",), "b": ("c",), "c": ("b",)}) == ["b", "c", "b"]
    assert circle({"a": ("b", "c"), "b": ("c",), "c": ()}) == []
    assert circle({"a": ("a",)}) == ["a", "a"]


def test_lower_rooms_know_nothing_of_upper_ones() -> None:
    assert {room_of(name) for name in NAMES} == set(ROOMS)
    upwards = [
        (name, one)
        for name in NAMES
        for one in modules.imports_of(name)
        if ROOMS.index(room_of(one)) > ROOMS.index(room_of(name))
    ]
    assert upwards == []
    assert all(
        ROOMS.index(low) < ROOMS.index(high) for low, high in pairwise(("lib", "stream", "map", "panels", "wall"))
    )


def test_the_component_alone_has_a_global_name() -> None:
    assert [name for name in NAMES if GLOBAL.search(code_of(name))] == [SCRIPT]
    assert re.findall(r"window\.(\w+) =", code_of(SCRIPT)) == ["gridCenter"]
    # What tests and support ask is laid under that name in one place.
    assert [name for name in NAMES if "gridCenter" in code_of(name)] == ["desk/support.js", SCRIPT, "support.js"]


@pytest.mark.parametrize(
    "code", ["window.a = 1", "window.a ??= {}", "globalThis.b = {}", "Object.assign(window, { a })"]
)
def test_the_search_for_global_names_finds_them(code: str) -> None:
    assert GLOBAL.search(code)
    assert not GLOBAL.search("if (window.a === 1) window.addEventListener()")


def test_one_module_knows_the_insides_of_plotly() -> None:
    assert [name for name in NAMES if INSIDES.search(code_of(name))] == ["lib/plotly.js"]


def test_a_module_is_kept_for_ever_under_its_mark_alone(server: FastAPI) -> None:
    visitor = Visitor(server)
    answer = visitor.get(modules.address("lib/room.js"))
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
    assert answer.headers["content-type"].startswith("text/javascript")
    other = visitor.get("/browser/0123456789ab/lib/room.js")
    assert (other.status_code, other.headers["cache-control"], other.content) == (200, "no-cache", answer.content)


@pytest.mark.parametrize(
    "name", ["nothing.js", "types.d.ts", "../pages/modules.py", "..%2fpages%2fmodules.py", "lib", ""]
)
def test_what_is_no_module_is_not_there(server: FastAPI, name: str) -> None:
    assert Visitor(server).get(f"{modules.address('')}{name}").status_code == 404


@pytest.mark.parametrize(("page", "entry"), [("/", "overview.js"), ("/wall/", "wall/start.js"), ("/desk/", ENTRY)])
def test_a_page_loads_its_modules_beforehand_and_no_others(server: FastAPI, page: str, entry: str) -> None:
    text = Visitor(server).get(page).text
    found = re.findall(r'<link rel="modulepreload" href="([^"]+)">', text)
    assert found == [modules.address(name) for name in modules.needed_by(entry)]
    assert len(set(found)) == len(found) > 5
    assert text.index(found[0]) < text.index("<script")
    assert ("/wall/" in "".join(found)) == (page == "/wall/")
