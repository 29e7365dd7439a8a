"""All figures of results by name: which a run has data for, drawn and written."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatecontrol.analysis.figures.circuit_rates import CIRCUIT
from gatecontrol.analysis.figures.conditioning import CONDITIONING
from gatecontrol.analysis.figures.courses import SPECTRUM, TIME_COURSE
from gatecontrol.analysis.figures.curves import DOSE_RESPONSE
from gatecontrol.analysis.figures.estimates import AFTER_EFFECT, THERAPEUTIC_WINDOW
from gatecontrol.analysis.figures.field import FIELD
from gatecontrol.analysis.figures.forest import FOREST
from gatecontrol.analysis.figures.heat_map import HEAT_MAP
from gatecontrol.analysis.figures.heterogeneity import HETEROGENEITY
from gatecontrol.analysis.figures.indices import SENSITIVITY
from gatecontrol.analysis.figures.population_rates import POPULATION_RATES
from gatecontrol.analysis.figures.psth import PSTH
from gatecontrol.analysis.figures.raster import RASTER
from gatecontrol.analysis.figures.recruited import RECRUITED
from gatecontrol.analysis.figures.safety import SAFETY
from gatecontrol.analysis.figures.spec import FigureSpec
from gatecontrol.analysis.figures.style import save
from gatecontrol.analysis.figures.windup import WINDUP
from gatecontrol.errors import GatecontrolError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

    from gatecontrol.analysis.results import Results

__all__ = [
    "SPECS",
    "Drawing",
    "choose",
    "draw_all",
    "drawings",
    "plot",
    "plot_data",
    "plots",
    "spec_of",
]

SPECS: dict[str, FigureSpec] = {
    spec.name: spec
    for spec in (
        DOSE_RESPONSE,
        HEAT_MAP,
        FOREST,
        SENSITIVITY,
        CONDITIONING,
        THERAPEUTIC_WINDOW,
        TIME_COURSE,
        AFTER_EFFECT,
        HETEROGENEITY,
        WINDUP,
        PSTH,
        SPECTRUM,
        RECRUITED,
        RASTER,
        POPULATION_RATES,
        CIRCUIT,
        SAFETY,
        FIELD,
    )
}
"""Name -> figure, in the order of the report."""


@dataclass(frozen=True)
class Drawing:
    """A figure of a run, drawn.

    Attributes
    ----------
    name : str
        File name without ending.
    caption : str
        What it shows and how to read it.
    alt : str
        The figure in words.
    figure : Figure
    """

    name: str
    caption: str
    alt: str
    figure: "Figure"


def plots(results: "Results") -> list[str]:
    """Return the names of the figures that results hold data for.

    Parameters
    ----------
    results : Results
    """
    return [name for name, spec in SPECS.items() if spec.available(results)]


def spec_of(results: "Results", name: str) -> FigureSpec:
    """Return a figure that results hold data for.

    Parameters
    ----------
    results : Results
    name : str
        One of `SPECS`.

    Raises
    ------
    GatecontrolError
        There is no such figure, or the results do not hold its data.
    """
    if name not in SPECS:
        raise GatecontrolError(
            f"no figure '{name}'.{did_you_mean(name, SPECS)} Known: {', '.join(SPECS)}"
        )
    spec = SPECS[name]
    if not spec.available(results):
        raise GatecontrolError(
            f"these results hold no data for the figure '{name}' ({spec.title.lower()}); they "
            + f"have: {', '.join(plots(results))}"
        )
    return spec


def plot(results: "Results", name: str, ax: Any = None, **where: Any) -> "Figure":
    """Draw a figure of results; see `gatecontrol.analysis.results.Results.plot`."""
    chosen = choose(results, where)
    spec = spec_of(chosen, name)
    spec.check_place(ax)
    return spec.draw(chosen, ax)


def plot_data(results: "Results", name: str, **where: Any) -> "pd.DataFrame | xr.Dataset":
    """Return the numbers of a figure; see `gatecontrol.analysis.results.Results.plot_data`."""
    chosen = choose(results, where)
    return spec_of(chosen, name).data(chosen)


def choose(results: "Results", where: dict[str, Any]) -> "Results":
    """Return results of some arms and values of sweep axes alone.

    Parameters
    ----------
    results : Results
    where : dict
        ``arm`` or a sweep axis -> value or list of values, as written or as a number.

    Raises
    ------
    GatecontrolError
        There is no such dimension or value.
    """
    if not where:
        return results
    import xarray as xr

    from gatecontrol.analysis.figures.rows import sweep_axes, texts_of
    from gatecontrol.analysis.results import Results

    data = results.data
    known = ["arm", *sweep_axes(data)]
    chosen = {}
    for dim, wanted in where.items():
        if dim not in known:
            raise GatecontrolError(f"no '{dim}' to choose from; known: {', '.join(known)}")
        values = wanted if isinstance(wanted, list | tuple) else [wanted]
        texts = texts_of(data, dim)
        numbers = data[dim].values.tolist()
        for value in values:
            if value not in texts and value not in numbers:
                raise GatecontrolError(f"no {dim} '{value}'; there are: {', '.join(texts)}")
        chosen[dim] = [
            i for i, (t, n) in enumerate(zip(texts, numbers, strict=True)) if {t, n} & {*values}
        ]
    tree = xr.DataTree(data.isel(chosen), name=results.tree.name)
    for name, child in results.tree.children.items():
        # a group has the root's labels along the dimensions that it shares with it
        group = child.to_dataset(inherit=False)
        tree[name] = xr.DataTree(group.isel({d: v for d, v in chosen.items() if d in group.dims}))
    return Results(tree, results.path, results.experiment, results.run)


def drawings(results: "Results | xr.DataTree") -> Iterator[Drawing]:
    """Draw every figure of the report that a run has data for.

    Parameters
    ----------
    results : Results or xarray.DataTree
        Results, or their tree alone.

    Yields
    ------
    Drawing
        One at a time, so that memory holds one figure.
    """
    from gatecontrol.analysis.results import Results

    if not isinstance(results, Results):
        results = Results(results, Path())
    for spec in SPECS.values():
        if spec.available(results) and spec.report(results):
            yield Drawing(
                spec.stem(results),
                spec.caption(results),
                spec.alt(results),
                spec.draw(results, None),
            )


def draw_all(results: "Results | xr.DataTree", folder: Path) -> list[tuple[Drawing, Path]]:
    """Draw and write every figure of a run's report as PNG and SVG.

    Parameters
    ----------
    results : Results or xarray.DataTree
        Results, or their tree alone: then ``experiment.yaml`` is that of the folder above.
    folder : Path
        Where the files go (``results/<name>/figures``).

    Returns
    -------
    list of (Drawing, Path)
        Each figure with its PNG; the SVG lies beside it.
    """
    drawn = drawings(_with_experiment(results, folder.parent))
    return [(drawing, save(drawing.figure, folder, drawing.name)[0]) for drawing in drawn]


def _with_experiment(results: "Results | xr.DataTree", folder: Path) -> "Results":
    from gatecontrol.analysis.results import Results

    if isinstance(results, Results):
        return results
    text = folder / "experiment.yaml"
    return Results(
        results, folder, text.read_text(encoding="utf-8") if text.is_file() else ""
    )  # fmt: skip
