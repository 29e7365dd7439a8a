"""What hangs on which assumed number: every one of them changed, everything scored again.

A pass that is lost when an assumed number changes by a fifth is owed to that number. The change
is one at a time: what two numbers do together is seen by ``sweep.sensitivity``.
"""

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatecontrol.errors import ExperimentError, UsageError, did_you_mean
from gatecontrol.evidence.battery import run_battery, run_variants
from gatecontrol.evidence.objective import half_width
from gatecontrol.evidence.parameters import changed, free_groups
from gatecontrol.files import write_whole

if TYPE_CHECKING:
    from gatecontrol.evidence.battery import Score
    from gatecontrol.experiment.progress import Reporter

__all__ = [
    "FACTORS",
    "HEADINGS",
    "Robustness",
    "Shift",
    "Variant",
    "compare",
    "robustness",
    "rows",
    "write",
]

FACTORS = (0.8, 1.2)
"""By what a number is multiplied; assumed."""


@dataclass(frozen=True)
class Shift:
    """What one change did to one quantity.

    Attributes
    ----------
    group : str
        Number, or group of numbers, that was changed.
    factor : float
    phenomenon, quantity : str
    before, after : float
        The quantity of the circuit as it is, and of the changed one; NaN is missing.
    shift : float
        Their difference in half-widths of the band; NaN if one is missing or infinite.
    noise : float
        Half of the 95 % interval of `before`, in the same unit: smaller shifts may be chance.
    verdict_before, verdict_after : str
    """

    group: str
    factor: float
    phenomenon: str
    quantity: str
    before: float
    after: float
    shift: float
    noise: float
    verdict_before: str
    verdict_after: str


@dataclass(frozen=True)
class Variant:
    """What one change did to the verdicts.

    Attributes
    ----------
    group : str
    factor : float
    numbers : int
        How many were changed.
    passed : int
        Phenomena passed; -1 if the circuit refuses the change.
    lost, gained : tuple of str
        Ids; ``"P01 (edge)"`` if one standard error could have turned the verdict of the circuit
        as it is.
    shifts : tuple of Shift
    refused : str
        Why the circuit refuses the change.
    """

    group: str
    factor: float
    numbers: int
    passed: int
    lost: tuple[str, ...] = ()
    gained: tuple[str, ...] = ()
    shifts: tuple[Shift, ...] = ()
    refused: str = ""

    @property
    def largest(self) -> Shift | None:
        """The largest shift; None if there is none."""
        known = [s for s in self.shifts if math.isfinite(s.shift)]
        return max(known, key=lambda s: abs(s.shift), default=None)


@dataclass(frozen=True)
class Robustness:
    """All changes of a circuit.

    Attributes
    ----------
    base : Score
        Of the circuit as it is.
    variants : list of Variant
    unvaried : list of str
        Groups that are zero, which no factor changes.
    by : str
        How numbers were grouped.
    """

    base: "Score"
    variants: list[Variant]
    unvaried: list[str]
    by: str


def compare(base: "Score", other: "Score", group: str, factor: float, numbers: int) -> Variant:
    """Return what a change did.

    Parameters
    ----------
    base, other : Score
        Of the circuit as it is and of the changed one, with the same phenomena.
    group : str
    factor : float
    numbers : int
        How many were changed.
    """
    lost, gained, shifts = [], [], []
    for old, new in zip(base.verdicts, other.verdicts, strict=True):
        id = old.phenomenon.id
        if old.verdict != new.verdict:
            text = f"{id} (edge)" if old.edge else id
            (lost if old.verdict == "pass" else gained).append(text)
        after = {m.quantity.name: m for m in new.measured}
        for one in old.measured:
            there = after.get(one.quantity.name)
            value = math.nan if there is None else there.value
            unit = half_width(one.quantity)
            difference = (value - one.value) / unit
            shifts.append(
                Shift(
                    group,
                    factor,
                    id,
                    one.quantity.name,
                    one.value,
                    value,
                    difference if math.isfinite(difference) else math.nan,
                    (one.high - one.low) / 2 / unit,
                    one.verdict,
                    "fail" if there is None else there.verdict,
                )
            )
    changes = (tuple(lost), tuple(gained), tuple(shifts))
    return Variant(group, factor, numbers, other.passed, *changes)


