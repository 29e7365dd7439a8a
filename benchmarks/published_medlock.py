"""The published circuit of Medlock et al. 2022 against golden runs of its authors' files.

Prints tables "golden against here" as ``published.py`` does.
"""

from published import golden

from gatecontrol.circuits import load_circuit
from gatecontrol.simulation.cells import current_steps

DT = 25e-6

CELLS = {
    "IN": "pv",
    "EXdl": "pkc",
    "EXib": "transient_central",
    "PRO": "projection",
}
"""Cell of ``medlock_fI.csv`` -> a population of such cells."""


def steps_of(cell):
    """Return golden rows and simulated current steps of a cell.

    The golden steps count crossings of -30 mV in all cells, the network of 0 mV in PRO.
    """
    rows = [r for r in golden("medlock_fI.csv") if r["cell_rule"] == cell]
    circuit = load_circuit("medlock2022", (), {"cells.projection_neuron.threshold": "-30 mV"})
    amplitudes = [float(r["amp_nA"]) * 1e-9 for r in rows]
    return rows, current_steps(circuit, CELLS[cell], amplitudes, dt=DT)
