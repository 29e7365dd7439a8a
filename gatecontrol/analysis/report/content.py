"""What a report says, gathered from a results folder."""

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gatecontrol.analysis.answer import answer, answer_sources
from gatecontrol.analysis.columns import Table
from gatecontrol.analysis.report.conflicts import conflicts_of, touched
from gatecontrol.analysis.report.design import (
    design,
    differences,
    grouped,
    has_device,
    only_in,
    ranges,
    read_alone,
)
from gatecontrol.analysis.report.fits import fit_tables
from gatecontrol.analysis.report.page import numbered, shown_table
from gatecontrol.analysis.report.safety import REFERENCES, safety, safety_tables
from gatecontrol.analysis.report.score import NOT_SCORED, ScoreFile
from gatecontrol.analysis.report.statistics import statistics
from gatecontrol.analysis.settings import read_settings
from gatecontrol.analysis.tables import effect_table, missing_values, windup_table

if TYPE_CHECKING:
    import xarray as xr

    from gatecontrol.analysis.results import Results

__all__ = ["content", "labels_of"]

_LIMITS = (
    "Pain, relief of pain or a share of responders: the pain signal is the firing of simulated "
    + "projection neurons, in model units.",
    "Advice for any patient or programme.",
    "After-effects that last minutes, plasticity, or learning: the epoch after is seconds long.",
    "Differences beyond those modelled between bodies, or the placement of a lead.",
    "That another circuit would give the same order of the arms.",
)


def labels_of(data: "xr.Dataset") -> dict[str, str]:
    """Return how figures call each arm.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    """
    labels = (str(x) for x in data["label"].values)
    return dict(zip((str(a) for a in data["arm"].values), labels, strict=True))


def content(
    results: "Results", score: ScoreFile | None = None
) -> tuple[dict[str, Any], list[Table]]:
    """Return everything that the template of a report asks for but the figures, and its tables.

    Parameters
    ----------
    results : Results
        An opened results folder.
    score : ScoreFile, optional
        Evidence score of the circuit.
    """
    data, run = results.data, results.run
    attributes = data.attrs
    contrasts = _group(results, "contrasts")
    settings = read_settings(results.experiment)
    read = read_alone(settings)
    circuit = json.loads(attributes.get("circuit") or "{}")
    conflicts = conflicts_of(touched(data, settings))
    device = has_device(data)
    keys = list(run.get("references", []))
    keys += [k for c in conflicts for k in c.references] + (list(REFERENCES) if device else [])
    references, numbers = numbered(keys)
    effects = [effect_table(data)]
    if "windup_ratio_mean" in data:
        effects.append(windup_table(data))
    doses = safety_tables(data) if device else []
    told = statistics(data, contrasts)
    told["tables"] += fit_tables(data, _group(results, "fits"))
    labels = labels_of(data)
    found = {
        "name": attributes.get("title", results.path.name),
        "version": str(attributes.get("source", "")).removeprefix("gatecontrol "),
        "finished": str(run.get("finished", "")).replace("T", " "),
        "question": attributes.get("question", ""),
        "look_for": attributes.get("look_for", ""),
        "answer": [_unbroken(text) for text in answer(data, contrasts)],
        "answer_sources": answer_sources(data, contrasts),
        "disclaimer": attributes.get("disclaimer", ""),
        "design": design(data),
        "shared": grouped(read.shared),
        "only_in": only_in(read, labels),
        "differing": differences(read, labels),
        "tables": [shown_table(t) for t in effects],
        "missing": missing_values(data),
        "safety": safety(data) | {"tables": [shown_table(t) for t in doses]} if device else None,
        "statistics": told | {"tables": [shown_table(t) for t in told["tables"]]},
        "score": score,
        "verdicts": [] if score is None else _verdicts(score),
        "not_scored": NOT_SCORED,
        "warnings": json.loads(attributes.get("warnings") or "[]"),
        "circuit": circuit.get("description", ""),
        "assumed": _assumed(circuit),
        "provenance": _provenance(data),
        "conflicts": conflicts,
        "limits": _LIMITS,
        "versions": _versions(data, run),
        "rerun": f"gatecontrol run experiment.yaml --out ../{results.path.resolve().name}_again",
        "experiment": results.experiment,
        "references": references,
        "numbers": numbers,
    }
    return found | {"contents": _contents(found)}, [*effects, *doses, *told["tables"]]


def _verdicts(score: ScoreFile) -> list[tuple[str, str, str]]:
    return [
        (p.id, f"{p.verdict} (edge)" if p.edge else p.verdict, p.title) for p in score.phenomena
    ]


_SECTIONS = (
    ("question", "Question"),
    ("answer", "Answer"),
    ("design", "Design"),
    ("figures", "Figures"),
    ("tables", "Tables"),
    ("safety", "Doses and safety"),
    ("statistics", "Statistics"),
    ("evidence", "Evidence"),
    ("warnings", "Warnings"),
    ("assumptions", "Assumptions"),
    ("conflicts", "Disagreements"),
    ("limits", "Not claimed"),
    ("again", "Versions"),
    ("references", "References"),
)


def _contents(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(i, h) for i, h in _SECTIONS if i != "safety" or found["safety"]]


def _unbroken(text: str) -> str:
    """Return a text in which no line breaks before a per-cent sign."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def _group(results: "Results", name: str) -> "xr.Dataset | None":
    if name not in results.tree.children:
        return None
    group = results.tree[name].to_dataset()
    return group if group.data_vars else None


def _provenance(data: "xr.Dataset") -> list[tuple[str, list[str]]]:
    """Return texts on models and assumptions by topic, arms with the same text together."""
    per_arm = json.loads(data.attrs.get("provenance") or "{}")
    labels = labels_of(data)
    topics: dict[str, dict[str, list[str]]] = {}
    for arm, label in labels.items():
        for topic, text in per_arm.get(arm, {}).items():
            topics.setdefault(topic, {}).setdefault(text, []).append(label)
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
    found = [("Results by", str(data.attrs.get("source", "an unknown version")))]
    found.append(("Layout", str(data.attrs.get("conventions", ""))))
    found.append(("Seeds", ranges(data["seed"].values)))
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
