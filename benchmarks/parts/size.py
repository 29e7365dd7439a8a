"""Cost and memory against the size of the network."""

import tempfile
from pathlib import Path

from benchmarks.measure import in_turn, run_child
from benchmarks.parts.spikes import agreement, in_words
from benchmarks.tables import Row, Table, column

DURATION = 0.5
SIZES = (500, 2_000, 10_000, 30_000, 100_000)


def measure(quick, say):
    """Return one table for all sizes; fan-in and rates stay, so a cell's work does too."""
    from benchmarks.hand import compiled

    if compiled() is None:
        say("no C++ compiler: sizes are left out")
        return []
    sizes = (500, 2_000) if quick else SIZES
    rows = []
    for cells in sizes:
        rounds = 1 if quick or cells > 5_000 else 2
        with tempfile.TemporaryDirectory() as name:
            rows += _rows(cells, rounds, Path(name), say)
    columns = {
        "cpu": "CPU s per simulated s",
        "binary": "of it the binary",
        "each": "CPU us per cell and simulated s",
        "peak": "peak memory of all processes, MB",
    }
    title = f"Cost against network size ({DURATION:g} s simulated)"
    return [Table("size", title, columns, rows, x="cells")]


def _rows(cells, rounds, folder, say):
    size = {"cells": cells, "duration": DURATION, "repeats": 5 if cells < 5_000 else 1}

    def one(variant, number):
        file = folder / f"{variant}-{number}.npz"
        arguments = {"seed": number + 1, "spikes": str(file), **size}
        finished = run_child(variant, watch_every=0.02, **arguments)
        return finished.json() | {"peak": finished.peak}

    run_child("engine", seed=1, **(size | {"repeats": 0}))  # whatever must be compiled
    found = in_turn(rounds, ["engine", "hand"], one, lambda text: say(f"{cells} cells, {text}"))
    verdicts = [
        agreement(*(folder / f"{variant}-{number}.npz" for variant in ("hand", "engine")))
        for number in range(rounds)
    ]
    notes = {"engine": f"reference, {found['engine'][0]['spikes']} spikes"}
    notes["hand"] = in_words(verdicts)
    rows = []
    for variant, title in (("engine", "engine: whole call"), ("hand", "hand-written C++")):
        results = found[variant]
        numbers = {"cpu": column(results, "cpu", 1 / DURATION)}
        numbers["each"] = column(results, "cpu", 1e6 / DURATION / cells)
        if variant == "engine":
            numbers["binary"] = column(results, "children", 1 / DURATION)
            numbers["peak"] = column(results, "peak", 1e-6)
        rows.append(Row(title, numbers, notes[variant], cells))
    return rows
