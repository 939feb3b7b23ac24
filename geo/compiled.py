"""How hot loops are compiled (numba, kept on disk between runs, without the interpreter's lock) and shared out."""

import contextlib
import functools
import logging
import os
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])
Result = TypeVar("Result")

# Shared out over threads above this many rows; below, starting them costs more than it saves.
CHUNK = 1 << 15

# What unpickling raises for bytes that are cut off or damaged.
_UNREADABLE = (
    EOFError, OSError, pickle.UnpicklingError, ValueError, KeyError, IndexError, AttributeError, ImportError, TypeError
)  # fmt: skip

_log = logging.getLogger(__name__)


def compiled(function: Function) -> Function:
    """Compile a function of arrays and numbers to machine code at its first call.

    No fast-math: the exactness of the geometry depends on every operation being rounded as written. No numba threads
    either, because its simplest threading layer ends the process when two Python threads use it at once; callers share
    work out over threads of their own, which is possible as the lock is released.
    """
    return cast(Function, kept(function, error_model="numpy"))


def kept(function: Callable[..., Any], **options: Any) -> Any:
    """Compile with options of numba, without the interpreter's lock; keep the machine code on disk where possible.

    It lies beside the source, or in the user's cache. A program folder that is read-only, run by a service's account
    without a home, has neither; each process then compiles anew.
    """
    try:
        made = numba.njit(cache=True, nogil=True, **options)(function)
    except RuntimeError:
        _warn_once()
        return numba.njit(nogil=True, **options)(function)
    _survive_the_disk(made._cache)
    return made


def _survive_the_disk(cache: Any) -> None:
    """Let code be compiled anew where it cannot be read (cut off by a power cut) or written (the disk is full).

    Numba raises instead, at the first call of the function (its issue 10434).
    """
    read, write = cache.load_overload, cache.save_overload

    def load_overload(*arguments: Any) -> Any:
        try:
            return read(*arguments)
        except _UNREADABLE as error:
            _log.warning("Compiled code in %s cannot be read and is made anew: %r", cache.cache_path, error)
            with contextlib.suppress(OSError):
                cache.flush()
            return None

    def save_overload(*arguments: Any) -> None:
        try:
            write(*arguments)
        except OSError as error:
            _log.warning("Compiled code cannot be kept in %s: %s", cache.cache_path, error)

    cache.load_overload, cache.save_overload = load_overload, save_overload


@functools.cache
def _warn_once() -> None:
    _log.warning(
        "Compiled code can be kept neither beside the program nor in the user's cache: every start takes longer. "
        "Set NUMBA_CACHE_DIR to a folder that this user alone can write"
    )


def inlined(function: Function) -> Function:
    """As `compiled`, for a formula that is written into each loop that calls it, however long it is.

    A loop that calls anything cannot be computed for several rows in one instruction.
    """
    return cast(Function, numba.njit(inline="always", nogil=True, error_model="numpy")(function))


def in_chunks(count: int, work: Callable[[slice], Result]) -> list[Result]:
    """Results of `work` on the slices of `count` rows, in order; on all processors at once when there are many rows."""
    if count <= CHUNK:
        return [work(slice(0, count))]
    chunks = [slice(start, min(start + CHUNK, count)) for start in range(0, count, CHUNK)]
    with ThreadPoolExecutor(min(os.cpu_count() or 1, len(chunks))) as pool:
        return list(pool.map(work, chunks))
