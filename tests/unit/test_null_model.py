"""Null models: closed forms of their gains, the spikes they give, and faults by text."""

from dataclasses import replace

import numpy as np
import pytest

from gatecontrol.analysis.figures.circuit_diagram import circuit_diagram, circuit_diagram_alt
from gatecontrol.circuits import circuit_path, list_conditions, load_circuit
from gatecontrol.circuits.wiring import draw_wiring
from gatecontrol.cli.browse_circuit import about_circuit
from gatecontrol.errors import CellError, EngineError, ExperimentError
from gatecontrol.fibres.drive import DEVICE, NATURAL, AfferentDrive
from gatecontrol.fibres.population import draw_fibres
from gatecontrol.preparations import load_preparation
from gatecontrol.simulation import prepare, run
from gatecontrol.simulation.cells import current_steps
from gatecontrol.simulation.null_model import output_course

DT = 1e-4
KINDS = ("static_gain", "one_exponential")


def drive_of(circuit, trains, origin=NATURAL):
    """Return a drive: afferent -> (number of fibres that fire, their spike times [s])."""
    table = draw_fibres(circuit.afferents.values(), load_preparation("rat"), 1)
    fibre, time = [np.empty(0, np.int32)], [np.empty(0)]
    for name, (count, times) in trains.items():
        rows = np.flatnonzero(table.afferent == name)[:count]
        fibre.append(np.repeat(rows, len(times)).astype(np.int32))
        time.append(np.tile(times, count))
    fibre, time = np.concatenate(fibre), np.concatenate(time)
    order = np.lexsort((fibre, time))
    kinds = np.full(len(time), origin, np.int8)
    return AfferentDrive(table, fibre[order], time[order], kinds, np.zeros(len(time)))


def course_of(name, trains, duration=3.0, changes=None, origin=NATURAL):
    circuit = load_circuit(name, [], changes)
    parts = list(output_course(circuit, drive_of(circuit, trains, origin), duration, DT))
    assert [p.start for p in parts] == [round(k / DT) for k in range(len(parts))]
    return (np.concatenate([getattr(p, key) for p in parts]) for key in ("ungated", "gain"))


def test_ungated_rate_is_background_plus_smoothed_c_input():
    ungated, gain = course_of("static_gain", {"c": (160, [1.0]), "adelta": (40, [0.5])})
    assert (ungated[:10_000] == 5).all()
    # one spike of each C fibre brings 10 spikes, with an exponential kernel of 20 ms
    assert (ungated - 5).sum() * DT == pytest.approx(10, rel=0.01)  # dt is 0.5 % of the kernel
    assert ungated[10_200] - 5 == pytest.approx((ungated[10_000] - 5) / np.e, rel=0.01)
    half, _ = course_of("static_gain", {"c": (80, [1.0])})
    assert (half - 5).sum() == pytest.approx((ungated - 5).sum() / 2)
    assert (gain == 1).all()  # neither C nor A-delta fibres gate


@pytest.mark.parametrize("rate", [1, 4, 20, 50, 100])
@pytest.mark.parametrize("count", [3, 30, 60])
def test_static_gain_is_its_closed_form(rate, count):
    times = np.arange(0, 3, 1 / rate)
    _, gain = course_of("static_gain", {"abeta_centre": (count, times)})
    settled = gain[15_000:]
    expected = 1 - 0.462 * count / 60 * rate / (rate + 20)
    # a window of 1 s holds `rate` spikes, but for the step in which one enters and one leaves
    np.testing.assert_allclose(np.median(settled), expected, atol=1e-9)
    if (rate, count) == (50, 60):
        assert expected == pytest.approx(0.67, abs=1e-3)


def test_static_gain_counts_a_fibre_once_and_forgets_after_its_window():
    _, gain = course_of("static_gain", {"abeta_centre": (60, [0.5, 0.6])})
    assert (gain[:5_000] == 1).all()
    np.testing.assert_allclose(gain[5_001:5_999], 1 - 0.462 / 21)
    np.testing.assert_allclose(gain[6_001:14_990], 1 - 0.462 * 2 / 22)
    np.testing.assert_allclose(gain[15_005:15_990], 1 - 0.462 / 21)
    assert (gain[16_005:] == 1).all()


def test_one_exponential_recovers_with_its_time_constant():
    _, gain = course_of("one_exponential", {"abeta_centre": (60, [1.00005])}, origin=DEVICE)
    assert (gain[:10_000] == 1).all()
    after = np.arange(gain[10_000:].size) * DT
    np.testing.assert_allclose(gain[10_000:], 1 - np.exp(-after / 0.05), atol=1e-9)


def test_one_exponential_adds_volleys_by_their_share_and_is_rectified():
    one, two = (
        list(course_of("one_exponential", {"abeta_centre": (6, times)}))[1]
        for times in ([1.00005], [1.00005, 1.01005])
    )
    late = np.exp(-np.arange(100) * DT / 0.05) / 10
    np.testing.assert_allclose(1 - one[10_100:10_200], np.exp(-0.2) * late, atol=1e-9)
    np.testing.assert_allclose(1 - two[10_100:10_200], (1 + np.exp(-0.2)) * late, atol=1e-9)
    # 50 Hz with all fibres adds up to 1/(1 - exp(-0.4)) = 3: nothing is left
    _, gain = course_of("one_exponential", {"abeta_centre": (60, np.arange(0, 3, 0.02))})
    assert (gain[5_000:] == 0).all()


