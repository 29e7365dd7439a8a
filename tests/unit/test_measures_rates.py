"""Locking, rates, spectra and afferents of made-up trials; what every measure owes."""

import math

import numpy as np
import pytest
from made_trials import EPOCHS, afferent, brush, trial, volley

from gatecontrol.analysis.base import Summary, load_measure
from gatecontrol.analysis.measures import (
    Afferents,
    CellRates,
    PulseLocking,
    RateSpectrum,
    TimeCourse,
)
from gatecontrol.fibres.drive import DEVICE, ECTOPIC, NATURAL
from gatecontrol.plugins import load_plugin, plugins
from gatecontrol.units import UnitError

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
