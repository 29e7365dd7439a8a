"""Cable cells against closed forms, against Brian2's SpatialNeuron, and against each other."""

from dataclasses import replace

import brian2 as b2
import numpy as np
import pytest

from gatecontrol.circuits.cable import CableCell, Density, Section, compartments_of
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


@pytest.fixture(scope="module", autouse=True)
def needs_compiler():
    assert compiler.find_compiler() is not None, "these tests need a C++ compiler"


# --- passive cable -------------------------------------------------------------------------

LEAK = 1.0  # S/m2: membrane time constant 10 ms
LENGTH, DIAMETER, PIECES = 1000 * UM, 2 * UM, 101


def passive_chain(pieces=PIECES):
    section = Section(
        "cable", LENGTH, DIAMETER, pieces, leak_conductance=LEAK, leak_reversal=-65e-3
    )
    return CableCell("chain", (section,))


def passive_network(amplitude, stop=1e9, pieces=PIECES):
    """Return a chain with an electrode at its start and a synapse near its end."""
    population = CablePopulation(
        "chain",
        (passive_chain(pieces),),
        {"start": ("cable", 0.0), "tip": ("cable", 0.9)},
        ("cable", 0.0),
        steps=(CurrentStep("start", amplitude, 0.0, stop),),
        record=(("cable", 0.0), ("cable", 0.5), ("cable", 0.9), ("cable", 1.0)),
    )
    synapse = CableConnections(
        "", "chain", "tip", np.array([0]), np.array([0]), 1e-3, {"ampa": 2e-9}
    )
    return CableNetwork("passive", (population,), (SYNAPSE,), 1, (synapse,))


def test_steady_state_of_a_finite_cable():
    # Rall: current into the start of a cable with a sealed end
    recording = run_cables(passive_network(50e-12), *NOTHING, 0.2, DT)
    space = np.sqrt(DIAMETER / 4 / (1.5 * LEAK))
    infinite = 1.5 * space / (np.pi * DIAMETER**2 / 4)
    places = (np.array([0, 50, 90, 100]) + 0.5) / PIECES * LENGTH
    expected = 50e-12 * infinite * np.cosh((LENGTH - places) / space) / np.sinh(LENGTH / space)
    assert recording.voltage["chain"][:, 0, -1] + 65e-3 == pytest.approx(expected, rel=2e-3)


def test_decay_with_the_membrane_time_constant():
    recording = run_cables(passive_network(50e-12, stop=0.05), *NOTHING, 0.2, DT)
    trace = recording.voltage["chain"][0, 0] + 65e-3
    # late, when differences along the cable are gone; backward Euler decays by 1/(1 + dt/tau)
    first, last = round(0.12 / DT), round(0.16 / DT)
    factor = (trace[last] / trace[first]) ** (1 / (last - first))
    assert factor == pytest.approx(1 / (1 + DT / 10e-3), rel=1e-8)


def spatial_neuron(cell, amplitude, duration, events=()):
    """Return voltages [V] of (compartments, steps) from SpatialNeuron, by section.

    The current goes into the root's middle; events are of `SYNAPSE` with 2 nS and 1 ms delay
    at 0.9 of the first section.
    """
    root, parts = None, {}
    for section in cell.sections:
        cylinder = b2.Cylinder(
            n=section.compartments,
            length=section.length * b2.meter,
            diameter=section.diameter * b2.meter,
        )
        parts[section.name] = cylinder
        if section.parent:
            setattr(parts[section.parent], section.name, cylinder)
        else:
            root = cylinder
    norm = SYNAPSE.peak_norm()
    equations = f"""
    Im = gl*(el - v) + gna*m**3*h*(50*mV - v) + gk*n**4*(-77*mV - v) : amp/meter**2
    Is = (decay - rise)*(0*mV - v) + step : amp (point current)
    ddecay/dt = -decay/({SYNAPSE.decay}*second) : siemens
    drise/dt = -rise/({SYNAPSE.rise}*second) : siemens
    dm/dt = am*(1 - m) - bm*m : 1
    dh/dt = ah*(1 - h) - bh*h : 1
    dn/dt = an*(1 - n) - bn*n : 1
    am = 1/exprel(-(v/mV + 40)/10)/ms : Hz
    bm = 4*exp(-(v/mV + 65)/18)/ms : Hz
    ah = 0.07*exp(-(v/mV + 65)/20)/ms : Hz
    bh = 1/(1 + exp(-(v/mV + 35)/10))/ms : Hz
    an = 0.1/exprel(-(v/mV + 55)/10)/ms : Hz
    bn = 0.125*exp(-(v/mV + 65)/80)/ms : Hz
    gl : siemens/meter**2 (constant)
    el : volt (constant)
    gna : siemens/meter**2 (constant)
    gk : siemens/meter**2 (constant)
    step : amp (constant)
    """
    first = cell.sections[0]
    b2.set_device("runtime")
    before = b2.prefs.codegen.target
    b2.prefs.codegen.target = "numpy"
    b2.defaultclock.dt = DT * b2.second
    try:
        neuron = b2.SpatialNeuron(
            root,
            equations,
            method="exponential_euler",
            Cm=first.capacitance * b2.farad / b2.meter**2,
            Ri=first.resistivity * b2.ohm * b2.meter,
        )
        for section in cell.sections:
            at = parts[section.name].indices[:]
            neuron.gl_[at] = section.leak_conductance
            neuron.el_[at] = section.leak_reversal
            for name, channel in (("gna", "hh_na"), ("gk", "hh_k")):
                if channel in section.channels:
                    getattr(neuron, f"{name}_")[at] = section.channels[channel].density
        neuron.v_ = -65e-3
        for gate in "mhn":
            setattr(neuron, gate, f"a{gate}/(a{gate} + b{gate})")
        neuron.step_[root.indices[:][int(0.5 * first.compartments)]] = amplitude
        source = b2.SpikeGeneratorGroup(1, [0] * len(events), list(events) * b2.second)
        synapse = b2.Synapses(
            source, neuron, on_pre=f"decay += 2*nS*{norm}\nrise += 2*nS*{norm}", delay=1 * b2.ms
        )
        synapse.connect(i=0, j=int(root.indices[:][int(0.9 * first.compartments)]))
        monitor = b2.StateMonitor(neuron, "v", record=True, when="end")
        b2.Network(neuron, source, synapse, monitor).run(duration * b2.second, namespace={})
    finally:
        b2.prefs.codegen.target = before
    return {name: np.asarray(monitor.v)[part.indices[:]] for name, part in parts.items()}


