"""Further findings: their experiments load, and the table says what the numbers say."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

import gatecontrol
from gatecontrol.citations import library
from gatecontrol.simulation.compiler import find_compiler

sys.path.insert(0, str(Path(__file__).parents[2]))
from benchmarks.further import EXPERIMENTS, chosen, table  # noqa: E402
from benchmarks.further_findings import FINDINGS, Comparison, verdict  # noqa: E402

del sys.path[0]

FILES = sorted(EXPERIMENTS.glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_experiment_loads_and_names_what_it_is_compared_with(path: Path) -> None:
    experiment = gatecontrol.load(path)
    assert experiment.name == path.stem
    told = experiment.look_for
    uses = [one for one in FINDINGS if path.stem in one.experiments]
    assert uses
    for one in uses:
        assert set(one.ids.split(", ")) <= set(re.findall(r"\b[A-Z]\d\d\b", told))
        assert all(key in told for key in one.sources)


def test_findings_are_told_apart_and_cited() -> None:
    ids = [id_ for one in FINDINGS for id_ in one.ids.split(", ")]
    assert len(ids) == len(set(ids))
    names = {name for one in FINDINGS for name in one.experiments}
    assert names == {path.stem for path in FILES}
    assert {key for one in FINDINGS for key in one.sources} <= set(library())


def test_verdict_follows_from_the_means() -> None:
    below = Comparison("ratio", np.array([0.2, 1.0]), high=1)
    above = Comparison("ratio", np.array([0.2, 1.0]), low=1)
    none = Comparison("ratio", np.array([0.2, np.nan]), high=1)
    assert verdict([below]) == "agrees"
    assert verdict([above]) == verdict([none]) == "contradicts"
    assert verdict([below, above]) == "partly"
    assert str(below) == "ratio: 0.6 (0.2 to 1), wanted below 1"
    assert str(above).endswith("wanted above 1")
    assert str(Comparison("x", np.array([0.5]), 0.25, 0.85)).endswith("wanted 0.25 to 0.85")


def test_unknown_finding_is_refused_with_those_there_are() -> None:
    with pytest.raises(SystemExit, match=r"no finding Q99; there are G04, .*D02"):
        chosen(["Q99"])
    assert [one.ids for one in chosen(["B05"])] == ["B04, B05, B12"]


@pytest.mark.skipif(find_compiler() is None, reason="needs a C++ compiler")
def test_table_of_a_quick_group(tmp_path: Path) -> None:
    data = gatecontrol.run(EXPERIMENTS / "lamina1.yaml", tmp_path, overrides=["seeds=2"]).data
    findings = chosen(["G32"])
    _, _, row = table({"lamina1": data}, findings).splitlines()
    found = findings[0].compare(data)
    assert all(len(c.values) == 2 and np.isfinite(c.values).all() for c in found)
    _, finding, source, measured, said, _ = (cell.strip() for cell in row.split("|"))
    assert finding.startswith("**G32** A-beta fibres inhibit lamina I")
    assert source == "luz2014"
    assert measured == "; ".join(str(c) for c in found)
    assert said == verdict(found)
    # A-beta fibres arrive first: what A-delta fibres evoke cannot be as much as without them
    assert found[1].values.mean() < 1
