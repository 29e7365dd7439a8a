"""The compiled time loop of `gatecontrol.fibres.double_cable`."""

import numpy as np

from gatecontrol.fibres.compiled import compiled

__all__ = ["GATES", "march"]

GATES = ("m", "h", "p", "s")
"""Gates of a node: currents go with m^3 h, p^3 and s."""

_CHECK = 32  # steps between looks whether the fibre is at rest again
_NEAR = 3e-3  # V
_NEAR_GATE = 0.05


@compiled
def _conduct(gate, membrane, reversal, n, conductance, source):
    """Set the conductance [S] of node n, and its current [A] where it is at rest."""
    m, h, p, s = gate[0], gate[1], gate[2], gate[3]
    sodium = membrane[0] * m * m * m * h + membrane[1] * p * p * p
    potassium, leak = membrane[2] * s, membrane[3]
    conductance[n] = sodium + potassium + leak
    source[n] = sodium * reversal[0] + potassium * reversal[1] + leak * reversal[2]


@compiled
def _advance_modes(modes, keep, couple, pull, sums, push, inflow):
    """Advance the internodes; `inflow` becomes what their even and odd modes give the nodes."""
    count, chain = modes.shape
    for side in range(2):
        of_nodes, total = sums[side], inflow[side]
        total[:] = 0.0
        for m in range(side * (count // 2), (side + 1) * (count // 2)):
            mode, field = modes[m], push[m]
            a, c, f = keep[m], couple[m], pull[m]
            for k in range(chain):
                y = a * mode[k] + c * of_nodes[k] + field[k]
                mode[k] = y
                total[k] += f * y


@compiled
def _solve(diagonal, right_side, far, inverse, potential):
    """Solve the nodes' tridiagonal system (off-diagonal -far) from both ends at once."""
    end, middle = diagonal.size - 1, diagonal.size // 2
    a, b = far / diagonal[0], far / diagonal[end]
    inverse[0], inverse[end] = a, b
    for i in range(1, middle):
        right_side[i] += a * right_side[i - 1]
        right_side[end - i] += b * right_side[end - i + 1]
        a = far / (diagonal[i] - a * far)
        b = far / (diagonal[end - i] - b * far)
        inverse[i], inverse[end - i] = a, b
    met = right_side[middle] + a * right_side[middle - 1] + b * right_side[middle + 1]
    x = y = met / (diagonal[middle] - (a + b) * far)
    scale = 1 / far
    potential[middle] = x
    for i in range(middle - 1, -1, -1):
        x = (right_side[i] * scale + x) * inverse[i]
        y = (right_side[end - i] * scale + y) * inverse[end - i]
        potential[i], potential[end - i] = x, y


@compiled
def _quiet(potential, gates, rest, rest_gates):
    """Return whether no node can fire any more: back at rest, and not unusually excitable."""
    for n in range(potential.size):
        if abs(potential[n] - rest[n]) > _NEAR or abs(gates[n, 1] - rest_gates[n, 1]) > _NEAR_GATE:
            return False
    return True


@compiled
def march(
    modes,
    potential,
    gates,
    rest,
    rest_gates,
    drive_nodes,
    drive_modes,
    level,
    first_step,
    rate,
    pull,
    link,
    membrane,
    reversal,
    capacitance,
    end_leak,
    table,
    table_low,
    table_step,
    dt,
    detectors,
    detection,
    first_only,
    quiet_from,
):
    """Advance a chain of internodes and nodes; state arrays are changed in place.

    All potentials are against rest [V].

    Parameters
    ----------
    modes : ndarray, shape (20, internodes)
        Amplitudes of the internodes' modes; the first half even.
    potential, rest : ndarray, shape (nodes,)
        Of the nodes: now, and without a field.
    gates, rest_gates : ndarray, shape (nodes, 4)
        As `GATES`.
    drive_nodes, drive_modes : ndarray, shapes (channels, nodes), (channels, 20, internodes)
        Currents [A] of each channel's field at level 1.
    level : ndarray, shape (stretches, channels)
        Levels of the channels.
    first_step : ndarray of int, shape (stretches + 1,)
        Steps at which stretches begin, and the number of steps.
    rate, pull : ndarray, shape (20,)
        See `gatecontrol.fibres.double_cable`.
    link : float
        Conductance from a node to its neighbour [S].
    membrane : ndarray, shape (4,)
        Conductances [S] of m^3 h, p^3, s and leak.
    reversal : ndarray, shape (3,)
        Of sodium, potassium and leak currents.
    capacitance, end_leak : float
        Of a node [F], leak of an end node [S].
    table : ndarray, shape (voltages, 8)
        Steady states of the gates, and the fraction of the way to them in a step.
    table_low, table_step, dt : float
        [V], [V], [s].
    detectors : ndarray of int, shape (2,)
        Nodes.
    detection : float
        A spike crosses it upwards.
    first_only : bool
        Stop at the first spike at a detector.
    quiet_from : int
        Step from which a fibre that is at rest again ends the loop.

    Returns
    -------
    left, right : ndarray
        Times [s] of spikes at the detectors, interpolated within a step.
    origin : ndarray, shape (2,)
        Node (-1 for none) and time [s] of the first spike.
    """
    count, chain = modes.shape
    nodes = chain + 1
    keep = 1 / (1 + dt * rate)
    force = dt * keep
    late = force * pull  # of the nodes' new potentials in the modes of the same step
    couple = keep * late
    even, odd = (late * pull)[: count // 2].sum(), (late * pull)[count // 2 :].sum()
    own, far = link - (even + odd), even - odd
    store, per_step, last_row = capacitance / dt, 1 / table_step, table.shape[0] - 2.0

    sums, inflow = np.zeros((2, chain)), np.empty((2, chain))
    diagonal, right_side, inverse = np.empty(nodes), np.empty(nodes), np.empty(nodes)
    before, conductance, source = np.empty(nodes), np.full(nodes, end_leak), np.zeros(nodes)
    for n in range(1, nodes - 1):
        _conduct(gates[n], membrane, reversal, n, conductance, source)
    times, found = np.empty((2, 64)), np.zeros(2, np.int64)
    origin = np.array([-1.0, np.inf])

    current, push = np.zeros(nodes), np.zeros((count, chain))
    stretch = -1
    for step in range(first_step[-1]):
        if step >= first_step[stretch + 1]:
            while step >= first_step[stretch + 1]:
                stretch += 1
            current[:] = 0.0
            push[:] = 0.0
            for channel in range(level.shape[1]):
                share = level[stretch, channel]
                current += share * drive_nodes[channel]
                for m in range(count):
                    push[m] += share * force[m] * drive_modes[channel, m]
        # Within the loop the modes lack `late`: it comes with the next step.
        _advance_modes(modes, keep, couple, pull, sums, push, inflow)
        before[:] = potential
        for n in range(nodes):
            diagonal[n] = store + conductance[n] + 2 * own
            right_side[n] = store * potential[n] + source[n] + current[n]
        diagonal[0] -= own
        diagonal[-1] -= own
        for k in range(chain):
            right_side[k] += inflow[0, k] + inflow[1, k]
            right_side[k + 1] += inflow[0, k] - inflow[1, k]
        _solve(diagonal, right_side, far, inverse, potential)

        for n in range(nodes):
            if before[n] <= detection < potential[n]:
                part = (detection - before[n]) / (potential[n] - before[n])
                when = dt * (step + part)
                if when < origin[1]:
                    origin[0], origin[1] = n, when
                for side in range(2):
                    if n == detectors[side]:
                        if found[side] == times.shape[1]:
                            times = np.concatenate((times, np.empty_like(times)), axis=1)
                        times[side, found[side]] = when
                        found[side] += 1
        if first_only and found[0] + found[1] > 0:
            break
        for k in range(chain):
            sums[0, k] = potential[k] + potential[k + 1]
            sums[1, k] = potential[k] - potential[k + 1]
        for n in range(1, nodes - 1):
            x = min(max((potential[n] - table_low) * per_step, 0.0), last_row)
            i = int(x)
            x -= i
            low, high, gate = table[i], table[i + 1], gates[n]
            for q in range(4):
                steady = low[q] + x * (high[q] - low[q])
                gate[q] += (steady - gate[q]) * (low[q + 4] + x * (high[q + 4] - low[q + 4]))
            _conduct(gate, membrane, reversal, n, conductance, source)
        if step >= quiet_from and step % _CHECK == 0 and _quiet(potential, gates, rest, rest_gates):
            break
    for m in range(count):
        modes[m] += late[m] * sums[2 * m // count]
    return times[0, : found[0]].copy(), times[1, : found[1]].copy(), origin
