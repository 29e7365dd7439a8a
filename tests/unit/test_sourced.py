"""Numbers with spread and source."""

import pytest

from gatecontrol.sourced import parse_sourced
from gatecontrol.units import UnitError


@pytest.mark.parametrize(
    ("text", "dimension", "value", "spread", "source"),
    [
        ("60 pF ± 15 % [aguiar2010]", "capacitance", 60e-12, 0.15, "aguiar2010"),
        ("0.95 m [assumed]", "length", 0.95, 0.0, "assumed"),
        (
            "50 m/s +/- 10 m/s [knibestol1973, assumed]",
            "velocity",
            50,
            0.2,
            "knibestol1973, assumed",
        ),
        ("-70 mV [zhang2014]", "voltage", -0.07, 0.0, "zhang2014"),
        ("3 ± 10 % [zhang2014]", "number", 3.0, 0.1, "zhang2014"),
        ("6 % [michaelis1995]", "fraction", 0.06, 0.0, "michaelis1995"),
    ],
)
def test_reads_value_spread_and_source(text, dimension, value, spread, source):
    number = parse_sourced(text, dimension)
    assert number.value == pytest.approx(value)
    assert number.spread == pytest.approx(spread)
    assert number.source == source
    assert number.text == text


def test_values_of_single_cells_are_listed():
    number = parse_sourced("3.5, 3.3, 3.7 nS [a2000]", "conductance", each=True)
    assert number.each == pytest.approx((3.5e-9, 3.3e-9, 3.7e-9))
    assert (number.value, number.spread) == (pytest.approx(3.5e-9), 0)
    assert parse_sourced("3.5 nS [a2000]", "conductance", each=True).each == ()


@pytest.mark.parametrize(
    ("text", "each", "code", "message"),
    [
        ("3.5, 3.3 nS ± 5 % [a2000]", True, "E023", "a list has no spread"),
        ("3.5, x nS [a2000]", True, "E023", "x nS"),
        ("3.5, 3.3 [a2000]", True, "E021", "3.5 has no unit"),
        ("3.5, 3.3 nS", True, "E061", "has no source"),
        ("3.5, 3.3 nS [a2000]", False, "E023", "3.5, 3.3 nS"),
    ],
)
def test_faults_of_a_list(text, each, code, message):
    with pytest.raises(UnitError) as caught:
        parse_sourced(text, "conductance", each=each)
    assert caught.value.code == code
    assert message in caught.value.message


def test_keys_leave_out_assumed():
    assert parse_sourced("1 s [a2000, assumed]", "time").keys == ("a2000",)


@pytest.mark.parametrize(
    ("text", "dimension", "code", "message"),
    [
        ("60 pF", "capacitance", "E061", "'60 pF' has no source"),
        ("60 pF []", "capacitance", "E061", "'60 pF []' has no source"),
        (60, "capacitance", "E061", "60 has no source"),
        ("60 pF [two words]", "capacitance", "E061", "'two words' in"),
        ("60 [a2000]", "capacitance", "E021", "60 has no unit"),
        ("60 ms [a2000]", "capacitance", "E024", "is a time"),
        ("0.4 nS [a2000]", "number", "E024", "a number without a unit is needed"),
        ("nan [a2000]", "number", "E031", "must be a finite number"),
        ("1 s ± -5 % [a2000]", "time", "E030", "must not be negative"),
        ("0 mV ± 5 mV [a2000]", "voltage", "E023", "zero has no relative spread"),
        ("1 s [a] [b]", "time", "E023", "cannot read"),
        (None, "time", "E023", "expected text"),
    ],
)
def test_refuses(text, dimension, code, message):
    with pytest.raises(UnitError) as caught:
        parse_sourced(text, dimension)
    assert caught.value.code == code
    assert message in caught.value.message
