"""Fibre thresholds against PyFibers and a lean NEURON loop; a recruitment curve."""

import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.measure import in_turn, run_child, run_process
from benchmarks.tables import Ratio, Row, Table, column, paired

PYTHON = "PYFIBERS_PYTHON"
"""Environment variable: the Python whose environment holds PyFibers and NEURON."""

FIBRE = {"diameter": 10, "distance": 1000, "conductivity": 0.2}  # um, um, S/m
SEARCH = {"width": 0.2, "bracket": [0.01, 0.2]}  # ms, mA
MISSING = (
    f"PyFibers and NEURON: not found (set {PYTHON} to a Python that has them; "
    + "benchmarks/README.md says how)."
)


def measure(quick, say):
    """Return one table of thresholds and one of a recruitment curve."""
    return [_thresholds(quick, say), _recruitment(quick, say)]


def _thresholds(quick, say):
    rounds, repeats = (1, 3) if quick else (5, 20)
    ours = FIBRE | SEARCH | {"repeats": repeats}
    first = run_child("fibre_threshold", **(ours | {"repeats": 1})).json()
    same = FIBRE | SEARCH | {"nodes": first["nodes"], "duration": first["duration"]}
    peer = _peer()
    names = ["bracket", "searched", *(["pyfibers", "neuron"] if peer else [])]

    def one(variant, _number):
        if variant in {"bracket", "searched"}:
            return run_child("fibre_threshold", searched=variant == "searched", **ours).json()
        return run_process([*peer, variant, json.dumps(same)]).json()

    found = in_turn(rounds, names, one, say)
    titles = {
        "bracket": "gatecontrol: bracket",
        "searched": "gatecontrol: searched upwards",
        "pyfibers": "PyFibers: find_threshold",
        "neuron": "NEURON: lean loop",
    }
    rows = [
        Row(
            titles[name],
            {"cpu": column(results, "cpu", 1e3), "wall": column(results, "wall", 1e3)},
            f"{results[0]['threshold']:.5f} mA" + _versions(results[0], name),
        )
        for name, results in found.items()
    ]
    ratios = [
        Ratio(
            f"{titles[name]} / gatecontrol, same bracket, CPU",
            paired(column(found[name], "cpu"), column(found["bracket"], "cpu")),
            gate,
        )
        for name, gate in (("pyfibers", 100.0), ("neuron", 25.0))
        if name in found
    ]
    title = "One threshold of a 10 um fibre at 1 mm (0.2 ms, to 1 %)"
    columns = {"cpu": "CPU ms", "wall": "wall ms"}
    return Table("fibres", title, columns, rows, ratios, () if peer else (MISSING,))


def _recruitment(quick, say):
    rounds, size = (1, {"fibres": 20, "amplitudes": 5}) if quick else (3, {})
    size = size or {"fibres": 200, "amplitudes": 20}

    def one(variant, _number):
        windows = variant != "runs"
        threads = 2 if variant == "threads" else 1
        return run_child("recruitment", windows=windows, threads=threads, **size).json()

    found = in_turn(rounds, ["runs", "windows", "threads"], one, say)
    counts = {name: results[0]["counts"] for name, results in found.items()}
    titles = {
        "runs": "a run for each fibre and amplitude",
        "windows": "an activation window for each fibre",
        "threads": "the same, 2 threads",
    }
    rows = [
        Row(
            titles[name],
            {"cpu": column(results, "cpu"), "wall": column(results, "wall")},
            "reference of the counts"
            if name == "runs"
            else f"counts differ by {max(map(_apart, counts[name], counts['runs']))} at most",
        )
        for name, results in found.items()
    ]
    title = f"Recruitment of {size['fibres']} fibres by {size['amplitudes']} amplitudes"
    return Table("recruitment", title, {"cpu": "CPU s", "wall": "wall s"}, rows)


def _apart(a, b):
    return abs(a - b)


def _versions(result, name):
    found = result.get("versions")
    if not found:
        return ""
    shown = found if name == "pyfibers" else {"neuron": found["neuron"]}
    return ", " + ", ".join(f"{k} {v}" for k, v in shown.items())


def _peer():
    """Return the command of the peers' script, or None where they are not installed."""
    python = os.environ.get(PYTHON, sys.executable)
    asked = [python, "-c", "import pyfibers, neuron"]
    try:
        missing = subprocess.run(asked, capture_output=True, check=False).returncode
    except OSError:
        return None
    script = Path(__file__).parents[1] / "fibre_peers.py"
    return None if missing else [python, str(script)]
