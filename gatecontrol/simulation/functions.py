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


NAMESPACE = {"exponential": _exponential()}
"""Name in the equations -> function."""
