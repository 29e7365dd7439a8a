"""The published circuit of Medlock et al. 2022 against golden runs of its authors' files.

Prints tables "golden against here" as ``published.py`` does. The golden runs had the authors' trains
(their files ``spkt_*_100mN.json``) and one draw of their wiring, none of which is part of this
repository: here both are drawn, the trains from the authors' polynomials. With a folder of trains and
wiring (``medlock_{SAI,SAII,Ad,C}_100mN.json``, lists of times [ms] for each fibre, and
``medlock_connectivity_seed1.csv``, exported from NetPyNE), ``--inputs FOLDER`` runs them too. Takes
some minutes: ``python benchmarks/published_medlock.py [--draws N] [--inputs FOLDER]``.
"""

import argparse
import csv
import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from published import arrivals, fibres_of, golden, show

from gatecontrol.circuits import load_circuit
from gatecontrol.circuits.wiring import Connections, draw_wiring
from gatecontrol.simulation import Replicate, run_batch
from gatecontrol.simulation.cells import current_steps

DT = 25e-6

CELLS = {
    "IN": "pv",
    "EXdl": "pkc",
    "EXib": "transient_central",
    "PRO": "projection",
}
"""Cell of ``medlock_fI.csv`` -> a population of such cells."""

POPULATIONS = {
    "PKC": "pkc",
    "VGLUT3": "vglut3",
    "PV": "pv",
    "DOR": "dor",
    "TrC": "transient_central",
    "DYN": "dynorphin",
    "SOM": "somatostatin",
    "CR": "calretinin",
    "ISLET": "islet",
    "NK1": "projection",
}
"""Population of ``medlock_rates.csv`` -> ours, in the authors' order of cells."""

FIBRES = {
    "abeta_sai": "SAI",
    "abeta_saii": "SAII",
    "adelta": "Ad",
    "c_peptidergic": "C",
    "c_nonpeptidergic": "C",
}
"""Afferent, in the authors' order -> their trains; both kinds of C fibre have the same."""

ABETA = 8 * np.array([-1.45433609e-10, 1.3406034e-6, -3.782242e-3, 4.5273747])
ADELTA = np.array([-7.265297e-15, 1.573831e-10, -8.201529e-7, -2.53993e-3, 27.18412])
C = np.array([9.63039e-15, -2.844577e-10, 3.012887e-6, -1.400381e-2, 31.86546])
"""Rate [Hz] of one fibre: A-beta from 50 mN on, A-delta and C at 400 mN.

Coefficients of a polynomial in time since the onset [ms], highest power first (sekiguchi2021). The
rates of A-delta and C fibres are in proportion to force.
"""

RECEPTORS = {
    "AMPA": "ampa", "NMDA": "nmda", "NK13": "nk1", "NK1": "nk1", "GABA": "gaba_a", "GLY": "glycine",
}  # fmt: skip


def steps_of(cell):
    """Return golden rows and simulated current steps of a cell.

    The golden steps count crossings of -30 mV in all cells, the network of 0 mV in PRO.
    """
    rows = [r for r in golden("medlock_fI.csv") if r["cell_rule"] == cell]
    circuit = load_circuit("medlock2022", (), {"cells.projection_neuron.threshold": "-30 mV"})
    amplitudes = [float(r["amp_nA"]) * 1e-9 for r in rows]
    return rows, current_steps(circuit, CELLS[cell], amplitudes, dt=DT)


def drawn(fibres, duration, rng, force=0.1):
    """Return trains drawn from the authors' rates under a probe of `force` [N], 50 mN or more."""
    scale = {"abeta": (ABETA, 1.0), "adelta": (ADELTA, force / 0.4), "c": (C, force / 0.4)}
    found, shared = [], {}
    for name, kind in FIBRES.items():
        rows = np.flatnonzero(fibres.afferent == name)
        if kind in shared:
            found += [(rows[row], times) for row, times in shared[kind]]
            continue
        polynomial, factor = scale[str(fibres.fibre_class[rows[0]])]
        most = 1.1 * factor * np.polyval(polynomial, np.arange(0, 5001, 50)).max()
        shared[kind] = []
        for row in range(len(rows)):
            times = duration * rng.random(rng.poisson(most * duration))
            rate = factor * np.polyval(polynomial, 1e3 * times)
            times = np.sort(times[rng.random(len(times)) * most < rate])
            shared[kind].append((np.full(len(times), row), times))
        found += [(rows[row], times) for row, times in shared[kind]]
    return found


