"""The sweep of a file as axes, with every fault of its form."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gatecontrol.errors import Problem, did_you_mean
from gatecontrol.experiment.config import SETTINGS, Config, Origin, assigned, parse_path
from gatecontrol.experiment.models import shown
from gatecontrol.experiment.paths import ABSENT, parameter_at, path_state, suggestion
from gatecontrol.experiment.sensitivity import (
    KEYS,
    MOST_RANGES,
    Design,
    Range,
    read_count,
    read_range,
)
from gatecontrol.yamlfile import Key, KeyPath

__all__ = ["Step", "SweepAxis", "axis_name", "read_axes", "stepped"]

_JOINT = ("zip", "list", "sensitivity")


@dataclass(frozen=True)
class Step:
    """One value of an axis.

    Attributes
    ----------
    text : str
        How results name it.
    values : tuple of (path, value, Origin)
        What it sets.
    origin : Origin
        Where it stands.
    """

    text: str
    values: tuple[tuple[KeyPath, Any, Origin], ...]
    origin: Origin


@dataclass(frozen=True)
class SweepAxis:
    """One axis of a sweep.

    Attributes
    ----------
    name : str
        Its dimension in the results (``device_frequency``; ``case`` for a list, ``sample``
        for a sensitivity design).
    path : str
        What it is over; of a zip, the first path.
    steps : tuple of Step
        Its values; of a design its corners, which are checked in place of the samples.
    design : Design or None
        Of a sensitivity analysis.
    """

    name: str
    path: str
    steps: tuple[Step, ...]
    design: Design | None = None

    @property
    def size(self) -> int:
        """Number of values."""
        return self.design.size if self.design else len(self.steps)

    @property
    def paths(self) -> tuple[KeyPath, ...]:
        """What any of its values sets."""
        return tuple(dict.fromkeys(path for s in self.steps for path, _, _ in s.values))

    @cached_property
    def planned(self) -> tuple[Step, ...]:
        """Values that are run: of a design its samples, named by their number from 1 on."""
        if self.design is None:
            return self.steps
        first = self.steps[0]
        places = [(p, Origin(o.file, o.path[:-1])) for p, _, o in first.values]
        return tuple(
            Step(
                str(number),
                tuple((p, v, o) for (p, o), v in zip(places, row, strict=True)),
                first.origin,
            )
            for number, row in enumerate(self.design.rows(), 1)
        )


def axis_name(path: str) -> str:
    """Return how results name what is at a path: ``device_frequency``."""
    return re.sub(r"\W+", "_", path.replace("]", "")).strip("_")


def stepped(config: Config, steps: Sequence[Step]) -> Config:
    """Return settings with one step of each axis applied, as far as the arm has the path."""
    for step in steps:
        for path, value, origin in step.values:
            if path_state(config, path) != ABSENT:
                config = assigned(config, path, value, origin)
    return config


def read_axes(
    doc: Config, arms: Mapping[str, Config], replaced: Sequence[KeyPath]
) -> tuple[list[SweepAxis], list[Problem]]:
    """Read ``sweep:``; single values are checked elsewhere, within each arm.

    Parameters
    ----------
    doc : Config
        The whole file.
    arms : mapping of str to Config
        Settings of every arm.
    replaced : sequence of path
        Paths set on the command line, which take the place of an axis.

    Returns
    -------
    axes : list of SweepAxis
    problems : list of Problem
        Faults of form (E020, E050-E052) and warnings (W003).
    """
    return _Reader(doc, arms, replaced).read()


class _Reader:
    def __init__(
        self, doc: Config, arms: Mapping[str, Config], replaced: Sequence[KeyPath]
    ) -> None:
        self.doc, self.arms, self.replaced = doc, arms, replaced
        self.problems: list[Problem] = []
        self.axes: list[SweepAxis] = []
        self.taken: dict[KeyPath, KeyPath] = {}

    def fault(
        self, code: str, path: KeyPath, message: str, help: str = "", *, key: bool = False
    ) -> None:
        origin = self.doc.origin(path)
        self.problems.append(origin.file.problem(code, origin.path, message, help, key=key))

    def read(self) -> tuple[list[SweepAxis], list[Problem]]:
        sweep = self.doc.data.get("sweep", {})
        if not isinstance(sweep, dict):
            message = f"a mapping of paths to lists is needed, got {shown(sweep)}"
            self.fault("E020", ("sweep",), message, "sweep: {device.frequency: [10 Hz, 50 Hz]}")
            return [], self.problems
        for key, value in sweep.items():
            if key == "zip":
                self._zip(value)
            elif key == "list":
                self._list(value)
            elif key == "sensitivity":
                self._sensitivity(value)
            else:
                path = self._path(("sweep", key), key)
                values = self._values(("sweep", key), value) if path is not None else None
                if path is not None and values is not None:
                    self._axis(key, [(key, path, ("sweep", key))], [values])
        return self.axes, self.problems

    def _path(self, at: KeyPath, text: str) -> KeyPath | None:
        """Return a path that every arm has (or could have, with a device)."""
        path = parse_path(text)
        if path is None or path[0] not in SETTINGS:
            hint, help = suggestion(text, list(self.arms.values()))
            known = [*SETTINGS, *_JOINT]
            if not hint and text.split(".")[0] in {"seeds", "arms", "control", "name"}:
                help = f"a sweep may set {', '.join(SETTINGS)}"
            elif not hint and path is not None and len(path) == 1:
                hint, help = "", f"a path begins with {', '.join(known)}"
            self.fault("E050", at, f"no such parameter.{hint}", help, key=True)
            return None
        if any(path[: len(r)] == r for r in self.replaced):
            message = "this axis is replaced by --set"
            self.fault("W003", at, message, key=True)
            return None
        states = {name: path_state(config, path) for name, config in self.arms.items()}
        unknown = [name for name, state in states.items() if state == "unknown"]
        if unknown:
            hint, help = suggestion(text, [self.arms[a] for a in unknown])
            where = "" if len(unknown) == len(self.arms) else f" in arm '{unknown[0]}'"
            self.fault("E050", at, f"no such parameter{where}.{hint}", help, key=True)
            return None
        if all(state == ABSENT for state in states.values()):
            self.fault("E050", at, "no such parameter: no arm has a device", key=True)
            return None
        other = next((o for o in self.taken if _nested(o, path)), None)
        if other is not None:
            where = ".".join(str(k) for k in self.taken[other])
            self.fault("E050", at, f"this path is swept already by {where}", key=True)
            return None
        self.taken[path] = at
        return path

    def _values(self, at: KeyPath, value: Any) -> list[Any] | None:
        if not isinstance(value, list):
            help = f"[{_text(value)}]"
            if isinstance(value, dict):
                help = f"{at[-1]}.{next(iter(value), 'key')}: [...]"
            self.fault("E020", at, f"a list of values is needed, got {shown(value)}", help)
            return None
        if not value:
            self.fault("E051", at, "the list is empty", "leave the line out, or give values")
            return None
        return value

    def _zip(self, value: Any) -> None:
        at: KeyPath = ("sweep", "zip")
        if not isinstance(value, dict) or not value:
            message = f"a mapping of paths to lists is needed, got {shown(value)}"
            self.fault(
                "E020" if value != {} else "E051", at, message if value != {} else "is empty"
            )
            return
        paths, columns = [], []
        for key, values in value.items():
            path = self._path((*at, key), key)
            read = self._values((*at, key), values) if path is not None else None
            if path is not None and read is not None:
                paths.append((key, path, (*at, key)))
                columns.append(read)
        lengths = {key: len(c) for (key, _, _), c in zip(paths, columns, strict=True)}
        if len(set(lengths.values())) > 1:
            listed = ", ".join(f"{key} has {n}" for key, n in lengths.items())
            message = f"the lists of a zip must be equally long: {listed}"
            self.fault("E052", at, message, key=True)
        elif paths:
            self._axis(paths[0][0], paths, columns)

    def _list(self, value: Any) -> None:
        at: KeyPath = ("sweep", "list")
        cases = self._values(at, value)
        if cases is None:
            return
        good = True
        paths: dict[str, KeyPath | None] = {}
        for index, case in enumerate(cases):
            if not isinstance(case, dict) or not case:
                message = f"a mapping of paths to values is needed, got {shown(case)}"
                if case == {}:
                    message = "the case is empty"
                self.fault("E020" if case != {} else "E051", (*at, index), message)
                good = False
                continue
            for key in case:
                if key not in paths:
                    paths[key] = self._path((*at, index, key), key)
        if not good or any(p is None for p in paths.values()):
            return
        steps = []
        for index, case in enumerate(cases):
            values = tuple(
                (p, case[k], self.doc.origin((*at, index, k)))
                for k, p in paths.items()
                if p is not None and k in case
            )
            text = ", ".join(f"{_last(k)} {_text(v)}" for k, v in case.items())
            steps.append(Step(text, values, self.doc.origin((*at, index))))
        self._add("case", "", steps)

    def _sensitivity(self, value: Any) -> None:
        at: KeyPath = ("sweep", "sensitivity")
        if not isinstance(value, dict):
            message = f"a mapping of keys is needed, got {shown(value)}"
            self.fault("E020", at, message, "sensitivity: {samples: 64, ranges: {...}}")
            return
        for key in value:
            if key not in KEYS:
                message = f"unknown key.{did_you_mean(str(key), KEYS)}"
                help = f"keys of sensitivity: {', '.join(KEYS)}"
                self.fault("E001", (*at, key), message, help, key=True)
        counts: dict[str, Any] = {}
        for name in KEYS[:3]:
            counts[name], fault = read_count(name, value)
            if fault is not None:
                self.fault(fault.code, at + fault.path, fault.message, fault.help)
        typed = value.get("ranges")
        if not isinstance(typed, dict) or not typed:
            message = "a mapping of paths to ranges is needed"
            message += f", got {shown(typed)}" if "ranges" in value else ""
            help = "ranges: {device.frequency: {low: 10 Hz, high: 100 Hz, scale: log}}"
            self.fault("E020", (*at, "ranges") if "ranges" in value else at, message, help)
            return
        if len(typed) > MOST_RANGES:
            message = f"{len(typed)} ranges are more than {MOST_RANGES}"
            self.fault("E033", (*at, "ranges"), message)
            return
        ranges = [r for r in (self._range((*at, "ranges", k), k, v) for k, v in typed.items()) if r]
        if not ranges or None in counts.values():
            return
        design = Design(**counts, ranges=tuple(ranges))
        origin = self.doc.origin((*at, "ranges"))
        steps = []
        for corner in design.corners():
            values, texts = [], []
            for one, end in zip(ranges, corner, strict=True):
                texts.append(f"{_last(one.key)} {_text(end)}")
                ends = (0, 1) if isinstance(typed[one.key], list) else ("low", "high")
                where = (*at, "ranges", one.key, ends[one.typed.index(end)])
                values.append((one.path, end, self.doc.origin(where)))
            text = ", ".join(
                f"{_last(r.key)} {_text(v)}" for r, v in zip(ranges, corner, strict=True)
            )
            steps.append(Step(text, tuple(values), origin))
        self.axes.append(SweepAxis("sample", "", tuple(steps), design))

    def _range(self, at: KeyPath, key: str, value: Any) -> Range | None:
        path = self._path(at, key)
        if path is None:
            return None
        found = (parameter_at(config, path) for config in self.arms.values())
        parameter = next((p for p in found if p is not None), None)
        one, fault = read_range(key, path, value, parameter)
        if fault is not None:
            self.fault(fault.code, at + fault.path, fault.message, fault.help, key=fault.key)
        return one

    def _axis(
        self, path: str, paths: list[tuple[str, KeyPath, KeyPath]], columns: list[list[Any]]
    ) -> None:
        """Add an axis whose steps set one value of each column."""
        firsts = [_text(v) for v in columns[0]]
        unique = len(set(firsts)) == len(firsts)
        steps = []
        for index, row in enumerate(zip(*columns, strict=True)):
            values = tuple(
                (target, value, self.doc.origin((*at, index)))
                for (_, target, at), value in zip(paths, row, strict=True)
            )
            texts = [_text(v) for v in row]
            text = texts[0] if unique or len(texts) == 1 else ", ".join(texts)
            steps.append(Step(text, values, self.doc.origin((*paths[0][2], index))))
        self._add(axis_name(path), path, steps)

    def _add(self, name: str, path: str, steps: list[Step]) -> None:
        seen: set[str] = set()
        for step in steps:
            if step.text in seen:
                origin = step.origin
                message = f"'{step.text}' is listed twice"
                self.problems.append(origin.file.problem("E051", origin.path, message))
            seen.add(step.text)
        names = {a.name for a in self.axes}
        self.axes.append(SweepAxis(f"{name}_2" if name in names else name, path, tuple(steps)))


def _nested(one: KeyPath, other: KeyPath) -> bool:
    size = min(len(one), len(other))
    return one[:size] == other[:size]


def _last(path: str) -> str:
    key: Key = path.rsplit(".", 1)[-1]
    return str(key)


def _text(value: Any) -> str:
    """Return a swept value as text, for labels."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        return "+".join(_text(v) for v in value) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{k} {_text(v)}" for k, v in value.items())
    return json.dumps(value) if isinstance(value, bool) or value is None else str(value)
