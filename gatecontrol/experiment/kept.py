"""Kept spikes: the optional group of the results, ragged.

The spikes of a large sweep do not fit into memory: a table of recordings is laid out first,
and the spikes pass one recording at a time into the file.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

    from gatecontrol.experiment.sweep import Point
    from gatecontrol.simulation.recording import Spikes

__all__ = ["spike_group", "spike_trains"]


def _trials(
    points: Sequence["Point"], key: Callable[[Mapping[str, Any]], str]
) -> Iterator[tuple["Point", str, str]]:
    """Yield (point, state of the device, key) of every trial of every point."""
    for point in points:
        yield point, "on", key(point.trial)
        yield point, "off", key(point.control)


def spike_trains(
    points: Sequence["Point"],
    key: Callable[[Mapping[str, Any]], str],
    spikes: Mapping[str, "Mapping[str, Spikes]"],
) -> "Iterator[Spikes]":
    """Yield the kept spikes in the order in which `spike_group` counts them.

    Parameters
    ----------
    points, key, spikes
        As of `spike_group`.
    """
    for address in dict.fromkeys(address for *_, address in _trials(points, key)):
        yield from spikes.get(address, {}).values()


def spike_group(
    points: Sequence["Point"],
    key: Callable[[Mapping[str, Any]], str],
    spikes: Mapping[str, "Mapping[str, Spikes]"],
) -> "xr.Dataset | None":
    """Return the table of kept recordings; the spikes themselves are written to the file.

    Parameters
    ----------
    points : sequence of Point
    key : callable
        Maps a trial to its key.
    spikes : mapping of str to mapping
        Trial key -> population or afferent -> object with ``size``, ``neuron``, ``time``;
        may read each from a file when asked.

    Returns
    -------
    xarray.Dataset or None
        One ``recording`` per population, device state, seed and point, whose spikes are the
        ``count`` entries from ``start`` on along ``spike``; None if nothing was kept. Spikes
        are ordered by time, and a control that several arms share is written once.
    """
    import xarray as xr

    rows: list[dict[str, Any]] = []
    placed: dict[str, list[tuple[str, int, int, int]]] = {}
    start = 0
    for point, device, address in _trials(points, key):
        # Arms share controls: these are written once and referred to by all.
        if address not in placed:
            placed[address] = []
            for population, train in spikes.get(address, {}).items():
                placed[address].append((population, train.size, start, len(train.time)))
                start += len(train.time)
        for population, size, first, count in placed[address]:
            rows.append({
                "arm_name": point.arm,
                "point": json.dumps(dict(point.axes)),
                "seed_number": point.seed,
                "device_state": device,
                "population_name": population,
                "size": size,
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
    return xr.Dataset(
        data, attrs={"layout": "ragged: spikes start to start + count of each recording, by time"}
    )
