"""Gates, rest and cable of the unmyelinated models against the printed values and closed forms."""

import numpy as np
import pytest

from gatecontrol.fibres import rattay1993, single_cable, sundt2015, tigerholm2014
from gatecontrol.fibres.single_cable import Cable, Channel, Membrane, gate_table

# Steady state and time constant [ms] by voltage [mV], as printed with the published equations.
RATTAY = """
-100 m 0.0010646 0.0039307 h 0.99218 0.26355 n 0.039416 0.44013
-70 m 0.052932 0.019731 h 0.59612 0.70967 n 0.31768 0.45488
-50 m 0.36922 0.03992 h 0.087384 0.28278 n 0.61905 0.3261
-30 m 0.81666 0.035247 h 0.012793 0.11253 n 0.80636 0.21284
0 m 0.98233 0.017989 h 0.0021479 0.084677 n 0.92028 0.1275
30 m 0.99794 0.011082 h 0.00047186 0.08337 n 0.96174 0.089039
"""
SUNDT = """
-100 m 1.0194e-06 0.02041 h 1 0.28115 n 2.9924e-06 0.0074903 l 0.94873 23.762
-60 m 0.011755 0.039789 h 0.93669 2.4302 n 0.0052859 0.6635 l 0.4813 240.4
-50 m 0.07761 0.048994 h 0.53939 2.439 n 0.033346 1.9807 l 0.30512 322.05
-30 m 0.59794 0.053443 h 0.015109 0.20754 n 0.59245 7.8806 l 0.089527 421.97
0 m 0.99166 0.03129 h 0.0015939 0.11592 n 0.99749 1.406 l 0.010312 458.68
30 m 0.99997 0.019081 h 0.00030082 0.11583 n 0.99999 0.14937 l 0.001103 462.95
"""
TIGERHOLM = """
-100 m7 8.8336e-05 0.0078358 h7 1.0232 3.2441 s7 0.99069 398.69 m8 0.0017085 0.033218
-100 h8 1 0.31077 s8 0.99897 60.121 u8 0.99782 728.16 m9 0.0016288 0.18992
-100 h9 0.99989 3.5895 s9 0.9642 334.37 n 0.007614 0.33012 ps 8.5749e-06 32.421
-100 pf 8.5749e-06 1.1258 ma 2.4456e-12 0.22826 ha 1 6.8105 cs 0.78911 797.6
-100 cf 0.78911 86.09
-55 m7 0.011697 0.025185 h7 0.11178 5.5258 s7 0.80879 1688.2 m8 0.01089 0.045322
-55 h8 0.99667 6.036 s8 0.7773 222.83 u8 0.62246 1224 m9 0.15938 0.93542
-55 h9 0.32447 159.14 s9 0.10428 1537.6 n 0.12477 0.82484 ps 0.015267 42.191
-55 pf 0.015267 9.31 ma 1.3296e-07 1.3378 ha 0.9875 12.52 cs 0.034905 525.21
-55 cf 0.034905 70.068
-40 m7 0.077337 0.048923 h7 0.014294 1.8704 s7 0.59287 2123.7 m8 0.057916 0.096305
-40 h8 0.87545 10.861 s8 0.34865 254.45 u8 0.20181 1146.6 m9 0.47981 1.0952
-40 h9 0.0016946 46.566 s9 0.021212 1091.7 n 0.27408 0.57435 ps 0.15887 71.059
-40 pf 0.15887 15.439 ma 4.6098e-06 1.7597 ha 0.75189 13.158 cs 0.0076454 278.55
-40 cf 0.0076454 47.314
-20 m7 0.54706 0.07268 h7 0.00099031 0.47774 s7 0.31263 1777.4 m8 0.5902 0.28612
-20 h8 0.045217 5.5377 s8 0.042088 113.3 u8 0.020332 834.44 m9 0.86773 0.65961
-20 h9 1.1252e-06 6.6921 s9 0.0026925 733.68 n 0.58046 0.19639 ps 0.84113 109.55
-20 pf 0.84113 19.824 ma 0.00039816 1.9173 ha 0.037719 12.053 cs 0.00097916 138.97
-20 cf 0.00097916 34.437
0 m7 0.93242 0.034892 h7 0.00010672 0.19027 s7 0.15567 1082.3 m8 0.97216 0.17931
0 h8 0.000319 0.76592 s8 0.0035936 61.732 u8 0.0017007 688.01 m9 0.97033 0.35268
0 h9 1.7577e-09 2.2627 s9 0.00039944 576.27 n 0.83526 0.12618 ps 0.99331 148.04
0 pf 0.99331 16.016 ma 0.016371 1.5149 ha 0.00050676 9.4597 cs 0.00012467 87.62
0 cf 0.00012467 29.7
30 m7 0.99458 0.016682 h7 9.6587e-06 0.12247 s7 0.055859 422.38 m8 0.99948 0.099894
30 h8 1.7649e-07 0.30859 s8 8.4811e-05 50.706 u8 4.0064e-05 639.79 m9 0.99452 0.24094
30 h9 4.2218e-13 1.7308 s9 2.8039e-05 492.81 n 0.97265 0.071348 ps 0.99995 205.77
30 pf 0.99995 8.2707 ma 0.36307 0.59641 ha 7.4588e-07 5.7919 cs 5.6578e-06 64.403
30 cf 5.6578e-06 27.558
"""