def robustness(
    circuit: str,
    *,
    only: Sequence[str] = (),
    depth: str = "fast",
    by: str = "kind",
    parameters: str = "*",
    factors: Sequence[float] = FACTORS,
    out: Path | None = None,
    seeds: int | None = None,
    workers: int | None = None,
    progress: "Reporter | None" = None,
    backend: str = "auto",
    again: str = "",
) -> Robustness:
    """Change every assumed number of a circuit and score it again.

    Parameters
    ----------
    circuit : str
        Name or file.
    only : sequence of str, optional
        Ids of phenomena; all by default.
    depth : str, optional
    by : str, optional
        ``"kind"`` or ``"number"``, see `gatecontrol.evidence.parameters.free_groups`.
    parameters : str, optional
        Pattern of the groups (or of numbers in them) that are changed.
    factors : sequence of float, optional
    out : Path, optional
        Folder, ``results/robustness/<circuit>/<depth>`` by default; simulations that it holds are
        used again, so a stopped call goes on.
    seeds, workers, progress, backend, again
        See `gatecontrol.evidence.battery.run_battery`.

    Raises
    ------
    UsageError
        No group is called so, or a factor is not positive or 1.
    RunError
        A simulation failed or was stopped; finished ones are kept.
    """
    from gatecontrol.circuits import circuit_path
    from gatecontrol.circuits.load import circuit_numbers
    from gatecontrol.experiment.progress import Lines, duration_text

    say = progress or Lines()
    groups = _chosen(free_groups(circuit, by), parameters)
    for factor in factors:
        if not (math.isfinite(factor) and factor > 0 and factor != 1):
            raise UsageError(f"a factor is a positive number other than 1, not {factor:g}")
    numbers = circuit_numbers(circuit_path(circuit), circuit)
    folder = out or Path("results") / "robustness" / Path(circuit).stem / depth
    settings: dict[str, Any] = {
        "only": only, "depth": depth, "out": folder, "seeds": seeds, "workers": workers,
        "progress": say, "backend": backend, "again": again,
    }  # fmt: skip
    base = run_battery(circuit, **settings)
    made = {
        (group, factor): changed(numbers, names, factor)
        for group, names in groups.items()
        for factor in factors
    }
    unvaried = [group for group in groups if not made[group, factors[0]]]
    wanted = {key: changes for key, changes in made.items() if changes}
    say.say(
        f"{len(wanted)} changes of {len(groups) - len(unvaried)} groups, about "
        + f"{duration_text(base.seconds * len(wanted))} of one core if none is finished"
    )
    scores = run_variants(circuit, list(wanted.values()), **settings)
    variants = []
    for ((group, factor), changes), score in zip(wanted.items(), scores, strict=True):
        if isinstance(score, ExperimentError):
            variants.append(Variant(group, factor, len(changes), -1, refused=_short(score)))
        else:
            variants.append(compare(base, score, group, factor, len(changes)))
    return Robustness(base, variants, unvaried, by)


def _short(error: ExperimentError) -> str:
    return error.problems[0].message if error.problems else str(error)


def _chosen(groups: dict[str, list[str]], pattern: str) -> dict[str, list[str]]:
    """Return the groups whose name, or one of whose numbers, matches a pattern."""
    found = {
        group: names
        for group, names in groups.items()
        if any(fnmatchcase(name, pattern) for name in (group, *names))
    }
    if not found:
        hint = did_you_mean(pattern, list(groups))
        raise UsageError(f"no assumed number is called '{pattern}'.{hint}")
    return found


def write(found: Robustness, folder: Path) -> list[Path]:
    """Write the tables: every shift as CSV, every change as Markdown.

    Parameters
    ----------
    found : Robustness
    folder : Path

    Returns
    -------
    list of Path
        ``robustness.csv`` and ``robustness.md``.
    """
    text = io.StringIO()
    table = csv.DictWriter(text, [f.name for f in fields(Shift)], lineterminator="\n")
    table.writeheader()
    for variant in found.variants:
        for shift in variant.shifts:
            table.writerow({k: _cell(v) for k, v in asdict(shift).items()})
    write_whole(folder / "robustness.csv", text.getvalue().encode())
    write_whole(folder / "robustness.md", _markdown(found).encode())
    return [folder / "robustness.csv", folder / "robustness.md"]


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.6g}"
    return value


def rows(found: Robustness) -> list[list[str]]:
    """Return the table of changes: those that lose most first, then the largest shifts.

    Parameters
    ----------
    found : Robustness
    """

    def rank(variant: Variant) -> tuple[float, ...]:
        size = abs(variant.largest.shift) if variant.largest else 0.0
        return (-len(variant.lost), -len(variant.gained), -size)

    table = []
    for one in sorted(found.variants, key=rank):
        largest, tail = one.largest, f"refused: {one.refused}"
        if not one.refused:
            tail = (
                f"{largest.phenomenon}.{largest.quantity} {largest.shift:+.2f} ({_noise(largest)})"
                if largest
                else ""
            )
        passed = "" if one.refused else str(one.passed)
        lists = (", ".join(one.lost), ", ".join(one.gained))
        table.append([one.group, str(one.numbers), f"{one.factor:g}", passed, *lists, tail])
    return table


HEADINGS = ("changed", "numbers", "times", "passed", "lost", "gained", "largest shift")


def _noise(shift: Shift) -> str:
    """Return the noise beside a shift; few seeds give no interval."""
    return "no interval" if math.isnan(shift.noise) else f"noise {shift.noise:.2f}"


def _markdown(found: Robustness) -> str:
    from gatecontrol.evidence.score_file import circuit_digest

    base = found.base
    passed = [v.phenomenon.id for v in base.verdicts if v.verdict == "pass"]
    fragile = sorted({id for v in found.variants for id in v.lost})
    lines = [
        f"# Robustness of {base.circuit}",
        "",
        f"Depth {base.depth}; {base.passed} of {len(base.verdicts)} phenomena pass as it is; "
        + f"{base.free_parameters} assumed numbers, grouped by {found.by}. Shifts and noise are "
        + "in half-widths of the bands; noise is half of the 95 % interval of the circuit as it "
        + "is. (edge): one standard error could have turned the verdict anyway.",
        "",
        f"Circuit file {circuit_digest(base.circuit)}. Phenomena: "
        + f"{', '.join(v.phenomenon.id for v in base.verdicts)}; passed: {', '.join(passed)}.",
        "",
        f"Passes lost by any change: {', '.join(fragile) or 'none'}.",
        *([f"Zero, so not changed: {', '.join(found.unvaried)}."] if found.unvaried else []),
        "",
        f"| {' | '.join(HEADINGS)} |",
        "|---|---:|---:|---:|---|---|---|",
        *(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows(found)),
    ]
    return "\n".join(lines) + "\n"
