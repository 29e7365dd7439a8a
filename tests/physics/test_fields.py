"""Closed forms, superposition and reciprocity of the volume conductors."""

import numpy as np
import pytest

from gatecontrol.errors import GatecontrolError
from gatecontrol.fields.conductor import HomogeneousConductor
from gatecontrol.fields.electrodes import Contact, bipole, disk, monopole, ring

POINTS = np.random.default_rng(1).uniform(-5e-3, 5e-3, (50, 3)) + [0, 0, 8e-3]


def test_isotropic_point_source():
    v = HomogeneousConductor.isotropic(0.2).potential(POINTS, monopole(1e-6))
    r = np.linalg.norm(POINTS, axis=1)
    assert v == pytest.approx(-1 / (4 * np.pi * 0.2 * r), rel=1e-12)


def test_anisotropic_point_source_against_the_tensor_form():
    conductor = HomogeneousConductor(0.6, 0.083)
    sigma = np.diag([0.6, 0.083, 0.083])
    form = np.einsum("ni,ij,nj->n", POINTS, np.linalg.inv(sigma), POINTS)
    expected = -1 / (4 * np.pi * np.sqrt(np.linalg.det(sigma) * form))
    assert conductor.potential(POINTS, monopole(1e-6)) == pytest.approx(expected, rel=1e-9)


def test_the_anisotropic_potential_satisfies_the_field_equation():
    conductor, h = HomogeneousConductor(0.6, 0.083), 2e-5
    steps = np.vstack([np.eye(3), -np.eye(3)]) * h
    v = conductor.potential(POINTS[:, None] + steps, monopole(1e-6))
    v0 = conductor.potential(POINTS, monopole(1e-6))[:, None]
    second = (v[:, :3] + v[:, 3:] - 2 * v0) / h**2
    flow = second * [0.6, 0.083, 0.083]
    assert np.abs(flow.sum(1)).max() < 1e-3 * np.abs(flow).max()


def test_superposition_and_scaling():
    conductor = HomogeneousConductor(0.3, 0.1)
    a, b = bipole(1e-6, 8e-3)
    both = conductor.potential(POINTS, (a, b))
    apart = conductor.potential(POINTS, (a,)) + conductor.potential(POINTS, (b,))
    assert both == pytest.approx(apart, rel=1e-12)
    double = HomogeneousConductor(0.6, 0.2).potential(POINTS, (a, b))
    assert double == pytest.approx(both / 2, rel=1e-12)


@pytest.mark.parametrize("half_space", [False, True])
def test_reciprocity(half_space):
    conductor = HomogeneousConductor(0.6, 0.083, half_space)
    here, there = (1e-3, 2e-3, 3e-3), (-4e-3, 1e-3, 6e-3)
    one = conductor.potential(np.array(there), (Contact(here, 1.0, 1e-6),))
    other = conductor.potential(np.array(here), (Contact(there, 1.0, 1e-6),))
    assert one == pytest.approx(other, rel=1e-12)


def test_no_current_leaves_the_half_space():
    conductor = HomogeneousConductor.isotropic(0.2, half_space=True)
    source = (Contact((0.0, 0.0, 4e-3), 1.0, 1e-6),)
    x = np.linspace(-0.02, 0.02, 21)
    up, down = (
        conductor.potential(np.column_stack([x, 0 * x, np.full(21, z)]), source)
        for z in (-1e-6, 1e-6)
    )
    assert up == pytest.approx(down, rel=1e-12)


def test_a_source_on_the_skin_is_twice_that_in_the_whole_space():
    whole = HomogeneousConductor.isotropic(0.2).potential(POINTS, monopole(1e-6))
    half = HomogeneousConductor.isotropic(0.2, half_space=True).potential(POINTS, monopole(1e-6))
    assert half == pytest.approx(2 * whole, rel=1e-12)


def test_a_disk_against_its_closed_form_on_the_axis():
    area = 25e-4
    a = np.sqrt(area / np.pi)
    z = np.array([1e-3, 3e-3, 1e-2, 5e-2])
    v = HomogeneousConductor.isotropic(0.1, half_space=True).potential(
        np.column_stack([0 * z, 0 * z, z]), [disk(area, 1.0, (0, 0, 0), "pad")]
    )
    assert v == pytest.approx((np.hypot(a, z) - z) / (np.pi * 0.1 * a**2), rel=1e-5)


def test_a_disk_against_many_point_sources():
    area, count = 4e-4, 4000
    a = np.sqrt(area / np.pi)
    k = np.arange(count) + 0.5
    r, angle = a * np.sqrt(k / count), np.pi * (3 - np.sqrt(5)) * k
    points = [
        Contact((x, y, 0.0), 1 / count, 1e-6)
        for x, y in zip(r * np.cos(angle), r * np.sin(angle), strict=True)
    ]
    where = np.array([[0.5 * a, 0, 5e-3], [a, 0, 5e-3], [1.4 * a, 3e-3, 8e-3]])
    conductor = HomogeneousConductor.isotropic(0.1)
    pad = conductor.potential(where, [disk(area, 1.0, (0, 0, 0), "pad")])
    assert pad == pytest.approx(conductor.potential(where, points), rel=2e-4)


def test_far_away_every_electrode_is_a_point():
    conductor = HomogeneousConductor.isotropic(0.1)
    far = np.array([[0.5, 0.2, 1.0]])
    point = conductor.potential(far, monopole(1e-6))
    pad = conductor.potential(far, [disk(4e-4, -1.0, (0, 0, 0), "pad")])
    cuff = conductor.potential(far, ring(2e-5, 2e-3, 0.0))
    assert pad == pytest.approx(point, rel=1e-3)
    assert cuff == pytest.approx(point, rel=1e-3)


def test_bad_geometry_is_refused():
    conductor = HomogeneousConductor.isotropic(0.2)
    with pytest.raises(GatecontrolError, match="passes through the cathode"):
        conductor.potential(np.zeros((1, 3)), monopole(1e-6))
    with pytest.raises(GatecontrolError, match="2 % of its radius below the pad"):
        conductor.potential(np.array([[0, 0, 1e-5]]), [disk(1e-4, 1.0, (0, 0, 0), "pad")])
    with pytest.raises(GatecontrolError, match="isotropic"):
        HomogeneousConductor(0.6, 0.1).potential(POINTS, [disk(1e-4, 1.0, (0, 0, 0), "pad")])
    with pytest.raises(ValueError, match="transverse conductivity must be > 0"):
        HomogeneousConductor(0.6, 0.0)
    with pytest.raises(ValueError, match="area must be > 0"):
        monopole(0.0)
    with pytest.raises(ValueError, match="finite"):
        Contact((0.0, float("nan"), 0.0), -1.0, 1e-6)
    with pytest.raises(ValueError, match="radius"):
        Contact((0.0, 0.0, 0.0), -1.0, 1e-6, "pad", -1.0)
    with pytest.raises(ValueError, match="last axis"):
        conductor.potential(np.zeros((4, 2)), monopole(1e-6))
