"""Measures of answers to stimuli, on made-up spikes, against counts made by hand."""

import math

import numpy as np
import pytest
from made_trials import afferent, brush, trial, volley

from gatecontrol.analysis.measures import (
    Allodynia,
    Latency,
    OngoingActivity,
    Psth,
    VolleyWindows,
)
from gatecontrol.errors import GatecontrolError
from gatecontrol.preparations import load_preparation
from gatecontrol.units import UnitError

# --- volley windows


def answered(*, late=0.0):
    """Each volley evokes in cell 0: 1 A-beta, 2 A-delta, 3 C and 1 late spike."""
    one = [0.003, 0.03, 0.04, 0.15, 0.2, 0.45, 0.6 + late]
    return [(0, t + s) for t in (1.0, 2.0, 3.0) for s in one]


def test_each_window_counts_what_follows_its_fibres():
    found = VolleyWindows().trial(trial(answered(), stimuli=(volley(),)))
    # A-beta 2 to 20 ms, A-delta 20 to 70 ms, C 100 to 500 ms, after that 500 ms or until the
    # next volley's A-beta fibres arrive at 1002 ms; two cells.
    np.testing.assert_array_equal(found["window_spikes"], np.tile([0.5, 1.0, 1.5, 0.5], (3, 1)))
    assert found["window_spikes_status"] == {}
    np.testing.assert_array_equal(found["window_signal"][1], [0.5, 1.0, 1.5, 0.5])


def test_background_is_counted_before_the_first_stimulus_and_taken_off():
    # Four spikes from 0.2 to 1 s in two cells: 2.5 /s per cell.
    background = [(1, t) for t in (0.3, 0.5, 0.7, 0.9)] + [(1, 0.1)]
    found = VolleyWindows().trial(trial(answered() + background, stimuli=(volley(),)))
    assert found["baseline_rate"] == pytest.approx(2.5)
    assert found["baseline_time"] == pytest.approx(0.8)
    expected = 2.5 * np.array([0.018, 0.05, 0.4, 0.5])
    np.testing.assert_allclose(found["window_background"], np.tile(expected, (3, 1)))
    np.testing.assert_allclose(
        found["window_evoked"], np.tile(np.array([0.5, 1, 1.5, 0.5]) - expected, (3, 1))
    )
    np.testing.assert_allclose(
        found["window_signal_evoked"][1], np.array([0.5, 1, 1.5, 0.5]) - expected
    )


def test_the_background_ends_where_the_device_begins_in_the_control_too():
    background = [(1, t) for t in (0.3, 0.55)]
    found = VolleyWindows().trial(trial(background, stimuli=(volley(),), device_on=0.5))
    assert found["baseline_time"] == pytest.approx(0.3)
    assert found["baseline_rate"] == pytest.approx(1 / 2 / 0.3)


def test_without_time_before_the_first_stimulus_raw_counts_stay():
    early = volley(onset="0.25 s")
    spikes = [(0, t - 0.75) for _, t in answered()]
    found = VolleyWindows().trial(trial(spikes, stimuli=(early,)))
    assert found["window_spikes"][0, 2] == 1.5
    assert np.isnan(found["window_evoked"]).all()
    assert found["baseline_rate_status"] == (
        "no background: from 0.2 s to the first stimulus or device pulse are less than 0.1 s; "
        + "let them begin later"
    )
    assert "c: no background" not in found["window_signal_status"][1]
    assert "c: no background: from 0.2 s" in found["window_signal_evoked_status"][1]


@pytest.mark.parametrize("kind", ["ectopic", "ongoing"])
def test_activity_that_nothing_evokes_is_background(kind):
    steady = {"config": {"kind": kind, "onset": "0 s"}, "window": (0, 9), "noxious": True}
    found = VolleyWindows().trial(trial([(0, 0.5)], stimuli=(steady, volley())))
    assert found["baseline_rate"] == pytest.approx(1 / 2 / 0.8)
    # without another stimulus all of every epoch is ongoing activity
    found = OngoingActivity().trial(trial([(0, 3.0)], stimuli=(steady,)))
    assert found["ongoing_signal"][1] == 1 / 2 / 4
    # touch is not covered by it, and it is nothing that the histogram aligns to
    found = Allodynia().trial(trial([(0, 3.0)], stimuli=(steady, brush(2.0, 4.0))))
    assert found["innocuous_signal"] == pytest.approx(1 / 2 / 2)
    assert found["noxious_evoked_status"] == "no noxious stimulus"
    found = Psth.from_config({"align": "stimuli"}).trial(trial(stimuli=(steady, brush(2.0, 4.0))))
    assert found["psth_events"] == [0, 1, 0]


