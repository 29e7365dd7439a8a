"""Measures of a trial on made-up spikes, against counts made by hand and closed forms."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from made_trials import drive_of, fibre_table, spikes

from gatecontrol.analysis.base import Summary, load_measure
from gatecontrol.analysis.context import TrialContext
from gatecontrol.analysis.measures import (
    Afferents,
    Allodynia,
    CellRates,
    Latency,
    OngoingActivity,
    Psth,
    PulseLocking,
    RateSpectrum,
    TimeCourse,
    VolleyWindows,
)
from gatecontrol.circuits.model import Population
from gatecontrol.errors import GatecontrolError
from gatecontrol.fibres.drive import DEVICE, ECTOPIC, NATURAL
from gatecontrol.plugins import load_plugin, plugins
from gatecontrol.preparations import load_preparation
from gatecontrol.simulation.recording import Recording
from gatecontrol.units import UnitError

CLASSES = ("abeta", "abeta", "adelta", "c", "c")
VELOCITY = (50.0, 40.0, 5.0, 1.0, 0.5)
WAY = 0.1
"""Arrivals after a volley: A-beta 2-2.5 ms, A-delta 20 ms, C 100-200 ms."""
EPOCHS = {"before": (1.0, 2.0), "during": (2.0, 6.0), "after": (6.0, 8.0)}


def afferent(events=(), pulses=()):
    """Spikes (fibre, time, origin) of the fibres, and the device's pulses."""
    fibres = fibre_table(*CLASSES, velocity=VELOCITY, length=WAY)
    return drive_of(fibres, events, pulses=pulses, start=WAY)


def trial(deep=(), drive=None, stimuli=(), epochs=EPOCHS, duration=9.0, size=2, **more):
    """A trial of two deep cells (and no lamina I cells) with spikes (cell, time)."""
    deep_cells = Population("deep", "Deep", "projection", "V", size, "p", "pain_signal")
    return TrialContext(
        recording=Recording(duration, 1e-4, {"deep": spikes(size, deep)}, "numpy"),
        drive=drive or afferent(),
        circuit=SimpleNamespace(name="tiny", populations={"deep": deep_cells}),
        epochs=epochs,
        stimuli=stimuli,
        duration=duration,
        preparation=load_preparation("rat"),
        **more,
    )


def volley(**config):
    config = {"kind": "volley", "onset": "1 s", "rate": "1 Hz", "count": 3} | config
    return {"config": config, "window": (1.02, 4.0), "noxious": True}


def brush(onset, stop, noxious=False):
    kind = "pinch" if noxious else "brush"
    config = {"kind": kind, "onset": f"{onset} s", "duration": f"{stop - onset} s"}
    return {"config": config, "window": (onset + 0.01, stop + 0.01), "noxious": noxious}


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


# --- locking


def locked(jitter=0.0, share=1.0, seed=0):
    """A-beta fibres 0 and 1 fire 3 ms after pulses at 50 Hz, from 2 to 6 s."""
    rng = np.random.default_rng(seed)
    pulses = np.arange(2.0, 6.0, 0.02)
    pairs = [
        (f, t + 0.003 + rng.normal(0, jitter), DEVICE)
        for f in (0, 1)
        for t in pulses
        if rng.random() < share
    ]
    return afferent([*pairs, (3, 3.0, NATURAL)], pulses)


def test_fibres_that_follow_every_pulse_lock_and_entrain():
    spikes = [(0, t + 0.005) for t in np.arange(2.0, 6.0, 0.04)]
    found = PulseLocking().trial(trial(spikes, locked()))
    np.testing.assert_allclose(found["vector_strength"][1][:2], [1.0, 1.0])
    assert (found["vector_strength_p"][1][:2] < 1e-9).all()
    # 199 intervals; the deep cell answers every second pulse, the other cell none.
    assert found["vector_strength_spikes"][1].tolist() == [398, 100, 0, 0]
    np.testing.assert_allclose(found["entrainment"][1][:2], [1.0, 100 / 199 / 2])
    assert found["vector_strength_status"] == [
        "no device pulses in this epoch",
        "lamina1: no spikes between pulses; paraesthesia: no spikes between pulses",
        "no device pulses in this epoch",
    ]
    assert found["entrainment_status"][1] == "lamina1: no such cells; paraesthesia: no such cells"


