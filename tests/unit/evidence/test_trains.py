"""P02-P04 and P10-P15 on made-up results: what must pass does, what must not does not."""

import json

import numpy as np
import pytest
import xarray as xr

from gatecontrol.evidence.phenomena.p02_p04_scs_train import AfterEffect, AtThreshold, TonicSCS
from gatecontrol.evidence.phenomena.p10_p11_tens import TensOnly, TensSpread
from gatecontrol.evidence.phenomena.p12_p16_nerve import (
    AddedADelta,
    BestFrequency,
    HighThreshold,
    RateOfNerve,
)
from gatecontrol.evidence.registry import protocol_path
from gatecontrol.evidence.scoring import measure, verdict_of
from gatecontrol.yamlfile import read_yaml

SEEDS = 8
SIZE = 6.0  # spikes per cell that a volley evokes without a device
# Rates fall on all seeds alike, so intervals are a few thousandths wide.
_NOISE = np.random.default_rng(1).normal(0, 0.02, (SEEDS, 1))


def verdicts(phenomenon, runs):
    found = measure(phenomenon, runs)
    return verdict_of(found)[0], {m.quantity.name: m for m in found}


def by_volley(arms, **more):
    """Return spikes per volley; `arms`: name -> (with device, without), each one per volley."""
    windows = ["abeta", "adelta", "c", "after"]
    pairs = [np.array(np.broadcast_arrays(*pair)) for pair in arms.values()]
    spikes = np.stack(pairs, axis=1)[:, :, None, :] * (1 + _NOISE)
    spikes = np.repeat(spikes[..., None], len(windows), axis=-1)
    spikes[..., [0, 1, 3]] = 0.0  # C fibres only
    dims = ("arm", "seed", "volley", "window")
    data = {"window_spikes": (dims, spikes[0]), "window_spikes_off": (dims, spikes[1])}
    fixed = {name: ("arm", np.full(len(arms), value)) for name, value in more.items()}
    return xr.Dataset(data | fixed, coords={"arm": list(arms), "window": windows})


def trains(held, **axes):
    """Return responses during a train of which a share is held, by sweep axes; 2 spikes its own."""
    held = np.asarray(held, dtype=float)
    own = np.full(held.shape, 2.0)
    on = np.stack([SIZE * (1 - held) + own, own])[..., None] + _NOISE[:, 0]
    off = np.stack([np.full(held.shape, SIZE), 0 * held])[..., None] + 0 * _NOISE[:, 0]
    shape = (2, *held.shape, SEEDS, 1, 1)
    dims = ("arm", *axes, "seed", "epoch", "window")
    data = {
        "window_signal": (dims, on.reshape(shape)),
        "window_signal_off": (dims, off.reshape(shape)),
    }
    labels = {"arm": ["with_test", "without_test"], "epoch": ["during"], "window": ["c"]}
    return xr.Dataset(data, coords=labels | axes)


# --- SCS

TIME = 5.0 + 10.0 * np.arange(155) - 360.0  # since SCS goes off [s]


def scs(at_offset, tau, *, ab0=0.0, during=0.6):
    after = TIME > 0
    held = np.where(after, at_offset * np.exp(-np.maximum(TIME, 0) / tau), 0.0)
    at_threshold = np.where(after, ab0, 0.0)
    return {
        "scs_train": by_volley(
            {"ab1": (SIZE * (1 - held), SIZE), "ab0": (SIZE * (1 - at_threshold), SIZE)},
            device_off=360.0,
        ),
        "scs_during": trains(during),
    }


def test_a_third_that_fades_in_ten_minutes_passes():
    verdict, found = verdicts(TonicSCS(), scs(0.4, 433.0))
    # Mean of 0.4 exp(-t / 433 s) over 15 minutes: 0.4 * 433 / 900 * (1 - exp(-900 / 433)).
    assert found["after"].value == pytest.approx(1 - 0.1684, abs=1e-3)  # sampled every 10 s
    assert found["during"].value == pytest.approx(0.4, abs=0.01)  # of the noise of 8 seeds
    assert verdict == "pass"
    verdict, found = verdicts(AfterEffect(), scs(0.4, 433.0))
    # ln 4 time constants; blocks of a minute have their mean a little before their middle.
    assert found["duration"].value == pytest.approx(433.0 * np.log(4), rel=0.01)
    assert verdict == "pass"


