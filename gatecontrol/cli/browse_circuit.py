"""What ``gatecontrol describe circuit`` prints of a circuit."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gatecontrol.circuits.model import Cell, Circuit, Pathway
    from gatecontrol.sourced import Sourced

__all__ = ["about_circuit"]


def about_circuit(name: str) -> dict[str, Any]:
    """Return all about a circuit, tables as lists of rows.

    Parameters
    ----------
    name : str
        An installed circuit or a file.
    """
    from gatecontrol.circuits import circuit_path, load_circuit
    from gatecontrol.circuits.load import conditions_of

    circuit = load_circuit(name)
    conditions = conditions_of(circuit_path(name), name)
    return {
        "name": circuit.name,
        "title": circuit.title,
        "text": circuit.description,
        "afferents": [
            {"afferent": a.name, "title": a.title, "class": a.fibre_class, "role": a.role,
             "size": a.size}
            for a in circuit.afferents.values()
        ],
        "populations": [
            {"population": p.name, "title": p.title, "kind": p.kind, "lamina": p.lamina,
             "size": p.size, "cell": p.cell, "signal": p.signal}
            for p in circuit.populations.values()
        ],
        **_null_model(circuit),
        **_cells(circuit),
        "receptors": [
            {"receptor": r.name, "rise": _text(r.rise), "decay": r.decay.text,
             "reversal": _text(r.reversal)}
            | ({"magnesium": _text(r.magnesium), "share of calcium": _text(r.calcium)}
               if circuit.is_cable else {})
            for r in circuit.receptors.values()
        ],
        "pathways": [_pathway(p, cable=circuit.is_cable) for p in circuit.pathways.values()],
        "backgrounds": [
            {"to": b.target, "rate": b.rate.text, "sources of each cell": b.sources,
             "weights": _weights(b.weights)}
            | ({"port": b.port} if circuit.is_cable else {})
            for b in circuit.backgrounds.values()
        ],
        "conditions": [
            {"condition": n, "meaning": " ".join(str(c.get("doc", "")).split())}
            for n, c in conditions.items()
        ],
        "references": list(circuit.references),
    }  # fmt: skip


def _text(number: "Sourced | None") -> str:
    return number.text if number else ""


def _weights(weights: "Mapping[str, Sourced]") -> str:
    return "; ".join(f"{r} {w.text}" for r, w in weights.items())


def _pathway(pathway: "Pathway", *, cable: bool) -> dict[str, Any]:
    row = {"from": pathway.source, "to": pathway.target, "weights": _weights(pathway.weights)}
    by_chance = f"{pathway.probability:.0%} of pairs"
    fan_in = by_chance if pathway.probability else pathway.fan_in
    row |= {"fan-in": fan_in, "coverage": f"{pathway.coverage:.0%}"}
    row["delay"] = pathway.delay.text
    if cable:
        row |= {"port": pathway.port, "contacts": pathway.contacts}
    if pathway.depression:
        use, recovery = pathway.depression.use.text, pathway.depression.recovery.text
        row["depression"] = f"use {use}, recovery {recovery}"
    row |= {} if cable else {"gated": "yes" if pathway.gated else ""}
    row["meaning"] = pathway.doc
    return row


def _null_model(circuit: "Circuit") -> dict[str, Any]:
    model = circuit.null_model
    if model is None:
        return {}
    numbers = [{"number": name, "value": value.text} for name, value in model.numbers.items()]
    return {"null_model": [{"number": "kind", "value": model.kind}, *numbers]}


def _cells(circuit: "Circuit") -> dict[str, Any]:
    if not circuit.is_cable:
        rows = [
            {"cell": c.name, "parameter": key, "value": value.text}
            for c in circuit.cells.values()
            for key, value in c.parameters.items()
        ]
        rows += [
            {"cell": c.name, "parameter": "inputs_while_refractory", "value": "lost"}
            for c in circuit.cells.values()
            if c.loses_inputs
        ]
        return {"cells": rows}
    channels = {h.name: h for c in circuit.cells.values() if c.form for h in c.form.channels}
    return {
        "time_step": f"{_text(circuit.time_step)}, or less",
        "cells": [row for cell in circuit.cells.values() for row in _common(cell)],
        "sections": [row for cell in circuit.cells.values() for row in _sections(cell)],
        "channels": [
            {"channel": h.name, "gates": ", ".join(f"{g.name}^{g.power}" for g in h.gates),
             "current": h.current or "ohmic", "source": h.source}
            for h in channels.values()
        ],
    }  # fmt: skip


def _common(cell: "Cell") -> list[dict[str, str]]:
    """Return what all sections of a cell share, and its places."""
    rows = [
        {"cell": cell.name, "parameter": key, "value": value.text}
        for key, value in cell.parameters.items()
        if not key.startswith("sections.")
    ]
    if cell.form:
        places = {f"port {name}": place for name, place in cell.form.ports.items()}
        for name, (section, position) in {"spikes": cell.form.spike_at, **places}.items():
            value = f"{section} at {position:g}"
            rows.append({"cell": cell.name, "parameter": name, "value": value})
    return rows


def _sections(cell: "Cell") -> list[dict[str, str]]:
    rows = []
    for section in cell.form.sections if cell.form else ():
        prefix = f"sections.{section.name}."
        own = {
            key.removeprefix(prefix): value.text
            for key, value in cell.parameters.items()
            if key.startswith(prefix)
        }
        row = {"cell": cell.name, "section": section.name}
        row["joins"] = f"{section.parent} ({section.at})" if section.parent else ""
        shape = ("length", "diameter", "end_diameter", "compartments")
        row |= {key.replace("_", " "): own.pop(key, "") for key in shape}
        row["membrane"] = "; ".join(
            f"{key.removeprefix('channels.').replace('.', ' ').replace('_pool', ' pool')} {text}"
            for key, text in own.items()
        )
        rows.append(row)
    return rows
