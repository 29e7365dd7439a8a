"""Cost against the number of workers."""

from benchmarks.measure import in_turn
from benchmarks.sweep import run_sweep
from benchmarks.tables import Row, Table, column


def measure(quick, say):
    """Return the table."""
    count, rounds = (10, 1) if quick else (200, 2)
    run_sweep(1, workers=1)  # whatever must be compiled

    def one(variant, _number):
        return run_sweep(count, workers=int(variant))

    found = in_turn(rounds, ["1", "2"], one, lambda t: say(f"workers, {t}"))
    rows = []
    for workers, results in found.items():
        numbers = {
            "rate": [r["points"] / r["wall"] for r in results],
            "cpu": [r["cpu"] / r["points"] for r in results],
            "peak": column(results, "peak", 1e-6),
        }
        rows.append(Row(f"{count} points", numbers, x=int(workers)))
    columns = {
        "rate": "points per wall s",
        "cpu": "CPU s per point",
        "peak": "peak memory of all processes, MB",
    }
    title = f"Cost against workers ({count} points of 0.2 simulated s)"
    return [Table("workers", title, columns, rows, x="workers")]
