"""The objective of a fit: distances from bands, on made scores."""

import math

import pytest

from gatecontrol.evidence.base import Phenomenon, Quantity
from gatecontrol.evidence.battery import Score, Verdict
from gatecontrol.evidence.objective import WORST, distance, half_width, objective, quantities
from gatecontrol.evidence.scoring import judge

BAND = Quantity("ratio", "", 0.4, 1.2)
TOP = Quantity("minimum", "", high=0.25)
NULL = Quantity("null", "", -0.1, 0.1, rule="null")


class Made(Phenomenon):
    id = "P01"
    quantities = (BAND, TOP, NULL)


def score(*measured):
    return Score(
        "made", "fast", [Verdict(Made(), "fail", "fast", measured=list(measured))], 0, "", 0.0, ""
    )


@pytest.mark.parametrize(
    ("quantity", "unit"),
    [
        (BAND, 0.4),
        (TOP, 0.25),
        (Quantity("", "", low=-3.0), 3.0),
        (Quantity("", "", low=0.0), 1.0),
        (Quantity("", "", 0.0, 0.0), 1.0),
    ],
)
def test_unit_of_distance_is_half_the_band_or_its_one_end(quantity, unit):
    assert half_width(quantity) == pytest.approx(unit)


@pytest.mark.parametrize(
    ("quantity", "value", "margin", "expected"),
    [
        (BAND, 0.8, 0.0, 0.0),
        (BAND, 1.2, 0.0, 0.0),  # the ends belong to the band
        (BAND, 1.4, 0.0, 0.5),
        (BAND, 0.0, 0.0, 1.0),
        (BAND, 1.2, 0.1, 0.1),  # at the edge the margin still pulls
        (BAND, 0.8, 0.9, 0.0),
        (TOP, 0.5, 0.0, 1.0),
        (TOP, -5.0, 0.5, 0.0),  # an open side has no end
        (BAND, math.inf, 0.0, WORST),
        (BAND, math.nan, 0.0, WORST),
        (BAND, 400.0, 0.0, WORST),
    ],
)
def test_distance(quantity, value, margin, expected):
    assert distance(judge(quantity, value, value, value, 5), margin) == pytest.approx(expected)


def test_a_null_is_as_far_off_as_the_farther_end_of_its_interval():
    assert distance(judge(NULL, 0.0, -0.05, 0.05, 5)) == 0
    assert distance(judge(NULL, 0.0, -0.3, 0.15, 5)) == pytest.approx(2.0)
    assert distance(judge(NULL, 0.0, math.nan, math.nan, 2)) == WORST  # no interval, no null


def test_objective_adds_up_what_is_used_and_nothing_else():
    made = score(judge(BAND, 1.4, 1.3, 1.5, 5), judge(TOP, 0.5, 0.4, 0.6, 5))
    total, parts = objective(made, {"P01": ["ratio"]})
    assert total == pytest.approx(0.5)
    assert [(p.phenomenon, p.quantity, p.verdict) for p in parts] == [("P01", "ratio", "fail")]
    assert objective(made, {"P01": ["ratio", "minimum"]})[0] == pytest.approx(1.5)


def test_what_could_not_be_measured_is_as_bad_as_can_be():
    total, parts = objective(score(), {"P01": ["ratio", "minimum"]})
    assert total == 2 * WORST
    assert math.isnan(parts[0].value)


def test_quantities_by_pattern():
    assert quantities(Made(), "*i*") == ["ratio", "minimum"]
    assert quantities(Made(), "x") == []