def printed(table):
    for line in table.strip().splitlines():
        voltage, *values = line.split()
        for gate, steady, tau in zip(*[iter(values)] * 3, strict=True):
            yield float(voltage), gate, steady, tau


@pytest.mark.parametrize(
    ("model", "table"),
    [(rattay1993, RATTAY), (sundt2015, SUNDT), (tigerholm2014, TIGERHOLM)],
)
def test_kinetics_to_the_printed_digits(model, table):
    seen = set()
    for voltage, gate, steady, tau in printed(table):
        found = model.kinetics(np.array([voltage]))[gate]
        assert [f"{x[0]:.5g}" for x in found] == [steady, tau], (voltage, gate)
        seen.add(gate)
    assert seen == set(model.kinetics(np.zeros(1)))


@pytest.mark.parametrize("model", [rattay1993, sundt2015, tigerholm2014])
def test_tables_hold_the_kinetics(model):
    dt = 0.02
    step = single_cable.TABLE_STEP
    voltage = np.arange(-150, 100, 0.37) + 0.001
    cell = np.floor((voltage + 200) / step).astype(int)
    x = ((voltage + 200) / step - cell)[:, None]
    rows = gate_table(model.kinetics, dt)[cell]
    exact = model.kinetics(voltage).values()
    steady = np.array([s for s, _ in exact]).T
    way = np.array([-np.expm1(-dt / tau) for _, tau in exact]).T
    # h^2 / 8 times the largest curvature, of gates with a slope of 4 mV: 7e-7
    assert np.abs(rows[:, 0] + x * rows[:, 1] - steady).max() < 2e-6
    assert np.abs(rows[:, 2] + x * rows[:, 3] - way).max() < 2e-6


def test_jumps_of_a_time_constant_stay_sharp():
    step = single_cable.TABLE_STEP
    table = gate_table(tigerholm2014.kinetics, 0.02)
    gates = list(tigerholm2014.kinetics(np.zeros(1)))
    for gate, at in (("ps", -60), ("n", -31), ("cs", -70), ("cf", -70)):
        below = table[round((at + 200) / step) - 1, :, gates.index(gate)]
        exact = -np.expm1(-0.02 / tigerholm2014.kinetics(np.array([at - 1e-9, at]))[gate][1])
        assert below[2] + below[3] == pytest.approx(exact[0], rel=1e-6)
        assert table[round((at + 200) / step), 2, gates.index(gate)] == pytest.approx(exact[1])


def resting(model, compartments=3):
    ones = np.ones(compartments) * 1e-6
    return Cable(model.MEMBRANE if model is not rattay1993 else model.RATTAY.membrane, ones, ones)


def test_where_the_membranes_rest():
    voltage, _, _ = resting(rattay1993).at_rest()
    assert voltage == pytest.approx(-69.9997, abs=5e-5)
    voltage, gates, _ = resting(sundt2015).at_rest()
    assert voltage == pytest.approx(-59.9311, abs=5e-5)
    assert gates[1] == pytest.approx([0.011925, 0.93564, 0.0053540, 0.48060], rel=1e-4)
    voltage, _, ions = resting(tigerholm2014).at_rest()
    assert voltage == pytest.approx(-55, abs=1e-5)
    assert ions[1] == pytest.approx([11.4, 154, 121.7, 5.6], rel=1e-6)


