"""Files and folders that only their owner may read, whatever the umask says and whatever was there before."""

import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

_FILE, _FOLDER, _WALKED_THROUGH = 0o600, 0o700, 0o755


def private_folder(folder: Path) -> None:
    """Make a folder for its owner alone, and what is missing above it for others to walk through.

    A folder of ours that is there already is closed to others.

    Raises
    ------
    OSError
        It cannot be made.
    """
    for above in reversed(folder.parents):
        if not above.exists():
            above.mkdir(mode=_WALKED_THROUGH, exist_ok=True)
    folder.mkdir(mode=_FOLDER, exist_ok=True)
    close_to_others(folder)


def open_private(path: Path) -> BinaryIO:
    """Open a file of bytes to be written anew, for its owner alone.

    A file that is there already is replaced by a new one, so that nobody who has it open reads on. What is no file
    (a pipe, a terminal) is written to as it is.

    Raises
    ------
    OSError
        It cannot be written.
    """
    if path.exists() and not path.is_file():
        return path.open("wb")
    target = path.resolve()
    try:
        target.unlink(missing_ok=True)
    except PermissionError:  # the folder is closed, the file itself may be open to us
        file = target.open("wb")
        close_to_others(target)
        return file
    return os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE), "wb")


def close_to_others(path: Path) -> None:
    """Take from a file or folder of ours what others may do with it; one of somebody else stays as it is."""
    with suppress(OSError):
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            path.chmod(mode & 0o700)
