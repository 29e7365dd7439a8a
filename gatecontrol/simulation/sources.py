"""The spikes that the sources of a network emit: fibres and background, second by second.

A long run is fed piece by piece, so that neither its input nor its output has to fit into
memory.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gatecontrol.circuits.model import Circuit
from gatecontrol.errors import EngineError
from gatecontrol.fibres.drive import AfferentDrive
from gatecontrol.seeds import stream

__all__ = ["Chunk", "source_chunks", "source_offsets", "stretches", "train_chunks"]

_CHUNK = 1.0  # [s]; also the piece in which background is drawn, so a change alters results


@dataclass(frozen=True)
class Chunk:
    """Source spikes of a stretch of time.

    Attributes
    ----------
    stop : int
        Time step at which the stretch ends (excluded).
    step : ndarray of int32, shape (m,)
        Time steps, ascending.
    source : ndarray of int32, shape (m,)
        Source of each spike; no source has two in one step.
    """

    stop: int
    step: NDArray[np.int32]
    source: NDArray[np.int32]


def source_offsets(circuit: Circuit) -> dict[str, int]:
    """Return the first source of each afferent and of each background ``background:<target>``."""
    offsets, position = {}, 0
    for afferent in circuit.afferents.values():
        offsets[afferent.name] = position
        position += afferent.size
    for background in circuit.backgrounds.values():
        offsets[f"background:{background.target}"] = position
        position += circuit.background_sources(background.target)
    return offsets


def source_chunks(
    circuit: Circuit, drive: AfferentDrive, duration: float, dt: float, seed: int
) -> Iterator[Chunk]:
    """Yield the source spikes of a run, stretch after stretch.

    The background of a stretch does not depend on how long the run goes on.

    Parameters
    ----------
    circuit : Circuit
    drive : AfferentDrive
        Spikes of the fibres.
    duration, dt : float
        [s]
    seed : int
        For the background spikes.

    Raises
    ------
    EngineError
        A fibre has two spikes in one step.
    """
    offsets = source_offsets(circuit)
    fibres = _fibre_sources(circuit, drive, offsets)
    steps = np.floor(drive.time / dt + 0.5).astype(np.int64)
    generators = {name: stream(seed, "background", name) for name in circuit.backgrounds}
    count = sum(a.size for a in circuit.afferents.values())
    sources = count + sum(circuit.background_sources(b) for b in circuit.backgrounds)
    for start, stop in stretches(duration, dt):
        first, last = np.searchsorted(steps, (start, stop))
        keys = [steps[first:last] * sources + fibres[drive.fibre[first:last]]]
        for name, rng in generators.items():
            step, own = _background(circuit, name, rng, start, dt)
            keys.append(step * sources + own + offsets[f"background:{name}"])
        yield _chunk(np.concatenate(keys), sources, stop, dt, once=count)


def train_chunks(
    source: NDArray[np.int64], time: NDArray[np.float64], sources: int, duration: float, dt: float
) -> Iterator[Chunk]:
    """Yield given spikes, stretch after stretch.

    Parameters
    ----------
    source : ndarray of int64, shape (m,)
        Source of each spike.
    time : ndarray of float64, shape (m,)
        Its time [s]; what is outside the run is left out.
    sources : int
        Number of sources.
    duration, dt : float
        [s]

    Raises
    ------
    EngineError
        A source has two spikes in one step.
    """
    step = np.floor(np.asarray(time) / dt + 0.5).astype(np.int64)
    key = np.sort(step * sources + np.asarray(source, dtype=np.int64))
    for start, stop in stretches(duration, dt):
        first, last = np.searchsorted(key, (start * sources, stop * sources))
        yield _chunk(key[first:last], sources, stop, dt, once=sources)


def stretches(duration: float, dt: float) -> Iterator[tuple[int, int]]:
    """Yield the first time step of each stretch of a run, and the one after its last.

    Parameters
    ----------
    duration, dt : float
        Simulated time and time step [s].
    """
    end, length = round(duration / dt), round(_CHUNK / dt)
    for start in range(0, end, length):
        yield start, min(start + length, end)


def _chunk(key: NDArray[np.int64], sources: int, stop: int, dt: float, *, once: int) -> Chunk:
    """Return the spikes of ``step * sources + source``; the first sources may not repeat.

    Of the others, which are Poisson, a second spike in a step is dropped.
    """
    key = np.sort(key)
    step, source = np.divmod(key, sources)
    again = np.zeros(len(key), dtype=bool)
    again[1:] = key[1:] == key[:-1]
    twice = np.flatnonzero(again & (source < once))
    if len(twice):
        raise EngineError(
            f"source {source[twice[0]]} has two spikes in the time step at "
            + f"{step[twice[0]] * dt:.4f} s; its refractory period is shorter than dt"
        )
    keep = ~again & (step < stop)
    return Chunk(stop, step[keep].astype(np.int32), source[keep].astype(np.int32))


def _fibre_sources(
    circuit: Circuit, drive: AfferentDrive, offsets: Mapping[str, int]
) -> NDArray[np.int64]:
    """Return the source number of each fibre of the drive."""
    found = np.zeros(len(drive.fibres), dtype=np.int64)
    for name in circuit.afferents:
        rows = np.flatnonzero(drive.fibres.afferent == name)
        found[rows] = offsets[name] + np.arange(len(rows))
    return found


def _background(
    circuit: Circuit, name: str, rng: np.random.Generator, start: int, dt: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw time steps and sources of a population's background in a full stretch."""
    background = circuit.backgrounds[name]
    size, length = circuit.background_sources(name), round(_CHUNK / dt)
    counts = rng.poisson(background.rate.value * length * dt, size)
    steps = start + rng.integers(0, length, counts.sum())
    return steps, np.repeat(np.arange(size), counts)
