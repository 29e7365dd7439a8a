"""What a part of the benchmarks hands to the report."""

from dataclasses import dataclass, field

from benchmarks.measure import spread


@dataclass(frozen=True)
class Row:
    """One measured thing; ``numbers`` maps a column to its value in each round."""

    name: str
    numbers: dict
    note: str = ""
    x: float | None = None


@dataclass(frozen=True)
class Ratio:
    """A ratio, paired round by round, and what the project promised of it.

    ``gate`` and ``goal`` are the smallest acceptable values, or the largest with ``at_most``.
    """

    name: str
    values: list
    gate: float
    goal: float | None = None
    at_most: bool = False
    unit: str = "x"

    def passes(self, limit):
        """Return whether the median keeps a limit."""
        median = spread(self.values)["median"]
        return median <= limit if self.at_most else median >= limit


@dataclass(frozen=True)
class Table:
    """One table of the report: rows of columns (name -> unit), and its ratios."""

    name: str
    title: str
    columns: dict
    rows: list
    ratios: list = field(default_factory=list)
    remarks: tuple = ()
    x: str = ""


def column(results, key, scale=1.0):
    """Return one number of each round."""
    return [r[key] * scale for r in results]


def paired(above, below):
    """Return the ratios of two variants, round by round."""
    return [a / b for a, b in zip(above, below, strict=True)]
