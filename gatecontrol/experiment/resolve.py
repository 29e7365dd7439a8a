"""The experiment as it was run, written out as an experiment file."""

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatecontrol.errors import GatecontrolError
from gatecontrol.experiment.axes import SweepAxis
from gatecontrol.experiment.config import DEFAULTS, NONE, SETTINGS, TIME_STEP, Config
from gatecontrol.experiment.paths import parameter_at
from gatecontrol.experiment.replicates import AdaptiveSeeds
from gatecontrol.experiment.sections import declared
from gatecontrol.parameters import preset_names, with_presets
from gatecontrol.plugins import REQUIRED
from gatecontrol.yamlfile import KeyPath, path_text

if TYPE_CHECKING:
    from gatecontrol.experiment.load import Loaded
    from gatecontrol.experiment.schema import Experiment

__all__ = ["experiment_text", "yaml_text"]

_HEAD = "# The experiment as it was run: values of the command line and all defaults filled in.\n"
_PLAIN = re.compile(r"[A-Za-z]([A-Za-z0-9_ /^%().+-]*[A-Za-z0-9_%)])?\Z")
_QUANTITY = re.compile(r"-?\d+(\.\d+)? [A-Za-z%][A-Za-z%/^0-9]*\Z")
_WORDS = {"true", "false", "null"}
_WIDTH = 88


def experiment_text(experiment: "Experiment") -> str:
    """Return an experiment as YAML text with everything filled in.

    Parameters
    ----------
    experiment : Experiment
        From `gatecontrol.experiment.load.load`.

    Returns
    -------
    str
        Loading it gives the same points. Files are named by their absolute path.
    """
    loaded = experiment._loaded
    if loaded is None:
        raise GatecontrolError("an experiment is made by gatecontrol.load(), which checks it")
    folder = experiment.path.parent
    top: dict[str, Any] = {"schema": experiment.schema_version, "name": experiment.name}
    top |= {k: getattr(experiment, k) for k in ("question", "look_for") if getattr(experiment, k)}
    swept = {path for axis in loaded.axes for path in axis.paths}
    arms = {name: _filled(config, folder, swept) for name, config in loaded.arms.items()}
    first = next(iter(arms.values()))
    shared = {k: v for k, v in first.items() if all(a.get(k) == v for a in arms.values())}
    top |= {k: shared[k] for k in SETTINGS if k in shared}
    top["control"] = experiment.control
    if experiment.arms:
        labels = {n: {"label": a.label} if a.label else {} for n, a in experiment.arms.items()}
        top["arms"] = {
            name: labels[name] | {k: v for k, v in arm.items() if k not in shared}
            for name, arm in arms.items()
        }
    if loaded.axes:
        top["sweep"] = _sweep(loaded, folder)
    top["seeds"] = _seeds(experiment.seeds)
    top["measures"] = [_measure(one, folder) for one in experiment.measures]
    if experiment.equivalence_margin is not None:
        top["equivalence_margin"] = float(experiment.equivalence_margin)
    top["record"] = {"spikes": experiment.record.spikes}
    if experiment.allow_out_of_range:
        top["allow_out_of_range"] = list(experiment.allow_out_of_range)
    return _HEAD + yaml_text(top)


def yaml_text(data: Mapping[str, Any]) -> str:
    """Return plain data as YAML in the layout of experiment files.

    Parameters
    ----------
    data : mapping
        Mappings, lists, text, numbers, booleans and None.
    """
    return "".join(f"{line}\n" for line in _mapping(data, 0))


def _seeds(seeds: Sequence[int]) -> Any:
    if isinstance(seeds, AdaptiveSeeds):
        return asdict(seeds)
    run = seeds == tuple(range(seeds[0], seeds[0] + len(seeds)))
    return {"first": seeds[0], "count": len(seeds)} if run else list(seeds)


def _filled(config: Config, folder: Path, swept: set[KeyPath]) -> dict[str, Any]:
    """Return an arm's settings with the defaults of every section that it has."""
    data = config.data
    found: dict[str, Any] = {"preparation": data.get("preparation", DEFAULTS["preparation"])}
    circuit = dict(data.get("circuit", DEFAULTS["circuit"]))
    if circuit.get("file"):
        circuit["file"] = str((folder / circuit["file"]).resolve())
    found["circuit"] = circuit
    found["stimuli"] = [
        _with_defaults("stimuli", one, folder, ("stimuli", index), swept)
        for index, one in enumerate(data.get("stimuli", []))
    ]
    device = data.get("device", NONE)
    if device != NONE:
        device = _with_defaults("devices", device, folder, ("device",), swept)
    found["device"] = device
    run = data.get("run", {})
    found["run"] = {k: run[k] for k in run if k == "duration"} | {"dt": TIME_STEP} | run
    if "epochs" in data:
        found["epochs"] = data["epochs"]
    return found


