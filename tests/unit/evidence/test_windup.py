"""P07 to P09: trains whose growth is known."""

import numpy as np
import pytest
import xarray as xr

from gatecontrol.errors import GatecontrolError
from gatecontrol.evidence.phenomena.p07_p09_windup import NmdaBlock, NoWindupOfA, Windup
from gatecontrol.evidence.scoring import measure, verdict_of

VOLLEYS = 16
DRIVE = np.array([3.0, 4.0, 4.0, 5.0, 4.5])
"""First responses of five seeds [spikes per cell]."""


def course(growth, count=VOLLEYS):
    """Return a course whose last three volleys are, on average, `growth` times the first."""
    steps = np.arange(count) / (count - 2)
    found = np.full(VOLLEYS, np.nan)
    found[:count] = 1 + (growth - 1) * steps
    return found


def of_rates(growths, counts=(VOLLEYS, VOLLEYS, VOLLEYS)):
    rows = np.array([course(g, n) for g, n in zip(growths, counts, strict=True)])
    spikes = DRIVE[:, None] * rows[None, :, None, :]
    dims = ("arm", "stimuli_0_rate", "seed", "volley")
    return {"windup": xr.Dataset({"windup_spikes": (dims, spikes)}, {"arm": ["arm"]})}


def windup(*growths, **given):
    found = measure(Windup(), of_rates(growths, **given))
    return {m.quantity.name: m for m in found}, verdict_of(found)[0]


def test_growth_with_rate_passes():
    found, verdict = windup(1.0, 1.75, 4.5)
    assert verdict == "pass"
    values = [found[name].value for name in ("at_0_2_hz", "at_0_5_hz", "at_1_hz")]
    assert values == pytest.approx([1.0, 1.75, 4.5])
    assert found["order_low"].value == pytest.approx(0.75)


def test_a_static_synapse_fails():
    found, verdict = windup(1.0, 1.0, 1.0)
    assert verdict == "fail"
    assert found["at_0_2_hz"].verdict == "pass"
    assert found["at_1_hz"].verdict == "fail"


def test_growth_that_does_not_rise_with_rate_fails_by_the_order_alone():
    # An order holds only if its whole interval does: here seeds disagree about it.
    runs = of_rates([1.3, 1.25, 2.1])
    found = {m.quantity.name: m.verdict for m in measure(Windup(), runs)}
    assert {name for name, verdict in found.items() if verdict == "fail"} == {"order_low"}


def test_shorter_trains_at_low_rates_use_their_own_last_volleys():
    found, verdict = windup(1.0, 1.75, 4.5, counts=(6, 12, VOLLEYS))
    assert verdict == "pass"
    assert found["at_0_5_hz"].value == pytest.approx(1.75)


def test_a_train_of_three_volleys_is_refused():
    message = "more than 3 volleys with a whole C window; set a higher count"
    with pytest.raises(GatecontrolError, match=message):
        Windup().collect(of_rates([1.0, 1.0, 1.0], counts=(3, VOLLEYS, VOLLEYS)))


def blocked(slope, first):
    """Return results of a growth of 0.8 spikes per volley, and of what a block leaves."""
    rows = np.array([course(4.0), first + slope * 3 * np.arange(VOLLEYS) / (VOLLEYS - 2)])
    spikes = DRIVE[:, None] * rows[:, None, :]
    away = np.arange(VOLLEYS) - (VOLLEYS - 1) / 2
    dims = ("arm", "seed")
    data = {
        "windup_spikes": ((*dims, "volley"), spikes),
        "windup_slope": (dims, spikes @ away / (away**2).sum()),
    }
    return {"windup_nmda": xr.Dataset(data, {"arm": ["whole", "nmda_block"]})}


@pytest.mark.parametrize(
    ("slope", "first", "verdicts"),
    [
        (0.1, 0.9, ["pass", "pass"]),
        (0.5, 0.9, ["fail", "pass"]),  # half of the growth is left
        (0.0, 0.0, ["pass", "fail"]),  # NMDA receptors carry the whole response (aguiar2010)
    ],
)
def test_an_nmda_block_must_remove_growth_and_leave_the_first_response(slope, first, verdicts):
    found = measure(NmdaBlock(), blocked(slope, first))
    assert [m.verdict for m in found] == verdicts
    assert [m.value for m in found] == pytest.approx([1 - slope, first])


def test_without_growth_there_is_none_to_remove():
    runs = blocked(0.0, 1.0)
    runs["windup_nmda"]["windup_slope"][:] = 0.0
    found = measure(NmdaBlock(), runs)[0]
    assert found.verdict == "fail"
    assert found.reason == "it has no value here"


@pytest.mark.parametrize(("growth", "verdict"), [(1.0, "pass"), (2.0, "fail"), (0.5, "fail")])
def test_a_trains_must_neither_grow_nor_fade(growth, verdict):
    spikes = (DRIVE[:, None] * course(growth))[None, :, :, None]
    dims = ("arm", "seed", "volley", "window")
    data = xr.Dataset({"window_spikes": (dims, spikes)}, {"arm": ["arm"], "window": ["abeta"]})
    found = measure(NoWindupOfA(), {"abeta_train": data})[0]
    assert found.verdict == verdict
    assert found.value == pytest.approx(growth)
