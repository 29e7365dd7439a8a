"""The JSON Schema (2020-12) of experiment files, for editors and other programs.

It refuses what the loader refuses as far as JSON Schema can say it: keys, types, units,
choices, the parameters of each device and stimulus. Ranges of quantities and conditions
between fields it cannot say. Unions by ``kind`` are written as if/then, so that a tool
blames the wrong key and not the wrong kind.
"""

import ast
import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from gatecontrol.experiment import schema as schema_module
from gatecontrol.experiment.config import NONE
from gatecontrol.experiment.models import field_names
from gatecontrol.experiment.schema import (
    NAME,
    CircuitChoice,
    Epochs,
    Experiment,
    Run,
)
from gatecontrol.experiment.sections import declared
from gatecontrol.experiment.sensitivity import design_schema
from gatecontrol.experiment.values import value_schema
from gatecontrol.plugins import REQUIRED, Parameter, plugins
from gatecontrol.preparations import PREPARATIONS
from gatecontrol.units import DIMENSIONS, unit_pattern

__all__ = ["field_docs", "json_schema"]

_TITLE = "gatecontrol experiment"


def json_schema(*, strangers: bool = True) -> dict[str, Any]:
    """Return the JSON Schema of an experiment file.

    Parameters
    ----------
    strangers : bool, optional
        Whether the plug-ins of other packages are included.

    Returns
    -------
    dict
        Draft 2020-12.
    """
    schema = Experiment.model_json_schema(by_alias=True)
    _untitled(schema)
    parts = schema["$defs"]
    top = schema["properties"]
    for model, fields in field_docs().items():
        section = schema if model == Experiment.__name__ else parts.get(model, {})
        for name, doc in fields.items():
            key = Experiment.model_fields[name].alias if section is schema else name
            section.get("properties", {}).get(key or name, {})["description"] = doc
    kinds = {group: _kinds(group, strangers) for group in ("devices", "stimuli", "measures")}
    devices, stimuli = kinds["devices"], kinds["stimuli"]
    parts["Stimulus"] = _plugin(parts, "stimuli", stimuli, "stimulus")
    parts["Device"] = _plugin(parts, "devices", devices, "device")
    parts["DeviceChange"] = _plugin(parts, "devices", devices, "device", partial=True)
    circuits = {"enum": _kinds("circuits", strangers)}
    parts["CircuitChoice"]["properties"]["name"] = circuits
    parts["CircuitChoice"]["properties"]["conditions"]["uniqueItems"] = True
    together = {"device_on": ["device_off"], "device_off": ["device_on"]}
    parts["Run"]["dependentRequired"] = together
    parts["CircuitChoice"]["not"] = {"required": ["name", "file"]}
    for name in ("before", "during", "after"):
        parts["Epochs"]["properties"][name] |= {"minItems": 2, "maxItems": 2}
    top["schema"] = {"const": 1, "description": top["schema"]["description"]}
    top["circuit"] = _described(_circuit(circuits), top["circuit"])
    top["stimuli"] = _described(_list({"$ref": "#/$defs/Stimulus"}), top["stimuli"])
    top["device"] = _described(_device("Device"), top["device"])
    arm = parts["Arm"]["properties"]
    arm["preparation"] = _described({"enum": list(PREPARATIONS)}, arm["preparation"])
    arm["circuit"] = _described(_circuit(circuits), arm["circuit"])
    arm["stimuli"] = _described(_list({"$ref": "#/$defs/Stimulus"}), arm["stimuli"])
    arm["device"] = _described(_device("DeviceChange"), arm["device"])
    names = {"pattern": NAME, "maxLength": 64, "not": {"const": "device_off"}}
    top["arms"]["propertyNames"] = names
    parts["Path"] = {"type": "string", "pattern": _path_pattern(kinds)}
    path = {"$ref": "#/$defs/Path"}
    top["epochs"] = _described({"$ref": "#/$defs/Epochs"}, top["epochs"])
    values = _values_by_path(kinds, parts["Run"]["properties"])
    parts["SweptColumns"] = {
        "patternProperties": {k: {"type": "array", "items": v} for k, v in values.items()}
    }
    numeric = {k: v for k, v in values.items() if k != r"^preparation$"}
    top["sweep"] = _described(_sweep(path, values, design_schema(path, numeric)), top["sweep"])
    top["allow_out_of_range"]["items"] = path
    parts["Measure"] = _plugin(parts, "measures", kinds["measures"], "measure")
    top["measures"] |= {"items": _measure(kinds["measures"]), "uniqueItems": True}
    for name in ("arms", "measures"):
        top[name].pop("default", None)
    shared: dict[str, Any] = {}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": _TITLE}
    whole = _shared_patterns({k: v for k, v in schema.items() if k != "$defs"}, shared)
    parts = _shared_patterns(parts, shared)
    return {**head, **whole, "$defs": {**parts, **shared}}


