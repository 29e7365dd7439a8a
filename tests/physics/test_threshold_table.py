"""Tables of thresholds against the solver that made them."""

from dataclasses import replace

import numpy as np
import pytest

from gatecontrol.errors import GatecontrolError
from gatecontrol.fibres import table_store
from gatecontrol.fibres.axon import fibre_model
from gatecontrol.fibres.bundle import Bundle, Grid, reach_of
from gatecontrol.fibres.excitation import threshold
from gatecontrol.fibres.path import ALONG_X, FibrePath
from gatecontrol.fibres.threshold_table import solve
from gatecontrol.fibres.waveform import Waveform
from gatecontrol.fields.conductor import HomogeneousConductor
from gatecontrol.fields.electrodes import bipole

CONTACTS = tuple(bipole(12e-6, 8e-3))
BUNDLE = Bundle(
    "mrg", HomogeneousConductor.isotropic(0.4), (CONTACTS,), Waveform.rectangular(300e-6), 50e-3
)
GRID = Grid((8e-6, 10e-6, 12e-6), (0.0, 0.5e-3, 1e-3), (3e-3, 3.5e-3), (0.0, 0.25, 0.5, 0.75))


@pytest.fixture(scope="module")
def table():
    return solve(BUNDLE, GRID)


def solved(bundle, diameter, y, z, offset):
    axon = fibre_model(bundle.model).axon(diameter, reach_of(bundle.contacts, y, z))
    potential = bundle.potential(axon, y, z, offset)
    return threshold(axon, potential, bundle.pulse, ceiling=bundle.ceiling, precision=1e-3)


def test_fibres_between_the_knots_have_the_solvers_threshold(table):
    rng = np.random.default_rng(1)
    fibres = [
        (rng.uniform(8e-6, 12e-6), rng.uniform(0, 1e-3), rng.uniform(3e-3, 3.5e-3), rng.random())
        for _ in range(12)
    ]
    low, high = table.windows(*np.transpose(fibres))
    exact = np.array([solved(BUNDLE, *fibre) for fibre in fibres])
    # linear between knots 0.5 mm and a fifth of a diameter apart: measured 0.7 % in the mean
    assert np.abs(low / exact - 1).max() < 0.03
    assert np.abs(low / exact - 1).mean() < 0.015
    assert (high > low).all()


def test_a_knot_is_exact(table):
    low, _ = table.windows(10e-6, 1e-3, 3e-3, 0.25)
    assert low[0] == pytest.approx(table.low[1, 2, 0, 1], rel=1e-12)
    assert low[0] == pytest.approx(solved(BUNDLE, 10e-6, 1e-3, 3e-3, 0.25), rel=4e-3)  # bisection


def test_the_place_of_the_node_goes_round(table):
    around = table.windows(9e-6, 0.5e-3, 3.2e-3, 0.0)[0], table.windows(9e-6, 5e-4, 3.2e-3, 1.0)[0]
    assert around[0] == pytest.approx(around[1], rel=1e-9)
    near = table.windows(9e-6, 0.5e-3, 3.2e-3, 0.999)[0]
    assert near == pytest.approx(around[0], rel=1e-2)


def test_doubled_conductivity_doubles_the_table():
    grid = replace(GRID, diameter=(10e-6,), y=(0.0,), z=(3e-3,), offset=(0.0,))
    one = solve(BUNDLE, grid)
    two = solve(replace(BUNDLE, conductor=HomogeneousConductor.isotropic(0.8)), grid)
    # the bisection starts at twice the amplitude too, so that nothing but rounding differs
    assert two.low.item() == pytest.approx(2 * one.low.item(), rel=1e-6)


def test_latencies_fall_with_the_amplitude(table):
    latency = table.latencies(10e-6, [1.02, 1.3, 4.0])
    assert (np.diff(latency) < 0).all()
    assert 0.05e-3 < latency[-1] < latency[0] < 1.5e-3
    assert table.latencies(10e-6, 50.0) == pytest.approx(latency[-1:])


def test_what_no_amplitude_excites_is_infinite():
    bundle = replace(BUNDLE, ceiling=2e-3)
    grid = replace(GRID, diameter=(4e-6, 12e-6), y=(0.0,), z=(3e-3,), offset=(0.0,))
    table = solve(bundle, grid)
    low, high = table.windows([4e-6, 8e-6, 12e-6], 0.0, 3e-3)
    assert np.isinf(low).tolist() == [True, True, False]
    assert np.isinf(high).all()
    assert np.array_equal(table.latency[0], table.latency[1])  # the nearest that fires


