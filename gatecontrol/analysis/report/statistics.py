"""What the group ``/contrasts`` says, as sentences and tables."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.columns import Column, Table, number_text
from gatecontrol.analysis.figures.rows import Row, compares, sweep_axes, text_of
from gatecontrol.analysis.tables import row_table

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["LEVEL", "Contrast", "contrast_of", "p_text", "statistics"]

LEVEL = 0.05
"""A pair of arms differs if its corrected p is below this."""
HALF_WIDTH = 0.02
"""Half-width of an interval for which the seeds that it takes are told."""
_GROUP = "contrasts"
_ALONE = "Nothing is compared: this run has no device, and no arm that differs from its control."
_NONE = (
    "These results hold no contrasts (one seed, or assembled by an earlier version): each "
    + "interval stands for its own arm, and nothing is corrected for comparing many."
)


@dataclass(frozen=True)
class Contrast:
    """The difference of two arms' suppressions at one sweep point, in the epoch during.

    Attributes
    ----------
    value, low, high : float
        Difference, first minus second, with the 95 % interval for this difference alone.
    p_adjusted : float
        p after correction for all pairs and sweep points.
    pairs : int
        How many were tested.
    smallest : float
        Smallest corrected p that a permutation test over these seeds can give.
    """

    value: float
    low: float
    high: float
    p_adjusted: float
    pairs: int
    smallest: float

    @property
    def differs(self) -> bool:
        """Whether the arms differ after correction."""
        return self.p_adjusted < LEVEL


def contrast_of(group: "xr.Dataset | None", one: Row, other: Row, seeds: int) -> Contrast | None:
    """Return the difference of two rows, None if the results do not hold it.

    Parameters
    ----------
    group : xarray.Dataset or None
        The group ``/contrasts``.
    one, other : Row
        Two arms at the same sweep point; other rows were not compared.
    seeds : int
        Of the run.
    """
    if group is None or "difference" not in group:
        return None
    here, there = ({a: i for a, i in row.place.items() if a != "arm"} for row in (one, other))
    others = [str(a) for a in group["arm_other"].values]
    if here != there or one.arm == other.arm:
        return None
    sign, first, second = 1.0, one, other
    if second.arm not in others:
        sign, first, second = -1.0, other, one
    if second.arm not in others:
        return None
    place = {"arm": first.place["arm"], "arm_other": others.index(second.arm), **here}
    during = group.sel(epoch="during")

    def number(name: str) -> float:
        return float(during[name].isel(place))

    ends = [sign * number(f"difference_{e}") for e in ("low", "high")]
    tested = int(np.isfinite(_p_values(during)).sum())
    found = Contrast(
        sign * number("difference"),
        *(sorted(ends) if all(map(math.isfinite, ends)) else ends),
        number("difference_p_adjusted"),
        tested,
        _smallest(tested, seeds),
    )
    return found if math.isfinite(found.value) or math.isfinite(found.p_adjusted) else None


def _smallest(tested: int, seeds: int) -> float:
    """Return the smallest corrected p: all signs of the seeds alike, the first of the pairs."""
    return min(1.0, tested * 2.0 ** (1 - seeds))


def _p_values(during: "xr.Dataset") -> NDArray[np.float64]:
    """Return the corrected p of each pair, once."""
    values = during["difference_p_adjusted"].transpose("arm", "arm_other", ...).values
    return np.array([values[(a, o, *at.values())] for a, o, at in _pairs(during)], dtype=float)


def _pairs(during: "xr.Dataset") -> Iterator[tuple[int, int, dict[str, int]]]:
    """Yield arm, place of the other arm and sweep point of each pair, once."""
    arms = [str(a) for a in during["arm"].values]
    others = [str(a) for a in during["arm_other"].values]
    axes = [d for d in during["difference"].dims if d not in {"arm", "arm_other"}]
    if others == arms:
        pairs = list(combinations(range(len(arms)), 2))
    else:
        pairs = [(i, j) for j, o in enumerate(others) for i, a in enumerate(arms) if a != o]
    for spot in np.ndindex(*(during.sizes[a] for a in axes)):
        for arm, other in pairs:
            yield arm, other, dict(zip(map(str, axes), spot, strict=True))


def statistics(data: "xr.Dataset", group: "xr.Dataset | None") -> dict[str, Any]:
    """Return sentences and tables on contrasts, effect sizes, equivalence and power.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    group : xarray.Dataset or None
        The group ``/contrasts``.

    Returns
    -------
    dict
        ``sentences`` (list of str) and ``tables`` (list of Table).
    """
    if not compares(data):
        return {"sentences": [_ALONE], "tables": []}
    if group is None:
        return {"sentences": [_NONE], "tables": []}
    attributes = group.attrs
    interval = str(attributes.get("interval", ""))
    sentences = [f"Intervals: {interval}."] if interval else []
    tables = [_control_table(data, group)]
    sentences += _power(group, data.sizes["seed"])
    if "difference" in group:
        tables.append(_pair_table(data, group))
        sentences += _told_apart(group, data.sizes["seed"])
    elif attributes.get("pairs"):
        sentences.append(f"Comparisons of arms with each other: {attributes['pairs']}.")
    return {"sentences": sentences, "tables": tables}


def _told_apart(group: "xr.Dataset", seeds: int) -> list[str]:
    during = group.sel(epoch="during")
    p = _p_values(during)
    tested = int(np.isfinite(p).sum())
    told = [
        f"Of {tested} pairs of arms in the epoch during ({group.attrs.get('pairs', '')}), "
        + f"{int((p < LEVEL).sum())} differ after Holm's correction "
        + f"(difference_p_adjusted below {LEVEL:g})."
    ]
    smallest = _smallest(tested, seeds)
    if tested and smallest >= LEVEL:
        told.append(
            f"With {seeds} seeds a permutation test over {tested} pairs gives no corrected p "
            + f"below {number_text(smallest, 2)}: more seeds are needed before any pair can differ."
        )
    if "equivalent" in group:
        verdicts = during["equivalent"].transpose("arm", "arm_other", ...).values
        found = [str(verdicts[(a, o, *at.values())]) for a, o, at in _pairs(during)]
        margin = 100 * float(group.attrs["equivalence_margin"])
        told.append(
            f"The experiment states a margin of ±{margin:g} percentage points: by simultaneous "
            + f"intervals {found.count('equivalent')} pairs are equivalent within it, "
            + f"{found.count('not equivalent')} are not, {found.count('undecided')} are "
            + "undecided. No significant difference is not equivalence."
        )
    return told


def _power(group: "xr.Dataset", seeds: int) -> list[str]:
    if "seeds_needed" not in group:
        return []
    near = int(np.argmin(np.abs(group["half_width"].values - HALF_WIDTH)))
    needed = group["seeds_needed"].sel(epoch="during").isel(half_width=near).values
    needed = needed[np.isfinite(needed)]
    if not needed.size:
        return []
    width = 100 * float(group["half_width"].values[near])
    low, high = int(needed.min()), int(needed.max())
    count = f"{low} seeds" if low == high else f"{low} to {high} seeds, by arm and sweep point"
    return [
        f"An interval of ±{width:g} percentage points would take {count}; this run has {seeds}."
    ]


def _control_table(data: "xr.Dataset", group: "xr.Dataset") -> Table:
    """Return each row against its control: p, effect size, seeds needed."""
    kept = [n for n in data.variables if n in data.coords or n == "suppression_pooled"]
    named = {n: group[n].rename(None) for n in group.data_vars if "arm_other" not in group[n].dims}
    joined = data[kept].assign({f"{_GROUP}/{n}": v for n, v in named.items()})
    widths = group["half_width"].values if "half_width" in group.coords else np.array([])

    def seeds(row: Row) -> list[float]:
        values = np.asarray(row.values(f"{_GROUP}/seeds_needed", epoch="during"), dtype=float)
        return [float(values[np.argmin(np.abs(widths - HALF_WIDTH))])]

    during = {"epoch": "during"}
    ends = ("effect_size", "effect_size_low", "effect_size_high")
    columns = (
        Column("p", (f"{_GROUP}/p_value",), "1", labels=during),
        Column("p, Holm", (f"{_GROUP}/p_adjusted",), "1", labels=during),
        Column(
            "Hedges' g, 95 % interval", tuple(f"{_GROUP}/{n}" for n in ends), "1",
            labels=during, decimals=2,
        ),
        Column(
            f"Seeds for ±{100 * HALF_WIDTH:g} points", (f"{_GROUP}/seeds_needed",), "1",
            labels=during, pick=seeds, note=f"half_width={HALF_WIDTH:g}", decimals=0,
        ),
        Column("Remark", (f"{_GROUP}/status",), labels=during),
    )  # fmt: skip
    note = (
        "Paired permutation test over seeds; Holm's correction over all arms and sweep points "
        + "of the epoch; g is positive where the signal is suppressed."
    )
    return row_table(joined, "contrasts", "Each arm against its control", note, columns)


def _pair_table(data: "xr.Dataset", group: "xr.Dataset") -> Table:
    during = group.sel(epoch="during")
    labels = [str(x) for x in data["label"].values]
    by_arm = dict(zip((str(a) for a in data["arm"].values), labels, strict=True))
    others = [by_arm[str(a)] for a in during["arm_other"].values]
    axes = sweep_axes(data)
    points = {"unit": "points", "factor": 100.0, "decimals": 1, "labels": {"epoch": "during"}}

    def estimate(heading: str, names: tuple[str, ...]) -> Column:
        return Column(heading, tuple(f"{_GROUP}/{n}" for n in names), **points)

    def end(name: str) -> tuple[str, str, str]:
        return ("difference", f"difference{name}_low", f"difference{name}_high")

    columns = [
        Column("Arm", ("label",)),
        Column("Minus", ("arm_other",)),
        *(Column(str(data[a].attrs.get("long_name", a)), (a,)) for a in axes),
        estimate("Difference of suppression, 95 % interval", end("")),
        estimate("95 % for all together", end("_simultaneous")),
        Column("p, Holm", (f"{_GROUP}/difference_p_adjusted",), "1"),
        Column("Hedges' g", (f"{_GROUP}/difference_effect_size",), "1", decimals=2),
        estimate("Difference seen with 80 % power", ("detectable_difference",)),
    ]
    if "equivalent" in during:
        columns.append(Column("Equivalent", (f"{_GROUP}/equivalent",)))
    skip = 2 + len(axes)
    arrays = {n.removeprefix(f"{_GROUP}/"): None for column in columns[skip:] for n in column.names}
    order = ("arm", "arm_other", *axes)
    values = {n: during[n].transpose(*order).values for n in arrays}
    rows = []
    for arm, other, place in _pairs(during):
        spot = (arm, other, *(place[a] for a in axes))
        row: list[tuple[Any, ...]] = [(labels[arm],), (others[other],)]
        row += [(text_of(data, a, place[a]),) for a in axes]
        for column in columns[skip:]:
            names = [n.removeprefix(f"{_GROUP}/") for n in column.names]
            row.append(tuple(_plain(values[n][spot]) for n in names))
        rows.append(row)
    title = "Arms against each other"
    note = (
        "Points are percentage points of suppression, first arm minus second, in the epoch "
        + "during, on the same seeds. The first interval is for its difference alone, the "
        + "second holds for all differences together."
    )
    return Table("pairs", title, note, tuple(columns), rows)


def _plain(value: Any) -> float | str:
    return float(value) if isinstance(value, float | int | np.number) else str(value)


def p_text(value: float) -> str:
    """Return a p value as text, such as "p = 0.003".

    Parameters
    ----------
    value : float
    """
    return f"p = {number_text(value, 2)}" if value >= 0.001 else "p < 0.001"
