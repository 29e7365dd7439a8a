"""``gatecontrol list`` and ``describe``: what is installed, with units, ranges and sources."""

import inspect
import json as jsonlib
from collections.abc import Callable, Sequence
from typing import Any

from gatecontrol.citations import library, readable
from gatecontrol.cli.browse_circuit import about_circuit
from gatecontrol.cli.output import print_json, print_table, print_text
from gatecontrol.errors import ExperimentError, GatecontrolError, did_you_mean
from gatecontrol.plugins import REQUIRED, Parameter, load_plugin, plugins, singular

__all__ = ["describe", "show_list"]


def _first_sentence(text: str) -> str:
    """Return the first sentence of a docstring or description."""
    paragraph = " ".join(text.strip().split("\n\n")[0].split())
    return paragraph.split(". ")[0].rstrip(".")


def _plugin_rows(group: str) -> list[dict[str, str]]:
    rows = []
    for name in plugins(group):
        try:
            found = load_plugin(group, name)
        except GatecontrolError as error:  # one broken package must not hide the others
            rows.append({"name": name, "what": f"cannot be loaded: {error}"})
            continue
        rows.append({"name": name, "what": _first_sentence(inspect.getdoc(found) or "")})
    return rows


def _circuit_rows() -> list[dict[str, str]]:
    from gatecontrol.circuits import list_conditions, load_circuit

    rows = []
    for name in plugins("circuits"):
        try:
            what = f"{load_circuit(name).title}; conditions: {', '.join(list_conditions(name))}"
        except GatecontrolError as error:
            what = f"cannot be loaded: {error}"
        rows.append({"name": name, "what": what})
    return rows


def _preparation_rows() -> list[dict[str, str]]:
    from gatecontrol.preparations import PREPARATIONS, load_preparation

    return [{"name": name, "what": load_preparation(name).title} for name in PREPARATIONS]


def _experiment_rows() -> list[dict[str, str]]:
    from gatecontrol.experiment.load import load, shipped_experiments

    rows = []
    for name, path in shipped_experiments().items():
        question = " ".join(str(load(path).question).split())
        rows.append({"name": name, "what": question})
    return rows


_LISTS: dict[str, Callable[[], list[dict[str, str]]]] = {
    "devices": lambda: _plugin_rows("devices"),
    "circuits": _circuit_rows,
    "stimuli": lambda: _plugin_rows("stimuli"),
    "measures": lambda: _plugin_rows("measures"),
    "preparations": _preparation_rows,
    "experiments": _experiment_rows,
}


def show_list(kinds: Sequence[str], *, json: bool) -> None:
    """Print what is installed.

    Parameters
    ----------
    kinds : sequence of str
        ``"devices"``, ``"circuits"``, ...
    json : bool
        Whether to print JSON instead of tables.
    """
    found = {kind: _LISTS[kind]() for kind in kinds}
    if json:
        print_json(found[kinds[0]] if len(kinds) == 1 else found)
        return
    for number, (kind, rows) in enumerate(found.items()):
        if number:
            print()
        cells = [(row["name"], row["what"]) for row in rows]
        print_table([singular(kind), ""], cells)


def describe(kind: str, name: str, *, json: bool) -> None:
    """Print all about one thing.

    Parameters
    ----------
    kind : str
        ``"device"``, ``"circuit"``, ``"stimulus"``, ``"measure"``, ``"preparation"`` or
        ``"experiment"``.
    name : str
        Its name (or a file, for circuits and experiments).
    json : bool
        Whether to print JSON.

    Raises
    ------
    GatecontrolError
        There is no such thing.
    """
    about = {
        "device": _device,
        "stimulus": lambda n: _plugin("stimuli", n),
        "measure": _measure,
        "circuit": about_circuit,
        "preparation": _preparation,
        "experiment": _experiment,
    }[kind](name)
    if json:
        print_json(about)
    else:
        _print(about)


def _print(about: dict[str, Any]) -> None:
    """Print facts first, then each table."""
    print(f"{about['name']}: {about['title']}")
    if about.get("text"):
        print()
        print_text(about["text"])
    for heading, value in about.items():
        if heading in {"name", "title", "text"} or value in ("", [], {}, None):
            continue
        if heading == "references":
            _print_references(value)
            continue
        label = heading.replace("_", " ")
        if isinstance(value, list) and isinstance(value[0], dict):
            columns = list(dict.fromkeys(c for row in value for c in row))
            cells = [
                ["" if row.get(c) is None else str(row.get(c, "")) for c in columns]
                for row in value
            ]
            print(f"\n{label}")
            print_table(columns, cells)
        elif isinstance(value, list):
            print()
            print_text(f"{label}: {', '.join(map(str, value))}")
        else:
            print()
            print_text(f"{label}: {value}")


def _print_references(keys: Sequence[str]) -> None:
    """Print what is cited, with DOIs; a key of a plug-in's own stays as it is."""
    known = library()
    print("\nreferences")
    for key in keys:
        print_text(f"{key}: {readable([key])[0]}" if key in known else key)


def _parameter(parameter: Parameter) -> dict[str, Any]:
    low, high = parameter.minimum, parameter.maximum
    span = f"{'' if low is None else low} to {'' if high is None else high}".strip()
    allowed = ", ".join(parameter.choices) or ("" if low is None and high is None else span)
    default = parameter.default
    if default == REQUIRED:
        shown = "required"
    else:
        shown = "" if default is None else jsonlib.dumps(default).strip('"')
    return {
        "parameter": parameter.name,
        "kind": parameter.kind.replace("_", " "),
        "default": shown,
        "range": allowed,
        "source": parameter.source,
        "meaning": parameter.doc,
    }


