"""Measures of spike trains: closed forms, and Elephant and SciPy where they have the same."""

import elephant.spectral
import elephant.spike_train_correlation as elephant_correlation
import elephant.statistics as elephant_statistics
import neo
import numpy as np
import pytest
import quantities as pq
import scipy.signal

from gatecontrol.analysis.spike_trains import (
    entrainment,
    first_spike_latency,
    interval_cv,
    psth,
    rate_spectrum,
    spike_count_in_windows,
    tiling_coefficients,
    vector_strength,
)


def poisson(rate, stop, seed):
    rng = np.random.default_rng(seed)
    return np.sort(rng.uniform(0, stop, rng.poisson(rate * stop)))


def as_neo(times, stop):
    return neo.SpikeTrain(times, units=pq.s, t_stop=stop)


# --- counts in windows


def test_windows_that_do_not_meet_count_their_spikes():
    times = np.array([0.1, 0.2, 0.5, 0.7, 0.9])
    counts, exposure = spike_count_in_windows(times, [0.1, 0.6], [0.5, 0.8])
    # A window holds its start, not its stop.
    assert counts.tolist() == [2, 1]
    np.testing.assert_allclose(exposure, [0.4, 0.2])


def test_the_later_row_has_what_two_windows_share():
    times = np.arange(10) + 0.5
    counts, exposure = spike_count_in_windows(times, [0, 4], [10, 6])
    assert counts.tolist() == [8, 2]
    assert exposure.tolist() == [8, 2]
    counts, exposure = spike_count_in_windows(times, [4, 0], [6, 10])
    assert counts.tolist() == [0, 10]
    assert exposure.tolist() == [0, 10]


def test_no_spike_is_counted_twice_and_none_is_lost():
    rng = np.random.default_rng(5)
    starts = rng.uniform(0, 10, 50)
    stops = starts + rng.exponential(0.5, 50)
    times = np.sort(rng.uniform(0, 12, 400))
    counts, exposure = spike_count_in_windows(times, starts, stops)
    inside = ((times[:, None] >= starts) & (times[:, None] < stops)).any(1)
    assert counts.sum() == inside.sum()
    # Each spike belongs to the last row that holds it.
    holds = (times[:, None] >= starts) & (times[:, None] < stops)
    last = [np.flatnonzero(row)[-1] for row in holds if row.any()]
    np.testing.assert_array_equal(counts, np.bincount(last, minlength=50))
    fine = np.arange(0, 15, 1e-4)
    covered = ((fine[:, None] >= starts) & (fine[:, None] < stops)).any(1).sum() * 1e-4
    # A grid of 0.1 ms errs by less than a step at each of 100 edges.
    assert exposure.sum() == pytest.approx(covered, abs=1e-2)


def test_empty_windows_count_nothing():
    counts, exposure = spike_count_in_windows(np.array([1.0]), [0.0, 1.0], [0.0, 1.0])
    assert counts.tolist() == exposure.tolist() == [0, 0]
    counts, exposure = spike_count_in_windows(np.array([1.0]), np.empty(0), np.empty(0))
    assert counts.size == exposure.size == 0


# --- psth


def test_psth_of_spikes_at_known_places():
    events = np.array([1.0, 2.0])
    times = np.sort(np.concatenate([events + 0.012, events - 0.003, events[:1] + 0.012]))
    found = psth(times, events, before=0.01, after=0.02, bin=0.005)
    np.testing.assert_allclose(found, [0, 1, 0, 0, 1.5, 0])


def test_a_spike_near_two_events_counts_for_both():
    found = psth(np.array([1.0]), np.array([0.95, 0.98]), before=0.0, after=0.1, bin=0.01)
    np.testing.assert_allclose(found.nonzero()[0], [2, 5])
    np.testing.assert_allclose(found[[2, 5]], [0.5, 0.5])


