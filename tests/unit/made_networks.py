"""A tiny circuit, changed as tests of the engine need it, with its input; its run."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from gatecontrol import simulation
from gatecontrol.circuits.wiring import draw_wiring
from gatecontrol.fibres.drive import AfferentDrive
from gatecontrol.fibres.population import FibreTable
from gatecontrol.sourced import Sourced

TINY = Path(__file__).parents[1] / "data" / "circuits" / "tiny.yaml"
DT = 1e-4


def quiet(circuit):
    """Return the circuit without background."""
    return replace(circuit, backgrounds={})


def with_cell(circuit, **values):
    cell = circuit.cells["cell"]
    numbers = {k: Sourced(v, 0.0, "assumed", "") for k, v in values.items()}
    return replace(
        circuit, cells={"cell": replace(cell, parameters={**cell.parameters, **numbers})}
    )


def drive_of(circuit, spikes):
    """Make a drive from {afferent: [(fibre within it, time), ...]}."""
    classes, roles, names = [], [], []
    first, position = {}, 0
    for a in circuit.afferents.values():
        classes += [a.fibre_class] * a.size
        roles += [a.role] * a.size
        names += [a.name] * a.size
        first[a.name], position = position, position + a.size
    ones = np.ones(position)
    table = FibreTable(np.array(classes), np.array(roles), np.array(names), ones, ones, ones)
    rows = sorted((t, first[name] + k) for name, pairs in spikes.items() for k, t in pairs)
    time = np.array([t for t, _ in rows])
    fibre = np.array([k for _, k in rows], dtype=np.int32)
    zero = np.zeros(len(rows))
    return AfferentDrive(table, fibre, time, zero.astype(np.int8), zero)


def poisson_drive(circuit, rate, duration, seed=0):
    rng = np.random.default_rng(seed)
    spikes = {}
    for a in circuit.afferents.values():
        steps = [
            np.unique(rng.integers(10, duration / DT - 10, int(rate * duration)))
            for _ in range(a.size)
        ]
        spikes[a.name] = [(k, s * DT) for k, chosen in enumerate(steps) for s in chosen]
    return drive_of(circuit, spikes)


def run(circuit, drive, duration=0.5, backend="standalone", seed=1):
    wiring = draw_wiring(circuit, seed)
    return simulation.run(circuit, wiring, drive, duration, DT, seed, backend)
