"""``gatecontrol compare`` and ``report --evidence`` as a user meets them."""

import json

import pytest
from made_scores import score

from gatecontrol.evidence.score_file import write_score


@pytest.fixture(scope="module")
def pair(finished):
    """The finished small experiment, and the same with GABA-A blocked."""
    command, _ = finished
    done = command(
        "run", "small.yaml", "--workers", 1, "--out", "results/blocked",
        "--set", "circuit.conditions=[injured, gaba_a_block]",
    )  # fmt: skip
    assert done.code == 0, done.err
    return command


def test_two_runs_are_compared(pair):
    done = pair("compare", "results/small", "results/blocked", "--out", "results/both")
    assert done.code == 0, done.err
    assert done.lines[0] == "Effect in each run"
    assert done.lines[-1] == "Comparison: results/both"
    (row,) = [line for line in done.lines if line.strip().startswith("scs tonic  small  blocked")]
    assert row.split()[-6:] == ["3", "seeds;", "an", "interval", "needs", "5"]
    assert " paired " in row
    folder = pair.folder / "results" / "both"
    assert {p.name for p in folder.iterdir()} == {
        "comparison.nc", "figures", "report.html", "tables",
    }  # fmt: skip
    assert "injured, gaba_a_block" in (folder / "report.html").read_text()


def test_the_differences_are_json_too(pair):
    done = pair("compare", "results/small", "results/blocked", "--out", "results/both", "--json")
    found = json.loads(done.out)
    assert found["runs"] == ["small", "blocked"]
    assert found["comparison"] == "results/both"
    first = found["differences"][0]
    assert first["arm"] == "scs_tonic"
    assert first["paired"] is True
    assert first["low"] is None
    assert first["reason"] == "3 seeds; an interval needs 5"
    assert 0 < abs(first["difference"]) < 1


def test_what_cannot_be_compared_is_refused_with_code_two(pair):
    done = pair(
        "run", "small.yaml", "--workers", 1, "--out", "results/longer", "--set", "seeds=1",
        "--set", "run.device_off=0.75 s",
    )  # fmt: skip
    assert done.code == 0, done.err
    done = pair("compare", "results/small", "results/longer", "--out", "results/both")
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("error: these runs cannot be compared:\n  device_window: the arm")
    assert "has 0.3 s and 0.7 s in small and 0.3 s and 0.75 s in longer." in done.err
    allowed = ("--allow", "device_window", "--allow", "epochs")
    done = pair("compare", "results/small", "results/longer", *allowed)
    assert done.code == 0, done.err
    assert "warning: Allowed to differ: device_window; the arm" in done.err
    assert done.lines[-1] == "Comparison: results/comparison"
    done = pair("compare", "results/small")
    assert (done.code, done.err) == (2, "error: a comparison needs two results folders or more\n")


def test_evidence_is_shown_in_the_report(pair):
    write_score(score(), pair.folder)
    done = pair("report", "results/blocked", "--evidence", "score.json")
    assert done.code == 0, done.err
    page = (pair.folder / "results" / "blocked" / "report.html").read_text()
    assert "The circuit gate shows 3 of the 5 published phenomena tried" in page
    assert pair("report", "results/blocked").code == 0
    page = (pair.folder / "results" / "blocked" / "report.html").read_text()
    assert "This circuit has not been scored here." in page
    write_score(score("zhang2014"), pair.folder)
    done = pair("report", "results/blocked", "--evidence", "score.json")
    assert done.code == 1
    assert "is of the circuit 'zhang2014', this run uses gate; give the score of that" in done.err