def test_what_takes_away_nine_tenths_or_leaves_nothing_behind_is_no_scs():
    # One exponential that meets P01: 90 % during, nothing after.
    runs = scs(0.0, 400.0, during=0.9)
    verdict, found = verdicts(TonicSCS(), runs)
    assert (found["during"].verdict, found["after"].verdict, verdict) == ("fail", "fail", "fail")
    verdict, found = verdicts(AfterEffect(), runs)
    assert found["at_offset"].verdict == "fail"
    assert verdict == "fail"


@pytest.mark.parametrize(("tau", "why"), [(60.0, "seconds, not minutes"), (3000.0, "an hour")])
def test_an_after_effect_of_another_length_fails(tau, why):
    verdict, found = verdicts(AfterEffect(), scs(0.4, tau))
    assert found["duration"].verdict == "fail", why
    assert verdict == "fail"


@pytest.mark.parametrize(("held", "expected"), [(0.0, "pass"), (0.05, "pass"), (0.15, "fail")])
def test_at_threshold_a_tenth_is_too_much(held, expected):
    verdict, found = verdicts(AtThreshold(), scs(0.4, 433.0, ab0=held))
    assert found["after"].value == pytest.approx(1 - held, abs=1e-9)  # the noise is on both
    assert verdict == expected


# --- TENS


def cells(down, same, up, silent=0):
    change = np.concatenate([np.full(down, 0.5), np.full(same, 1.1), np.full(up, 1.5)])
    off = np.full((SEEDS, change.size), 10.0)
    on = np.pad(off * change, ((0, 0), (0, silent)), constant_values=5.0)
    off = np.pad(off, ((0, 0), (0, silent)), constant_values=0.1)
    dims = ("arm", "seed", "epoch", "cell")
    data = {"cell_rate": (dims, on[None, :, None]), "cell_rate_off": (dims, off[None, :, None])}
    return {"tens": xr.Dataset(data, coords={"arm": ["default"], "epoch": ["during"]})}


def test_two_thirds_down_and_a_third_unmoved_pass_and_silent_cells_are_left_out():
    verdict, found = verdicts(TensSpread(), cells(65, 30, 5, silent=40))
    assert [m.value for m in found.values()] == pytest.approx([0.65, 0.30, 0.05])
    assert verdict == "pass"


def test_a_homogeneous_network_does_not_spread():
    assert verdicts(TensSpread(), cells(60, 0, 0))[0] == "fail"


def tens(during, after):
    time = 5.0 + 10.0 * np.arange(95)
    held = np.where((time > 60) & (time < 660), during, np.where(time > 660, after, 0.0))
    arms = {"default": (SIZE * (1 - held), SIZE)}
    return {"tens_spinal": by_volley(arms, device_on=60.0, device_off=660.0)}


@pytest.mark.parametrize(
    ("during", "after", "expected"),
    [(0.4, 0.02, "pass"), (0.1, 0.0, "fail"), (0.4, 0.3, "fail")],
    ids=["only while on", "too little", "an after-effect"],
)
def test_tens_in_a_spinal_animal_acts_only_while_it_is_on(during, after, expected):
    verdict, found = verdicts(TensOnly(), tens(during, after))
    assert found["during"].value == pytest.approx(1 - during, abs=1e-9)  # the noise is on both
    assert found["after"].value == pytest.approx(1 - after, abs=1e-9)
    assert verdict == expected


# --- nerves


def prolonged(during, tau, spinal=True):
    time = 5.0 + np.arange(297) / 0.099 - 960.0
    fading = during * np.exp(-np.maximum(time, 0) / tau)
    held = np.where(time < -900, 0.0, np.where(time < 0, during, fading))
    own = np.where((time > -900) & (time < 0), 3.0, 0.0)  # what PNS evokes by itself
    arms = {}
    for name, share in (("intact", held), ("spinal", held * spinal)):
        # a test volley, and a blank one after it
        on = np.stack([SIZE * (1 - share) + own, own], axis=1).ravel()
        arms[name] = on, np.tile([SIZE, 0.0], time.size)
    return {"pns_high_threshold": by_volley(arms, device_on=60.0, device_off=960.0)}


