"""Many kinds of made-up results for the figures: few and many arms, sweeps, summaries."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from gatecontrol.analysis.results import Results

EXPERIMENT = """\
schema: 1
name: made_up
preparation: rat
stimuli:
  - {kind: volley, classes: [adelta, c], rate: 1 Hz, count: 6, onset: 1.5 s}
device: {kind: dbs, frequency: 20 Hz, pulse_width: 210 us, amplitude: 1 mA}
"""


def results_of(tree, experiment=""):
    return Results(tree, Path("nowhere"), experiment)


def repeated(data, dim, count, labels):
    """Return results with `count` labels along a dimension, its points repeated."""
    found = data.isel({dim: np.arange(count) % data.sizes[dim]})
    return found.assign_coords({name: (dim, values) for name, values in labels.items()})


def many_arms(tree):
    names = [
        f"Stimulator number {k} with a very long name, 20 Hz and 140 % of PT" for k in range(12)
    ]
    arms = [f"arm_{k}" for k in range(12)]
    data = repeated(tree.to_dataset(inherit=False), "arm", 12, {"arm": arms, "label": names})
    return xr.DataTree(data)


TARGETS = {
    "SCS 50 Hz": (140, 146), "SCS burst (40 Hz, 5 pulses)": (90, 140), "DRG 20 Hz": (140, 411),
    "PNS 100 Hz": (150, 948), "TENS 100 Hz": (150, 1090), "TENS 2 Hz": (300, 1077),
    "DBS 20 Hz": (100, 1100),
}  # fmt: skip
"""Names as in compare_targets -> amplitude and discomfort threshold [% of perception threshold]."""


def targets(tree):
    """Return seven arms with the names and thresholds of compare_targets, every one with a PT."""
    names = list(TARGETS)
    arms = [f"arm_{k}" for k in range(len(names))]
    root = tree.to_dataset(inherit=False)
    data = repeated(root, "arm", len(names), {"arm": arms, "label": names}).copy()
    amplitude, discomfort = np.array(list(TARGETS.values()), dtype=float).T / 100
    data["perception_threshold"] = xr.full_like(data["perception_threshold"], 3.5e-3)
    data["amplitude_relative"] = ("arm", amplitude)
    data["discomfort_threshold"] = ("arm", 3.5e-3 * discomfort)
    return xr.DataTree(data)


def one_arm(tree):
    data = tree.to_dataset(inherit=False).isel(arm=[0])
    found = xr.DataTree(data)
    found["spikes"] = xr.DataTree(tree["spikes"].to_dataset(inherit=False))
    return found


def over_amplitude(data, unit="%PT"):
    """Return a frequency sweep as one over the amplitude."""
    values = np.array([40.0, 80.0, 100.0, 120.0, 150.0, 200.0])
    data = data.rename(device_frequency="device_amplitude")
    data = data.rename(device_frequency_text="device_amplitude_text")
    texts = [f"{v:g} %PT" for v in values]
    data["device_amplitude"] = ("device_amplitude", values, {"units": unit})
    data["device_amplitude"].attrs["long_name"] = "device.amplitude"
    data["device_amplitude_text"] = ("device_amplitude", texts)
    threshold = xr.full_like(data["perception_threshold"], 3.0e-3)
    data["perception_threshold"] = threshold
    data["discomfort_threshold"] = threshold * xr.DataArray([1.4, 1.7], dims="arm")
    data["amplitude"] = threshold * data["device_amplitude"] / 100
    data["amplitude_relative"] = data["amplitude"] / threshold
    data["recruited"] = data["recruited"] * data["device_amplitude"] / 200
    return data


def two_axes(tree):
    """Return a sweep over amplitude and frequency, one cell without an estimate."""
    data = over_amplitude(tree.to_dataset(inherit=False))
    texts = ("5 Hz", "50 Hz", "100 Hz", "200 Hz")
    grown = [v for v in data.data_vars if "device_amplitude" in data[v].dims]
    wide = data[grown].expand_dims(device_frequency=[5.0, 50.0, 100.0, 200.0])
    data = data.drop_vars(grown).merge(wide)
    for name in grown:
        dims = [d for d in data[name].dims if d not in {"arm", "device_frequency"}]
        data[name] = data[name].transpose("arm", "device_frequency", *dims).copy()
    data["device_frequency"].attrs |= {"units": "Hz", "long_name": "device.frequency"}
    data = data.assign_coords(device_frequency_text=("device_frequency", list(texts)))
    weight = xr.DataArray([0.2, 0.6, 0.9, 1.0], dims="device_frequency")
    for part in ("pooled", "low", "high"):
        data[f"suppression_{part}"] = data[f"suppression_{part}"] * weight
    data["suppression_pooled"] = data["suppression_pooled"].transpose(
        "arm", "device_frequency", "device_amplitude", "epoch"
    )
    data["suppression_pooled"].values[0, 1, 2] = np.nan
    return xr.DataTree(data)


def fifty_lines(tree):
    """Return a sweep of 50 arms."""
    names = [f"Programme {k}" for k in range(50)]
    labels = {"arm": [f"arm_{k}" for k in range(50)], "label": names}
    return xr.DataTree(repeated(tree.to_dataset(inherit=False), "arm", 50, labels))


def long_sweep(tree):
    """Return a sweep of 10 000 points along one axis, one arm."""
    data = tree.to_dataset(inherit=False).isel(arm=[0], seed=[0])
    values = np.linspace(1.0, 1000.0, 10_000)
    labels = {"device_frequency": values, "device_frequency_text": [f"{v:.6g} Hz" for v in values]}
    about = data["device_frequency"].attrs
    data = repeated(data, "device_frequency", 10_000, labels)
    data["device_frequency"].attrs |= about
    return xr.DataTree(data)


def with_fits(tree):
    """Return an amplitude sweep with the groups of fits and contrasts."""
    data = over_amplitude(tree.to_dataset(inherit=False))
    found = xr.DataTree(data)
    fine = np.geomspace(40.0, 200.0, 101)
    hill = 0.4 * fine**4 / (110.0**4 + fine**4)
    outer = ("arm", "epoch")
    shape = (data.sizes["arm"], data.sizes["epoch"])
    fits = {}
    for end, factor in (("", 1.0), ("_low", 0.8), ("_high", 1.2)):
        curve = np.broadcast_to(factor * hill, (*shape, fine.size))
        fits[f"dose_curve{end}"] = ((*outer, "dose_fine"), curve.copy())
        fits[f"dose_ed50{end}"] = (outer, np.full(shape, 110.0 * factor))
    coords = {"arm": data["arm"], "epoch": data["epoch"], "dose_fine": fine}
    found["fits"] = xr.DataTree(xr.Dataset(fits, coords))
    p_adjusted = xr.full_like(data["suppression_pooled"], 0.0123)
    p_adjusted[0] = 1e-5
    contrasts = xr.Dataset({"p_adjusted": p_adjusted, "p_value": p_adjusted / 2})
    found["contrasts"] = xr.DataTree(contrasts)
    return found


def with_summaries(tree):
    """Return three arms with the variables of measures across points and of time courses."""
    data = tree.to_dataset(inherit=False).copy()
    arms, seeds, epochs = data.sizes["arm"], data.sizes["seed"], data.sizes["epoch"]
    rng = np.random.default_rng(1)
    time = np.arange(0.25, 9, 0.5)
    data["time_bin"] = ("time_bin", time)
    course = rng.gamma(20, 1.5, (arms, seeds, time.size))
    data["time_course_off"] = (("arm", "seed", "time_bin"), course)
    during = (time > 2.5) & (time < 7.7)
    data["time_course"] = (("arm", "seed", "time_bin"), course * np.where(during, 0.6, 1.0))
    frequency = np.arange(0.0, 101.0)
    data["frequency"] = ("frequency", frequency)
    flat = rng.gamma(9, 0.1, (arms, seeds, epochs, frequency.size))
    data["rate_spectrum_off"] = (("arm", "seed", "epoch", "frequency"), flat)
    line = 1 + 30 * (frequency == 50)
    data["rate_spectrum"] = (("arm", "seed", "epoch", "frequency"), flat * line)
    shares = {"decreased": 0.62, "unchanged": 0.33, "increased": 0.05}
    for name, share in shares.items():
        for end, by in (("", 0.0), ("_low", -0.04), ("_high", 0.04)):
            values = np.full((arms, epochs), share + by)
            data[f"cells_{name}{end}"] = (("arm", "epoch"), values)
    data["cells_classified"] = (("arm", "epoch"), np.full((arms, epochs), 240.0))
    data["cells_changed_by_chance"] = (("arm", "epoch"), np.full((arms, epochs), 0.11))
    numbers = {
        "onset_delay": 0.2, "recovery_time_constant": 0.8, "inhibition_duration": 1.3,
        "residual_inhibition": -0.05,
    }  # fmt: skip
    window = {
        "suppression_at_perception": 0.1, "suppression_at_discomfort": 0.35,
        "amplitude_half_effect": 3.4e-3, "amplitude_effective": 3.8e-3,
    }  # fmt: skip
    for end, factor in (("", 1.0), ("_low", 0.7), ("_high", 1.3)):
        for name, number in numbers.items():
            data[f"{name}{end}"] = ("arm", np.full(arms, factor * number))
        for name, number in window.items():
            data[f"{name}{end}"] = (("arm", "epoch"), np.full((arms, epochs), factor * number))
    return xr.DataTree(data)


def sampled(tree):
    """Return results with Sobol indices of two parameters."""
    found = xr.DataTree(tree.to_dataset(inherit=False))
    dims = ("arm", "epoch", "parameter")
    arms, epochs = tree["arm"], tree["epoch"]
    values = np.broadcast_to([0.7, 0.2], (arms.size, epochs.size, 2))
    indices = {
        f"suppression_{order}{end}": (dims, values * part + by)
        for order, part in (("total", 1.0), ("first_order", 0.8))
        for end, by in (("", 0.0), ("_low", -0.1), ("_high", 0.1))
    }
    indices["suppression_status"] = (dims[:2], np.full((arms.size, epochs.size), "", dtype=object))
    paths = np.array(["device.amplitude", "circuit.weight"], dtype=object)
    coords = {"arm": arms.values, "epoch": epochs.values, "parameter": paths}
    coords["label"] = ("arm", tree["label"].values)
    found["sensitivity"] = xr.DataTree(xr.Dataset(indices, coords))
    return found


def aligned(tree):
    """Return wind-up with the measure of a histogram around its volleys."""
    data = tree.to_dataset(inherit=False).copy()
    time = np.arange(-47.5, 500, 5) * 1e-3
    data["psth_time"] = ("psth_time", time)
    dims = ("arm", "stimuli_0_rate", "seed", "epoch", "psth_time")
    rate = np.random.default_rng(2).gamma(4, 2.0, tuple(data.sizes[d] for d in dims))
    data["psth_rate"] = (dims, rate + 60 * np.exp(-(((time - 0.15) / 0.02) ** 2)))
    data["psth_rate_off"] = data["psth_rate"]
    data["preparation"] = xr.full_like(data["preparation"], "rat")
    return xr.DataTree(data)


def conditioned(tree):
    """Return a sweep over the onset of a test volley, with its conditioning-test curve."""
    data = tree.to_dataset(inherit=False)
    data = data.rename(device_frequency="stimuli_1_onset")
    data = data.rename(device_frequency_text="stimuli_1_onset_text")
    classes = [str(c) for c in data["fibre_class"].values]
    shape = (data.sizes["arm"], len(classes), data.sizes["stimuli_1_onset"])
    dims = ("arm", "fibre_class", "stimuli_1_onset")
    interval = np.full(shape, np.nan)
    interval[:, classes.index("c")] = np.array([10, 20, 50, 100, 200, 400]) * 1e-3
    response = 1 - 0.7 * np.exp(-interval / 0.1)
    for end, by in (("", 0.0), ("_low", -0.1), ("_high", 0.1)):
        data[f"conditioned_response{end}"] = (dims, response + by)
    data["conditioning_interval"] = (dims, interval)
    data["a_on_c_window"] = ("arm", np.array([0.125, np.nan]))
    data["a_on_a_window"] = ("arm", np.full(2, np.nan))
    return xr.DataTree(data)


@pytest.fixture(scope="session")
def kinds(compared, swept, wound):
    return {
        "few arms": results_of(compared, EXPERIMENT),
        "seven targets": results_of(targets(compared)),
        "twelve arms": results_of(many_arms(compared)),
        "one arm": results_of(one_arm(compared)),
        "one axis": results_of(swept),
        "two axes": results_of(two_axes(swept)),
        "fifty lines": results_of(fifty_lines(swept)),
        "10 000 points": results_of(long_sweep(swept)),
        "wind-up": results_of(wound),
        "fits": results_of(with_fits(swept)),
        "summaries": results_of(with_summaries(compared)),
        "conditioning": results_of(conditioned(swept)),
        "sensitivity": results_of(sampled(compared)),
        "histogram": results_of(aligned(wound), EXPERIMENT),
    }
