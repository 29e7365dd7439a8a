"""Made-up spikes, fibres, stimuli and trials for tests of measures."""

from types import SimpleNamespace

import numpy as np

from gatecontrol.analysis.context import TrialContext
from gatecontrol.circuits.model import Population
from gatecontrol.fibres.drive import NATURAL, AfferentDrive
from gatecontrol.fibres.population import FibreTable
from gatecontrol.preparations import load_preparation
from gatecontrol.simulation.recording import Recording, Spikes


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


# --- a trial of two cells

CLASSES = ("abeta", "abeta", "adelta", "c", "c")
VELOCITY = (50.0, 40.0, 5.0, 1.0, 0.5)
WAY = 0.1
"""Arrivals after a volley: A-beta 2-2.5 ms, A-delta 20 ms, C 100-200 ms."""
EPOCHS = {"before": (1.0, 2.0), "during": (2.0, 6.0), "after": (6.0, 8.0)}


def afferent(events=(), pulses=()):
    """Spikes (fibre, time, origin) of the fibres, and the device's pulses."""
    fibres = fibre_table(*CLASSES, velocity=VELOCITY, length=WAY)
    return drive_of(fibres, events, pulses=pulses, start=WAY)


def trial(deep=(), drive=None, stimuli=(), epochs=EPOCHS, duration=9.0, size=2, **more):
    """A trial of two deep cells (and no lamina I cells) with spikes (cell, time)."""
    deep_cells = Population("deep", "Deep", "projection", "V", size, "p", "pain_signal")
    return TrialContext(
        recording=Recording(duration, 1e-4, {"deep": spikes(size, deep)}, "numpy"),
        drive=drive or afferent(),
        circuit=SimpleNamespace(name="tiny", populations={"deep": deep_cells}),
        epochs=epochs,
        stimuli=stimuli,
        duration=duration,
        preparation=load_preparation("rat"),
        **more,
    )


def volley(**config):
    config = {"kind": "volley", "onset": "1 s", "rate": "1 Hz", "count": 3} | config
    return {"config": config, "window": (1.02, 4.0), "noxious": True}


def brush(onset, stop, noxious=False):
    kind = "pinch" if noxious else "brush"
    config = {"kind": kind, "onset": f"{onset} s", "duration": f"{stop - onset} s"}
    return {"config": config, "window": (onset + 0.01, stop + 0.01), "noxious": noxious}
