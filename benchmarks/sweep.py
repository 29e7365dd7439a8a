"""Sweeps of a given number of points through the command line, as a user runs them."""

import sys
import tempfile
from pathlib import Path

from benchmarks.measure import run_process

PER_SEED = 100
TEXT = """\
schema: 1
name: benchmark_points
question: What does a point cost in a sweep of {count}?
preparation: rat
circuit: {{name: gate}}
stimuli:
  - {{kind: pinch, onset: 20 ms, duration: 100 ms}}
run: {{duration: 200 ms, device_on: 50 ms, device_off: 150 ms}}
control: device_off
device: {{kind: scs, frequency: 50 Hz, pulse_width: 300 us, amplitude: 140 %PT}}
sweep: {{device.frequency: [{frequencies}]}}
seeds: {seeds}
"""


def run_sweep(count, workers):
    """Run a sweep of ``count`` points (and one control a seed) into a temporary folder.

    Returns
    -------
    dict
        ``cpu`` and ``wall`` [s] of all processes, ``peak`` memory [bytes], ``points`` computed.
    """
    along = min(count, PER_SEED)
    text = TEXT.format(
        count=count,
        frequencies=", ".join(f"{10 + i} Hz" for i in range(along)),
        seeds=max(1, round(count / along)),
    )
    with tempfile.TemporaryDirectory() as name:
        file = Path(name, "points.yaml")
        file.write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "gatecontrol", "run", str(file), "--yes"]
        command += ["--out", f"{name}/results", "--workers", str(workers)]
        finished = run_process(command, watch_every=0.25)
    computed = along * max(1, round(count / along))
    return {
        "cpu": finished.cpu,
        "wall": finished.wall,
        "peak": finished.peak,
        "points": computed,
    }
