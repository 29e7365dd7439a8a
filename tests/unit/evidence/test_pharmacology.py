"""P17 to P19: made inhibition of which blocks and shifts leave a known part."""

import numpy as np
import pytest
import xarray as xr

from gatecontrol.evidence.phenomena.p17_p20_pharmacology import (
    ChlorideShift,
    ReceptorBlocks,
    TouchLaminaI,
)
from gatecontrol.evidence.scoring import measure
from gatecontrol.preparations import load_preparation

DRIVE = np.array([8.0, 9.0, 10.0, 11.0, 12.0])
"""Rates or responses of five seeds without inhibition."""
BLOCKS = ("plain", "gaba_a_block", "glycine_block")


def pulses(held):
    """Return histograms around pulses that hold the rate down by `held` of each arm."""
    time = np.arange(-97.5, 300, 5) * 1e-3
    left = np.where((time > 0) & (time < 0.1), 1 - np.array(held)[:, None], 1.0)
    rate = DRIVE[:, None] * left[:, None, :]
    dims = ("arm", "seed", "epoch", "psth_time")
    places = {"arm": list(BLOCKS), "epoch": ["during"], "psth_time": time}
    return xr.Dataset({"psth_rate": (dims, rate[:, :, None, :])}, places)


def train(held, arms=("",), axis=None, evoked=3.0, background=0.5):
    """Return responses during a train that by itself evokes some, and without it."""
    on, off = [], []
    for part in held:
        on += [DRIVE * (1 - part) + evoked + background, DRIVE * 0 + evoked + background]
        off += [DRIVE + background, DRIVE * 0 + background]
    names = [f"{arm}{which}" for arm in arms for which in ("with_test", "without_test")]
    shape, dims = (len(held) * 2, DRIVE.size), ("arm", "seed")
    values = [np.reshape(x, shape) for x in (on, off)]
    if axis:
        names, dims = ["with_test", "without_test"], (axis, "arm", "seed")
        values = [x.reshape(len(held), 2, DRIVE.size) for x in values]
    data = dict(zip(("window_signal", "window_signal_off"), values, strict=True))
    places = {"arm": names, "epoch": ["during"], "window": ["c"]}
    full = {k: ((*dims, "epoch", "window"), v[..., None, None]) for k, v in data.items()}
    return xr.Dataset(full, places)


def blocks(pulse, tonic):
    arms = [f"{arm}_" for arm in BLOCKS]
    found = measure(
        ReceptorBlocks(), {"pulse_blocks": pulses(pulse), "train_blocks": train(tonic, arms)}
    )
    return {m.quantity.name: m for m in found}


def test_blocks_remove_the_share_of_inhibition_that_they_remove():
    found = blocks([0.6, 0.15, 0.6], [0.4, 0.1, 0.36])
    assert {m.verdict for m in found.values()} == {"pass"}
    # Exact: nothing is drawn at random, and what the train evokes cancels.
    assert {k: m.value for k, m in found.items()} == pytest.approx({
        "pulse_gaba_a": 0.75,
        "pulse_glycine": 0.0,
        "train_gaba_a": 0.75,
        "train_glycine": 0.1,
    })


def test_one_knob_for_all_inhibition_fails_by_glycine():
    found = blocks([0.6, 0.2, 0.2], [0.4, 0.1, 0.1])
    assert [k for k, m in found.items() if m.verdict == "fail"] == [
        "pulse_glycine",
        "train_glycine",
    ]


def test_a_train_whose_inhibition_survives_fails_though_the_pulse_passes():
    found = blocks([0.6, 0.1, 0.6], [0.4, 0.4, 0.4])
    assert [k for k, m in found.items() if m.verdict == "fail"] == ["train_gaba_a"]


