"""The train rule's edges: what it refuses, and what needs no solver to know."""

import numpy as np
import pytest

from gatecontrol.errors import GatecontrolError
from gatecontrol.fibres.activity import SLOWING, conduct
from gatecontrol.fibres.recovery import INTERVALS, REFRACTORY, filled, recovery_table
from gatecontrol.fibres.solved_train import SolvedTrains
from gatecontrol.fibres.train_rule import HIGHEST_RATE, follow, refuse_beyond

TEN = np.array([10e-6])


def run(times, amplitude, threshold, diameter=TEN, *, seed=0, **settings):
    settings = {"width": 200e-6, "jitter": 0.0, **settings}
    return follow(
        np.asarray(times, float),
        np.broadcast_to(np.asarray(amplitude, float), np.shape(times)),
        np.asarray(threshold, float),
        diameter,
        np.random.default_rng(seed),
        **settings,
    )


@pytest.mark.parametrize(
    ("times", "amplitude", "threshold", "diameter"),
    [
        ([], [], [1e-3], TEN),
        ([0.0, 0.1], [0.0, 0.0], [1e-3], TEN),
        ([0.0, 0.1], [1e-3, 1e-3], np.empty(0), np.empty(0)),
        ([0.0, 0.1], [1e-3, 1e-3], [np.inf], TEN),
    ],
    ids=["no pulses", "zero amplitude", "no fibres", "never fires"],
)
def test_nothing_to_follow(times, amplitude, threshold, diameter):
    found = run(times, amplitude, threshold, diameter)
    assert found.pulse.size == found.fibre.size == found.ratio.size == 0
    assert found.pulse.dtype == found.fibre.dtype == np.int64


def test_slow_trains_follow_where_the_amplitude_reaches():
    found = run(np.arange(4) / 2, 2e-3, [1e-3, 4e-3, 1.9e-3], np.full(3, 10e-6))
    assert found.pulse.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert found.fibre.tolist() == [0, 2] * 4
    assert found.ratio[:2] == pytest.approx([2, 2 / 1.9])


def test_pulses_of_zero_amplitude_leave_no_trace():
    times = np.arange(20) / 500
    amplitude = np.where(np.arange(20) % 2, 0.0, 1.2e-3)
    found = run(times, amplitude, [1e-3])
    alone = run(times[::2], 1.2e-3, [1e-3])
    assert (found.pulse == 2 * alone.pulse).all()
    assert found.ratio == pytest.approx(alone.ratio)


def test_simultaneous_pulses_of_two_channels_add_up():
    times = np.array([0.0, 0.0, 0.5, 1.0])
    channel = np.array([0, 1, 0, 1])
    # 0.6 + 0.7 thresholds together; neither alone
    found = run(times, 1.0, [[1 / 0.6], [1 / 0.7]], channel=channel)
    assert found.pulse.tolist() == [0]
    assert found.ratio == pytest.approx([1.3])
    twice = run(times, 1.0, [[1 / 0.6], [1 / 1.2]], channel=channel)
    assert twice.pulse.tolist() == [0, 3]
    assert twice.ratio == pytest.approx([1.8, 1.2])


def test_two_channels_of_which_neither_reaches_a_fibre():
    found = run([0.0, 0.0], 1.0, np.full((2, 1), np.inf), channel=np.array([0, 1]))
    assert found.pulse.size == 0


def test_a_pulse_of_one_channel_makes_the_other_refractory():
    found = run(np.array([0.0, 1e-3]), 1.3, [[1.0], [1.0]], channel=np.array([0, 1]))
    assert found.pulse.tolist() == [0]


@pytest.mark.parametrize(
    ("times", "width", "anodic", "message"),
    [
        ([0, 1e-4], 5e-5, False, "pulses 0.1 ms apart are beyond the train rule .1200 Hz at most"),
        ([0, 1.0], 2e-4, True, "measured with cathodic pulses; solve anodic trains"),
        ([0.0, 1.5e-3], 2e-3, False, "pulses of 2000 us overlap: one begins 1500 us after"),
        ([1.0, 0.5], 2e-4, False, "must be in order of time"),
    ],
)
def test_refusals(times, width, anodic, message):
    with pytest.raises(GatecontrolError, match=message):
        refuse_beyond(times, width, anodic=anodic)


def test_the_highest_rate_itself_is_taken():
    refuse_beyond(np.arange(1000) / HIGHEST_RATE, 200e-6)


def test_supernormality_is_a_share():
    with pytest.raises(GatecontrolError, match="a share from 0 to 1, got 1.5"):
        run([0.0], 1.0, [0.5], supernormality=1.5)


