from pathlib import Path

import pytest

from data.city.categories import Category
from data.errors import FeedUnreadable
from data.feeds.categories_csv import read_categories_csv


def _file(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "categories.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_rows_become_categories_in_their_order(tmp_path: Path, encoding: str) -> None:
    text = "code,name_zh,name_en,class\n02,道路破损,Broken road,市容\n01,暴露垃圾,,\n"
    assert read_categories_csv(_file(tmp_path, text, encoding)) == [
        Category("02", "道路破损", "Broken road", "市容"),
        Category("01", "暴露垃圾", "暴露垃圾", ""),
    ]


def test_header_alone_gives_none(tmp_path: Path) -> None:
    assert read_categories_csv(_file(tmp_path, "code,name_zh,name_en\n")) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("code,name\n1,a\n", "name_zh"),
        ("code,name_zh,name_en\n,甲,a\n", "line 2"),
        ("code,name_zh,name_en\n1,,\n", "line 2"),
        ("code,name_zh,name_en\n1\n", "line 2"),
    ],
)
def test_file_that_cannot_be_is_refused_with_the_reason(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(FeedUnreadable, match=said):
        read_categories_csv(_file(tmp_path, text))


def test_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeedUnreadable, match=r"absent\.csv"):
        read_categories_csv(tmp_path / "absent.csv")
