"""Where threshold tables are kept: shipped with the package, else in the user's cache.

A table's name is a digest of all that it depends on, so that nothing is ever looked up that
was solved for another electrode, medium, pulse or model.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from gatecontrol.fibres.bundle import Bundle, Grid
from gatecontrol.fibres.c_table import C_MODELS
from gatecontrol.fibres.threshold_table import (
    LATENCY_RATIOS,
    ThresholdTable,
    from_point_sources,
    solve,
)
from gatecontrol.files import cache_folder, replacing

__all__ = ["FORMAT", "SHIPPED", "find", "read", "table_for", "write"]

FORMAT = 1
"""Raise when solvers or tables change, so that older tables are not found any more."""

SHIPPED = Path(__file__).with_name("tables")
"""Tables of the shipped devices, made by ``python -m gatecontrol.experiment.make_tables``."""

_AXES = ("diameter", "y", "z", "offset")


def key_of(bundle: Bundle, grid: Grid) -> str:
    """Return the digest of all that a table depends on.

    Parameters
    ----------
    bundle : Bundle
        Fibres and field.
    grid : Grid
        Which are solved.
    """
    text = json.dumps([FORMAT, _plain(bundle), _plain(grid)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _plain(value: Any) -> Any:
    """Return content as JSON knows it: dataclasses with their type, numbers to 12 digits."""
    if is_dataclass(value) and not isinstance(value, type):
        content = {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
        return {"type": type(value).__name__, **content}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        return f"{value:.12g}"
    if value is None or isinstance(value, str | int | bool):
        return value
    raise TypeError(f"a table cannot depend on a {type(value).__name__}")


def find(key: str) -> Path | None:
    """Return the file of a table, or None.

    Parameters
    ----------
    key : str
        From `key_of`.
    """
    for folder in (SHIPPED, cache_folder() / "thresholds"):
        path = folder / f"{key}.nc"
        if path.is_file():
            return path
    return None


@lru_cache(maxsize=256)
def read(path: Path) -> ThresholdTable:
    """Read a table.

    Parameters
    ----------
    path : Path
        Its file.

    Raises
    ------
    OSError, KeyError
        The file is damaged.
    """
    import h5py  # xarray opens these files too, but takes a second to import in every worker

    with h5py.File(path, "r") as file:
        axes = {name: tuple(file[name][:].tolist()) for name in _AXES}
        grid = Grid(
            **axes,
            mirrored=bool(np.asarray(file.attrs["mirrored"]).item()),
            scale=float(np.asarray(file.attrs["scale"]).item()),
        )
        return ThresholdTable(
            str(file.attrs["fibre_model"]), grid, file["low"][:], file["high"][:],
            file["latency"][:], float(np.asarray(file.attrs["ceiling"]).item()),
        )  # fmt: skip


def write(table: ThresholdTable, path: Path, **about: str) -> None:
    """Write a table as netCDF.

    Parameters
    ----------
    table : ThresholdTable
        What to write.
    path : Path
        The file; an older one is replaced.
    **about : str
        Attributes that say what it was made for.
    """
    import xarray as xr

    units = {"units": "A"}
    axes = {name: getattr(table.grid, name) for name in _AXES}
    dataset = xr.Dataset(
        {
            "low": (list(axes), table.low, {**units, "long_name": "Lowest amplitude that fires"}),
            "high": (list(axes), table.high, {**units, "long_name": "Highest such amplitude"}),
            "latency": (
                ["diameter", "ratio"],
                table.latency,
                {"units": "s", "long_name": "From the pulse's begin to the first spike"},
            ),
        },
        {
            **{k: (k, list(v), {"units": "1" if k == "offset" else "m"}) for k, v in axes.items()},
            "ratio": ("ratio", list(LATENCY_RATIOS), {"units": "1"}),
        },
        {
            "fibre_model": table.model,
            "ceiling": table.ceiling,
            "mirrored": int(table.grid.mirrored),
            "scale": table.grid.scale,
            **about,
        },
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part:
        dataset.to_netcdf(part, engine="h5netcdf")


def table_for(
    bundle: Bundle,
    grid: Grid,
    *,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> ThresholdTable:
    """Return the table of a bundle: kept, or solved now and kept.

    Parameters
    ----------
    bundle, grid, threads, progress
        See `gatecontrol.fibres.threshold_table.solve`.

    Returns
    -------
    ThresholdTable
    """
    from filelock import FileLock

    key = key_of(bundle, grid)
    if (path := find(key)) is not None:
        try:
            return read(path)
        except (OSError, KeyError):
            path.unlink(missing_ok=True)  # damaged; it is solved again
    path = cache_folder() / "thresholds" / f"{key}.nc"
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        if not path.is_file():  # another process may have solved it meanwhile
            if bundle.model in C_MODELS:
                table = from_point_sources(bundle, grid)
            else:
                table = solve(bundle, grid, threads=threads, progress=progress)
            write(table, path)
    return read(path)
