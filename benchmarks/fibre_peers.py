"""One threshold of the same fibre in PyFibers: ``python fibre_peers.py VARIANT ARGUMENTS``.

Runs in an environment of its own, which holds PyFibers and NEURON and nothing of this project.
ARGUMENTS are JSON; the last line of the output is JSON. Building the fibre and loading the
simulator come before the stopwatch starts.
"""

import json
import math
import sys
import time
from importlib.metadata import version

STEP = 0.005  # ms


def _fibre(diameter, distance, nodes, conductivity):
    """Return a fibre (um) with a point source (um) of 1 mA over its centre."""
    from pyfibers import FiberModel, build_fiber

    fibre = build_fiber(
        FiberModel.MRG_INTERPOLATION, diameter=diameter, n_nodes=nodes, temperature=37
    )
    middle = fibre.length / 2
    fibre.potentials = fibre.point_source_potentials(0, distance, middle, 1, conductivity)
    return fibre


def pyfibers(fibre, width, duration, bracket):
    """Return the threshold [mA] by PyFibers' own search."""
    from pyfibers import ScaledStim

    stimulation = ScaledStim(waveform=lambda t: 1.0 if t < width else 0.0, dt=STEP, tstop=duration)
    amplitude, _ = stimulation.find_threshold(
        fibre, stimamp_bottom=-bracket[0], stimamp_top=-bracket[1], termination_tolerance=1
    )
    return abs(amplitude)


def neuron(fibre, width, duration, bracket):
    """Return the threshold [mA] by a lean loop: the field is set at the pulse's edges only.

    A run ends with the first spike at 10 % or 90 % of the fibre.
    """
    from neuron import h

    segments = [section(0.5) for section in fibre.sections]
    potentials = [float(v) for v in fibre.potentials.ravel()]
    last = len(fibre.nodes) - 1
    counters = [h.APCount(fibre.nodes[round(f * last)](0.5)) for f in (0.1, 0.9)]
    for counter in counters:
        counter.thresh = -30
    off, steps = round(width / STEP), round(duration / STEP)

    def outside(amplitude):
        for segment, potential in zip(segments, potentials, strict=True):
            segment.extracellular.e = amplitude * potential

    def fires(amplitude):
        outside(0.0)
        h.dt = 5.0
        h.finitialize(fibre.v_rest)
        h.t = -200.0
        while h.t < -2.5:
            h.fadvance()
        h.t, h.dt = 0.0, STEP
        h.fcurrent()
        for counter in counters:
            counter.n = 0
        outside(-amplitude)
        for step in range(steps):
            if step == off:
                outside(0.0)
            h.fadvance()
            if step % 10 == 0 and any(counter.n for counter in counters):
                return True
        return any(counter.n > 0 for counter in counters)

    low, high = bracket
    if fires(low) or not fires(high):
        raise SystemExit(f"no threshold between {low} and {high} mA")
    while high > 1.01 * low:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if fires(middle) else (middle, high)
    return high


def main(variant, diameter, distance, nodes, conductivity, **search):
    fibre = _fibre(diameter, distance, nodes, conductivity)
    began = time.process_time(), time.perf_counter()
    threshold = {"pyfibers": pyfibers, "neuron": neuron}[variant](fibre, **search)
    cpu, wall = time.process_time() - began[0], time.perf_counter() - began[1]
    versions = {name: version(name) for name in ("pyfibers", "neuron")}
    return {"cpu": cpu, "wall": wall, "threshold": float(threshold), "versions": versions}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], **json.loads(sys.argv[2]))))
