"""Half an hour of one network: memory must not grow with simulated time."""

from benchmarks.measure import run_child
from benchmarks.tables import Ratio, Row, Table

LIMIT = 500.0  # MB, the project's promise for 30 simulated minutes


def measure(quick, say):
    """Return the table."""
    minutes = (0.1, 0.5) if quick else (1.0, 30.0)
    run_child("trial", seed=1, repeats=0)  # whatever must be compiled
    rows = []
    for length in minutes:
        say(f"{length:g} simulated minutes")
        done = run_child("long", watch_every=0.2, minutes=length)
        found = done.json()
        numbers = {
            "cpu": [found["cpu"] / (60 * length)],
            "wall": [found["wall"]],
            "peak": [done.peak * 1e-6],
        }
        note = f"{found['spikes']:,.0f} spikes of cells and fibres"
        rows.append(Row("one trial with stimulation throughout", numbers, note, x=length))
    columns = {
        "cpu": "CPU s per simulated s",
        "wall": "wall s in all",
        "peak": "peak memory of all processes, MB",
    }
    longest = rows[-1].numbers["peak"]
    ratios = [Ratio(f"peak memory, {minutes[-1]:g} min", longest, LIMIT, None, True, "MB")]
    return [Table("long", "Long biology", columns, rows, ratios, x="minutes")]