def test_vector_strength_falls_with_jitter_as_a_normal_law_says():
    # E exp(i phi) of a normal phase with deviation s is exp(-s^2 / 2).
    for jitter in (1e-3, 3e-3):
        found = PulseLocking().trial(trial([], locked(jitter, seed=3)))
        expected = np.exp(-((2 * np.pi * jitter / 0.02) ** 2) / 2)
        # 398 spikes: a standard error of at most 0.035 (that of uniform phases), doubled.
        assert found["vector_strength"][1][0] == pytest.approx(expected, abs=0.07)


def test_entrainment_is_the_share_of_pulses_followed():
    found = PulseLocking().trial(trial([], locked(share=0.6, seed=4)))
    # 400 draws with a share of 0.6: three binomial standard errors.
    assert found["entrainment"][1][0] == pytest.approx(0.6, abs=3 * np.sqrt(0.24 / 400))
    # The spikes that there are are as locked as ever.
    assert found["vector_strength"][1][0] == pytest.approx(1.0)


def test_bursts_can_be_one_event():
    pulses = [2.0 + 0.1 * k + 0.002 * j for k in range(40) for j in range(5)]
    pairs = [(0, 2.0 + 0.1 * k + 0.05, DEVICE) for k in range(39)]
    one = PulseLocking.from_config({"together": "5 ms"}).trial(trial([], afferent(pairs, pulses)))
    assert one["vector_strength_spikes"][1][0] == 39
    assert one["entrainment"][1][0] == 1.0


def test_without_a_device_nothing_locks():
    found = PulseLocking().trial(trial([(0, 3.0)]))
    assert np.isnan(found["vector_strength"]).all()
    assert found["entrainment_status"][1] == "no device pulses in this epoch"


# --- cells, course, spectrum


def test_each_cell_has_its_rate_and_its_regularity():
    clock = [(0, t) for t in np.arange(2.05, 6.0, 0.1)]
    found = CellRates().trial(trial([*clock, (1, 3.0), (1, 7.0)]))
    np.testing.assert_allclose(found["cell_rate"], [[0, 0], [10, 0.25], [0, 0.5]])
    assert found["cell_interval_cv"][1][0] == pytest.approx(0, abs=1e-9)
    assert math.isnan(found["cell_interval_cv"][1][1])
    assert found["cell_interval_cv_status"][1] == "1 cells fire fewer than 3 spikes"
    assert CellRates().dimensions()[0].labels(3) == [0, 1, 2]


def test_mean_of_the_cells_is_the_pain_signal():
    rng = np.random.default_rng(1)
    spikes = [
        (int(c), float(t))
        for c, t in zip(rng.integers(0, 2, 90), rng.uniform(0, 9, 90), strict=True)
    ]
    context = trial(spikes)
    rates = CellRates().trial(context)["cell_rate"]
    signal = load_measure({"kind": "pain_signal"}).trial(context)["pain_signal"]
    np.testing.assert_allclose(rates.mean(1), signal)


def test_the_time_course_covers_the_whole_run_in_whole_bins():
    measure = TimeCourse.from_config({"bin": "2 s"})
    found = measure.trial(trial([(0, 0.0), (1, 1.9), (0, 2.0), (0, 8.5)]))
    np.testing.assert_allclose(found["time_course"], [0.5, 0.25, 0, 0])
    assert measure.dimensions()[0].labels(4) == [1.0, 3.0, 5.0, 7.0]
    short = TimeCourse.from_config({"bin": "10 s"}).trial(trial([]))
    assert short["time_course"].size == 0
    assert short["time_course_status"] == "the run is shorter than a bin of 10 s"


def test_spikes_on_the_steps_of_the_simulation_keep_their_bin():
    times = [(0, round(k * 1e-4, 10)) for k in range(0, 90_000, 10)]
    found = TimeCourse.from_config({"bin": "1 ms"}).trial(trial(times))
    np.testing.assert_allclose(found["time_course"], 500.0)


def test_the_spectrum_shows_the_rate_of_the_device():
    spikes = [(c, t + 0.0005) for t in np.arange(2.0, 6.0, 0.02) for c in (0, 1)]
    measure = RateSpectrum.from_config({"segment": "0.5 s", "maximum": "80 Hz"})
    found = measure.trial(trial(spikes))
    frequency = np.array(measure.dimensions()[0].values)
    assert frequency[[0, 1, -1]].tolist() == [0.0, 2.0, 80.0]
    assert frequency[np.argmax(found["rate_spectrum"][1])] == 50.0
    short = RateSpectrum.from_config({"segment": "3 s"}).trial(trial(spikes))
    assert short["rate_spectrum_status"][0] == "the epoch is shorter than a segment of 3 s"
    assert math.isnan(short["rate_spectrum"][0][0])


