"""The compiled time loop of `gatecontrol.fibres.single_cable`.

Units of the papers: mV, ms, mS/cm2, uA/cm2, uF/cm2, mM, and diameters in um.
"""

from typing import NamedTuple

import numpy as np

from gatecontrol.fibres.compiled import compiled

__all__ = ["IONS", "Accumulation", "march"]

IONS = ("Na", "K", "leak")
"""What a channel may let through."""

_FARADAY = 96485.33212  # C/mol
_CHECK = 16  # steps between looks whether the tree is at rest again
_NEAR, _NEAR_GATES = 0.5, 0.01  # mV; what counts as rest: a spike needs 10 mV and more


class Accumulation(NamedTuple):
    """Sodium and potassium on both sides of the membrane, their pump, and K(Na) channels.

    Attributes
    ----------
    sodium_bath, potassium_bath : float
        Beyond the periaxonal space [mM].
    thermal : float
        R T / F [mV].
    width : float
        Of the periaxonal space [um].
    permeability : float
        Of its outer barrier [m/s].
    pump : float
        Largest potassium current of the sodium pump's first isoform [uA/cm2].
    sodium_gated : float
        Largest conductance of K(Na) [mS/cm2].
    """

    sodium_bath: float
    potassium_bath: float
    thermal: float
    width: float
    permeability: float
    pump: float
    sodium_gated: float


@compiled
def _sodium_gated(sodium):
    """Return the open fraction of K(Na) for an inner sodium concentration [mM]."""
    x = 38.7 / sodium
    return 0.37 / (1 + x * x * x * np.sqrt(x))


@compiled
def _pump(sodium, potassium):
    """Return the pump's potassium current over its largest: inner sodium, outer potassium."""
    k = 1 + 1 / potassium
    a, b = 6.7 / (sodium + 8), 67.6 / (sodium + 8)
    return -(1.62 / (1 + a * a * a) + 1 / (1 + b * b * b)) / (k * k)


@compiled
def _cell(x, last):
    """Return the cell of a table and the place within it; also of what is not a number."""
    if not x > 0:
        return 0, 0.0
    if x >= last + 1:
        return last, 1.0
    cell = int(x)
    return cell, x - cell


@compiled
def _quiet(voltage, gates, rest, rest_gates):
    """Return whether all voltages and gates are near those at rest."""
    n, kinds = gates.shape
    for i in range(n):
        if abs(voltage[i] - rest[i]) > _NEAR:
            return False
        for g in range(kinds):
            if abs(gates[i, g] - rest_gates[i, g]) > _NEAR_GATES:
                return False
    return True


