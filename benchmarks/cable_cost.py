"""What a simulated second of cable cells costs: ``python benchmarks/cable_cost.py [ROUNDS]``.

Cells of a soma, a dendrite and an axon with squid sodium and potassium channels in every
compartment, driven to fire by a current, in steps of 0.025 ms. Beside the engine: NEURON, if it
is installed, on the same cells with its own ``hh``, as it comes (rates from a table) and with the
rates computed, which makes it the same equations with the same number of spikes; and the time
that the exponentials of the kinetics alone take in a bare C++ loop, a limit for any program of
these equations. All in CPU seconds (user and system) of one thread.
"""

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from gatecontrol.circuits.cable import CableCell, Density, Section
from gatecontrol.circuits.cable_network import CableNetwork, CablePopulation, CurrentStep
from gatecontrol.circuits.channel_library import HH_K, HH_NA
from gatecontrol.simulation import standalone
from gatecontrol.simulation.cable_structure import structure_of_cables
from gatecontrol.simulation.cable_tables import fill_cable_tables
from gatecontrol.simulation.compiler import find_compiler
from gatecontrol.simulation.recording import Recorder
from gatecontrol.simulation.sources import train_chunks

SIZES = ((4, 20), (4, 58), (50, 20), (50, 58), (209, 20), (209, 58))
DT = 25e-6
DURATION = 0.5
AMPLITUDE = 0.4e-9  # all cells fire through; near rheobase counts hang on rounding
EXPONENTIALS = 9  # of m, h and n: two rates and one decay each

LOOP = """
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>
int main(int, char** argv) {
    const int n = atoi(argv[1]), steps = atoi(argv[2]);
    std::vector<double> x(n, -0.3), y(n, 0.0);
    for (int s = 0; s < steps; s++)
        for (int k = 0; k < n; k++) {
            double sum = 0;
            for (int e = 1; e < 10; e++) sum += exp(x[k]*e);
            y[k] = sum; x[k] -= 1e-9*sum;
        }
    printf("%g", y[n/2]);
}
"""


def cell(compartments):
    """Return a cell with a quarter of its compartments in the axon and one in the soma."""
    axon = compartments // 4
    membrane = {
        "resistivity": 1.0,
        "leak_conductance": 3.0,
        "leak_reversal": -54.3e-3,
        "channels": {"hh_na": Density(1200.0, 50e-3), "hh_k": Density(360.0, -77e-3)},
    }
    return CableCell(
        "cell",
        (
            Section("soma", 20e-6, 20e-6, 1, **membrane),
            Section("dendrite", 400e-6, 2e-6, compartments - axon - 1, "soma", "start", **membrane),
            Section("axon", 300e-6, 1e-6, axon, "soma", "end", **membrane),
        ),
        (HH_NA, HH_K),
    )


def population(cells, compartments):
    return CablePopulation(
        "cells",
        (cell(compartments),) * cells,
        {"soma": ("soma", 0.5)},
        ("soma", 0.5),
        steps=(CurrentStep("soma", np.linspace(0.5, 1.5, cells) * AMPLITUDE),),
    )


def children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def engine(cells, compartments):
    """Return CPU s per simulated second, CPU s of the build, and spikes."""
    network = CableNetwork("cost", (population(cells, compartments),))
    structure = structure_of_cables(network, DT)
    tables = fill_cable_tables(structure, network)
    chunks = train_chunks(np.zeros(0, dtype=np.int64), np.zeros(0), 1, DURATION, DT)
    recorder = Recorder({"all": cells})
    start = children()
    key = standalone.build(structure, find_compiler())
    built = children()
    standalone.simulate(key, tables, chunks, recorder)
    spikes = len(recorder.spikes()["all"].time)
    return (children() - built) / DURATION, built - start, spikes


