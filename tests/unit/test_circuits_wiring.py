"""The draw of a circuit: fan-in, coverage, spread, reproducibility."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gatecontrol.circuits import load_circuit
from gatecontrol.circuits.wiring import draw_wiring
from gatecontrol.sourced import Sourced

TINY = Path(__file__).parents[1] / "data" / "circuits" / "tiny.yaml"


def test_every_connected_cell_has_the_same_fan_in_of_different_sources():
    circuit = load_circuit("gate")
    wiring = draw_wiring(circuit, 1)
    for name, pathway in circuit.pathways.items():
        drawn = wiring.connections[name]
        size = circuit.populations[pathway.target].size
        per_cell = np.bincount(drawn.post, minlength=size)
        assert set(per_cell) <= {0, pathway.fan_in}
        assert (per_cell > 0).sum() == round(pathway.coverage * size)
        pairs = set(zip(drawn.pre.tolist(), drawn.post.tolist(), strict=True))
        assert len(pairs) == len(drawn.pre)


def test_no_cell_connects_to_itself():
    drawn = draw_wiring(load_circuit(TINY), 5).connections["projection_to_projection"]
    assert (drawn.pre != drawn.post).all()


def test_same_seed_same_draw_and_other_seed_other_draw():
    circuit = load_circuit(TINY)
    first, again, other = (
        draw_wiring(circuit, s).connections["c_to_projection"] for s in (1, 1, 2)
    )
    assert np.array_equal(first.pre, again.pre)
    assert np.array_equal(first.weights["ampa"], again.weights["ampa"])
    assert not np.array_equal(first.weights["ampa"], other.weights["ampa"])


def test_a_condition_changes_no_draw_but_its_own_numbers():
    naive, injured = (draw_wiring(load_circuit(TINY, c), 3) for c in ([], ["injured"]))
    a, b = (w.connections["inhibitory_to_projection"] for w in (naive, injured))
    assert np.array_equal(a.pre, b.pre)
    assert b.weights["gaba_a"] == pytest.approx(a.weights["gaba_a"] / 2)


def test_spread_has_the_declared_mean_and_deviation():
    circuit = load_circuit(TINY)
    big = replace(circuit.populations["inhibitory"], size=20_000)
    cell = circuit.cells["cell"]
    numbers = {**cell.parameters,
               "capacitance": Sourced(1e-10, 0.2, "assumed", ""),
               "threshold": Sourced(-0.05, 0.02, "assumed", "")}  # fmt: skip
    circuit = replace(
        circuit,
        populations={**circuit.populations, "inhibitory": big},
        cells={"cell": replace(cell, parameters=numbers)},
    )
    drawn = draw_wiring(circuit, 1).parameters["inhibitory"]
    # standard errors at n = 20000: mean 0.0014 of the value, deviation 0.5 % of itself
    assert drawn["capacitance"].mean() == pytest.approx(1e-10, rel=0.006)
    assert drawn["capacitance"].std() == pytest.approx(2e-11, rel=0.03)
    assert drawn["capacitance"].min() > 0
    assert drawn["threshold"].std() == pytest.approx(1e-3, rel=0.04)


def test_listed_parameters_are_those_of_the_cells_in_turn():
    circuit = load_circuit(TINY, [], {"cells.cell.leak_conductance": "5, 6, 7 nS"})
    drawn = draw_wiring(circuit, 1).parameters
    assert drawn["projection"]["leak_conductance"] == pytest.approx(np.tile([5e-9, 6e-9, 7e-9], 2))
    assert drawn["inhibitory"]["leak_conductance"][:4] == pytest.approx([5e-9, 6e-9, 7e-9, 5e-9])
