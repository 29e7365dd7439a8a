"""Events that reach a point cell while it is refractory: kept, or lost where a file says so."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gatecontrol.circuits import load_circuit
from gatecontrol.circuits.model import Receptor
from gatecontrol.circuits.wiring import draw_wiring
from gatecontrol.cli.browse_circuit import about_circuit
from gatecontrol.fibres.drive import AfferentDrive
from gatecontrol.fibres.population import FibreTable
from gatecontrol.simulation import Replicate, run, run_batch
from gatecontrol.simulation.compiler import find_compiler
from gatecontrol.simulation.equations import cell_equations, on_event
from gatecontrol.simulation.tables import fill_tables, structure_of
from gatecontrol.sourced import Sourced

TINY = Path(__file__).parents[1] / "data" / "circuits" / "tiny.yaml"
DT = 1e-4
FIRED = 0.0101  # [s] a strong event at 10 ms is felt in the step after

compiled = pytest.mark.skipif(find_compiler() is None, reason="needs a C++ compiler")


@pytest.fixture(params=["numpy", pytest.param("standalone", marks=compiled)])
def backend(request):
    return request.param


def assumed(value):
    return Sourced(value, 0.0, "assumed", "")


def circuit_of(folder, word, refractory):
    """Return a circuit whose A-beta event makes a cell fire at once, and C event for a while."""
    text = TINY.read_text()
    said = f"    bias: 0 pA [assumed]\n    inputs_while_refractory: {word}\n" * bool(word)
    text = text.replace("    bias: 0 pA [assumed]\n", said or "    bias: 0 pA [assumed]\n")
    text = text.replace("refractory_period: 2 ms", f"refractory_period: {refractory}")
    file = folder / "lossy.yaml"
    file.write_text(text)
    circuit = load_circuit(file)
    spark = Receptor("excitatory_current", None, assumed(DT), None)  # its charge in one step
    to_cell = {"delay": assumed(0.0), "fan_in": 10, "gated": False, "depression": None}
    c = circuit.pathways["c_to_projection"]
    abeta = replace(
        circuit.pathways["abeta_centre_to_inhibitory"],
        name="abeta_centre_to_projection",
        target="projection",
        weights={"excitatory_current": assumed(20e-9)},  # 20 mV in 0.1 ms on 100 pF; 15 will do
        **to_cell,
    )
    c = replace(c, weights={"ampa": assumed(50e-9)}, **to_cell)
    return replace(
        circuit,
        receptors={**circuit.receptors, "excitatory_current": spark},
        pathways={p.name: p for p in (abeta, c)},
        backgrounds={},
    )


def drive_of(circuit, late):
    """Return a drive: one A-beta event at 10 ms and one C event."""
    names = [a.name for a in circuit.afferents.values() for _ in range(a.size)]
    classes = [a.fibre_class for a in circuit.afferents.values() for _ in range(a.size)]
    ones = np.ones(len(names))
    text = np.array(names)
    table = FibreTable(np.array(classes), np.array(["centre"] * len(names)), text, ones, ones, ones)
    fibre = np.array([names.index("abeta_centre"), names.index("c")], dtype=np.int32)
    zero = np.zeros(2)
    return AfferentDrive(table, fibre, np.array([0.010, late]), zero.astype(np.int8), zero)


def spikes_of(circuit, late, backend):
    wiring = draw_wiring(circuit, 1)
    rest = {n: np.full(len(v), -65e-3) for n, v in wiring.initial_voltage.items()}
    wiring = replace(wiring, initial_voltage=rest)
    found = run(circuit, wiring, drive_of(circuit, late), 0.03, DT, 1, backend)
    found = found.spikes["projection"]
    times = found.time[found.neuron == 0]
    assert times[0] == pytest.approx(FIRED)
    return len(times)


@pytest.mark.parametrize("word", ["", "kept"])
def test_a_cell_keeps_its_inputs_unless_the_file_says_otherwise(tmp_path, word):
    circuit = circuit_of(tmp_path, word, "2 ms")
    assert not structure_of(circuit, DT).losing
    assert spikes_of(circuit, FIRED + 10 * DT, "numpy") > 1


# a refractory period of n steps loses the events of n steps, the first being that of the spike
@pytest.mark.parametrize(
    ("refractory", "after", "lost"),
    [
        ("2 ms", 0, True),
        ("2 ms", 19, True),
        ("2 ms", 20, False),
        ("0.1 ms", 0, True),
        ("0.1 ms", 1, False),
        ("0 ms", 0, False),
    ],
)
def test_the_loss_is_as_long_as_the_refractory_period(tmp_path, backend, refractory, after, lost):
    circuit = circuit_of(tmp_path, "lost", refractory)
    count = spikes_of(circuit, FIRED + after * DT, backend)
    assert count == 1 if lost else count > 1


def test_cells_that_keep_and_lose_stand_side_by_side(tmp_path):
    circuit = circuit_of(tmp_path, "lost", "2 ms")
    keeping = replace(circuit.cells["cell"], name="keeping", loses_inputs=False)
    inhibitory = replace(circuit.populations["inhibitory"], cell="keeping")
    circuit = replace(
        circuit,
        cells={**circuit.cells, "keeping": keeping},
        populations={**circuit.populations, "inhibitory": inhibitory},
    )
    structure = structure_of(circuit, DT)
    loses = fill_tables(structure, circuit, draw_wiring(circuit, 1))["cells.loses_inputs"]
    assert loses.tolist() == [0.0] * 8 + [1.0] * 6
    one = Replicate(draw_wiring(circuit, 1), drive_of(circuit, FIRED), 1)
    pair = run_batch(circuit, [one, one], 0.02, DT, "numpy")  # in one network
    assert np.array_equal(pair[0].spikes["projection"].time, pair[1].spikes["projection"].time)


def test_what_acts_on_terminals_is_not_lost():
    code = on_event(("ampa", "presynaptic"), gated=False, depressing=True, losing=True)
    assert "ampa_d_post += w_ampa*taken" in code
    assert "presynaptic_d_post += w_presynaptic*release" in code


def test_circuits_without_it_have_the_code_they_had():
    structure = structure_of(load_circuit("gate"), DT)
    assert not structure.losing
    assert "loses_inputs" not in cell_equations() + "".join(structure.inputs())
    form = {"gated": True, "depressing": True}
    code = on_event(("ampa", "nmda"), **form)
    assert "refractory" not in code
    assert "taken" not in code


def test_it_is_described():
    rows = about_circuit("sagalajev2024")["cells"]
    own = [r for r in rows if r["parameter"] == "inputs_while_refractory"]
    assert [(r["cell"], r["value"]) for r in own] == [
        ("excitatory_neuron", "lost"),
        ("inhibitory_neuron", "lost"),
    ]