@pytest.mark.parametrize(
    ("config", "text"),
    [
        (
            {"segment": "0.9995 s", "bin": "2 ms", "maximum": "100 Hz"},
            "segment: a segment (0.9995 s) is no whole number of bins",
        ),
        ({"bin": "5 ms"}, "maximum: bins of 5 ms show nothing above 100 Hz"),
        ({"segment": "60 s"}, "maximum: more than 5000 frequencies"),
    ],
)
def test_the_spectrum_must_fit_its_bins(config, text):
    with pytest.raises(UnitError) as caught:
        RateSpectrum.from_config(config)
    assert caught.value.message == text
    key, _, value = caught.value.help.partition(": ")
    RateSpectrum.from_config(config | {key: value})


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


# --- what all measures owe


def numbers(value):
    """All numbers of a value, whatever its form."""
    if isinstance(value, dict):
        return [n for one in value.values() for n in numbers(one)]
    return np.ravel(np.asarray(value, dtype=float)).tolist()


@pytest.mark.parametrize("epochs", [EPOCHS, {"during": (2.0, 2.5)}])
@pytest.mark.parametrize("onset", ["0.1 s", "1 s"])
@pytest.mark.parametrize("name", sorted(plugins("measures")))
def test_no_value_is_missing_without_a_reason(name, onset, epochs):
    measure = load_plugin("measures", name)
    if issubclass(measure, Summary):
        return
    stimuli = (volley(classes=["abeta", "c"], onset=onset), brush(1.5, 1.8))
    duration = max(stop for _, stop in epochs.values())
    found = measure().trial(trial([(0, 2.2)], None, stimuli, epochs, duration))
    for variable in measure.variables:
        if np.isnan(numbers(found[variable.name])).any():
            why = found.get(f"{variable.name}_status", "")
            texts = (
                why.values() if isinstance(why, dict) else [why] if isinstance(why, str) else why
            )
            assert any(texts), variable.name


# --- what arrives without the device


def test_afferents_count_what_no_device_evokes():
    # C fibres 3 and 4; fibre 3: two natural spikes and an evoked one during, fibre 4: one ectopic
    # before. The volley is given at 1 s.
    events = [(3, 1.1), (3, 3.0), (3, 3.1, DEVICE), (3, 5.0), (4, 1.5, ECTOPIC), (0, 2.5, DEVICE)]
    found = Afferents().trial(trial(drive=afferent(events), stimuli=(volley(),)))
    # two fibres; epochs of 1, 4 and 2 s
    np.testing.assert_allclose(found["afferent_natural_rate"]["c"], [2 / 2, 2 / 8, 0])
    np.testing.assert_allclose(found["afferent_active"]["c"], [1, 0.5, 0])
    np.testing.assert_allclose(found["afferent_active_rate"]["c"], [1, 0.5, np.nan])
    # ectopic spikes are no answer to the stimulus
    assert found["afferent_first"]["c"] == pytest.approx(0.1)
    assert found["afferent_median"]["c"] == pytest.approx(2.0)
    assert found["afferent_last"]["c"] == pytest.approx(4.0)
    assert math.isnan(found["afferent_median"]["abeta"])
    assert found["afferent_natural_rate"]["abeta"] == [0, 0, 0]
    assert "abeta: no natural spike arrives" in found["afferent_first_status"]
    assert "descending: the circuit has no such fibres" in found["afferent_natural_rate_status"][1]
    assert "c: no fibre is active in an epoch" in found["afferent_active_rate_status"][1]


def test_afferents_say_where_there_is_no_epoch_and_no_stimulus():
    steady = {"config": {"kind": "ongoing", "onset": "0 s"}, "window": (0, 9), "noxious": True}
    epochs = {"before": None, "during": (2.0, 6.0), "after": None}
    found = Afferents().trial(trial(drive=afferent([(3, 3.0)]), stimuli=(steady,), epochs=epochs))
    assert np.isnan(found["afferent_active"]["c"][0])
    assert found["afferent_active_status"][0] == "no such epoch"
    assert found["afferent_first_status"] == "no stimulus evokes anything"