def _with_defaults(
    group: str, section: Mapping[str, Any], folder: Path, path: KeyPath, swept: set[KeyPath]
) -> dict[str, Any]:
    """Return a plug-in's section with its defaults, unless a sweep changes its kind.

    Where a sweep changes a preset, what the presets set is left to them.
    """
    filled = {k: v for k, v in section.items() if k in {"kind", "name"}}
    whole = swept & {path[:1], path, (*path, "kind")}
    parameters = with_presets(declared(group, section.get("kind")), section)
    changed = [p.name for p in parameters if p.presets and (*path, p.name) in swept]
    left = frozenset().union(*(preset_names(parameters, name) for name in changed))
    for parameter in parameters:
        if parameter.name not in section and (whole or parameter.name in left):
            continue
        value = section.get(parameter.name, parameter.default)
        if parameter.kind == "file" and isinstance(value, str):
            value = str((folder / value).resolve())
        if value is not REQUIRED and value is not None:
            filled[parameter.name] = value
    return filled


def _measure(one: Any, folder: Path) -> Any:
    """Return a measure with its defaults; the name alone if it has no parameters."""
    section = {"kind": one} if isinstance(one, str) else one
    filled = _with_defaults("measures", section, folder, ("measures",), set())
    return filled if len(filled) > 1 else section["kind"]


def _sweep(loaded: "Loaded", folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for axis in loaded.axes:
        if axis.design is not None:
            found["sensitivity"] = axis.design.typed()
            continue
        if not axis.path:
            found["list"] = [
                {path_text(p): _absolute(loaded, folder, p, v) for p, v, _ in step.values}
                for step in axis.steps
            ]
            continue
        columns = {
            path_text(p): _column(loaded, folder, axis, p) for p, _, _ in axis.steps[0].values
        }
        found |= {"zip": columns} if len(columns) > 1 else columns
    return found


def _column(loaded: "Loaded", folder: Path, axis: SweepAxis, path: KeyPath) -> list[Any]:
    values = [v for step in axis.steps for p, v, _ in step.values if p == path]
    return [_absolute(loaded, folder, path, v) for v in values]


def _absolute(loaded: "Loaded", folder: Path, path: KeyPath, value: Any) -> Any:
    """Return a swept value; a file by its absolute path."""
    named = path == ("circuit", "file")
    for config in loaded.arms.values():
        parameter = parameter_at(config, path)
        named = named or (parameter is not None and parameter.kind == "file")
    return str((folder / value).resolve()) if named and isinstance(value, str) else value


def _mapping(data: Mapping[str, Any], depth: int) -> Iterator[str]:
    """Yield the lines of a block mapping."""
    space = "  " * depth
    for key, value in data.items():
        name = _scalar(str(key))
        if isinstance(value, Mapping) and value and not _short(value):
            yield f"{space}{name}:"
            yield from _mapping(value, depth + 1)
        elif isinstance(value, list | tuple) and any(isinstance(v, Mapping) for v in value):
            yield f"{space}{name}:"
            yield from (f"{space}  - {_flow(v)}" for v in value)
        elif isinstance(value, str) and len(value) > _WIDTH and _foldable(value):
            yield f"{space}{name}: >-"
            lines = textwrap.wrap(value, _WIDTH, break_long_words=False, break_on_hyphens=False)
            yield from (f"{space}  {line}" for line in lines)
        else:
            yield f"{space}{name}: {_flow(value)}"


def _short(value: Mapping[str, Any]) -> bool:
    flat = not any(isinstance(v, Mapping) for v in value.values())
    return flat and len(_flow(value)) <= _WIDTH


def _foldable(text: str) -> bool:
    return text.isprintable() and "  " not in text and text == text.strip()


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(str(k))}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(_flow(v) for v in value) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    """Return a scalar so that it reads back as the same value."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if not isinstance(value, str):
        return str(value)
    plain = _PLAIN.match(value) or _QUANTITY.match(value)
    if plain and value.lower() not in _WORDS and " #" not in value:
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in quoted)
