"""Passive cable cells against closed forms and Brian2's SpatialNeuron."""

import numpy as np
import pytest

from gatecontrol.circuits.cable import CableCell, Section, compartments_of
from gatecontrol.circuits.cable_network import (
    CableConnections,
    CableNetwork,
    CablePopulation,
    CableReceptor,
    CurrentStep,
)
from gatecontrol.simulation.cable import run_cables

UM = 1e-6
DT = 25e-6
NOTHING = (np.zeros(0, dtype=np.int64), np.zeros(0))
SYNAPSE = CableReceptor("ampa", 0.5e-3, 5e-3, 0.0)


pytestmark = pytest.mark.usefixtures("needs_compiler")


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


def test_distal_synapse_equals_spatial_neuron(spatial_neuron):
    recording = run_cables(passive_network(0.0), np.array([0]), np.array([5e-3]), 0.03, DT)
    expected = spatial_neuron(passive_chain(), 0.0, 0.03, DT, SYNAPSE, [5e-3])["cable"][
        [0, 50, 90, 100]
    ]
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
