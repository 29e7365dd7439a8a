"""Interpolation and crossings on curves whose answer can be read off."""

import numpy as np

from gatecontrol.analysis.summaries.curves import first_rise, last_below, value_at

X = np.array([1.0, 2.0, 4.0])


def test_value_between_and_at_points_and_nothing_outside():
    y = np.array([[0.0, 1.0, 5.0], [2.0, 2.0, 0.0]])
    np.testing.assert_allclose(value_at(X, y, 3.0), [3.0, 1.0])
    np.testing.assert_allclose(value_at(X, y, 1.0), [0.0, 2.0])
    np.testing.assert_allclose(value_at(X, y, 4.0), [5.0, 0.0])
    assert np.isnan(value_at(X, y, 4.1)).all()
    np.testing.assert_allclose(value_at(X[:1], y[:, :1], 1.0), [0.0, 2.0])


def test_first_rise_takes_the_first_of_several_crossings():
    y = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.7, 0.0, 1.0], [0.0, 0.1, 0.2]])
    found = first_rise(X, y, 0.5)
    np.testing.assert_allclose(found, [1.5, 3.0, -np.inf, np.inf])
    np.testing.assert_allclose(first_rise(X, y, [0.25, 0.5, 0.7, 0.1])[[0, 3]], [1.25, 2.0])


def test_last_below_takes_the_last_of_several_crossings():
    y = np.array([[0.5, 0.7, 1.1], [1.0, 0.6, 1.0], [0.9, 0.9, 0.9], [0.2, 0.2, 0.8]])
    found = last_below(X, y, 0.8)
    # 2 + 2 (0.8 - 0.7) / 0.4, 2 + 2 (0.8 - 0.6) / 0.4, no point, the last point
    np.testing.assert_allclose(found, [2.5, 3.0, 0.0, np.inf])


def test_a_gap_in_a_curve_gives_nothing():
    y = np.array([[0.0, np.nan, 1.0]])
    assert np.isnan(first_rise(X, y, 0.5)).all()
    assert np.isnan(last_below(X, y, 0.5)).all()
