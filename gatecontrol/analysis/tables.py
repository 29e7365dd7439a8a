"""The tables of a run: dose, charge, effect and wind-up of every arm at every sweep point."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.analysis.columns import MISSING, Column, Table, Value
from gatecontrol.analysis.figures.rows import Row, compares, rows_of, sweep_axes

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "charge_table",
    "crossed",
    "dose_table",
    "effect_table",
    "missing_values",
    "row_table",
    "windup_table",
]


def row_table(
    data: "xr.Dataset",
    name: str,
    title: str,
    note: str,
    columns: Sequence[Column],
    rank: str = "",
) -> Table:
    """Return a table with one row per arm and sweep point.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    name, title, note, rank : str
        See `Table`.
    columns : sequence of Column
        Columns whose variables `data` lacks, or of numbers that are all NaN, are left out.
    """
    rows = list(rows_of(data))
    found = []
    for column in (*_place_columns(data), *(c for c in columns if _there(data, c))):
        cells = [column.values(row) for row in rows]
        # A column in which nothing has a value says nothing.
        if not column.is_number or any(not _nothing(v) for v in cells):
            found.append((column, cells))
    kept, cells = zip(*found, strict=True)
    return Table(name, title, note, kept, [list(row) for row in zip(*cells, strict=True)], rank)


def _there(data: "xr.Dataset", column: Column) -> bool:
    return all(name in data for name in column.names)


def _nothing(values: Sequence[Value]) -> bool:
    return not any(isinstance(v, str) or math.isfinite(v) for v in values)


def _place_columns(data: "xr.Dataset") -> list[Column]:
    """Return the columns that say which row it is: the arm, and each sweep axis."""
    axes = sweep_axes(data)
    columns = []
    if data.sizes["arm"] > 1 or not axes:
        columns.append(Column("Arm", ("label",), pick=lambda row: [row.parts["arm"] or row.arm]))
    for axis in axes:
        heading = str(data[axis].attrs.get("long_name", axis))
        name = f"{axis}_text" if f"{axis}_text" in data.coords else axis
        columns.append(Column(heading, (name,), pick=lambda row, axis=axis: [row.parts[axis]]))
    return columns


def _share(heading: str, fibre_class: str) -> Column:
    return Column(
        heading, ("recruited",), "%", 100, {"fibre_class": fibre_class}, note="mean over seeds"
    )


_DOSE = (
    Column("Device", ("device",)),
    Column("Amplitude", ("amplitude",), "mA", 1e3),
    Column("Amplitude", ("amplitude_relative",), "% PT", 100),
    Column("PT", ("perception_threshold",), "mA", 1e3),
    Column("Discomfort", ("discomfort_threshold",), "mA", 1e3),
    Column("Motor", ("motor_threshold",), "mA", 1e3),
    _share("Aβ recruited", "abeta"),
    _share("Aδ recruited", "adelta"),
    _share("C recruited", "c"),
    _share("Descending recruited", "descending"),
    Column("Pulse rate", ("pulse_rate",), "Hz"),
)

_CHARGE = (
    Column("Charge per phase", ("charge_per_phase",), "µC", 1e6),
    Column("Charge density", ("charge_density",), "µC/cm²", 1e2),
    Column("Shannon k", ("shannon_k",), "1", decimals=2),
    Column("Charge per second", ("charge_per_second",), "µC/s", 1e6),
    Column("Power", ("power",), "mW", 1e3),
    Column("Energy per day", ("energy_per_day",), "J"),
)


def _estimate(heading: str, name: str, epoch: str) -> Column:
    names = (f"{name}_pooled", f"{name}_low", f"{name}_high")
    return Column(f"{heading}, 95 % interval", names, "%", 100, {"epoch": epoch}, decimals=1)


def _mean(heading: str, name: str, unit: str) -> Column:
    names = (f"{name}_mean", f"{name}_low", f"{name}_high")
    return Column(f"{heading}, 95 % interval", names, unit, decimals=2)


def _rate(heading: str, name: str, unit: str = "spikes/s") -> Column:
    return Column(heading, (name,), unit, labels={"epoch": "during"}, note="mean over seeds")


_EFFECT = (
    _rate("Pain signal, control", "pain_signal_off"),
    _rate("Pain signal", "pain_signal"),
    _estimate("Suppression during", "suppression", "during"),
    _estimate("Suppression after", "suppression", "after"),
    _estimate("Lamina I: suppression during", "suppression_lamina1", "during"),
    _rate("Synchrony of Aβ during", "synchrony", "1"),
)
_ALONE = (
    _rate("Pain signal", "pain_signal"),
    _rate("Lamina I: pain signal", "pain_signal_lamina1"),
    _rate("Synchrony of Aβ during", "synchrony", "1"),
)
"""Of a run in which nothing is compared."""


def dose_table(data: "xr.Dataset") -> Table:
    """Return dose and recruitment, one row per arm and sweep point.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    """
    note = (
        "PT: perception threshold; Discomfort, Motor: thresholds of the same reference "
        + f"population. {MISSING}: not defined for this target."
    )
    return row_table(data, "dose", "Dose and recruitment", note, _DOSE)


def charge_table(data: "xr.Dataset") -> Table:
    """Return charge, safety numbers and power, one row per arm and sweep point.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    """
    note = f"{MISSING}: not defined for this target, or no limit crossed."
    names = tuple(n for n in _LIMIT_VARIABLES if n in data)
    limits = Column("Limits crossed", names, pick=lambda row: ["; ".join(crossed(row))])
    return row_table(data, "charge", "Charge, safety and power", note, (*_CHARGE, limits))


_LIMIT_VARIABLES = (
    "shannon_k", "charge_density", "amplitude", "discomfort_threshold", "motor_threshold",
)  # fmt: skip


def crossed(row: Row) -> list[str]:
    """Return which limits the programme of an arm crosses at a sweep point.

    Parameters
    ----------
    row : Row

    Returns
    -------
    list of str
        Shannon's k above its line or above the cautious value, the charge density from which
        programmers warn (`gatecontrol.devices.safety`), and the thresholds of discomfort and
        of the motor fibres; empty if none is crossed.
    """
    from gatecontrol.devices.safety import CAUTION, DENSITY, LINE

    found = []
    k = row.number("shannon_k")
    if k > LINE:
        found.append(f"k above {LINE:g}")
    elif k >= CAUTION:
        found.append(f"k from {CAUTION:g} on")
    if row.number("charge_density") > DENSITY:
        found.append(f"density above {100 * DENSITY:g} µC/cm²")
    amplitude = row.number("amplitude")
    for name in ("discomfort", "motor"):
        if amplitude > row.number(f"{name}_threshold"):
            found.append(f"above {name} threshold")
    return found


def effect_table(data: "xr.Dataset") -> Table:
    """Return the effect, one row per arm and sweep point.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    """
    rates = "Rates are per cell, in the epoch during, mean over seeds."
    none = f"{MISSING}: no such epoch or no value."
    if not compares(data):
        note = f"{rates} Nothing is compared: no device, no other arm. {none}"
        return row_table(data, "effect", "Pain signal", note, _ALONE)
    note = (
        f"{rates} Suppression is 1 - sum of the signal / sum of the control over all seeds; the "
        + "interval is a studentised bootstrap over seeds, or Student's t of its logarithm under "
        + f"10 seeds. {none}"
    )
    return row_table(data, "effect", "Effect", note, _EFFECT, "suppression_pooled")


def windup_table(data: "xr.Dataset") -> Table:
    """Return first and last response to the volleys, their ratio and their growth.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results, with the variables of the measure ``windup``.
    """
    spikes = ("windup_spikes",)
    columns = (
        Column(
            "First volley", spikes, "spikes per cell", pick=lambda r: [_volley(r, 0)],
            note="volley=1; mean over seeds",
        ),
        Column(
            "Last volley", spikes, "spikes per cell", pick=lambda r: [_volley(r, -1)],
            note="the last volley; mean over seeds",
        ),
        _mean("Wind-up ratio", "windup_ratio", "1"),
        _mean("Growth", "windup_slope", "spikes per cell and volley"),
        Column("Remark", ("windup_ratio_status",)),
    )  # fmt: skip
    note = (
        "Mean over seeds, with Student's interval. A ratio of 1, or a growth of 0, is no wind-up. "
        + "Ratio: the last three volleys over the first; growth: least squares over all volleys."
    )
    return row_table(data, "windup", "Wind-up", note, columns)


def _volley(row: Row, place: int) -> float:
    spikes = np.asarray(row.values("windup_spikes"), dtype=float)
    used = spikes[:, np.isfinite(spikes).any(axis=0)]
    return float(np.nanmean(used[:, place])) if used.size else math.nan


def missing_values(data: "xr.Dataset") -> list[str]:
    """Return why estimates of suppression are missing or special, each reason once.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    """
    found: dict[str, list[str]] = {}
    for row in rows_of(data):
        reason = str(row.values("suppression_status", epoch="during"))
        if reason:
            found.setdefault(reason, []).append(row.label or row.arm)
    return [f"{reason}: {_some(arms)}" for reason, arms in found.items()]


def _some(names: Sequence[str], most: int = 6) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more (suppression_status)" if more > 0 else "")
