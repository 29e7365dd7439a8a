"""Declared parameters and a user's text."""

import pytest

from gatecontrol.parameters import bounds, defaults, parse_value, to_si
from gatecontrol.plugins import REQUIRED, Parameter
from gatecontrol.units import Amplitude, UnitError

DECLARED = (
    Parameter("frequency", "frequency", "50 Hz", "Rate.", minimum="1 Hz", maximum="1 kHz"),
    Parameter("amplitude", "amplitude", REQUIRED, "Dose.", minimum="0 mA", maximum="20 mA"),
    Parameter("count", "integer", 3, "How many.", minimum=1, maximum=10),
    Parameter("classes", "choices", ("x",), "Which.", choices=("x", "y")),
    Parameter("mode", "choice", "fast", "How.", choices=("fast", "slow")),
    Parameter("on", "flag", False, "Whether."),
    Parameter("gap", "time", None, "Pause."),
)


def test_defaults_are_filled_in_and_text_becomes_si():
    values = to_si(DECLARED, {"kind": "x", "name": "y", "amplitude": "120 %PT", "count": "4"})
    assert values == {
        "frequency": 50.0,
        "amplitude": Amplitude("perception_threshold", 1.2),
        "count": 4,
        "classes": ("x",),
        "mode": "fast",
        "on": False,
        "gap": None,
    }


def test_defaults_leave_out_what_is_required():
    assert "amplitude" not in defaults(DECLARED)
    assert defaults(DECLARED)["frequency"] == "50 Hz"


def test_bounds_are_si():
    assert bounds(DECLARED[0]) == (1.0, 1000.0)
    assert bounds(DECLARED[1]) == (0.0, 0.02)
    assert bounds(DECLARED[2]) == (1.0, 10.0)
    assert bounds(DECLARED[6]) == (None, None)


@pytest.mark.parametrize(
    ("config", "code", "message"),
    [
        ({}, "E002", "the key 'amplitude' is needed: Dose."),
        ({"frequncy": "5 Hz"}, "E001", "unknown key 'frequncy'. Did you mean 'frequency'?"),
        ({"amplitude": "1 mA", "frequency": 50}, "E021", "frequency: 50 has no unit"),
        ({"amplitude": "1 mA", "frequency": None}, "E023", "frequency: expected a frequency"),
        ({"amplitude": "1 mA", "frequency": ["1 Hz"]}, "E020", "frequency: one value is needed"),
        ({"amplitude": "1 mA", "count": 2.5}, "E032", "count: must be a whole number, got 2.5"),
        ({"amplitude": "1 mA", "count": True}, "E023", "count: expected a whole number"),
        ({"amplitude": "1 mA", "count": ".inf"}, "E023", "count: expected a whole number"),
        ({"amplitude": "1 mA", "count": float("nan")}, "E031", "count: must be a finite number"),
        ({"amplitude": "1 mA", "classes": ["x", "x"]}, "E035", "classes: 'x' is listed twice"),
        ({"amplitude": "1 mA", "classes": []}, "E035", "classes: the list is empty"),
        ({"amplitude": "1 mA", "classes": ["z"]}, "E012", "classes: 'z' is not a choice here"),
        ({"amplitude": "1 mA", "mode": "fats"}, "E012", "Did you mean 'fast'?"),
        ({"amplitude": "1 mA", "on": "maybe"}, "E023", "on: expected true or false"),
    ],
)
def test_faults_name_the_key(config, code, message):
    with pytest.raises(UnitError) as caught:
        to_si(DECLARED, config)
    assert caught.value.code == code
    assert message in caught.value.message


def test_none_means_not_given_only_where_it_is_the_default():
    assert parse_value(DECLARED[6], None) is None
    with pytest.raises(UnitError):
        parse_value(DECLARED[2], None)
