"""Active, branched cable cells: against SpatialNeuron, one by one, in a batch, by fallback."""

from dataclasses import replace

import numpy as np
import pytest

from gatecontrol.circuits.cable import CableCell, Density, Section
from gatecontrol.circuits.cable_network import (
    CableConnections,
    CableNetwork,
    CablePopulation,
    CableReceptor,
    CurrentStep,
)
from gatecontrol.circuits.channel_library import HH_K, HH_NA
from gatecontrol.errors import EngineError
from gatecontrol.simulation import compiler, standalone
from gatecontrol.simulation.cable import run_cables
from gatecontrol.simulation.cable_structure import structure_of_cables

UM = 1e-6
DT = 25e-6
NOTHING = (np.zeros(0, dtype=np.int64), np.zeros(0))
SYNAPSE = CableReceptor("ampa", 0.5e-3, 5e-3, 0.0)


pytestmark = pytest.mark.usefixtures("needs_compiler")


def active_cell(scale, density=1.0):
    """Return a cell with two branchings; joints where more than two ends meet."""
    squid = {
        "hh_na": Density(1200.0 * density, 50e-3),
        "hh_k": Density(360.0 * density, -77e-3),
    }
    active = {"leak_conductance": 3.0, "leak_reversal": -54.3e-3, "channels": squid}
    passive = {"leak_conductance": 2.0, "leak_reversal": -65e-3}
    return CableCell(
        "active",
        (
            Section("soma", 20 * UM, 18 * UM * scale, 2, **active),
            Section("trunk", 150 * UM * scale, 3 * UM, 5, "soma", **passive),
            Section("left", 120 * UM, 1.5 * UM, 4, "trunk", **passive),
            Section("right", 90 * UM * scale, 1 * UM * scale, 3, "trunk", **passive),
            Section("axon", 400 * UM * scale, 1 * UM, 6, "soma", **active),
        ),
        (HH_NA, HH_K),
    )


SCALES = (0.7, 1.0, 1.6)
AMPLITUDES = np.array([0.3e-9, 0.5e-9, 1.2e-9])
DURATION = 0.04
RECORD = (("soma", 0.6), ("axon", 1.0), ("left", 1.0), ("right", 0.5))


def active_network(scales=SCALES, amplitudes=AMPLITUDES, density=1.0, weight=2e-9, delay=1e-3):
    """Return cells of different sizes; the first acts on the last, in one direction."""
    population = CablePopulation(
        "cells",
        tuple(active_cell(s, density) for s in scales),
        {"soma": ("soma", 0.5), "left": ("left", 1.0)},
        ("axon", 1.0),
        threshold=-20e-3,
        steps=(CurrentStep("soma", amplitudes),),
        record=RECORD,
    )
    synapse = CableConnections(
        "cells", "cells", "left", np.array([0]), np.array([len(scales) - 1]), delay,
        {"ampa": weight},
    )  # fmt: skip
    return CableNetwork("active", (population,), (SYNAPSE,), 0, (synapse,))


def upward(trace, threshold):
    """Return the steps in which a trace crosses a threshold upward."""
    above = np.concatenate([[False], trace > threshold])
    return np.flatnonzero(~above[:-1] & above[1:])


@pytest.fixture(scope="module")
def uncoupled():
    return run_cables(active_network(weight=0.0), *NOTHING, DURATION, DT)


@pytest.mark.parametrize("number", range(3))
def test_each_cell_of_a_population_equals_spatial_neuron(uncoupled, spatial_neuron, number):
    cell = active_cell(SCALES[number])
    expected = spatial_neuron(cell, AMPLITUDES[number], DURATION, DT, SYNAPSE)
    mine = uncoupled.voltage["cells"][:, number]
    places = (expected["soma"][1], expected["axon"][-1], expected["left"][-1], expected["right"][1])
    for trace, reference in zip(mine, places, strict=True):
        assert np.max(np.abs(trace - reference)) < 1e-8
    crossings = upward(expected["axon"][-1], -20e-3)
    assert len(crossings) > 1
    spikes = uncoupled.spikes["cells"]
    assert spikes.time[spikes.neuron == number] / DT == pytest.approx(crossings, abs=1e-6)


def test_a_population_equals_single_cells(uncoupled):
    for number, scale in enumerate(SCALES):
        alone = active_network((scale,), AMPLITUDES[[number]], weight=0.0)
        recording = run_cables(alone, *NOTHING, DURATION, DT)
        spikes = uncoupled.spikes["cells"]
        assert np.array_equal(recording.spikes["cells"].time, spikes.time[spikes.neuron == number])
        # vector and scalar exponentials differ in the last digits
        difference = recording.voltage["cells"][:, 0] - uncoupled.voltage["cells"][:, number]
        assert np.max(np.abs(difference)) < 1e-9


