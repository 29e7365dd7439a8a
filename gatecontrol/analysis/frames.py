"""Variables of results as a table with one row per arm, sweep point, seed and so on."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["frame"]


def frame(data: "xr.Dataset", *names: str, **labels: Any) -> "pd.DataFrame":
    """Return variables as a table, one row per arm, sweep point and other dimension.

    Parameters
    ----------
    data : xarray.Dataset
        Root or group of the results.
    *names : str
        Variables; those that the results do not hold are left out.
    **labels
        Labels of dimensions, such as ``epoch="during"``.

    Returns
    -------
    pandas.DataFrame
        First the columns that say which row it is, then the variables, as in the results (SI
        units). A variable that does not run along all dimensions is repeated.
        ``attrs["units"]`` and ``attrs["long_name"]`` say what the columns are.
    """
    import pandas as pd

    names = tuple(n for n in names if n in data)
    chosen = data[list(names)]
    chosen = chosen.sel({d: v for d, v in labels.items() if d in chosen.dims})
    widest = sorted((chosen[name] for name in names), key=lambda v: -v.ndim)
    dims = list(dict.fromkeys(str(d) for variable in widest for d in variable.dims))
    beside = [str(c) for c in chosen.coords if c not in dims]
    found = chosen.to_dataframe(dim_order=dims) if dims else pd.DataFrame(_row(chosen))
    found = found.reset_index() if dims else found
    first = [c for d in dims for c in (d, *(n for n in beside if chosen[n].dims == (d,)))]
    found = found[[*first, *(n for n in beside if n not in first), *names]]
    for note in ("units", "long_name"):
        said = {c: data[c].attrs.get(note, "") if c in data else "" for c in found.columns}
        found.attrs[note] = {str(c): str(text) for c, text in said.items()}
    return found


def _row(data: "xr.Dataset") -> dict[str, list[Any]]:
    return {str(name): [variable.values.item()] for name, variable in data.variables.items()}
