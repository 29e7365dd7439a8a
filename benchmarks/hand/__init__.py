"""The hand-written C++ loop: compiling, feeding and reading it."""

import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np

from benchmarks.hand.pack import pack
from gatecontrol.simulation.compiler import find_compiler

FLAGS = ("-std=c++17", "-O3", "-march=native", "-ffast-math")
SOURCE = Path(__file__).with_name("gate.cpp")


@lru_cache(maxsize=1)
def compiled():
    """Compile the loop into the temporary folder unless it is there; return its path or None."""
    compiler = find_compiler()
    if compiler is None:
        return None
    newest = max(path.stat().st_mtime_ns for path in SOURCE.parent.glob("*.?pp"))
    folder = Path(tempfile.gettempdir(), "gatecontrol-benchmarks")
    folder.mkdir(exist_ok=True)
    binary = folder / f"gate-{newest}"
    if not binary.exists():
        fresh = folder / f"gate-{newest}-building"
        command = [compiler.command, *FLAGS, str(SOURCE), "-o", str(fresh)]
        subprocess.run(command, check=True)
        fresh.replace(binary)
    return binary


def simulate(trial, folder):
    """Run a packed trial.

    Parameters
    ----------
    trial : benchmarks.trials.Trial
    folder : pathlib.Path
        Holds ``input`` (written if it is missing) and ``output``.

    Returns
    -------
    neuron, step : ndarray of int
    seconds : float
        Wall time of the loop alone.
    """
    if not (folder / "input").exists():
        pack(trial, folder / "input")
    command = [str(compiled()), str(folder / "input"), str(folder / "output")]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    neuron, step = np.fromfile(folder / "output", dtype=np.int32).reshape(-1, 2).T
    return neuron, step, float(said)
