"""The answer of a run in a sentence or two, from its pooled estimates alone."""

import math
from typing import TYPE_CHECKING

from gatecontrol.analysis.figures import compares
from gatecontrol.analysis.figures.rows import Row, rows_of
from gatecontrol.analysis.figures.style import percent
from gatecontrol.analysis.statistics import mean_with_interval

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["answer"]


def answer(data: "xr.Dataset") -> list[str]:
    """Return what a run found, the main sentence first.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.

    Returns
    -------
    list of str
        Sentences; every number in them is in the results.
    """
    control = str(data.attrs.get("control", "device_off"))
    rows = [r for r in rows_of(data) if r.arm != control]
    sentences = []
    if compares(data):
        sentences += _suppression(rows)
    if "windup_ratio" in data:
        sentences += _windup(rows)
    return sentences or _plain(rows)


def _ends(row: Row) -> tuple[float, float]:
    return row.number("suppression_low"), row.number("suppression_high")


def _with_interval(row: Row) -> str:
    low, high = _ends(row)
    value = row.number("suppression_pooled")
    if not (math.isfinite(low) and math.isfinite(high)):
        return f"{percent(value)}, no interval"
    return f"{percent(value)}, 95 % interval {percent(low)[:-2]} to {percent(high)}"


def _suppression(rows: list[Row]) -> list[str]:
    known = [r for r in rows if math.isfinite(r.number("suppression_pooled"))]
    if not known:
        return ["No arm has an estimate of suppression; the table says why."]
    zero = _zero(known)
    known.sort(key=lambda r: r.number("suppression_pooled"), reverse=True)
    best, worst = known[0], known[-1]
    if len(known) == 1:
        name = best.label or "The device"
        return [f"{name}: the pain signal is suppressed by {_with_interval(best)}.", *zero]
    difference = f"{_overlap(best, worst)}."
    most, least = _with_interval(best), _with_interval(worst)
    if "arm" in best.parts:
        first = f"{best.label} suppresses the pain signal most ({most}), {worst.label} least"
    else:
        first = f"The pain signal is suppressed most at {best.label} ({most}), least at "
        first += worst.label
    return [f"{first} ({least}); {difference}", *_rivals(known), *zero]


def _overlap(one: Row, other: Row) -> str:
    ends = (*_ends(one), *_ends(other))
    if not all(math.isfinite(e) for e in ends):
        return "without intervals for both, nothing is said about the difference"
    return "their intervals overlap" if ends[3] >= ends[0] else "their intervals do not overlap"


def _rivals(known: list[Row]) -> list[str]:
    """Say which arms cannot be told from the first by their intervals."""
    low = _ends(known[0])[0]
    if not math.isfinite(low) or len(known) < 3:
        return []
    close = [r.label for r in known[1:-1] if _ends(r)[1] >= low]
    if not close:
        return [f"No other interval overlaps that of {known[0].label}."]
    return [f"Intervals that overlap that of {known[0].label}: {_listed(close)}."]


def _zero(known: list[Row]) -> list[str]:
    none = [r.label for r in known if _ends(r)[0] <= 0 <= _ends(r)[1]]
    worse = [r.label for r in known if _ends(r)[1] < 0]
    found = []
    if none:
        found.append(f"Intervals that contain no effect (0 %): {_listed(none)}.")
    if worse:
        found.append(f"The pain signal rises (interval below 0 %): {_listed(worse)}.")
    return found


def _listed(names: list[str]) -> str:
    shown = [n or "the only arm" for n in names]
    if len(shown) > 6:
        return f"{', '.join(shown[:6])} and {len(shown) - 6} more"
    return ", ".join(shown[:-1]) + (" and " if len(shown) > 1 else "") + shown[-1]


def _windup(rows: list[Row]) -> list[str]:
    found = {
        row.label or "this run": mean_with_interval(row.values("windup_ratio")) for row in rows
    }
    found = {name: ratio for name, ratio in found.items() if math.isfinite(ratio[0])}
    if not found:
        return ["No wind-up ratio could be computed; status in the results says why."]
    most = max(found, key=lambda name: found[name][0])
    first = (
        f"Wind-up is largest with {most}: the last three volleys evoke {_ratio(found[most])} "
        + "times the spikes of the first."
    )
    others = [f"{name} {_ratio(ratio)}" for name, ratio in found.items() if name != most]
    if not others:
        return [first]
    return [first, f"The other ratios: {'; '.join(others)}. A ratio of 1 is no wind-up."]


def _ratio(values: tuple[float, float, float]) -> str:
    mean, low, high = values
    ends = f" (95 % interval {low:.2f} to {high:.2f})" if math.isfinite(low) else ""
    return f"{mean:.2f}{ends}"


def _plain(rows: list[Row]) -> list[str]:
    parts = [
        f"{row.label + ': ' if row.label else ''}{row.number('pain_signal'):.3g}" for row in rows
    ]
    return [
        "Nothing is compared here. Pain signal of the deep projection neurons in spikes/s per "
        + f"cell: {'; '.join(parts[:12])}."
    ]
