"""Movement of the cord under the lead, and the loop that holds the evoked response."""

import numpy as np
import pytest

from gatecontrol.devices.closed_loop import CLOSED_LOOP_PARAMETERS, Ecap, control
from gatecontrol.devices.posture import POSTURE_PARAMETERS, Posture
from gatecontrol.errors import GatecontrolError
from gatecontrol.parameters import to_si

TIMES = np.arange(6000) / 50
MOVING = {"posture_sway": "0.5 mm", "breath_depth": "0.15 mm", "heartbeat_depth": "0.05 mm"}


def posture(**config):
    return Posture.from_settings(to_si(POSTURE_PARAMETERS, config))


def rng(seed=1):
    return np.random.default_rng(seed)


def population():
    """Return the response of 2000 fibres, thick ones with low thresholds and deep ones high."""
    draw = rng(7)
    diameter = draw.uniform(6e-6, 12e-6, 2000)
    return Ecap(2e-3 * (12e-6 / diameter) * draw.uniform(1.0, 1.6, 2000), diameter)


def test_a_still_body_changes_nothing():
    assert posture().still
    assert np.array_equal(posture().factors(TIMES, 4e-3, rng()), np.ones(TIMES.size))
    assert not posture(**MOVING).still


def test_the_slow_movement_has_its_spread_and_its_time():
    times = np.arange(200_000) / 10
    moved = 100e-3 * np.log(
        posture(posture_sway="0.5 mm", posture_time="5 s").distances(times, 100e-3, rng()) / 100e-3
    )
    # 20,000 s hold 2000 independent pieces of two correlation times: 3 % and 0.02 at two sigma
    assert moved.std() == pytest.approx(0.5e-3, rel=0.06)
    lag = np.corrcoef(moved[:-50], moved[50:])[0, 1]
    assert lag == pytest.approx(np.exp(-1), abs=0.06)


def test_it_does_not_hang_on_how_often_it_is_looked_at():
    fine = posture(posture_sway="0.5 mm").distances(np.linspace(0, 1000, 50_001), 4e-3, rng(2))
    rough = posture(posture_sway="0.5 mm").distances(np.linspace(0, 1000, 2_001), 4e-3, rng(3))
    # 100 correlation times: standard deviations agree within about 10 % at one sigma
    assert np.log(fine).std() == pytest.approx(np.log(rough).std(), rel=0.3)


def test_breath_and_heart_are_lines_in_the_spectrum():
    found = posture(breath_depth="0.2 mm", heartbeat_depth="0.1 mm").distances(TIMES, 4e-3, rng())
    power = np.abs(np.fft.rfft(np.log(found / 4e-3))) * 2 / TIMES.size * 4e-3
    at = np.fft.rfftfreq(TIMES.size, 1 / 50)
    assert power[np.argmin(np.abs(at - 0.25))] == pytest.approx(0.2e-3, rel=1e-6)
    assert power[np.argmin(np.abs(at - 1.1))] == pytest.approx(0.1e-3, rel=1e-6)


def test_thresholds_follow_a_power_of_the_distance_and_stay_positive():
    one = posture(posture_sway="3 mm", distance_exponent=2.0)
    near, factor = one.distances(TIMES, 2e-3, rng()), one.factors(TIMES, 2e-3, rng())
    assert near.min() > 0
    assert factor == pytest.approx((near / 2e-3) ** 2)


def test_the_same_seed_moves_alike():
    one, other, else_ = (posture(**MOVING).factors(TIMES, 4e-3, rng(s)) for s in (1, 1, 2))
    assert np.array_equal(one, other)
    assert not np.array_equal(one, else_)


def test_the_response_counts_recruited_fibres_by_their_area():
    ecap = Ecap([3e-3, 1e-3, 2e-3], [1e-6, 2e-6, 3e-6])
    assert ecap([0.5e-3, 1e-3, 2.5e-3, 5e-3]) == pytest.approx([0, 4 / 14, 13 / 14, 1])
    # thresholds doubled are an amplitude halved
    assert ecap(2e-3, 2.0) == ecap(1e-3)


def errors(seed, *, gain, noise=0.05):
    ecap = population()
    factors = posture(**MOVING).factors(TIMES, 4e-3, rng(seed))
    target = float(ecap(2.6e-3))
    found = control(
        ecap, factors, amplitude=2.6e-3, target=target, gain=gain, limits=(0.0, 25.5e-3),
        noise=noise, rng=rng(seed + 100),
    )  # fmt: skip
    return found.error(target), found


@pytest.mark.parametrize("seed", range(4))
def test_a_closed_loop_holds_the_response(seed):
    default = next(p.default for p in CLOSED_LOOP_PARAMETERS if p.name == "control_gain")
    opened, closed = errors(seed, gain=0.0)[0], errors(seed, gain=default)[0]
    # 66 against 3 uV in one patient [reference: 22 times]; here the noise of the measurement
    # is part of what is left
    assert opened > 5 * closed
    assert opened > 10 * errors(seed, gain=default, noise=0.0)[0]


def test_an_open_loop_keeps_its_amplitude():
    found = errors(1, gain=0.0)[1]
    assert (found.amplitude == 2.6e-3).all()
    assert np.ptp(found.ecap) > 0.1


def test_amplitudes_stay_within_their_limits():
    ecap = population()
    factors = np.where(np.arange(400) < 200, 3.0, 0.2)
    target = float(ecap(2.6e-3))
    found = control(
        ecap, factors, amplitude=2.6e-3, target=target, gain=0.5, limits=(1e-3, 4e-3)
    )  # fmt: skip
    assert found.amplitude[199] == 4e-3
    assert found.amplitude[-1] == 1e-3


def test_what_a_loop_cannot_do():
    with pytest.raises(GatecontrolError, match="a response above 0 to hold"):
        control(population(), [1.0], amplitude=0.0, target=0.0, gain=0.1, limits=(0, 1))
    with pytest.raises(GatecontrolError, match="no fibre whose response"):
        Ecap([], [])