def test_cells_of_a_batch_do_not_touch_each_other(uncoupled):
    changed = active_network(
        (SCALES[0], SCALES[1], 1.2), AMPLITUDES * np.array([1, 1, 0]), weight=0.0
    )
    recording = run_cables(changed, *NOTHING, DURATION, DT)
    same = recording.voltage["cells"][:, :2] == uncoupled.voltage["cells"][:, :2]
    assert same.all()
    assert not np.array_equal(recording.voltage["cells"][:, 2], uncoupled.voltage["cells"][:, 2])


def test_a_synapse_acts_on_its_target_after_its_delay(uncoupled):
    spikes = uncoupled.spikes["cells"]
    first = round(spikes.time[spikes.neuron == 0][0] / DT)
    for delay in (1e-3, 2.5e-3):
        coupled = run_cables(active_network(delay=delay), *NOTHING, DURATION, DT)
        changed = coupled.voltage["cells"] != uncoupled.voltage["cells"]
        assert not changed[:, :2].any()
        assert np.flatnonzero(changed[:, 2].any(axis=0))[0] == first + round(delay / DT) + 1


@pytest.mark.parametrize("backend", ["numpy", pytest.param("cython", marks=pytest.mark.slow)])
def test_the_fallback_gives_the_same(backend):
    network = active_network()
    engine = run_cables(network, *NOTHING, DURATION, DT)
    other = run_cables(network, *NOTHING, DURATION, DT, backend)
    assert (engine.backend, other.backend) == ("standalone", backend)
    assert len(engine.spikes["cells"].time) > 5
    assert np.array_equal(engine.spikes["cells"].neuron, other.spikes["cells"].neuron)
    assert engine.spikes["cells"].time == pytest.approx(other.spikes["cells"].time, abs=1e-9)
    assert np.max(np.abs(engine.voltage["cells"] - other.voltage["cells"])) < 1e-9


@pytest.mark.parametrize("backend", ["standalone", "numpy"])
def test_a_simulation_that_diverges_is_refused(backend):
    network = active_network(amplitudes=AMPLITUDES * 1e6)
    with pytest.raises(EngineError, match="cable0: its mean voltage is .* V at the end; look for"):
        run_cables(network, *NOTHING, 1e-3, DT, backend)


def test_changing_values_never_compiles(uncoupled, monkeypatch):
    def refuse(*_args):
        raise AssertionError("a changed value made the engine compile")

    monkeypatch.setattr(standalone, "_build", refuse)
    other = active_network((0.9, 1.1, 0.8), AMPLITUDES * 1.1, 0.95, 3e-9, 0.5e-3)
    population = other.populations[0]
    membrane = {"leak_conductance": 2.5, "resistivity": 1.2}
    cells = tuple(
        replace(c, sections=tuple(replace(s, **membrane) for s in c.sections))
        for c in population.cells
    )
    changed = replace(population, cells=cells, threshold=-10e-3, initial=-66e-3)
    receptor = replace(SYNAPSE, rise=0.2e-3, decay=8e-3, reversal=-10e-3)
    recording = run_cables(
        replace(other, populations=(changed,), receptors=(receptor,)), *NOTHING, DURATION, DT
    )
    assert not np.array_equal(recording.voltage["cells"], uncoupled.voltage["cells"])


def test_structure_has_a_key_of_its_own():
    found = compiler.find_compiler()

    def key(network, dt=DT):
        return standalone.cache_key(structure_of_cables(network, dt), found)

    network = active_network()
    population = network.populations[0]
    longer = replace(
        population,
        cells=tuple(
            replace(c, sections=(*c.sections[:-1], replace(c.sections[-1], compartments=7)))
            for c in population.cells
        ),
    )
    slower = replace(HH_K, gates=(replace(HH_K.gates[0], beta="0.1*exp(-(v + 65)/80)"),))
    other_kinetics = replace(
        population,
        cells=tuple(replace(c, channels=(HH_NA, slower)) for c in population.cells),
    )
    keys = {
        key(network),
        key(network, DT / 2),
        key(active_network(SCALES[:2], AMPLITUDES[:2])),
        key(replace(network, populations=(longer,))),
        key(replace(network, populations=(other_kinetics,))),
        key(replace(network, populations=(replace(population, spike_at=("soma", 0.5)),))),
    }
    assert len(keys) == 6
    assert key(active_network(density=0.5, weight=9e-9)) == key(network)
