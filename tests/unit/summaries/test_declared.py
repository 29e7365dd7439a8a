"""The summaries as plug-ins: what they declare is what they return, or NaN with a reason."""

import subprocess
import sys

import numpy as np
import pytest

from gatecontrol.analysis.base import Summary
from gatecontrol.analysis.summaries import declared
from gatecontrol.experiment.measured import with_summary
from gatecontrol.plugins import load_plugin, plugins

SUMMARIES = [getattr(declared, name) for name in declared.__all__]


@pytest.mark.parametrize("summary", SUMMARIES, ids=lambda s: s.name)
def test_it_is_registered_under_its_name_and_requires_what_there_is(summary):
    assert issubclass(summary, Summary)
    assert load_plugin("measures", summary.name) is summary
    for name in summary.requires:
        assert name in plugins("measures")


def test_declaring_imports_no_numpy():
    code = """
import sys
from gatecontrol.analysis.summaries import declared
for name in declared.__all__:
    getattr(declared, name)()
print(sorted({"numpy", "xarray", "scipy"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    "summary",
    [s for s in SUMMARIES if s is not declared.CostOfSuppression],
    ids=lambda s: s.name,
)
def test_results_that_do_not_fit_give_nan_and_the_reason(summary, make):
    signal = np.ones((1, 2, 5, 1))
    root = make(signal, signal, {"device_frequency": [10.0, 50.0]}, path="device.frequency")
    found = with_summary(root, summary())
    for variable in summary.variables:
        assert np.isnan(found[variable.name]).all()
        reason = found[f"{variable.name}_status"].item()
        assert reason.startswith("no sweep axis") or "to measures" in reason


def test_a_slope_has_the_unit_of_its_axis(make):
    force = np.array([0.1, 0.2, 0.4])
    signal = (5 + 20 * force)[None, :, None, None] * np.ones((1, 3, 6, 1))
    root = make(signal, signal, {"stimuli_0_force": force}, units="N")
    found = with_summary(root, declared.EncodingSlope())
    np.testing.assert_allclose(found["encoding_slope"], 20.0)
    assert found["encoding_slope"].attrs["units"] == "spikes/s per N"
    assert found["encoding_slope_ratio"].attrs["units"] == "1"
    assert found["encoding_slope_ratio"].item() == 1.0