def test_spikes_on_the_edges_of_bins_are_not_moved_by_rounding():
    # 0.1 ms steps are no exact numbers: each of 1000 spikes must fall into its own bin.
    times = np.arange(1000) * 1e-4 + 0.3
    found = psth(times, np.array([0.3]), before=0.0, after=0.1, bin=1e-4)
    np.testing.assert_array_equal(found, np.ones(1000))


def test_psth_without_events_is_nan():
    assert np.isnan(psth(np.array([1.0]), np.empty(0), 0.1, 0.1, 0.05)).all()


# Elephant 1.2 still gives quantities an argument that has no effect.
@pytest.mark.filterwarnings("ignore:The 'copy' argument in Quantity is deprecated")
def test_psth_of_one_event_is_elephants_histogram():
    times = poisson(80, 2.0, 1)
    theirs = elephant_statistics.time_histogram([as_neo(times, 2.0)], bin_size=10 * pq.ms)
    mine = psth(times, np.array([0.0]), before=0.0, after=2.0, bin=0.01)
    np.testing.assert_array_equal(mine, theirs.magnitude.ravel())


def test_psth_of_a_poisson_train_is_flat_at_its_rate():
    times = poisson(50, 2000.0, 2)
    found = psth(times, np.arange(1, 1999, 0.5), before=0.1, after=0.1, bin=0.02)
    # 3996 events and 50 /s: about 3996 spikes per bin, so five standard errors are 8 %.
    np.testing.assert_allclose(found, 1.0, rtol=0.08)


# --- latency, entrainment, intervals


def test_first_spike_latency_waits_until_the_end():
    times = np.array([1.01, 1.02, 2.4])
    found = first_spike_latency(times, np.array([1.0, 2.0, 3.0]), np.array([1.5, 2.3, 9.0]))
    np.testing.assert_allclose(found, [0.01, np.nan, np.nan])
    found = first_spike_latency(times, np.array([1.01]), np.array([1.5]))
    assert found[0] == 0


def test_entrainment_is_the_share_of_events_that_are_answered():
    events = np.arange(5) * 0.1
    assert entrainment(events + 0.01, events) == 1.0
    assert entrainment(np.array([0.01, 0.02, 0.21]), events) == 0.5
    # Answers that come after `longest` are none.
    assert entrainment(events + 0.05, events, longest=0.04) == 0.0
    assert np.isnan(entrainment(events, events[:1]))


def test_interval_cv_is_that_of_elephant():
    clock = np.arange(10) * 0.1
    assert interval_cv(clock) == pytest.approx(0, abs=1e-12)  # rounding of the intervals
    assert interval_cv(np.array([0, 1, 4.0])) == 0.5
    assert np.isnan(interval_cv(clock[:2]))
    times = poisson(20, 50.0, 3)
    theirs = elephant_statistics.cv(elephant_statistics.isi(times))
    assert interval_cv(times) == pytest.approx(theirs, rel=1e-12)


# --- synchrony and locking


@pytest.mark.parametrize("within", [1e-3, 5e-3, 50e-3])
def test_tiling_coefficient_is_that_of_elephant(within):
    trains = [poisson(rate, 5.0, seed) for rate, seed in ((20, 1), (40, 2), (5, 3))]
    trains.append(np.sort(trains[0] + 2e-4))
    mine = tiling_coefficients(trains, 0.0, 5.01, within)
    for i, one in enumerate(trains):
        for j, other in enumerate(trains):
            theirs = elephant_correlation.spike_time_tiling_coefficient(
                as_neo(one, 5.01), as_neo(other, 5.01), dt=within * pq.s
            )
            assert mine[i, j] == pytest.approx(theirs, abs=1e-9)


def test_vector_strength_in_closed_form():
    events = np.arange(11) * 0.02
    locked = vector_strength(events[:-1] + 0.005, events)
    assert locked.strength == pytest.approx(1.0)
    assert locked.phase == pytest.approx(0.25)
    assert locked.count == 10
    assert locked.p < 1e-4
    # Half at phase 0, half at 1/2: they cancel. At 0 and 1/4: 1/sqrt(2).
    both = np.sort(np.concatenate([events[:-1], events[:-1] + 0.01]))
    assert vector_strength(both, events).strength == pytest.approx(0, abs=1e-12)
    assert vector_strength(both, events).p == 1.0
    quarter = np.sort(np.concatenate([events[:-1], events[:-1] + 0.005]))
    assert vector_strength(quarter, events).strength == pytest.approx(0.5**0.5)


