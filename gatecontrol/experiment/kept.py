"""Kept spikes: the optional group of the results, ragged."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr

    from gatecontrol.experiment.sweep import Point

__all__ = ["spike_group"]


def spike_group(
    points: Sequence["Point"],
    key: Callable[[Mapping[str, Any]], str],
    spikes: Mapping[str, Mapping[str, Any]],
) -> "xr.Dataset | None":
    """Return the kept recordings as ragged arrays.

    Parameters
    ----------
    points : sequence of Point
    key : callable
        Maps a trial to its key.
    spikes : mapping of str to mapping
        Trial key -> population or afferent -> object with ``size``, ``neuron``, ``time``.

    Returns
    -------
    xarray.Dataset or None
        One ``recording`` per population, device state, seed and point, whose spikes are the
        ``count`` entries from ``start`` on along ``spike``; None if nothing was kept. Spikes
        are ordered by time, and a control that several arms share is written once.
    """
    import xarray as xr

    rows: list[dict[str, Any]] = []
    neurons: list[NDArray[np.int32]] = []
    times: list[NDArray[np.float64]] = []
    placed: dict[tuple[str, str], tuple[int, int]] = {}
    start = 0
    for point in points:
        for device, trial in (("on", point.trial), ("off", point.control)):
            address = key(trial)
            for population, train in spikes.get(address, {}).items():
                # Arms share controls: these are written once and referred to by all.
                if (address, population) not in placed:
                    placed[address, population] = start, len(train.time)
                    start += len(train.time)
                    neurons.append(np.asarray(train.neuron, dtype=np.int32))
                    times.append(np.asarray(train.time, dtype=np.float64))
                first, count = placed[address, population]
                rows.append({
                    "arm_name": point.arm,
                    "point": json.dumps(dict(point.axes)),
                    "seed_number": point.seed,
                    "device_state": device,
                    "population_name": population,
                    "size": train.size,
                    "start": first,
                    "count": count,
                })
    if not rows:
        return None
    # Not "arm" and so on: the root's coordinates of that name are inherited.
    about = {
        "arm_name": "Arm",
        "point": "Values of the sweep axes, as JSON",
        "seed_number": "Seed (replicate)",
        "device_state": "Device on, or off (the paired control)",
        "population_name": "Population or afferent",
        "size": "Number of cells or fibres",
        "start": "Index of the first spike",
        "count": "Number of spikes",
    }
    data: dict[str, Any] = {
        name: (
            "recording",
            np.array([r[name] for r in rows], dtype=object if kind is str else np.int64),
            {"units": "1", "long_name": about[name]},
        )
        for name, kind in ((n, type(rows[0][n])) for n in about)
    }
    data["count"][2]["sample_dimension"] = "spike"
    data["neuron"] = (
        "spike",
        np.concatenate(neurons),
        {"units": "1", "long_name": "Cell number, from 0 within its population"},
    )
    data["time"] = ("spike", np.concatenate(times), {"units": "s", "long_name": "Spike time"})
    return xr.Dataset(
        data, attrs={"layout": "ragged: spikes start to start + count of each recording, by time"}
    )
