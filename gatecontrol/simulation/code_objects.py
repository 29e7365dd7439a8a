"""Brian2 code objects that find the templates of this package.

Imported only where Brian2 is needed.
"""

from brian2 import get_device, prefs
from brian2.codegen.codeobject import CodeObject
from brian2.codegen.runtime.cython_rt import CythonCodeObject
from brian2.codegen.runtime.numpy_rt import NumpyCodeObject
from brian2.devices.cpp_standalone.codeobject import CPPStandaloneCodeObject
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice

__all__ = ["code_object_class"]

_PACKAGE = "gatecontrol.simulation"


class _Standalone(CPPStandaloneCodeObject):
    templater = CPPStandaloneCodeObject.templater.derive(_PACKAGE)


class _Cython(CythonCodeObject):
    templater = CythonCodeObject.templater.derive(_PACKAGE)


class _Numpy(NumpyCodeObject):
    templater = NumpyCodeObject.templater.derive(_PACKAGE)


def code_object_class() -> type[CodeObject]:
    """Return the class with our templates for the active device and target."""
    if isinstance(get_device(), CPPStandaloneDevice):
        return _Standalone
    return {"cython": _Cython, "numpy": _Numpy}[prefs.codegen.target]
