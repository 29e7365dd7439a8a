"""The commands fit and robustness with real simulations, on a shortened protocol of P01."""

import json
from pathlib import Path

import pytest

from gatecontrol.cli import main
from gatecontrol.evidence.base import Protocol
from gatecontrol.evidence.phenomena.p01_single_pulse import SinglePulse

WEIGHT = "pathways.inhibitory_local_to_projection_deep.weights.gaba_a"
FIT = f"""\
schema: 1
name: short
circuit: gate
phenomena: [P01.minimum]
seeds: 5
trials: 2
parameters:
  gate: {{names: {WEIGHT}, factor: {{low: 0.5, high: 2}}}}
"""


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    fast = ("run.duration=2.6 s", "run.device_on=0.5 s", "run.device_off=2.5 s")
    protocol = Protocol("single_pulse", fast=fast, controls=False)
    monkeypatch.setattr(SinglePulse, "protocols", (protocol,))


def call(*words: str) -> int:
    with pytest.raises(SystemExit) as end:
        main([*words, "--workers", "1"])
    return int(end.value.code or 0)


@pytest.mark.usefixtures("short")
def test_a_fit_writes_its_record_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("optuna")
    (tmp_path / "short.yaml").write_text(FIT)
    words = ("fit", str(tmp_path / "short.yaml"), "--out", str(tmp_path / "out"))
    assert call(*words, "--trials", "1") == 0
    shown = capsys.readouterr()
    assert "P01.minimum" in shown.out
    assert "trial 1 of 1" in shown.out
    assert call(*words, "--json") == 0
    shown = capsys.readouterr()
    record = json.loads(shown.out)
    assert "trial 2 of 2" in shown.err
    assert "trial 1 of 2" not in shown.err  # the first was kept
    first, second = record["trials"]
    assert first["values"] == {"gate": 1.0}
    assert 0.5 <= second["values"]["gate"] <= 2
    # The weight reached the simulation: another circuit, other numbers.
    assert first["parts"][0]["value"] != second["parts"][0]["value"]
    assert all(0 <= row["parts"][0]["value"] < 5 for row in record["trials"])
    assert WEIGHT in (tmp_path / "out" / "fitted.yaml").read_text()


@pytest.mark.usefixtures("short")
def test_robustness_writes_its_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("robustness", "--only", "P01", "--by", "number", "--parameters", WEIGHT)
    assert call(*words, "--factors", "0.5", "--seeds", "5", "--out", str(tmp_path)) == 0
    assert f"{WEIGHT}" in capsys.readouterr().out
    assert (tmp_path / "robustness.csv").read_text().count(f"{WEIGHT},0.5,P01,") == 4
    text = (tmp_path / "robustness.md").read_text()
    assert f"| {WEIGHT} | 1 | 0.5 |" in text


@pytest.mark.usefixtures("short")
def test_variants_of_one_run_are_what_they_are_alone(tmp_path: Path) -> None:
    from gatecontrol.errors import ExperimentError
    from gatecontrol.evidence.battery import run_battery, run_variants
    from gatecontrol.experiment.progress import Silent

    settings = {"only": ["P01"], "depth": "fast", "seeds": 5, "workers": 1, "progress": Silent()}
    changes = [{}, {WEIGHT: "-1 nS"}, {WEIGHT: "0.1 nS"}]
    first, refused, third = run_variants("gate", changes, out=tmp_path / "all", **settings)
    assert isinstance(refused, ExperimentError)
    alone = run_battery("gate", changes=changes[2], out=tmp_path / "one", **settings)
    measured = [[m.value for m in s.verdicts[0].measured] for s in (first, third, alone)]
    assert measured[1] == measured[2] != measured[0]
    with pytest.raises(ExperimentError, match="must be >= 0, got -1 nS"):
        run_battery("gate", changes=changes[1], out=tmp_path / "one", **settings)


def test_factors_that_are_no_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("robustness", "--factors", "0.8;1.2") == 2
    assert "--factors takes numbers such as 0.8,1.2, not '0.8;1.2'" in capsys.readouterr().err
