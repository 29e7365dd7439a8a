"""Circuits based on another one: numbers, shuffled targets, conditions, and faults by text."""

from collections import Counter
from pathlib import Path

import pytest

from gatecontrol.circuits import circuit_path, list_conditions, load_circuit
from gatecontrol.circuits.derived import shuffled
from gatecontrol.circuits.load import circuit_numbers
from gatecontrol.circuits.wiring import draw_wiring
from gatecontrol.errors import ExperimentError
from gatecontrol.yamlfile import read_yaml

DATA = Path(__file__).parents[1] / "data" / "circuits"
TINY = DATA / "tiny.yaml"
HEAD = "name: mine\ntitle: Mine\n"


def written(tmp_path, text, head=HEAD):
    file = tmp_path / "mine.yaml"
    file.write_text(head + text)
    (tmp_path / "tiny.yaml").write_text(TINY.read_text())
    return file


def test_set_and_scale_change_the_base_and_its_conditions_still_apply(tmp_path):
    text = (
        "references: [zhang2014]\nbased_on: tiny.yaml\n"
        + 'set: {receptors.gaba_a.reversal: "-75 mV [assumed]"}\n'
        + 'scale: {"pathways.*_to_projection.weights.gaba_a": "0.1 [assumed]"}\n'
    )
    file = written(tmp_path, text)
    circuit, base = load_circuit(file), load_circuit(TINY)
    assert (circuit.name, circuit.title, circuit.description) == ("mine", "Mine", "")
    assert circuit.references == ("melzack1965", "zhang2014")
    assert circuit.receptors["gaba_a"].reversal.value == pytest.approx(-0.075)
    weights = circuit.pathways["inhibitory_to_projection"].weights
    assert weights["gaba_a"].value == pytest.approx(2e-10)
    assert weights["gaba_a"].text == "0.1 times 2 nS [assumed]"
    assert circuit.pathways["c_to_projection"] == base.pathways["c_to_projection"]
    assert list_conditions(file) == list_conditions(TINY)
    injured = load_circuit(file, ["injured"])
    assert injured.receptors["gaba_a"].reversal.value == pytest.approx(-0.060)
    gaba = injured.pathways["inhibitory_to_projection"].weights["gaba_a"]
    assert gaba.value == pytest.approx(1e-10)
    assert circuit_numbers(file).keys() == circuit_numbers(TINY).keys()


def test_the_coarse_circuit_differs_in_cuts_and_step_alone():
    full, coarse = (circuit_numbers(circuit_path(f"medlock2022{k}")) for k in ("", "_coarse"))
    assert full.keys() == coarse.keys()
    changed = {name for name in full if full[name] != coarse[name]}
    assert "time_step" in changed
    assert all(n == "time_step" or n.endswith(".compartments") for n in changed)
    assert all(full[n].source == "sekiguchi2021" for n in changed)
    assert all(coarse[n].source == "assumed" for n in changed)
    form = load_circuit("medlock2022_coarse").cells["tonic_interneuron"]
    assert form.parameters["sections.dendrite.compartments"].value == 11


def test_ungated_has_no_inhibition_left():
    ungated, gate = load_circuit("ungated"), load_circuit("gate")
    left = {
        receptor
        for pathway in ungated.pathways.values()
        for receptor, weight in pathway.weights.items()
        if weight.value > 0
    }
    used = {"ampa", "nmda", "nk1", "ltd"}
    assert left == used  # depression of C synapses is no inhibition
    assert ungated.pathways.keys() == gate.pathways.keys()
    assert ungated.pathways["c_to_excitatory"] == gate.pathways["c_to_excitatory"]
    assert list_conditions("ungated") == list_conditions("gate")


def test_shuffling_permutes_targets_and_nothing_else():
    gate, shuffled_ = load_circuit("gate"), load_circuit("label_shuffled")
    before, after = list(gate.pathways.values()), list(shuffled_.pathways.values())
    assert len(after) == len(before) == len({(p.source, p.target) for p in after})
    assert Counter(p.target for p in after) == Counter(p.target for p in before)
    for old, new in zip(before, after, strict=True):
        assert (new.source, new.fan_in, new.weights) == (old.source, old.fan_in, old.weights)
        assert new.depression == old.depression
        assert new.doc == f"In gate it reaches {old.target}."
    # of a permutation of ten targets about one in ten stays
    assert sum(p.target == q.target for p, q in zip(before, after, strict=True)) < len(before) / 3
    assert shuffled_.populations == gate.populations
    draw_wiring(shuffled_, 1)


