"""What hangs on which number, on made scores."""

import csv
import math

import pytest

import gatecontrol.evidence.robustness as module
from gatecontrol.errors import ExperimentError, Problem, UsageError
from gatecontrol.evidence.base import Phenomenon, Quantity
from gatecontrol.evidence.battery import Score, Verdict
from gatecontrol.evidence.robustness import Robustness, compare, robustness, rows, write
from gatecontrol.evidence.scoring import judge, verdict_of
from gatecontrol.experiment.progress import Silent


class One(Phenomenon):
    id = "P01"
    quantities = (Quantity("ratio", "", 0.4, 1.2),)


class Two(Phenomenon):
    id = "P02"
    quantities = (Quantity("window", "", 0.0, 0.2, "s"),)


def score(ratio, window, half=0.02):
    verdicts = []
    for kind, value in ((One, ratio), (Two, window)):
        measured = [judge(kind.quantities[0], value, value - half, value + half, 5)]
        verdict, edge = verdict_of(measured)
        verdicts.append(Verdict(kind(), verdict, "fast", edge, measured))
    return Score("gate", "fast", verdicts, 262, "", 1.0, "")


def test_shifts_are_in_half_widths_of_the_band_with_the_noise_of_the_base():
    found = compare(score(0.8, 0.1), score(1.0, 0.05), "g", 1.2, 3)
    assert [s.shift for s in found.shifts] == pytest.approx([0.5, -0.5])
    assert [s.noise for s in found.shifts] == pytest.approx([0.05, 0.2])
    assert (found.lost, found.gained, found.passed, found.numbers) == ((), (), 2, 3)
    assert found.largest.quantity in {"ratio", "window"}


def test_lost_and_gained_passes_and_those_at_the_edge():
    found = compare(score(0.8, 0.3), score(2.0, 0.1), "g", 1.2, 1)
    assert (found.lost, found.gained, found.passed) == (("P01",), ("P02",), 1)
    edge = compare(score(1.195, 0.1), score(1.3, 0.1), "g", 1.2, 1)
    assert edge.lost == ("P01 (edge)",)


def test_what_is_missing_has_no_shift():
    found = compare(score(0.8, 0.1), score(math.nan, math.inf), "g", 0.8, 1)
    assert all(math.isnan(s.shift) for s in found.shifts)
    assert found.largest is None
    assert found.lost == ("P01", "P02")


def test_too_few_seeds_for_an_interval_give_no_noise():
    base = score(0.8, 0.1, half=math.nan)
    found = Robustness(base, [compare(base, score(1.3, 0.1), "g", 1.2, 1)], [], "kind")
    assert rows(found)[0][6] == "P01.ratio +1.25 (no interval)"


@pytest.fixture
def shaken(monkeypatch):
    calls = []

    def made(circuit, *, changes=None, **settings):
        calls.append((changes, settings))
        changes = changes or {}
        if any(name.endswith("coverage") and float(v) > 1 for name, v in changes.items()):
            return ExperimentError([Problem("E033", "circuit.set", "coverage is above 1")])
        weak = changes.get("pathways.inhibitory_local_to_excitatory.weights.gaba_a", "0.2")
        return score(1.3 if weak.startswith("0.16") else 0.8, 0.1)

    monkeypatch.setattr(module, "run_battery", made)
    monkeypatch.setattr(
        module,
        "run_variants",
        lambda circuit, variants, **rest: [made(circuit, changes=one, **rest) for one in variants],
    )
    return calls


def test_every_group_is_changed_both_ways(shaken, tmp_path):
    found = robustness("gate", out=tmp_path, only=["P01", "P02"], progress=Silent())
    assert shaken[0][0] is None  # the circuit as it is comes first
    assert len(found.variants) == len(shaken) - 1
    assert {v.factor for v in found.variants} == {0.8, 1.2}
    assert found.unvaried == ["cells.*.adaptation_conductance", "cells.*.bias"]
    lost = [(v.group, v.factor) for v in found.variants if v.lost]
    assert lost == [("pathways.*.weights.gaba_a", 0.8)]
    refused = [v for v in found.variants if v.refused]
    assert [(v.group, v.factor) for v in refused] == [("pathways.*.coverage", 1.2)]
    assert all(settings["only"] == ["P01", "P02"] for _, settings in shaken)


def test_tables(shaken, tmp_path):
    found = robustness(
        "gate", out=tmp_path, parameters="pathways.*.[cw]*", progress=Silent(), factors=[0.8, 1.2]
    )
    table, text = write(found, tmp_path)
    first = rows(found)[0]
    assert first[0] == "pathways.*.weights.gaba_a"
    assert first[2:6] == ["0.8", "1", "P01", ""]
    assert first[6] == "P01.ratio +1.25 (noise 0.05)"
    words = text.read_text()
    assert "Passes lost by any change: P01." in words
    assert "refused: coverage is above 1" in words
    assert "2 of 2 phenomena pass as it is; 262 assumed numbers, grouped by kind" in words
    with table.open() as handle:
        lines = list(csv.DictReader(handle))
    done = [v for v in found.variants if not v.refused]
    assert len(lines) == 2 * len(done)
    assert {line["phenomenon"] for line in lines} == {"P01", "P02"}


def test_a_single_number_is_found_by_name_in_its_group(shaken, tmp_path):
    name = "pathways.c_to_excitatory.weights.nk1"
    settings = {"out": tmp_path, "parameters": name, "progress": Silent()}
    kinds = robustness("gate", **settings)
    assert {v.group for v in kinds.variants} == {"pathways.*.weights.nk1"}
    numbers = robustness("gate", by="number", **settings)
    assert {(v.group, v.numbers) for v in numbers.variants} == {(name, 1)}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"parameters": "pathways.*.wait"}, r"no assumed number is called 'pathways\.\*\.wait'"),
        ({"factors": [1.0]}, "a factor is a positive number other than 1, not 1"),
        ({"factors": [-0.5]}, "a factor is a positive number other than 1, not -0.5"),
        ({"by": "cell"}, "--by takes number or kind, not 'cell'"),
    ],
)
def test_faults(shaken, settings, message):
    with pytest.raises(UsageError, match=message):
        robustness("gate", progress=Silent(), **settings)
    assert shaken == []
