"""Functions in the equations that have C++ of our own.

Imported only where Brian2 is needed.
"""

import brian2 as b2
import numpy as np

__all__ = ["NAMESPACE"]


def _exponential() -> b2.Function:
    """Return exp as a function whose C++ (``exponential.hpp``) needs no library.

    A call of the mathematics library would empty the vector registers in the middle of the
    loop over cells, and its result would depend on the processor that it finds.
    """
    made = b2.Function(np.exp, arg_units=[1], return_unit=1, arg_names=["x"])
    made.implementations.add_implementation("numpy", np.exp)
    made.implementations.add_implementation("cpp", "", name="gatecontrol_exponential")
    cython = """
from libc.math cimport exp as _libc_exp
cdef inline double _exponential(double x) nogil:
    return _libc_exp(x)
"""
    made.implementations.add_implementation("cython", cython, name="_exponential")
    return made


def _later() -> b2.Function:
    """Return whether one time is later than another, as a floating-point 0 or 1.

    Brian2's ``int(a > b)`` is a 32-bit integer in C++, which halves the width of the loop.
    """

    def python(a, b):
        return np.greater(a, b).astype(float)

    units = [b2.second, b2.second]
    made = b2.Function(python, arg_units=units, return_unit=1, arg_names=["a", "b"])
    made.implementations.add_implementation("numpy", python)
    cpp = "inline double _later(double a, double b) { return a > b ? 1.0 : 0.0; }"
    made.implementations.add_implementation("cpp", cpp, name="_later")
    cython = """
cdef inline double _later(double a, double b) nogil:
    return 1.0 if a > b else 0.0
"""
    made.implementations.add_implementation("cython", cython, name="_later")
    return made


NAMESPACE = {"exponential": _exponential(), "later": _later()}
"""Name in the equations -> function."""
