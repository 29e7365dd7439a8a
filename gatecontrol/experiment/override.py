"""``--set path=value``: read like YAML, validated like the file, reported as ``--set``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gatecontrol.errors import Problem, did_you_mean
from gatecontrol.experiment.config import SETTINGS, Config, Origin, assigned, parse_path
from gatecontrol.experiment.models import field_names
from gatecontrol.experiment.paths import ABSENT, path_state, suggestion
from gatecontrol.experiment.schema import Experiment
from gatecontrol.yamlfile import KeyPath, Mark, YamlFile, path_text, read_yaml_value

__all__ = [
    "Override",
    "apply_to_document",
    "apply_to_settings",
    "misplaced",
    "read_overrides",
]

NAME = "--set"


@dataclass(frozen=True)
class Override:
    """One value set on the command line."""

    path: KeyPath
    value: Any
    origin: Origin


def read_overrides(texts: Sequence[str]) -> tuple[list[Override], list[Problem]]:
    """Read ``path=value`` texts.

    Parameters
    ----------
    texts : sequence of str
        As typed after ``--set``; the n-th is line n in messages.

    Returns
    -------
    overrides : list of Override
    problems : list of Problem
        Faults of form and unknown top-level keys.
    """
    marks: dict[KeyPath, Mark] = {}
    lines = tuple(text.replace("\n", " ") for text in texts)
    file = YamlFile(NAME, Path(), {}, marks, lines)
    overrides, problems = [], []
    known = [k for k in field_names(Experiment) if k != "schema"]
    for number, text in enumerate(lines, 1):
        left, equals, right = text.partition("=")
        key = left.strip()
        at = (number, 1)
        path = _path(key)
        code, message, help = "", "", ""
        if not equals or path is None:
            code, message = "E003", "is not of the form path=value"
            help = "--set device.frequency='20 Hz'"
        elif path[0] not in known:
            code, message = "E001", f"unknown section.{did_you_mean(str(path[0]), known)}"
            help = f"known sections: {', '.join(known)}"
        if code or path is None:
            problems.append(Problem(code, key, message, help, NAME, number, 1, text))
            continue
        value, found, faults = read_yaml_value(right, NAME)
        if isinstance(value, dict) and right.strip()[0] != "{":
            value, found = right.strip(), {}  # text that happens to hold ": "
        shift = len(left) + 1
        if faults:
            problems += [
                replace(p, line=number, column=p.column + shift, source=text, path=key)
                for p in faults
            ]
            continue
        marks[path] = Mark(at, (number, shift + 1))
        for below, mark in found.items():
            place = (number, mark.value[1] + shift)
            marks[path + below] = Mark(at if not below else place, place)
        overrides.append(Override(path, value, Origin(file, path)))
    return overrides, problems


def _path(text: str) -> KeyPath | None:
    """Return the keys of a path; what follows ``sweep.`` is one key, as in the file."""
    design = ("sweep", "sensitivity")
    for prefix in ((*design, "ranges"), design, ("sweep", "zip"), ("sweep",)):
        start = ".".join(prefix) + "."
        if text.startswith(start) and text != start:
            return (*prefix, text.removeprefix(start))
    return parse_path(text)


def apply_to_document(doc: Config, overrides: Sequence[Override]) -> tuple[Config, list[Problem]]:
    """Return the file with the values of all but the settings' sections replaced.

    Parameters
    ----------
    doc : Config
        The whole file.
    overrides : sequence of Override
        Those of `SETTINGS` are passed over.
    """
    problems = []
    for one in overrides:
        if one.path[0] in SETTINGS:
            continue
        if one.path[0] == "arms" and len(one.path) > 1:
            arms = doc.data.get("arms")
            known = list(arms) if isinstance(arms, dict) else []
            if one.path[1] not in known:
                hint = did_you_mean(str(one.path[1]), known)
                message = f"no arm named '{one.path[1]}'.{hint}"
                help = f"arms: {', '.join(known) or 'none'}"
                problems.append(one.origin.file.problem("E010", one.path, message, help, key=True))
                continue
        if not _reachable(doc, one.path):
            message = f"there is nothing at '{path_text(one.path[:-1])}' to set this in"
            problems.append(one.origin.file.problem("E001", one.path, message, key=True))
            continue
        doc = assigned(doc, one.path, one.value, one.origin)
    return doc, problems


def _reachable(doc: Config, path: KeyPath) -> bool:
    """Return whether a path could be set: its list indices exist, no list stands in its way."""
    value: Any = doc.data
    for key in path:
        if isinstance(key, int):
            if not isinstance(value, list) or key >= len(value):
                return False
            value = value[key]
        elif isinstance(value, list):
            return False
        else:
            value = value.get(key) if isinstance(value, dict) else None
    return True


def apply_to_settings(config: Config, overrides: Sequence[Override]) -> Config:
    """Return settings with the command line's values, as far as they have the paths."""
    for one in overrides:
        if one.path[0] in SETTINGS and path_state(config, one.path) == "":
            config = assigned(config, one.path, one.value, one.origin)
    return config


def misplaced(overrides: Sequence[Override], arms: Mapping[str, Config]) -> list[Problem]:
    """Return a problem for each value that some arm has no place for.

    Parameters
    ----------
    overrides : sequence of Override
    arms : mapping of str to Config
        Settings of every arm, before the command line's values.
    """
    problems = []
    for one in overrides:
        if one.path[0] not in SETTINGS:
            continue
        states = {name: path_state(config, one.path) for name, config in arms.items()}
        unknown = [name for name, state in states.items() if state == "unknown"]
        absent = all(state == ABSENT for state in states.values())
        if not unknown and not absent:
            continue
        hint, help = suggestion(path_text(one.path), [arms[n] for n in unknown or arms])
        where = f" in arm '{unknown[0]}'" if 0 < len(unknown) < len(arms) else ""
        message = f"no such parameter{where}.{hint}"
        if absent:
            message, help = "no such parameter: no arm has a device", ""
        problems.append(one.origin.file.problem("E001", one.path, message, help, key=True))
    return problems
