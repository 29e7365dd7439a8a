"""Results in the forms of other tools: pandas and CSV, Neo, NWB, and our own spike files.

`kept.sessions` chooses what was kept; the other modules give it a form. Neo and PyNWB are an
extra, ``pip install 'gatecontrol[interop]'``.
"""

from importlib import import_module
from typing import Any

from gatecontrol.errors import GatecontrolError

__all__ = ["needed"]


def needed(name: str) -> Any:
    """Return a package of the extra ``interop``.

    Parameters
    ----------
    name : str
        Name to import.

    Raises
    ------
    GatecontrolError
        It is not installed.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name.partition(".")[0]:
            raise
        raise GatecontrolError(
            f"this needs {name}, which is not installed; pip install 'gatecontrol[interop]'"
        ) from error
