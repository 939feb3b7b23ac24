"""How hot loops are compiled (numba, kept on disk between runs, without the interpreter's lock) and shared out."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])
Result = TypeVar("Result")

# Shared out over threads above this many rows; below, starting them costs more than it saves.
CHUNK = 1 << 15


def compiled(function: Function) -> Function:
    """Compile a function of arrays and numbers to machine code at its first call.

    No fast-math: the exactness of the geometry depends on every operation being rounded as written. No numba threads
    either, because its simplest threading layer ends the process when two Python threads use it at once; callers share
    work out over threads of their own, which is possible as the lock is released.
    """
    return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


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
