"""The registry: every figure of many kinds of results has data, words, units and no overlap."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.figure import Figure

from gatecontrol.analysis.figures import SPECS
from gatecontrol.analysis.results import Results
from gatecontrol.errors import GatecontrolError

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
        "twelve arms": results_of(many_arms(compared)),
        "one arm": results_of(one_arm(compared)),
        "one axis": results_of(swept),
        "two axes": results_of(two_axes(swept)),
        "10 000 points": results_of(long_sweep(swept)),
        "wind-up": results_of(wound),
        "fits": results_of(with_fits(swept)),
        "summaries": results_of(with_summaries(compared)),
        "conditioning": results_of(conditioned(swept)),
        "sensitivity": results_of(sampled(compared)),
        "histogram": results_of(aligned(wound), EXPERIMENT),
    }


KINDS = (
    "few arms", "twelve arms", "one arm", "one axis", "two axes", "10 000 points", "wind-up",
    "fits", "summaries", "conditioning", "histogram", "sensitivity",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_figure_of_every_kind_of_results(kinds, kind, assert_legible, assert_units):
    if kind == "sensitivity":
        pytest.importorskip("gatecontrol.analysis.figures.sensitivity")
    results = kinds[kind]
    names = results.plots()
    assert names
    for name in names:
        figure = results.plot(name)
        assert_legible(figure)
        if name != "circuit":
            assert_units(figure)
        spec = SPECS[name]
        words = spec.alt(results)
        assert len(words) > 60, name
        assert words.endswith("."), name
        assert "nan" not in words.replace("nanomolar", ""), (name, words)
        assert spec.caption(results).endswith("."), name
        data = results.plot_data(name)
        assert isinstance(data, pd.DataFrame | xr.Dataset), name
        assert len(data) > 0, name


def test_every_figure_has_a_kind_of_results_here(kinds):
    drawn = {name for results in kinds.values() for name in results.plots()}
    assert drawn == set(SPECS)


def test_names_and_files_are_one_each():
    assert all(name == spec.name for name, spec in SPECS.items())
    assert all(spec.title and not spec.title.endswith(".") for spec in SPECS.values())


@pytest.mark.parametrize("kind", ["few arms", "two axes", "summaries"])
def test_figures_are_drawn_where_they_are_told(kinds, kind):
    results = kinds[kind]
    for name in results.plots():
        page = Figure(figsize=(14, 18), layout="constrained")
        if not SPECS[name].panels:
            ax = page.add_subplot()
            assert results.plot(name, ax=ax) is page
            assert page.axes[0] is ax
        else:
            left, _ = page.subfigures(1, 2)
            assert results.plot(name, ax=left) is page
            assert left.axes
        page.draw_without_rendering()


def test_a_wrong_place_is_refused(kinds):
    results, page = kinds["few arms"], Figure()
    with pytest.raises(GatecontrolError, match="is drawn into one Axes; .*, not Figure"):
        results.plot("forest", ax=page)
    with pytest.raises(GatecontrolError, match="has several panels; give a Figure or SubFigure"):
        results.plot("raster", ax=page.add_subplot())


def test_unknown_and_unavailable_figures_are_named(kinds):
    results = kinds["few arms"]
    with pytest.raises(GatecontrolError, match=r"no figure 'forrest'\. Did you mean 'forest'\?"):
        results.plot("forrest")
    with pytest.raises(
        GatecontrolError, match="no data for the figure 'windup' .*they have: forest"
    ):
        results.plot_data("windup")


def test_arms_and_values_are_chosen(kinds):
    results = kinds["two axes"]
    data = results.plot_data("forest", arm="dbs", device_frequency="50 Hz")
    assert set(data["arm"]) == {"dbs"}
    assert set(data["device_frequency"]) == {50.0}
    two = results.plot_data("forest", device_frequency=[50.0, "200 Hz"])
    assert set(two["device_frequency"]) == {50.0, 200.0}
    with pytest.raises(GatecontrolError, match="no arm 'pns'; there are: scs, dbs"):
        results.plot("forest", arm="pns")
    with pytest.raises(GatecontrolError, match="no 'frequency' to choose from; known: arm, dev"):
        results.plot("forest", frequency="50 Hz")


def test_another_arm_is_shown_when_asked(kinds):
    results = kinds["few arms"]
    page = results.plot("raster", arm="scs")
    assert "SCS 50 Hz tonic, seed 1" in page.get_suptitle()
    assert "DBS" in results.plot("raster").get_suptitle()


def test_what_is_chosen_keeps_its_fits_and_contrasts(kinds):
    results = kinds["fits"]
    data = results.plot_data("forest", arm="dbs")
    assert set(data["p_adjusted"]) == {0.0123}
    from gatecontrol.analysis.figures.curves import fits_of
    from gatecontrol.analysis.figures.registry import choose

    (curve,) = fits_of(choose(results, {"arm": "scs"}), "device_amplitude").values()
    assert curve.told == "ED50 110 % of perception threshold [88, 132]"
    assert curve.curve[0].max() == pytest.approx(40 * 200**4 / (110**4 + 200**4))


def test_numbers_of_a_figure_are_those_of_the_results(kinds):
    results = kinds["few arms"]
    data = results.plot_data("forest").set_index(["arm", "epoch"])
    root = results.data.sel(epoch="during")
    for arm in ("scs", "tens", "dbs"):
        found = data.loc[arm, "during"]
        assert found["suppression_pooled"] == float(root["suppression_pooled"].sel(arm=arm))
    rates = results.plot_data("circuit").set_index("name")
    assert rates.loc["excitatory", "on"] == 8.0  # of every made-up trial
    assert rates.loc["abeta_centre", "off"] == 50.0


def test_the_charge_on_the_safety_plane_is_that_of_its_k(kinds):
    data = kinds["few arms"].plot_data("safety")
    micro = 1e6 * data["contact_charge"]
    assert np.allclose(np.log10(micro) + np.log10(1e2 * data["charge_density"]), data["shannon_k"])
    assert "below 1.5" in SPECS["safety"].alt(kinds["few arms"])


def test_more_than_24_rows_say_what_is_left_out(kinds, visible_texts):
    texts = " ".join(w for w, _ in visible_texts(kinds["two axes"].plot("forest")))
    assert "the first 24 of 48 rows" in texts
    assert "24 more rows are not drawn." in SPECS["forest"].alt(kinds["two axes"])


def test_a_missing_cell_of_a_map_is_told(kinds):
    words = SPECS["heat_map"].alt(kinds["two axes"])
    assert "1 of 24 cells without an estimate" in words


def test_thresholds_are_marked_on_an_amplitude_axis_only(kinds, visible_texts):
    texts = " ".join(w for w, _ in visible_texts(kinds["fits"].plot("dose_response")))
    assert "PT 100 %" in texts
    assert "DT 140 %\n(SCS 50 Hz tonic)" in texts
    texts = " ".join(w for w, _ in visible_texts(kinds["one axis"].plot("dose_response")))
    assert "PT" not in texts


def test_volleys_are_those_of_the_experiment(kinds):
    from gatecontrol.analysis.figures.psth import volleys_of
    from gatecontrol.analysis.figures.rows import rows_of
    from gatecontrol.preparations import load_preparation

    results = kinds["few arms"]
    row = next(rows_of(results.data))
    found = volleys_of(results, row)
    assert found.times.tolist() == [1.5, 2.5, 3.5, 4.5, 5.5, 6.5]
    body = load_preparation("human")  # of the results, whatever the text says
    assert found.windows["adelta"][0] == body.latency("adelta").earliest
    assert found.length == 1.0
    data = results.plot_data("psth")
    (first,) = (
        data
        .query("device == 'off' and population == 'projection_deep'")["rate"]
        .groupby(lambda _: 0)
        .mean()
    )
    assert first == pytest.approx(10, rel=0.1)  # 10 /s without, whatever the time after a volley


def test_a_run_without_device_has_its_rates_once(kinds):
    data = kinds["wind-up"].plot_data("circuit")
    assert data["off"].isna().all()
    assert (data.loc[data["name"] == "excitatory", "on"] == 8.0).all()


def test_the_field_is_that_of_the_arm(kinds):
    data = kinds["few arms"].plot_data("field")
    assert float(data["potential_along"].min()) < 0
    assert data["potential_along"].attrs["units"] == "V/A"


def test_a_report_leaves_out_what_says_nothing(kinds):
    from gatecontrol.analysis.figures import drawings

    names = [d.name for d in drawings(kinds["10 000 points"])]
    assert "suppression_by_arm" not in names
    assert "suppression_by_device_frequency" in names
    assert len(SPECS["dose_response"].alt(kinds["10 000 points"])) < 1000