def test_a_fibre_outside_the_table_is_refused(table):
    with pytest.raises(GatecontrolError) as caught:
        table.windows(10e-6, 0.0, 5e-3)
    assert str(caught.value) == (
        "a fibre at z = 5 mm lies outside the table, which reaches from 3 to 3.5 mm"
    )


def test_thinner_fibres_than_the_model_follow_its_slope(table):
    low, _ = table.windows([8e-6, 7e-6], 0.0, 3e-3)
    assert low[1] > low[0]


def test_a_grid_is_as_fine_as_the_field_asks():
    rng = np.random.default_rng(0)
    diameter, y, z = rng.uniform(1e-6, 12e-6, 99), rng.uniform(-6e-3, 6e-3, 99), np.full(99, 3e-3)
    grid = Grid.over(BUNDLE, diameter, y, z)
    assert grid.mirrored
    assert grid.diameter[0] == pytest.approx(2e-6)  # the thinnest that the model stands for
    assert grid.diameter[-1] == pytest.approx(diameter.max())
    assert grid.y[0] == pytest.approx(np.abs(y).min())
    assert len(grid.y) == 5
    assert grid.z == (3e-3,)
    assert len(grid.offset) == 4
    moved = tuple(replace(c, position=(c.position[0], 0, -0.09)) for c in CONTACTS)
    far = replace(BUNDLE, electrodes=(moved,))
    assert Grid.over(far, diameter, y, z).shape[1:] == (2, 1, 1)  # y, z, offset


def test_a_bent_path_is_followed():
    bend = FibrePath(((0.0, 3e-3, 4e-3), (0.0, 0.0, 0.0), (1.0, 0.0, 0.0)), site=1)
    assert bend.at(np.array([-10e-3, -5e-3, 0.0, 2e-3])) == pytest.approx(
        np.array([[0, 6e-3, 8e-3], [0, 3e-3, 4e-3], [0, 0, 0], [2e-3, 0, 0]])
    )
    assert ALONG_X.at(np.array([-1.0, 2.0]))[:, 0].tolist() == [-1.0, 2.0]
    with pytest.raises(ValueError, match="must be its origin"):
        FibrePath(((1.0, 0.0, 0.0), (2.0, 0.0, 0.0)))


def test_a_table_is_solved_once_and_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("GATECONTROL_CACHE_DIR", str(tmp_path))
    grid = replace(GRID, diameter=(10e-6,), y=(0.0,), z=(3e-3,), offset=(0.0,))
    told = []
    first = table_store.table_for(BUNDLE, grid, progress=lambda *n: told.append(n))
    assert told == [(1, 1)]
    table_store.read.cache_clear()
    again = table_store.table_for(BUNDLE, grid, progress=lambda *n: told.append(n))
    assert told == [(1, 1)]
    for name in ("low", "high", "latency"):
        assert np.array_equal(getattr(first, name), getattr(again, name))
    assert again.grid == grid
    (path,) = (tmp_path / "thresholds").glob("*.nc")
    path.write_bytes(b"not a table")
    table_store.read.cache_clear()
    mended = table_store.table_for(BUNDLE, grid, progress=lambda *n: told.append(n))
    assert told == [(1, 1)] * 2
    assert mended.low == first.low


def test_the_key_covers_all_that_a_table_depends_on():
    keys = {
        table_store.key_of(bundle, grid)
        for bundle, grid in (
            (BUNDLE, GRID),
            (replace(BUNDLE, model="adelta"), GRID),
            (replace(BUNDLE, conductor=HomogeneousConductor(0.4, 0.3)), GRID),
            (replace(BUNDLE, electrodes=(tuple(bipole(12e-6, 9e-3)),)), GRID),
            (replace(BUNDLE, pulse=Waveform.rectangular(200e-6)), GRID),
            (replace(BUNDLE, pulse=Waveform.rectangular(300e-6, recharge=True)), GRID),
            (replace(BUNDLE, ceiling=40e-3), GRID),
            (replace(BUNDLE, path=FibrePath(((0, 0, 0), (1, 1, 0)))), GRID),
            (BUNDLE, replace(GRID, z=(3e-3, 3.6e-3))),
        )
    }
    assert len(keys) == 9
    assert table_store.key_of(BUNDLE, GRID) in keys