@pytest.mark.parametrize("name", KINDS)
def test_fibres_of_the_surround_take_nothing_off(name):
    _, gain = course_of(name, {"abeta_surround": (60, np.arange(0, 3, 0.02))})
    assert (gain == 1).all()


def test_numbers_may_be_changed_by_an_experiment():
    changes = {"null_model.decay": "10 ms", "null_model.strength": "2"}
    _, gain = course_of("one_exponential", {"abeta_centre": (6, [1.00005])}, changes=changes)
    assert gain[10_100] == pytest.approx(1 - 0.2 / np.e)


def simulated(name, trains, seed=1, duration=20.0):
    circuit = load_circuit(name)
    wiring, drive = draw_wiring(circuit, seed), drive_of(circuit, trains)
    return run(circuit, wiring, drive, duration, DT, seed, "numpy")


def test_spikes_have_the_rate_and_are_the_same_for_a_seed():
    c = {"c": (160, np.arange(0.1, 20, 0.5))}
    first, again, other = (simulated("static_gain", c, seed) for seed in (1, 1, 2))
    spikes = first.spikes["projection_deep"]
    np.testing.assert_array_equal(spikes.time, again.spikes["projection_deep"].time)
    np.testing.assert_array_equal(spikes.neuron, again.spikes["projection_deep"].neuron)
    assert not np.array_equal(spikes.time[:50], other.spikes["projection_deep"].time[:50])
    # 60 cells for 20 s at 5 + 10 x 2 Hz: 30000 spikes, standard deviation 173; five of those
    assert abs(len(spikes.time) - 30_000) < 870
    assert (np.diff(spikes.time) >= 0).all()
    assert 0 <= spikes.time[0] <= spikes.time[-1] < 20
    # Poisson: counts of the cells vary as their mean (500; 60 cells estimate it within 19 %)
    counts = np.bincount(spikes.neuron, minlength=60)
    assert 0.4 < counts.var() / counts.mean() < 1.8


@pytest.mark.parametrize("name", KINDS)
def test_the_gain_keeps_a_share_of_the_spikes_of_the_control(name):
    control = simulated(name, {}).spikes["projection_deep"]
    touched = simulated(name, {"abeta_centre": (60, np.arange(0, 20, 0.1))})
    left = touched.spikes["projection_deep"]
    assert np.isin(left.time, control.time).all()
    # 1 - 0.462 x 10/30; the mean of max(0, 1 - exp(-t/50 ms)/(1 - exp(-2))) over 100 ms.
    # 6000 spikes: five standard deviations of a share are 0.03
    share = {"static_gain": 0.846, "one_exponential": 0.506}[name]
    assert len(left.time) / len(control.time) == pytest.approx(share, abs=0.03)


def test_no_engine_is_built_and_no_current_is_injected():
    said = []
    assert prepare(load_circuit("static_gain"), DT, "numpy", said.append) == "numpy"
    assert not said
    with pytest.raises(CellError, match="static_gain: a null model has no cells to inject"):
        current_steps(load_circuit("static_gain"), "projection_deep", [0.0], duration=0.1)


@pytest.mark.parametrize("name", KINDS)
def test_it_is_described_and_drawn(name):
    assert list_conditions(name) == ["naive"]
    about = about_circuit(name)
    assert about["null_model"][0] == {"number": "kind", "value": name}
    assert {"number": "smoothing", "value": "20 ms [assumed]"} in about["null_model"]
    words = circuit_diagram_alt(load_circuit(name))
    assert words.endswith(
        "A-beta, centre: inhibits Projection neurons (deep); C: excites Projection neurons (deep)."
    )
    circuit_diagram(load_circuit(name))


def test_missing_fibres_and_other_circuits_are_refused():
    circuit = load_circuit("static_gain")
    touchless = {n: a for n, a in circuit.afferents.items() if a.fibre_class != "abeta"}
    circuit = replace(circuit, afferents=touchless)
    with pytest.raises(EngineError, match="needs afferents of class abeta with the role centre"):
        next(output_course(circuit, drive_of(circuit, {}), 1.0, DT))
    with pytest.raises(EngineError, match="the circuit 'gate' is no null model"):
        next(output_course(load_circuit("gate"), drive_of(circuit, {}), 1.0, DT))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("kind: static_gain", "kind: static", "null_model.kind: 'static' is not known. Did you"),
        ("  window: 1 s [assumed]\n", "", "error[E002]: null_model: 'window' is missing"),
        ("window: 1 s", "wndow: 1 s", "null_model.wndow: unknown key. Did you mean 'window'?"),
        ("half_rate: 20 Hz", "half_rate: 20", "E021]: null_model.half_rate: 20 has no unit"),
        ("strength: 0.462", "strength: -1", "E030]: null_model.strength: must be >= 0"),
        ("window: 1 s", "window: 1000 s", "E033]: null_model.window: 1000 s [assumed] is outside"),
        ("afferents:", "cells: {}\nafferents:", "error[E001]: cells: unknown key."),
    ],
)
def test_faults_are_named_with_place_and_text(tmp_path, old, new, expected):
    text = circuit_path("static_gain").read_text()
    assert text.count(old) == 1
    (tmp_path / "mine.yaml").write_text(text.replace(old, new))
    with pytest.raises(ExperimentError) as caught:
        load_circuit(tmp_path / "mine.yaml")
    lines = [str(p).splitlines()[0] for p in caught.value.problems]
    assert any(expected in line and "mine.yaml:" in line for line in lines), lines
