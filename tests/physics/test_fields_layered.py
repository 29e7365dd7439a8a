"""Layered media against images, against the homogeneous medium and against themselves."""

from math import inf, pi

import numpy as np
import pytest

from gatecontrol.errors import GatecontrolError
from gatecontrol.fields.conductor import HomogeneousConductor
from gatecontrol.fields.electrodes import Contact, bipole, disk
from gatecontrol.fields.layered import Layer, LayeredConductor

RNG = np.random.default_rng(4)


def source(*position, share=1.0, label=""):
    return [Contact(position, share, 1e-6, label)]


def scattered(count, depth, reach=(40e-3, 8e-3)):
    """Return points near and far: (x, y) thin out from the axis of the source."""
    x, y = (
        np.sign(u) * u**2 * r for u, r in zip(RNG.uniform(-1, 1, (2, count)), reach, strict=True)
    )
    return np.stack([x, y, RNG.uniform(*depth, count)], -1)


def cord(double=1.0, top=-1e-3):
    layers = (
        Layer("bone", inf, 0.02, 0.02),
        Layer("fat", 3e-3, 0.04, 0.04),
        Layer("dura", 0.3e-3, 0.6, 0.6),
        Layer("fluid", 3.2e-3, 1.7, 1.7),
        Layer("white matter", inf, 0.6, 0.083),
    )
    return LayeredConductor(
        tuple(
            Layer(x.name, x.thickness, double * x.longitudinal, double * x.transverse)
            for x in layers
        ),
        top,
    )


def images(sigma, thickness, depth, x, y, z, count):
    """Return the potential inside the middle of three isotropic layers, 0 < z < thickness.

    The upper face mirrors with a, the lower with b; every mirror image is mirrored again.
    """
    above, inside, below = sigma
    a, b = (inside - above) / (inside + above), (inside - below) / (inside + below)
    across = x**2 + y**2
    total = 0.0
    for n in range(-count, count + 1):
        same = (a * b) ** abs(n)
        turned = a * (a * b) ** -n if n <= 0 else b * (a * b) ** (n - 1)
        total = total + same / np.sqrt(across + (z - 2 * n * thickness - depth) ** 2)
        total = total + turned / np.sqrt(across + (z - 2 * n * thickness + depth) ** 2)
    return total / (4 * pi * inside)


def second_difference(v, step):
    return v[2 * step :] - 2 * v[step:-step] + v[: -2 * step]


@pytest.mark.parametrize("sigma", [(0.04, 1.7), (1.7, 0.2)])
def test_two_layers_against_one_image(sigma):
    upper, lower = sigma
    conductor = LayeredConductor((
        Layer.isotropic("above", inf, upper),
        Layer.isotropic("below", inf, lower),
    ))
    points = scattered(400, (-6e-3, 6e-3))
    v = conductor.potential(points, source(0.0, 0.0, -1e-3))
    across = points[:, 0] ** 2 + points[:, 1] ** 2
    r = np.sqrt(across + (points[:, 2] + 1e-3) ** 2)
    mirrored = np.sqrt(across + (points[:, 2] - 1e-3) ** 2)
    factor = (upper - lower) / (upper + lower)
    expected = np.where(
        points[:, 2] < 0,
        (1 / r + factor / mirrored) / (4 * pi * upper),
        1 / (2 * pi * (upper + lower) * r),
    )
    far = r > 0.2e-3
    # The tables hold a wave to 1e-7; 1e-6 leaves room for waves that nearly cancel.
    assert v[far] == pytest.approx(expected[far], rel=1e-6)


# (above, inside, below) [S/m], thickness [m]: bone | fat | fluid, dura | fluid | grey matter,
# and air | fat | muscle, where the images converge within the given number.
THREE = [
    ((0.02, 0.04, 1.7), 3e-3, 60),
    ((0.6, 1.7, 0.2), 3.2e-3, 60),
    ((0.0, 0.04, 0.3), 5e-3, 120),
]


def three(sigma, thickness):
    above, inside, below = sigma
    first = Layer.isotropic("above", inf, above) if above else Layer.insulator()
    return LayeredConductor((
        first,
        Layer.isotropic("inside", thickness, inside),
        Layer.isotropic("below", inf, below),
    ))


