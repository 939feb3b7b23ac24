"""The rejects file: every row that was not imported, with its line number and the reason."""

import csv
import io
import os
from pathlib import Path
from typing import Self

from data.errors import SettingInvalid
from data.feeds.reports import shorten
from data.private_files import open_private

COLUMNS = ("line", "field", "value", "reason", "raw", "personal_data")
# Rows stand there as they were, so that they can be mended: the file says what that means.
UNMASKED = "not masked"
# Enough to find and mend a row; a damaged file must not be written out twice.
RAW_CHARS = 10_000
VALUE_CHARS = 200


class RejectsFile:
    """A CSV file of refused rows (UTF-8, columns `COLUMNS`); to be used in a ``with`` block.

    An older file of the same name is replaced. At the end there is a file only if a row was refused. It is readable by
    its owner only, for the rows stand in it as they were: nothing is masked.

    Parameters
    ----------
    path
        Where to write.
    source
        The file being imported, which must not be overwritten.

    Attributes
    ----------
    count
        Rows refused so far.

    Raises
    ------
    SettingInvalid
        The file cannot be written there.
    """

    def __init__(self, path: Path, source: Path) -> None:
        self.path = path
        self.count = 0
        if path.exists() and path.samefile(source):
            raise _unwritable(path, "is the file to import")
        try:
            # With a BOM, or spreadsheets show Chinese as noise.
            self._file = io.TextIOWrapper(open_private(path), encoding="utf-8-sig", newline="")
        except OSError as error:
            raise _unwritable(path, f"cannot be written ({error.strerror})") from error
        self._writer = csv.writer(self._file)
        self._writer.writerow(COLUMNS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        if self.count == 0 and self.path.is_file():
            self.path.unlink()

    def add(self, line: int, raw: str, *, reason: str, field: str = "", value: object = None) -> None:
        """Note a refused row."""
        self.count += 1
        self._writer.writerow((line, field, shorten(value, VALUE_CHARS), reason, shorten(raw, RAW_CHARS), UNMASKED))


def default_rejects_path(source: Path) -> Path:
    """``<name>.rejects.csv`` beside the imported file; in the current folder where one may not write beside it."""
    folder = source.parent if os.access(source.parent, os.W_OK) else Path.cwd()
    return folder / f"{source.name}.rejects.csv"


def _unwritable(path: Path, reason: str) -> SettingInvalid:
    return SettingInvalid(
        f"The rejects file {path} {reason}: give another place for it", name="rejects", value=str(path)
    )
