"""One draw of a circuit: who connects to whom, with what, drawn by numpy from the seed."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gatecontrol.circuits.model import OPTIONAL_PARAMETERS, Circuit, Pathway
from gatecontrol.seeds import stream
from gatecontrol.sourced import Sourced

__all__ = ["Connections", "Wiring", "draw_wiring"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Connections:
    """The synapses of one pathway.

    Attributes
    ----------
    pre, post : ndarray of int32, shape (n,)
        Source and target number within their populations.
    delay : ndarray of float, shape (n,)
        [s].
    weights : mapping of str to ndarray of float, shape (n,)
        Receptor -> peak conductance of one event [S], or in the dimension of
        `gatecontrol.circuits.model.ReceptorForm.weight`.
    """

    pre: Ints
    post: Ints
    delay: Floats
    weights: Mapping[str, Floats]


@dataclass(frozen=True)
class Wiring:
    """A circuit drawn for one seed.

    Attributes
    ----------
    connections : mapping of str to Connections
        By pathway.
    parameters : mapping of str to mapping of str to ndarray of float, shape (size,)
        Cell parameters [SI] by population and parameter.
    initial_voltage : mapping of str to ndarray of float, shape (size,)
        [V], by population.
    """

    connections: Mapping[str, Connections]
    parameters: Mapping[str, Mapping[str, Floats]]
    initial_voltage: Mapping[str, Floats]


def draw_wiring(circuit: Circuit, seed: int) -> Wiring:
    """Draw connectivity, delays, weights and cell parameters.

    Each connected target cell receives exactly ``fan_in`` different sources; a share
    ``coverage`` of the target cells is connected. A pathway with a ``probability`` joins each pair
    with this chance instead. The numbers of synapses are the same for all seeds
    (`Circuit.synapses_of`), so that one compiled network serves all of them. Of a null model
    nothing is drawn.

    Parameters
    ----------
    circuit : Circuit
    seed : int
        Seed of the trial.

    Returns
    -------
    Wiring
    """
    connections = {p.name: _connect(circuit, p, seed) for p in circuit.pathways.values()}
    parameters: dict[str, dict[str, Floats]] = {}
    initial: dict[str, Floats] = {}
    for population in circuit.populations.values() if circuit.cells else ():
        rng = stream(seed, "wiring", "cells", population.name)
        cell = circuit.cells[population.cell]
        drawn = {k: _spread(v, population.size, rng) for k, v in cell.parameters.items()}
        missing = {k: np.zeros(population.size) for k in OPTIONAL_PARAMETERS if k not in drawn}
        drawn |= missing
        parameters[population.name] = drawn
        if circuit.is_cable:
            initial[population.name] = drawn["initial"]
            continue
        # start between rest and threshold so that the cells do not fire in step (assumed)
        share = rng.uniform(0.0, 0.5, population.size)
        rest, threshold = drawn["leak_reversal"], drawn["threshold"]
        initial[population.name] = rest + share * (threshold - rest)
    return Wiring(connections, parameters, initial)


def _connect(circuit: Circuit, pathway: Pathway, seed: int) -> Connections:
    rng = stream(seed, "wiring", "pathway", pathway.name)
    if pathway.probability:
        return _connect_pairs(circuit, pathway, rng)
    n_target = circuit.populations[pathway.target].size
    source = circuit.afferents.get(pathway.source) or circuit.populations[pathway.source]
    targets = np.sort(rng.permutation(n_target)[: round(pathway.coverage * n_target)])
    rank = rng.random((len(targets), source.size))
    if pathway.source == pathway.target:
        rank[np.arange(len(targets)), targets] = np.inf  # no cell connects to itself
    chosen = np.sort(np.argsort(rank, axis=1)[:, : pathway.fan_in], axis=1)
    pre = np.repeat(chosen.ravel(), pathway.contacts).astype(np.int32)
    post = np.repeat(targets, pathway.fan_in * pathway.contacts).astype(np.int32)
    delay = _spread(pathway.delay, len(pre), rng)
    weights = {r: _spread(w, len(pre), rng) for r, w in sorted(pathway.weights.items())}
    return Connections(pre, post, delay, weights)


def _connect_pairs(circuit: Circuit, pathway: Pathway, rng: np.random.Generator) -> Connections:
    """Join each pair by chance; synapses left over have no weight (`Circuit.synapses_of`)."""
    sources, targets = circuit.size_of(pathway.source), circuit.size_of(pathway.target)
    count = circuit.synapses_of(pathway)
    joined = rng.random((targets, sources)) < pathway.probability
    if pathway.source == pathway.target:
        np.fill_diagonal(joined, val=False)  # no cell connects to itself
    chosen = np.flatnonzero(joined)[:count]
    pairs = np.resize(chosen, count).astype(np.int32)
    delay = _spread(pathway.delay, count, rng)
    weights = {r: _spread(w, count, rng) for r, w in sorted(pathway.weights.items())}
    for weight in weights.values():
        weight[len(chosen) :] = 0.0
    return Connections(pairs % sources, pairs // sources, delay, weights)


def _spread(number: Sourced, size: int, rng: np.random.Generator) -> Floats:
    """Draw values: lognormal for positive numbers, else normal cut at three standard deviations.

    A number that the file lists cell by cell is not drawn.
    """
    if number.each:
        return np.resize(number.each, size)
    if number.spread == 0 or number.value == 0:
        return np.full(size, number.value)
    if number.value > 0:
        sigma = np.sqrt(np.log1p(number.spread**2))
        return number.value * rng.lognormal(-(sigma**2) / 2, sigma, size)
    deviate = np.clip(rng.standard_normal(size), -3, 3)
    return number.value * (1 + number.spread * deviate)