def recorded(folder):
    """Return a function that gives the authors' trains at 100 mN."""

    def trains(fibres, duration, rng):
        found = []
        for name, kind in FIBRES.items():
            rows = np.flatnonzero(fibres.afferent == name)
            given = json.loads((Path(folder) / f"medlock_{kind}_100mN.json").read_text())
            for row, times in zip(rows, given, strict=True):
                times = 1e-3 * np.ravel(times)
                times = times[(times > 0) & (times < duration)]
                found.append((np.full(len(times), row), times))
        return found

    return trains


def wired(circuit, folder):
    """Return the wiring of the golden run: who reaches whom, with the circuit's own weights."""
    first, number = {}, 0
    names = {**dict.fromkeys(FIBRES), **dict.fromkeys(POPULATIONS.values())}
    for name in names:
        first[name] = number
        number += circuit.size_of(name)
    order = sorted(first, key=first.get)
    starts = [first[name] for name in order]

    def place(gid):
        at = int(np.searchsorted(starts, gid, side="right")) - 1
        return order[at], gid - starts[at]

    pairs = {name: [] for name in circuit.pathways}
    with (Path(folder) / "medlock_connectivity_seed1.csv").open() as file:
        for pre, post, receptor, weight, delay in csv.reader(
            line for line in file if not line.startswith("#")
        ):
            (source, row), (target, cell) = place(int(pre)), place(int(post))
            name, ours = f"{source}_to_{target}", RECEPTORS[receptor]
            known = circuit.pathways[name]
            if not np.isclose(known.delay.value, 1e-3 * float(delay)):
                raise ValueError(f"{name}: delay {delay} ms is not {known.delay.text}")
            pairs[name].append((row, cell, ours, float(weight) * 1e-6))
    connections = {}
    for name, found in pairs.items():
        known = circuit.pathways[name]
        weights = {r: np.zeros(len(found)) for r in known.weights}
        for number, (_, _, receptor, weight) in enumerate(found):
            weights[receptor][number] = weight
        pre, post = (np.array([one[k] for one in found], dtype=np.int32) for k in (0, 1))
        delay = np.full(len(found), known.delay.value)
        connections[name] = Connections(pre, post, delay, weights)
    return replace(draw_wiring(circuit, 0), connections=connections)


def check_weights(circuit, wiring):
    """Raise if the weights of a wiring are not those of the circuit."""
    for name, connections in wiring.connections.items():
        for receptor, given in connections.weights.items():
            found = np.unique(given[given > 0])
            if not np.allclose(found, circuit.pathways[name].weights[receptor].value, rtol=1e-5):
                raise ValueError(f"{name}, {receptor}: {found}")


def rates(seed, trains=drawn, conditions=(), *, duration=5.0, inputs=None, window=None):
    """Return rates [Hz] by population in a window, of all time unless it is given."""
    circuit = load_circuit("medlock2022", conditions)
    fibres, rng = fibres_of(circuit), np.random.default_rng(seed)
    wiring = draw_wiring(circuit, seed)
    if inputs:
        naive = load_circuit("medlock2022")
        wiring = wired(naive, inputs)
        check_weights(naive, wiring)
        for name, connections in wiring.connections.items():
            for receptor, given in connections.weights.items():
                if circuit.pathways[name].weights[receptor].value == 0:
                    given[:] = 0
    drive = arrivals(fibres, trains(fibres, duration, rng), dt=DT)
    found = run_batch(circuit, [Replicate(wiring, drive, seed)], duration, DT)[0]
    start, stop = window or (0.0, duration)
    return {
        name: float(np.sum((s.time >= start) & (s.time < stop))) / (s.size * (stop - start))
        for name, s in found.spikes.items()
    }
