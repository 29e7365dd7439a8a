"""Quantities: what is read, what is refused and how it says so."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatecontrol.units import (
    DIMENSIONS,
    Amplitude,
    UnitError,
    format_quantity,
    parse_amplitude,
    parse_quantity,
    unit_pattern,
)


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ("300 us", "time", 3e-4),
        ("300us", "time", 3e-4),
        ("300 µs", "time", 3e-4),
        ("300 \u03bcs", "time", 3e-4),
        (" 2 min ", "time", 120.0),
        ("1e3 ms", "time", 1.0),
        (".5 s", "time", 0.5),
        ("-60 mV", "voltage", -0.06),
        ("+1.2 mA", "current", 1.2e-3),
        ("1 kHz", "frequency", 1000.0),
        ("45 degC", "temperature", 45.0),
        ("25 cm^2", "area", 25e-4),
        ("30 uC/cm^2", "charge_density", 0.3),
        ("10 %", "fraction", 0.1),
        ("10 cm/s", "velocity", 0.1),
        ("0.2 S/m", "conductivity", 0.2),
    ],
)
def test_reads(text, dimension, value):
    assert parse_quantity(text, dimension) == value


@pytest.mark.parametrize(
    ("text", "dimension", "code", "message", "help"),
    [
        (20, "time", "E021", "20 has no unit; a time is needed.", "did you mean 20 us?"),
        ("1.5", "current", "E021", "1.5 has no unit; a current is needed.", "did you mean 1.5 mA?"),
        ("10 MA", "current", "E022", "'MA' is megaampere (1e6 A); did you mean 'mA'?", "10 mA"),
        ("5 MS", "time", "E022", "'MS' is megasiemens (1e6 S); did you mean 'ms'?", "5 ms"),
        ("5 S", "time", "E022", "'S' is a conductance; did you mean 's'?", "5 s"),
        ("5 KHz", "frequency", "E022", "'KHz' is not a unit; did you mean 'kHz'?", "5 kHz"),
        (
            "fast",
            "frequency",
            "E023",
            "expected a frequency such as '50 Hz', got the text 'fast'",
            "",
        ),
        ("", "time", "E023", "expected a time such as '300 us', got the text ''", ""),
        (None, "time", "E023", "expected a time such as '300 us', got nothing", ""),
        (True, "time", "E023", "expected a time such as '300 us', got true", ""),
        (
            "1,2 mA",
            "current",
            "E023",
            "expected a current such as '1.2 mA', got the text '1,2 mA'",
            "write a decimal point: 1.2 mA",
        ),
        (
            "1.2.3 mA",
            "current",
            "E023",
            "expected a current such as '1.2 mA', got the text '1.2.3 mA'",
            "",
        ),
        ("300 mV", "time", "E024", "'300 mV' is a voltage, a time is needed", "for example 300 us"),
        (
            "5 furlong",
            "length",
            "E024",
            "'furlong' is not a unit of length",
            "known units: nm, um, mm, m, cm",
        ),
        ("nan s", "time", "E031", "must be a finite number, got nan s", "for example 300 us"),
        ("-inf", "time", "E031", "must be a finite number, got -inf", "for example 300 us"),
        (math.nan, "time", "E031", "must be a finite number, got nan", "for example 300 us"),
        ("1e308 h", "time", "E031", "must be a finite number, got 1e308 h", "for example 300 us"),
        ("1e999 s", "time", "E031", "must be a finite number, got 1e999 s", "for example 300 us"),
    ],
)
def test_refuses(text, dimension, code, message, help):
    with pytest.raises(UnitError) as caught:
        parse_quantity(text, dimension)
    assert (caught.value.code, caught.value.message, caught.value.help) == (code, message, help)


@given(st.decimals(-1000, 1000, places=3), st.sampled_from(["ns", "us", "ms", "s"]))
def test_a_value_does_not_depend_on_the_unit_it_is_written_in(number, unit):
    """Rounded once, so that equal programmes have equal keys."""
    factor = {"ns": "e-9", "us": "e-6", "ms": "e-3", "s": "e0"}[unit]
    assert parse_quantity(f"{number} {unit}", "time") == float(f"{number}{factor}")


def test_absurd_exponents():
    assert parse_quantity("0e" + "9" * 5000 + " s", "time") == 0
    assert parse_quantity("1e-" + "9" * 5000 + " ms", "time") == 0
    with pytest.raises(UnitError, match="finite"):
        parse_quantity("1e" + "9" * 5000 + " ms", "time")


def test_nothing_is_evaluated():
    for text in ("2*3 s", "__import__('os') s", "1 s + 1 s", "(1) s"):
        with pytest.raises(UnitError):
            parse_quantity(text, "time")


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_every_unit_is_read_and_written(dimension):
    for unit, factor in DIMENSIONS[dimension].units.items():
        value = parse_quantity(f"3 {unit}", dimension)
        assert value == pytest.approx(3 * factor, rel=1e-15)
        assert parse_quantity(format_quantity(value, dimension), dimension) == pytest.approx(value)


def test_examples_are_valid():
    for name, dimension in DIMENSIONS.items():
        assert math.isfinite(parse_quantity(dimension.example, name))


@given(
    st.sampled_from(sorted(DIMENSIONS)),
    st.floats(-1e6, 1e6, allow_nan=False).map(lambda v: f"{v:.6g}"),
    st.sampled_from(["s", "ms", "us", "min", "Hz", "mA", "V", "%", "m", "", "x", "degC"]),
)
def test_pattern_and_parser_agree(dimension, number, unit):
    """The editor's pattern accepts exactly what the parser accepts."""
    text = f"{number} {unit}".strip()
    try:
        parse_quantity(text, dimension)
    except UnitError:
        accepted = False
    else:
        accepted = True
    assert bool(re.search(unit_pattern(dimension, signed=True), text)) == accepted