def chloride(volley, tonic):
    left = 1 - np.array(volley)[:, None]
    ones = np.ones((len(volley), DRIVE.size))
    spikes = np.stack([DRIVE * left + 0.7, DRIVE * ones + 0.2, 0.7 * ones])
    dims = ("arm", "reversal", "seed", "fibre_class")
    data = {
        "test_spikes": (dims, spikes[..., None]),
        "test_background": (dims, np.full((*spikes.shape, 1), 0.2)),
    }
    places = {"arm": ["conditioned", "test_alone", "first_alone"], "fibre_class": ["c"]}
    runs = {"chloride": xr.Dataset(data, places), "chloride_train": train(tonic, axis="reversal")}
    return {m.quantity.name: m for m in measure(ChlorideShift(), runs)}


def test_a_shift_that_takes_most_of_the_gate_step_by_step_passes():
    found = chloride([0.6, 0.5, 0.3, 0.2], [0.4, 0.3, 0.2, 0.1])
    assert {m.verdict for m in found.values()} == {"pass"}
    assert found["volley_lost"].value == pytest.approx(2 / 3)
    assert found["volley_step"].value == pytest.approx(0.1)
    assert found["train_lost"].value == pytest.approx(0.75)


def test_weights_of_a_fixed_sign_lose_nothing_and_fail():
    found = chloride([0.6] * 4, [0.4] * 4)
    assert found["volley_lost"].verdict == found["train_lost"].verdict == "fail"


def test_a_loss_that_is_not_monotone_fails():
    found = chloride([0.6, 0.3, 0.4, 0.1], [0.4, 0.3, 0.2, 0.1])
    assert [k for k, m in found.items() if m.verdict == "fail"] == ["volley_step"]


def touch(shares, chance=0.0, delay=5e-3):
    """Return results in which a share of the cells fires `delay` after the A-beta volley."""
    arms = ("naive", "disinhibited", "nmda_block")
    seeds, volleys = 5, 4
    both = [part + chance * (1 - part) for part in shares]
    answering = np.array([x for part in both for x in (part, chance)])
    body = load_preparation("rat")
    arrival = body.latency("abeta", body.pns_site_to_cord.value).median
    time = (np.arange(-200, 100) + 0.5) * 1e-3
    counts = np.full(time.size, chance / 50)
    counts[np.abs(time - arrival - delay).argmin()] += shares[1]
    names = [name for arm in arms for name in (arm, f"{arm}_chance")]
    shape = (len(names), seeds)
    data = {
        "latency_answering": (
            ("arm", "seed", "volley"),
            np.broadcast_to(answering[:, None, None], (*shape, volleys)),
        ),
        "psth": (
            ("arm", "seed", "epoch", "psth_time"),
            np.broadcast_to(counts, (*shape, 1, time.size)),
        ),
        "preparation": (("arm",), ["rat"] * len(names)),
    }
    places = {"arm": names, "epoch": ["during"], "psth_time": time}
    found = measure(TouchLaminaI(), {"touch_lamina1": xr.Dataset(data, places)})
    return {m.quantity.name: m for m in found}


def test_touch_that_disinhibition_opens_through_nmda_passes_whatever_fires_by_chance():
    for chance in (0.0, 0.3):
        found = touch([0.05, 0.5, 0.1], chance)
        assert {m.verdict for m in found.values()} == {"pass"}
        assert found["disinhibited"].value == pytest.approx(0.5)
        assert found["nmda_share"].value == pytest.approx(0.8)
        assert found["latency"].value == pytest.approx(5e-3, abs=0.5e-3)  # half a bin


@pytest.mark.parametrize(
    ("shares", "delay", "failed"),
    [
        ([0.4, 0.5, 0.1], 5e-3, ["naive"]),
        ([0.05, 0.1, 0.02], 5e-3, ["disinhibited"]),
        ([0.05, 0.5, 0.5], 5e-3, ["nmda_share"]),
        ([0.05, 0.5, 0.1], 1.5e-3, ["latency"]),  # one synapse
    ],
)
def test_each_part_of_the_touch_response_can_fail(shares, delay, failed):
    found = touch(shares, delay=delay)
    assert [k for k, m in found.items() if m.verdict == "fail"] == failed
