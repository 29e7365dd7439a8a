"""A tiny sensitivity design from file to indices: same bytes, resumed, on record."""

import numpy as np
import pytest
import xarray as xr

import gatecontrol

from .conftest import Inline, same_bytes

DESIGN = """\
schema: 1
name: design
preparation: rat
circuit: {name: gate, conditions: [injured]}
stimuli:
  - {kind: pinch, onset: 10 ms, duration: 0.18 s}
run: {duration: 0.2 s, device_on: 60 ms, device_off: 0.18 s}
arms:
  scs: {device: {kind: scs, frequency: 50 Hz, pulse_width: 300 us, amplitude: "120 %PT"}}
  nothing: {}
sweep:
  sensitivity:
    samples: 4
    ranges:
      circuit.set.receptors.gaba_a.reversal: [-75 mV, -60 mV]
      device.frequency: {low: 50 Hz, high: 150 Hz, scale: log}
seeds: 2
record: {spikes: none}
"""
SIZE = 4 * (2 + 2)


@pytest.fixture
def design(small):
    (small.parent / "design.yaml").write_text(DESIGN)
    return small.parent


def test_the_indices_are_in_the_results(carry, design):
    done = carry(file="design.yaml")
    results = gatecontrol.open_results(done.folder)
    data = results.data
    assert data.sizes["sample"] == SIZE
    assert data["device_frequency"].dims == ("sample",)
    assert data["device_frequency"].attrs == {
        "units": "Hz", "long_name": "device.frequency", "low": 50.0, "high": 150.0, "scale": "log",
    }  # fmt: skip
    assert data["circuit_set_receptors_gaba_a_reversal"].attrs["units"] == "V"
    found = results.tree["sensitivity"].to_dataset()
    during = found.sel(epoch="during")
    assert np.isfinite(during["suppression_total"].sel(arm="scs")).all()
    nothing = during.sel(arm="nothing")
    assert nothing["suppression_status"] == "the output is the same in every sample"
    # the device's frequency can change nothing where there is no device
    frequency = nothing["pain_signal_total"].sel(parameter="device.frequency")
    assert float(frequency) == 0
    assert float(nothing["pain_signal_variance"]) > 0
    assert {"saltelli2010", "herman2017"} <= set(results.run["references"])
    assert results.run["packages"]["salib"]
    # by hand it gives the same
    from gatecontrol.analysis.sensitivity import sensitivity

    again = sensitivity(data)
    for name in again.data_vars:
        if again[name].dtype.kind == "f":
            assert again[name].values.tobytes() == found[name].values.tobytes(), name


class Half:
    """Computes some trials, backwards, then is interrupted."""

    def run(self, tasks):
        for task in tasks[: len(tasks) // 2 : -1]:
            yield from Inline().run([task])
        raise KeyboardInterrupt


def test_interrupted_and_resumed_by_two_workers_it_has_the_same_bytes(carry, design, command):
    from gatecontrol.experiment.computing import Interrupted

    one = carry(file="design.yaml", out="one")
    with pytest.raises(Interrupted):
        carry(file="design.yaml", out="results/design", executor=Half())
    done = command("run", "design.yaml", "--workers", 2)
    assert done.code == 0, done.err
    assert "were finished before" in done.err
    same_bytes(one.folder / "results.nc", design / "results/design/results.nc")
    # the resolved file has the same design: nothing is left to compute
    again = carry(file="results/design/experiment.yaml", out="results/design")
    assert again.computed == 0
    assert done.lines[-1] == "Results: results/design"


def test_a_larger_design_takes_over_nothing_twice(carry, design):
    """A Sobol sequence is continued by more samples, so their trials are found again."""
    first = carry(file="design.yaml")
    more = carry("sweep.sensitivity.samples=8", file="design.yaml")
    assert more.reused == first.trials
    with xr.open_datatree(more.folder / "results.nc") as tree:
        assert tree.sizes["sample"] == 2 * SIZE
