"""How long a lecturer waits: for the first page, for a moved slider, among twenty pages."""

import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from benchmarks.tables import Ratio, Row, Table

CLIENTS = 20
COLUMNS = {"wall": "wall s", "memory": "memory of server and workers, MB"}
TITLE = "The live page, in a browser"


def measure(quick, say):
    """Return the table."""
    from benchmarks import teaching

    missing = [n for n in ("marimo", "playwright") if find_spec(n) is None]
    missing += [] if teaching.CHROMIUM else ["Chromium"]
    if missing:
        remark = f"Not measured: {', '.join(missing)} not found."
        return [Table("teach", TITLE, COLUMNS, [], [], (remark,))]
    rounds, changes, clients = (1, 3, 3) if quick else (3, 20, CLIENTS)
    cold, warm, moved, crowds = [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        for number in range(rounds):
            say(f"round {number + 1}/{rounds}: first pages")
            with tempfile.TemporaryDirectory() as empty:
                cold.append(teaching.first_page(empty))
            if number == 0:
                teaching.first_page(cache)  # compiles
            warm.append(teaching.first_page(cache))
            say(f"round {number + 1}/{rounds}: {changes} changes of a slider")
            moved += teaching.slider_changes(cache, changes, 100 + number)
            say(f"round {number + 1}/{rounds}: {clients} pages at once")
            crowds.append(teaching.crowd(cache, clients, 200 + 50 * number))
    wrong = sum(c["wrong"] for c in crowds)
    rows = [
        Row("first page, nothing cached", {"wall": cold}, "from the command; compiles"),
        Row("first page, warm cache", {"wall": warm}, "from the command"),
        Row("a moved slider", {"wall": moved}, "key press to new drawings; every state is new"),
        Row(
            f"{clients} pages at once",
            {
                "wall": [c["answer"] for c in crowds],
                "memory": [c["memory"] / 1e6 for c in crowds],
            },
            f"median wait after all have pressed a switch; {wrong} of "
            + f"{clients * rounds} answers wrong",
        ),
    ]
    slowest = float(np.median([c["wall"] for c in crowds]))
    ratios = [
        Ratio("first page, nothing cached", cold, 60, None, True, "s"),
        Ratio("first page, warm cache", warm, 10, None, True, "s"),
        Ratio("a moved slider", moved, 1, None, True, "s"),
        Ratio(f"wrong answers among {clients} pages", [float(wrong)], 0, None, True, ""),
    ]
    remarks = (f"The last of {clients} pages waits {slowest:.1f} s (median over rounds).",)
    return [Table("teach", TITLE, COLUMNS, rows, ratios, remarks)]
