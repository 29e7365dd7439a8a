"""Fitting, with a made score in place of simulations: resuming, records, refusals."""

import json
import math
import sys

import pytest

import gatecontrol.evidence.fit as module
from gatecontrol.errors import ExperimentError, GatecontrolError, Problem, UsageError
from gatecontrol.evidence.battery import Score, Verdict
from gatecontrol.evidence.fit import fit_circuit, optuna
from gatecontrol.evidence.fitfile import read_fit
from gatecontrol.evidence.registry import load_phenomena
from gatecontrol.evidence.scoring import judge
from gatecontrol.experiment.progress import Silent
from gatecontrol.yamlfile import read_yaml

WEIGHT = "pathways.abeta_centre_to_inhibitory_local.weights.ampa"
TEXT = f"""\
circuit: gate
phenomena: [P01.minimum, P01.area]
parameters:
  drive: {{names: {WEIGHT}, factor: {{low: 0.25, high: 4}}}}
"""


@pytest.fixture
def fit(tmp_path):
    pytest.importorskip("optuna")
    (tmp_path / "f.yaml").write_text(TEXT)
    return read_fit(tmp_path / "f.yaml")


@pytest.fixture
def battery(monkeypatch):
    """A circuit whose minimum falls as the weight (0.45 nS at first) rises; 0.9 nS is best."""
    calls = []

    def made(circuit, *, changes, **settings):
        calls.append(changes)
        weight = float(changes[WEIGHT].split()[0])
        phenomenon = load_phenomena(["P01"])[0]
        minimum = 0.25 + abs(math.log(weight / 0.9))
        named = {q.name: q for q in phenomenon.quantities}
        measured = [
            judge(named["minimum"], minimum, minimum - 0.1, minimum + 0.1, 5),
            judge(named["area"], 0.35, 0.3, math.nan, 5),
        ]
        verdict = Verdict(phenomenon, "fail", "fast", measured=measured)
        return Score(circuit, "fast", [verdict], 0, "", 1.0, "")

    monkeypatch.setattr(module, "run_battery", made)
    return calls


def carry_out(fit, folder, **more):
    return fit_circuit(fit, out=folder, progress=Silent(), **more)


def test_the_first_trial_is_the_circuit_as_it_is_and_the_best_is_kept(fit, battery, tmp_path):
    record = carry_out(fit, tmp_path / "r", trials=25)
    assert battery[0] == {WEIGHT: "0.45 nS ± 30 %"}
    first, best = record["trials"][0], record["best"]
    # ln 2 above 0.25, whose size is the unit, and the margin of 0.1
    assert first["objective"] == pytest.approx(math.log(2) / 0.25 + 0.1)
    assert best["objective"] == min(row["objective"] for row in record["trials"])
    # 25 draws over a factor of 16 leave gaps of about an eighth.
    assert best["values"]["drive"] == pytest.approx(2, rel=0.3)
    assert record == json.loads((tmp_path / "r" / "fit.json").read_text())
    part = first["parts"][1]
    assert (part["high"], part["distance"]) == (None, 0)  # NaN is no JSON


def test_record_says_what_was_used_and_what_was_not(fit, battery, tmp_path):
    record = carry_out(fit, tmp_path, trials=1)
    assert list(record["used"]) == ["P01"]
    assert record["used"]["P01"]["minimum"] == {
        "low": None, "high": 0.25, "unit": "1", "rule": "value",
    }  # fmt: skip
    assert record["quantities_not_used"]["P01"] == ["half_back", "at_100_ms"]
    assert record["not_used"] == [p.id for p in load_phenomena() if p.id != "P01"]
    assert set(record["packages"]) == {"brian2", "numpy", "optuna"}
    assert len(record["circuit_sha256"]) == 64


def test_fitted_numbers_can_be_pasted_into_an_experiment(fit, battery, tmp_path):
    record = carry_out(fit, tmp_path, trials=4)
    data = read_yaml(tmp_path / "fitted.yaml").data
    assert data == {"circuit": {"name": "gate", "set": record["set"]}}
    from gatecontrol.circuits import load_circuit

    load_circuit("gate", changes=data["circuit"]["set"])


def test_a_stopped_fit_goes_on_as_if_it_had_not_been(fit, battery, tmp_path):
    whole = carry_out(fit, tmp_path / "whole", trials=14)
    carry_out(fit, tmp_path / "parts", trials=5)
    carry_out(fit, tmp_path / "parts", trials=12)  # beyond the first, random ones
    del battery[:]
    parts = carry_out(fit, tmp_path / "parts", trials=14)
    assert len(battery) == 2
    assert [t["values"] for t in parts["trials"]] == [t["values"] for t in whole["trials"]]


def test_random_draws_differ_from_trial_to_trial(fit, battery, tmp_path):
    record = carry_out(fit, tmp_path, trials=8)
    assert len({row["values"]["drive"] for row in record["trials"]}) == 8


def test_another_fit_in_the_folder_is_refused(fit, battery, tmp_path):
    from dataclasses import replace

    carry_out(fit, tmp_path, trials=1)
    other = replace(fit, margin=0.2, sampler_seed=3)
    wanted = r"fit.json is of another fit \(different: margin, sampler_seed\); name another folder"
    with pytest.raises(UsageError, match=wanted):
        carry_out(other, tmp_path)
    assert len(carry_out(other, tmp_path, trials=1, fresh=True)["trials"]) == 1
    (tmp_path / "fit.json").write_text("[]")
    with pytest.raises(UsageError, match="is no record of a fit; delete it, or use --fresh"):
        carry_out(fit, tmp_path)


def test_numbers_that_the_circuit_refuses_are_as_bad_as_can_be(fit, battery, tmp_path, monkeypatch):
    made = module.run_battery

    def refuses(circuit, *, changes, **settings):
        if len(battery) == refuse_from:
            raise ExperimentError([Problem("E033", "circuit.set", "too large")])
        return made(circuit, changes=changes, **settings)

    monkeypatch.setattr(module, "run_battery", refuses)
    refuse_from = 1
    record = carry_out(fit, tmp_path / "later", trials=2)
    assert record["trials"][1]["objective"] == 20  # two quantities
    assert "too large" in record["trials"][1]["refused"]
    assert record["best"]["number"] == 0
    del battery[:]
    refuse_from = 0  # the circuit as it is: something else is wrong
    with pytest.raises(ExperimentError, match="too large"):
        carry_out(fit, tmp_path / "first", trials=2)


def test_a_circuit_that_cannot_express_a_phenomenon_is_refused(fit, battery, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "lacking", lambda *_: ["no c fibres"])
    wanted = "gate cannot express P01: no c fibres; take it out of 'phenomena'"
    with pytest.raises(UsageError, match=wanted):
        carry_out(fit, tmp_path)


def test_without_optuna_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(GatecontrolError, match=r"pip install 'gatecontrol\[fit\]'"):
        optuna()
