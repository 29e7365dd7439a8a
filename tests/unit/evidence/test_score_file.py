"""The score file: from verdicts to JSON and back, and what must pass."""

import json
import math

import pytest
from made_scores import score, static_gain

from gatecontrol.analysis.report.score import read_score
from gatecontrol.errors import GatecontrolError, UsageError
from gatecontrol.evidence import score_file
from gatecontrol.evidence.battery import Score, Verdict
from gatecontrol.evidence.registry import load_phenomena
from gatecontrol.evidence.required import read_required
from gatecontrol.evidence.score_file import (
    as_file,
    circuit_digest,
    in_order,
    known_scores,
    no_credit,
    write_score,
)
from gatecontrol.evidence.scoring import judge
from gatecontrol.evidence.words import band_text, credited, measured_text, summary, verdict_text


@pytest.fixture
def path(tmp_path):
    return write_score(score(), tmp_path)


def test_a_score_comes_back_as_it_was_written(path):
    assert read_score(path, {"gate"}) == score()
    found = json.loads(path.read_text(), parse_constant=pytest.fail)  # no NaN, no Infinity
    recovery = found["phenomena"][3]["quantities"][0]
    assert (recovery["value"], recovery["high"]) == ("Infinity", None)
    assert read_score(path).get("P04").quantities[0].value == math.inf
    assert (read_score(path).passed, read_score(path).total) == (3, 5)


def test_a_battery_becomes_a_file():
    (pulse,) = load_phenomena(["P01"])
    measured = [judge(q, 0.2, 0.1, math.nan, 5, "few") for q in pulse.quantities]
    verdicts = [Verdict(pulse, "fail", "fast", edge=False, measured=measured, seeds=5)]
    made = as_file(
        Score("gate", "fast", verdicts, 12, "2026-11-30T06:00:00+00:00", 3.26, "numpy"), seeds=5
    )
    one = made.phenomena[0]
    assert (made.circuit, made.depth, made.seeds, made.free_parameters) == ("gate", "fast", 5, 12)
    assert (one.id, one.depth, one.seeds, one.protocols) == ("P01", "fast", 5, ("single_pulse",))
    half = one.quantities[1]
    assert (half.name, half.unit, half.band, half.high) == ("half_back", "s", (0.015, 0.1), None)
    assert half.reason == "few"
    assert set(one.sources) == {"foreman1976", "zhang2014"}


def test_the_digest_of_a_circuit_is_that_of_its_content(tmp_path):
    from gatecontrol.circuits import circuit_path

    text = circuit_path("gate").read_text()
    copy = tmp_path / "gate.yaml"
    copy.write_text(f"# a remark\n{text}")
    assert circuit_digest(str(copy)) == circuit_digest("gate")
    copy.write_text(text.replace("title: ", "title: Another ", 1))
    assert circuit_digest(str(copy)) != circuit_digest("gate")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"circuit": None}, r"no score that this version reads:\n  circuit: Field required"),
        ({"depth": "deep"}, r"\n  depth: Input should be 'fast', 'standard' or 'full'"),
        ({"passed": 3}, r"\n  passed: Extra inputs are not permitted"),
        ({"format": 2}, r"\n  format: Input should be 1"),
        (
            {"phenomena": [{"id": "P01", "title": "x", "verdict": "good", "depth": "fast"}]},
            r"phenomena\[0\].verdict: Input should be 'pass', 'fail' or 'not expressible'",
        ),
        ({"circuit": "other"}, "is of the circuit 'other', this run uses gate; give the score"),
    ],
)
def test_a_bad_score_is_refused_with_place_and_reason(path, change, message):
    found = {k: v for k, v in (json.loads(path.read_text()) | change).items() if v is not None}
    path.write_text(json.dumps(found))
    with pytest.raises(GatecontrolError, match=message):
        read_score(path, {"gate"})


def test_all_faults_are_told_at_once_with_the_remedy(path):
    path.write_text(json.dumps(json.loads(path.read_text()) | {"depth": "deep", "format": 2}))
    with pytest.raises(GatecontrolError) as caught:
        read_score(path)
    assert "  format: " in str(caught.value)
    assert "  depth: " in str(caught.value)
    assert str(caught.value).endswith("help: write it with: gatecontrol evidence")


