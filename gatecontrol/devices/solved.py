"""Programmes that the train rule does not know (kilohertz, anodic pulses): solved in a stretch.

A few fibres of each class are solved where the middle one of the reference population runs; the
others take the spikes of the nearest diameter and amplitude, and a threshold that is as much
above that of one pulse as theirs. A ramp is not in it, and cycles are alike.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gatecontrol.fibres.axon import fibre_model
from gatecontrol.fibres.bundle import Bundle, Grid, reach_of
from gatecontrol.fibres.excitation import threshold
from gatecontrol.fibres.solved_train import STRETCH, SolvedTrains, solve_trains
from gatecontrol.fibres.table_store import key_of
from gatecontrol.fibres.waveform import Waveform
from gatecontrol.files import cache_folder, write_whole

__all__ = ["Programme", "programme_for"]

_DIAMETERS = 4
_FORMAT = 1


@dataclass(frozen=True, eq=False)
class Programme:
    """A solved programme for the fibres of one class and course.

    Attributes
    ----------
    trains : SolvedTrains
        Spikes by diameter and amplitude.
    factor : ndarray of float, shape (d,)
        Threshold of the programme over that of one of its pulses, by diameter.
    """

    trains: SolvedTrains
    factor: NDArray[np.float64]

    def factors(self, diameter: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the threshold of the programme over that of one pulse, per fibre."""
        log = np.log(self.trains.diameters)
        return np.exp(np.interp(np.log(diameter), log, np.log(self.factor)))


def programme_for(
    bundle: Bundle, grid: Grid, place: tuple[float, float], waveform: Waveform, threads: int
) -> Programme:
    """Return a solved programme: kept in the cache folder, or solved now and kept.

    Parameters
    ----------
    bundle : Bundle
        Fibres, field and one pulse.
    grid : Grid
        Whose diameters are covered.
    place : tuple of float
        (y, z) of the fibres that are solved [m].
    waveform : Waveform
        A stretch of the programme, of `STRETCH` seconds.
    threads : int
        Fibres solved at once.
    """
    text = [_FORMAT, key_of(bundle, grid), place, STRETCH]
    text += [waveform.edges.tolist(), waveform.levels.tolist()]
    name = hashlib.sha256(json.dumps(text).encode()).hexdigest()[:24]
    path = cache_folder() / "trains" / f"{name}.json"
    if path.is_file():
        return _read(path)
    made = _solve(bundle, grid, place, waveform, threads)
    write_whole(path, json.dumps(_plain(made)).encode())
    return _read(path)


def _solve(
    bundle: Bundle, grid: Grid, place: tuple[float, float], waveform: Waveform, threads: int
) -> Programme:
    model = fibre_model(bundle.model)
    ends = grid.diameter[0], grid.diameter[-1]
    diameters = np.geomspace(*ends, _DIAMETERS) if ends[0] < ends[1] else np.array(ends[:1])
    axons = [model.axon(float(d), reach_of(bundle.contacts, *place)) for d in diameters]
    potentials = [bundle.potential(axon, *place, 0.0) for axon in axons]
    single = [threshold(a, p, bundle.pulse) for a, p in zip(axons, potentials, strict=True)]
    trains = solve_trains(axons, potentials, waveform, threads=threads)
    return Programme(trains, trains.thresholds / np.array(single))


def _plain(made: Programme) -> dict[str, object]:
    trains = made.trains
    return {
        "diameters": trains.diameters.tolist(),
        "thresholds": trains.thresholds.tolist(),
        "ratios": trains.ratios.tolist(),
        "times": [[t.tolist() for t in row] for row in trains.times],
        "stretch": trains.stretch,
        "factor": made.factor.tolist(),
    }


@lru_cache(maxsize=32)
def _read(path: Path) -> Programme:
    data = json.loads(path.read_text(encoding="utf-8"))
    times = tuple(tuple(np.array(t) for t in row) for row in data["times"])
    columns = (np.array(data[name]) for name in ("diameters", "thresholds", "ratios"))
    return Programme(SolvedTrains(*columns, times, data["stretch"]), np.array(data["factor"]))