@compiled
def march(
    voltage,
    gates,
    ions,
    parent,
    up,
    down,
    diameter,
    capacitance,
    conductance,
    carries,
    factor_bounds,
    factors,
    reversal,
    accumulates,
    accumulation,
    table,
    table_low,
    table_step,
    drive,
    first_step,
    level,
    steps,
    dt,
    detector,
    detection,
    first_only,
    rest,
    rest_gates,
    quiet_from,
    work,
    times,
    found,
    origin,
):
    """Advance a tree of compartments; `voltage`, `gates` and `ions` are changed in place.

    Parameters
    ----------
    voltage : ndarray, shape (n,)
        Across the membrane [mV].
    gates : ndarray, shape (n, gates)
        Open fractions.
    ions : ndarray, shape (n, 4)
        Sodium inside and outside, potassium inside and outside [mM]; unused without
        accumulation.
    parent : ndarray of int, shape (n,)
        Neighbour of lower index; the first has none. A cable is 0, 0, 1, 2, ...
    up, down : ndarray, shape (n,)
        Conductance to the parent, per area of the compartment and of its parent [mS/cm2].
    diameter : ndarray, shape (n,)
        [um].
    capacitance : float
        [uF/cm2].
    conductance, carries : ndarray, shape (channels,)
        Largest conductance [mS/cm2] and ion, as an index of `IONS`, of every channel.
    factor_bounds, factors : ndarray of int
        Channel c is open to the product of the gates
        ``factors[factor_bounds[c]:factor_bounds[c + 1]]``.
    reversal : ndarray, shape (3,)
        Of `IONS` [mV]; that of sodium and potassium unused with accumulation.
    accumulates : bool
        Whether concentrations change.
    accumulation : Accumulation
        Unused without.
    table : ndarray, shape (cells, 4, gates)
        Steady state and its rise over a cell of voltage, fraction of the way to it in a time
        step and its rise.
    table_low, table_step : float
        [mV]; beyond its ends the table holds its last values.
    drive : ndarray, shape (waveforms, n)
        Current into the compartments [uA/cm2] at level 1.
    first_step : ndarray of int, shape (stretches,)
        Step from which a level holds.
    level : ndarray, shape (stretches, waveforms)
        The last holds to the end.
    steps : int
        Number of time steps.
    dt : float
        [ms].
    detector : ndarray of int, shape (n,)
        Which detector is at each compartment, -1 for none.
    detection : float
        A spike rises through this voltage [mV].
    first_only : bool
        Stop at the first spike at a detector.
    rest, rest_gates : ndarray
        As `voltage` and `gates` without a field.
    quiet_from : int
        Step from which a tree that is at rest again ends the loop.
    work : tuple of ndarray
        Three of shape (n,) and one of shape (3,), overwritten.
    times : ndarray, shape (d, steps // 2 + 1)
        Filled with the times [ms] of spikes at the detectors, interpolated within a step.
    found : ndarray of int, shape (d,)
        0; filled with their number.
    origin : ndarray, shape (2,)
        -1 and infinity; filled with compartment and time [ms] of the first spike.
    """
    n, kinds = gates.shape
    channels = conductance.size
    store = capacitance / dt
    last_cell = table.shape[0] - 1
    finer = 1 / table_step
    inside = 10.0 * dt * 4 / _FARADAY  # mM um per uA/cm2: the 1e-3 of A and the 1e4 of um
    outside = 1e-3 / _FARADAY
    barrier = accumulation.permeability * 0.1  # cm/ms
    mixing = -np.expm1(-dt * barrier * 1e4 / accumulation.width) if accumulates else 0.0

    diagonal, right_side, current, flow = work
    e_sodium, e_potassium, e_leak = reversal[0], reversal[1], reversal[2]
    spikes = 0
    stretch = -1
    for step in range(steps):
        while stretch + 1 < first_step.size and step >= first_step[stretch + 1]:
            stretch += 1
            for i in range(n):
                current[i] = 0.0
                for w in range(drive.shape[0]):
                    current[i] += level[stretch, w] * drive[w, i]

        # From the tips of the branches, as Hines ordered them. What a compartment needs of its own
        # state is computed on the way: it does not wait for the elimination, nor that for it.
        for i in range(n):
            diagonal[i] = store
            right_side[i] = current[i]
        for i in range(n - 1, -1, -1):
            flow[0] = flow[1] = flow[2] = 0.0
            for c in range(channels):
                g = conductance[c]
                for k in range(factor_bounds[c], factor_bounds[c + 1]):
                    g *= gates[i, factors[k]]
                flow[carries[c]] += g
            v = voltage[i]
            pumped = 0.0
            if accumulates:
                flow[1] += accumulation.sodium_gated * _sodium_gated(ions[i, 0])
                e_sodium = accumulation.thermal * np.log(ions[i, 1] / ions[i, 0])
                e_potassium = accumulation.thermal * np.log(ions[i, 3] / ions[i, 2])
                pump = accumulation.pump * _pump(ions[i, 0], ions[i, 3])
                pumped = -0.5 * pump  # three sodium out for two potassium in
                sodium = flow[0] * (v - e_sodium) - 1.5 * pump
                potassium = flow[1] * (v - e_potassium) + pump
                ions[i, 0] -= inside * sodium / diameter[i]
                ions[i, 2] -= inside * potassium / diameter[i]
                goal = accumulation.sodium_bath + sodium * outside / barrier
                ions[i, 1] += mixing * (goal - ions[i, 1])
                goal = accumulation.potassium_bath + potassium * outside / barrier
                ions[i, 3] += mixing * (goal - ions[i, 3])
            source = flow[0] * e_sodium + flow[1] * e_potassium + flow[2] * e_leak - pumped
            inverse = 1 / (diagonal[i] + (flow[0] + flow[1] + flow[2] + up[i]))
            value = right_side[i] + (store * v + source)
            diagonal[i] = inverse
            right_side[i] = value
            if i:
                share = down[i] * inverse
                diagonal[parent[i]] += down[i] - share * up[i]
                right_side[parent[i]] += share * value
        for i in range(n):
            before = voltage[i]
            value = right_side[i] * diagonal[i]
            if i:
                value += up[i] * diagonal[i] * voltage[parent[i]]
            voltage[i] = value
            if before <= detection < value:
                when = dt * (step + (detection - before) / (value - before))
                if when < origin[1]:
                    origin[0], origin[1] = i, when
                d = detector[i]
                if d >= 0:
                    times[d, found[d]] = when
                    found[d] += 1
                    spikes += 1
            cell, x = _cell((value - table_low) * finer, last_cell)
            for g in range(kinds):
                steady = table[cell, 0, g] + x * table[cell, 1, g]
                way = table[cell, 2, g] + x * table[cell, 3, g]
                gates[i, g] += way * (steady - gates[i, g])
        if first_only and spikes > 0:
            break
        if step >= quiet_from and step % _CHECK == 0 and _quiet(voltage, gates, rest, rest_gates):
            break
