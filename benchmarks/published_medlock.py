"""The published circuit of Medlock et al. 2022 against golden runs of its authors' files.

Prints tables "golden against here" as ``published.py`` does. The golden runs had the authors'
trains (their files ``spkt_*_100mN.json``) and one draw of their wiring, none of which is part of
this repository: here both are drawn, the trains with the rates of the golden runs. With a folder
of trains and wiring (``medlock_{SAI,SAII,Ad,C}_100mN.json``, lists of times [ms] for each fibre,
and ``medlock_connectivity_seed1.csv``, exported from NetPyNE), ``--inputs FOLDER`` runs them too.
Takes some minutes: ``python benchmarks/published_medlock.py [--draws N] [--inputs FOLDER]``.
"""

import argparse
import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from published import arrivals, fibres_of, golden, show

from gatecontrol.circuits import load_circuit
from gatecontrol.circuits.wiring import Connections, draw_wiring
from gatecontrol.simulation import Replicate, run_batch
from gatecontrol.simulation.cells import current_steps

TWIN = "medlock2022_coarse"
"""Circuit with fewer compartments and longer steps."""

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

CONDITIONS = {
    "naive50": (),
    "naive100": (),
    "naive200": (),
    "disinh100": ("disinhibited",),
}
"""Golden run -> conditions of the circuit."""

RECEPTORS = {
    "AMPA": "ampa", "NMDA": "nmda", "NK13": "nk1", "NK1": "nk1", "GABA": "gaba_a", "GLY": "glycine",
}  # fmt: skip


def steps_of(cell, name="medlock2022"):
    """Return golden rows and simulated current steps of a cell of a circuit.

    The golden steps count crossings of -30 mV in all cells, the network of 0 mV in PRO.
    """
    rows = [r for r in golden("medlock_fI.csv") if r["cell_rule"] == cell]
    circuit = load_circuit(name, (), {"cells.projection_neuron.threshold": "-30 mV"})
    amplitudes = [float(r["amp_nA"]) * 1e-9 for r in rows]
    return rows, current_steps(circuit, CELLS[cell], amplitudes, dt=circuit.time_step.value)


def _bins(condition):
    """Return rates [Hz] in bins of 0.5 s by name of the golden file; NaN after the run's end."""
    return {
        row["population"]: np.array([
            float(rate or "nan") for key, rate in row.items() if key.startswith("r_")
        ])
        for row in golden("medlock_rates.csv")
        if row["condition"] == condition
    }


def golden_rates(condition, duration):
    """Return golden rates [Hz] by population over a duration in steps of 0.5 s."""
    bins = _bins(condition)
    return {p: float(bins[k][: round(2 * duration)].mean()) for k, p in POPULATIONS.items()}


def drawn(condition):
    """Return a function that draws trains of a golden run: Poisson, of the rates of its fibres.

    Intervals of the authors' trains vary as those of a Poisson process do. SAI and SAII fibres
    have one rate by design.
    """
    bins = _bins(condition)
    touch = (bins["Ab_SAI"] + bins["Ab_SAII"]) / 2
    rates = {"SAI": touch, "SAII": touch, "Ad": bins["Ad"], "C": bins["C_PEP"]}

    def trains(fibres, duration, rng):
        made, found = {}, []
        for name, kind in FIBRES.items():
            rows = np.flatnonzero(fibres.afferent == name)
            if kind not in made:
                rate = rates[kind][: round(2 * duration)]
                counts = rng.poisson(rate / 2, (len(rows), len(rate)))
                row, part = np.indices(counts.shape).reshape(2, -1).repeat(counts.ravel(), axis=1)
                made[kind] = row, (part + rng.random(len(part))) / 2
            row, times = made[kind]
            found.append((rows[row], times))
        return found

    return trains


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
    """Return the wiring of the golden run, with the circuit's own weights.

    Raises
    ------
    ValueError
        Its weights or delays are not those of the circuit without conditions.
    """
    names = [*FIBRES, *POPULATIONS.values()]
    ends = np.cumsum([circuit.size_of(name) for name in names])

    def place(gid):
        number = int(np.searchsorted(ends, gid, side="right"))
        return names[number], gid - ends[number] + circuit.size_of(names[number])

    naive = load_circuit("medlock2022").pathways
    pairs = {name: set() for name in naive}
    with (Path(folder) / "medlock_connectivity_seed1.csv").open() as file:
        rows = csv.reader(line for line in file if not line.startswith("#"))
        for pre, post, receptor, weight, delay in rows:
            (source, row), (target, cell) = place(int(pre)), place(int(post))
            pathway = naive[f"{source}_to_{target}"]
            ours = pathway.weights[RECEPTORS[receptor]].value, pathway.delay.value
            if not np.allclose(ours, (1e-6 * float(weight), 1e-3 * float(delay)), rtol=1e-6):
                raise ValueError(f"{pathway.name}, {receptor}: {weight} uS, {delay} ms")
            pairs[pathway.name].add((row, cell))
    connections = {}
    for name, found in pairs.items():
        pathway, (pre, post) = circuit.pathways[name], np.transpose(sorted(found)).astype(np.int32)
        weights = {r: np.full(len(pre), w.value) for r, w in pathway.weights.items()}
        delay = np.full(len(pre), pathway.delay.value)
        connections[name] = Connections(pre, post, delay, weights)
    return replace(draw_wiring(circuit, 0), connections=connections)


