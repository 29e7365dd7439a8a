"""Columns and tables that say where in ``results.nc`` every value comes from.

A column is declared by the variables that it shows and the labels at which they are taken;
what is left of seeds is averaged. So a table can be checked against the results, and the
same declaration gives the page and the CSV file.
"""

import csv
import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from gatecontrol.analysis.figures.rows import Row

__all__ = ["MISSING", "MOST_ROWS", "Column", "Table", "Value", "number_text"]

MISSING = "\N{EN DASH}"
MOST_ROWS = 60
"""Rows that a page shows of a table; the CSV file has all."""

Value = float | str

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number_text(value: float, digits: int = 3) -> str:
    """Return a number as text; an en dash for NaN.

    Parameters
    ----------
    value : float
    digits : int, optional
        Significant digits.

    Returns
    -------
    str
        With a true minus sign, and with a power of ten only if very large or very small.
    """
    if not math.isfinite(value):
        return MISSING
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(float(f"{value:.{digits - 1}e}"))))
    if -4 <= exponent < 6:
        raised = ""
        text = f"{value:.{max(digits - 1 - exponent, 0)}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
        mantissa = mantissa.rstrip("0").rstrip(".")
        raised = str(int(power)).translate(_RAISED)
        text = f"{mantissa} \N{MULTIPLICATION SIGN} 10"
    return text.replace("-", "\N{MINUS SIGN}") + raised


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    heading : str
        Its name.
    names : tuple of str
        Variables of the results: one number, one text, or an estimate with both ends of its
        interval.
    unit, factor : str, float
        Unit shown, and what turns the SI value into it.
    labels : mapping of str to str
        Where the variables are taken: ``epoch``, ``fibre_class``.
    decimals : int or None
        Digits after the point; three significant ones if None.
    pick : callable or None
        Gives the values of a row where they are not plain variables; `note` says how.
    note : str
        How a value follows from the variables, if it is not the mean over seeds.
    """

    heading: str
    names: tuple[str, ...]
    unit: str = ""
    factor: float = 1.0
    labels: Mapping[str, str] = field(default_factory=dict)
    decimals: int | None = None
    pick: Callable[[Row], Sequence[Value]] | None = None
    note: str = ""

    @property
    def title(self) -> str:
        """Heading with unit."""
        return f"{self.heading} [{self.unit}]" if self.unit else self.heading

    @property
    def source(self) -> str:
        """Where the values are in the results, in words."""
        where = [f"{k}={v}" for k, v in self.labels.items()]
        return "; ".join([", ".join(self.names), *where, *([self.note] if self.note else [])])

    @property
    def is_number(self) -> bool:
        """Whether the column holds numbers."""
        return bool(self.unit)

    def values(self, row: Row) -> tuple[Value, ...]:
        """Return the values of a row in SI units, NaN where there is none."""
        if self.pick is not None:
            return tuple(self.pick(row))
        return tuple(_at(row, name, self.labels) for name in self.names)

    def text(self, values: Sequence[Value]) -> str:
        """Return values as a page shows them: "34.2", or "34.2 [30.1, 38.0]"."""
        shown = [v if isinstance(v, str) else self._number(v) for v in values]
        if len(shown) == 3 and shown[0] != MISSING:
            ends = "no interval" if MISSING in shown[1:] else f"[{shown[1]}, {shown[2]}]"
            return f"{shown[0]} {ends}"
        return shown[0] or MISSING

    def _number(self, value: float) -> str:
        if not math.isfinite(value):
            return MISSING
        if self.decimals is None:
            return number_text(value * self.factor)
        # Adding 0 turns a negative zero into zero.
        shown = round(value * self.factor, self.decimals) + 0.0
        return f"{shown:.{self.decimals}f}".replace("-", "\N{MINUS SIGN}")


def _at(row: Row, name: str, labels: Mapping[str, str]) -> Value:
    values = row.values(name, **labels)
    if values.dtype.kind not in "fiub":
        return str(values)
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if finite.size else math.nan


@dataclass(frozen=True)
class Table:
    """A table with all its rows.

    Attributes
    ----------
    name : str
        Of its CSV file.
    title, note : str
        Caption, and what to know when reading it.
    columns : tuple of Column
    rows : list of list of tuple
        Values in SI units, by row and column.
    rank : str
        Variable by which rows are chosen, the largest first, where not all are shown; the
        first ones if empty.
    """

    name: str
    title: str
    note: str
    columns: tuple[Column, ...]
    rows: list[list[tuple[Value, ...]]]
    rank: str = ""

    @property
    def header(self) -> list[str]:
        """Headings with units."""
        return [c.title for c in self.columns]

    def texts(self, most: int | None = None) -> list[list[str]]:
        """Return the cells as a page shows them, of all rows or of some.

        Parameters
        ----------
        most : int, optional
            Rows; if there are more, those with the largest values of `rank`.
        """
        rows = self.rows
        if most is not None and len(rows) > most:
            rows = self._ranked()[:most]
        return [
            [c.text(values) for c, values in zip(self.columns, row, strict=True)] for row in rows
        ]

    def _ranked(self) -> list[list[tuple[Value, ...]]]:
        place = next((i for i, c in enumerate(self.columns) if self.rank in c.names), None)
        if place is None:
            return self.rows

        def size(row: list[tuple[Value, ...]]) -> float:
            value = row[place][0]
            return -value if isinstance(value, float) and math.isfinite(value) else math.inf

        return sorted(self.rows, key=size)

    def csv(self) -> str:
        """Return all rows as CSV: variables of the results in SI units, not rounded."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([h for c in self.columns for h in _csv_headings(c)])
        for row in self.rows:
            writer.writerow([_plain(v) for values in row for v in values])
        return out.getvalue()


def _csv_headings(column: Column) -> list[str]:
    where = "".join(f" {k}={v}" for k, v in column.labels.items())
    note = f" ({column.note})" if column.note else ""
    return [f"{name}{where}{note}" for name in column.names]


def _plain(value: Value) -> str:
    if isinstance(value, str):
        return value
    return repr(float(value)) if math.isfinite(value) else ""
