"""Compiled kernels: stored beside their source where that can be, else in memory.

Imports numba: only modules that hold kernels import this one, and they are imported late.
"""

from collections.abc import Callable, Collection
from typing import Any

from numba import njit

__all__ = ["call", "compiled", "stored"]

_MOST_KERNELS = 20


def stored(function: Callable, **options: bool | str | Collection[str]) -> Callable:
    """Compile a function with numba's options, once for all processes where that can be."""
    try:
        return njit(function, cache=True, **options)
    except RuntimeError:
        # No folder for compiled code can be written: compile in memory, per process.
        return njit(function, **options)


def compiled(function: Callable) -> Callable:
    """Compile a cable kernel, which runs without the interpreter's lock.

    Divisions by zero give infinities as in numpy, and products are fused with sums, so results
    are the same to the bit only on one kind of machine.
    """
    return stored(function, nogil=True, error_model="numpy", fastmath={"contract"})


def call(kernel: Callable, *arguments: Any) -> Any:
    """Call a kernel whose compiled code perhaps cannot be stored (disk full, folder gone).

    A kernel and those that it calls are each kept in memory before they are stored, so one more
    call gets past one more of them; none has run before all are compiled.
    """
    for _ in range(_MOST_KERNELS):
        try:
            return kernel(*arguments)
        except OSError:
            continue
    return kernel(*arguments)