def test_a_shuffle_depends_on_its_seed_alone():
    pathways = read_yaml(circuit_path("gate")).data["pathways"]
    targets = {seed: [p["to"] for p in shuffled(pathways, seed, "gate")] for seed in range(20)}
    assert targets[3] == [p["to"] for p in shuffled(pathways, 3, "gate")]
    assert len(set(map(tuple, targets.values()))) == 20
    for seed in targets:
        pairs = [(p["from"], p["to"]) for p in shuffled(pathways, seed, "gate")]
        assert len(set(pairs)) == len(pairs)
    # Random(1).random() is 0.13, 0.85, 0.76, 0.26, 0.50, 0.45, in every version of Python
    small = [{"from": str(k), "to": str(k)} for k in range(6)]
    assert [p["to"] for p in shuffled(small, 1, "x")] == ["0", "3", "5", "4", "2", "1"]


def test_pathways_that_cannot_be_permuted_are_refused():
    twice = [{"from": "a", "to": "x"}, {"from": "a", "to": "x"}]
    with pytest.raises(ExperimentError, match="no permutation of its pathways leaves every pair"):
        shuffled(twice, 1, "odd")


def test_conditions_of_a_shuffled_circuit_may_speak_of_pathways_that_are_gone(tmp_path):
    for seed in range(6):
        text = f"based_on: tiny.yaml\nshuffle: {{seed: {seed}}}\n"
        injured = load_circuit(written(tmp_path, text), ["injured"])
        assert injured.receptors["gaba_a"].reversal.value == pytest.approx(-0.060)
    with pytest.raises(ExperimentError, match="no condition named 'injurd'. Did you mean"):
        load_circuit(tmp_path / "mine.yaml", ["injurd"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("based_on: gat\n", "mine.yaml:3:11: error[E010]: based_on: no circuit 'gat'. Did you"),
        ("based_on: none.yaml\n", "none.yaml: error[E005]: no such file"),
        ("based_on: ungated\n", "error[E035]: based_on: 'ungated' is itself based on 'gate'"),
        ("based_on: gate\ncells: {}\n", "mine.yaml:4:1: error[E001]: cells: unknown key"),
        (
            'based_on: tiny.yaml\nscale: {"*.weights.gaba_b": "0 [assumed]"}\n',
            "mine.yaml:4:9: error[E050]: scale.*.weights.gaba_b: no number of this circuit is",
        ),
        (
            'based_on: tiny.yaml\nset: {populations.projection.size: "9 [assumed]"}\n',
            "populations.projection.size is structure, which set and scale cannot change",
        ),
        (
            'based_on: zhang2014\nset: {"cells.*.compartments": "1.5 [assumed]"}\n',
            "mine.yaml:4:1: error[E032]: set: cells.inhibitory_interneuron.sections.soma."
            + "compartments: must be a whole number from 1 to 1000, got 1.5",
        ),
        (
            'based_on: zhang2014\nscale: {"cells.*.compartments": "0.5 [assumed]"}\n',
            "compartments is structure, which scale cannot change",
        ),
        (
            'based_on: tiny.yaml\nscale: {"*.weights.gaba_a": "-1 [assumed]"}\n',
            "mine.yaml:4:1: error[E030]: scale: pathways.inhibitory_to_projection.weights.gaba_a",
        ),
        ("based_on: gate\nshuffle: {seed: -1}\n", "E032]: shuffle.seed: must be a whole number"),
        ("based_on: gate\nshuffle: {}\n", "error[E002]: shuffle: 'seed' is missing"),
        (
            "based_on: zhang2014\nshuffle: {seed: 1}\n",
            "error[E035]: shuffle: pathways of cells with compartments end at a port of their own",
        ),
        (
            "based_on: static_gain\nshuffle: {seed: 1}\n",
            "error[E035]: shuffle: the circuit it is based on has no pathways",
        ),
    ],
)
def test_faults_are_named_with_place_and_text(tmp_path, text, expected):
    with pytest.raises(ExperimentError) as caught:
        load_circuit(written(tmp_path, text))
    lines = [str(p).splitlines()[0] for p in caught.value.problems]
    assert any(expected in line for line in lines), lines


def test_faults_of_the_base_are_those_of_its_file(tmp_path):
    file = written(tmp_path, "based_on: tiny.yaml\n")
    (tmp_path / "tiny.yaml").write_text(TINY.read_text().replace("-50 mV", "-50", 1))
    with pytest.raises(ExperimentError, match=r"tiny.yaml:\d+:\d+: error\[E021\]"):
        load_circuit(file)
