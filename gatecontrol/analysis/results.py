"""Results on disk: written once, whole or not at all; opened by anyone.

The file opens with plain ``xarray.open_datatree``; `gatecontrol.experiment.assembly` says
what it holds.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.errors import GatecontrolError
from gatecontrol.files import Patient, replacing

if TYPE_CHECKING:
    import neo
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, FigureBase

    from gatecontrol.simulation.recording import Spikes

__all__ = ["Results", "kept_spikes", "open_results", "write"]

_CHUNK = 1 << 15  # spikes that are compressed together


@dataclass(frozen=True)
class Results:
    """A results folder, opened.

    Attributes
    ----------
    tree : xarray.DataTree
        The data; `data` is its root as a Dataset.
    path : Path
        The folder (of a lone file: the folder it lies in).
    experiment : str
        Text of ``experiment.yaml`` as it was run; empty if there is none.
    run : dict
        ``run.json``: versions, seeds, host, timings; empty if there is none.
    """

    tree: "xr.DataTree"
    path: Path
    experiment: str = ""
    run: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Return the folder and the sizes of the data, not the data."""
        sizes = ", ".join(f"{name}: {size}" for name, size in self.tree.sizes.items())
        return f"<Results of {self.path}: {sizes}; see .data, .tree, .experiment, .run>"

    @property
    def data(self) -> "xr.Dataset":
        """Return the root dataset."""
        return self.tree.to_dataset(inherit=False)

    def spikes(
        self,
        arm: str | None = None,
        seed: int | None = None,
        point: Mapping[str, str] | None = None,
        device_state: str | None = None,
    ) -> "pd.DataFrame":
        """Return kept spikes as a long table.

        The arguments choose as in `gatecontrol.analysis.interop.kept.sessions`; the
        columns are those of `gatecontrol.analysis.interop.tables.spike_frame`.
        """
        from gatecontrol.analysis.interop.kept import sessions
        from gatecontrol.analysis.interop.tables import spike_frame

        return spike_frame(sessions(self, arm, seed, point, device_state))

    def to_pandas(self, *names: str, group: str = "") -> "pd.DataFrame":
        """Return variables as a tidy table; see `gatecontrol.analysis.interop.tables.tidy`."""
        from gatecontrol.analysis.interop.tables import tidy

        return tidy(self, *names, group=group)

    def to_csv(
        self,
        folder: Path | str,
        arm: str | None = None,
        seed: int | None = None,
        *,
        spikes: bool = False,
    ) -> list[Path]:
        """Write CSV files; see `gatecontrol.analysis.interop.tables.write_csv`."""
        from gatecontrol.analysis.interop.tables import write_csv

        return write_csv(self, folder, arm, seed, spikes=spikes)

    def to_neo(
        self,
        arm: str | None = None,
        seed: int | None = None,
        point: Mapping[str, str] | None = None,
        device_state: str | None = None,
    ) -> "neo.Block":
        """Return kept spikes as a Neo block.

        The arguments choose as in `gatecontrol.analysis.interop.kept.sessions`; what is
        in the block is said in `gatecontrol.analysis.interop.neo_block.to_block`.
        """
        from gatecontrol.analysis.interop.kept import sessions
        from gatecontrol.analysis.interop.neo_block import to_block

        return to_block(self, sessions(self, arm, seed, point, device_state))

    def to_nwb(
        self,
        path: Path | str,
        arm: str | None = None,
        seed: int | None = None,
        point: Mapping[str, str] | None = None,
        device_state: str = "on",
    ) -> Path:
        """Write one kept session as an NWB file.

        The arguments choose as in `gatecontrol.analysis.interop.kept.sessions` and must
        leave one session; see `gatecontrol.analysis.interop.nwb_file.write_nwb`.
        """
        from gatecontrol.analysis.interop.kept import sessions
        from gatecontrol.analysis.interop.nwb_file import write_nwb
        from gatecontrol.analysis.interop.session import the_one

        return write_nwb(self, the_one(sessions(self, arm, seed, point, device_state)), path)

    def to_spike_files(
        self,
        folder: Path | str,
        arm: str | None = None,
        seed: int | None = None,
        point: Mapping[str, str] | None = None,
        device_state: str = "on",
    ) -> list[Path]:
        """Write the afferent spikes of one kept session for the stimulus ``spike_file``.

        The arguments choose as in `to_nwb`; see
        `gatecontrol.analysis.interop.spike_files.write_spike_files`.
        """
        from gatecontrol.analysis.interop.kept import sessions
        from gatecontrol.analysis.interop.session import the_one
        from gatecontrol.analysis.interop.spike_files import write_spike_files

        found = the_one(sessions(self, arm, seed, point, device_state))
        return write_spike_files(found, folder)

    def plots(self) -> list[str]:
        """Return the names of the figures that these results hold data for."""
        from gatecontrol.analysis.figures import plots

        return plots(self)

    def plot(self, name: str, ax: "Axes | FigureBase | None" = None, **where: Any) -> "Figure":
        """Draw a figure.

        Parameters
        ----------
        name : str
            One of `plots`.
        ax : Axes, Figure or SubFigure, optional
            Where to draw: an Axes, or a Figure or SubFigure if it has several panels; a new
            figure if not given.
        **where
            ``arm`` or a sweep axis -> value or list of values (as written, or the number), to
            draw these alone.

        Returns
        -------
        Figure
            Without any global state; ``figure.savefig("name.pdf")`` writes it.

        Raises
        ------
        GatecontrolError
            There is no such figure or choice, or no data for it, or `ax` is of the other kind.
        """
        from gatecontrol.analysis.figures import plot

        return plot(self, name, ax, **where)

    def plot_data(self, name: str, **where: Any) -> "pd.DataFrame | xr.Dataset":
        """Return the numbers that a figure draws, in SI units.

        Parameters
        ----------
        name : str
            One of `plots`.
        **where
            As of `plot`.

        Raises
        ------
        GatecontrolError
            There is no such figure or choice, or no data for it.
        """
        from gatecontrol.analysis.figures import plot_data

        return plot_data(self, name, **where)


