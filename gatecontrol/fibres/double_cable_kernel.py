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
def _solve(diagonal, value, far, inverse):
    """Solve the nodes' tridiagonal system (off-diagonal -far) from both ends at once.

    `value` is the right side, and becomes the solution.
    """
    end, middle, scale = diagonal.size - 1, diagonal.size // 2, 1 / far
    a, b = far / diagonal[0], far / diagonal[end]
    inverse[0], inverse[end] = a, b
    for i in range(1, middle):
        value[i] += a * value[i - 1]
        value[end - i] += b * value[end - i + 1]
        a = far / (diagonal[i] - a * far)
        b = far / (diagonal[end - i] - b * far)
        inverse[i], inverse[end - i] = a, b
    met = value[middle] + a * value[middle - 1] + b * value[middle + 1]
    x = y = met / (diagonal[middle] - (a + b) * far)
    value[middle] = x
    for i in range(middle - 1, -1, -1):
        x = (value[i] * scale + x) * inverse[i]
        y = (value[end - i] * scale + y) * inverse[end - i]
        value[i], value[end - i] = x, y


@compiled
def _superpose(drive_nodes, drive_modes, level, current, push):
    """Set the nodes' currents and the modes' steps to those of all channels together."""
    count, chain = push.shape
    current[:] = 0.0
    push[:] = 0.0
    for channel in range(level.size):
        share = level[channel]
        for n in range(chain + 1):
            current[n] += share * drive_nodes[channel, n]
        for m in range(count):
            for k in range(chain):
                push[m, k] += share * drive_modes[channel, m, k]


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
    keep,
    couple,
    late,
    pull,
    own,
    far,
    store,
    membrane,
    reversal,
    end_leak,
    table,
    table_low,
    per_step,
    detectors,
    detection,
    first_only,
    quiet_from,
    times,
    found,
    origin,
):
    """Advance a chain of internodes and nodes; state and results are written in place.

    All potentials are against rest [V], all times in steps. What numpy does once is left to
    the caller: it would cost seconds to compile.

    Parameters
    ----------
    modes : ndarray, shape (20, internodes)
        Amplitudes of the internodes' modes; the first half even.
    potential, rest : ndarray, shape (nodes,)
        Of the nodes: now, and without a field.
    gates, rest_gates : ndarray, shape (nodes, 4)
        As `GATES`.
    drive_nodes, drive_modes : ndarray, shapes (channels, nodes), (channels, 20, internodes)
        Of each channel's field at level 1: current [A] into the nodes, step of the modes.
    level : ndarray, shape (stretches, channels)
        Levels of the channels.
    first_step : ndarray of int, shape (stretches + 1,)
        Steps at which stretches begin, and the number of steps.
    keep, late, couple : ndarray, shape (20,)
        What a step leaves of a mode, what the sum (or difference) of the nodes' new potentials
        adds, and what is left of that a step later.
    pull : ndarray, shape (20,)
        Current into the left node per unit of a mode [A].
    own, far, store : float
        Of the nodes' system [S]: own diagonal of one side, off-diagonal, capacitance per step.
    membrane : ndarray, shape (4,)
        Conductances [S] of m^3 h, p^3, s and leak.
    reversal : ndarray, shape (3,)
        Of sodium, potassium and leak currents.
    end_leak : float
        Of an end node [S].
    table : ndarray, shape (voltages, 8)
        Steady states of the gates, and the fraction of the way to them in a step.
    table_low, per_step : float
        First voltage [V] of the table, rows per volt.
    detectors : ndarray of int, shape (2,)
        Nodes.
    detection : float
        A spike crosses it upwards.
    first_only : bool
        Stop at the first spike at a detector.
    quiet_from : int
        Step from which a fibre that is at rest again ends the loop.
    times : ndarray, shape (2, any)
        Result: spikes at the detectors, interpolated within a step.
    found : ndarray of int, shape (2,)
        Result: their number, from 0.
    origin : ndarray, shape (2,)
        Result: node and time of the first spike; the time is infinite before.
    """
    count, chain = modes.shape
    nodes = chain + 1
    last_row = table.shape[0] - 2.0
    sums, inflow = np.zeros((2, chain)), np.zeros((2, chain))
    current, push = np.zeros(nodes), np.zeros((count, chain))
    diagonal, right_side, inverse = np.zeros(nodes), np.zeros(nodes), np.zeros(nodes)
    conductance, source = np.zeros(nodes), np.zeros(nodes)
    conductance[0] = conductance[chain] = end_leak
    for n in range(1, chain):
        _conduct(gates[n], membrane, reversal, n, conductance, source)

    stretch = -1
    for step in range(first_step[first_step.size - 1]):
        if step >= first_step[stretch + 1]:
            while step >= first_step[stretch + 1]:
                stretch += 1
            _superpose(drive_nodes, drive_modes, level[stretch], current, push)
        # Within the loop the modes lack `late`: it comes with the next step.
        _advance_modes(modes, keep, couple, pull, sums, push, inflow)
        for n in range(nodes):
            diagonal[n] = store + conductance[n] + 2 * own
            right_side[n] = store * potential[n] + source[n] + current[n]
        diagonal[0] -= own
        diagonal[chain] -= own
        for k in range(chain):
            right_side[k] += inflow[0, k] + inflow[1, k]
            right_side[k + 1] += inflow[0, k] - inflow[1, k]
        _solve(diagonal, right_side, far, inverse)

        for n in range(nodes):
            before, now = potential[n], right_side[n]
            potential[n] = now
            if before <= detection < now:
                when = step + (detection - before) / (now - before)
                if when < origin[1]:
                    origin[0], origin[1] = n, when
                for side in range(2):
                    if n == detectors[side]:
                        times[side, found[side]] = when
                        found[side] += 1
        if first_only and found[0] + found[1] > 0:
            break
        for k in range(chain):
            sums[0, k] = potential[k] + potential[k + 1]
            sums[1, k] = potential[k] - potential[k + 1]
        for n in range(1, chain):
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
        for k in range(chain):
            modes[m, k] += late[m] * sums[2 * m // count, k]