def exponentials(cells, compartments):
    """Return CPU s per simulated second of the exponentials alone."""
    compiler = find_compiler()
    with tempfile.TemporaryDirectory() as folder:
        source, binary = Path(folder, "loop.cpp"), Path(folder, "loop")
        source.write_text(LOOP)
        subprocess.run(
            [compiler.command, *compiler.flags, str(source), "-o", str(binary)], check=True
        )
        start = children()
        steps = round(DURATION / DT)
        arguments = [str(binary), str(cells * compartments), str(steps)]
        subprocess.run(arguments, check=True, capture_output=True)
        return (children() - start) / DURATION


def neuron_run(cells, compartments):
    """Print CPU s per simulated second and spikes of the same cells in NEURON, as JSON."""
    import time

    from neuron import h

    h.load_file("stdrun.hoc")
    kept, counters = [], []
    for amplitude in np.linspace(0.5, 1.5, cells) * AMPLITUDE * 1e9:
        sections = {}
        for part in cell(compartments).sections:
            section = h.Section(name=part.name)
            section.L, section.nseg = part.length * 1e6, part.compartments
            section.diam, section.Ra, section.cm = part.diameter * 1e6, 100, 1
            section.insert("hh")
            if part.parent:
                section.connect(sections[part.parent]({"start": 0, "end": 1}[part.at]), 0)
            sections[part.name] = section
        clamp = h.IClamp(sections["soma"](0.5))
        clamp.delay, clamp.dur, clamp.amp = 0, 1e9, amplitude
        counter = h.APCount(sections["soma"](0.5))
        counter.thresh = -30
        counters.append(counter)
        kept += [sections, clamp]
    h.celsius, h.dt, h.steps_per_ms = 6.3, DT * 1e3, 1e-3 / DT
    found = {}
    for name, tables in (("neuron_tabulated", 1), ("neuron", 0)):
        h.usetable_hh = tables
        h.finitialize(-65)
        start = time.process_time()
        h.continuerun(DURATION * 1e3)
        found[name] = (time.process_time() - start) / DURATION
        found[f"{name}_spikes"] = sum(int(c.n) for c in counters)
    print(json.dumps(found))


def neuron(cells, compartments):
    """Return what `neuron_run` found in a process of its own, or None without NEURON."""
    command = [sys.executable, __file__, "neuron", str(cells), str(compartments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else None


def measure(rounds=3):
    """Return one record a size, costs as medians over rounds; rounds are interleaved."""
    runs = {size: [] for size in SIZES}
    for _ in range(rounds):
        for size in SIZES:
            cost, build, spikes = engine(*size)
            record = {"engine": cost, "build": build, "spikes": spikes}
            record["exponentials"] = exponentials(*size)
            runs[size].append(record | (neuron(*size) or {}))
    records = []
    for (cells, compartments), found in runs.items():
        medians = {name: float(np.median([run[name] for run in found])) for name in found[0]}
        records.append({"cells": cells, "compartments": compartments} | medians)
    return records


def main():
    if sys.argv[1:2] == ["neuron"]:
        neuron_run(*map(int, sys.argv[2:]))
        return
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    heads = (
        "cells", "compartments", "engine", "exponentials", "neuron", "neuron_tabulated", "spikes",
        "neuron_spikes", "neuron_tabulated_spikes",
    )  # fmt: skip
    costs = ("engine", "exponentials", "neuron", "neuron_tabulated")
    print("CPU s per simulated second\n")
    print(
        "| " + " | ".join(h.replace("_", " ") for h in heads) + " | ns per compartment and step |"
    )
    print("|" + "---|" * (len(heads) + 1))
    for record in measure(rounds):
        steps = record["cells"] * record["compartments"] / DT
        texts = [
            "" if name not in record else f"{record[name]:.2f}" if name in costs
            else f"{record[name]:.0f}" for name in heads
        ]  # fmt: skip
        print("| " + " | ".join([*texts, f"{record['engine'] / steps * 1e9:.0f}"]) + " |")


if __name__ == "__main__":
    main()
