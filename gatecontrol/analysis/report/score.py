"""The evidence score of a circuit, given as data: how many published phenomena it shows."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gatecontrol.errors import GatecontrolError

__all__ = ["NOT_SCORED", "VERDICTS", "Score", "read_score"]

NOT_SCORED = "This circuit has not been scored here."
VERDICTS = ("pass", "borderline", "fail", "not expressible")
"""Verdicts on one phenomenon."""

_KEYS = ("circuit", "version", "date", "passed", "total", "verdicts")


@dataclass(frozen=True)
class Score:
    """What a circuit scored.

    Attributes
    ----------
    circuit, version, date : str
        Name of the circuit, version of gatecontrol that scored it, and when.
    passed, total : int
        Phenomena that it shows, of those that were tried.
    verdicts : tuple of (str, str, str)
        Id, verdict and title (may be empty) of each phenomenon.
    """

    circuit: str
    version: str
    date: str
    passed: int
    total: int
    verdicts: tuple[tuple[str, str, str], ...]


def read_score(path: Path | str, circuits: "set[str] | None" = None) -> Score:
    """Read the evidence score of a circuit.

    Parameters
    ----------
    path : path
        JSON file: ``circuit``, ``version``, ``date``, ``passed``, ``total`` and ``verdicts``,
        a list of ``{"id": ..., "verdict": ..., "title": ...}`` (title optional) with a verdict
        of `VERDICTS`.
    circuits : set of str, optional
        Circuits of the run; the score must be of one of them.

    Raises
    ------
    GatecontrolError
        The file cannot be read, lacks a key, contradicts itself, or is of another circuit.
    """
    path = Path(path)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise GatecontrolError(f"cannot read the evidence in {path}: {error.strerror}") from error
    except ValueError as error:
        raise GatecontrolError(f"{path} is not JSON: {error}") from error
    if not isinstance(found, Mapping):
        raise GatecontrolError(f"{path} must hold one JSON object with {', '.join(_KEYS)}")
    missing = [k for k in _KEYS if k not in found]
    if missing:
        raise GatecontrolError(
            f"the evidence in {path} has no '{missing[0]}'; needed: {', '.join(_KEYS)}"
        )
    verdicts = tuple(_verdict(entry, path) for entry in _list(found["verdicts"], path))
    passed = sum(v == "pass" for _, v, _ in verdicts)
    if (found["passed"], found["total"]) != (passed, len(verdicts)):
        raise GatecontrolError(
            f"the evidence in {path} says {found['passed']} of {found['total']}, but its verdicts "
            + f"say {passed} of {len(verdicts)}; score the circuit again"
        )
    circuit = str(found["circuit"])
    if circuits is not None and circuit not in circuits:
        raise GatecontrolError(
            f"the evidence in {path} is of the circuit '{circuit}', this run uses "
            + f"{', '.join(sorted(circuits))}; give the score of that one"
        )
    version, date = str(found["version"]), str(found["date"])
    return Score(circuit, version, date, passed, len(verdicts), verdicts)


def _list(value: Any, path: Path) -> list[Any]:
    if not isinstance(value, list):
        raise GatecontrolError(f"'verdicts' in {path} must be a list")
    return value


def _verdict(entry: Any, path: Path) -> tuple[str, str, str]:
    if not isinstance(entry, Mapping) or not {"id", "verdict"} <= set(entry):
        raise GatecontrolError(f"each of the verdicts in {path} needs an 'id' and a 'verdict'")
    if entry["verdict"] not in VERDICTS:
        raise GatecontrolError(
            f"the verdict '{entry['verdict']}' of {entry['id']} in {path} is unknown; known: "
            + ", ".join(VERDICTS)
        )
    return str(entry["id"]), str(entry["verdict"]), str(entry.get("title", ""))
