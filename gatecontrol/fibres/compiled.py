"""Compiled kernels: stored beside their source where that can be, else in memory.

Imports numba: only modules that hold kernels import this one, and they are imported late.
"""

from collections.abc import Callable

from numba import njit

__all__ = ["compiled"]


def compiled(function: Callable) -> Callable:
    """Compile a kernel that runs without the interpreter's lock.

    Divisions by zero give infinities as in numpy, and products are fused with sums, so results
    are the same to the bit only on one kind of machine.
    """
    options = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
    try:
        return njit(cache=True, **options)(function)
    except RuntimeError:
        # No folder for compiled code can be written: compile in memory, per process.
        return njit(**options)(function)