def rates(seed, trains, conditions=(), *, duration=1.5, inputs=None, name="medlock2022"):
    """Return rates [Hz] by population from the onset on.

    Parameters
    ----------
    seed : int
    trains : callable
        Of `drawn` or `recorded`.
    conditions : sequence of str
    duration : float
        [s]
    inputs : path or None
        Folder with the authors' wiring; drawn without it.
    name : str
        Of the circuit.
    """
    circuit = load_circuit(name, conditions)
    dt = circuit.time_step.value
    fibres, rng = fibres_of(circuit), np.random.default_rng(seed)
    wiring = wired(circuit, inputs) if inputs else draw_wiring(circuit, seed)
    drive = arrivals(fibres, trains(fibres, duration, rng), dt=dt)
    found = run_batch(circuit, [Replicate(wiring, drive, seed)], duration, dt)[0]
    return {name: len(s.time) / (s.size * duration) for name, s in found.spikes.items()}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=10, help="draws of wiring and trains")
    parser.add_argument("--inputs", type=Path, help="folder with the authors' trains and wiring")
    given = parser.parse_args()
    table = []
    for cell in CELLS:
        (rows, found), (_, coarse) = steps_of(cell), steps_of(cell, TWIN)
        for number, row in enumerate(rows):
            one = found.isel(current=number)
            rest = f"{row['v_rest_mV_at_299']} / {1e3 * float(one.rest):.4f}"
            amplitude = f"{1e3 * float(row['amp_nA']):g}"
            counts = row["n_spikes"], int(one.spikes), int(coarse.spikes[number])
            table.append([cell, amplitude, *counts, rest])
    header = ["cell", "pA", "golden", "here", "coarse", "rest, golden / here [mV]"]
    show("f-I, 500 ms", header, table)
    if given.inputs:
        for name, duration in (("naive100", 5.0), ("disinh100", 2.0)):
            found = rates(
                1, recorded(given.inputs), CONDITIONS[name], duration=duration, inputs=given.inputs
            )
            rows = [
                [population, f"{wanted:.2f}", f"{found[population]:.2f}"]
                for population, wanted in golden_rates(name, duration).items()
            ]
            title = f"{name}, authors' wiring and trains, {duration:g} s [Hz]"
            show(title, ["population", "golden", "here"], rows)
    for name, conditions in CONDITIONS.items():
        trains = drawn(name)
        seeds, rows = range(1, given.draws + 1), []
        found = [rates(seed, trains, conditions) for seed in seeds]
        coarse = [rates(seed, trains, conditions, name=TWIN) for seed in seeds]
        for population, wanted in golden_rates(name, 1.5).items():
            here = [one[population] for one in found]
            spread = f"{np.mean(here):.1f} ({min(here):.1f}-{max(here):.1f})"
            twin = f"{np.mean([one[population] for one in coarse]):.1f}"
            rows.append([population, f"{wanted:.1f}", spread, twin])
        header = ["population", "golden", "here", "coarse, same draws"]
        show(f"{name}, drawn, 1.5 s [Hz]", header, rows)


if __name__ == "__main__":
    main()
