"""Names of categories from a CSV file: code, name_zh, name_en and, optionally, class."""

import csv
from pathlib import Path

from data.errors import FeedUnreadable
from data.feeds.sniffing import check_kind, detect_encoding
from data.store.categories import Category

_NEEDED = ("code", "name_zh", "name_en")


def read_categories_csv(path: str | Path) -> list[Category]:
    """Read the categories of a file, in its order; a file with nothing but a header gives none.

    Raises
    ------
    FeedUnreadable
        The file is not there, empty or no CSV, lacks a column, or has a row without a code.
    """
    file_path = Path(path)
    check_kind(file_path)
    with file_path.open(encoding=_with_mark(detect_encoding(file_path)), newline="") as file:
        rows = csv.DictReader(file)
        present = rows.fieldnames or []
        missing = [name for name in _NEEDED if name not in present]
        if missing:
            raise FeedUnreadable(
                f"{file_path} lacks the columns {', '.join(missing)}: it has {', '.join(present)}",
                path=str(file_path), reason="missing_columns",
            )  # fmt: skip
        return [_category(row, rows.line_num, file_path) for row in rows]


def _category(row: dict[str, str | None], line: int, path: Path) -> Category:
    code, zh, en = ((row[name] or "").strip() for name in _NEEDED)
    if not code or not (zh or en):
        raise FeedUnreadable(
            f"{path}, line {line}: a category needs a code and a name", path=str(path), reason="row", line=line
        )
    return Category(code, zh or en, en or zh, (row.get("class") or "").strip())


def _with_mark(encoding: str) -> str:
    """The encoding that also takes the mark at the head of a file written by a spreadsheet."""
    return "utf-8-sig" if encoding.replace("_", "-").lower() == "utf-8" else encoding