def test_vector_strength_is_that_of_scipy_for_regular_events():
    times = np.sort(np.random.default_rng(4).uniform(0, 10, 500) ** 1.1)
    events = np.arange(0, 14, 0.025)
    strength, phase = scipy.signal.vectorstrength(times, 0.025)
    mine = vector_strength(times, events)
    # The phases come from other divisions; rounding grows with the number of cycles.
    assert mine.strength == pytest.approx(strength, abs=1e-9)
    assert mine.phase == pytest.approx(phase / (2 * np.pi) % 1, abs=1e-6)


def test_vector_strength_leaves_out_pauses_and_what_is_outside():
    events = np.array([0.0, 0.1, 0.2, 5.2, 5.3])
    times = np.array([-1.0, 0.05, 0.15, 1.0, 2.0, 5.25, 5.3, 9.0])
    found = vector_strength(times, events, longest=1.0)
    assert (found.count, found.strength) == (3, pytest.approx(1.0))
    empty = vector_strength(np.empty(0), events)
    assert np.isnan([empty.strength, empty.phase, empty.p]).all()


def test_rayleigh_p_is_uniform_without_locking():
    rng = np.random.default_rng(6)
    events = np.arange(0, 1.01, 0.01)
    p = [vector_strength(np.sort(rng.uniform(0, 1, 30)), events).p for _ in range(2000)]
    for level in (0.01, 0.05, 0.2):
        # Five binomial standard errors over 2000 draws.
        assert np.mean(np.array(p) < level) == pytest.approx(
            level, abs=5 * np.sqrt(level * (1 - level) / 2000)
        )


# --- spectrum


def test_spectrum_of_poisson_trains_is_flat_at_twice_the_rate_over_the_cells():
    times = poisson(20 * 30, 200.0, 7)
    frequency, density = rate_spectrum(times, 30, 0.0, 200.0, 1e-3, 1.0)
    assert frequency[:3].tolist() == [0, 1, 2]
    assert frequency[-1] == 500
    # Some 400 half-overlapping segments: about 6 % per frequency, 0.3 % for their mean; the
    # mean is taken off, so the lowest frequencies are lower.
    assert density[5:400].mean() == pytest.approx(2 * 20 / 30, rel=0.03)


def test_spectrum_shows_a_rhythm_and_keeps_its_power():
    times = np.sort(np.concatenate([np.arange(0.0005, 20, 0.02)] * 4))
    frequency, density = rate_spectrum(times, 4, 0.0, 20.0, 1e-3, 1.0)
    assert frequency[np.argmax(density[:75])] == 50
    # One spike of width 1 ms each 20 ms: rate 1000 in one bin of 20, variance 50**2 * 19.
    assert density.sum() * 1.0 == pytest.approx(50**2 * 19, rel=0.01)


def test_spectrum_is_that_of_elephant():
    times = poisson(300, 8.0, 8)
    counts = np.bincount((times / 2e-3).astype(int), minlength=4000)
    signal = neo.AnalogSignal(
        counts / (2e-3 * 10), units=pq.Hz, sampling_rate=500 * pq.Hz, t_start=0 * pq.s
    )
    theirs_at, theirs = elephant.spectral.welch_psd(
        signal, frequency_resolution=2 * pq.Hz, overlap=0.5, window="hann", detrend="constant"
    )
    frequency, density = rate_spectrum(times, 10, 0.0, 8.0, 2e-3, 0.5)
    np.testing.assert_allclose(frequency, theirs_at.magnitude)
    np.testing.assert_allclose(density, theirs.magnitude.ravel(), rtol=1e-9)
