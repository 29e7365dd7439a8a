"""Cells that fire less, as before, or more: counts by hand, and what chance would give."""

import numpy as np
import pytest

from gatecontrol.analysis.summaries.heterogeneity import (
    chance_of_change,
    classified,
    heterogeneity,
)
from gatecontrol.errors import GatecontrolError


def test_counts_by_hand():
    off = [[10.0, 10.0, 10.0, 10.0, 9.0], [20.0, 20.0, np.nan, 50.0, 0.0]]
    on = [[7.0, 8.0, 12.0, 13.0, 0.0], [24.0, 25.0, 3.0, 10.0, 5.0]]
    found = classified(on, off)
    assert {name: counts.tolist() for name, counts in found.items()} == {
        "decreased": [1, 1],
        "unchanged": [2, 1],  # a change of exactly 20 % is none
        "increased": [1, 1],
        "too_few": [1, 1],
    }


def test_chance_by_hand_and_by_simulation():
    # 10 and 10 spikes: 20 in all; less than 8/18 and more than 12/22 of them, exactly:
    # 8 or fewer (2 * 0.2517) or 11 or more
    assert chance_of_change([[10.0]], [[10.0]]) == pytest.approx(0.251722 + 0.411901, abs=1e-6)
    rng = np.random.default_rng(3)
    on, off = rng.poisson(30, (400, 50)), rng.poisson(30, (400, 50))
    counts = classified(on, off)
    changed = (counts["decreased"].sum() + counts["increased"].sum()) / on.size
    # 20,000 cells: an error of 0.35 points
    assert chance_of_change(on, off) == pytest.approx(changed, abs=0.012)


def test_many_spikes_leave_little_to_chance():
    assert chance_of_change(np.full((1, 3), 2000.0), np.full((1, 3), 2000.0)) < 1e-7
    assert np.isnan(chance_of_change([[5.0]], [[5.0]]))


@pytest.fixture
def data(make):
    """Twelve seeds of ten cells with 40 control spikes: 6 fall, 3 stay, 1 rises; two are silent."""
    off = np.full((1, 12, 12, 2), 20.0)
    off[:, :, 10:] = 0.5
    share = np.array([0.5] * 6 + [1.1] * 3 + [1.5] + [1.0] * 2)
    on = off * share[:, None]
    on[..., 0] = np.nan
    dims = ("arm", "seed", "cell", "epoch")
    more = {
        "cell_rate": (dims, on),
        "cell_rate_off": (dims, off),
        "epoch_start": (("arm", "epoch"), [[0.0, 1.0]]),
        "epoch_stop": (("arm", "epoch"), [[1.0, 3.0]]),
    }
    signal = np.ones((1, 12, 2))
    return make(signal, signal, {}, epochs=("before", "during"), **more)


def test_summary(data):
    found = heterogeneity(data).sel(arm="scs", epoch="during")
    shares = [found[f"cells_{name}"].item() for name in ("decreased", "unchanged", "increased")]
    assert shares == pytest.approx([0.6, 0.3, 0.1])
    assert found["cells_decreased_low"].item() == pytest.approx(0.6)  # every seed is the same
    assert (found["cells_classified"], found["cells_too_few_spikes"]) == (120, 24)
    assert 0 < found["cells_changed_by_chance"].item() < 0.5
    assert found["cells_decreased_status"].item() == ""


def test_an_epoch_without_rates_says_so(data):
    found = heterogeneity(data).sel(arm="scs", epoch="before")
    for name in ("cells_decreased", "cells_classified", "cells_changed_by_chance"):
        assert np.isnan(found[name].item())
        assert found[f"{name}_status"].item() == "no seed has rates of cells in this epoch"


def test_populations_stay_apart_and_the_bounds_can_be_moved(data):
    two = data.assign({
        name: data[name].expand_dims(population=["deep", "lamina1"])
        for name in ("cell_rate", "cell_rate_off")
    })
    found = heterogeneity(two, change=0.05, least_spikes=1).sel(epoch="during")
    assert found["cells_increased"].dims == ("arm", "population")
    np.testing.assert_allclose(found["cells_increased"], [[4 / 12] * 2])
    assert (found["cells_too_few_spikes"] == 0).all()


def test_without_any_cell_to_classify(data):
    found = heterogeneity(data, least_spikes=1e6).sel(arm="scs", epoch="during")
    assert found["cells_decreased_status"].item() == "no cell has 1e+06 control spikes"
    assert found["cells_too_few_spikes"].item() == 144


def test_results_without_rates_of_cells_are_refused(make):
    signal = np.ones((1, 5, 1))
    with pytest.raises(GatecontrolError, match="add cell_rates to measures"):
        heterogeneity(make(signal, signal, {}))
