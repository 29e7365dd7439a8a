"""A score in words: numbers with their unit, bands, verdicts, and the sentences about them."""

import math
from collections.abc import Collection, Sequence

from gatecontrol.analysis.columns import MISSING, number_text
from gatecontrol.analysis.report.score import ScoredPhenomenon, ScoredQuantity, ScoreFile

__all__ = [
    "band_text",
    "credited",
    "depth_text",
    "listed",
    "measured_text",
    "rule_text",
    "scale",
    "summary",
    "verdict_text",
]

_MINUTES = 120.0
"""From how many seconds on a time is told in minutes."""

_RULES = {
    "value": "",
    "direction": "whole interval in the band",
    "null": "whole interval in the band (no effect)",
}


def scale(quantity: ScoredQuantity) -> tuple[float, str]:
    """Return the factor and the unit in which a quantity and its band are told.

    Parameters
    ----------
    quantity : ScoredQuantity
    """
    if quantity.unit != "s":
        return 1.0, "" if quantity.unit == "1" else quantity.unit
    ends = [abs(x) for x in (*quantity.band, quantity.value) if x is not None and math.isfinite(x)]
    most = max(ends, default=1.0)
    if most < 1:
        return 1e3, "ms"
    return (1 / 60, "min") if most >= _MINUTES else (1.0, "s")


def measured_text(quantity: ScoredQuantity) -> str:
    """Return "82 [68, 98] ms", or why there is no number.

    Parameters
    ----------
    quantity : ScoredQuantity
    """
    factor, unit = scale(quantity)
    if quantity.value is None:
        return f"none: {quantity.reason}" if quantity.reason else "none"
    value = _text(quantity.value, factor)
    ends = [_text(x, factor) for x in (quantity.low, quantity.high)]
    interval = ""
    if quantity.seeds and ends != [MISSING, MISSING]:
        interval = f" [{ends[0]}, {ends[1]}]"
    elif quantity.seeds:
        interval = " no interval"
    return f"{value}{interval}{f' {unit}' if unit else ''}"


def band_text(quantity: ScoredQuantity) -> str:
    """Return "15 to 100 ms", or "at most 0.25".

    Parameters
    ----------
    quantity : ScoredQuantity
    """
    factor, unit = scale(quantity)
    low, high = quantity.band
    if low is None and high is None:
        return "any"
    if low is None:
        text = f"at most {_text(high, factor)}"
    elif high is None:
        text = f"at least {_text(low, factor)}"
    else:
        text = f"{_text(low, factor)} to {_text(high, factor)}"
    return f"{text} {unit}" if unit else text


def rule_text(quantity: ScoredQuantity) -> str:
    """Return what must lie in the band, if it is more than the number itself."""
    return _RULES[quantity.rule]


def _text(value: float | None, factor: float) -> str:
    if value is None or math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "\N{INFINITY}" if value > 0 else "\N{MINUS SIGN}\N{INFINITY}"
    return number_text(value * factor)


def verdict_text(phenomenon: ScoredPhenomenon, uncredited: Collection[str] | None = None) -> str:
    """Return "pass", "fail (edge)", "pass, no credit", "not expressible".

    Parameters
    ----------
    phenomenon : ScoredPhenomenon
    uncredited : collection of str, optional
        Ids that a static gain passes; None if not known.
    """
    parts = [phenomenon.verdict]
    if phenomenon.edge:
        parts.append("edge")
    if phenomenon.verdict == "pass" and uncredited and phenomenon.id in uncredited:
        parts.append("no credit")
    return ", ".join(parts)


def listed(ids: Sequence[str]) -> str:
    """Return "P01, P02", or "none"."""
    return ", ".join(ids) or "none"


def depth_text(score: ScoreFile) -> str:
    """Return "standard", or "standard (14 of 21 settled at fast)" after a first look.

    Parameters
    ----------
    score : ScoreFile
    """
    tried = [p.depth for p in score.phenomena if p.verdict != "not expressible"]
    others = [depth for depth in dict.fromkeys(tried) if depth != score.depth]
    if not others:
        return score.depth
    counts = [f"{tried.count(depth)} of {len(tried)} settled at {depth}" for depth in others]
    return f"{score.depth} ({', '.join(counts)})"


def credited(score: ScoreFile, static_gain: ScoreFile) -> tuple[list[str], list[str]]:
    """Return the passes that a static gain does not pass, and those on which it was not tried.

    Parameters
    ----------
    score, static_gain : ScoreFile
        Of the circuit, and of T0.
    """
    passed = score.ids("pass")
    untried = [id for id in passed if static_gain.get(id) is None]
    gained = [id for id in passed if id not in {*untried, *static_gain.ids("pass")}]
    return gained, untried


def _credit(score: ScoreFile, static_gain: ScoreFile | None) -> str:
    if static_gain is None:
        return "Which of them a static gain (T0) passes too is not known: no score of it was found."
    gained, untried = credited(score, static_gain)
    text = f"Of the {score.passed} passed, a static gain (T0) does not pass {len(gained)}"
    return f"{text}; on {listed(untried)} it was not tried." if untried else f"{text}."


def summary(score: ScoreFile, static_gain: ScoreFile | None) -> list[str]:
    """Return what a score says, the main sentence first.

    Parameters
    ----------
    score : ScoreFile
    static_gain : ScoreFile or None
        Of T0; None if not known.
    """
    what = "published phenomenon" if score.total == 1 else "published phenomena"
    count = f"{score.passed} of the {score.total} {what}"
    found = [f"The circuit {score.circuit} shows {count} tried."]
    failed, unable = score.ids("fail"), score.ids("not expressible")
    parts = [f"It fails {listed(failed)}"] if failed else []
    parts += [f"it cannot express {listed(unable)}"] if unable else []
    if parts:
        text = "; ".join(parts)
        found.append(f"{text[0].upper()}{text[1:]}.")
    if score.passed and not (static_gain and score.circuit == static_gain.circuit):
        found.append(_credit(score, static_gain))
    edges = [p.id for p in score.phenomena if p.edge]
    if edges:
        found.append(f"One standard error would turn {listed(edges)}.")
    found.append(
        f"{score.free_parameters} numbers of the circuit are assumed (free parameters); depth "
        + f"{depth_text(score)}."
    )
    return found
