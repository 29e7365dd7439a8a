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


def by_chance(tmp_path):
    """Return the tiny circuit with pathways drawn by probability."""
    text = TINY.read_text()
    for name, count in (("inhibitory", 5), ("projection", 5), ("projection", 2)):
        old = f"to: {name}\n    fan_in: {count} [assumed]"
        assert old in text
        text = text.replace(old, f"to: {name}\n    probability: 20 % [assumed]")
    (tmp_path / "chance.yaml").write_text(text)
    return load_circuit(tmp_path / "chance.yaml")


def joined(circuit, name, seed):
    """Return the pairs that a draw joins, as a list."""
    drawn = draw_wiring(circuit, seed).connections[name]
    used = np.any([w > 0 for w in drawn.weights.values()], axis=0)
    assert len(drawn.pre) == circuit.synapses_of(circuit.pathways[name])
    return list(zip(drawn.pre[used].tolist(), drawn.post[used].tolist(), strict=True))


def test_by_probability_each_pair_is_joined_by_chance(tmp_path):
    circuit = by_chance(tmp_path)
    draws = [joined(circuit, "abeta_centre_to_inhibitory", s) for s in range(400)]
    assert all(len(set(pairs)) == len(pairs) for pairs in draws)
    counts = np.array([len(pairs) for pairs in draws])
    # binomial, 80 pairs: mean 16 with a standard error of 0.18, variance 12.8 with one of 0.9
    assert counts.mean() == pytest.approx(16, abs=0.8)
    assert counts.var() == pytest.approx(12.8, abs=4)
    each = np.zeros((10, 8))
    for pairs in draws:
        np.add.at(each, tuple(np.transpose(pairs)), 1)
    # none is left out: 80 of 400 draws, 4.5 standard deviations of 8
    assert each / 400 == pytest.approx(np.full((10, 8), 0.2), abs=0.09)


def test_by_probability_no_cell_connects_to_itself_and_all_receptors_join_the_same(tmp_path):
    circuit = by_chance(tmp_path)
    for seed in range(20):
        pairs = joined(circuit, "projection_to_projection", seed)
        assert all(pre != post for pre, post in pairs)
    drawn = draw_wiring(circuit, 1).connections["c_to_projection"]
    assert set(drawn.weights) == {"ampa", "nmda"}
    assert len({tuple(w > 0) for w in drawn.weights.values()}) == 1


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