def test_distal_synapse_equals_spatial_neuron():
    recording = run_cables(passive_network(0.0), np.array([0]), np.array([5e-3]), 0.03, DT)
    expected = spatial_neuron(passive_chain(), 0.0, 0.03, [5e-3])["cable"][[0, 50, 90, 100]]
    mine = recording.voltage["chain"][:, 0]
    assert np.max(expected[0]) > -64.9e-3
    assert np.max(np.abs(mine - expected)) < 1e-9


def test_halving_the_step_halves_the_error():
    traces = [
        run_cables(passive_network(50e-12, pieces=11), *NOTHING, 10e-3, dt, "numpy").voltage[
            "chain"
        ][:, 0, -1]
        for dt in (2e-4, 1e-4, 5e-5)
    ]
    ratio = (traces[0] - traces[1]) / (traces[1] - traces[2])
    assert ratio == pytest.approx(np.full(4, 2.0), rel=0.1)


def test_the_root_may_be_anywhere():
    # dendrite - soma - axon: a chain from the dendrite's tip, or a tree from the soma
    def part(name, size, **joint):
        return Section(name, *size, leak_conductance=LEAK, leak_reversal=-70e-3, **joint)

    soma, dendrite, axon = (20 * UM, 20 * UM, 3), (300 * UM, 3 * UM, 5), (500 * UM, 1 * UM, 7)
    tree = (
        part("soma", soma),
        part("dendrite", dendrite, parent="soma", at="start"),
        part("axon", axon, parent="soma", at="end"),
    )
    chain = (
        part("dendrite", dendrite),
        part("soma", soma, parent="dendrite"),
        part("axon", axon, parent="soma"),
    )
    ends = []
    for sections, tip in ((tree, 1.0), (chain, 0.0)):
        population = CablePopulation(
            "cells",
            (CableCell("cell", sections),),
            {"soma": ("soma", 0.5)},
            ("soma", 0.5),
            steps=(CurrentStep("soma", 100e-12),),
            record=(("dendrite", tip), ("axon", 1.0)),
        )
        recording = run_cables(CableNetwork("n", (population,)), *NOTHING, 5e-3, DT, "numpy")
        ends.append(recording.voltage["cells"][:, 0])
    assert np.max(np.abs(ends[0] - ends[1])) < 1e-12
    assert np.ptp(ends[0][0]) > 1e-3


def test_stable_where_explicit_coupling_explodes():
    # slices of a soma and a thin hillock couple within nanoseconds
    cell = CableCell(
        "stiff",
        (
            Section("soma", 10 * UM, 10 * UM, 10, leak_conductance=LEAK, leak_reversal=-70e-3),
            Section("hillock", 30 * UM, (1 * UM, 0.5 * UM), 30, "soma", leak_conductance=LEAK,
                    leak_reversal=-70e-3),
        ),
    )  # fmt: skip
    population = CablePopulation(
        "cells", (cell,), {"soma": ("soma", 0.5)}, ("soma", 0.5), initial=-50e-3,
        steps=(CurrentStep("soma", np.array([1e-12]), 0.0, 1e-3),),
        record=tuple(("hillock", (k + 0.5) / 30) for k in range(30)),
    )  # fmt: skip
    voltage = run_cables(CableNetwork("stiff", (population,)), *NOTHING, 0.1, 1e-4, "numpy")
    voltage = voltage.voltage["cells"][:, 0]
    assert np.all(voltage < -49.9e-3)
    assert np.all(voltage > -70e-3)
    assert voltage[:, -1] == pytest.approx(np.full(30, -70e-3), abs=1e-5)

    cut = compartments_of(cell)
    capacitance = 0.01 * cut.area
    assert np.max(cut.axial[1:] * 1e-4 / capacitance[1:]) > 1000
    v = np.full(len(cut.parent), -50e-3)
    for _ in range(10):
        current = -LEAK * cut.area * (v + 70e-3)
        current[4] += 1e-12
        flow = cut.axial[1:] * (v[cut.parent[1:]] - v[1:])
        np.add.at(current, np.arange(1, len(v)), flow)
        np.add.at(current, cut.parent[1:], -flow)
        v = v + 1e-4 / capacitance * current
    assert np.max(np.abs(v)) > 1e3


# --- active, branched cells ----------------------------------------------------------------


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
def test_each_cell_of_a_population_equals_spatial_neuron(uncoupled, number):
    cell = active_cell(SCALES[number])
    expected = spatial_neuron(cell, AMPLITUDES[number], DURATION)
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


# --- structure and data --------------------------------------------------------------------


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
        return standalone.cache_key(structure_of_cables(network, dt, 2**18), found)

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