def write(tree: "xr.DataTree", path: Path | str, trains: "Iterable[Spikes]" = ()) -> Path:
    """Write results as netCDF4, whole or not at all.

    The same tree gives the same bytes of every variable.

    Parameters
    ----------
    tree : xarray.DataTree
        From `assemble`.
    path : path
        The file, usually ``results/<name>/results.nc``; an older one is replaced.
    trains : iterable of Spikes, optional
        The kept spikes in the order of the tree's table of recordings, if the tree has no
        more than that; one at a time is in memory.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OSError
        The disk is full or the folder cannot be written; an older file stays as it was.
    """
    path = Path(path)
    with replacing(path) as part, Patient(part) as file:
        try:
            tree.to_netcdf(file, engine="h5netcdf", mode="w")
            if "spikes" in tree.children and "time" not in tree["spikes"]:
                table = tree["spikes"].to_dataset(inherit=False)
                _append_spikes(file, int((table["start"] + table["count"]).max()), trains)
        except Exception:
            if file.failure is None:
                raise
        if file.failure is not None:
            raise file.failure
    return path


def _append_spikes(file: Patient, total: int, trains: "Iterable[Spikes]") -> None:
    """Add ``neuron`` and ``time`` of all kept spikes, compressed, to the group ``/spikes``."""
    import h5netcdf

    packed = {"compression": "gzip", "compression_opts": 4, "shuffle": True}
    packed["chunks"] = (min(total, _CHUNK),)
    options = packed if total else {}
    with h5netcdf.File(file, "r+") as root:
        group = root.groups["spikes"]
        group.dimensions["spike"] = total
        neuron = group.create_variable("neuron", ("spike",), np.dtype(np.int32), **options)
        neuron.attrs.update(units="1", long_name="Cell number, from 0 within its population")
        time = group.create_variable("time", ("spike",), np.dtype(np.float64), **options)
        time.attrs.update(units="s", long_name="Spike time")
        start = 0
        for block in _blocks(trains):
            stop = start + sum(len(train.time) for train in block)
            if stop > start:
                neuron[start:stop] = np.concatenate([t.neuron for t in block], dtype=np.int32)
                time[start:stop] = np.concatenate([t.time for t in block], dtype=np.float64)
            start = stop
    if start != total:
        raise GatecontrolError(f"{start} spikes were kept, but the table of recordings has {total}")


