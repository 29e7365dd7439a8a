"""How long one waits for one cached simulated second, in a fresh and in a warm process."""

from benchmarks.measure import in_turn, run_child
from benchmarks.tables import Ratio, Row, Table, column

GATE, GOAL = 200.0, 50.0


def measure(quick, say):
    """Return the table."""
    run_child("latency", seed=1, repeats=0)  # whatever must be compiled
    rounds, repeats = (1, 5) if quick else (5, 15)

    def one(variant, number):
        seed = 100 * (number + 1)
        if variant == "warm":
            return run_child("latency", seed=seed, repeats=repeats).json()
        finished = run_child("latency", seed=seed, repeats=0)
        return {"wall": finished.wall, "cpu": finished.cpu}

    found = in_turn(rounds, ["fresh", "warm"], one, say)
    fresh, warm = found["fresh"], found["warm"]
    rows = [
        Row(
            "fresh process",
            {"wall": column(fresh, "wall", 1e3), "cpu": column(fresh, "cpu", 1e3)},
            "from its start to its end: imports, the answer",
        ),
        Row(
            "warm process",
            {"wall": column(warm, "wall", 1e3), "cpu": column(warm, "cpu", 1e3)},
            f"median of {repeats} answers, each with another seed",
        ),
    ]
    waited = column(warm, "wall", 1e3)
    ratios = [Ratio("warm answer, wall", waited, GATE, GOAL, True, "ms")]
    columns = {"wall": "wall ms", "cpu": "CPU ms"}
    title = "Latency of one cached simulated second (draw, simulation, measures)"
    return [Table("latency", title, columns, rows, ratios)]
