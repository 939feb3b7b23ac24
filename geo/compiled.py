"""How hot loops are compiled: numba, kept on disk between runs, without the interpreter's lock."""

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Compile a function of arrays and numbers to machine code at its first call.

    No fast-math: the exactness of the geometry depends on every operation being rounded as written. No numba threads
    either, because its simplest threading layer ends the process when two Python threads use it at once; callers share
    work out over threads of their own, which is possible as the lock is released.
    """
    return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))
