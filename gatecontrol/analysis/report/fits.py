"""What the group ``/fits`` says: fitted curves of suppression, as tables."""

from typing import TYPE_CHECKING, Any

import numpy as np

from gatecontrol.analysis.columns import Column, Table

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["fit_tables"]

_GROUP = "fits"
_KINDS = {
    "dose": ("Suppression against amplitude", "ED50: amplitude of half the effect (Hill curve)."),
    "frequency": (
        "Suppression against frequency",
        "Optimum: rate of the largest effect; width: standard deviation in ln(frequency).",
    ),
}
_HEADINGS = {"ed50": "ED50", "aic": "AIC, curve", "aic_flat": "AIC, flat line"}
_SHOWN = {"A": ("mA", 1e3), "s": ("ms", 1e3)}
_SHARES = {"baseline", "maximum"}


def fit_tables(data: "xr.Dataset", group: "xr.Dataset | None") -> list[Table]:
    """Return one table per kind of curve, with one row per arm and value of the other axes.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    group : xarray.Dataset or None
        The group ``/fits``.
    """
    if group is None:
        return []
    kinds = [k for k in _KINDS if f"{k}_status" in group]
    return [_table(data, group, kind) for kind in kinds]


def _table(data: "xr.Dataset", group: "xr.Dataset", kind: str) -> Table:
    during = group.sel(epoch="during")
    dims = tuple(str(d) for d in during[f"{kind}_status"].dims)
    columns = [_place(data, d) for d in dims]
    names = [str(n) for n in during.data_vars if during[n].dims == dims]
    for name in names:
        short = name.removeprefix(f"{kind}_")
        if not name.startswith(f"{kind}_") or short.endswith(("_low", "_high", "status")):
            continue
        columns.append(_column(during, name, short))
    columns.append(Column("Remark", (f"{_GROUP}/{kind}_status",), labels={"epoch": "during"}))
    rows = []
    for spot in np.ndindex(during[f"{kind}_status"].shape):
        row: list[tuple[Any, ...]] = [
            (_label(data, d, i),) for d, i in zip(dims, spot, strict=True)
        ]
        for column in columns[len(dims) :]:
            values = (during[n.removeprefix(f"{_GROUP}/")].values[spot] for n in column.names)
            row.append(tuple(v if isinstance(v, str) else float(v) for v in values))
        rows.append(row)
    title, note = _KINDS[kind]
    interval = str(group.attrs.get("interval", ""))
    note = f"{note} Epoch during. Intervals: {interval}." if interval else note
    return Table(f"fit_{kind}", title, note, tuple(columns), rows)


def _column(during: "xr.Dataset", name: str, short: str) -> Column:
    ends = (name, f"{name}_low", f"{name}_high")
    names = ends if ends[1] in during else (name,)
    units = str(during[name].attrs.get("units", "1"))
    unit, factor = ("%", 100.0) if short in _SHARES else _SHOWN.get(units, (units, 1.0))
    heading = _HEADINGS.get(short, short[:1].upper() + short[1:].replace("_", " "))
    heading += ", 95 % interval" if len(names) > 1 else ""
    where = tuple(f"{_GROUP}/{n}" for n in names)
    return Column(heading, where, unit, factor, {"epoch": "during"})


def _place(data: "xr.Dataset", dim: str) -> Column:
    if dim == "arm":
        return Column("Arm", ("label",))
    return Column(str(data[dim].attrs.get("long_name", dim)), (_text_name(data, dim),))


def _text_name(data: "xr.Dataset", dim: str) -> str:
    return f"{dim}_text" if f"{dim}_text" in data.coords else dim


def _label(data: "xr.Dataset", dim: str, index: int) -> str:
    name = "label" if dim == "arm" else _text_name(data, dim)
    return str(data[name].values[index])
