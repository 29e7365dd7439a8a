"""A pulse from a file: what is read, what is refused, and where the fault is."""

import numpy as np
import pytest

from gatecontrol.devices.generator import PulseGenerator, pulse_parameters
from gatecontrol.devices.generator.samples import MAX_BYTES, MAX_SAMPLES, read_samples
from gatecontrol.errors import ExperimentError
from gatecontrol.parameters import to_si
from gatecontrol.plugins import load_plugin

BALANCED = "time [us],current\n0,1\n100,0\n150,-0.25\n550,0\n"
LEFT = "# half of it comes back\ntime [ms], Current\n0,1\n\n0.1,-0.5\n0.2,0\n"


@pytest.fixture
def file(tmp_path):
    def write(text, name="pulse.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def generator(path, **config):
    config = {"pattern": "sampled", "waveform_file": str(path), "recharge": "none"} | config
    return PulseGenerator.from_settings(to_si(pulse_parameters(), config), 2e-3)


def faults(path, **config):
    config = {"pattern": "sampled", "waveform_file": str(path)} | config
    return PulseGenerator.faults(to_si(pulse_parameters(), config))


def test_levels_hold_until_the_next_sample(file):
    wave = generator(file(BALANCED), frequency="100 Hz").waveform(0.0, 0.02)
    assert wave.edges[:5] == pytest.approx(np.array([0, 100, 150, 550, 10_000]) * 1e-6)
    assert wave.levels[:5, 0].tolist() == [1, 0, -0.25, 0, 1]


def test_an_active_recharge_turns_the_whole_pulse(file):
    g = generator(file(LEFT), recharge="active", interphase_gap="0 s")
    assert g.pulse().levels[:, 0].tolist() == [1, -0.5, -1, 0.5]
    assert faults(file(LEFT), recharge="active") == []


def test_two_channels(file):
    path = file("time [us],current_1,current_2\n0,1,0\n100,-1,0\n200,0,1\n300,0,-1\n400,0,0\n")
    g = generator(path)
    assert g.channels == 2
    assert g.pulse().levels.tolist() == [[1, 0], [-1, 0], [0, 1], [0, -1]]
    assert g.waveform(0.0, 0.1).net_charge == pytest.approx([0, 0], abs=1e-12)


def test_charge_that_is_left_is_told_or_refused(file):
    path = file(LEFT)
    ((key, code, message, help_),) = faults(path, recharge="none")
    assert (key, code) == ("recharge", "E045")
    assert message.startswith("the pulse of the file leaves 0.333 of the charge that it moves")
    assert help_ == "recharge: passive   # or balance the file"
    ((key, code, message, _),) = faults(path, recharge="passive")
    assert (key, code) == ("waveform_file", "W045")
    assert "passive recharge has to take it back" in message
    wave = generator(path, recharge="passive").waveform(0.0, 0.1)
    assert wave.net_charge == pytest.approx([0], abs=1e-12)
    assert faults(file(BALANCED), recharge="none") == []


def test_a_pulse_longer_than_the_period(file):
    ((key, code, message, help_),) = faults(file(BALANCED), frequency="2 kHz", recharge="none")
    assert (key, code) == ("frequency", "E035")
    assert "lasts 550 us, longer than the period of 500 us at 2000 Hz" in message
    assert help_ == "frequency: 1.64e+03 Hz"


@pytest.mark.parametrize(
    ("text", "code", "place", "words"),
    [
        ("", "E002", "", "the file is empty"),
        ("0,1\n100,0\n", "E002", ":1", "first column must be the time with its unit, got '0, 1'"),
        ("time,current\n0,1\n1,0\n", "E002", ":1", "first column must be the time with its unit"),
        ("time [mA],current\n0,1\n", "E024", ":1", "'mA' is not a unit of time"),
        ("time [us],level\n0,1\n", "E002", ":1", "each column must be a current, got 'level'"),
        ("time [us]\n0\n", "E002", ":1", "each column must be a current"),
        ("time [us],current,current\n0,1,1\n", "E035", ":1", "currents of different names"),
        ("time [us],current\n0,1\n100,x\n200,0\n", "E023", ":3:2",
         "column 'current': expected a number, got 'x'"),
        ("time [us],current\n0,1\n100,nan\n200,0\n", "E023", ":3:2", "got 'nan'"),
        ("time [us],current\n0,1\n100 us,0\n", "E023", ":3:1", "column 'time [us]'"),
        ("time [us],current\n0,1\n100,0,3\n", "E023", ":3", "3 column(s), the header has 2"),
        ("time [us],current\n0,1.5\n100,0\n", "E033", ":2:2", "1.5 is above the programme's"),
        ("time [us],current\n10,1\n100,0\n", "E030", ":2:1", "the first time must be 0"),
        ("time [us],current\n0,1\n100,-1\n90,0\n", "E035", ":4:1", "90 is less than 1 us after"),
        ("time [us],current\n0,1\n0.5,0\n", "E035", ":3:1", "less than 1 us after"),
        ("time [us],current\n0,1\n", "E002", "", "at least two samples"),
        ("time [us],current\n0,1\n100,-1\n", "E035", "", "the last sample must be 0"),
        ("time [us],current_1,current_2\n0,1,0\n9,0,0\n", "E035", "",
         "column 'current_2' carries no current"),
        (b"time [us],current\n0,\xff\n", "E005", "", "not text in UTF-8"),
        ("#" * (MAX_BYTES + 1), "E005", "", "larger than"),
    ],
)  # fmt: skip
def test_malformed(file, text, code, place, words):
    path = file(text)
    ((key, found, message, _),) = faults(path)
    assert (key, found) == ("waveform_file", code)
    assert message.startswith(f"{path}{place}: ")
    assert words in message
    with pytest.raises(ExperimentError):
        read_samples(path)


def test_all_faults_of_a_file_at_once(file):
    path = file("time [us],current\n0,x\n100,2\n200,y\n300,0\n")
    assert [f[1] for f in faults(path)] == ["E023", "E033", "E023"]


def test_too_many_samples(file):
    rows = "".join(f"{i},1\n" for i in range(MAX_SAMPLES + 1))
    ((_, code, message, _),) = faults(file(f"time [us],current\n{rows}"))
    assert (code, message.split(": ")[-1]) == ("E033", f"more than {MAX_SAMPLES} samples")


def test_a_file_that_is_missing_or_of_another_kind(file, tmp_path):
    assert faults(tmp_path / "no.csv")[0][1:3] == (
        "E005", f"{tmp_path / 'no.csv'}: there is no such file"
    )  # fmt: skip
    assert "is not a waveform file" in faults(file("x", "pulse.npz"))[0][2]


def test_a_file_that_changes_is_read_anew(file):
    assert len(read_samples(file(BALANCED)).lengths) == 3
    assert len(read_samples(file(LEFT)).lengths) == 2


def test_file_and_pattern_belong_together(file):
    assert faults(None, waveform_file=None)[0][:2] == ("waveform_file", "E002")
    assert faults(file(BALANCED), pattern="tonic")[0][:2] == ("waveform_file", "E035")


def test_a_device_needs_as_many_channels_as_the_file(file):
    path = file("time [us],current_1,current_2\n0,1,0\n100,0,1\n200,0,0\n")
    config = {"pattern": "sampled", "waveform_file": str(path), "recharge": "active"}
    found = load_plugin("devices", "drg").check(config)
    assert found[0][:3] == (
        "waveform_file",
        "E035",
        "2 channels are needed, Dorsal root ganglion stimulation (DRG) has 1",
    )


def test_the_path_is_relative_to_the_experiment_file(file, tmp_path):
    from gatecontrol.experiment.sections import check_device

    file(BALANCED, "mine.csv")
    section = {"kind": "scs", "pattern": "sampled", "recharge": "none"}
    checked = check_device(section | {"waveform_file": "mine.csv"}, tmp_path)
    assert not checked.faults
    missing = check_device(section | {"waveform_file": "other.csv"}, tmp_path)
    assert (missing.faults[0].path, missing.faults[0].code) == (("waveform_file",), "E005")
