"""Circuit files: numbers, conditions, changes, and each fault with its text."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from gatecontrol.circuits import circuit_path, list_conditions, load_circuit
from gatecontrol.errors import ExperimentError
from gatecontrol.plugins import PluginError, plugins

TINY = Path(__file__).parents[1] / "data" / "circuits" / "tiny.yaml"

FAULTS = YAML(typ="safe", pure=True).load(TINY.with_name("faults.yaml"))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f["expected"][6:10])
def test_each_fault_is_named_with_place_and_text(tmp_path, fault):
    old, new, expected = fault["old"], fault["new"], fault["expected"]
    text = TINY.read_text()
    assert text.count(old) >= 1
    file = tmp_path / "bad.yaml"
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(ExperimentError) as caught:
        load_circuit(file)
    first_lines = [str(p).splitlines()[0] for p in caught.value.problems]
    assert any(expected in line for line in first_lines), first_lines
    assert all(p.file.endswith("bad.yaml") and p.line for p in caught.value.problems)


def test_all_faults_come_in_one_pass(tmp_path):
    text = TINY.read_text().replace("-50 mV", "-50", 1).replace("class: c,", "class: x,", 1)
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(ExperimentError) as caught:
        load_circuit(tmp_path / "bad.yaml")
    assert {p.code for p in caught.value.problems} == {"E021", "E012"}


def test_numbers_carry_si_value_spread_and_source():
    circuit = load_circuit(TINY)
    weight = circuit.pathways["abeta_centre_to_inhibitory"].weights["ampa"]
    assert weight.value == pytest.approx(2e-9)
    assert (weight.spread, weight.source) == (pytest.approx(0.2), "assumed")


def test_conditions_set_scale_and_add_stimuli():
    circuit = load_circuit(TINY, ["injured"])
    assert circuit.receptors["gaba_a"].reversal.value == pytest.approx(-0.060)
    weights = circuit.pathways["inhibitory_to_projection"].weights
    assert weights["gaba_a"].value == pytest.approx(1e-9)
    assert weights["presynaptic"].value == pytest.approx(0.1)
    assert circuit.stimuli == ({"kind": "ectopic"},)
    both = load_circuit(TINY, ["injured", "gaba_a_block"])
    assert both.pathways["inhibitory_to_projection"].weights["gaba_a"].value == 0


def test_changes_come_last_and_unknown_ones_are_refused():
    circuit = load_circuit(TINY, ["injured"], {"receptors.gaba_a.reversal": "-55 mV"})
    assert circuit.receptors["gaba_a"].reversal.value == pytest.approx(-0.055)
    assert circuit.receptors["gaba_a"].reversal.source == "experiment"
    with pytest.raises(
        ExperimentError, match=r"circuit\.set\.receptors\.gaba\.reversal: no number"
    ):
        load_circuit(TINY, [], {"receptors.gaba.reversal": "-55 mV"})
    with pytest.raises(
        ExperimentError, match=r"error\[E024\].*'5 ms' is a time, a voltage is needed"
    ):
        load_circuit(TINY, [], {"receptors.gaba_a.reversal": "5 ms"})


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("receptors.gaba_a.reversal", "60 V", "E033]: {}: 60 V is outside the plausible"),
        ("receptors.ampa.decay", "-5 ms", "E030]: {}: must be > 0, got -5 ms"),
        ("cells.cell.capacitance", "0 pF", "E030]: {}: must be > 0, got 0 pF"),
        ("populations.projection.size", "2.5", "E032]: {}: must be a whole number from 2"),
        (
            "afferents.c.size",
            "4",
            "E032]: {}: pathways.c_to_projection.fan_in: must be a "
            + "whole number from 1 to 4 (the size of c), got 5",
        ),
    ],
)
def test_changes_are_held_to_the_bounds_of_the_file(name, text, expected):
    with pytest.raises(ExperimentError) as caught:
        load_circuit(TINY, [], {name: text})
    assert expected.format(f"circuit.set.{name}") in str(caught.value)


def test_factors_apply_to_what_conditions_and_changes_leave():
    name = "pathways.inhibitory_to_projection.weights.gaba_a"

    def weight(conditions=(), changes=None, factors=None):
        circuit = load_circuit(TINY, conditions, changes, factors)
        return circuit.pathways["inhibitory_to_projection"].weights["gaba_a"]

    factors = {"pathways.*.weights.gaba_a": 0.25}
    assert weight(factors=factors).value == pytest.approx(0.25 * weight().value)
    assert weight(factors=factors).source == "experiment"
    assert weight(factors=factors).text == f"0.25 times {weight().text}"
    injured = weight(["injured"])
    assert injured.value < weight().value
    assert weight(["injured"], None, factors).value == pytest.approx(0.25 * injured.value)
    assert weight((), {name: "8 nS"}, factors).value == pytest.approx(2e-9)
    assert weight(factors={name: 0}).value == 0
    both = {"pathways.*.weights.gaba_a": 0.5, "pathways.inhibitory_*.gaba_a": 0.5}
    assert weight(factors=both).value == pytest.approx(0.25 * weight().value)


def test_factors_reach_no_other_number():
    before, after = load_circuit(TINY), load_circuit(TINY, (), None, {"pathways.*.ampa": 2})
    assert after.receptors == before.receptors
    assert after.cells == before.cells
    for name, pathway in before.pathways.items():
        for receptor, number in pathway.weights.items():
            factor = 2 if receptor == "ampa" else 1
            found = after.pathways[name].weights[receptor].value
            assert found == pytest.approx(factor * number.value)


@pytest.mark.parametrize(
    ("pattern", "factor", "expected"),
    [
        (
            "pathways.*.weights.gaba_b",
            0.5,
            "error[E050]: {}: no number of this circuit fits. "
            + "Did you mean 'pathways.*.weights.gaba_a'?",
        ),
        (
            "receptors.gaba_a.reversl",
            0.5,
            "error[E050]: {}: no number of this circuit fits. "
            + "Did you mean 'receptors.gaba_a.reversal'?",
        ),
        (
            "pathways.inhibitory_*",
            0.5,
            "error[E050]: {}: pathways.inhibitory_to_projection.fan_in is structure, "
            + "which scale cannot change",
        ),
        (
            "receptors.ampa.decay",
            0,
            "error[E030]: {}: receptors.ampa.decay: must be > 0, got 0 times 5 ms",
        ),
        ("receptors.ampa.decay", -1.0, "error[E030]: {}: a factor is a number of at least 0, got"),
        ("receptors.ampa.decay", float("inf"), "error[E030]: {}: a factor is a number of at"),
    ],
)
def test_factors_that_cannot_be_applied_are_named(pattern, factor, expected):
    with pytest.raises(ExperimentError) as caught:
        load_circuit(TINY, (), None, {pattern: factor})
    assert expected.format(f"circuit.scale.{pattern}") in str(caught.value)


def test_a_condition_cannot_leave_the_bounds(tmp_path):
    text = TINY.read_text().replace(
        "conditions:\n", "conditions:\n  odd: {scale: {'receptors.ampa.*': '-1 [assumed]'}}\n"
    )
    (tmp_path / "odd.yaml").write_text(text)
    assert load_circuit(tmp_path / "odd.yaml").receptors["ampa"].decay.value == pytest.approx(5e-3)
    with pytest.raises(
        ExperimentError,
        match=r"E030.*conditions\.odd: receptors\.ampa\.decay: must be > 0, got -1 times 5 ms",
    ):
        load_circuit(tmp_path / "odd.yaml", ["odd"])


def test_a_block_holds_for_a_changed_weight():
    name = "pathways.inhibitory_to_projection.weights.gaba_a"
    for conditions, expected in (([], 3e-9), (["injured"], 1.5e-9), (["gaba_a_block"], 0)):
        circuit = load_circuit(TINY, conditions, {name: "3 nS"})
        weights = circuit.pathways["inhibitory_to_projection"].weights
        assert weights["gaba_a"].value == pytest.approx(expected)


def test_unknown_condition_lists_the_known_ones():
    with pytest.raises(
        ExperimentError, match=r"no condition named 'injurd'\. Did you mean 'injured'"
    ):
        load_circuit(TINY, ["injurd"])


def test_gate_is_found_by_name_and_has_the_documented_conditions():
    assert "gate" in plugins("circuits")
    assert circuit_path("gate").name == "gate.yaml"
    expected = {"naive", "injured", "ampa_block", "nmda_block", "nk1_block", "gaba_a_block",
                "glycine_block", "gaba_b_block", "monoamine_block", "presynaptic_block",
                "no_descending"}  # fmt: skip
    assert set(list_conditions("gate")) == expected
    with pytest.raises(PluginError, match=r"no circuit 'gat'\. Did you mean 'gate'\?"):
        load_circuit("gat")


def test_gate_has_the_size_and_receptors_that_the_design_asks_for():
    circuit = load_circuit("gate")
    cells = sum(p.size for p in circuit.populations.values())
    fibres = sum(a.size for a in circuit.afferents.values())
    assert 500 <= cells + fibres <= 1000
    assert {p.signal for p in circuit.populations.values()} >= {
        "pain_signal",
        "pain_signal_lamina1",
    }
    used = {r for p in circuit.pathways.values() for r in p.weights}
    assert used == set(circuit.receptors) - {"can"}  # opened from within the cell
    assert all(p.depression for p in circuit.pathways.values() if p.source.startswith("abeta"))


@pytest.mark.parametrize("receptor", ["ampa", "nmda", "nk1", "gaba_a", "glycine", "gaba_b"])
def test_each_block_removes_its_receptor_everywhere(receptor):
    circuit = load_circuit("gate", [f"{receptor}_block"])
    weights = [p.weights[receptor] for p in circuit.pathways.values() if receptor in p.weights]
    weights += [b.weights[receptor] for b in circuit.backgrounds.values() if receptor in b.weights]
    assert weights
    assert all(w.value == 0 for w in weights)


LISTED = "5, 6, 7 nS [assumed]"


def changed(tmp_path, *pairs):
    text = TINY.read_text()
    for old, new in pairs:
        assert text.count(old) == 1
        text = text.replace(old, new)
    (tmp_path / "changed.yaml").write_text(text)
    return tmp_path / "changed.yaml"


def test_a_cell_parameter_may_be_listed_cell_by_cell(tmp_path):
    double = "conditions:\n  leaky: {scale: {'cells.*.leak_conductance': '2 [assumed]'}}\n"
    file = changed(tmp_path, ("5 nS [assumed]", LISTED), ("conditions:\n", double))
    assert load_circuit(file).cells["cell"].parameters["leak_conductance"].each == pytest.approx((
        5e-9, 6e-9, 7e-9,
    ))  # fmt: skip
    scaled = load_circuit(file, ["leaky"]).cells["cell"].parameters["leak_conductance"]
    assert scaled.each == pytest.approx((10e-9, 12e-9, 14e-9))
    assert scaled.value == pytest.approx(12e-9)
    one = load_circuit(file, [], {"cells.cell.leak_conductance": "4 nS"})
    assert one.cells["cell"].parameters["leak_conductance"].each == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("5 nS [assumed]", "5, -6 nS [assumed]", "cells.cell.leak_conductance: must be > 0, got 5"),
        ("-60 mV [assumed]\n", "-60, -49 mV [assumed]\n", "must be below threshold"),
        ('"20 Hz [assumed]"', '"20, 30 Hz [assumed]"', "backgrounds.inhibitory.rate: expected a"),
        ('rate: "20 Hz', 'sources: "0 [assumed]", rate: "20 Hz', "whole number from 1 to 1000"),
        ('rate: "20 Hz', 'sources: "2.5 [assumed]", rate: "20 Hz', "whole number from 1 to 1000"),
        (
            'presynaptic: {decay: "60 ms [assumed]"}',
            "presynaptic: {decay: '60 ms [assumed]'}\n"
            + "  inhibitory_current: {decay: '3 ms [assumed]', reversal: '-70 mV [assumed]'}",
            "receptors.inhibitory_current.reversal: unknown key",
        ),
    ],
)
def test_bounds_of_lists_sources_and_currents(tmp_path, old, new, expected):
    with pytest.raises(ExperimentError) as caught:
        load_circuit(changed(tmp_path, (old, new)))
    assert expected in str(caught.value)


def test_the_weight_of_a_current_synapse_is_a_current(tmp_path):
    more = '"-70 mV [zhang2014]"}\n  inhibitory_current: {decay: "3 ms [assumed]"}'
    file = changed(
        tmp_path,
        ('"-70 mV [zhang2014]"}', more),
        ("{gaba_a: ", '{inhibitory_current: "80 pA [assumed]", gaba_a: '),
    )
    weights = load_circuit(file).pathways["inhibitory_to_projection"].weights
    assert weights["inhibitory_current"].value == pytest.approx(80e-12)
    with pytest.raises(ExperimentError, match=r"'2 nS' is a conductance, a current is needed"):
        load_circuit(
            file, [], {"pathways.inhibitory_to_projection.weights.inhibitory_current": "2 nS"}
        )
