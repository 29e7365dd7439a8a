"""C-fibre thresholds through the point source that is like a field."""

import csv
from pathlib import Path

import numpy as np
import pytest

from gatecontrol.fibres.c_table import (
    C_MODELS,
    DIAMETERS,
    DISTANCES,
    SOLVED,
    WIDTHS,
    PointSource,
    c_latency,
    c_thresholds,
    like_point_source,
    point_source_thresholds,
    solve_one,
)
from gatecontrol.fields.conductor import HomogeneousConductor
from gatecontrol.fields.electrodes import bipole, monopole

GOLDEN = Path(__file__).parents[1] / "data" / "golden" / "cfibre_threshold_distance.csv"
NAMES = {
    "RATTAY": "rattay1993",
    "SUNDT": "sundt2015",
    "TIGERHOLM": "tigerholm2014",
    "SCHILD97": "schild1997",
    "THIO_CUTANEOUS": "thio2024",
}
UM, MM, MS = 1e-6, 1e-3, 1e-3


def golden():
    with GOLDEN.open(encoding="utf-8") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            place = float(row["distance_mm"]) * MM, float(row["pw_ms"]) * MS
            if float(row["diameter_um"]) == 1:
                yield NAMES[row["model"]], *place, abs(float(row["threshold_mA"])) * 1e-3


def source(distance):
    return PointSource(np.array([distance]), np.array([1.0]))


def test_the_golden_rows_are_met():
    rows = list(golden())
    assert len(rows) == 50
    for model, distance, width, expected in rows:
        exact = point_source_thresholds(model, distance, width)
        assert exact == pytest.approx(expected, rel=1e-12)
        found = c_thresholds(model, np.array([UM]), source(distance), width).item()
        # golden values are upper ends of 2 % brackets; a line between knots a doubling of the
        # distance apart lies above a curve that bends down
        assert found == pytest.approx(expected, rel=0.08), (model, distance, width)


@pytest.mark.parametrize("along", [0.2, 0.5])
def test_a_point_source_is_like_itself(along):
    positions = 20e-6 * np.arange(-200, 201)
    medium = HomogeneousConductor(along, 0.2)
    points = np.stack([positions, np.zeros(401), np.full(401, 0.5 * MM)], axis=1)
    like = like_point_source(positions, medium.potential(points, monopole(1e-6)))
    # farther, as the field is stretched along the fibre
    ratio = np.sqrt(along / 0.2)
    assert like.distance == pytest.approx(0.5 * MM * ratio, rel=1e-3)
    assert like.strength == pytest.approx(1.0, rel=1e-3)


def test_nothing_is_like_an_anode_alone():
    positions = 20e-6 * np.arange(-20, 21)
    like = like_point_source(positions, 1 / np.hypot(positions, 1.0))
    assert np.isinf(like.distance)
    assert np.isinf(c_thresholds("sundt2015", np.array([UM]), like_array(like), 0.2 * MS)).all()


def like_array(like):
    return PointSource(np.atleast_1d(like.distance), np.atleast_1d(like.strength))


def test_doubled_conductivity_doubles_every_threshold():
    positions = 20e-6 * np.arange(-400, 401)
    points = np.stack([positions, np.zeros(801), np.full(801, 0.8 * MM)], axis=1)
    found = []
    for sigma in (0.2, 0.4):
        medium = HomogeneousConductor.isotropic(sigma)
        like = like_array(
            like_point_source(positions, medium.potential(points, bipole(1e-6, 4 * MM)))
        )
        found.append([c_thresholds(m, np.array([UM]), like, 0.2 * MS).item() for m in C_MODELS])
    assert found[1] == pytest.approx(2 * np.array(found[0]), rel=1e-9)


@pytest.mark.parametrize("model", SOLVED)
def test_a_corner_is_what_the_solver_says_today(model):
    d, x, w = 2, 1, 2
    kept = c_thresholds(model, np.array([DIAMETERS[d]]), source(DISTANCES[x]), WIDTHS[w]).item()
    # two bisections to 0.3 %
    assert solve_one(model, d, x, w) == pytest.approx(kept, rel=0.007)


def test_stronger_pulses_fire_sooner():
    for model in C_MODELS:
        assert (np.diff(c_latency(model, np.array([1.02, 1.3, 2.5]))) < 0).all()
