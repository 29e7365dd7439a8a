"""Cost and memory against the size of the network."""

from benchmarks.measure import in_turn, run_child
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

        def one(variant, number, cells=cells):
            repeats = 5 if cells < 5_000 else 1
            size = {"cells": cells, "duration": DURATION, "repeats": repeats}
            finished = run_child(variant, watch_every=0.02, seed=number + 1, **size)
            return finished.json() | {"peak": finished.peak}

        rounds = 1 if quick or cells > 50_000 else 3
        found = in_turn(rounds, ["engine", "hand"], one, lambda t, c=cells: say(f"{c} cells, {t}"))
        for variant, title in (("engine", "engine: whole call"), ("hand", "hand-written C++")):
            results = found[variant]
            numbers = {"cpu": column(results, "cpu", 1 / DURATION)}
            numbers["each"] = column(results, "cpu", 1e6 / DURATION / cells)
            if variant == "engine":
                numbers["binary"] = column(results, "children", 1 / DURATION)
                numbers["peak"] = column(results, "peak", 1e-6)
            spikes = {r["spikes"] for r in results}
            rows.append(Row(title, numbers, f"{min(spikes)} to {max(spikes)} spikes", cells))
    columns = {
        "cpu": "CPU s per simulated s",
        "binary": "of it the binary",
        "each": "CPU us per cell and simulated s",
        "peak": "peak memory of all processes, MB",
    }
    title = f"Cost against network size ({DURATION:g} s simulated)"
    return [Table("size", title, columns, rows, x="cells")]
