"""The answer of a run in a few sentences, from numbers of its results alone."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gatecontrol.analysis.figures import compares
from gatecontrol.analysis.figures.rows import Row, has_pain_signal, rows_of
from gatecontrol.analysis.figures.style import percent
from gatecontrol.analysis.report.design import control_words, has_device
from gatecontrol.analysis.report.statistics import LEVEL, contrast_of, p_text

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["answer", "answer_sources"]


def answer(data: "xr.Dataset", contrasts: "xr.Dataset | None" = None) -> list[str]:
    """Return what a run found, the main sentence first.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    contrasts : xarray.Dataset, optional
        The group ``/contrasts``: tells whether the first arm differs from the next.

    Returns
    -------
    list of str
        Sentences; every number in them is in the results.
    """
    control = str(data.attrs.get("control", "device_off"))
    rows = [r for r in rows_of(data) if r.arm != control]
    if not has_pain_signal(data) and "rate" in data:
        return _rates(data, rows)
    sentences = []
    if compares(data):
        sentences += _suppression(data, rows, contrasts)
    if "windup_ratio_mean" in data:
        sentences += _windup(rows)
    return sentences or _plain(rows)


def answer_sources(data: "xr.Dataset", contrasts: "xr.Dataset | None" = None) -> str:
    """Return the variables that the answer's numbers are of.

    Parameters
    ----------
    data, contrasts
        As in `answer`.
    """
    names = []
    if not has_pain_signal(data) and "rate" in data:
        names += ["rate (epoch=during, mean over seeds)"]
    elif compares(data):
        names += ["suppression_pooled", "suppression_low", "suppression_high (epoch=during)"]
        if any("Holm" in sentence for sentence in answer(data, contrasts)):
            names += ["contrasts/difference, its _low, _high and _p_adjusted"]
        if has_device(data):
            names += ["amplitude", "amplitude_relative", "recruited", "charge_per_phase", "power"]
    if "windup_ratio_mean" in data:
        names += ["windup_ratio_mean, windup_slope_mean and the _low and _high of both"]
    return ", ".join(names or ["pain_signal (epoch=during, mean over seeds)"])


def _ends(row: Row) -> tuple[float, float]:
    return row.number("suppression_low"), row.number("suppression_high")


def _interval(row: Row) -> str:
    low, high = _ends(row)
    if not (math.isfinite(low) and math.isfinite(high)):
        return "no interval"
    return f"95 % interval {percent(low)[:-2]} to {percent(high)}"


def _with_interval(row: Row) -> str:
    return f"{percent(row.number('suppression_pooled'))}, {_interval(row)}"


def _named(row: Row) -> str:
    return row.label or "the only arm"


def _suppression(data: "xr.Dataset", rows: list[Row], contrasts: "xr.Dataset | None") -> list[str]:
    known = [r for r in rows if math.isfinite(r.number("suppression_pooled"))]
    if not known:
        return ["No arm has an estimate of suppression; the table says why."]
    known.sort(key=lambda r: r.number("suppression_pooled"), reverse=True)
    best = known[0]
    value = best.number("suppression_pooled")
    when = "while the device is on" if best.has_device else "in the epoch during"
    against = f"against {control_words(data)} on the same seeds"
    if value <= 0:
        first = f"No arm suppresses the pain signal {when}, {against}: "
        first += f"the least rise is that of {_named(best)}, {_with_interval(best)}."
        return [first, *_zero(known)]
    how = f"by {percent(value)} ({_interval(best)}) {when}, {against}."
    if len(known) == 1:
        name = best.label or ("The device" if best.has_device else "The only arm")
        first = f"{name} suppresses the pain signal {how}"
    elif "arm" in best.parts:
        first = f"{best.label} suppresses the pain signal most: {how}"
    else:
        first = f"The pain signal is suppressed most at {best.label}: {how}"
    sentences = [first]
    if len(known) > 1:
        sentences += _next(best, known[1:], contrasts, data.sizes["seed"])
    sentences += _cost(best)
    if len(known) > 2:
        sentences.append(f"Least: {_named(known[-1])} ({_with_interval(known[-1])}).")
    return [*sentences, *_zero(known)]


def _next(
    best: Row, others: Sequence[Row], contrasts: "xr.Dataset | None", seeds: int
) -> list[str]:
    """Say whether the first differs from the next: by a contrast, or only by intervals."""
    second = others[0]
    head = f"The next is {_named(second)} ({_with_interval(second)})"
    contrast = contrast_of(contrasts, best, second, seeds)
    if contrast is not None and math.isfinite(contrast.value):
        ends = ""
        if math.isfinite(contrast.low) and math.isfinite(contrast.high):
            ends = f", 95 % interval {_points(contrast.low)} to {_points(contrast.high)} points"
        verdict = "they differ" if contrast.differs else "they are not told apart"
        if contrast.smallest >= LEVEL:
            verdict += f" ({seeds} seeds are too few for any pair to be)"
        return [
            f"{head}; the difference is {_points(contrast.value)} percentage points{ends}, "
            + f"{p_text(contrast.p_adjusted)} after Holm's correction for {contrast.pairs} "
            + f"comparisons: {verdict}."
        ]
    sentences = [
        f"{head}; {_overlap(best, second)}. The results hold no test of the two against each "
        + "other, so this says nothing about how they differ."
    ]
    low = _ends(best)[0]
    close = [_named(r) for r in others[1:] if _ends(r)[1] >= low]
    if math.isfinite(low) and close:
        sentences.append(f"Other intervals that overlap that of {_named(best)}: {_listed(close)}.")
    return sentences


def _points(value: float) -> str:
    return percent(value)[:-2]


def _overlap(one: Row, other: Row) -> str:
    ends = (*_ends(one), *_ends(other))
    if not all(math.isfinite(e) for e in ends):
        return "without intervals for both"
    return "their intervals overlap" if ends[3] >= ends[0] else "their intervals do not overlap"


def _cost(best: Row) -> list[str]:
    """Say dose and cost of the arm that suppresses most."""
    if not best.has_device:
        return []
    parts = best.dose()
    spent = [p for p in parts if p.endswith("/phase") or p.endswith("W")]
    dose = [p for p in parts if p not in spent]
    found = [f"dose {', '.join(dose)}" if dose else "", f"cost {', '.join(spent)}" if spent else ""]
    texts = "; ".join(t for t in found if t)
    note = " (Aβ, Aδ, C: share of these fibres recruited)" if "β" in texts else ""
    return [f"{_named(best)}: {texts}{note}."] if texts else []


def _zero(known: list[Row]) -> list[str]:
    none = [_named(r) for r in known if _ends(r)[0] <= 0 <= _ends(r)[1]]
    worse = [_named(r) for r in known if _ends(r)[1] < 0]
    found = []
    if none:
        found.append(f"Intervals that contain no effect (0 %): {_listed(none)}.")
    if worse:
        found.append(f"The pain signal rises (interval below 0 %): {_listed(worse)}.")
    return found


def _listed(names: list[str]) -> str:
    # a label of a sweep holds a comma itself
    comma = "; " if any("," in n for n in names) else ", "
    if len(names) > 6:
        return f"{comma.join(names[:6])}{comma[:-1] * (comma == '; ')} and {len(names) - 6} more"
    return comma.join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]


def _windup(rows: list[Row]) -> list[str]:
    found = {row.label or "this run": _mean(row, "windup_ratio") for row in rows}
    found = {name: ratio for name, ratio in found.items() if math.isfinite(ratio[0])}
    slopes = {row.label or "this run": _mean(row, "windup_slope") for row in rows}
    if not found:
        return ["No wind-up ratio could be computed; status in the results says why."]
    most = max(found, key=lambda name: found[name][0])
    alone = "Wind-up" if len(rows) == 1 else f"Wind-up is largest with {most}"
    first = (
        f"{alone}: the last three volleys evoke {_ratio(found[most])} "
        + "times the spikes of the first"
    )
    if math.isfinite(slopes[most][0]):
        first += f"; from volley to volley a cell fires {_ratio(slopes[most])} spikes more"
    first += "."
    others = [f"{name} {_ratio(ratio)}" for name, ratio in found.items() if name != most]
    if not others:
        return [first]
    shown = "; ".join(others[:12]) + (f"; and {len(others) - 12} more" if len(others) > 12 else "")
    return [first, f"The other ratios: {shown}. A ratio of 1 is no wind-up."]


def _mean(row: Row, name: str) -> tuple[float, float, float]:
    return row.number(f"{name}_mean"), row.number(f"{name}_low"), row.number(f"{name}_high")


def _ratio(values: tuple[float, float, float]) -> str:
    mean, low, high = values
    ends = f" (95 % interval {low:.2f} to {high:.2f})" if math.isfinite(low) else ""
    return f"{mean:.2f}{ends}"


def _rates(data: "xr.Dataset", rows: list[Row]) -> list[str]:
    """Return what populations fire where no cells carry a pain signal."""
    populations = [str(name) for name in data["population"].values]
    parts = []
    for row in rows[:12]:
        rates = [row.mean("rate", population=name, epoch="during") for name in populations]
        text = ", ".join(f"{rate:.3g}" for rate in rates)
        parts.append(f"{row.label + ': ' if row.label else ''}{text}")
    more = f"; and {len(rows) - 12} more" if len(rows) > 12 else ""
    return [
        "There is no pain signal: the circuit has no cells that carry one, or none was measured.",
        f"Rates in spikes/s per cell in the epoch during ({', '.join(populations)}): "
        + f"{'; '.join(parts)}{more}.",
    ]


def _plain(rows: list[Row]) -> list[str]:
    parts = [
        f"{row.label + ': ' if row.label else ''}{row.number('pain_signal'):.3g}" for row in rows
    ]
    more = f"; and {len(parts) - 12} more" if len(parts) > 12 else ""
    return [
        "Nothing is compared here. Pain signal of the deep projection neurons in spikes/s per "
        + f"cell: {'; '.join(parts[:12])}{more}."
    ]