def test_pns_at_c_strength_inhibits_for_twenty_minutes_and_what_it_evokes_is_taken_off():
    verdict, found = verdicts(HighThreshold(), prolonged(0.6, 670.0))
    assert found["during_intact"].value == pytest.approx(0.4, abs=1e-9)  # the noise is on all
    # 0.6 exp(-t / 670 s) is below 0.1 after 20 minutes, in blocks of two.
    assert found["recovery_spinal"].value == pytest.approx(670 * np.log(6), abs=120)
    assert verdict == "pass"


def test_pns_that_stops_with_its_pulses_or_needs_the_brain_fails():
    brief = verdicts(HighThreshold(), prolonged(0.6, 10.0))[1]
    assert brief["recovery_intact"].verdict == "fail"
    of_the_brain = verdicts(HighThreshold(), prolonged(0.6, 670.0, spinal=False))[1]
    assert of_the_brain["during_intact"].verdict == "pass"
    assert of_the_brain["during_spinal"].verdict == "fail"


def test_test_volleys_do_not_meet_antidromic_spikes_of_c_fibres():
    text = read_yaml(protocol_path(HighThreshold(), "pns_high_threshold")).data
    assert "recruited(c)" in text["device"]["amplitude"]
    # PNS fires C fibres of this nerve; a test from the skin would be lost on its way to the cord.
    assert {one["site"] for one in text["stimuli"]} == {"nerve"}, json.dumps(text["stimuli"])


RATES = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0]


def by_rate(held):
    return {"pns_rate": trains(held, device_frequency=RATES)}


def test_inhibition_that_grows_with_the_rate_passes_and_one_blind_to_it_fails():
    verdict, found = verdicts(RateOfNerve(), by_rate([0.1, 0.15, 0.2, 0.3, 0.5, 0.7]))
    assert found["rank_correlation"].value == pytest.approx(1.0)
    assert found["fastest_to_slowest"].value == pytest.approx(7.0, abs=0.5)  # noise on a tenth
    assert verdict == "pass"
    blind, found = verdicts(RateOfNerve(), by_rate([0.4, 0.42, 0.39, 0.41, 0.4, 0.4]))
    assert found["fastest_to_slowest"].verdict == "fail"
    assert blind == "fail"


def by_strength(abeta, adelta):
    amplitudes = ["95 % recruited(abeta)", "95 % recruited(adelta)"]
    rates = [4.0, 10.0, 40.0, 80.0, 160.0, 300.0]
    axes = {"device_amplitude": amplitudes, "device_frequency": rates}
    return {"pns_frequency": trains([abeta, adelta], **axes)}


def test_a_delta_fibres_must_add_at_every_rate():
    abeta = np.array([0.1, 0.2, 0.3, 0.35, 0.3, 0.1])
    verdict, found = verdicts(AddedADelta(), by_strength(abeta, abeta + 0.2))
    assert found["least"].value == pytest.approx(0.2, abs=1e-9)  # the noise is on both
    assert verdict == "pass"
    less_at_one = abeta + np.array([0.2, 0.3, 0.3, 0.3, -0.05, 0.2])
    verdict, found = verdicts(AddedADelta(), by_strength(abeta, less_at_one))
    assert (found["mean"].verdict, found["least"].verdict, verdict) == ("pass", "fail", "fail")
    assert verdicts(AddedADelta(), by_strength(abeta, abeta + 0.05))[0] == "fail"
    verdict, found = verdicts(AddedADelta(), by_strength(abeta, abeta))
    assert found["least"].value == 0.0  # no effect is not "lower at every rate"
    assert found["least"].verdict == "fail"


def test_the_best_rate_is_a_middle_one():
    held = np.array([0.1, 0.2, 0.5, 0.6, 0.4, 0.2])
    verdict, found = verdicts(BestFrequency(), by_strength(held / 2, held))
    assert (found["best"].value, verdict) == (80.0, "pass")
    verdict, found = verdicts(BestFrequency(), by_strength(held / 2, np.sort(held)))
    assert (found["best"].value, verdict) == (300.0, "fail")
    verdict, found = verdicts(BestFrequency(), by_strength(held / 2, np.full(6, 1.0)))
    assert np.isnan(found["best"].value)  # all rates silence the response: none is best
    assert verdict == "fail"
