"""Summaries of real runs: from the experiment file to variables of `results.nc`."""

from pathlib import Path

import numpy as np
import pytest

import gatecontrol
from gatecontrol.analysis.summaries.declared import ConditioningTest

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    out = tmp_path_factory.mktemp("summaries")
    return gatecontrol.run(DATA / "conditioning.yaml", out=out, workers=1).data


def test_a_volley_before_a_c_volley_reduces_its_response_for_a_while(data):
    found = data.sel(arm="conditioned")
    response = found["conditioned_response"].sel(fibre_class="c")
    # swept from the longest interval to the shortest
    np.testing.assert_allclose(
        found["conditioning_interval"].sel(fibre_class="c"), [0.15, 0.1, 0.06, 0.02], atol=2e-4
    )
    assert (np.diff(response) < 0).all()
    assert response[-1] < 0.5
    window = found["a_on_c_window"].item()
    assert 0.02 < window < 0.15
    assert found["a_on_c_window_low"].item() <= window <= found["a_on_c_window_high"].item()
    assert found["a_on_a_window_status"].item() == "no abeta test volley after an A volley"
    assert found["a_on_c_window"].attrs["units"] == "s"


def test_the_test_alone_against_itself_is_no_reduction(data):
    alone = data.sel(arm="test_alone")
    assert np.isnan(alone["conditioned_response"]).all()
    assert alone["a_on_c_window_status"].item() == "no c test volley after an A volley"


def test_computed_again_by_hand_it_is_the_same(data):
    summary = ConditioningTest.from_config({"alone": "first_alone"})
    again = summary.summary(data)
    for name in again.data_vars:
        assert again[name].identical(data[name]) or name.endswith("_status"), name


def test_what_a_device_leaves_behind(tmp_path):
    data = gatecontrol.run(DATA / "after_effect.yaml", out=tmp_path, workers=1).data.squeeze("arm")
    assert data["inhibition_at_offset"] > 0.2
    # spikes take up to 0.1 s from the brainstem, synapses longer
    assert 0 < data["onset_delay"] < 0.4
    assert data["residual_inhibition"] < data["inhibition_at_offset"]
    during = data.sel(epoch="during")
    shares = [during[f"cells_{name}"].item() for name in ("decreased", "unchanged", "increased")]
    assert sum(shares) == pytest.approx(1.0)
    assert shares[0] > 0.5
    cells = during["cells_classified"] + during["cells_too_few_spikes"]
    assert cells == data.sizes["seed"] * data.sizes["cell"]
    assert data["cost_charge"] * 100 * during["suppression_pooled"] == pytest.approx(
        data["charge_per_second"].item()
    )
