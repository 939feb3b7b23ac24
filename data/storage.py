"""Whether the disk under the center's home takes what is to be written."""

import os
import tempfile
from pathlib import Path
from typing import Final

from data.errors import StorageFull

_MB: Final = 1_000_000
# Files, small as they are, need entries too; some file systems count none.
_LEAST_ENTRIES: Final = 100
# A block is written in any case, so that a quota or a mount that became read-only is noticed.
_TRIAL: Final = b"\0" * 4096


def check_storage(home: Path, min_free_mb: float) -> None:
    """Look at what is free, and write a block.

    Parameters
    ----------
    home
        Folder of everything the center keeps; made where it is missing.
    min_free_mb
        Least that must be free, in megabytes of a million bytes.

    Raises
    ------
    StorageFull
        Too little is free, or the block cannot be written.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        found = os.statvfs(home)
        with tempfile.TemporaryFile(dir=home) as trial:
            trial.write(_TRIAL)
            trial.flush()
    except OSError as error:
        raise StorageFull(
            f"nothing can be written under {home}: {error.strerror}; make room, or let this user write there",
            path=str(home), reason=error.strerror,
        ) from error  # fmt: skip
    free_mb = found.f_bavail * found.f_frsize / _MB
    if free_mb < min_free_mb:
        raise StorageFull(
            f"only {free_mb:.0f} MB are free under {home}, and GRID_MIN_FREE_MB wants {min_free_mb:g}: make room",
            path=str(home), free_mb=round(free_mb, 1), min_free_mb=min_free_mb,
        )  # fmt: skip
    if found.f_files and found.f_favail < _LEAST_ENTRIES:
        raise StorageFull(
            f"the file system under {home} takes only {found.f_favail} more files: remove some",
            path=str(home), free_files=found.f_favail,
        )  # fmt: skip
