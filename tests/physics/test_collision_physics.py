"""Collision of natural and antidromic spikes against closed forms."""

import numpy as np
import pytest
from counted_calls import calls_of

from gatecontrol.fibres.classes import REFRACTORY
from gatecontrol.fibres.drive import DEVICE, NATURAL, AfferentDrive
from gatecontrol.fibres.merge import combine, merge
from gatecontrol.fibres.population import FibreTable

N, SPAN = 200, 20.0


def table(fibre_class, velocity, length):
    text = [np.full(N, t) for t in (fibre_class, "centre", "x")]
    return FibreTable(*text, *(np.full(N, x) for x in (1e-5, float(velocity), float(length))))


def drive(fibres, begun, start, origin):
    """Return a drive from beginnings of shape (fibres, spikes)."""
    fibre = np.repeat(np.arange(len(begun)), begun.shape[1])
    time = begun.ravel() + abs(start) / fibres.velocity[0]
    order = np.lexsort((fibre, time))
    m = len(time)
    return AfferentDrive(
        fibres,
        fibre[order].astype(np.int32),
        time[order],
        np.full(m, origin, dtype=np.int8),
        np.full(m, float(start)),
    )


def poisson(fibres, rate, length, seed=1):
    count = int(rate * SPAN * 1.5) + 50
    steps = np.random.default_rng(seed).exponential(1 / rate, (N, count))
    return combine([drive(fibres, np.cumsum(steps, axis=1), length, NATURAL)], fibres)


def pulses(rate, span=SPAN * 2):
    return np.tile(np.arange(-3.0, span, 1 / rate), (N, 1))


def surviving(natural, merged, first=2.0, last=SPAN - 2):
    def count(d):
        return np.count_nonzero((d.origin == NATURAL) & (d.time > first) & (d.time < last))

    return count(merged) / count(natural)


@pytest.mark.parametrize("rate", [1.0, 20.0])
def test_abeta_traffic_lost_to_a_device_on_the_nerve(rate):
    """0.5 m at 60 m/s, 50 Hz: 2 L/v + R of every 20 ms is lost (88 %), one spike per pulse.

    One outward wave erases one spike only, so of Poisson traffic at 20 /s less is lost:
    (1 - exp(-2 L rate / v)) / (rate P) by collision, about 70 %.
    """
    v, distance, period, dead = 60.0, 0.5, 1 / 50, REFRACTORY["abeta"]
    fibres = table("abeta", v, distance + 0.4)
    natural = poisson(fibres, rate, distance + 0.4)
    merged = merge(natural, drive(fibres, pulses(50), 0.4, DEVICE))
    window = 2 * distance / v
    hit = -np.expm1(-rate * window) / (rate * period)
    # A wave that met no spike leaves the receptor refractory.
    refused = np.exp(-rate * window) * dead / period
    lost = 1 - surviving(natural, merged)
    assert lost == pytest.approx(hit + refused, abs=0.012)
    assert (0.85 < lost < 0.9) if rate == 1 else (0.70 < lost < 0.80)


def test_all_c_traffic_is_lost_to_a_device_that_recruits_c():
    """1 m/s, 0.5 m, 50 Hz: every natural spike has 0.5 s of antidromic waves before it."""
    fibres = table("c", 1.0, 0.9)
    natural = poisson(fibres, 5.0, 0.9)
    merged = merge(natural, drive(fibres, pulses(50), 0.4, DEVICE))
    assert surviving(natural, merged) == 0
    assert np.count_nonzero(merged.origin == DEVICE) > 0.99 * merged.fibres.velocity.size * 50 * 20


@pytest.mark.parametrize("rate", [10.0, 50.0])
def test_dorsal_column_device_adds_spikes_and_erases_those_it_meets_on_the_nerve(rate):
    """A pulse loses a natural spike within 2 L/v after it reached the horn."""
    v, length, lead, natural_rate = 50.0, 0.2, 0.1, 2.0
    fibres = table("abeta", v, length)
    natural = poisson(fibres, natural_rate, length)
    merged = merge(natural, drive(fibres, pulses(rate), -lead, DEVICE))
    # Spikes that meet the wave in the column, or reset the lead's site, take the pulse along.
    column = 2 * lead / v + REFRACTORY["abeta"]
    free = np.exp(-natural_rate * column)
    met = -np.expm1(-natural_rate * 2 * length / v)
    refused = (1 - met) * natural_rate * REFRACTORY["abeta"]
    lost = 1 - surviving(natural, merged)
    assert lost == pytest.approx((met + refused) * free * rate / natural_rate, abs=0.02)
    evoked = (merged.origin == DEVICE) & (merged.time > 2) & (merged.time < SPAN - 2)
    assert evoked.sum() / N / (SPAN - 4) == pytest.approx(rate * free, rel=0.02)


def test_a_pulse_faster_than_the_refractory_period_is_followed_every_second_time():
    fibres = table("c", 1.0, 0.9)
    silent = combine([], fibres)
    merged = merge(silent, drive(fibres, pulses(500, span=1.0)[:3], 0.4, DEVICE))
    rate = np.count_nonzero(merged.fibre == 0) / 4.0
    assert rate == pytest.approx(250, rel=0.01)


def test_merging_is_not_done_spike_by_spike():
    """A seventh of the spikes takes as many calls."""
    fibres = table("abeta", 55.0, 1.0)

    def calls(rate):
        natural, device = poisson(fibres, rate, 1.0), drive(fibres, pulses(rate), -0.09, DEVICE)
        merge(natural, device)
        return len(natural.time) + len(device.time), calls_of(lambda: merge(natural, device))

    (many, most), (few, least) = calls(20.0), calls(2.0)
    assert many > 200_000
    assert few < many / 5
    assert most == least
