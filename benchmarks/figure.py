"""The figure of a report: one panel a table."""

import matplotlib as mpl
import numpy as np

mpl.use("Agg")

import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.ticker import LogLocator, NullFormatter

from benchmarks.measure import spread

PANELS = {
    "hand": "cpu",
    "point": "cpu",
    "build": "cpu",
    "latency": "wall",
    "size": "cpu",
    "long": "peak",
    "workers": "rate",
    "points": "cpu",
    "report": "cpu",
    "fibres": "cpu",
    "recruitment": "cpu",
    "teach": "wall",
    "ports": "cpu",
}
"""Table -> the column that is drawn."""


def draw(tables, path):
    """Draw medians with smallest and largest value.

    Parameters
    ----------
    tables : list of benchmarks.tables.Table
    path : pathlib.Path
        PNG file.
    """
    drawn = [t for t in tables if t.rows]
    across = min(2, len(drawn))
    down = -(-len(drawn) // 2)
    with sns.axes_style("whitegrid"), sns.plotting_context("notebook", font_scale=0.8):
        figure, axes = plt.subplots(
            down, across, figsize=(6.2 * across, 3.1 * down), squeeze=False, layout="constrained"
        )
        for axis, table in zip(axes.flat, drawn, strict=False):
            (_lines if table.x else _dots)(axis, table, PANELS[table.name])
            axis.set_title(table.title.split(" (")[0], loc="left")
        for axis in axes.flat[len(drawn) :]:
            axis.set_axis_off()
        figure.savefig(path, dpi=150)
        plt.close(figure)


def _dots(axis, table, key):
    """Draw one dot a row; the axis is logarithmic, so that factors are distances."""
    rows = [row for row in table.rows if row.numbers.get(key)]
    colours = sns.color_palette("colorblind", len(rows))
    for place, (row, colour) in enumerate(zip(rows, colours, strict=True)):
        found = spread(row.numbers[key])
        axis.plot([found["min"], found["max"]], [place, place], color=colour, linewidth=2)
        axis.plot(found["median"], place, "o", color=colour)
        said = f"{found['median']:.3g}"
        axis.annotate(
            said, (found["median"], place), (0, 6), textcoords="offset points", ha="center"
        )
    axis.set_yticks(range(len(rows)), [row.name for row in rows])
    axis.set_ylim(len(rows) - 0.5, -0.7)
    axis.set_xscale("log")
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=8))
    axis.xaxis.set_major_formatter("{x:g}")
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.set_xlabel(table.columns[key])


def _lines(axis, table, key):
    """Draw one line a kind of row against the table's ``x``."""
    names = list(dict.fromkeys(row.name for row in table.rows))
    for name, colour in zip(names, sns.color_palette("colorblind", len(names)), strict=True):
        rows = [r for r in table.rows if r.name == name and r.numbers.get(key)]
        found = [spread(r.numbers[key]) for r in rows]
        x, middle = [r.x for r in rows], np.array([f["median"] for f in found])
        low = middle - [f["min"] for f in found]
        high = [f["max"] for f in found] - middle
        axis.errorbar(x, middle, [low, high], fmt="o-", color=colour, label=name)
    if table.name == "workers":
        axis.set_xticks(x)
        axis.set_ylim(bottom=0)
    else:
        axis.set_xscale("log")
        axis.set_yscale("log")
    axis.set_xlabel(table.x)
    axis.set_ylabel(table.columns[key])
    axis.legend(frameon=False)
