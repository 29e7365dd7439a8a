"""``sweep.sensitivity``: what is drawn, how it is labelled and written, and what is light."""

import json
import subprocess
import sys

import numpy as np
import pytest

from gatecontrol.errors import GatecontrolError
from gatecontrol.experiment.estimate import headline
from gatecontrol.experiment.load import load
from gatecontrol.experiment.sensitivity import Design, read_range
from gatecontrol.experiment.sweep import axes, combinations, points
from gatecontrol.plugins import REQUIRED, Parameter

BASE = """\
schema: 1
name: design
preparation: rat
circuit: {name: gate, conditions: [injured]}
stimuli:
  - {kind: pinch, onset: 0.2 s, duration: 2 s}
device: {kind: scs, frequency: 50 Hz, amplitude: 120 %PT}
run: {duration: 4 s, device_on: 1 s, device_off: 3 s}
arms: {scs: {}, nothing: {device: none}}
seeds: 2
"""
RANGES = """\
sweep:
  sensitivity:
    samples: 8
    seed: 3
    ranges:
      circuit.set.receptors.gaba_a.reversal: [-75 mV, -0.06 V]
      device.frequency: {low: 10 Hz, high: 1 kHz, scale: log}
      device.amplitude: [80 %PT, 140 %PT]
      device.pulses_per_burst: [2, 5]
"""
TEXT = BASE + RANGES


@pytest.fixture
def laid(tmp_path):
    def loaded(text=TEXT, *overrides):
        path = tmp_path / "e.yaml"
        path.write_text(text, encoding="utf-8")
        return load(path, overrides)

    return loaded


def test_the_samples_are_one_axis_with_the_parameters_along_it(laid):
    experiment = laid()
    (axis,) = axes(experiment)
    assert axis.name == "sample"
    assert axis.values == tuple(str(n) for n in range(1, 8 * (4 + 2) + 1))
    assert axis.numbers is None
    found = {p.name: p for p in axis.along}
    assert [p.path for p in axis.along] == [
        "circuit.set.receptors.gaba_a.reversal", "device.frequency", "device.amplitude",
        "device.pulses_per_burst",
    ]  # fmt: skip
    assert [p.unit for p in axis.along] == ["V", "Hz", "%PT", "1"]
    frequency = np.array(found["device_frequency"].numbers)
    assert frequency.min() >= 10
    assert frequency.max() <= 1000
    # as many below the geometric mean as above: a Sobol sequence is balanced
    independent = frequency.reshape(8, 6)[:, [0, 5]]
    assert (independent < 100).sum() == (independent > 100).sum() == 8
    reversal = np.array(found["circuit_set_receptors_gaba_a_reversal"].numbers)
    assert ((reversal >= -0.075) & (reversal <= -0.06)).all()
    assert set(found["device_pulses_per_burst"].numbers) == {2, 3, 4, 5}


def test_a_trial_has_the_values_of_its_sample(laid):
    experiment = laid()
    (axis,) = axes(experiment)
    along = {p.name: p for p in axis.along}
    found = points(experiment)
    assert len(found) == 2 * 48 * 2
    for point in found[:20]:
        index = axis.values.index(point.axes["sample"])
        device, circuit = point.trial["device"], point.trial["circuit"]
        assert device["frequency"] == along["device_frequency"].values[index]
        assert device["frequency"].endswith(" Hz")
        assert device["amplitude"] == along["device_amplitude"].values[index]
        assert device["pulses_per_burst"] in {2, 3, 4, 5}
        reversal = circuit["set"]["receptors.gaba_a.reversal"]
        assert reversal == along["circuit_set_receptors_gaba_a_reversal"].values[index]
        number = along["circuit_set_receptors_gaba_a_reversal"].numbers[index]
        assert float(reversal.split()[0]) / 1000 == pytest.approx(number, rel=1e-12)
    # only a parameter that an arm has changes it
    nothing = next(p for p in found if p.arm == "nothing")
    assert nothing.trial["device"] is None
    assert "receptors.gaba_a.reversal" in nothing.trial["circuit"]["set"]


def test_neighbours_of_a_base_sample_differ_in_one_parameter(laid):
    """Saltelli's design: A, then A with one column of B each, then B."""
    (axis,) = axes(laid())
    x = np.array([p.numbers for p in axis.along]).T.reshape(8, 6, 4)
    for block in x:
        for column in range(4):
            changed = block[column + 1] != block[0]
            assert not changed[[c for c in range(4) if c != column]].any()
            assert block[column + 1, column] == block[5, column]


