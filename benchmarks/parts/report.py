"""What it costs to analyse and report 10,000 points that are already computed."""

from benchmarks.measure import in_turn, run_child
from benchmarks.results import SHAPES
from benchmarks.tables import Ratio, Row, Table, column


def measure(quick, say):
    """Return the table."""
    rounds = 1 if quick else 3

    def one(shape, _number):
        return run_child("results_report", shape=shape).json()

    found = in_turn(rounds, list(SHAPES), one, say)
    rows, ratios = [], []
    for shape, results in found.items():
        numbers = {
            "cpu": column(results, "cpu"),
            "wall": column(results, "wall"),
            "assembly": column(results, "assembly"),
            "report": column(results, "report"),
            "peak": column(results, "peak", 1e-6),
        }
        note = f"{results[0]['points']:,} points; page of {results[0]['size'] / 1e6:.1f} MB"
        rows.append(Row(shape, numbers, note))
        ratios += [
            Ratio(f"{shape}: wall time", numbers["wall"], 60, None, True, "s"),
            Ratio(f"{shape}: peak memory", numbers["peak"], 1000, None, True, "MB"),
        ]
    columns = {
        "cpu": "CPU s",
        "wall": "wall s",
        "assembly": "of it assembly and statistics, CPU s",
        "report": "of it figures, tables and page, CPU s",
        "peak": "peak memory, MB",
    }
    title = "Analysis and report of 10,000 points (made-up numbers, 20 seeds)"
    return [Table("report", title, columns, rows, ratios)]
