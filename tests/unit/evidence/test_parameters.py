"""Free parameters: counted once per anchor, grouped, changed with their spread."""

from pathlib import Path

import pytest

from gatecontrol.circuits import circuit_path, load_circuit
from gatecontrol.circuits.load import circuit_numbers
from gatecontrol.errors import UsageError
from gatecontrol.evidence.parameters import (
    changed,
    free_groups,
    free_numbers,
    free_parameters,
    split,
    text_of,
)
from gatecontrol.sourced import ASSUMED, parse_sourced
from gatecontrol.yamlfile import read_yaml_text


@pytest.fixture(scope="module")
def numbers():
    return circuit_numbers(circuit_path("gate"), "gate")


def test_an_alias_says_where_its_values_were_typed():
    file = read_yaml_text("a: &x {k: [1, 2]}\nb: *x\nc: &y {d: *x}\ne: *y\n", Path("f"), "f")
    assert file.written_at(("b", "k", 1)) == ("a", "k", 1)
    assert file.written_at(("e", "d", "k", 0)) == ("a", "k", 0)  # an alias below an alias
    assert file.written_at(("c", "d")) == ("a",)
    assert file.written_at(("a", "k")) == ("a", "k")


def test_what_an_anchor_shares_is_one_free_parameter(numbers):
    written = free_numbers("gate")
    shared = {first: names for first, names in written.items() if len(names) > 1}
    assert shared, "the default circuit shares the depression of its afferents"
    assert all(".depression." in name for names in shared.values() for name in names)
    assert all(len({numbers[n].text for n in names}) == 1 for names in shared.values())
    every = [name for names in written.values() for name in names]
    assert sorted(every) == sorted(n for n, one in numbers.items() if one.source == ASSUMED)
    assert len(free_parameters("gate")) == len(every) - sum(len(n) - 1 for n in shared.values())


def test_cuts_and_step_of_a_solver_are_no_free_parameters():
    coarse = circuit_numbers(circuit_path("medlock2022_coarse"))
    assumed = {name for name, one in coarse.items() if one.source == ASSUMED}
    assert "time_step" in assumed
    assert free_parameters("medlock2022_coarse") == free_parameters("medlock2022")


def test_groups_by_kind_hold_every_number_once():
    kinds = free_groups("gate", "kind")
    every = [name for names in kinds.values() for name in names]
    assert len(every) == len(set(every))
    assert set(every) == {n for names in free_numbers("gate").values() for n in names}
    assert "pathways.c_to_excitatory.weights.ampa" in kinds["pathways.*.weights.ampa"]
    assert kinds["receptors.gaba_b.decay"] == ["receptors.gaba_b.decay"]
    with pytest.raises(UsageError, match="--by takes number or kind, not 'cell'"):
        free_groups("gate", "cell")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.45 nS ± 30 % [assumed]", (0.45, "nS")),
        ("1.5e-3 [assumed]", (1.5e-3, "")),
        ("-72.8 mV", (-72.8, "mV")),
        ("6 % ± 1 % [a]", (6.0, "%")),
        ("1e-4 S/cm2 [a]", (1e-4, "S/cm2")),
        ("50 m/s +/- 10 m/s [a]", (50.0, "m/s")),
        (".5 [assumed]", (0.5, "")),
    ],
)
def test_split(text, expected):
    assert split(text) == expected


@pytest.mark.parametrize(
    ("text", "dimension"),
    [
        ("0.45 nS ± 30 % [assumed]", "conductance"),
        ("50 m/s ± 10 m/s [assumed]", "velocity"),
        ("60 % ± 15 % [assumed]", "fraction"),
        ("-65 mV ± 2 % [assumed]", "voltage"),
        ("0.02 ± 30 % [assumed]", "number"),
    ],
)
def test_a_changed_number_keeps_its_relative_spread(text, dimension):
    old = parse_sourced(text, dimension)
    value, unit = split(text)
    new = parse_sourced(f"{text_of(value * 0.8, unit, old)} [assumed]", dimension)
    assert new.value == pytest.approx(0.8 * old.value)
    assert new.spread == pytest.approx(old.spread)


def test_counts_are_rounded_and_zeros_left_out():
    made = {
        "pathways.a.fan_in": parse_sourced("12 [assumed]", "number"),
        "pathways.b.fan_in": parse_sourced("2 [assumed]", "number"),
        "pathways.c.fan_in": parse_sourced("1 [assumed]", "number"),
        "cells.d.bias": parse_sourced("0 pA [assumed]", "current"),
    }
    assert changed(made, made, 1.2) == {
        "pathways.a.fan_in": "14",
        "pathways.b.fan_in": "3",  # 2.4 rounds to what it was
        "pathways.c.fan_in": "2",
    }
    assert changed(made, made, 0.8)["pathways.c.fan_in"] == "1"  # never none
    assert changed(made, ["pathways.b.fan_in"], 1.0) == {"pathways.b.fan_in": "2"}


def test_the_circuit_takes_what_is_changed(numbers):
    name = "pathways.abeta_centre_to_inhibitory_local.weights.ampa"
    circuit = load_circuit("gate", changes=changed(numbers, [name], 0.5))
    weight = circuit.pathways["abeta_centre_to_inhibitory_local"].weights["ampa"]
    assert weight.value == pytest.approx(0.5 * numbers[name].value)
    assert weight.spread == pytest.approx(numbers[name].spread)


@pytest.mark.parametrize("circuit", ["ungated", "label_shuffled"])
def test_what_the_base_shares_by_an_anchor_is_one_number_of_a_derived_circuit_too(circuit):
    assert len(free_parameters(circuit)) == len(free_parameters("gate"))
