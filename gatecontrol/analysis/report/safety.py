"""Doses and safety: which limits are crossed, and what the safety numbers leave out."""

import json
import re
from typing import TYPE_CHECKING, Any

from gatecontrol.analysis.columns import Table
from gatecontrol.analysis.figures.rows import rows_of
from gatecontrol.analysis.tables import charge_table, crossed, dose_table
from gatecontrol.devices.safety import CAUTION, DENSITY, INJECTION, LINE

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["REFERENCES", "safety", "safety_tables"]

REFERENCES = ("shannon1992", "cogan2016")
_MOST_NAMES = 12
_MEANING = (
    (
        "Charge per phase",
        "Through all cathodes of a channel together; at the largest phase of the programme.",
    ),
    (
        "Charge density",
        "At the contact with the highest, by its geometric area; edges have more. Programmers "
        + f"warn from {100 * DENSITY:g} µC/cm² on (assumed).",
    ),
    (
        "Shannon's k",
        "log10(charge per phase in µC) + log10(charge density in µC/cm²). Tissue damage was "
        + f"seen from {LINE:g} on; {CAUTION:g} is the cautious value (Cogan et al. 2016). It "
        + "ignores rate, duty cycle and material, and was found with electrodes on cat cortex: "
        + "it says little of pads on the skin or of microelectrodes.",
    ),
    (
        "Discomfort and motor thresholds",
        "Of the same reference population as the perception threshold; no statement about a "
        + "person.",
    ),
    (
        "Charge held",
        "Not a variable of the results; a device warns (W048) above "
        + f"{100 * INJECTION:g} µC/cm², the least that platinum takes reversibly (assumed).",
    ),
)


def safety_tables(data: "xr.Dataset") -> list[Table]:
    """Return the tables of doses and of charge and power.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    """
    return [dose_table(data), charge_table(data)]


def safety(data: "xr.Dataset") -> dict[str, Any]:
    """Return which limits are crossed, what the devices warn of, and what the numbers mean.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.

    Returns
    -------
    dict
        ``crossed`` (sentences), ``warnings`` (texts with codes W04x), ``meaning`` (terms).
    """
    found: dict[str, list[str]] = {}
    for row in rows_of(data):
        for limit in crossed(row):
            found.setdefault(limit, []).append(row.label or row.arm)
    sentences = [f"{limit[:1].upper()}{limit[1:]}: {_some(rows)}." for limit, rows in found.items()]
    warnings = json.loads(data.attrs.get("warnings") or "[]")
    return {
        "crossed": sentences
        or ["No arm crosses a limit of charge density, of Shannon's k, or a known threshold."],
        "warnings": [w for w in warnings if re.search(r"\bW04\d\b", w)],
        "meaning": _MEANING,
    }


def _some(names: list[str]) -> str:
    more = len(names) - _MOST_NAMES
    text = ", ".join(names[:_MOST_NAMES])
    return f"{text} and {more} more (tables/charge.csv)" if more > 0 else text