@pytest.mark.parametrize(("sigma", "thickness", "count"), THREE)
@pytest.mark.parametrize("share", [0.0, 0.05, 0.4, 0.9])
def test_three_layers_against_the_series_of_images(sigma, thickness, count, share):
    depth = share * thickness
    points = scattered(300, (0.0, thickness))
    points = points[np.linalg.norm(points - [0, 0, depth], axis=1) > 0.2e-3]
    v = three(sigma, thickness).potential(points, source(0.0, 0.0, depth))
    expected = images(sigma, thickness, depth, *points.T, count)
    assert v == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("sigma", "thickness", "count"), THREE)
@pytest.mark.parametrize("step", [1, 40])  # in 25 um: a C fibre's compartment, an internode
def test_second_differences_along_a_fibre_against_images(sigma, thickness, count, step):
    x, y, z = np.arange(-500, 501) * 25e-6, 0.1e-3, 0.9 * thickness
    depth = 0.3 * thickness
    v = three(sigma, thickness).potential_along(x, y, z, source(0.0, 0.0, depth))
    expected = images(sigma, thickness, depth, x, y, z, count)
    found, wanted = second_difference(v, step), second_difference(expected, step)
    # A quintic spline's curvature errs by about 1e-5 where two layers reflect fully.
    assert np.abs(found - wanted).max() < 2e-5 * np.abs(wanted).max()


@pytest.mark.parametrize("ratio", [7.2, 0.4])
def test_anisotropic_layers_of_one_ratio_are_images_in_stretched_coordinates(ratio):
    """With x = sqrt(ratio) x' every layer is isotropic, and a source 1 / sqrt(ratio) as strong."""
    sigma, thickness, depth, stretch = (0.04, 0.1, 0.5), 2e-3, 0.8e-3, np.sqrt(ratio)
    above, inside, below = (
        Layer("layer", d, ratio * s, s) for s, d in zip(sigma, (inf, thickness, inf), strict=True)
    )
    conductor = LayeredConductor((above, inside, below))
    points = scattered(200, (0.0, thickness))
    points = points[np.linalg.norm(points - [0, 0, depth], axis=1) > 0.2e-3]
    x, y, z = points.T
    v = conductor.potential(points, source(0.0, 0.0, depth))
    expected = images(sigma, thickness, depth, x / stretch, y, z, 60) / stretch
    assert v == pytest.approx(expected, rel=1e-5)
    x, y, z = np.arange(-300, 301) * 25e-6, 0.3e-3, 0.8 * thickness
    v = conductor.potential_along(x, y, z, source(0.0, 0.0, depth))
    expected = images(sigma, thickness, depth, x / stretch, y, z, 60) / stretch
    for step in (1, 40):
        found, wanted = second_difference(v, step), second_difference(expected, step)
        assert np.abs(found - wanted).max() < 2e-5 * np.abs(wanted).max()


@pytest.mark.parametrize(("along", "across"), [(0.3, 0.3), (0.6, 0.083), (0.1, 0.3)])
def test_equal_layers_are_the_homogeneous_medium(along, across):
    conductor = LayeredConductor((
        Layer("a", inf, along, across),
        Layer("b", 2e-3, along, across),
        Layer("c", inf, along, across),
    ))
    whole = HomogeneousConductor(along, across)
    points = scattered(500, (-4e-3, 6e-3))
    for depth in (-1e-3, 1e-3):
        electrode = source(0.0, 0.0, depth)
        expected = whole.potential(points, electrode)
        assert conductor.potential(points, electrode) == pytest.approx(expected, rel=1e-6)


def test_a_half_space_is_met_by_the_insulator():
    layered = LayeredConductor((Layer.insulator(), Layer.isotropic("body", inf, 0.1)))
    closed = HomogeneousConductor.isotropic(0.1, half_space=True)
    points = scattered(300, (1e-3, 9e-3))
    for depth in (0.0, 2e-3):
        electrode = source(1e-3, 1e-3, depth)
        expected = closed.potential(points, electrode)
        assert layered.potential(points, electrode) == pytest.approx(expected, rel=1e-6)


