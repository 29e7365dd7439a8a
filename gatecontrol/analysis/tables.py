"""The tables of the report: dose, charge and effect of every arm, with units."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from gatecontrol.analysis.figures.forest import effect_text
from gatecontrol.analysis.figures.rows import Row, rows_of

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["MISSING", "charge_table", "dose_table", "effect_table", "missing_values"]

MISSING = "\N{EN DASH}"

Table = tuple[list[str], list[list[str]]]
_MOST_ROWS = 400


def _text(value: float, factor: float = 1.0, digits: int = 3) -> str:
    if not math.isfinite(value):
        return MISSING
    # Adding 0 turns a negative zero into zero.
    shown = f"{value * factor + 0.0:.{digits}g}"
    return shown.replace("-", "\N{MINUS SIGN}")


def _number(name: str, factor: float = 1.0, epoch: str = "during") -> Callable[[Row], str]:
    return lambda row: _text(row.number(name, epoch), factor)


def _recruited(fibre_class: str) -> Callable[[Row], str]:
    return lambda row: _text(row.recruited(fibre_class), 100)


_DOSE: dict[str, Callable[[Row], str]] = {
    "Arm": lambda row: row.label or row.arm,
    "Device": lambda row: str(row.values("device")),
    "Amplitude [mA]": _number("amplitude", 1e3),
    "Amplitude [% PT]": _number("amplitude_relative", 100),
    "Aβ recruited [%]": _recruited("abeta"),
    "Aδ recruited [%]": _recruited("adelta"),
    "C recruited [%]": _recruited("c"),
    "Descending recruited [%]": _recruited("descending"),
    "Pulse rate [Hz]": _number("pulse_rate"),
}

_CHARGE: dict[str, Callable[[Row], str]] = {
    "Arm": lambda row: row.label or row.arm,
    "Charge per phase [µC]": _number("charge_per_phase", 1e6),
    "Charge density [µC/cm²]": _number("charge_density", 1e2),
    "Shannon k [1]": _number("shannon_k"),
    "Power [mW]": _number("power", 1e3),
}

_EFFECT: dict[str, Callable[[Row], str]] = {
    "Arm": lambda row: row.label or row.arm,
    "Pain signal, control [spikes/s]": _number("pain_signal_off"),
    "Pain signal [spikes/s]": _number("pain_signal"),
    "Suppression during [%], 95 % interval": lambda row: _effect(row, "during"),
    "Suppression after [%], 95 % interval": lambda row: _effect(row, "after"),
    "Lamina I: suppression during [%], 95 % interval": lambda row: _effect(
        row, "during", "suppression_lamina1"
    ),
    "Synchrony of Aβ during [1]": _number("synchrony"),
}


def _effect(row: Row, epoch: str, name: str = "suppression") -> str:
    text = effect_text(row, epoch, name)
    return MISSING if text == "no estimate" else text.replace(" %", "", 1)


def _table(data: "xr.Dataset", columns: dict[str, Callable[[Row], str]]) -> Table:
    rows = list(rows_of(data))[:_MOST_ROWS]
    cells = {name: [column(row) for row in rows] for name, column in columns.items()}
    # A column in which nothing has a value says nothing.
    kept = {n: c for n, c in cells.items() if any(text != MISSING for text in c)}
    return list(kept), [list(row) for row in zip(*kept.values(), strict=True)]


def charge_table(data: "xr.Dataset") -> Table:
    """Return header and rows of charge, safety and power, one row per arm and sweep point.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    """
    return _table(data, _CHARGE)


def dose_table(data: "xr.Dataset") -> Table:
    """Return header and rows of dose and recruitment, one row per arm and sweep point.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    """
    return _table(data, _DOSE)


def effect_table(data: "xr.Dataset") -> Table:
    """Return header and rows of the effect, one row per arm and sweep point.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    """
    return _table(data, _EFFECT)


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
    return [
        f"{reason}: {', '.join(arms[:6])}{' and others' if len(arms) > 6 else ''}"
        for reason, arms in found.items()
    ]