def test_pattern_without_sign():
    assert re.search(unit_pattern("time"), "3 ms")
    assert not re.search(unit_pattern("time"), "-3 ms")
    assert not re.search(unit_pattern("time"), "300 mV")
    assert not re.search(unit_pattern("time"), "3 ms and more")


@pytest.mark.parametrize(
    ("value", "dimension", "text"),
    [
        (3e-4, "time", "300 us"),
        (0.25, "time", "250 ms"),
        (1.2e-3, "current", "1.2 mA"),
        (0.0, "current", "0 A"),
        (1000.0, "frequency", "1 kHz"),
        (0.125, "fraction", "12.5 %"),
        (0.3, "charge_density", "0.3 C/m^2"),
        (1e-15, "current", "0.001 pA"),
    ],
)
def test_formats(value, dimension, text):
    assert format_quantity(value, dimension) == text


@pytest.mark.parametrize(
    ("text", "amplitude"),
    [
        ("1.2 mA", Amplitude("current", 1.2e-3)),
        ("0 mA", Amplitude("current", 0.0)),
        ("120 %PT", Amplitude("perception_threshold", 1.2)),
        ("120 % PT", Amplitude("perception_threshold", 1.2)),
        ("95 % recruited(abeta)", Amplitude("recruited", 0.95, "abeta")),
    ],
)
def test_amplitude(text, amplitude):
    assert parse_amplitude(text) == amplitude


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("120 %", "E024"),
        ("120", "E021"),
        (120, "E021"),
        ("3 V", "E024"),
        ("1e999 %PT", "E031"),
        ("high", "E023"),
    ],
)
def test_amplitude_refused(text, code):
    with pytest.raises(UnitError) as caught:
        parse_amplitude(text)
    assert caught.value.code == code


def test_dimensions_agree_with_brian2():
    """The table's SI units are those of the engine."""
    brian2 = pytest.importorskip("brian2")
    names = {"time": "second", "frequency": "Hz", "current": "amp", "voltage": "volt"}
    names |= {"length": "metre", "capacitance": "farad", "conductance": "siemens"}
    names |= {"resistance": "ohm", "charge": "coulomb"}
    scales = {"m": "m", "u": "u", "n": "n", "k": "k"}
    for dimension, name in names.items():
        unit = getattr(brian2, name)
        for prefix in scales:
            theirs = getattr(brian2, f"{prefix}{name}", None)
            ours = DIMENSIONS[dimension].units.get(prefix + DIMENSIONS[dimension].si)
            if theirs is not None and ours is not None:
                assert float(theirs / unit) == pytest.approx(ours)
                assert theirs.dim == unit.dim