def test_a_window_gives_way_to_faster_fibres_of_the_next_volley():
    # At 3 Hz the next A-beta volley arrives at 335 ms, within the C window (100-500 ms); the
    # C window has what is left of it until the next C fibres arrive.
    fast = volley(rate="3 Hz", count=2)
    spikes = [(0, 1.0 + s) for s in (0.15, 0.3, 0.34, 0.36, 0.41, 0.45)]
    found = VolleyWindows().trial(trial(spikes, stimuli=(fast,)))
    # 0.34 is 7 ms after the second volley (A-beta), 0.36 27 ms (A-delta), 0.41 before its C
    # fibres at 433 ms and so still of the first, 0.45 of the second.
    np.testing.assert_array_equal(found["window_spikes"][:, 0], [0.0, 0.5])
    np.testing.assert_array_equal(found["window_spikes"][:, 1], [0.0, 0.5])
    np.testing.assert_array_equal(found["window_spikes"][:, 2], [1.5, 0.5])
    assert np.nansum(found["window_spikes"]) == len(spikes) / 2


def test_classes_that_are_not_excited_have_no_window():
    found = VolleyWindows().trial(trial(answered(), stimuli=(volley(classes=["c"]),)))
    assert np.isnan(found["window_spikes"][:, :2]).all()
    assert found["window_spikes_status"] == {
        "abeta": "no volley excites A-beta fibres",
        "adelta": "no volley excites A-delta fibres",
    }
    assert "abeta: no volley excites A-beta fibres" in found["window_signal_status"][1]


def test_epochs_have_the_volleys_whose_windows_begin_in_them():
    # The first volley (1 s) lies in before, the others (2 s, 3 s) in during.
    extra = [(1, 2.15), (1, 3.15)]
    found = VolleyWindows().trial(trial(answered() + extra, stimuli=(volley(),)))
    assert found["window_signal"][0][2] == 1.5
    assert found["window_signal"][1][2] == 2.0
    assert math.isnan(found["window_signal"][2][2])
    assert "c: no volley's window is in this epoch" in found["window_signal_status"][2]


def test_fast_windows_before_all_epochs_go_with_their_volley():
    # Derived epochs begin with the first nociceptive arrival, after the A-beta spikes.
    epochs = {"before": None, "during": (1.02, 4.0), "after": None}
    found = VolleyWindows().trial(trial(answered(), stimuli=(volley(count=1),), epochs=epochs))
    np.testing.assert_array_equal(found["window_signal"][1], [0.5, 1.0, 1.5, 0.5])
    assert found["window_signal_status"][0] == "no such epoch"


def test_a_run_that_ends_within_a_window_says_so():
    found = VolleyWindows().trial(trial(answered(), stimuli=(volley(),), duration=3.4))
    assert found["window_spikes_status"]["c"] == "the run ends within the window of a volley"
    assert found["window_spikes"][2, 2] == 1.0
    assert np.isnan(found["window_spikes"][2, 3])


def test_windows_follow_the_site_of_the_stimulus():
    # From the nerve the way is the preparation's, not the fibre's length.
    way = load_preparation("rat").pns_site_to_cord.value
    nerve = volley(site="nerve", classes=["c"], count=1)
    just = 1.0 + way / 1.0
    found = VolleyWindows().trial(trial([(0, just - 1e-3), (0, just + 1e-3)], stimuli=(nerve,)))
    assert found["window_spikes"][0, 2] == 0.5


def test_windows_need_a_volley_and_the_cells():
    match = "volley_windows: needs a 'volley' stimulus; add one to stimuli, or leave"
    with pytest.raises(GatecontrolError, match=match):
        VolleyWindows().trial(trial())
    measure = VolleyWindows.from_config({"signal": "lamina1"})
    match = "volley_windows: the circuit 'tiny' has no population that carries the "
    match += "pain_signal_lamina1; take signal: deep$"
    with pytest.raises(GatecontrolError, match=match):
        measure.trial(trial(stimuli=(volley(),)))


