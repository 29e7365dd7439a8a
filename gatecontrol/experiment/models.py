"""From pydantic's errors to faults in our own words."""

from typing import Any

from pydantic import BaseModel, ValidationError

from gatecontrol.errors import closest
from gatecontrol.experiment.values import Fault
from gatecontrol.yamlfile import KeyPath

__all__ = ["field_names", "missing_fault", "model_faults", "shown", "unknown_fault"]

_CONTAINERS = {
    "model_type": "a mapping of keys",
    "model_attributes_type": "a mapping of keys",
    "dict_type": "a mapping of keys",
    "mapping_type": "a mapping of keys",
    "tuple_type": "a list",
    "list_type": "a list",
}


def field_names(model: type[BaseModel]) -> list[str]:
    """Return the keys of a section as a user types them."""
    return [field.alias or name for name, field in model.model_fields.items()]


def shown(value: object) -> str:
    """Return how a message shows a value of the wrong container type."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"'{text if len(text) <= 60 else text[:57] + '...'}'"


def unknown_fault(key: str, known: list[str], section: str, noun: str = "key") -> Fault:
    """Return the fault of a key that does not exist in a section."""
    meant = closest(key, known)
    hint = f" Did you mean '{meant}'?" if meant else ""
    if not section:
        help = f"known sections: {', '.join(known)}"
        return Fault((key,), "E001", f"unknown section.{hint}", help, True)
    help = f"keys of {section}: {', '.join(known)}"
    return Fault((key,), "E001", f"unknown {noun}.{hint}", help, True)


def missing_fault(key: str, typed: list[str], known: list[str], help: str = "") -> Fault | None:
    """Return the fault of a missing key, unless a mistyped key stands for it.

    Parameters
    ----------
    key : str
        The key that is needed.
    typed, known : list of str
        Keys that were typed, and keys that exist.
    help : str, optional
        What to paste.
    """
    for other in typed:
        if other not in known and closest(other, known) == key:
            return None
    return Fault((key,), "E002", "missing key", help)


def _around(model: type[BaseModel], path: KeyPath, section: str) -> tuple[list[str], str]:
    """Return the keys of the section in which a path ends, and its name."""
    inner = model
    for key in path[:-1]:
        found = inner.model_fields.get(str(key))
        kind = found.annotation if found else None
        if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
            break
        inner, section = kind, f"{section}.{key}" if section else str(key)
    return field_names(inner), section


def model_faults(
    model: type[BaseModel], data: object, section: str, examples: dict[str, str] | None = None
) -> list[Fault]:
    """Validate a section and return its faults, paths relative to it.

    Parameters
    ----------
    model : type of BaseModel
        A `gatecontrol.experiment.schema.Section`.
    data : object
        As typed.
    section : str
        Its name in help texts; empty for the whole file.
    examples : dict of str to str, optional
        What to paste for missing keys.
    """
    if not isinstance(data, dict):
        message = f"a mapping of keys is needed, got {shown(data)}"
        return [Fault((), "E020", message, f"keys of {section}: {', '.join(field_names(model))}")]
    try:
        model.model_validate(data)
    except ValidationError as error:
        found = error.errors(include_url=False)
    else:
        return []
    faults = []
    for one in found:
        path: KeyPath = tuple(one["loc"])
        kind, value = one["type"], one.get("input")
        fault: Fault | None
        if kind == "extra_forbidden":
            names, where = _around(model, path, section)
            fault = unknown_fault(str(path[-1]), names, where).under(path[:-1])
        elif kind == "missing":
            key = str(path[-1])
            names, _ = _around(model, path, section)
            around: Any = data
            for step in path[:-1]:
                around = around[step]
            fault = missing_fault(key, list(around), names, (examples or {}).get(key, ""))
            fault = fault.under(path[:-1]) if fault else None
        elif kind in _CONTAINERS:
            fault = Fault(path, "E020", f"{_CONTAINERS[kind]} is needed, got {shown(value)}")
        elif "message" in one.get("ctx", {}):
            context: dict[str, Any] = one["ctx"]
            fault = Fault(
                (*path, *context["at"]), kind, context["message"], context["help"], kind == "E001"
            )
        else:
            fault = Fault(path, "E023", f"{one['msg']}, got {shown(value)}")
        if fault is not None:
            faults.append(fault)
    return faults
