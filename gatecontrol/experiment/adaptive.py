"""Seeds until they suffice: batch by batch, decided by what the finished batches show.

The rule looks at the first n seeds of every arm and sweep point, in a fixed order: at the
95 % interval of the pooled suppression in the epoch during. While one is wider than asked,
seeds are added: as many as the width predicts (it falls as 1/sqrt(n)), at most as many again,
rounded up to a multiple of five. So the seeds a run ends with depend on the trials alone, and
not on workers, interruptions or where it is computed.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from gatecontrol.experiment.replicates import AdaptiveSeeds

if TYPE_CHECKING:
    import xarray as xr

    from gatecontrol.experiment.executor import Task
    from gatecontrol.experiment.journal import Journal
    from gatecontrol.experiment.plan import Plan
    from gatecontrol.experiment.sweep import Point

__all__ = ["Batch", "Stopping", "add_record", "batches", "next_count"]

_MULTIPLE = 5
_MOST_NAMED = 5
_EPOCH = "during"
_SIGNAL = "pain_signal"


@dataclass(frozen=True)
class Batch:
    """What was seen after a batch.

    Attributes
    ----------
    seeds : int
        Seeds so far.
    width : float
        Largest half-width of any arm and sweep point; infinite if one has no interval.
    widest : str
        Which has it ("tonic, device_frequency 50 Hz"); empty if nothing is compared.
    wider : dict of str to float or None
        Those that are wider than asked, with their half-widths; None without an interval.
    """

    seeds: int
    width: float
    widest: str
    wider: Mapping[str, float | None]


@dataclass
class Stopping:
    """The course of a run with adaptive seeds.

    Attributes
    ----------
    rule : AdaptiveSeeds
    seen : list of Batch
    """

    rule: AdaptiveSeeds
    seen: list[Batch] = field(default_factory=list)

    @property
    def reached(self) -> bool:
        """Whether every interval is as narrow as asked."""
        return bool(self.seen) and not self.seen[-1].wider

    def __str__(self) -> str:
        last = self.seen[-1]
        if not last.widest:
            return f"{last.seeds} seeds: no arm differs from its control"
        if math.isinf(last.width):
            return f"{last.seeds} seeds: there is no 95 % interval yet ({last.widest})"
        width = f"+/- {_points(last.width)} percentage points ({last.widest})"
        asked = f"asked for: {100 * self.rule.until:g}"
        return f"{last.seeds} seeds: the widest 95 % interval is {width}; {asked}"

    def warning(self) -> str:
        """Return what was not reached, as text; empty if all was."""
        if self.reached or not self.seen:
            return ""
        wider = self.seen[-1].wider
        named = [
            f"{name} ({'no interval' if width is None else _points(width)})"
            for name, width in list(wider.items())[:_MOST_NAMED]
        ]
        more = f" and {len(wider) - _MOST_NAMED} more" if len(wider) > _MOST_NAMED else ""
        need = ""
        if math.isfinite(self.seen[-1].width):
            need = f"; about {_wanted(self.rule, self.seen[-1])} seeds would do (seeds.max)"
        return (
            f"the 95 % interval is still wider than +/- {100 * self.rule.until:g} percentage "
            + f"points after {self.seen[-1].seeds} seeds, the most allowed: "
            + f"{', '.join(named)}{more}{need}"
        )

    def record(self) -> dict[str, Any]:
        """Return the rule and its course as plain data, infinite widths as None."""
        return {
            "rule": asdict(self.rule),
            "seeds": self.seen[-1].seeds,
            "reached": self.reached,
            "batches": [
                {
                    "seeds": b.seeds,
                    "half_width": None if math.isinf(b.width) else b.width,
                    "widest": b.widest,
                }
                for b in self.seen
            ],
            "wider": dict(self.seen[-1].wider),
            "warning": self.warning(),
        }


def _wanted(rule: AdaptiveSeeds, last: Batch) -> int:
    """Return how many seeds the last width predicts, to a multiple of five."""
    return _MULTIPLE * math.ceil(last.seeds * (last.width / rule.until) ** 2 / _MULTIPLE)


def _points(width: float) -> str:
    return f"{100 * width:.2g}"


def next_count(rule: AdaptiveSeeds, seeds: int, width: float) -> int:
    """Return the number of seeds after the next batch.

    Parameters
    ----------
    rule : AdaptiveSeeds
    seeds : int
        Seeds so far.
    width : float
        Largest half-width with these; may be infinite.

    Returns
    -------
    int
        ``seeds * (width / until)**2``, rounded up to a multiple of five; more than `seeds`,
        at most twice as many, and at most ``rule.max``.
    """
    ratio = (width / rule.until) ** 2
    wanted = 2 * seeds if ratio >= 2 else math.ceil(seeds * ratio)
    rounded = _MULTIPLE * math.ceil(max(wanted, seeds + 1) / _MULTIPLE)
    return min(rounded, 2 * seeds, rule.max)


def batches(
    rule: AdaptiveSeeds,
    plan: "Plan",
    journal: "Journal",
    compute: "Callable[[Sequence[Task]], None]",
    say: Callable[[str], None],
) -> "tuple[Plan, Stopping]":
    """Compute batch after batch until the rule is satisfied.

    Parameters
    ----------
    rule : AdaptiveSeeds
    plan : Plan
        With all seeds that there may be.
    journal : Journal
        Where finished trials are.
    compute : callable
        Computes those of some trials that are missing in the journal.
    say : callable
        Told what each batch has reached.

    Returns
    -------
    plan : Plan
        With the seeds that were used.
    stopping : Stopping
    """
    course, count = Stopping(rule), rule.min
    seen = _Signals(plan, journal)
    while True:
        before = course.seen[-1].seeds if course.seen else 0
        part = plan.of_seeds(range(rule[0], rule[0] + count))
        number = len(course.seen) + 1
        say(f"batch {number}: seeds {rule[before]} to {rule[count - 1]} (at most {rule[-1]})")
        compute(part.tasks)
        course.seen.append(_look(rule, count, seen))
        say(str(course))
        if course.reached or count >= rule.max:
            return part, course
        count = next_count(rule, count, course.seen[-1].width)


class _Signals:
    """The signal of every pair of trials, read once each from the journal."""

    def __init__(self, plan: "Plan", journal: "Journal") -> None:
        self._plan, self._journal = plan, journal
        self._known: dict[str, float] = {}
        # what is its own control cannot differ from it
        self._places: dict[str, list[Point]] = {}
        for point in plan.points:
            if plan.key(point.trial) != plan.key(point.control):
                parts = [f"{name} {value}" for name, value in point.axes.items()]
                self._places.setdefault(", ".join([point.arm, *parts]), []).append(point)

    def __call__(self, count: int) -> Iterator[tuple[str, list[float], list[float]]]:
        """Yield each arm and sweep point with its signals and those of its controls."""
        for name, points in self._places.items():
            first = points[:count]
            yield (
                name,
                [self._signal(p.trial) for p in first],
                [self._signal(p.control) for p in first],
            )

    def _signal(self, trial: Mapping[str, Any]) -> float:
        from gatecontrol.analysis.windows import EPOCHS

        key = self._plan.key(trial)
        if key not in self._known:
            measures = self._journal.load(key, spikes=False)["measures"]
            value = (measures.get(_SIGNAL) or [None] * len(EPOCHS))[EPOCHS.index(_EPOCH)]
            self._known[key] = math.nan if value is None else float(value)
        return self._known[key]


def _look(rule: AdaptiveSeeds, count: int, signals: _Signals) -> Batch:
    from gatecontrol.analysis.statistics import pooled_suppression

    width, widest, wider = -1.0, "", dict[str, float | None]()
    for name, on, off in signals(count):
        estimate = pooled_suppression(on, off)
        half = float(estimate.high - estimate.low) / 2
        half = half if math.isfinite(half) else math.inf
        if half > width:
            width, widest = half, name
        if half > rule.until:
            wider[name] = None if math.isinf(half) else half
    return Batch(count, max(width, 0.0), widest, wider)


def add_record(tree: "xr.DataTree", record: Mapping[str, Any]) -> None:
    """Write rule, seeds used and widths reached into the results.

    Parameters
    ----------
    tree : xarray.DataTree
        Assembled results; gains ``suppression_half_width`` [1] per arm and sweep point (epoch
        during) and the attribute ``adaptive_seeds`` (JSON).
    record : mapping
        From `Stopping.record`.
    """
    tree.attrs["adaptive_seeds"] = json.dumps(record)
    if record["warning"]:
        tree.attrs["warnings"] = json.dumps([
            *json.loads(tree.attrs["warnings"]),
            record["warning"],
        ])
    low, high = (tree[f"suppression_{end}"].sel(epoch=_EPOCH, drop=True) for end in ("low", "high"))
    half = (high - low) / 2
    half.attrs = {
        "units": "1",
        "long_name": "Half-width of the 95 % interval of the pooled suppression, epoch during",
    }
    tree["suppression_half_width"] = half