def _plugin(group: str, name: str) -> dict[str, Any]:
    found = load_plugin(group, name)
    text = inspect.getdoc(found) or ""
    return {
        "name": name,
        "title": getattr(found, "title", "") or _first_sentence(text),
        "text": text.split("\n\n")[0],
        "parameters": [_parameter(p) for p in found.parameters],
        "references": list(getattr(found, "references", ())),
    }


def _presets(parameter: Parameter) -> list[dict[str, str]]:
    return [
        {
            parameter.name: name,
            "what": preset.title,
            "sets": ", ".join(f"{key} {value}" for key, value in preset.values.items()),
            "source": preset.source,
        }
        for name, preset in parameter.presets.items()
    ]


def _device(name: str) -> dict[str, Any]:
    about = _plugin("devices", name)
    found = load_plugin("devices", name)
    for parameter in found.parameters:
        if parameter.presets:
            about[f"{parameter.name}s"] = _presets(parameter)
    limits = getattr(found, "limits", None)
    if limits is not None:
        rows = [
            {
                "limit": one.key.replace("_", " "),
                "from": one.low,
                "to": one.high,
                "source": one.source,
            }
            for one in (limits.amplitude, limits.pulse_width, limits.frequency)
        ]
        rows.append({
            "limit": "compliance",
            "from": "",
            "to": limits.voltage,
            "source": limits.source,
        })
        about["clinical_limits"] = rows
        about["lifted_by"] = "limits: laboratory (kept with the results)"
    about["fibre_classes"] = list(getattr(found, "classes", ()))
    about["assumptions"] = [
        {"what": what, "text": text} for what, text in getattr(found, "notes", {}).items()
    ]
    for key in getattr(found, "leads", ()):
        about.setdefault("electrodes", []).extend(_lead(key))
    if getattr(found, "stack", ""):
        about["tissue"], about["tissue_omits"] = _tissue(found.stack)
    return about


def _lead(name: str) -> list[dict[str, str]]:
    from gatecontrol.fields.leads import lead

    found = lead(name)
    sizes = [(key.replace("_", " "), size.text) for key, size in found.sizes.items()]
    rows = [("contacts", str(found.count)), *sizes, ("leaves out", found.omits)]
    return [{"electrode": name, "quantity": key, "value": value} for key, value in rows]


def _tissue(name: str) -> tuple[list[dict[str, str]], str]:
    from gatecontrol.fields.tissues import tissue_stack

    found = tissue_stack(name)
    rows = [
        {"layer": layer.replace("_", " "), "quantity": key, "value": number.text}
        for layer, _, key, number in (
            (*full.partition("."), number) for full, number in found.numbers.items()
        )
    ]
    rows += [
        {"layer": key, "quantity": "range", "value": f"{low.text} to {high.text}"}
        for key, (low, high) in found.ranges.items()
    ]
    return rows, found.omits


def _measure(name: str) -> dict[str, Any]:
    from gatecontrol.cli.measures import about_measure

    about = about_measure(name)
    return about | {"parameters": [_parameter(p) for p in about["parameters"]]}


def _preparation(name: str) -> dict[str, Any]:
    from dataclasses import fields

    from gatecontrol.preparations import PREPARATIONS, load_preparation
    from gatecontrol.sourced import Sourced

    if name not in PREPARATIONS:
        hint = did_you_mean(name, PREPARATIONS)
        raise _Unknown(f"no preparation '{name}'.{hint} Known: {', '.join(PREPARATIONS)}")
    found = load_preparation(name)

    def rows(owner: Any, prefix: str) -> list[dict[str, str]]:
        return [
            {"quantity": f"{prefix}{f.name.replace('_', ' ')}", "value": value.text}
            for f in fields(owner)
            if isinstance(value := getattr(owner, f.name), Sourced)
        ]

    fibres = [row for n, f in found.fibres.items() for row in rows(f, f"{n} ")]
    return {
        "name": found.name,
        "title": found.title,
        "distances_and_tissues": rows(found, ""),
        "dorsal_column": rows(found.dorsal_column, ""),
        "fibres": fibres,
        "references": list(found.references()),
    }


class _Unknown(ExperimentError):
    """Nothing of that name."""

    def __init__(self, text: str) -> None:
        super().__init__(())
        self.args = (f"error: {text}",)


def _experiment(name: str) -> dict[str, Any]:
    from gatecontrol.experiment.estimate import headline
    from gatecontrol.experiment.load import load
    from gatecontrol.experiment.sweep import axis_texts

    found = load(name)
    arms = []
    for key, arm in found.arms.items():
        arms.append({
            "arm": key,
            "label": arm.label or "",
            "device": _brief(arm.device or found.device),
        })
    return {
        "name": found.name,
        "title": headline(found).split(": ", 1)[1],
        "text": " ".join(str(found.question).split()),
        "look_for": " ".join(str(found.look_for).split()),
        "preparation": found.preparation,
        "control": found.control,
        "arms": arms,
        "sweep": [{"axis": n, "values": text} for n, text in axis_texts(found).items()],
        "file": str(found.path),
    }


def _brief(device: Any) -> str:
    if not isinstance(device, dict):
        return "none" if device is None else str(device)
    settings = ", ".join(f"{k} {v}" for k, v in device.items() if k not in {"kind", "name"})
    return f"{device.get('kind', '')}: {settings}".strip(": ")