def field_docs() -> dict[str, dict[str, str]]:
    """Return the docstring of every field of the experiment file, by model and field."""
    docs: dict[str, dict[str, str]] = {}
    for part in ast.parse(Path(schema_module.__file__).read_text(encoding="utf-8")).body:
        if not isinstance(part, ast.ClassDef):
            continue
        fields = docs.setdefault(part.name, {})
        for field, text in pairwise(part.body):
            if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
                continue
            if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
                fields[field.target.id] = " ".join(str(text.value.value).split())
    return docs


def _kinds(group: str, strangers: bool) -> list[str]:
    return [n for n, p in plugins(group).items() if strangers or p.value.startswith("gatecontrol.")]


def _untitled(schema: Any) -> None:
    """Drop the titles that pydantic makes of field names."""
    if isinstance(schema, dict):
        if isinstance(schema.get("title"), str):
            del schema["title"]
        for value in schema.values():
            _untitled(value)
    elif isinstance(schema, list):
        for value in schema:
            _untitled(value)


def _described(schema: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    return {"description": old.get("description", ""), **schema}


def _list(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


def _circuit(names: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [names, {"$ref": "#/$defs/CircuitChoice"}]}


def _device(part: str) -> dict[str, Any]:
    # Text is a device only as "none"; said by if/then so that a faulty mapping is blamed itself.
    return {
        "type": ["string", "object"],
        "if": {"type": "string"},
        "then": {"const": NONE},
        "else": {"$ref": f"#/$defs/{part}"},
    }


def _measure(kinds: list[str]) -> dict[str, Any]:
    """Return the schema of a measure: its name if it needs no parameter, or a mapping."""
    names = [k for k in kinds if all(p.default is not REQUIRED for p in declared("measures", k))]
    return {
        "type": ["string", "object"],
        "if": {"type": "string"},
        "then": {"enum": names},
        "else": {"$ref": "#/$defs/Measure"},
    }


def _plugin(
    parts: dict[str, Any], group: str, kinds: list[str], noun: str, *, partial: bool = False
) -> dict[str, Any]:
    """Return the schema of a plug-in's section: by kind, what it declares.

    Parameters
    ----------
    parts : dict
        ``$defs`` of the schema; the keys of each kind are added to it.
    group : str
        Plug-in group.
    kinds : list of str
        Names of the plug-ins.
    noun : str
        ``"device"``, ``"stimulus"`` or ``"measure"``.
    partial : bool, optional
        Whether it is merged over a base, so that nothing is required and the kind may be
        the base's.
    """
    branches: list[dict[str, Any]] = []
    for kind in kinds:
        parameters = declared(group, kind)
        known: dict[str, Any] = {"kind": {"const": kind}}
        if noun == "stimulus":
            known["name"] = {"type": "string", "pattern": NAME}
        known |= {p.name: value_schema(p) for p in parameters}
        part = f"{noun}_{kind}"
        parts[part] = {"properties": known, "additionalProperties": False}
        then: dict[str, Any] = {"$ref": f"#/$defs/{part}"}
        required = [p.name for p in parameters if p.default is REQUIRED]
        if required and not partial:
            then["required"] = required
        condition = {"properties": {"kind": {"const": kind}}, "required": ["kind"]}
        branches.append({"if": condition, "then": then})
    if partial:
        names = {
            "properties": {"kind": True} | _any_kind(group, kinds),
            "additionalProperties": False,
        }
        branches.append({"if": {"not": {"required": ["kind"]}}, "then": names})
    return {
        "description": f"A {noun}: its kind, and the parameters that this kind declares.",
        "type": "object",
        "required": [] if partial else ["kind"],
        "properties": {"kind": {"enum": kinds, "description": f"Which {noun}."}},
        "allOf": branches,
    }


def _any_kind(group: str, kinds: list[str]) -> dict[str, Any]:
    """Return what each parameter may be in any of the kinds."""
    found: dict[str, list[dict[str, Any]]] = {}
    for kind in kinds:
        for parameter in declared(group, kind):
            schema = value_schema(parameter)
            bare = {k: v for k, v in schema.items() if k not in {"description", "default"}}
            known = found.setdefault(parameter.name, [])
            if bare not in known:
                known.append(bare)
    return {n: v[0] if len(v) == 1 else {"anyOf": v} for n, v in sorted(found.items())}


def _shared_patterns(schema: Any, parts: dict[str, Any]) -> Any:
    """Return the schema with the pattern of each dimension written once, in ``$defs``."""
    if isinstance(schema, list):
        return [_shared_patterns(v, parts) for v in schema]
    if not isinstance(schema, dict):
        return schema
    pattern = schema.get("pattern")
    name = _patterns().get(pattern) if isinstance(pattern, str) else None
    rest = {k: _shared_patterns(v, parts) for k, v in schema.items()}
    if name is None:
        return rest
    parts[name] = {"type": "string", "pattern": pattern}
    return {"$ref": f"#/$defs/{name}"} | {
        k: v for k, v in rest.items() if k not in {"type", "pattern"}
    }


@lru_cache(maxsize=1)
def _patterns() -> dict[str, str]:
    return {
        unit_pattern(dimension, signed=signed): ("signed_" if signed else "") + dimension
        for dimension in DIMENSIONS
        for signed in (False, True)
    }


def _path_pattern(kinds: dict[str, list[str]]) -> str:
    """Return the regular expression of the paths that a sweep may take."""

    def names(group: str, *extra: str) -> str:
        parameters: Iterable[Parameter] = (p for k in kinds[group] for p in declared(group, k))
        return "|".join(sorted({re.escape(p.name) for p in parameters} | set(extra)))

    def keys(*fields: str) -> str:
        return "|".join(fields)

    circuit = keys(*field_names(CircuitChoice))
    return (
        rf"^(preparation|circuit(\.({circuit}|(set|scale)\..+))?"
        + rf"|stimuli(\[\d{{1,6}}\](\.({names('stimuli', 'kind', 'name')}))?)?"
        + rf"|device(\.({names('devices', 'kind')}))?"
        + rf"|run(\.({keys(*field_names(Run))}))?|epochs(\.({keys(*field_names(Epochs))}))?)$"
    )


def _values_by_path(kinds: dict[str, list[str]], run: dict[str, Any]) -> dict[str, Any]:
    """Return what may be swept: pattern of the path -> schema of one value."""
    found: dict[str, Any] = {r"^preparation$": {"enum": list(PREPARATIONS)}}
    for name, schema in _any_kind("devices", kinds["devices"]).items():
        found[rf"^device\.{re.escape(name)}$"] = schema
    for name, schema in _any_kind("stimuli", kinds["stimuli"]).items():
        found[rf"^stimuli\[[0-9]+\]\.{re.escape(name)}$"] = schema
    for name, schema in run.items():
        bare = {k: v for k, v in schema.items() if k not in {"description", "default"}}
        found[rf"^run\.{re.escape(name)}$"] = bare
    return found


def _sweep(path: dict[str, str], values: dict[str, Any], design: dict[str, Any]) -> dict[str, Any]:
    column = {"type": "array", "minItems": 1}
    columns = {"$ref": "#/$defs/SweptColumns"}
    return {
        "type": "object",
        "propertyNames": {"anyOf": [{"enum": ["zip", "list", "sensitivity"]}, path]},
        "allOf": [columns],
        "properties": {
            "zip": {
                "description": "One axis: lists of equal length, values taken together.",
                "type": "object",
                "minProperties": 1,
                "propertyNames": path,
                "allOf": [columns],
                "additionalProperties": column,
            },
            "list": {
                "description": "One axis: cases, each a mapping of paths to values.",
                "type": "array",
                "minItems": 1,
                "uniqueItems": True,
                "items": {
                    "type": "object",
                    "minProperties": 1,
                    "propertyNames": path,
                    "patternProperties": values,
                },
            },
            "sensitivity": design,
        },
        "additionalProperties": column | {"uniqueItems": True},
    }
