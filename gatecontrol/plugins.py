"""Plug-ins: built-ins register by the same entry points as a stranger's package.

Groups: ``gatecontrol.devices``, ``.stimuli``, ``.circuits``, ``.measures``. Entry points
are read lazily; only the plug-in that is asked for is imported.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from gatecontrol.errors import GatecontrolError, did_you_mean

__all__ = [
    "REQUIRED",
    "Fault",
    "Parameter",
    "PluginError",
    "Preset",
    "load_plugin",
    "plugins",
    "singular",
]

REQUIRED = "required"
"""Marks a parameter that has no default."""

Fault = tuple[str, str, str, str]
"""What a plug-in's own check finds: key, code, message, help."""


class PluginError(GatecontrolError):
    """A plug-in is missing, doubly registered or cannot be loaded."""


@dataclass(frozen=True)
class Preset:
    """A named set of values of other parameters of the same declaration.

    Attributes
    ----------
    title : str
        What it is, for tables.
    values : mapping of str to object
        Default by parameter name, as a user would type it.
    source : str
        BibTeX key, or "assumed".
    """

    title: str
    values: Mapping[str, object]
    source: str = "assumed"


@dataclass(frozen=True)
class Parameter:
    """One declared parameter of a device, stimulus or measure.

    The declaration is the one source of validation, JSON Schema, ``gatecontrol describe``
    and the teaching page's sliders.

    Attributes
    ----------
    name : str
        Key in the experiment file.
    kind : str
        A dimension of `gatecontrol.units.DIMENSIONS`, or ``"amplitude"``, ``"integer"``,
        ``"number"``, ``"choice"``, ``"choices"`` (a list), ``"flag"``, ``"text"``, ``"file"``.
    default : object
        As the user would type it (``"50 Hz"``), or `REQUIRED`. ``None`` means "not given".
    doc : str
        One sentence.
    label : str
        Short label for tables and sliders; the name with spaces if empty.
    minimum, maximum : str or float or None
        Plausible range, both ends included, in the form a user types.
    choices : tuple of str
        For ``"choice"`` and ``"choices"``.
    source : str
        BibTeX key, or "assumed".
    presets : mapping of str to Preset
        Only for ``"choice"``: what a choice sets in place of the defaults of other parameters.
        What the user types for them wins.
    only_with : mapping of str to tuple of str
        Choice of the same declaration -> its values with which this parameter is read; with
        others it does nothing, and the report leaves it out. Empty if it is always read.
    """

    name: str
    kind: str
    default: object
    doc: str
    label: str = ""
    minimum: str | float | None = None
    maximum: str | float | None = None
    choices: tuple[str, ...] = ()
    source: str = "assumed"
    presets: Mapping[str, Preset] = field(default_factory=dict, hash=False)
    only_with: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)


@lru_cache(maxsize=8)
def plugins(group: str) -> Mapping[str, EntryPoint]:
    """Return the entry points of a group by name, without importing them.

    Parameters
    ----------
    group : str
        ``"devices"``, ``"stimuli"``, ``"circuits"`` or ``"measures"``.

    Raises
    ------
    PluginError
        Two packages register the same name.
    """
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=f"gatecontrol.{group}"):
        other = found.get(point.name)
        if other is not None and other.value != point.value:
            raise PluginError(
                f"two packages register the {singular(group)} '{point.name}': "
                + f"{other.value} and {point.value}; uninstall one of them"
            )
        found[point.name] = point
    return dict(sorted(found.items()))


def singular(group: str) -> str:
    """Return the word for one of a group: ``"stimulus"`` of ``"stimuli"``."""
    return "stimulus" if group == "stimuli" else group.removesuffix("s")


def load_plugin(group: str, name: str) -> Any:
    """Import one plug-in.

    Parameters
    ----------
    group, name : str
        For example ``"devices"``, ``"scs"``.

    Returns
    -------
    object
        The class or function that the entry point names.

    Raises
    ------
    PluginError
        No such plug-in, or its import failed (the message says which package and why).
    """
    known = plugins(group)
    if name not in known:
        raise PluginError(
            f"no {singular(group)} '{name}'.{did_you_mean(name, list(known))} "
            + f"Installed: {', '.join(known)}"
        )
    try:
        return known[name].load()
    except Exception as error:
        raise PluginError(
            f"the {singular(group)} '{name}' ({known[name].value}) cannot be loaded: "
            + f"{type(error).__name__}: {error}"
        ) from error
