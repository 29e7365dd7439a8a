"""Made-up spikes and fibres that tests of measures build their trials from."""

import numpy as np

from gatecontrol.fibres.drive import NATURAL, AfferentDrive
from gatecontrol.fibres.population import FibreTable
from gatecontrol.simulation.recording import Spikes


def spikes(size, pairs):
    """Return the spikes (cell, time) of `size` cells, in the order of time."""
    pairs = sorted(pairs, key=lambda p: p[1])
    neuron, time = zip(*pairs, strict=True) if pairs else ((), ())
    return Spikes(size, np.array(neuron, dtype=np.int32), np.array(time, dtype=float))


def fibre_table(*classes, velocity=1.0, length=0.1):
    """Return a fibre per class named, all in the centre."""
    n = len(classes)
    return FibreTable(
        fibre_class=np.array(classes),
        role=np.full(n, "centre"),
        afferent=np.array(classes),
        diameter=np.full(n, 1e-6),
        velocity=np.broadcast_to(velocity, n).astype(float),
        length=np.full(n, length),
    )


def drive_of(fibres, events, *, pulses=(), start=0.1):
    """Return arrivals (fibre, time, or with its origin; natural if left out) and pulses."""
    events = sorted(((*event, NATURAL)[:3] for event in events), key=lambda event: event[1])
    fibre, time, origin = zip(*events, strict=True) if events else ((), (), ())
    return AfferentDrive(
        fibres=fibres,
        fibre=np.array(fibre, dtype=np.int32),
        time=np.array(time, dtype=float),
        origin=np.array(origin, dtype=np.int8),
        start=np.full(len(fibre), start),
        pulses=np.array(pulses, dtype=float),
    )
