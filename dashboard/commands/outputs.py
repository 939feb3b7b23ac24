"""Where a command writes: asked before the work begins, so that an hour of it is not lost to a wrong path."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from data.errors import SettingInvalid


def require_file(path: Path, option: str, inputs: Iterable[Path] = ()) -> None:
    """Refuse a path at which no file can be written, or which is one of the files that are read.

    Raises
    ------
    SettingInvalid
        With the option's name and the path.
    """
    if path.is_dir():
        raise _refused(path, option, "is a folder: name a file in it")
    # Where a link leads is where the file would be.
    folder = path.resolve().parent
    if not folder.is_dir():
        reason = "is a file, not a folder" if folder.exists() else "does not exist"
        raise _refused(path, option, f"cannot be written, because {folder} {reason}: make it, or name another")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise _refused(path, option, "cannot be written: name a place that you may write to")
    if path.exists() and any(one.exists() and path.samefile(one) for one in inputs):
        raise _refused(path, option, "is one of the files that are read: name another, or it would be written over")


def require_folder(path: Path, option: str, names: Sequence[str], inputs: Iterable[Path] = ()) -> None:
    """Refuse a folder that is none and cannot be made, or in which files of these names cannot be written.

    Raises
    ------
    SettingInvalid
        With the option's name and the path.
    """
    if path.is_dir():
        given = list(inputs)
        for name in names:
            require_file(path / name, option, given)
        return
    # A link that leads nowhere is there, but no folder can be made in its place.
    nearest = next((one for one in (path, *path.parents) if one.exists() or one.is_symlink()), Path("/"))
    if not nearest.is_dir():
        raise _refused(path, option, f"cannot be a folder, because {nearest} is a file: name another place")
    if not os.access(nearest, os.W_OK):
        raise _refused(path, option, f"cannot be made, because {nearest} may not be written to: name another place")


@contextmanager
def writing(path: Path, option: str) -> Iterator[None]:
    """A failure to write, such as a full disk, as an error that names the path."""
    try:
        yield
    except OSError as error:
        why = f"could not be written ({error.strerror or error}): make room, or name another place"
        raise _refused(path, option, why) from error


def _refused(path: Path, option: str, why: str) -> SettingInvalid:
    return SettingInvalid(f"{option}: {path} {why}", name=option, value=str(path))