def test_without_supernormality_no_weaker_pulse_fires():
    times = np.array([0.0, 5e-3])
    amplitude = np.array([1.5, 0.95])
    assert run(times, amplitude, [1.0]).pulse.tolist() == [0, 1]
    assert run(times, amplitude, [1.0], supernormality=0.0).pulse.tolist() == [0]


def test_a_longer_refractory_period_of_a_device_holds():
    found = run(np.arange(10) / 100, 3.0, [1.0], refractory=25e-3)
    assert found.pulse.tolist() == [0, 3, 6, 9]


def test_classes_have_their_own_tables():
    times = np.array([0.0, 2e-3])
    classes = np.array(["c", "abeta", "c"])
    found = run(times, 3.0, np.ones(3), np.array([1e-6, 10e-6, 1e-6]), fibre_class=classes)
    assert found.pulse.tolist() == [0, 0, 0, 1]
    assert found.fibre.tolist() == [0, 1, 2, 1]


def test_jitter_is_the_fibres_own_and_of_the_stated_size():
    times, fibres = np.arange(200) / 2, 400
    settings = {"diameter": np.full(fibres, 10e-6), "jitter": 0.02}
    at = run(times, 1.0, np.full(fibres, 1.0), **settings)
    # half of all at threshold; 84.1 % one standard deviation above it
    assert at.pulse.size / (200 * fibres) == pytest.approx(0.5, abs=0.01)
    above = run(times, 1.02, np.full(fibres, 1.0), **settings)
    assert above.pulse.size / (200 * fibres) == pytest.approx(0.841, abs=0.01)
    alone = run(times, 1.0, np.full(1, 1.0), diameter=TEN, jitter=0.02)
    assert (alone.pulse == at.pulse[at.fibre == 0]).all()
    pairs = set(zip(at.pulse.tolist(), at.fibre.tolist(), strict=True))
    assert pairs <= set(zip(above.pulse.tolist(), above.fibre.tolist(), strict=True))
    other = run(times, 1.0, np.full(fibres, 1.0), seed=1, **settings)
    assert other.pulse.size != at.pulse.size or (other.fibre != at.fibre).any()


@pytest.mark.parametrize("model", ["mrg", "sundt2015"])
def test_shipped_tables_are_whole(model):
    for width in (20e-6, 60e-6, 300e-6, 1e-3, 2e-3):
        table = recovery_table(model, width)
        assert np.isfinite(table.constants).all()
        assert np.isfinite(table.delay).all()
        assert table.ratio.shape == (table.diameters.size, len(INTERVALS))
        assert (table.ratio[:, 0] == REFRACTORY).all()
        assert (np.abs(table.ratio[:, -1] - 1) < 0.05).all()


def test_a_state_fills_as_spike_by_spike():
    state = 0.0
    for _ in range(6):
        state = (state + 0.3 * (1 - state)) * 0.8
    assert filled(0.3, np.array(0.8), np.array(7)) == pytest.approx(state)


def test_an_unknown_subclass_of_c_fibres():
    with pytest.raises(GatecontrolError, match=r"'type4'\. Did you mean 'type"):
        conduct(np.zeros(1, int), np.zeros(1), np.random.default_rng(0), subclass="type4")


def test_conduction_of_no_spikes_and_of_one():
    rng = np.random.default_rng(0)
    assert conduct(np.empty(0, int), np.empty(0), rng).slowing.size == 0
    one = conduct(np.zeros(1, int), np.zeros(1), rng)
    assert one.arrives.all()
    assert (one.slowing == 0).all()


def test_conduction_answers_in_the_order_of_the_question():
    rng = np.random.default_rng(0)
    time = rng.permutation(np.arange(200) / 2)
    found = conduct(np.zeros(200, int), time, rng, subclass="type2")
    assert (np.diff(found.slowing[np.argsort(time)]) > 0).all()
    assert found.slowing.max() < SLOWING["type2"]


def test_solved_stretches_are_repeated():
    times = ((np.array([0.01, 0.06, 0.09]), np.array([0.01])),)
    solved = SolvedTrains(TEN, np.ones(1), np.array([1.0, 2.0]), times, 0.1)
    assert solved.steady_rate == pytest.approx(np.array([[40.0, 0.0]]))
    fibre, time = solved.spikes([9e-6, 9e-6, 9e-6], [1.1, 0.9, 3.0], 0.2)
    assert fibre.tolist() == [0] * 7 + [2]
    assert time == pytest.approx([0.01, 0.06, 0.09, 0.11, 0.14, 0.16, 0.19, 0.01])
