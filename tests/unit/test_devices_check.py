"""What a device refuses at file check: limits, channels, amplitudes."""

import subprocess
import sys

import pytest

from gatecontrol.plugins import load_plugin

KINDS = ("scs", "drg", "pns", "tens", "dbs")


def check(kind, **config):
    return load_plugin("devices", kind).check(config)


@pytest.mark.parametrize("kind", KINDS)
def test_defaults_are_without_fault(kind):
    assert check(kind) == []


@pytest.mark.parametrize(
    ("kind", "config", "key", "message"),
    [
        (
            "drg",
            {"frequency": "1000 Hz"},
            "frequency",
            "the frequency of 1 kHz is outside the clinical range 4 Hz to 100 Hz of a DRG "
            + "programmer",
        ),
        (
            "scs",
            {"frequency": "1 Hz"},
            "frequency",
            "the frequency of 1 Hz is outside the clinical range 2 Hz to 1200 Hz of an SCS "
            + "programmer",
        ),
        (
            "drg",
            {"amplitude": "7 mA"},
            "amplitude",
            "the amplitude of 7 mA is outside the clinical range 0 mA to 6 mA of a DRG programmer",
        ),
        (
            "tens",
            {"pulse_width": "1 ms", "frequency": "80 Hz"},
            "pulse_width",
            "the pulse width of 1 ms is outside the clinical range 40 us to 300 us of a TENS unit",
        ),
        (
            "pns",
            {"frequency": "200 Hz"},
            "frequency",
            "the frequency of 200 Hz is outside the clinical range 1 Hz to 120 Hz of a PNS "
            + "programmer",
        ),
        (
            "dbs",
            {"frequency": "1 Hz"},
            "frequency",
            "the frequency of 1 Hz is outside the clinical range 2 Hz to 250 Hz of a DBS "
            + "programmer",
        ),
        (
            "scs",
            {"amplitude": "25 mA", "pulse_width": "1 ms"},
            "amplitude",
            "25 mA needs 21.76 V across 600 ohm and 3.7 uF, more than the compliance of 20 V of "
            + "an SCS programmer",
        ),
    ],
)
def test_clinical_limits_are_named(kind, config, key, message):
    help_ = "limits: laboratory   # lifts the clinical ranges for a research protocol"
    assert check(kind, **config) == [(key, "E040", message, help_)]
    lifted = check(kind, **config, limits="laboratory")
    assert lifted == [(key, "W040", f"limits: laboratory: {message}", "")]


def test_every_limit_that_is_passed_is_named():
    found = check("drg", amplitude="8 mA", pulse_width="1 ms", frequency="200 Hz")
    assert {f[0] for f in found} == {"amplitude", "pulse_width", "frequency"}


def test_the_edge_of_a_limit_is_legal():
    assert check("drg", amplitude="6 mA", frequency="100 Hz", pulse_width="720 us") == []
    assert check("drg", frequency="4 Hz", pulse_width="40 us", amplitude="0 mA") == []


@pytest.mark.parametrize(
    "config",
    [
        {"polarity": "anodic"},
        {"recharge": "active", "interphase_gap": "0 us"},
        {"programme": "hf10"},
        {"programme": "dtm"},
        {"pattern": "burst", "intra_burst_frequency": "1 kHz", "pulse_width": "100 us"},
    ],
)
def test_a_programme_that_a_cable_can_answer_is_legal(config):
    assert {code for _, code, _, _ in check("scs", **config)} <= {"W040"}


def test_channels_of_which_a_device_has_too_few():
    channels = {"pattern": "multiplexed", "prime_frequency": "60 Hz"}
    assert check("scs", frequency="20 Hz", **channels) == []
    ((key, code, message, _),) = check("drg", frequency="20 Hz", **channels)
    assert (key, code) == ("pattern", "E035")
    assert message == "2 channels are needed, Dorsal root ganglion stimulation (DRG) has 1"


@pytest.mark.parametrize(
    ("kind", "amplitude", "code", "words"),
    [
        ("dbs", "120 %PT", "E041", "has no perception threshold"),
        ("scs", "-20 %PT", "E030", "must not be negative"),
        ("scs", "95 % recruited(descending)", "E012", "does not reach the fibre class"),
        ("scs", "120 % recruited(abeta)", "E033", "between 0 % and 100 %"),
    ],
)
def test_amplitudes(kind, amplitude, code, words):
    ((key, found, message, help_),) = check(kind, amplitude=amplitude)
    assert (key, found) == ("amplitude", code)
    assert words in message
    assert help_


def test_what_cannot_be_read_is_left_to_the_reader():
    assert check("scs", frequency="fifty", amplitude="12", pulse_width=None) == []


def test_fields_of_one_device_against_each_other():
    assert check("pns", electrode="cuff", distance="4 mm")[0][:2] == ("distance", "E035")
    assert check("tens", pad_area="25 cm^2", pad_distance="30 mm")[0][:2] == (
        "pad_distance",
        "E035",
    )


@pytest.mark.parametrize("kind", KINDS)
def test_declarations_are_complete(kind):
    device = load_plugin("devices", kind)
    assert device.kind == kind
    assert device.title
    assert device.references
    for parameter in device.parameters:
        assert parameter.doc.endswith(".")
        assert parameter.source
    names = [parameter.name for parameter in device.parameters]
    assert len(names) == len(set(names))


def test_checking_is_light():
    code = """
import sys
from gatecontrol.plugins import load_plugin
for kind in ("scs", "drg", "pns", "tens", "dbs"):
    load_plugin("devices", kind).check({"amplitude": "3 mA"})
heavy = {"numpy", "scipy", "numba", "xarray", "matplotlib", "brian2"}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