def _blocks(trains: "Iterable[Spikes]") -> "Iterator[list[Spikes]]":
    """Gather trains into blocks of about a chunk: each writing costs a search of the file."""
    block: list[Spikes] = []
    for train in trains:
        block.append(train)
        if sum(len(t.time) for t in block) >= _CHUNK:
            yield block
            block = []
    if block:
        yield block


def open_results(path: Path | str, *, spikes: bool = True) -> Results:
    """Open a results folder or a ``results.nc``.

    Parameters
    ----------
    path : path
        Folder of a run, or the file itself.
    spikes : bool, optional
        Whether kept spikes are read too; those of a large sweep may not fit into memory.

    Returns
    -------
    Results
        Read into memory; the file is closed again.

    Raises
    ------
    GatecontrolError
        There are no results there, or the file cannot be read.
    """
    import xarray as xr

    path = Path(path)
    file = path / "results.nc" if path.is_dir() else path
    if not file.is_file():
        raise GatecontrolError(
            f"no results at {path}: there is no {file.name}. "
            + "Run an experiment first: gatecontrol run <file or name>"
        )
    try:
        with xr.open_datatree(file, engine="h5netcdf") as opened:
            if not spikes and "spikes" in opened.children:
                opened = opened.drop_nodes("spikes")
            tree = opened.load()
    except (OSError, ValueError, KeyError) as error:
        raise GatecontrolError(f"{file} is not a results file: {error}") from error
    folder = file.parent
    text = folder / "experiment.yaml"
    record = folder / "run.json"
    try:
        run = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {}
    except ValueError as error:
        raise GatecontrolError(f"{record} is not the record of a run: {error}") from error
    return Results(
        tree=tree,
        path=folder,
        experiment=text.read_text(encoding="utf-8") if text.is_file() else "",
        run=run,
    )


def kept_spikes(
    tree: "xr.DataTree", arm: str, seed: int, device_state: str, point: str | None = None
) -> dict[str, tuple[int, NDArray[np.int32], NDArray[np.float64]]]:
    """Return the kept spikes of one recording.

    Parameters
    ----------
    tree : xarray.DataTree
        Results.
    arm : str
        Arm.
    seed : int
        Seed.
    device_state : str
        ``"on"`` or ``"off"`` (the paired control).
    point : str, optional
        Values of the sweep axes as JSON; the first that was kept if not given.

    Returns
    -------
    dict
        Population or afferent -> (size, neuron, time [s]), in the order of the circuit;
        empty if nothing of this was kept.
    """
    if "spikes" not in tree.children:
        return {}
    group = tree["spikes"].to_dataset()
    mine = group["arm_name"].values == arm
    mine &= group["seed_number"].values == seed
    mine &= group["device_state"].values == device_state
    rows = np.flatnonzero(mine)
    if point is None and rows.size:
        point = str(group["point"].values[rows[0]])
    found = {}
    for row in rows:
        if str(group["point"].values[row]) != point:
            continue
        start = int(group["start"].values[row])
        stop = start + int(group["count"].values[row])
        found[str(group["population_name"].values[row])] = (
            int(group["size"].values[row]),
            group["neuron"][start:stop].values,
            group["time"][start:stop].values,
        )
    return found
