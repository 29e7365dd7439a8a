"""Cost per point and memory against the number of points of a sweep."""

from benchmarks.measure import in_turn
from benchmarks.sweep import run_sweep
from benchmarks.tables import Ratio, Row, Table, column

COUNTS = (1, 10, 100, 1_000, 10_000)


def measure(quick, say):
    """Return the table."""
    counts = (1, 10, 30) if quick else COUNTS
    found = {}
    for count in counts:
        rounds = 3 if count <= 100 and not quick else 1

        def one(_variant, _number, count=count):
            return run_sweep(count, workers=2)

        found[count] = in_turn(rounds, ["sweep"], one, lambda t, c=count: say(f"{c} points, {t}"))
    rows = []
    for count in counts:
        results = found[count]["sweep"]
        numbers = {
            "cpu": [r["cpu"] / r["points"] for r in results],
            "wall": column(results, "wall"),
            "peak": column(results, "peak", 1e-6),
        }
        rows.append(Row("a sweep, 2 workers", numbers, x=count))
    columns = {
        "cpu": "CPU s per point",
        "wall": "wall s in all",
        "peak": "peak memory of all processes, MB",
    }
    ratios = []
    if len(rows) == len(COUNTS):
        last, hundred = rows[-1].numbers, rows[2].numbers
        flat = [a / b for a in last["cpu"] for b in hundred["cpu"]]
        ratios = [
            Ratio("CPU per point, 10,000 / 100 points", flat, 1.1, 1.0, True),
            Ratio("peak memory at 10,000 points", last["peak"], 1000, None, True, "MB"),
        ]
    title = "Cost against the number of points (0.2 s simulated each, 2 workers)"
    return [Table("points", title, columns, rows, ratios, x="points")]
