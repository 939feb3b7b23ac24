"""Mapping files: the examples in docs are right, and every mistake is named with file and key."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from data.errors import MappingInvalid
from data.feeds.closings import Choice
from data.feeds.mapping import SHIPPED, FeedMapping, shipped_mappings
from data.feeds.rows import plain_number

DOCS = Path(__file__).parents[3] / "docs"
CLOSED = '[closed]\nat = "done"\nmeans = "service"\nlevel = 1\nhandler = "desk"\n'


def test_the_small_mapping(make_mapping: Callable[..., Path]) -> None:
    mapping = FeedMapping.load(make_mapping())
    assert mapping.source == "test"
    assert mapping.zone == ZoneInfo("Asia/Shanghai")
    assert mapping.formats == ("iso",)
    assert mapping.closed is None
    assert mapping.needed_columns == ["id", "when", "kind", "lon", "lat", "where"]


def test_columns_of_the_closing_are_needed_too(make_mapping: Callable[..., Path]) -> None:
    more = CLOSED.replace('means = "service"', 'means = { column = "how", values = { "*" = "service" } }')
    assert FeedMapping.load(make_mapping(more=more)).needed_columns[-2:] == ["done", "how"]


EXAMPLES = sorted((DOCS / "mappings").glob("*.toml"))


@pytest.mark.parametrize("path", [*EXAMPLES, *sorted(SHIPPED.glob("*.toml"))], ids=lambda path: path.stem)
def test_the_mappings_that_come_with_the_project_are_valid(path: Path) -> None:
    assert FeedMapping.load(path).needed_columns


def test_a_mapping_for_each_source_goes_by_its_name() -> None:
    assert shipped_mappings() == [
        "disputes", "grid_app", "hotline_12345", "public_opinion", "video_detection", "visits",
    ]  # fmt: skip
    sources = {name: FeedMapping.load(name).source for name in shipped_mappings()}
    assert sources == {
        "disputes": "disputes", "grid_app": "grid", "hotline_12345": "12345", "public_opinion": "opinion",
        "video_detection": "video", "visits": "visits",
    }  # fmt: skip
    assert FeedMapping.load(Path("hotline_12345")) == FeedMapping.load(SHIPPED / "hotline_12345.toml")


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MappingInvalid, match="hotline_12345") as caught:
        FeedMapping.load("hotline")
    assert caught.value.values["file"] == "hotline"


def test_a_file_of_that_name_in_the_current_folder_wins(
    make_mapping: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_mapping()
    monkeypatch.chdir(path.parent)
    path.rename(path.with_name("visits"))
    assert FeedMapping.load("visits").source == "test"


def test_every_shipped_mapping_is_documented() -> None:
    text = (DOCS / "importing.md").read_text(encoding="utf-8")
    assert [name for name in shipped_mappings() if f"(../data/feeds/mappings/{name}.toml)" not in text] == []


def test_no_shipped_mapping_takes_in_who_reported() -> None:
    personal = ("诉求人", "来电号码", "电话", "手机", "姓名", "身份证", "户主", "当事人", "上报人", "作者")
    taken = {column for name in shipped_mappings() for column in FeedMapping.load(name).needed_columns}
    assert [column for column in taken for word in personal if word in column] == []


def test_several_columns(make_mapping: Callable[..., Path]) -> None:
    mapping = FeedMapping.load(
        make_mapping(('category = "kind"', 'category = ["code", "kind"]'), ('"when"', '["when", "then"]'))
    )
    assert mapping.columns["category"] == ("code", "kind")
    assert mapping.key_columns == ["id"]
    assert FeedMapping.load(make_mapping()).key_columns == ["id", "when"]


def test_every_key_is_documented() -> None:
    text = (DOCS / "importing.md").read_text(encoding="utf-8")
    keys = [
        "source", "empty", "file.encoding", "file.delimiter", "columns.FIELD", "values.FIELD", "times.zone",
        "times.formats", "coordinates.system", "coordinates.zero_is_empty", "numbers.thousands", "numbers.decimal",
        "closed.at", "closed.status_column", "closed.status_values", "closed.means", "closed.level", "closed.handler",
        "closed.path",
    ]  # fmt: skip
    assert [key for key in keys if f"`{key}`" not in text] == []


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('source = "test"', "", "source"),
        ('source = "test"', "source = 5", "source"),
        ('source = "test"', 'sauce = "test"', "sauce"),
        ('source_id = "id"', "", "columns.source_id"),
        ('source_id = "id"', 'source_id = "id"\nsource = "who"', "source"),
        ('source_id = "id"', 'source_id = ["id", "when"]', "columns.source_id"),
        ('source_id = "id"', 'source_id = ""', "columns.source_id"),
        ('reported_at = "when"', "", "columns.reported_at"),
        ('category = "kind"', 'kategorie = "kind"', "columns.kategorie"),
        ('category = "kind"', 'reporter = "name"', "columns.reporter"),
        ('category = "kind"', 'phone = "phone"', "columns.phone"),
        ('lon = "lon"', 'lon = ["lon", "x"]', "columns.lon"),
        ('lat = "lat"', "", "columns.lat"),
        ('address = "where"', "address = []", "columns.address"),
        ('address = "where"', "address = 3", "columns.address"),
        ('empty = [""]', 'empty = ""', "empty"),
        ('empty = [""]', "empty = [0]", "empty"),
        ('"Asia/Shanghai"', '"Asia/Jiangyin"', "times.zone"),
        ('"Asia/Shanghai"', '"../../etc/passwd"', "times.zone"),
        ('zone = "Asia/Shanghai"', "", "times.zone"),
        ('zone = "Asia/Shanghai"', 'zone = "UTC"\nformats = []', "times.formats"),
        ('zone = "Asia/Shanghai"', 'zone = "UTC"\nformats = ["%H:%M"]', "times.formats"),
        ('zone = "Asia/Shanghai"', 'zone = "UTC"\nformats = ["ISO"]', "times.formats"),
        ('zone = "Asia/Shanghai"', 'zone = "UTC"\nformats = ["%Y-%m-%d %Q"]', "times.formats"),
        ('system = "wgs84"', 'system = "mars"', "coordinates.system"),
        ('system = "wgs84"', "", "coordinates.system"),
        ('system = "wgs84"', 'system = "wgs84"\nzero_is_empty = "yes"', "coordinates.zero_is_empty"),
        ('system = "wgs84"', 'system = "wgs84"\n[numbers]\nthousands = "_"', "numbers.thousands"),
        ('system = "wgs84"', 'system = "wgs84"\n[numbers]\ndecimal = ";"', "numbers.decimal"),
        ('system = "wgs84"', 'system = "wgs84"\n[numbers]\nthousands = "."', "numbers.thousands"),
        ('system = "wgs84"', 'system = "wgs84"\n[file]\nencoding = "utf-7"', "file.encoding"),
        ('system = "wgs84"', 'system = "wgs84"\n[file]\nencoding = "klingon"', "file.encoding"),
        ('system = "wgs84"', 'system = "wgs84"\n[file]\ndelimiter = "::"', "file.delimiter"),
        ('system = "wgs84"', 'system = "wgs84"\n[file]\nquote = "x"', "file.quote"),
        ('system = "wgs84"', 'system = "wgs84"\n[values.title]\na = "b"', "values.title"),
        ('system = "wgs84"', 'system = "wgs84"\n[values.category]\na = 5', "values.category.a"),
        ('system = "wgs84"', 'system = "wgs84"\n[values]\ncategory = "x"', "values.category"),
    ],
)
def test_mistakes_are_named(make_mapping: Callable[..., Path], old: str, new: str, key: str) -> None:
    path = make_mapping((old, new))
    with pytest.raises(MappingInvalid) as caught:
        FeedMapping.load(path)
    values = caught.value.values
    assert (values["file"], values["key"]) == (str(path), key)
    assert values["allowed"]
    assert str(path) in caught.value.message
    assert key in caught.value.message


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('at = "done"', "", "closed.at"),
        ('at = "done"', 'at = ""', "closed.at"),
        ('means = "service"', "", "closed.means"),
        ('means = "service"', 'means = "magic"', "closed.means"),
        ('means = "service"', 'means = { column = "how", values = { a = "magic" } }', "closed.means.values.a"),
        ('means = "service"', "means = { values = {} }", "closed.means.column"),
        ('means = "service"', 'means = { column = "how", value = {} }', "closed.means.value"),
        ("level = 1", "level = -1", "closed.level"),
        ("level = 1", 'level = "town"', "closed.level"),
        ("level = 1", "level = true", "closed.level"),
        ('handler = "desk"', 'handler = " "', "closed.handler"),
        ('handler = "desk"', 'handler = "desk"\npath = "magic"', "closed.path"),
        ('handler = "desk"', 'handler = "desk"\nstatus_column = "status"', "closed.status_values"),
        ('handler = "desk"', 'handler = "desk"\nstatus_values = ["x"]', "closed.status_column"),
        ('handler = "desk"', 'handler = "desk"\nwho = "x"', "closed.who"),
    ],
)
def test_mistakes_about_closings_are_named(make_mapping: Callable[..., Path], old: str, new: str, key: str) -> None:
    assert old in CLOSED
    with pytest.raises(MappingInvalid) as caught:
        FeedMapping.load(make_mapping(more=CLOSED.replace(old, new)))
    assert caught.value.values["key"] == key


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"source = ", b"[columns\n", b"PK\x03\x04"])
def test_a_file_that_is_no_toml(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "feed.toml"
    path.write_bytes(content)
    with pytest.raises(MappingInvalid, match=r"feed\.toml"):
        FeedMapping.load(path)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(MappingInvalid, match="No such file"):
        FeedMapping.load(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("written", "read"), [("gbk", "gb18030"), ("GB2312", "gb18030"), ("UTF8", "utf-8"), ("utf-8-sig", "utf-8")]
)
def test_names_of_encodings(make_mapping: Callable[..., Path], written: str, read: str) -> None:
    assert FeedMapping.load(make_mapping(more=f'[file]\nencoding = "{written}"')).encoding == read


def test_choices() -> None:
    assert Choice(constant=0).of("anything") == 0
    assert Choice(column="c", values={"a": "x", "*": "y"}).of("a") == "x"
    assert Choice(column="c", values={"a": "x", "*": "y"}).of("b") == "y"
    assert Choice(column="c", values={"a": "x"}).of("b") == "b"


@pytest.mark.parametrize(
    ("text", "thousands", "decimal", "number"),
    [
        ("1,017,901", ",", ".", "1017901"),
        ("-1,017.25", ",", ".", "-1017.25"),
        ("40.71", ",", ".", "40.71"),
        ("40,71", "", ",", "40.71"),
        ("1.017,5", ".", ",", "1017.5"),
        ("1 017,5", " ", ",", "1017.5"),
    ],
)
def test_numbers_as_written(text: str, thousands: str, decimal: str, number: str) -> None:
    assert plain_number(text, thousands, decimal) == number


@pytest.mark.parametrize(
    ("text", "thousands", "decimal"),
    [("1,01", ",", "."), ("1,0171", ",", "."), (",017", ",", "."), ("40.71", "", ","), ("1.01", ".", ",")],
)
def test_numbers_written_otherwise_are_refused(text: str, thousands: str, decimal: str) -> None:
    with pytest.raises(ValueError, match=r"thousands|decimals"):
        plain_number(text, thousands, decimal)


def test_the_examples_name_the_decision() -> None:
    document = tomllib.loads((DOCS / "mappings" / "nyc_311.toml").read_text(encoding="utf-8"))
    assert document["closed"]["means"]["values"]["NYPD"] == "enforcement"
