"""All measures of a trial on a real run, held to each other where they count the same spikes."""

import numpy as np
import pytest

import gatecontrol

pytestmark = pytest.mark.integration

ALL = """\
schema: 1
name: all
preparation: rat
stimuli:
  - {kind: volley, classes: [adelta, c], rate: 1 Hz, count: 3, onset: 0.5 s}
  - {kind: brush, onset: 3.2 s, duration: 0.4 s}
device: {kind: scs, frequency: 50 Hz, pulse_width: 300 us, amplitude: 120 %PT}
run: {duration: 4 s, device_on: 1.2 s, device_off: 3 s}
seeds: 2
measures:
  - windup
  - volley_windows
  - ongoing
  - {kind: psth, bin: 10 ms, before: 0 s, after: 1.1 s}
  - latency
  - pulse_locking
  - afferents
  - cell_rates
  - {kind: rate_spectrum, segment: 0.2 s}
  - {kind: time_course, bin: 0.25 s}
  - allodynia
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("measures")
    (folder / "all.yaml").write_text(ALL)
    return gatecontrol.run(folder / "all.yaml", folder / "out", workers=1).data


def test_cells_and_bins_add_up_to_the_pain_signal(data):
    for suffix in ("", "_off"):
        cells = data[f"cell_rate{suffix}"].mean("cell")
        np.testing.assert_allclose(cells, data[f"pain_signal{suffix}"])
        # 16 bins of 0.25 s are the whole run, the epochs a part of it.
        total = (data[f"time_course{suffix}"] * 0.25 * data.sizes["cell"]).sum("time_bin")
        assert (total >= data[f"pain_spikes{suffix}"].sum("epoch")).all()
    np.testing.assert_allclose(data["time_bin"], np.arange(0.125, 4, 0.25))


def test_the_c_window_is_that_of_windup(data):
    # At 1 Hz no window meets another, and the A response is over before the first C spike.
    for suffix in ("", "_off"):
        np.testing.assert_allclose(
            data[f"window_spikes{suffix}"].sel(window="c"), data[f"windup_spikes{suffix}"]
        )


def test_windows_before_the_device_is_on_are_those_of_the_control(data):
    # The after-discharge of the first volley reaches into the time with the device.
    first = {"volley": 1, "window": ["adelta", "c"]}
    np.testing.assert_array_equal(
        data["window_spikes"].sel(first), data["window_spikes_off"].sel(first)
    )
    assert (data["baseline_rate"] == data["baseline_rate_off"]).all()
    assert (data["baseline_time"] == pytest.approx(0.3)).all()
    later = data["suppression_windows_pooled"].sel(window="c", epoch="during")
    assert (later > 0).all()
    assert np.isnan(data["window_spikes"].sel(window="abeta")).all()
    why = data["status"].sel(epoch="during").values.ravel()
    assert all("window_spikes: abeta: no volley excites A-beta fibres" in text for text in why)


def test_fibres_follow_the_pulses_and_the_control_has_none(data):
    during = data.sel(epoch="during")
    assert (during["vector_strength"].sel(follower="abeta") > 0.9).all()
    assert (during["vector_strength_p"].sel(follower="abeta") < 1e-6).all()
    # Beside its threshold a fibre answers some pulses only.
    assert (during["entrainment"].sel(follower="abeta") > 0.5).all()
    assert np.isnan(during["vector_strength_off"]).all()


def test_a_psth_holds_the_spikes_of_its_windows(data):
    # 1.1 s from each volley on hold all its windows, and the gaps between them.
    counts = data["psth_off"].sum("psth_time").sel(epoch="during")
    windows = data["window_signal_off"].sum("window").sel(epoch="during")
    assert (counts >= windows - 1e-9).all()
    latency = data["latency"] - data["latency_central"]
    assert ((latency > 0.005) & (latency < 0.05)).all()


def test_touch_and_harm_are_told_apart(data):
    assert (data["innocuous_signal"] > 0).all()
    assert (data["noxious_evoked"] > 0).all()
    np.testing.assert_allclose(
        data["allodynia_index"], data["innocuous_evoked"] / data["noxious_evoked"]
    )
    assert data["suppression_innocuous_pooled"].dims == ("arm",)


def test_all_missing_numbers_of_measures_have_a_reason(data):
    names = [n[: -len("_off")] for n in data.data_vars if str(n).endswith("_off")]
    for name in names:
        values = data[name]
        if "epoch" not in values.dims or name in {"rate", "afferent_rate"}:
            continue
        missing = values.isnull().any([d for d in values.dims if d not in {"arm", "seed", "epoch"}])
        reasons = data["status"].where(missing, "").values.ravel()
        assert all(reasons[missing.values.ravel()] != ""), name
