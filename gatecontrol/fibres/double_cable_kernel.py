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
def _quiet(potential, h, rest, rest_h):
    """Return whether no node can fire any more: back at rest, and not unusually excitable."""
    for n in range(potential.size):
        if abs(potential[n] - rest[n]) > _NEAR or abs(h[n] - rest_h[n]) > _NEAR_GATE:
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
    first_step,
    rate,
    pull,
    link,
    membrane,
    reversal,
    capacitance,
    end_leak,
    resting,
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

    Parameters
    ----------
    modes : ndarray, shape (20, internodes)
        Amplitudes of the internodes' modes; the first half even.
    potential, rest : ndarray, shape (nodes,)
        Of the nodes, against `resting` [V]: now, and without a field.
    gates, rest_gates : ndarray, shape (4, nodes)
        As `GATES`.
    drive_nodes, drive_modes : ndarray, shapes (stretches, nodes), (stretches, 20, internodes)
        Currents of the field [A] in each stretch.
    first_step : ndarray of int, shape (stretches + 1,)
        Steps at which stretches begin, and the number of steps.
    rate, pull : ndarray, shape (20,)
        See `gatecontrol.fibres.double_cable`.
    link : float
        Conductance from a node to its neighbour [S].
    membrane, reversal : ndarray, shape (4,)
        Conductances [S] of m^3 h, p^3, s and leak, and where they reverse [V].
    capacitance, end_leak, resting : float
        Of a node [F], leak of an end node [S], its reversal [V].
    table : ndarray, shape (voltages, 8)
        Steady states of the gates, and the fraction of the way to them in a step.
    table_low, table_step, dt : float
        [V], [V], [s].
    detectors : ndarray of int, shape (2,)
        Nodes.
    detection : float
        [V].
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
    even = count // 2
    nodes = chain + 1
    keep = 1 / (1 + dt * rate)
    couple = dt * keep * keep * pull  # of the nodes' potential, in the next step's modes
    near = far = 0.0
    for m in range(count):
        weight = dt * keep[m] * pull[m] ** 2
        near += weight
        far += weight if m < even else -weight
    own = link - near
    store = capacitance / dt
    rows = table.shape[0] - 2
    threshold = detection - resting

    sums = np.zeros((2, chain))
    inflow = np.empty((2, chain))
    diagonal, right_side = np.empty(nodes), np.empty(nodes)
    conductance, source = np.empty(nodes), np.empty(nodes)
    for n in range(nodes):
        m, h, p, s = gates[0, n], gates[1, n], gates[2, n], gates[3, n]
        g0, g1, g2 = membrane[0] * m * m * m * h, membrane[1] * p * p * p, membrane[2] * s
        conductance[n] = g0 + g1 + g2 + membrane[3]
        source[n] = (
            (g0 * reversal[0] + g1 * reversal[1])
            + (g2 * reversal[2] + membrane[3] * reversal[3])
            - conductance[n] * resting
        )
    conductance[0] = conductance[nodes - 1] = end_leak
    source[0] = source[nodes - 1] = 0.0

    times = np.empty((2, 64))
    found = np.zeros(2, np.int64)
    origin = np.array([-1.0, np.inf])
    # Within the loop the modes lack what the nodes' new potentials add; it comes with the next step.
    stretch, last = 0, first_step[-1]
    step_factor = dt * keep
    for step in range(last):
        while step >= first_step[stretch + 1]:
            stretch += 1
        inflow[:] = 0.0
        for m in range(count):
            a, c, d, f = keep[m], couple[m], step_factor[m], pull[m]
            side = 0 if m < even else 1
            for k in range(chain):
                y = a * modes[m, k] + c * sums[side, k] + d * drive_modes[stretch, m, k]
                modes[m, k] = y
                inflow[side, k] += f * y
        for n in range(nodes):
            diagonal[n] = store + conductance[n] + 2 * own
            right_side[n] = store * potential[n] + source[n] + drive_nodes[stretch, n]
        diagonal[0] -= own
        diagonal[nodes - 1] -= own
        for k in range(chain):
            right_side[k] += inflow[0, k] + inflow[1, k]
            right_side[k + 1] += inflow[0, k] - inflow[1, k]
        # tridiagonal solve, off-diagonal -far
        for n in range(1, nodes):
            ratio = far / diagonal[n - 1]
            diagonal[n] -= ratio * far
            right_side[n] += ratio * right_side[n - 1]
        value = right_side[nodes - 1] / diagonal[nodes - 1]
        for back in range(nodes):
            n = nodes - 1 - back
            if back:
                value = (right_side[n] + far * value) / diagonal[n]
            before = potential[n]
            potential[n] = value
            if before <= threshold < value:
                when = dt * (step + (threshold - before) / (value - before))
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
            x = (potential[n] + resting - table_low) / table_step
            x = min(max(x, 0.0), float(rows))
            i = int(x)
            x -= i
            m, h, p, s = gates[0, n], gates[1, n], gates[2, n], gates[3, n]
            m += (table[i, 0] + x * (table[i + 1, 0] - table[i, 0]) - m) * (
                table[i, 4] + x * (table[i + 1, 4] - table[i, 4])
            )
            h += (table[i, 1] + x * (table[i + 1, 1] - table[i, 1]) - h) * (
                table[i, 5] + x * (table[i + 1, 5] - table[i, 5])
            )
            p += (table[i, 2] + x * (table[i + 1, 2] - table[i, 2]) - p) * (
                table[i, 6] + x * (table[i + 1, 6] - table[i, 6])
            )
            s += (table[i, 3] + x * (table[i + 1, 3] - table[i, 3]) - s) * (
                table[i, 7] + x * (table[i + 1, 7] - table[i, 7])
            )
            gates[0, n], gates[1, n], gates[2, n], gates[3, n] = m, h, p, s
            g0, g1, g2 = membrane[0] * m * m * m * h, membrane[1] * p * p * p, membrane[2] * s
            g = g0 + g1 + g2 + membrane[3]
            conductance[n] = g
            source[n] = (
                (g0 * reversal[0] + g1 * reversal[1])
                + (g2 * reversal[2] + membrane[3] * reversal[3])
                - g * resting
            )
        if step >= quiet_from and step % _CHECK == 0 and _quiet(
            potential, gates[1], rest, rest_gates[1]
        ):
            break
    for m in range(count):
        side = 0 if m < even else 1
        for k in range(chain):
            modes[m, k] += dt * keep[m] * pull[m] * sums[side, k]
    return times[0, : found[0]].copy(), times[1, : found[1]].copy(), origin
