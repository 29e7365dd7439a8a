"""One sweep point: the engine against Brian2 rebuilt for each point, and against NEST."""

import tempfile
from importlib.util import find_spec
from pathlib import Path

from benchmarks.measure import in_turn, run_child
from benchmarks.nest_network import DIFFERENCES
from benchmarks.parts.spikes import agreement, in_words
from benchmarks.tables import Ratio, Row, Table, column, paired

CYTHON = Path(tempfile.gettempdir(), "gatecontrol-benchmarks", "cython")
"""Brian2's compiled extensions are kept between runs: the naive loop is measured warm."""


def measure(quick, say):
    """Return the table."""
    rounds = 1 if quick else 3
    duration = 0.5 if quick else 1.0
    names = ["engine", "trial", "cython", "numpy"]
    nest = find_spec("nest") is not None
    names += ["nest"] if nest else []
    size = {"duration": duration}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def one(variant, number):
            seed, file = number + 1, str(folder / f"{variant}-{number}.npz")
            if variant == "engine":
                return run_child("engine", seed=seed, spikes=file, **size).json()
            if variant == "trial":
                return run_child("trial", seed=seed, **size).json()
            if variant == "nest":
                return run_child("nest", seed=seed, **size).json()
            arguments = {"target": variant, "cache": str(CYTHON), "repeats": 1, "spikes": file}
            return run_child("naive", seed=seed, **arguments, **size).json()

        say("compiling what the naive Cython loop needs, once")
        run_child("naive", seed=1, target="cython", cache=str(CYTHON), repeats=0, **size)
        found = in_turn(rounds, names, one, say)
        verdicts = {
            v: [
                agreement(folder / f"{v}-{n}.npz", folder / f"engine-{n}.npz")
                for n in range(rounds)
            ]
            for v in ("cython", "numpy")
        }
    rows = _rows(found, verdicts)
    columns = {"cpu": "CPU s", "wall": "wall s", "build": "CPU s before the run"}
    title = f"One point of {duration:g} simulated s"
    remarks = [] if nest else ["NEST: not installed (pip install 'gatecontrol[bench]')."]
    return [Table("point", title, columns, rows, _ratios(found), tuple(remarks))]


def _rows(found, verdicts):
    timed = {n: {k: column(r, k) for k in ("cpu", "wall")} for n, r in found.items()}
    rows = [
        Row("engine: whole call", timed["engine"], "reference of the spikes"),
        Row("engine: whole trial", timed["trial"], "draw, call and measures, as in a sweep"),
        Row("Brian2 rebuilt, Cython (warm)", timed["cython"], in_words(verdicts["cython"])),
        Row("Brian2 rebuilt, numpy", timed["numpy"], in_words(verdicts["numpy"])),
    ]
    if "nest" in found:
        spikes = {n: int(sum(column(found[n], "spikes"))) for n in ("nest", "engine")}
        numbers = timed["nest"] | {"build": column(found["nest"], "build")}
        note = f"other equations ({DIFFERENCES}): {spikes['nest']} spikes to {spikes['engine']}"
        rows.append(Row("NEST aeif_cond_beta_multisynapse", numbers, note))
    return rows


def _ratios(found):
    engine = column(found["engine"], "cpu")

    def ratio(name, variant, gate, goal):
        return Ratio(name, paired(column(found[variant], "cpu"), engine), gate, goal)

    ratios = [
        ratio("naive Cython / engine's whole call, CPU", "cython", 25, 50),
        ratio("naive numpy / engine's whole call, CPU", "numpy", 60, 130),
    ]
    if "nest" in found:
        ratios.append(ratio("NEST (Simulate alone) / engine's whole call, CPU", "nest", 10, 25))
    return ratios
