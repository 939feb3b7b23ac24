"""The catalogue: complete in both languages, nothing missing, nothing left over, no text outside it."""

import ast
import re
from pathlib import Path

import pytest

import dashboard.subjects  # noqa: F401  # they declare their errors
from dashboard.doors.errors import codes
from dashboard.words.texts import LANGUAGES, catalogue, entries, text
from data.demo.categories import SOURCES
from data.stats.measures.kpis import KPIS
from data.words import MEANS, STAGES

DASHBOARD = Path(__file__).parents[3] / "dashboard"
SCRIPTS = sorted([*(DASHBOARD / "browser").rglob("*.js"), *(DASHBOARD / "pages").rglob("*.js")])
MODULES = [
    *sorted([*(DASHBOARD / "components").glob("*.py"), *(DASHBOARD / "pages").rglob("*.py")]),
    DASHBOARD / "words" / "league.py",
    DASHBOARD / "words" / "alerts.py",
]
CHINESE = re.compile(r"[\u3400-\u9fff]")
# A sentence or a heading: words with a capital, or punctuation between words.
ENGLISH = re.compile(r"\b[A-Z][a-z]+ [A-Za-z]{2,}|[a-z]{2,}[.;!?] [A-Za-z]{2,}")
PLACEHOLDER = re.compile(r"\$?\{[^{}]*\}")


def script_literals(path: Path) -> list[str]:
    """String literals of a script; templates with their placeholders."""
    code = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    code = re.sub(r"(?m)(^|\s)//.*$", "", code)
    return [found[1:-1] for found in re.findall(r'"[^"\n]*"|`[^`]*`', code)]


def module_literals(path: Path) -> list[str]:
    """String constants of a module, without docstrings; f-strings with their placeholders as ``{}``."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            told |= {id(part) for part in node.values}
            found.append("".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            found.append(node.value)
    return found


LITERALS = [(path, one) for path in SCRIPTS for one in script_literals(path)] + [
    (path, one) for path in MODULES for one in module_literals(path)
]
# Names of files look like keys.
FILES = (".css", ".js", ".html")
SECTIONS = {key.split(".")[0] for key in entries()}


def asked_keys() -> set[str]:
    """Literals that look like keys: ``section.name``, or a template that begins or ends like one."""
    shape = re.compile(r"(\w+|\$?\{[^{}]*\})\.(\w|\$?\{[^{}]*\})+")
    named = {one for _, one in LITERALS if shape.fullmatch(one) and not one.endswith(FILES)}
    return {one for one in named if one.split(".")[0] in SECTIONS or one.endswith(".title")}


def pattern(asked: str) -> re.Pattern[str]:
    return re.compile(".+".join(re.escape(part) for part in PLACEHOLDER.split(asked)))


def test_every_entry_has_both_languages_and_nothing_else() -> None:
    for key, texts in entries().items():
        assert set(texts) == set(LANGUAGES), key
        assert all(one.strip() for one in texts.values()), key


def test_both_languages_fill_in_the_same_names() -> None:
    for key, texts in entries().items():
        names = {language: set(re.findall(r"\{(\w+)\}", one)) for language, one in texts.items()}
        # A longer plural of one language may say a number twice, but not another one.
        assert names["zh"] == names["en"], key


def test_chinese_is_chinese_and_english_is_english() -> None:
    meant = {"page.to_zh"}
    assert [key for key, texts in entries().items() if CHINESE.search(texts["en"]) and key not in meant] == []
    same = {key for key, texts in entries().items() if texts["zh"] == texts["en"]}
    assert same == {"page.to_zh", "page.to_en", "unit.ratio", "legend.counts"}


def test_every_key_asked_for_is_there() -> None:
    plain = {asked for asked in asked_keys() if not PLACEHOLDER.search(asked)}
    assert len(plain) > 20
    assert plain - set(entries()) == set()
    for asked in asked_keys() - plain:
        assert any(pattern(asked).fullmatch(key) for key in entries()), asked


def test_no_entry_is_left_over() -> None:
    patterns = [pattern(asked) for asked in asked_keys()]
    assert [key for key in entries() if not any(one.fullmatch(key) for one in patterns)] == []


@pytest.mark.parametrize("path", [*SCRIPTS, *MODULES], ids=lambda path: path.name)
def test_no_text_stands_outside_the_catalogue(path: Path) -> None:
    literals = [one for source, one in LITERALS if source == path]
    assert [one for one in literals if CHINESE.search(one) or ENGLISH.search(one)] == []


def test_finder_of_texts_finds_them(tmp_path: Path) -> None:
    script = tmp_path / "a.js"
    script.write_text('const a = "All is well"; const b = `共 ${n} 件`; // not "this one"\n', encoding="utf-8")
    found = script_literals(script)
    assert found == ["All is well", "共 ${n} 件"]
    assert ENGLISH.search(found[0])
    assert CHINESE.search(found[1])


def test_every_error_means_stage_source_and_unit_has_its_text() -> None:
    wanted = {f"error.{code}" for code in codes()} | {f"means.{name}" for name in MEANS}
    wanted |= {f"stage.{name}" for name in STAGES} | {f"source.{name}" for name in SOURCES}
    wanted |= {f"unit.{kpi.unit}" for kpi in KPIS}
    assert wanted - set(entries()) == set()


def test_text_is_filled_and_says_what_is_missing() -> None:
    assert text("fresh.stale", "zh", time="15:36:19") == "数据停在 15:36:19"
    assert catalogue("en")["today.title"] == "Today"
    with pytest.raises(KeyError, match="nowhere"):
        text("nowhere.at_all", "zh")
    with pytest.raises(KeyError, match="time"):
        text("fresh.stale", "zh")