# --- ongoing activity


def test_ongoing_activity_counts_between_stimuli():
    # Volleys act from arrival (2 ms) to 500 ms after the last C spike (200 ms).
    spikes = [(0, 1.5), (0, 1.8), (1, 1.9), (0, 3.5), (0, 4.1), (0, 5.0)]
    found = OngoingActivity().trial(trial(spikes, stimuli=(volley(),)))
    free = np.array([1 - 0.698, 4 - 2 * 0.698, 2.0])
    np.testing.assert_allclose(found["ongoing_time"], free)
    np.testing.assert_allclose(found["ongoing_signal"], np.array([2, 2, 0]) / 2 / free)
    assert found["ongoing_signal_status"] == ["", "", ""]


def test_a_lasting_stimulus_leaves_no_ongoing_activity():
    found = OngoingActivity().trial(trial([(0, 3.0)], stimuli=(brush(1.5, 7.0, True),)))
    assert math.isnan(found["ongoing_signal"][1])
    assert found["ongoing_signal_status"][1] == "a stimulus acts all but 0 s of this epoch"
    np.testing.assert_allclose(found["ongoing_time"], [0.5, 0.0, 8 - 7.51])


# --- psth and latency


def test_psth_is_spikes_per_cell_and_event():
    measure = Psth.from_config({"bin": "10 ms", "before": "20 ms", "after": "50 ms"})
    spikes = [(0, 2.005), (1, 2.005), (0, 3.025), (0, 2.995), (0, 1.025)]
    found = measure.trial(trial(spikes, stimuli=(volley(),)))
    np.testing.assert_allclose(measure.dimensions()[0].values, np.arange(-0.015, 0.05, 0.01))
    assert found["psth_events"] == [1, 2, 0]
    np.testing.assert_allclose(found["psth"][1], [0, 0.25, 0.5, 0, 0.25, 0, 0])
    np.testing.assert_allclose(found["psth_rate"][1], np.array([0, 0.25, 0.5, 0, 0.25, 0, 0]) * 100)
    assert found["psth_status"] == ["", "", "no volley in this epoch"]


def test_psth_to_pulses_takes_a_burst_as_one():
    pulses = [2.0 + 0.1 * k + 0.002 * j for k in range(10) for j in range(5)]
    config = {"align": "pulses", "bin": "5 ms", "before": "0 s", "after": "50 ms"}
    spikes = [(0, 2.0 + 0.1 * k + 0.012) for k in range(10)]
    context = trial(spikes, afferent(pulses=pulses))
    assert Psth.from_config(config).trial(context)["psth_events"] == [0, 50, 0]
    found = Psth.from_config(config | {"together": "5 ms"}).trial(context)
    assert found["psth_events"] == [0, 10, 0]
    np.testing.assert_allclose(found["psth"][1][:4], [0, 0, 0.5, 0])
    off = Psth.from_config(config).trial(trial(spikes))
    assert np.isnan(off["psth"]).all()
    assert off["psth_status"][1] == "no device pulse in this epoch"


def test_psth_to_the_onsets_of_stimuli():
    stimuli = (brush(2.5, 3.0), brush(4.0, 5.0, True), volley(onset="6.5 s"))
    config = {"align": "stimuli", "bin": "10 ms", "before": "0 s", "after": "50 ms"}
    found = Psth.from_config(config).trial(trial([(0, 2.525), (1, 4.025)], stimuli=stimuli))
    assert found["psth_events"] == [0, 2, 1]
    np.testing.assert_allclose(found["psth"][1], [0, 0, 0.5, 0, 0])
    assert found["psth_status"][0] == "no onset of a stimulus in this epoch"


def test_events_at_the_edges_of_the_run_are_left_out():
    found = Psth().trial(trial([], stimuli=(volley(),), duration=3.3))
    assert found["psth_events"] == [1, 1, 0]


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"bin": "7 ms"}, "bin: before and after (550 ms together) are no whole number of bins"),
        ({"bin": "0.1 ms"}, "bin: 5500 bins are more than 2000"),
    ],
)
def test_psth_bins_must_fit(config, text):
    with pytest.raises(UnitError) as caught:
        Psth.from_config(config)
    assert caught.value.message == text
    # What the help says is right.
    key, _, value = caught.value.help.partition(": ")
    Psth.from_config(config | {key: value})