def test_the_leaks_of_the_nociceptor_balance_each_ion():
    cable = resting(tigerholm2014)
    state = cable.at_rest()
    silence = np.zeros((1, 3)), np.zeros(1, int), np.zeros((1, 1))
    cable.advance(state, *silence, 100_000, 0.1)  # 10 s
    voltage, _, ions = state
    assert voltage == pytest.approx(-55, abs=1e-4)
    # eight digits of the leaks are given
    assert ions[0] == pytest.approx([11.4, 154, 121.7, 5.6], rel=1e-5)


def passive(diameter, length, parent=None):
    def none(v):
        return {"x": (np.ones_like(v), np.ones_like(v))}

    leak = (Channel("leak", 0.1),)
    return Cable(Membrane(none, leak, {"leak": -60.0}, -60.0, 100.0), diameter, length, parent)


def settled(cable, drive):
    state = cable.at_rest()
    cable.advance(state, drive, np.zeros(1, int), np.ones((1, 1)), 4000, 0.1)
    return state[0] + 60


def test_a_finite_cable_in_steady_state():
    # Rall: current into the end of a sealed cable
    n, diameter, length = 201, 1e-6, 1e-3
    cable = passive(np.full(n, diameter), np.full(n, length / n))
    found = settled(cable, 1e-11 * cable.from_electrode(0))
    space = np.sqrt(diameter / 4 / (1.0 * 1.0))  # 0.1 mS/cm2 is 1 S/m2, 100 ohm cm 1 ohm m
    infinite = 1.0 * space / (np.pi * diameter**2 / 4)
    places = (np.arange(n) + 0.5) / n * length
    expected = 1e-8 * infinite * np.cosh((length - places) / space) / np.sinh(length / space)
    assert found == pytest.approx(expected, rel=3e-3)  # compartments of 0.01 space constants


def test_branches_that_match_are_one_cable():
    # Rall's 3/2 power: two equal branches of length l / 2^(1/3) electrically continue a trunk
    trunk, width, long = 40, 2e-6, 10e-6
    thin, short = width / 2 ** (2 / 3), long / 2 ** (1 / 3)
    straight = passive(np.full(80, width), np.full(80, long))
    first, second = np.arange(trunk, 80), np.arange(80, 120)
    parent = np.concatenate([
        np.maximum(np.arange(trunk) - 1, 0),
        [trunk - 1],
        first[:-1],
        [trunk - 1],
        second[:-1],
    ])
    branched = passive(
        np.r_[np.full(trunk, width), np.full(80, thin)],
        np.r_[np.full(trunk, long), np.full(80, short)],
        parent,
    )
    found = settled(branched, 1e-11 * branched.from_electrode(0))
    expected = settled(straight, 1e-11 * straight.from_electrode(0))
    # the meeting point lies half a compartment off
    assert found[:80] == pytest.approx(expected, rel=2e-3)
    assert found[80:] == pytest.approx(found[trunk:80], rel=1e-9)


def test_a_field_moves_charge_but_makes_none():
    rng = np.random.default_rng(5)
    parent = np.array([0, 0, 1, 1, 3, 2])
    cable = passive(rng.uniform(0.5e-6, 5e-6, 6), rng.uniform(5e-6, 50e-6, 6), parent)
    drive = cable.from_field(rng.normal(size=(2, 6)))
    moved = np.abs(drive * cable.area).sum(1)
    assert np.abs((drive * cable.area).sum(1)).max() < 1e-12 * moved.min()


def test_parents_come_first():
    with pytest.raises(ValueError, match="must come after its parent"):
        passive(np.ones(3), np.ones(3), np.array([0, 2, 0]))


def test_an_ion_without_a_reversal_potential():
    with pytest.raises(ValueError, match="no reversal potential is given for 'K'"):
        Membrane(rattay1993.kinetics, (Channel("K", 1.0, "n"),), {"Na": 50.0}, -70.0, 100.0)
