"""``evidence.html``: what circuits do with each phenomenon, with numbers, bands and sources."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gatecontrol.analysis.report.conflicts import library_of_conflicts
from gatecontrol.analysis.report.score import ScoredPhenomenon, ScoredQuantity, ScoreFile
from gatecontrol.evidence.score_file import NULL_CIRCUITS, in_order, no_credit
from gatecontrol.evidence.words import (
    band_text,
    measured_text,
    rule_text,
    summary,
    verdict_text,
)

__all__ = ["strip", "write_page"]

_LIMITS = (
    "Pain, relief of pain or a share of responders: the pain signal is the firing of simulated "
    + "projection neurons, in model units.",
    "That a circuit which passes is right: the bands are wide, some are conventions, and the "
    + "evidence comes from several species.",
    "That passes can be added up: phenomena discriminate unequally, which is why each says which "
    + "models it rejects.",
)
_SECTIONS = (
    ("answer", "Answer"),
    ("matrix", "All verdicts"),
    ("phenomena", "Phenomena"),
    ("conflicts", "Disagreements"),
    ("limits", "Not claimed"),
    ("again", "Again"),
    ("references", "References"),
)
_WIDTH = 200.0
"""Of the drawing of an interval against its band [px]."""


def write_page(
    scores: Sequence[ScoreFile], folder: Path, beside: Sequence[ScoreFile] = (), command: str = ""
) -> Path:
    """Draw the matrix and write ``evidence.html``.

    Parameters
    ----------
    scores : sequence of ScoreFile
        Told in full, in the order of `in_order`.
    folder : Path
        The page and ``figures/`` go there.
    beside : sequence of ScoreFile, optional
        Other circuits, of which the matrix alone is shown.
    command : str, optional
        What computes the scores again.

    Returns
    -------
    Path
        The page.
    """
    from gatecontrol.analysis.figures.style import save
    from gatecontrol.analysis.report.page import picture, render
    from gatecontrol.evidence.figure import caption, matrix, matrix_alt

    mine = in_order(scores)
    names = {s.circuit for s in mine}
    shown = in_order([*mine, *(s for s in beside if s.circuit not in names)])
    paths = save(matrix(shown, no_credit(shown)), folder / "figures", "evidence")
    drawn = picture(paths[0], caption(shown), matrix_alt(shown))
    found = _content(mine, shown, command)
    return render("evidence.html.j2", found | {"figure": drawn}, folder / "evidence.html")


def _content(
    scores: Sequence[ScoreFile], shown: Sequence[ScoreFile], command: str
) -> dict[str, Any]:
    from gatecontrol import __version__
    from gatecontrol.analysis.report.page import numbered
    from gatecontrol.experiment.assembly import DISCLAIMER

    uncredited = no_credit(shown)
    static_gain = next((s for s in shown if s.circuit == NULL_CIRCUITS[0]), None)
    conflicts = library_of_conflicts()
    keys = [k for s in scores for p in s.phenomena for k in p.sources]
    references, numbers = numbered([*keys, *(k for c in conflicts for k in c.references)])
    ids = sorted({p.id for s in scores for p in s.phenomena})
    return {
        "name": ", ".join(s.circuit for s in scores),
        "version": __version__,
        "answers": [summary(s, static_gain) for s in scores],
        "disclaimer": DISCLAIMER,
        "phenomena": [_phenomenon(id, scores, uncredited, numbers) for id in ids],
        "conflicts": conflicts,
        "limits": _LIMITS,
        "scored_header": ["Circuit", "Depth", "Seeds", "Tree", "Free parameters", "Engine",
                          "Version", "Date", "Computing time [s]"],
        "scored": [_about(s) for s in scores],
        "command": command,
        "references": references,
        "numbers": numbers,
        "contents": _SECTIONS,
    }  # fmt: skip


def _about(score: ScoreFile) -> list[str]:
    seeds = "as the depth says" if score.seeds is None else str(score.seeds)
    date = score.date.replace("T", " ").partition("+")[0]
    return [
        score.circuit, score.depth, seeds, str(score.tree), str(score.free_parameters),
        score.backend, score.version, date, f"{score.seconds:.0f}",
    ]  # fmt: skip


def _phenomenon(
    id: str, scores: Sequence[ScoreFile], uncredited: frozenset[str] | None, numbers: Any
) -> dict[str, Any]:
    """Return one phenomenon: what it is, and one row per circuit and quantity."""
    found = [(s.circuit, p) for s in scores if (p := s.get(id)) is not None]
    one = found[0][1]
    return {
        "id": id,
        "title": one.title,
        "verdicts": [(circuit, verdict_text(p, uncredited), p.why) for circuit, p in found],
        "rows": _rows(found),
        "facts": _facts(one),
        "notes": one.notes,
        "sources": [k for k in one.sources if k in numbers],
        "no_credit": bool(uncredited) and id in uncredited,
        "depths": ", ".join(dict.fromkeys(_depth(p) for _, p in found)),
    }


def _facts(one: ScoredPhenomenon) -> list[tuple[str, str]]:
    pairs = (
        ("Body", one.body),
        ("Evidence", one.strength),
        ("Rejects", one.discriminates),
        ("Experiments", ", ".join(f"{name}.yaml" for name in one.protocols)),
    )
    return [(term, text) for term, text in pairs if text]


def _depth(one: ScoredPhenomenon) -> str:
    return f"{one.depth}, {one.seeds} seeds" if one.seeds else one.depth


def _rows(found: Sequence[tuple[str, ScoredPhenomenon]]) -> list[dict[str, Any]]:
    """Return one row per number and circuit; a number of all circuits is drawn to one scale."""
    by_name: dict[str, list[tuple[str, ScoredQuantity]]] = {}
    for circuit, one in found:
        for quantity in one.quantities:
            by_name.setdefault(quantity.name, []).append((circuit, quantity))
    return [
        _row(circuit, quantity, [q for _, q in same])
        for same in by_name.values()
        for circuit, quantity in same
    ]


def _row(circuit: str, quantity: ScoredQuantity, same: Sequence[ScoredQuantity]) -> dict[str, Any]:
    inside = "yes" if quantity.verdict == "pass" else "no"
    return {
        "circuit": circuit,
        "text": quantity.text,
        "measured": measured_text(quantity),
        "band": "; ".join(x for x in (band_text(quantity), rule_text(quantity)) if x),
        "inside": f"{inside}, edge" if quantity.edge else inside,
        "reason": quantity.reason if quantity.value is not None else "",
        "strip": strip(quantity, same),
    }


def strip(quantity: ScoredQuantity, same: Sequence[ScoredQuantity] = ()) -> dict[str, Any] | None:
    """Return where band, interval and value are drawn.

    Parameters
    ----------
    quantity : ScoredQuantity
    same : sequence of ScoredQuantity, optional
        The same number of other circuits, for which there must be room too.

    Returns
    -------
    dict or None
        ``band``, ``interval`` (from, width) and ``value`` [px], None for what there is not;
        nothing if there is no value. A value that lies more than three widths of the band
        away is drawn at the end, ``beyond`` (-1 or 1).
    """
    value = _finite(quantity.value)
    if value is None:
        return None
    low, high = (_finite(x) for x in quantity.band)
    ends = [x for x in (low, high) if x is not None]
    width = _band_width(low, high)
    points = _points(quantity)
    every = [*ends, *points, *(x for other in same for x in _points(other))]
    start, stop = min(every), max(every)
    if ends:  # what lies far off must not shrink the band beyond sight
        start = max(start, min(ends) - 3 * width)
        stop = min(stop, max(ends) + 3 * width)
    room = 0.08 * (stop - start) or abs(value) or 1.0
    start, stop = start - room, stop + room

    def at(x: float) -> float:
        return round(_WIDTH * min(max((x - start) / (stop - start), 0.0), 1.0), 1)

    left = 0.0 if low is None else at(low)
    right = _WIDTH if high is None else at(high)
    interval = None
    if quantity.seeds and len(points) == 3:
        interval = (at(points[1]), round(max(at(points[2]) - at(points[1]), 0.5), 1))
    return {
        "width": _WIDTH,
        "band": (left, round(right - left, 1)) if ends else None,
        "interval": interval,
        "value": at(value),
        "beyond": (value > stop) - (value < start),
        "label": f"measured {measured_text(quantity)}, band {band_text(quantity)}",
    }


def _points(quantity: ScoredQuantity) -> list[float]:
    """Return value and interval as far as they are finite, the value first."""
    found = map(_finite, (quantity.value, quantity.low, quantity.high))
    return [x for x in found if x is not None]


def _band_width(low: float | None, high: float | None) -> float:
    """Return how wide a band is; an open one counts as wide as its end is large."""
    if low is not None and high is not None and high > low:
        return high - low
    return abs(high if high is not None else low or 0.0) or 1.0


def _finite(x: float | None) -> float | None:
    return x if x is not None and math.isfinite(x) else None