def test_latency_is_the_median_over_cells_and_knows_conduction():
    # Arrival 2 ms after each volley. Cell 0 answers at 5, 6, 7 ms; cell 1 at 9 ms, once.
    spikes = [(0, 1.005), (0, 2.006), (0, 3.007), (1, 1.009), (0, 1.5), (1, 2.0005)]
    found = Latency.from_config({"within": "100 ms"}).trial(trial(spikes, stimuli=(volley(),)))
    np.testing.assert_allclose(found["latency"], [0.007, 0.006, 0.007], atol=1e-12)
    np.testing.assert_allclose(found["latency_central"], [0.005, 0.004, 0.005], atol=1e-12)
    np.testing.assert_allclose(found["latency_answering"], [1.0, 0.5, 0.5])
    np.testing.assert_allclose(found["latency_median"], [0.007, 0.0065, np.nan], atol=1e-12)
    assert found["latency_median_status"][2] == "no volley in this epoch"


def test_a_volley_that_no_cell_answers_has_no_latency():
    found = Latency.from_config({"within": "100 ms"}).trial(
        trial([(0, 1.005)], stimuli=(volley(),))
    )
    np.testing.assert_allclose(found["latency"], [0.005, np.nan, np.nan])
    assert found["latency_status"] == "no cell answers a volley"
    assert found["latency_median_status"][1] == "no cell answers a volley"


def test_a_volley_after_the_end_of_the_run_is_not_one_that_no_cell_answers():
    found = Latency().trial(trial([(0, 1.01), (0, 2.01)], stimuli=(volley(),), duration=2.5))
    np.testing.assert_array_equal(found["latency_answering"], [0.5, 0.5, np.nan])
    assert found["latency_status"] == "the run ends before a volley arrives"
    assert found["latency_answering_status"] == "the run ends before a volley arrives"


# --- allodynia


def test_the_index_is_evoked_by_touch_over_evoked_by_harm():
    # Background 1 /s per cell; during the brush 6 /s, during the pinch 11 /s.
    background = [(c, t) for c in (0, 1) for t in (0.25, 1.25)]
    touch = [(c, 2.01 + (k + 0.5) / 6) for c in (0, 1) for k in range(6)]
    harm = [(c, 5.0 + (k + 0.5) / 11) for c in (0, 1) for k in range(11)]
    stimuli = (brush(2.0, 3.0), {**brush(5.0, 6.0, True), "window": (5.1, 6.0)})
    found = Allodynia.from_config({"settled": "0 s"}).trial(
        trial(background + touch + harm, stimuli=stimuli)
    )
    assert found["innocuous_signal"] == pytest.approx(6.0)
    assert found["innocuous_evoked"] == pytest.approx(5.0)
    assert found["noxious_evoked"] == pytest.approx(10.0)
    assert found["allodynia_index"] == pytest.approx(0.5)
    assert found["allodynia_index_status"] == ""


def test_the_index_needs_both_kinds_and_says_what_is_missing():
    with pytest.raises(GatecontrolError, match="allodynia: needs an innocuous stimulus, such as"):
        Allodynia().trial(trial(stimuli=(brush(2.0, 3.0, True),)))
    alone = Allodynia().trial(trial([(0, 2.5)], stimuli=(brush(2.0, 3.0),)))
    assert alone["allodynia_index_status"] == "no noxious stimulus"
    assert alone["innocuous_signal"] == pytest.approx(0.5)
    both = (brush(2.0, 3.0), brush(1.0, 4.0, True))
    covered = Allodynia().trial(trial([(0, 2.5)], stimuli=both))
    assert covered["innocuous_signal_status"] == (
        "noxious stimuli act all the time that innocuous ones do"
    )
    silent = Allodynia().trial(trial([], stimuli=(brush(2.0, 3.0), brush(5.0, 6.0, True))))
    assert silent["allodynia_index_status"] == "noxious stimuli evoke nothing above the background"
