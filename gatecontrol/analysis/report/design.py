"""How a run was made: body, circuit, arms, control, epochs, and what was held equal."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.figures.rows import compares, is_design, rows_of, sweep_axes, text_of
from gatecontrol.analysis.figures.style import counted
from gatecontrol.analysis.settings import Settings
from gatecontrol.plugins import load_plugin, plugins

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "control_words",
    "design",
    "differences",
    "grouped",
    "has_device",
    "only_in",
    "ranges",
    "read_alone",
]

MOST_ARMS = 10
"""Arms that get a column of their own where settings are compared."""
_MOST_NAMES = 40
_SECTIONS = {
    "preparation": "Preparation",
    "circuit": "Circuit",
    "device": "Device",
    "run": "Run",
    "epochs": "Epochs",
    "control": "Control",
    "seeds": "Seeds",
    "version": "Version",
}
_WORDS = {
    "before": "before the device is on",
    "during": "while the device is on",
    "after": "after the device is off",
}

Pairs = list[tuple[str, str]]


def has_device(data: "xr.Dataset") -> bool:
    """Return whether any arm has a device."""
    return "device" not in data or any(str(d) != "none" for d in data["device"].values.ravel())


def control_words(data: "xr.Dataset") -> str:
    """Return what the arms are compared with: "the device off", or an arm by its label.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    """
    control = str(data.attrs.get("control", "device_off"))
    if control == "device_off":
        return "the device off"
    if control in data["arm"].values:
        return f"the arm \N{LEFT DOUBLE QUOTATION MARK}{data['label'].sel(arm=control).item()}" + (
            "\N{RIGHT DOUBLE QUOTATION MARK}"
        )
    return f"the arm {control}"


def design(data: "xr.Dataset") -> Pairs:
    """Return the design of a run as terms and texts.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    """
    circuit = json.loads(data.attrs.get("circuit") or "{}")
    conditions = _distinct(data, "conditions")
    found = [
        ("Preparation", ", ".join(_distinct(data, "preparation"))),
        (
            "Circuit",
            f"{', '.join(_distinct(data, 'circuit'))} ({'; '.join(conditions)}){_size(circuit)}",
        ),
        ("Arms", _listed([str(label) for label in data["label"].values])),
    ]
    for axis in sweep_axes(data):
        if is_design(data, axis):
            found.append(("Sensitivity design", _samples(data, axis)))
            continue
        values = [text_of(data, axis, i) for i in range(data.sizes[axis])]
        found.append((f"Sweep over {data[axis].attrs.get('long_name', axis)}", _listed(values)))
    compared = compares(data)
    paired = f"{control_words(data)}: same seed, same circuit draw and same natural spikes"
    found.append(("Control", paired if compared else "none: no device, and no arms to compare"))
    found.append(("Replicates", f"{data.sizes['seed']} seeds ({ranges(data['seed'].values)})"))
    for epoch in data["epoch"].values:
        if window := _epoch(data, str(epoch)):
            words = f", {_WORDS[str(epoch)]}" if has_device(data) else ""
            found.append((f"Epoch {epoch}", f"{window}{words}"))
    points = sum(1 for _ in rows_of(data)) * data.sizes["seed"]
    each = ", each with its control" if compared else ""
    found.append(("Points", f"{points:,} (arms, sweep values and seeds){each}"))
    return found


def _distinct(data: "xr.Dataset", name: str) -> list[str]:
    """Return the texts of a variable; of a swept one, those of its axis."""
    if name not in data.variables:
        return []
    return sorted({str(t) for t in data[name].values.ravel() if str(t)})


def _samples(data: "xr.Dataset", axis: str) -> str:
    names = json.loads(data[axis].attrs["parameters"])
    parameters = _listed([str(data[n].attrs.get("long_name", n)) for n in names])
    return f"{data.sizes[axis]:,} samples of {parameters}; results.nc has their values"


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_NAMES
    text = ", ".join(names[:_MOST_NAMES])
    return f"{text} and {more} more; all are coordinates of results.nc" if more > 0 else text


def _size(circuit: Mapping[str, Any]) -> str:
    if not circuit:
        return ""
    cells = sum(int(p["size"]) for p in circuit["populations"].values())
    fibres = sum(int(a["size"]) for a in circuit["afferents"].values())
    return f", {counted(cells, 'cell')} and {counted(fibres, 'fibre')}"


def _epoch(data: "xr.Dataset", epoch: str) -> str:
    starts, stops = (
        np.unique(data[f"epoch_{end}"].sel(epoch=epoch).values) for end in ("start", "stop")
    )
    starts, stops = (v[np.isfinite(v)] for v in (starts, stops))
    if not starts.size:
        return ""
    if starts.size > 1 or stops.size > 1:
        return f"from {_span(starts)} s to {_span(stops)} s, by arm and sweep point"
    return f"{starts[0]:.3g} s to {stops[0]:.3g} s"


def _span(times: NDArray[np.float64]) -> str:
    ends = dict.fromkeys(f"{t:.3g}" for t in (times.min(), times.max()))
    return "-".join(ends)


def ranges(seeds: Iterable[int]) -> str:
    """Return "1-20" for consecutive seeds, else a list.

    Parameters
    ----------
    seeds : iterable of int
    """
    seeds = [int(s) for s in seeds]
    if len(seeds) > 2 and seeds == list(range(seeds[0], seeds[0] + len(seeds))):
        return f"{seeds[0]}-{seeds[-1]}"
    shown = ", ".join(str(s) for s in seeds[:50])
    return shown if len(seeds) <= 50 else f"{shown} and {len(seeds) - 50} more"


def grouped(settings: Mapping[str, str]) -> Pairs:
    """Return settings by section, each section as one text.

    Parameters
    ----------
    settings : mapping of str to str
        Path -> value, from `gatecontrol.analysis.settings.Settings`.

    Returns
    -------
    list of (str, str)
        Such as ("Device", "pattern tonic; pulse width 300 us").
    """
    found: dict[str, list[str]] = {}
    for path, value in settings.items():
        section, _, rest = path.partition(".")
        if match := re.fullmatch(r"stimuli\[(\d+)\]", section):
            term = f"Stimulus {int(match[1]) + 1}"
        else:
            term = _SECTIONS.get(section, section)
        name = rest.replace("_", " ")
        found.setdefault(term, []).append(f"{name} {value}".strip())
    return [(term, "; ".join(texts)) for term, texts in found.items()]


def read_alone(settings: Settings) -> Settings:
    """Return the settings without those of devices that do nothing in their arm.

    Parameters
    ----------
    settings : Settings
        Of all arms.

    Returns
    -------
    Settings
        What a device's declaration calls read only with another choice (pulses per burst in a
        tonic programme) is left out, unless that choice is swept. Of a device that is not
        installed everything is kept.
    """
    arms = {
        arm: {p: v for p, v in own.items() if p not in _idle(own, settings.sweep)}
        for arm, own in settings.arms.items()
    }
    return Settings(arms, settings.sweep)


def _idle(own: Mapping[str, str], sweep: Mapping[str, str]) -> set[str]:
    kind = own.get("device.kind", "")
    if kind not in plugins("devices") or "device.kind" in sweep:
        return set()
    return {
        f"device.{parameter.name}"
        for parameter in load_plugin("devices", kind).parameters
        for choice, values in parameter.only_with.items()
        if f"device.{choice}" not in sweep and own.get(f"device.{choice}", values[0]) not in values
    }


def differences(
    settings: Settings, labels: Mapping[str, str]
) -> tuple[list[str], list[list[str]]] | None:
    """Return what differs between the arms: header and rows, or None if nothing does.

    Parameters
    ----------
    settings : Settings
        Of all arms.
    labels : mapping of str to str
        Arm -> how figures call it.

    Returns
    -------
    (list of str, list of list of str) or None
        One row per setting and one column per arm; of many arms one column that counts the
        values.
    """
    rows = settings.differing
    if not rows:
        return None
    arms = list(settings.arms)
    if len(arms) > MOST_ARMS:
        texts = {path: list(dict.fromkeys(values.values())) for path, values in rows.items()}
        header = ["Setting", "Values", "Number of values"]
        return header, [[p, _listed(v), str(len(v))] for p, v in texts.items()]
    header = ["Setting", *(labels.get(a, a) for a in arms)]
    return header, [[p, *(v.get(a, "\N{EN DASH}") for a in arms)] for p, v in rows.items()]


def only_in(settings: Settings, labels: Mapping[str, str]) -> Pairs:
    """Return settings that some arms lack and the others share, by those arms.

    Parameters
    ----------
    settings : Settings
    labels : mapping of str to str
        Arm -> how figures call it.
    """
    return [
        (_listed([labels.get(a, a) for a in arms]), "; ".join(f"{p} {v}" for p, v in own.items()))
        for arms, own in settings.partial.items()
    ]