def test_what_is_no_score_is_refused(tmp_path, path):
    with pytest.raises(GatecontrolError, match="cannot read the evidence in .*: No such file"):
        read_score(tmp_path / "none.json")
    found = json.loads(path.read_text())
    found["phenomena"] *= 2
    path.write_text(json.dumps(found))
    with pytest.raises(GatecontrolError, match="has P01, P02, P03, P04, P26 more than once"):
        read_score(path)
    path.write_text("no")
    with pytest.raises(GatecontrolError, match="Invalid JSON"):
        read_score(path)


def test_order_and_credit():
    made = [score("zhang2014"), static_gain(), score("aguiar2010"), score("gate")]
    names = [s.circuit for s in in_order(made)]
    assert names == ["gate", "static_gain", "aguiar2010", "zhang2014"]
    assert no_credit(made) == {"P02"}
    assert no_credit([score()]) is None
    assert credited(score(), static_gain()) == (["P01"], ["P26"])


def test_known_scores_are_those_of_this_depth_and_version(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(score_file, "shipped_scores", lambda: (score("zhang2014", depth="full"),))
    results = tmp_path / "results" / "evidence"
    write_score(static_gain(), results / "static_gain" / "standard")
    write_score(score("old", version="0.0.1"), results / "old" / "standard")
    (results / "broken" / "standard").mkdir(parents=True)
    (results / "broken" / "standard" / "score.json").write_text("{}")
    assert [s.circuit for s in known_scores("standard")] == ["static_gain", "zhang2014"]
    assert [s.circuit for s in known_scores("fast")] == ["zhang2014"]
    assert [s.circuit for s in known_scores("fast", without=["zhang2014"])] == []


def test_numbers_are_told_in_the_unit_of_their_band():
    half, recovery = (score().get(id).quantities[0] for id in ("P01", "P04"))
    assert measured_text(half) == "82 [68, 98] ms"
    assert band_text(half) == "15 to 100 ms"
    assert measured_text(recovery) == "\N{INFINITY} [0.667, \N{EN DASH}] min"
    assert band_text(recovery) == "5 to 15 min"
    missing = score().get("P03").quantities[1]
    assert measured_text(missing) == "none: it has no value here"
    assert band_text(missing) == "at most 0.1"
    assert measured_text(score().get("P26").quantities[0]) == "2.6"  # nothing drawn at random


def test_sentences():
    assert summary(score(), static_gain()) == [
        "The circuit gate shows 3 of the 5 published phenomena tried.",
        "It fails P03, P04.",
        "Of the 3 passed, a static gain (T0) does not pass 1; on P26 it was not tried.",
        "One standard error would turn P01.",
        "142 numbers of the circuit are assumed (free parameters); depth standard.",
    ]
    assert "no score of it was found" in summary(score(), None)[2]
    assert "It fails P01; it cannot express P03, P04." in summary(static_gain(), static_gain())
    assert verdict_text(score().get("P01")) == "pass, edge"
    assert verdict_text(score().get("P02"), {"P02", "P03"}) == "pass, no credit"
    assert verdict_text(score().get("P03"), {"P02", "P03"}) == "fail"


def test_a_list_of_ids_is_required_of_every_circuit(tmp_path):
    (tmp_path / "ids.yaml").write_text("- p01  # the pulse\n- P03\n")
    required = read_required(tmp_path / "ids.yaml", ["P01", "P02", "P03"], ["gate", "static_gain"])
    assert required.unmet([score(), static_gain()]) == [
        "gate P03: fail", "static_gain P01: fail", "static_gain P03: not expressible",
    ]  # fmt: skip


def test_what_passed_in_a_score_is_required_of_its_circuit(path):
    known = ["P01", "P02", "P03", "P04", "P26"]
    required = read_required(path, known, ["gate", "static_gain"])
    assert required.unmet([score(), static_gain()]) == []
    worse = score(phenomena=[p for p in score().phenomena if p.id != "P26"])
    assert required.unmet([worse]) == ["gate P26: not scored"]
    with pytest.raises(UsageError, match="score of the circuit 'gate'.*Add --circuit gate"):
        read_required(path, known, ["zhang2014"])
    with pytest.raises(UsageError, match="P26 will not be scored, only P01, P02. Leave out --only"):
        read_required(path, ["P01", "P02"], ["gate"])


@pytest.mark.parametrize("text", ["a: 1", "- 1", "3"])
def test_another_file_is_no_requirement(tmp_path, text):
    (tmp_path / "ids.yaml").write_text(text)
    with pytest.raises(
        UsageError, match=r'needs a list of phenomena, \["P01", "P02"\], or a score'
    ):
        read_required(tmp_path / "ids.yaml", ["P01"], ["gate"])
