"""The engine against the hand-written loop: how far from the practical limit."""

import tempfile
from pathlib import Path

from benchmarks.measure import in_turn, run_child
from benchmarks.parts.spikes import agreement, in_words
from benchmarks.tables import Ratio, Row, Table, column, paired

GATE, GOAL = 3.0, 1.5


def measure(quick, say):
    """Return the table; the spikes of both are compared in every round."""
    from benchmarks.hand import compiled

    if compiled() is None:
        say("no C++ compiler: the hand-written loop and the engine are left out")
        return []
    rounds, repeats = (2, 3) if quick else (9, 7)
    verdicts = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def one(variant, number):
            file = folder / f"{variant}-{number}.npz"
            arguments = {"seed": number + 1, "repeats": repeats, "spikes": str(file)}
            return run_child(variant, **arguments).json()

        found = in_turn(rounds, ["engine", "hand"], one, say)
        for number in range(rounds):
            files = (folder / f"{v}-{number}.npz" for v in ("hand", "engine"))
            verdicts.append(agreement(*files))
    engine, hand = found["engine"], found["hand"]
    spikes = [r["spikes"] for r in hand]
    binary, loop = column(engine, "children"), column(hand, "cpu")
    rows = [
        Row(
            "engine: whole call",
            {"cpu": column(engine, "cpu"), "wall": column(engine, "wall")},
            "tables, files, binary, checks",
        ),
        Row("engine: binary alone", {"cpu": binary}, "reference of the spikes"),
        Row(
            "hand-written C++",
            {"cpu": loop, "wall": column(hand, "wall")},
            f"{in_words(verdicts)}, {min(spikes)} to {max(spikes)} spikes",
        ),
    ]
    ratios = [
        Ratio("engine's binary / hand-written loop, CPU", paired(binary, loop), GATE, GOAL, True),
        Ratio(
            "engine's whole call / hand-written loop, CPU",
            paired(column(engine, "cpu"), loop),
            GATE,
            GOAL,
            True,
        ),
    ]
    columns = {"cpu": "CPU s", "wall": "wall s"}
    return [Table("hand", "One simulated second, by hand", columns, rows, ratios)]
