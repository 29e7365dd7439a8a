"""What the fibre part times of ours: one threshold, and a recruitment curve."""

import numpy as np

from benchmarks.measure import stopwatch
from gatecontrol.fibres.axon import fibre_model
from gatecontrol.fibres.excitation import activation_windows, threshold
from gatecontrol.fibres.waveform import Waveform
from gatecontrol.fields.conductor import HomogeneousConductor
from gatecontrol.fields.electrodes import monopole

MODEL = fibre_model("mrg")


def _field(axon, distance, conductivity=0.2):
    medium = HomogeneousConductor.isotropic(conductivity)
    return medium.potential_along(axon.positions, 0.0, distance, monopole(1e-6))


def fibre_threshold(diameter, distance, conductivity, width, bracket, repeats, searched=False):
    """Find a threshold to 1 %: between the bracket's ends, or searched upwards from nothing.

    Parameters are those of `benchmarks.fibre_peers`: um, um, S/m, ms, mA.
    """
    pulse = Waveform.rectangular(width * 1e-3)
    axon = MODEL.axon(diameter * 1e-6, distance * 1e-6)
    field = _field(axon, distance * 1e-6, conductivity)
    bracket = None if searched else tuple(np.array(bracket) * 1e-3)
    settings = {"precision": 0.01, "bracket": bracket}
    found = threshold(axon, field, pulse, **settings)  # whatever must be compiled
    with stopwatch() as spent:
        for _ in range(repeats):
            found = threshold(axon, field, pulse, **settings)
    return {
        "cpu": spent["cpu"] / repeats,
        "wall": spent["wall"] / repeats,
        "threshold": found * 1e3,
        "nodes": axon.nodes,
        "duration": axon.duration_for(pulse) * 1e3,
    }


def recruitment(fibres, amplitudes, windows, threads=1):
    """Count the fibres of a bundle that each amplitude excites.

    With ``windows`` by each fibre's activation window, else by one run for each fibre and
    amplitude. The bundle: 6-14 um, 1-3 mm from a point source, nodes at random.
    """
    random = np.random.default_rng(1)
    diameters = random.uniform(6e-6, 14e-6, fibres)
    distances = random.uniform(1e-3, 3e-3, fibres)
    medium = HomogeneousConductor.isotropic(0.2)
    levels = np.geomspace(0.05e-3, 2e-3, amplitudes)
    pulse = Waveform.rectangular(200e-6)
    MODEL.axon(10e-6, 1e-3)  # whatever must be compiled
    with stopwatch() as spent:
        axons = [MODEL.axon(d, far) for d, far in zip(diameters, distances, strict=True)]
        fields = [
            medium.potential_along(
                a.positions + random.uniform(-0.5, 0.5) * a.internode, 0.0, far, monopole(1e-6)
            )
            for a, far in zip(axons, distances, strict=True)
        ]
        if windows:
            low, high = activation_windows(
                axons, fields, pulse, threads=threads, ceiling=float(levels[-1])
            ).T
            fired = (levels[:, None] >= low) & (levels[:, None] <= high)
        else:
            dt = MODEL.time_step(pulse)
            fired = np.array([
                [
                    a.respond(f, pulse, level, a.duration_for(pulse), dt, first_only=True).fired
                    for a, f in zip(axons, fields, strict=True)
                ]
                for level in levels
            ])
    return {"cpu": spent["cpu"], "wall": spent["wall"], "counts": fired.sum(axis=1).tolist()}
