"""Further findings: their experiments load, and the table says what the numbers say."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import gatecontrol
from gatecontrol.citations import library
from gatecontrol.simulation.compiler import find_compiler

sys.path.insert(0, str(Path(__file__).parents[2]))
from benchmarks.further import EXPERIMENTS, chosen, table  # noqa: E402
from benchmarks.further_findings import FINDINGS, gate_loss  # noqa: E402
from benchmarks.further_verdicts import Comparison, verdict  # noqa: E402

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


def test_verdict_says_where_one_standard_error_could_have_turned_it() -> None:
    # mean 0.5, standard error 0.3
    assert Comparison("ratio", np.array([0.2, 0.8]), high=0.7).edge
    assert not Comparison("ratio", np.array([0.2, 0.8]), high=0.9).edge
    assert not Comparison("ratio", np.array([1.0, 1.0]), low=1).edge
    near = Comparison("ratio", np.array([0.2, 0.8]), high=0.7)
    assert verdict([near]) == "agrees (edge)"


def paired_volleys(fibre_class: str, left: dict[str, list[float]]) -> xr.Dataset:
    """Return what `test_response` measures, given the shares of the test that are left."""
    arms = [f"{s}_{a}" for s in left for a in ("conditioned", "test_alone", "first_alone")]
    spikes, background, first = [], [], 0.5
    for shares in left.values():
        spikes += [np.array(shares) * 4 + first, np.full(4, 5.0), np.full(4, first)]
        background += [np.zeros(4), np.ones(4), np.zeros(4)]
    onset = [0.08, 0.06, 0.04, 0.02]
    dims = ("fibre_class", "arm", "seed", "onset")
    intervals = np.broadcast_to(onset, (len(arms), 4))
    numbers = {"spikes": spikes, "background": background, "interval": intervals}
    return xr.Dataset(
        {
            f"test_{name}": (dims, np.repeat(np.array(rows)[None, :, None], 2, axis=2))
            for name, rows in numbers.items()
        },
        coords={"fibre_class": [fibre_class], "arm": arms, "onset": onset},
    )


def test_loss_of_the_gate_is_read_from_paired_volleys() -> None:
    # from the longest interval to the shortest; 0.8 of the response is crossed half-way
    left = {"naive": [0.9, 0.7, 0.5, 0.2], "injured": [1.0, 0.9, 0.7, 0.6]}
    found = gate_loss(paired_volleys("c", left), paired_volleys("abeta", left))
    size, time = (c.values for c in found[:2])
    np.testing.assert_allclose(size, 0.4 / 0.8)  # held down 20 ms after A fibres
    np.testing.assert_allclose(time, 50 / 70)
    assert [c.holds for c in found] == [True] * 4
    assert found[0].text.startswith("share of the C response held down 20 ms after A fibres")


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
