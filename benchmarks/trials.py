"""The trials that are measured: the reference trial, and the circuit scaled up."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from gatecontrol.circuits.wiring import Connections, Wiring, draw_wiring
from gatecontrol.experiment.load import load
from gatecontrol.experiment.sweep import points
from gatecontrol.experiment.trial import circuit_of, drive_of
from gatecontrol.fibres.drive import AfferentDrive
from gatecontrol.simulation.sources import source_chunks
from gatecontrol.simulation.tables import fill_tables, structure_of

FILE = Path(__file__).with_name("trial.yaml")


@dataclass(frozen=True)
class Trial:
    """Everything that a simulator needs to know about one trial; times in seconds."""

    description: dict
    circuit: object
    wiring: object
    drive: AfferentDrive
    duration: float
    dt: float
    seed: int

    @cached_property
    def structure(self):
        """Return the structure of the engine's network."""
        return structure_of(self.circuit, self.dt)

    @cached_property
    def tables(self):
        """Return the engine's input arrays, source spikes apart."""
        return fill_tables(self.structure, self.circuit, self.wiring)

    @property
    def arguments(self):
        """Return the arguments of `gatecontrol.simulation.run`."""
        return (self.circuit, self.wiring, self.drive, self.duration, self.dt, self.seed)

    @cached_property
    def source_spikes(self):
        """Return source and time step of all spikes of fibres and background, in order."""
        chunks = list(source_chunks(self.circuit, self.drive, self.duration, self.dt, self.seed))
        return tuple(
            np.concatenate([getattr(c, name) for c in chunks]) for name in ("source", "step")
        )


def description_of(seed, duration=None):
    """Return the plain description of the reference trial, cut to a duration [s] if given."""
    description = {**points(load(FILE))[0].trial, "seed": seed}
    if duration is not None:
        run = description["run"]
        off = min(run["device_off"], duration)
        description["run"] = {**run, "duration": duration, "device_off": off}
    return description


def reference(seed, duration=None):
    """Return the reference trial, cut to a duration [s] if one is given."""
    description = description_of(seed, duration)
    circuit, drive = circuit_of(description), drive_of(description)
    run = description["run"]
    wiring = draw_wiring(circuit, seed)
    return Trial(description, circuit, wiring, drive, run["duration"], run["dt"], seed)


def scaled(cells, seed, duration):
    """Return the reference trial with all populations and afferents scaled up alike.

    Fan-in, weights and rates per fibre stay, so the activity of a cell does too.
    """
    base = reference(seed, duration)
    factor = cells / sum(p.size for p in base.circuit.populations.values())

    def grown(groups):
        return {n: replace(g, size=max(1, round(factor * g.size))) for n, g in groups.items()}

    circuit = replace(
        base.circuit,
        populations=grown(base.circuit.populations),
        afferents=grown(base.circuit.afferents),
    )
    rng = np.random.default_rng([seed, cells])
    wiring = _draw(circuit, seed, rng)
    return replace(base, circuit=circuit, wiring=wiring, drive=_repeat(base, circuit, rng))


def _draw(circuit, seed, rng):
    """Draw like `draw_wiring`, whose table of all pairs would not fit into memory here."""
    small = replace(circuit, pathways={})
    connections = {p.name: _connect(circuit, p, rng) for p in circuit.pathways.values()}
    cells = draw_wiring(small, seed)
    return Wiring(connections, cells.parameters, cells.initial_voltage)


def _connect(circuit, pathway, rng):
    """Draw ``fan_in`` different sources for each connected target."""
    size = circuit.populations[pathway.target].size
    source = circuit.afferents.get(pathway.source) or circuit.populations[pathway.source]
    targets = np.sort(rng.permutation(size)[: round(pathway.coverage * size)])
    pre = np.sort(rng.integers(0, source.size, (len(targets), pathway.fan_in)), axis=1)
    while True:
        doubled = np.flatnonzero((np.diff(pre, axis=1) == 0).any(axis=1))
        if not len(doubled):
            break
        again = rng.integers(0, source.size, (len(doubled), pathway.fan_in))
        pre[doubled] = np.sort(again, axis=1)
    n = pre.size
    delay = _lognormal(pathway.delay, n, rng)
    weights = {r: _lognormal(w, n, rng) for r, w in pathway.weights.items()}
    post = np.repeat(targets, pathway.fan_in)
    return Connections(pre.ravel().astype(np.int32), post.astype(np.int32), delay, weights)


def _lognormal(number, size, rng):
    sigma = np.sqrt(np.log1p(number.spread**2))
    return number.value * rng.lognormal(-(sigma**2) / 2, sigma, size)


def _repeat(base, circuit, rng):
    """Give every fibre of the scaled circuit the spikes of a fibre drawn from its afferent.

    Each copy is shifted by up to 5 ms, the same for all its spikes, so that it stays a train.
    """
    old = base.drive
    names = [name for name, a in circuit.afferents.items() for _ in range(a.size)]
    rows = {n: np.flatnonzero(old.fibres.afferent == n) for n in circuit.afferents}
    like = np.concatenate([rng.choice(rows[n], a.size) for n, a in circuit.afferents.items()])
    order = np.argsort(old.fibre, kind="stable")
    ends = np.cumsum(np.bincount(old.fibre, minlength=len(old.fibres.afferent)))
    starts = np.concatenate([[0], ends[:-1]])
    counts = (ends - starts)[like]
    fibre = np.repeat(np.arange(len(like)), counts)
    within = np.arange(len(fibre)) - np.repeat(np.cumsum(counts) - counts, counts)
    spike = order[np.repeat(starts[like], counts) + within]
    time = old.time[spike] + rng.uniform(0, 5e-3, len(like))[fibre]
    kept = np.flatnonzero(time < base.duration)
    kept = kept[np.argsort(time[kept], kind="stable")]
    columns = {f: getattr(old.fibres, f)[like] for f in old.fibres.__dataclass_fields__}
    columns["afferent"] = np.array(names)
    return replace(
        old,
        fibres=replace(old.fibres, **columns),
        fibre=fibre[kept].astype(np.int32),
        time=time[kept],
        origin=old.origin[spike][kept],
        start=old.start[spike][kept],
    )
