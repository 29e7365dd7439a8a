"""``gatecontrol evidence`` as a user meets it: one phenomenon, one seed, shortened."""

import json

import pytest

from gatecontrol.analysis.report.score import read_score

ONE = ("evidence", "--only", "P01", "--fast", "--seeds", 1, "--workers", 1)


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    from .conftest import Command

    command = Command(tmp_path_factory.mktemp("evidence"))
    return command, command(*ONE)


def test_one_phenomenon_is_scored_and_kept(scored):
    command, done = scored
    assert done.code == 0, done.err
    assert "computing 1 points" in done.err  # without its control
    assert done.lines[0].startswith("gate fails: ")
    assert done.lines[-1] == "Page: results/evidence/gate/fast/evidence.html"
    folder = command.folder / "results" / "evidence" / "gate" / "fast"
    score = read_score(folder / "score.json", {"gate"})
    (one,) = score.phenomena
    assert (one.id, one.depth, one.seeds, score.seeds) == ("P01", "fast", 1, 1)
    # one seed has no interval, but every number; which of them pass is not tested here
    assert all(q.value is not None and q.low is None for q in one.quantities)
    assert all(q.reason == "one seed has no interval" for q in one.quantities)
    assert score.free_parameters > 100
    assert score.seconds > 0


def test_what_was_computed_is_not_computed_again(scored):
    command, _ = scored
    done = command(*ONE, "--json")
    assert done.code == 0, done.err
    assert "computing" not in done.err
    (found,) = json.loads(done.out)
    folder = command.folder / "results" / "evidence" / "gate" / "fast"
    kept = json.loads((folder / "score.json").read_text())
    assert found == kept


def test_a_requirement_that_is_not_met_ends_with_code_one(scored):
    command, _ = scored
    folder = command.folder / "results" / "evidence" / "gate" / "fast"
    verdict = read_score(folder / "score.json").get("P01").verdict
    (command.folder / "ids.yaml").write_text("[P01]")
    done = command(*ONE, "--require", "ids.yaml")
    assert done.code == (0 if verdict == "pass" else 1)
    assert ("required, but gate P01: fail" in done.err) is (verdict != "pass")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--fast", "--full"), "error: --fast and --full exclude each other; leave one out"),
        (("--only", "P99"), "error: no phenomenon 'P99'."),
        (("--circuit", "gaet"), "Did you mean 'gate'?"),
        (("--seeds", "0"), "Invalid value for '--seeds'"),
        (("--require", "none.yaml"), "error: --require none.yaml: cannot be read"),
    ],
)
def test_faults_end_with_code_two_before_anything_runs(command, arguments, text):
    done = command("evidence", *arguments)
    assert done.code == 2
    assert text in done.err
    assert "Traceback" not in done.err
    assert done.out == ""
    assert list(command.folder.iterdir()) == []
