"""Results as tables: tidy data frames and CSV files with units."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gatecontrol.analysis.frames import frame
from gatecontrol.analysis.interop.kept import sessions
from gatecontrol.analysis.interop.session import Session
from gatecontrol.errors import UsageError, did_you_mean
from gatecontrol.files import replacing

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from gatecontrol.analysis.results import Results

__all__ = ["spike_frame", "tidy", "write_csv"]

_SHAPES = {
    ("epoch", "seed"): "per_seed",
    ("seed",): "per_seed_whole_run",
    ("epoch",): "pooled",
    (): "doses",
}
"""Of the root: which of seed and epoch a table runs along, and its name."""


def tidy(results: "Results", *names: str, group: str = "") -> "pd.DataFrame":
    """Return variables of the results as one tidy table.

    Parameters
    ----------
    results : Results
    *names : str
        Variables. If none is named, those of the root with one value per arm, sweep point,
        seed and epoch; of another group, those with as many dimensions as any.
    group : str, optional
        Group of the results, such as ``"contrasts"``; the root if empty.

    Returns
    -------
    pandas.DataFrame
        One row per arm, sweep point, seed, epoch and so on, as far as the variables run
        along them: first the columns that say which, then the variables, as in the results
        (SI units). A variable that does not run along all of them is repeated.
        ``attrs["units"]`` and ``attrs["long_name"]`` say what the columns are.

    Raises
    ------
    UsageError
        There is no such variable or group, or two variables run along lists that have
        nothing to do with each other.
    """
    data = _group(results, group)
    if not names:
        chosen = _default(data)
    else:
        known = list(map(str, data.data_vars))
        for name in names:
            if name not in known:
                raise UsageError(
                    f"no variable '{name}' in {'the group ' + group if group else 'the results'}."
                    + f"{did_you_mean(name, known)} results.data lists them"
                )
        chosen = list(names)
        _refuse_product(data, chosen)
    return frame(data, *chosen)


def _group(results: "Results", group: str) -> "xr.Dataset":
    if not group:
        return results.data
    known = [name for name in results.tree.children if name != "spikes"]
    if group not in known:
        there = ", ".join(known) or "the root only"
        raise UsageError(f"no group '{group}' of tables in these results; there is: {there}")
    return results.tree[group].to_dataset(inherit=True)


def _default(data: "xr.Dataset") -> list[str]:
    widest = max((v.dims for v in data.data_vars.values()), key=len, default=())
    if "suppression" in data:
        widest = data["suppression"].dims
    return [str(name) for name, v in data.data_vars.items() if v.dims == widest]


def _lists(data: "xr.Dataset", name: str) -> list[str]:
    """Return the dimensions of a variable beside arm, sweep axes, seed and epoch."""
    shared = {"arm", "seed", "epoch", *(data["duration"].dims if "duration" in data else ())}
    return [str(d) for d in data[name].dims if d not in shared]


def _refuse_product(data: "xr.Dataset", names: Sequence[str]) -> None:
    """Refuse variables whose table would be every population times every fibre class."""
    own = {name: {*_lists(data, name)} for name in names}
    for name in names:
        for other in names:
            if own[name] - own[other] and own[other] - own[name]:
                raise UsageError(
                    f"'{name}' runs along {', '.join(sorted(own[name]))} and '{other}' along "
                    + f"{', '.join(sorted(own[other]))}: ask for them in two tables"
                )


def spike_frame(found: Sequence[Session]) -> "pd.DataFrame":
    """Return kept spikes as one long table.

    Parameters
    ----------
    found : sequence of Session
        From `gatecontrol.analysis.interop.kept.sessions`.

    Returns
    -------
    pandas.DataFrame
        One row per spike, in order of time within a session's population: ``population``
        (afferent or population), ``neuron`` (from 0 within it), ``time_s``, then ``arm``,
        ``seed``, ``device_state`` and the sweep axes. Texts are categories.
    """
    import pandas as pd

    parts = [(one.key, train) for one in found for train in one.trains]
    counts = [len(train.time) for _, train in parts]

    def repeated(labels: Iterable[Any]) -> Any:
        """Return one label per spike, of one label per train."""
        codes, kinds = pd.factorize(np.array(list(labels)))
        codes = np.repeat(codes, counts)
        return pd.Categorical.from_codes(codes, kinds) if kinds.dtype.kind == "U" else kinds[codes]

    columns = {
        "population": repeated(train.population for _, train in parts),
        "neuron": np.concatenate([train.neuron for _, train in parts]),
        "time_s": np.concatenate([train.time for _, train in parts]),
    }
    for name in parts[0][0]:
        columns[name] = repeated(key[name] for key, _ in parts)
    return pd.DataFrame(columns)


def write_csv(
    results: "Results",
    folder: Path | str,
    arm: str | None = None,
    seed: int | None = None,
    *,
    spikes: bool = False,
) -> list[Path]:
    """Write results as CSV files, one per shape.

    ``per_seed.csv`` has what there is per seed and epoch, ``pooled.csv`` what is estimated
    over seeds, ``doses.csv`` what is set for an arm: dose, safety, times. Values along a
    list are apart (``per_seed_by_population.csv``), and so is every group of the results.
    ``columns.csv`` gives units and meaning of each column. Numbers are written so that they
    read back as the same.

    Parameters
    ----------
    results : Results
    folder : path
        Made if missing; files of the same names are replaced.
    arm, seed : optional
        Only this arm, this seed (pooled values are over all seeds).
    spikes : bool, optional
        Whether the kept spikes are written too, as ``spikes.csv`` (see `spike_frame`).

    Returns
    -------
    list of Path
        What was written, ``columns.csv`` last.

    Raises
    ------
    UsageError
        There is no such arm or seed.
    GatecontrolError
        Spikes were asked for and not kept.
    """
    folder = Path(folder)
    tables: dict[str, pd.DataFrame] = {}
    for group in ("", *(name for name in results.tree.children if name != "spikes")):
        data = _narrowed(_group(results, group), {"arm": arm, "seed": seed})
        for name, variables in _shapes(data, group).items():
            tables[name] = frame(data, *variables)
    if spikes:
        tables["spikes"] = spike_frame(sessions(results, arm, seed))
        tables["spikes"].attrs = {"units": {"time_s": "s"}, "long_name": _SPIKE_COLUMNS}
    tables["columns"] = _legend(tables)
    written = []
    for name, table in tables.items():
        path = folder / f"{name}.csv"
        with replacing(path) as part:
            table.to_csv(part, index=False, lineterminator="\n")
        written.append(path)
    return written


_SPIKE_COLUMNS = {
    "population": "Population or afferent",
    "neuron": "Cell number, from 0 within its population",
    "time_s": "Spike time",
    "device_state": "Device on, or off (the paired control)",
}


def _narrowed(data: "xr.Dataset", labels: Mapping[str, Any]) -> "xr.Dataset":
    for dim, label in labels.items():
        if label is None or dim not in data.dims:
            continue
        known = [str(value) for value in data[dim].values]
        if str(label) not in known:
            raise UsageError(
                f"no {dim} '{label}' in these results; there are: {', '.join(known)}."
                + did_you_mean(str(label), known)
            )
        data = data.isel({dim: [known.index(str(label))]})
    return data


def _shapes(data: "xr.Dataset", group: str) -> dict[str, list[str]]:
    """Return name of the table -> its variables, which have the same dimensions."""
    found: dict[str, list[str]] = {}
    for name, variable in data.data_vars.items():
        dims = [str(d) for d in variable.dims]
        if group:
            along = dims
            stem = group
        else:
            along = _lists(data, str(name))
            stem = _SHAPES[tuple(sorted({"seed", "epoch"} & set(dims)))]
        label = f"{stem}_by_{'_'.join(along)}" if along else stem
        found.setdefault(label, []).append(str(name))
    return found


def _legend(tables: "Mapping[str, pd.DataFrame]") -> "pd.DataFrame":
    import pandas as pd

    notes = ("units", "long_name")
    rows = [
        (f"{name}.csv", column, *(frame.attrs[note].get(column, "") for note in notes))
        for name, frame in tables.items()
        for column in map(str, frame.columns)
    ]
    return pd.DataFrame(rows, columns=["file", "column", *notes])
