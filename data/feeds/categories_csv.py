"""Names of categories from a CSV file: code, name_zh, name_en and, optionally, class."""

from pathlib import Path

from data.city.categories import Category
from data.errors import FeedUnreadable
from data.feeds.csv_file import CsvFile

_NEEDED = ("code", "name_zh", "name_en")
_CLASS = "class"


def read_categories_csv(path: str | Path) -> list[Category]:
    """Read the categories of a file, in its order; a file with nothing but a header gives none.

    Raises
    ------
    FeedUnreadable
        The file is not there, empty or no CSV, lacks a column, or has a row that cannot be read, without a code, or
        with the code of another.
    """
    file_path = Path(path)
    found: dict[str, tuple[int, Category]] = {}
    with CsvFile(file_path) as file:
        classes = [_CLASS] if _CLASS in file.header else []
        file.require([*_NEEDED, *classes])
        at = [file.header.index(name) for name in (*_NEEDED, *classes)]
        for record in file.records():
            if record.problem:
                raise _wrong(file_path, record.line, record.problem)
            code, zh, en, *more = (record.cells[place].strip() for place in at)
            if not any((code, zh, en, *more)):
                continue
            if not code or not (zh or en):
                raise _wrong(file_path, record.line, "a category needs a code and a name")
            if code in found:
                raise _wrong(file_path, record.line, f"the code {code!r} stands on line {found[code][0]} already")
            found[code] = record.line, Category(code, zh or en, en or zh, more[0] if more else "")
    return [category for _, category in found.values()]


def _wrong(path: Path, line: int, reason: str) -> FeedUnreadable:
    return FeedUnreadable(f"{path}, line {line}: {reason}", path=str(path), reason="row", line=line)