def test_anisotropic_media_beside_each_other_satisfy_their_field_equations():
    conductor, h = cord(), 50e-6
    for depth, sigma in ((7e-3, [0.6, 0.083, 0.083]), (4e-3, [1.7, 1.7, 1.7])):
        points = scattered(40, (depth, depth + 1e-3), (8e-3, 4e-3))
        steps = np.vstack([np.eye(3), -np.eye(3)]) * h
        v = conductor.potential(points[:, None] + steps, source(0.0, 0.0, 1.35e-3))
        v0 = conductor.potential(points, source(0.0, 0.0, 1.35e-3))[:, None]
        flow = (v[:, :3] + v[:, 3:] - 2 * v0) * sigma
        # Three second differences, each to (h / distance)^2 / 12.
        assert np.abs(flow.sum(1)).max() < 1e-3 * np.abs(flow).max()


def test_potential_and_current_are_continuous_at_every_interface():
    conductor, h = cord(), 1e-5
    electrode = source(0.0, 0.0, 1.35e-3)
    x = np.linspace(0.0, 30e-3, 13)
    for edge, upper, lower in zip(
        conductor.stack.interfaces[1:], conductor.layers[1:], conductor.layers[2:], strict=False
    ):
        depths = edge + h * np.array([-2.0, -1.0, -1e-6, 1e-6, 1.0, 2.0])
        v = conductor.potential_along(x[:, None], 1e-3, depths, electrode)
        assert v[:, 3] == pytest.approx(v[:, 2], rel=1e-6)
        # One-sided derivatives of second order; 10 um over more than a millimetre.
        from_above = upper.transverse * (1.5 * v[:, 2] - 2 * v[:, 1] + 0.5 * v[:, 0])
        from_below = lower.transverse * (-1.5 * v[:, 3] + 2 * v[:, 4] - 0.5 * v[:, 5])
        assert np.abs(from_above - from_below).max() < 1e-3 * np.abs(from_above).max()


def test_reciprocity_across_all_layers():
    conductor = cord()
    places = [(0, 0, -2e-3), (3e-3, 2e-3, 1.35e-3), (1e-3, -1e-3, 2.1e-3), (-2e-3, 1e-3, 4e-3),
              (4e-3, 0, 6e-3)]  # fmt: skip
    for i, here in enumerate(places):
        for there in places[:i]:
            one = conductor.potential(np.array(there), source(*here))
            other = conductor.potential(np.array(here), source(*there))
            assert one == pytest.approx(other, rel=1e-6)


def test_superposition_shift_and_scaling():
    points = scattered(100, (5.6e-3, 6e-3))
    a, b = bipole(1e-6, 8e-3)
    both = cord().potential(points, (a, b))
    apart = cord().potential(points, (a,)) + cord().potential(points, (b,))
    assert both == pytest.approx(apart, rel=1e-12)
    assert cord(2.0).potential(points, (a, b)) == pytest.approx(both / 2, rel=1e-12)
    moved = [Contact((c.position[0] + 2e-3, 1e-3, 5e-3), c.share, 1e-6) for c in (a, b)]
    shifted = cord(top=4e-3).potential(points + [2e-3, 1e-3, 5e-3], moved)
    # The same stack 5 mm lower: equal up to rounding of depths.
    assert shifted == pytest.approx(both, rel=1e-9)


def test_all_paths_give_the_same_values():
    conductor, electrode = cord(), source(0.5e-3, 0.2e-3, 1.35e-3)
    x = np.linspace(-5e-3, 5e-3, 30)[None, :] + RNG.uniform(0, 1e-3, (20, 1))
    y, z = RNG.uniform(-2e-3, 2e-3, (20, 1)), RNG.uniform(1e-3, 7e-3, (20, 1))
    rows = conductor.potential_along(x, y, z, electrode)
    points = np.stack(np.broadcast_arrays(x, y, z), -1)
    assert conductor.potential(points, electrode) == pytest.approx(rows, rel=1e-12)
    one = conductor.potential(points[3, 4], electrode)
    assert float(one) == pytest.approx(rows[3, 4], rel=1e-12)