def test_the_same_file_gives_the_same_samples_and_another_seed_others(laid):
    one, again = (axes(laid())[0].along for _ in range(2))
    other = axes(laid(TEXT, "sweep.sensitivity.seed=4"))[0].along
    assert one == again
    assert one[1].numbers != other[1].numbers


def test_the_resolved_file_gives_the_same_points(laid, tmp_path):
    experiment = laid()
    text = experiment.resolved()
    assert "    samples: 8\n    seed: 3\n    second_order: false\n    ranges:\n" in text
    assert "      device.frequency: {low: 10 Hz, high: 1 kHz, scale: log}\n" in text
    again = laid(text)
    assert [p.trial for p in points(again)] == [p.trial for p in points(experiment)]
    assert again.resolved() == text


def test_set_changes_the_design(laid):
    overrides = (
        "sweep.sensitivity.samples=2",
        "sweep.sensitivity.second_order=true",
        "sweep.sensitivity.ranges.device.frequency=[20 Hz, 40 Hz]",
    )
    experiment = laid(TEXT, *overrides)
    assert headline(experiment) == "design: 2 arms x 20 sample x 2 seeds = 80 points"
    (axis,) = axes(experiment)
    assert max(axis.along[1].numbers) <= 40


def test_a_parameter_set_on_the_command_line_leaves_the_design(laid):
    experiment = laid(TEXT, "device.frequency=30 Hz")
    assert [w.code for w in experiment.warnings] == ["W003"]
    (axis,) = axes(experiment)
    assert "device_frequency" not in {p.name for p in axis.along}


def test_a_design_stands_beside_other_axes(laid):
    experiment = laid(BASE + "sweep:\n  device.pulse_width: [100 us, 200 us]\n" + RANGES[7:])
    assert [a.name for a in axes(experiment)] == ["device_pulse_width", "sample"]
    assert len(list(combinations(experiment))) == 2 * 2 * 48


def test_every_corner_of_a_few_parameters_is_checked():
    parameter = Parameter("x", "frequency", REQUIRED, "")
    ranges = []
    for number in range(6):
        one, fault = read_range(f"device.p{number}", ("device", "x"), ["1 Hz", "2 Hz"], parameter)
        assert fault is None
        ranges.append(one)
    assert len(set(Design(4, 1, False, tuple(ranges[:5])).corners())) == 32
    many = list(Design(4, 1, False, tuple(ranges)).corners())
    assert len(set(many)) == len(many) == 6 + 2
    assert many[0] == ("1 Hz",) * 6
    assert many[-1] == ("2 Hz",) * 6


def test_ends_in_other_units_of_one_dimension():
    one, fault = read_range("circuit.set.g", ("circuit", "set", "g"), ["500 pS", "2 nS"], None)
    assert fault is None
    assert (one.low, one.high, one.written, one.unit) == (500.0, 2000.0, "pS", "S")
    assert one.value(1234.5678901234) == "1234.56789 pS"
    assert one.number("1234.56789 pS") == pytest.approx(1.23456789e-9, rel=1e-14)
    share, _ = read_range("circuit.set.p", ("circuit", "set", "p"), [0.1, 0.5], None)
    assert share.value(0.25) == 0.25
    assert share.unit == "1"


def test_planning_without_salib_is_one_clear_error(laid, monkeypatch):
    from gatecontrol.analysis import sensitivity as module

    def missing(name):
        raise ModuleNotFoundError(name)

    experiment = laid()
    monkeypatch.setattr(module, "import_module", missing)
    # checking and counting need no SALib
    assert headline(experiment) == "design: 2 arms x 48 sample x 2 seeds = 192 points"
    with pytest.raises(GatecontrolError, match=r"pip install 'gatecontrol\[sensitivity\]'"):
        points(experiment)


def test_checking_a_design_imports_nothing_heavy(tmp_path):
    path = tmp_path / "e.yaml"
    path.write_text(TEXT)
    heavy = ["SALib", "pandas", "scipy", "matplotlib", "xarray", "numba", "numpy"]
    program = (
        "import sys, json\nfrom gatecontrol.experiment.load import load\n"
        + "from gatecontrol.experiment.estimate import headline\n"
        + f"headline(load({str(path)!r}))\n"
        + f"print(json.dumps([m for m in {heavy!r} if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []
