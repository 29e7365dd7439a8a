"""Networks of cable cells in NEURON, for costs and as a second opinion on their spikes.

Mechanisms (NMODL) are written from the same text of channels and receptors that the engine
compiles, and cells are cut into the same compartments, so that both solve the same equations
with the same steps. Needs NEURON (``pip install 'neuron>=9,<10'``) and a C++ compiler.
"""

import os
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import numpy as np

from gatecontrol.circuits.cable import locate
from gatecontrol.circuits.channels import rename

FUNCTIONS = """
FUNCTION linoid(x, y) {
  if (fabs(x/y) < 1e-5) { linoid = y - x/2 } else { linoid = x/(exp(x/y) - 1) }
}
FUNCTION maximum(a, b) { if (a > b) { maximum = a } else { maximum = b } }
"""

POOL = """
NEURON { SUFFIX gc_pool USEION ca READ ica WRITE cai RANGE tau, depth, rest }
PARAMETER { tau = 1 (ms) depth = 0.1 (um) rest = 5e-5 (mM) }
ASSIGNED { ica (mA/cm2) drive }
STATE { cai (mM) }
INITIAL { cai = rest }
BREAKPOINT { SOLVE pool METHOD cnexp }
DERIVATIVE pool {
  drive = -1e4*ica/(2*96485.33212*depth)
  if (drive < 0) { drive = 0 }
  cai' = drive + (rest - cai)/tau
}
"""

SYNAPSE = """
NEURON {
  POINT_PROCESS gc_synapse
  USEION ca WRITE ica
  NONSPECIFIC_CURRENT i
  RANGE rise, decay, e, magnesium, share, norm
}
PARAMETER { rise = 0.1 decay = 5 e = 0 magnesium = 0 share = 0 norm = 1 }
ASSIGNED { v i ica total }
STATE { a b }
INITIAL { a = 0 b = 0 }
BREAKPOINT {
  SOLVE both METHOD cnexp
  total = (b - a)*(v - e)/(1 + exp(-0.062*v)*magnesium/3.57)
  i = (1 - share)*total
  ica = share*total
}
DERIVATIVE both { a' = -a/rise  b' = -b/decay }
NET_RECEIVE(w) { a = a + w*norm  b = b + w*norm }
"""


def mechanism(channel, table=None):
    """Return a channel as NMODL.

    Parameters
    ----------
    channel : gatecontrol.circuits.channels.Channel
    table : (float, float, int) or None
        Looks rates up between two voltages [mV] in so many pieces, as some authors do, with the
        parameters at their defaults.
    """

    def text(expression):
        return expression.replace("**", "^")

    values = {} if table is None else {n: f"({v!r})" for n, v in channel.parameters}
    inside = "\n".join(
        f"  {name} = {text(rename(given, values))}" for name, given in channel.definitions
    )
    lines, names = [], []
    for gate in channel.gates:
        steady, tau = f"{gate.name}_inf", f"{gate.name}_tau"
        names += [steady, tau]
        if gate.alpha:
            alpha, beta = (text(rename(g, values)) for g in (gate.alpha, gate.beta))
            lines += [f"  {tau} = 1/(({alpha}) + ({beta}))", f"  {steady} = ({alpha})*{tau}"]
        else:
            lines += [f"  {steady} = {text(rename(gate.steady, values))}"]
            lines += [f"  {tau} = {text(rename(gate.tau, values))}"]
    calcium = any("cai" in t for t in channel.texts().values())
    ion = f"USEION ca {'READ cai ' * calcium}{'WRITE ica' * channel.calcium}"
    current = "ica" if channel.calcium else "i"
    parameters = [f"{n} = {v!r}" for n, v in channel.parameters]
    assigned = " ".join([*names, *(n for n, _ in channel.definitions)])
    opened = "*".join(f"{g.name}^{g.power}" for g in channel.gates)
    look_up = ""
    if table:
        low, high, pieces = table
        look_up = f"  TABLE {', '.join(names)} FROM {low} TO {high} WITH {pieces}\n"
    fractions = [f"  {g.name}' = ({g.name}_inf - {g.name})/{g.name}_tau" for g in channel.gates]
    return f"""
NEURON {{
  SUFFIX gc_{channel.name}
  {ion if calcium or channel.calcium else ""}
  {"" if channel.calcium else "NONSPECIFIC_CURRENT i"}
  RANGE {", ".join(["strength", "e", *(n for n, _ in channel.parameters)])}
}}
PARAMETER {{ strength = 0 e = 0 {" ".join(parameters)} }}
ASSIGNED {{ v {current} {"cai" * calcium} {assigned} }}
STATE {{ {" ".join(g.name for g in channel.gates)} }}
INITIAL {{
  rates(v)
{chr(10).join(f"  {g.name} = {g.name}_inf" for g in channel.gates)}
}}
BREAKPOINT {{
  SOLVE gates METHOD cnexp
  {current} = strength*{opened}*({text(channel.current) if channel.current else "v - e"})
}}
DERIVATIVE gates {{
  rates(v)
{chr(10).join(fractions)}
}}
PROCEDURE rates(v) {{
{look_up}{inside}
{chr(10).join(lines)}
}}
{FUNCTIONS}"""


def compile_mechanisms(network, folder, tables=None):
    """Compile the mechanisms of a network into a folder, and load them into NEURON."""
    channels = {c.name: c for p in network.populations for cell in p.cells for c in cell.channels}
    folder = Path(folder)
    for name, channel in channels.items():
        (folder / f"gc_{name}.mod").write_text(mechanism(channel, (tables or {}).get(name)))
    (folder / "gc_pool.mod").write_text(POOL)
    (folder / "gc_synapse.mod").write_text(SYNAPSE)
    import neuron

    # beside an interpreter, or in a folder of packages (pip install --target)
    places = (Path(sysconfig.get_path("scripts")), Path(neuron.__file__).parents[1] / "bin")
    script = next(p / "nrnivmodl" for p in places if (p / "nrnivmodl").exists())
    done = subprocess.run(
        [sys.executable, str(script), "."],
        cwd=folder, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"nrnivmodl: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    neuron.load_mechanisms(str(folder))


class Built:
    """A network of cable cells in NEURON.

    Parameters
    ----------
    network : gatecontrol.circuits.cable_network.CableNetwork
    dt : float
        [s]
    """

    def __init__(self, network, dt):
        from neuron import h

        self.h, self.dt, self.network = h, 1e3 * dt, network
        self.segments, self.synapses, self.kept, self.trains = {}, {}, [], {}
        self.receptors = {r.name: r for r in network.receptors}
        for population in network.populations:
            for number, cell in enumerate(population.cells):
                self._cell(population, number, cell)
        self.senders = []
        for connections in network.connections:
            self._connect(connections)

    def _cell(self, population, number, cell):
        sections = {}
        for part in cell.sections:
            section = self.h.Section(name=f"{population.name}_{number}_{part.name}")
            section.L, section.nseg = 1e6 * part.length, part.compartments
            section.Ra, section.cm = 100 * part.resistivity, 100 * part.capacitance
            start, end = (1e6 * d for d in part.diameters())
            section.insert("pas")
            for name in part.channels:
                section.insert(f"gc_{name}")
            if part.pool:
                section.insert("gc_pool")
            for segment in section:
                segment.diam = start + (end - start) * segment.x
                segment.pas.g = 1e-4 * part.leak_conductance
                segment.pas.e = 1e3 * part.leak_reversal
                self._membrane(segment, part, cell)
            if part.parent:
                section.connect(sections[part.parent]({"start": 0, "end": 1}[part.at]), 0)
            sections[part.name] = section
        for port, (name, position) in population.ports.items():
            part = cell.sections[[s.name for s in cell.sections].index(name)]
            first = locate(cell, name, 0.0)
            middle = (locate(cell, name, position) - first + 0.5) / part.compartments
            self.segments[population.name, number, port] = sections[name](middle)
        name, position = population.spike_at
        part = cell.sections[[s.name for s in cell.sections].index(name)]
        middle = (locate(cell, name, position) - locate(cell, name, 0.0) + 0.5) / part.compartments
        self.segments[population.name, number] = sections[name](middle)
        self.kept.append(sections)
        counter = self._detector(population, number, None)
        self.trains[population.name, number] = self.h.Vector()
        counter.record(self.trains[population.name, number])

    @staticmethod
    def _membrane(segment, part, cell):
        for channel in cell.channels:
            if channel.name not in part.channels:
                continue
            use, own = part.channels[channel.name], getattr(segment, f"gc_{channel.name}")
            # densities in S/cm2; the text of a current takes a permeability as it is
            own.strength = use.density * (1.0 if channel.current else 1e-4)
            own.e = 1e3 * use.reversal
            for name, value in use.parameters.items():
                setattr(own, name, value)
        if part.pool:
            segment.gc_pool.tau = 1e3 * part.pool.tau
            segment.gc_pool.depth = 1e6 * part.pool.depth
            segment.gc_pool.rest = part.pool.rest

    def _detector(self, population, number, target):
        segment = self.segments[population.name, number]
        detector = self.h.NetCon(segment._ref_v, target, sec=segment.sec)
        detector.threshold = 1e3 * population.threshold
        self.kept.append(detector)
        return detector

    def _synapse(self, population, number, port, receptor):
        key = population, number, port, receptor
        if key not in self.synapses:
            of = self.receptors[receptor]
            made = self.h.gc_synapse(self.segments[population, number, port])
            made.rise, made.decay = 1e3 * of.rise, 1e3 * of.decay
            made.e, made.magnesium, made.share = 1e3 * of.reversal, of.magnesium, of.calcium
            made.norm = of.peak_norm()
            self.synapses[key] = made
        return self.synapses[key]

    def _connect(self, connections):
        populations = {p.name: p for p in self.network.populations}
        pre, post = np.asarray(connections.pre), np.asarray(connections.post)
        delays = 1e3 * np.broadcast_to(connections.delay, len(pre))
        for receptor, weights in connections.weights.items():
            given = 1e6 * np.broadcast_to(weights, len(pre))
            for k in np.flatnonzero(given):
                target = self._synapse(connections.target, int(post[k]), connections.port, receptor)
                if connections.source:
                    made = self._detector(populations[connections.source], int(pre[k]), target)
                    made.delay = float(delays[k])
                else:
                    made = self.h.NetCon(None, target)
                    made.delay = 0.0
                    self.senders.append((int(pre[k]), float(delays[k]), made))
                made.weight[0] = float(given[k])
                self.kept.append(made)

    def run(self, source, times, duration):
        """Simulate; return CPU s and, by population, times [s] of its spikes in order.

        Parameters
        ----------
        source : ndarray of int
        times : ndarray of float
            [s]
        duration : float
            [s]
        """
        h, order = self.h, np.argsort(source, kind="stable")
        cut = np.searchsorted(np.asarray(source)[order], np.arange(self.network.sources + 1))
        sorted_times = 1e3 * np.asarray(times)[order]

        def queue():
            for fibre, delay, sender in self.senders:
                for at in sorted_times[cut[fibre] : cut[fibre + 1]]:
                    sender.event(at + delay)

        handler = h.FInitializeHandler(queue)
        h.dt, h.secondorder = self.dt, 0
        h.finitialize(1e3 * self.network.populations[0].initial)
        steps = round(1e3 * duration / self.dt)
        began = time.process_time()
        for _ in range(steps):
            h.fadvance()
        spent = time.process_time() - began
        del handler
        found = {}
        for population in self.network.populations:
            trains = [self.trains[population.name, k] for k in range(len(population.cells))]
            found[population.name] = np.sort(
                np.concatenate([1e-3 * np.array(list(t), float) for t in trains])
            )
        return spent, found
