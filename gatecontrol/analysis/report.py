"""The report of a run: one HTML file that needs nothing beside itself."""

import base64
import json
import math
import re
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gatecontrol.analysis.answer import answer
from gatecontrol.analysis.figures import draw_all
from gatecontrol.analysis.figures.rows import rows_of, sweep_axes, text_of
from gatecontrol.analysis.statistics import mean_with_interval
from gatecontrol.analysis.tables import (
    MISSING,
    charge_table,
    dose_table,
    effect_table,
    missing_values,
)
from gatecontrol.citations import library, readable
from gatecontrol.files import write_whole

if TYPE_CHECKING:
    import xarray as xr

    from gatecontrol.analysis.results import Results

__all__ = ["write_report"]

_LIMITS = (
    "Pain, relief of pain or a share of responders: the pain signal is the firing of simulated "
    + "projection neurons, in model units.",
    "Advice for any patient or programme.",
    "After-effects that last minutes, plasticity, or learning: the epoch after is seconds long.",
    "Differences beyond those modelled between bodies, or the placement of a lead.",
    "A correction for comparing many arms: each interval stands for its own arm.",
)

_WORDS = {
    "before": "before the device is on",
    "during": "while the device is on",
    "after": "after the device is off",
}


def write_report(folder: Path | str) -> Path:
    """Draw the figures of a run and write ``report.html``.

    Parameters
    ----------
    folder : path
        Results folder: ``results.nc`` and, if there, ``experiment.yaml`` and ``run.json``.

    Returns
    -------
    Path
        ``report.html`` in that folder; the figures lie in ``figures/`` beside it.

    Raises
    ------
    GatecontrolError
        There are no results there.
    """
    import xarray as xr
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from gatecontrol.analysis.results import open_results

    results = open_results(folder, spikes=False)
    # of the kept spikes, those of one recording are read
    with xr.open_datatree(results.path / "results.nc", engine="h5netcdf") as stored:
        drawn = draw_all(stored, results.path / "figures")
    environment = Environment(
        loader=PackageLoader("gatecontrol.analysis"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    figures = [_picture(path) | {"caption": d.caption, "alt": d.alt} for d, path in drawn]
    text = environment.get_template("report.html.j2").render(_content(results), figures=figures)
    path = results.path / "report.html"
    write_whole(path, text.encode())
    return path


def _picture(path: Path) -> dict[str, Any]:
    """Return a PNG as a data URI with the size at which it is shown (half its pixels)."""
    data = path.read_bytes()
    width, height = struct.unpack(">II", data[16:24])
    uri = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    return {"uri": uri, "width": width // 2, "height": height // 2}


def _content(results: "Results") -> dict[str, Any]:
    data, run = results.data, results.run
    attributes = data.attrs
    circuit = json.loads(attributes.get("circuit") or "{}")
    keys = [k for k in run.get("references", []) if k in library()]
    return {
        "name": attributes.get("title", results.path.name),
        "version": str(attributes.get("source", "")).removeprefix("gatecontrol "),
        "finished": str(run.get("finished", "")).replace("T", " "),
        "answer": [text.replace(" %", "\N{NO-BREAK SPACE}%") for text in answer(data)],
        "disclaimer": attributes.get("disclaimer", ""),
        "question": attributes.get("question", ""),
        "look_for": attributes.get("look_for", ""),
        "design": _design(data, circuit),
        "tables": _tables(data),
        "missing": missing_values(data),
        "warnings": json.loads(attributes.get("warnings") or "[]"),
        "provenance": _provenance(data),
        "circuit": circuit.get("description", ""),
        "assumed": _assumed(circuit),
        "limits": _LIMITS,
        "versions": _versions(data, run),
        "rerun": f"gatecontrol run experiment.yaml --out ../{results.path.resolve().name}_again",
        "experiment": results.experiment,
        "references": [line.partition(" https://") for line in readable(keys)],
    }


def _design(data: "xr.Dataset", circuit: Mapping[str, Any]) -> list[tuple[str, str]]:
    conditions = sorted({str(c) for c in data["conditions"].values.ravel() if str(c)})
    circuits = sorted({str(c) for c in data["circuit"].values.ravel() if str(c)})
    bodies = sorted({str(p) for p in data["preparation"].values.ravel() if str(p)})
    control = str(data.attrs.get("control", "device_off"))
    paired = "same seed, same circuit draw and same natural spikes"
    found = [
        ("Preparation", ", ".join(bodies)),
        ("Circuit", f"{', '.join(circuits)} ({'; '.join(conditions)}){_size(circuit)}"),
        ("Arms", ", ".join(str(label) for label in data["label"].values)),
    ]
    for axis in sweep_axes(data):
        values = [text_of(data, axis, i) for i in range(data.sizes[axis])]
        name = str(data[axis].attrs.get("long_name", axis))
        found.append((f"Sweep over {name}", ", ".join(values)))
    against = "the device off" if control == "device_off" else f"the arm {control}"
    found.append(("Control", f"{against}: {paired}"))
    found.append(("Replicates", f"{data.sizes['seed']} seeds"))
    for epoch in data["epoch"].values:
        if window := _epoch(data, str(epoch)):
            words = f", {_WORDS[str(epoch)]}" if _has_device(data) else ""
            found.append((f"Epoch {epoch}", f"{window}{words}"))
    return found


def _size(circuit: Mapping[str, Any]) -> str:
    if not circuit:
        return ""
    cells = sum(int(p["size"]) for p in circuit["populations"].values())
    fibres = sum(int(a["size"]) for a in circuit["afferents"].values())
    return f", {cells} cells and {fibres} fibres"


def _epoch(data: "xr.Dataset", epoch: str) -> str:
    starts, stops = (
        np.unique(data[f"epoch_{end}"].sel(epoch=epoch).values) for end in ("start", "stop")
    )
    starts, stops = (v[np.isfinite(v)] for v in (starts, stops))
    if not starts.size:
        return ""
    if starts.size > 1 or stops.size > 1:
        return (
            f"from {starts.min():.3g}-{starts.max():.3g} s to {stops.min():.3g}-"
            + f"{stops.max():.3g} s, by arm and sweep point"
        )
    return f"{starts[0]:.3g} s to {stops[0]:.3g} s"


def _tables(data: "xr.Dataset") -> list[tuple[str, str, Any]]:
    found = []
    if _has_device(data):
        note = f"{MISSING}: not defined for this target."
        text = f"PT: perception threshold. Recruited: mean over seeds. {note}"
        found.append(("Dose and recruitment", text, dose_table(data)))
        text = (
            "Shannon's k: tissue damage was seen from 1.85 on; 1.5 to 1.75 is the cautious line "
            + f"(Cogan et al. 2016). {note}"
        )
        found.append(("Charge and power", text, charge_table(data)))
    found.append((
        "Effect",
        "Rates are per cell, in the epoch during, mean over seeds. Suppression is 1 - sum of the "
        + "signal / sum of the control over all seeds; the interval is a studentised bootstrap "
        + f"over seeds. {MISSING}: no such epoch or no value.",
        effect_table(data),
    ))
    if "windup_ratio" in data:
        found.append(("Wind-up", "Mean over seeds.", _windup_table(data)))
    return found


def _windup_table(data: "xr.Dataset") -> tuple[list[str], list[list[str]]]:
    header = ["Arm", "First volley [spikes per cell]", "Last volley [spikes per cell]"]
    header.append("Wind-up ratio [1], 95 % interval")
    rows = []
    for row in rows_of(data):
        spikes = np.asarray(row.values("windup_spikes"), dtype=float)
        used = spikes[:, np.isfinite(spikes).any(axis=0)]
        ratio, low, high = mean_with_interval(row.values("windup_ratio"))
        ends = f" [{low:.3g}, {high:.3g}]" if math.isfinite(low) else ""
        shown = [used[:, k].mean() if used.size else math.nan for k in (0, -1)]
        texts = [MISSING if not math.isfinite(v) else f"{v:.3g}" for v in shown]
        last = MISSING if not math.isfinite(ratio) else f"{ratio:.3g}{ends}"
        rows.append([row.label or row.arm, *texts, last])
    return header, rows


def _has_device(data: "xr.Dataset") -> bool:
    return any(str(d) != "none" for d in data["device"].values.ravel())


def _provenance(data: "xr.Dataset") -> list[tuple[str, list[str]]]:
    """Return texts on models and assumptions by topic, arms with the same text together."""
    per_arm = json.loads(data.attrs.get("provenance") or "{}")
    labels = dict(zip(data["arm"].values.tolist(), data["label"].values.tolist(), strict=True))
    topics: dict[str, dict[str, list[str]]] = {}
    for arm in labels:
        for topic, text in per_arm.get(arm, {}).items():
            topics.setdefault(topic, {}).setdefault(text, []).append(str(labels[arm]))
    found = []
    for topic, texts in sorted(topics.items()):
        lines = [
            text if len(arms) == len(labels) else f"{', '.join(arms)}: {text}"
            for text, arms in texts.items()
        ]
        found.append((topic[:1].upper() + topic[1:].replace("_", " "), lines))
    return found


def _assumed(circuit: Mapping[str, Any]) -> str:
    """Say how many numbers of the circuit are assumed."""
    sources: list[str] = []

    def collect(value: Any) -> None:
        if isinstance(value, Mapping):
            if {"value", "spread", "source"} <= set(value):
                sources.append(str(value["source"]))
            for part in value.values():
                collect(part)
        elif isinstance(value, list):
            for part in value:
                collect(part)

    collect(circuit)
    if not sources:
        return ""
    assumed = sum("assumed" in s for s in sources)
    return (
        f"Of the {len(sources)} sourced numbers of the circuit, {assumed} are assumed; the "
        + "circuit file names the source of each of the others."
    )


def _versions(data: "xr.Dataset", run: Mapping[str, Any]) -> list[tuple[str, str]]:
    seeds = [int(s) for s in data["seed"].values]
    found = [("Seeds", _ranges(seeds))]
    packages = run.get("packages") or {}
    if packages:
        found.append(("Packages", ", ".join(f"{k} {v}" for k, v in sorted(packages.items()))))
    for term, key in (("Python", "python"), ("Engine", "backend"), ("Trials", "trials")):
        if run.get(key):
            found.append((term, str(run[key])))
    host = run.get("host") or {}
    if host.get("machine"):
        found.append(("Machine", f"{host.get('system', '')}, {host['machine']}"))
    if run.get("allow_out_of_range"):
        found.append(("Ranges lifted", ", ".join(run["allow_out_of_range"])))
    return [(term, re.sub(r"\s+", " ", text)) for term, text in found]


def _ranges(seeds: list[int]) -> str:
    """Return "1-20" for consecutive seeds, else a list."""
    if len(seeds) > 2 and seeds == list(range(seeds[0], seeds[0] + len(seeds))):
        return f"{seeds[0]}-{seeds[-1]}"
    shown = ", ".join(str(s) for s in seeds[:50])
    return shown if len(seeds) <= 50 else f"{shown} and {len(seeds) - 50} more"
