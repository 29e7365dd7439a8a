"""``gatecontrol evidence`` without a simulation: options, order of what is told, exit codes."""

import json
import shlex
from types import SimpleNamespace

import pytest
from made_scores import score, static_gain

from gatecontrol.cli.evidence import evidence
from gatecontrol.errors import UsageError
from gatecontrol.evidence import battery, score_file
from gatecontrol.plugins import PluginError

OPTIONS = {
    "fast": False, "full": False, "screen": False, "seeds": None, "tree": 0, "out": None,
    "workers": None, "fresh": False, "json": False, "require": None,
}  # fmt: skip


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Run the command in an empty folder, with scores made by hand; remembers what was asked."""
    monkeypatch.chdir(tmp_path)
    asked = []
    made = {"gate": score(), "zhang2014": score("zhang2014"), "aguiar2010": static_gain()}

    def fake(circuit, **options):
        asked.append(SimpleNamespace(circuit=circuit, **options))
        return SimpleNamespace(circuit=circuit)

    monkeypatch.setattr(battery, "run_battery", fake)
    monkeypatch.setattr(score_file, "as_file", lambda found, **_: made[found.circuit])
    monkeypatch.setattr(score_file, "shipped_scores", lambda: ())

    def call(circuits=(), only=(), **options):
        return evidence(circuits, only, **OPTIONS | options)

    call.asked = asked
    return call


def test_what_failed_comes_first_then_the_table(run, capsys, tmp_path):
    assert run() == 0
    out = capsys.readouterr().out
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[0] == "gate fails: P03, P04"
    assert lines[2] == "gate: Gate circuit of the dorsal horn"
    row = next(line for line in lines if line.startswith("P01"))
    assert "half_back 82 [68, 98] ms 15 to 100 ms yes, edge pass, edge standard" in row
    row = next(line for line in lines if line.startswith("P03"))
    assert "ratio 40 [38, 43] 0.9 to 1.1 no fail standard" in row
    assert "The circuit gate shows 3 of the 5 published phenomena tried." in lines
    assert "142 numbers of the circuit are assumed (free parameters); depth standard." in lines
    assert lines[-1] == "Page: results/evidence/gate/standard/evidence.html"
    folder = tmp_path / "results" / "evidence" / "gate" / "standard"
    assert {p.name for p in folder.iterdir()} == {"evidence.html", "figures", "score.json"}
    (asked,) = run.asked
    assert (asked.circuit, asked.depth, asked.only) == ("gate", "standard", [])


def test_a_score_of_t0_that_was_found_takes_credit_away(run, capsys, tmp_path):
    score_file.write_score(static_gain(), tmp_path / "results/evidence/static_gain/standard")
    assert run() == 0
    out = capsys.readouterr().out
    assert "a static gain (T0) does not pass 1; on P26 it was not tried." in out
    assert "pass, no credit" in out


def test_several_circuits_have_folders_of_their_own_and_one_page(run, capsys, tmp_path):
    assert run(["zhang2014", "gate"], ["P01, P01"], fast=True, out=tmp_path / "o", tree=2) == 0
    assert [a.out.name for a in run.asked] == ["zhang2014", "gate"]
    assert {p.name for p in (tmp_path / "o").iterdir()} == {
        "evidence.html", "figures", "gate", "zhang2014",
    }  # fmt: skip
    words = shlex.split(run.asked[0].again)
    assert words[:6] == ["gatecontrol", "evidence", "--circuit", "zhang2014", "--circuit", "gate"]
    assert words[6:11] == ["--only", "P01,P01", "--fast", "--tree", "2"]
    assert capsys.readouterr().out.startswith("zhang2014 fails: P03, P04\ngate fails: P03, P04\n")


def test_a_first_look_is_asked_for_and_named(run, monkeypatch, capsys):
    from gatecontrol.evidence import screening

    asked = []
    monkeypatch.setattr(
        screening, "run_screened", lambda c, **o: asked.append(o) or SimpleNamespace(circuit=c)
    )
    assert run(screen=True) == 0
    assert run.asked == []
    assert (asked[0]["depth"], asked[0]["again"]) == (
        "standard",
        "gatecontrol evidence --circuit gate --screen",
    )
    capsys.readouterr()


def test_json_is_the_scores_alone(run, capsys):
    assert run(json=True) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["circuit"], len(found["phenomena"])) == ("gate", 5)


def test_what_is_required_decides_the_code(run, capsys, tmp_path):
    (tmp_path / "one.json").write_text('["P01"]')
    assert run(only=["P01"], require=tmp_path / "one.json") == 0
    made = score(phenomena=[p for p in score().phenomena if p.id == "P02"])
    (tmp_path / "passed.json").write_text(made.model_dump_json())
    (tmp_path / "two.yaml").write_text("[P01, P03]")
    capsys.readouterr()
    assert run(require=tmp_path / "passed.json") == 0
    assert run(require=tmp_path / "two.yaml") == 1
    assert "required, but gate P03: fail\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("circuits", "options", "kind", "message"),
    [
        ((), {"fast": True, "full": True}, UsageError, "--fast and --full exclude each other"),
        ((), {"fast": True, "screen": True}, UsageError, "--screen looks with --fast first, and"),
        (("gaet",), {}, PluginError, "Did you mean 'gate'?"),
        ((), {"only": ["P99"]}, UsageError, "no phenomenon 'P99'.*There are: P01"),
        (("gate", "none.yaml"), {}, Exception, "none.yaml: error.E005.: no such file"),
    ],
)
def test_faults_are_told_before_anything_runs(run, circuits, options, kind, message):
    with pytest.raises(kind, match=message):
        run(circuits, **options)
    assert run.asked == []


def test_a_requirement_is_read_before_anything_runs(run, tmp_path):
    with pytest.raises(UsageError, match="--require .*none.yaml: cannot be read: No such file"):
        run(require=tmp_path / "none.yaml")
    (tmp_path / "ids.yaml").write_text("[P01, P02]")
    with pytest.raises(UsageError, match="P02 will not be scored, only P01"):
        run(only=["P01"], require=tmp_path / "ids.yaml")
    assert run.asked == []


def test_two_circuits_of_one_name_are_refused(run, tmp_path):
    from gatecontrol.circuits import circuit_path

    (tmp_path / "mine.yaml").write_text(circuit_path("gate").read_text())
    with pytest.raises(UsageError, match="two circuits are called gate: gate, .*mine.yaml; score"):
        run(["gate", str(tmp_path / "mine.yaml")])