def test_a_disk_on_the_skin_against_its_closed_form_and_many_points():
    radius = 28e-3
    pad = [disk(pi * radius**2, 1.0, (0.0, 0.0, 0.0), "pad")]
    body = LayeredConductor((
        Layer.insulator(), Layer.isotropic("skin", 2e-3, 0.1), Layer.isotropic("rest", inf, 0.1)
    ))  # fmt: skip
    z = np.array([1.5e-3, 3e-3, 1e-2, 5e-2])
    v = body.potential(np.stack([0 * z, 0 * z, z], -1), pad)
    assert v == pytest.approx((np.hypot(radius, z) - z) / (pi * 0.1 * radius**2), rel=1e-5)

    limb = LayeredConductor((
        Layer.insulator(), Layer.isotropic("fat", 8e-3, 0.04), Layer("muscle", inf, 0.35, 0.1)
    ))  # fmt: skip
    rings, spokes = np.polynomial.legendre.leggauss(8), 2 * pi * np.arange(32) / 32
    r = radius * np.sqrt((1 + rings[0]) / 2)
    points = [
        Contact((float(a * np.cos(p)), float(a * np.sin(p)), 0.0), w / 2 / 32, 1e-6)
        for a, w in zip(r, rings[1], strict=True)
        for p in spokes
    ]
    where = np.array([[x * radius, y * radius, 12e-3] for x in (0, 0.9, 1.1, 4) for y in (0, 0.5)])
    # 256 points at a distance of 12 mm from a disk of 28 mm.
    assert limb.potential(where, pad) == pytest.approx(limb.potential(where, points), rel=1e-4)


def test_a_thousand_fibres_cost_tables_once(monkeypatch):
    from gatecontrol.fields import tables

    built = []
    original = tables.wave_on_grid
    monkeypatch.setattr(tables, "wave_on_grid", lambda *a: built.append(1) or original(*a))
    conductor = cord(double=1.25)
    x = np.arange(-50, 50) * 1e-3
    for low in (0.0, 0.1e-3):
        z = 5.5e-3 + low + RNG.uniform(0, 0.1e-3, (1000, 1))
        conductor.potential_along(x, 0.0, z, bipole(1e-6, 8e-3))
        assert len(built) == 1


def test_bad_geometry_is_refused():
    air = Layer.insulator()
    fat, muscle = Layer.isotropic("fat", 5e-3, 0.04), Layer("muscle", inf, 0.35, 0.1)
    limb = LayeredConductor((air, fat, muscle))
    point = np.array([[1e-3, 0.0, 3e-3]])
    with pytest.raises(GatecontrolError, match="the lead lies in the air, which carries no curr"):
        limb.potential(point, source(0.0, 0.0, -1e-3, label="lead"))
    with pytest.raises(GatecontrolError, match="a fibre lies in the air"):
        limb.potential(-point, source(0.0, 0.0, 1e-3))
    with pytest.raises(GatecontrolError, match="disk in the muscle, which conducts better along"):
        limb.potential(point, [disk(1e-6, 1.0, (0, 0, 6e-3), "pad")])
    thin = LayeredConductor((air, Layer.isotropic("skin", 0.1e-3, 0.01), fat, muscle))
    with pytest.raises(GatecontrolError, match="less than 2% of its radius from the pad"):
        thin.potential(np.array([0.0, 0.0, 0.2e-3]), [disk(25e-4, 1.0, (0, 0, 0), "pad")])
    with pytest.raises(GatecontrolError, match="more than 1 m from the contact"):
        limb.potential(point + [2.0, 0, 0], source(0.0, 0.0, 1e-3))
    with pytest.raises(GatecontrolError, match="passes through the lead"):
        limb.potential(point, source(1e-3, 0.0, 3e-3, label="lead"))
    with pytest.raises(GatecontrolError, match="not a finite number"):
        limb.potential(np.array([[0, 0, np.nan]]), source(0.0, 0.0, 1e-3))
    with pytest.raises(ValueError, match="two layers"):
        LayeredConductor((muscle,))
    with pytest.raises(ValueError, match="'fat' is outermost and must be a half-space"):
        LayeredConductor((fat, muscle))
    with pytest.raises(ValueError, match="'muscle' lies inside the stack"):
        LayeredConductor((air, muscle, muscle))
    with pytest.raises(ValueError, match="no way to a remote reference"):
        LayeredConductor((air, fat, air))
    with pytest.raises(ValueError, match="'fat' must be thicker than 0"):
        Layer.isotropic("fat", 0.0, 0.04)
    with pytest.raises(ValueError, match="conductivities of the layer 'fat' must be > 0"):
        Layer("fat", 1e-3, 0.04, 0.0)
