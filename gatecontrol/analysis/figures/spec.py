"""What a figure of the results is: its data, its drawing and its words, under one name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from gatecontrol.analysis.results import Results

__all__ = ["FigureSpec"]


def _always(results: "Results") -> bool:
    return True


@dataclass(frozen=True)
class FigureSpec:
    """A figure that results may have data for.

    Attributes
    ----------
    name : str
        What ``results.plot`` calls it.
    title : str
        What it shows, in a few words.
    available : callable
        Results -> whether they hold its data.
    data : callable
        Results -> the numbers that are drawn, as a ``pandas.DataFrame`` or ``xarray.Dataset``
        in SI units.
    draw : callable
        Results, and where to draw (None for a new figure) -> the figure.
    caption : callable
        Results -> what it shows and how to read it.
    alt : callable
        Results -> the figure in words, with its numbers.
    panels : bool
        Whether it has several panels, and so is drawn into a Figure or SubFigure; otherwise
        into an Axes.
    file : callable
        Results -> file name without ending; `name` if not given.
    report : callable
        Results -> whether the report shows it.
    """

    name: str
    title: str
    available: "Callable[[Results], bool]"
    data: "Callable[[Results], pd.DataFrame | xr.Dataset]"
    draw: "Callable[[Results, Axes | Figure | SubFigure | None], Figure]"
    caption: "Callable[[Results], str]"
    alt: "Callable[[Results], str]"
    panels: bool = False
    file: "Callable[[Results], str] | None" = None
    report: "Callable[[Results], bool]" = _always

    def stem(self, results: "Results") -> str:
        """Return the file name without ending."""
        return self.file(results) if self.file else self.name

    def check_place(self, ax: Any) -> None:
        """Refuse to draw several panels into one axes, or one axes into a whole figure.

        Parameters
        ----------
        ax : Axes, Figure, SubFigure or None
            Where to draw.

        Raises
        ------
        GatecontrolError
            It is of the other kind.
        """
        from matplotlib.axes import Axes
        from matplotlib.figure import FigureBase

        from gatecontrol.errors import GatecontrolError

        if ax is None or isinstance(ax, FigureBase if self.panels else Axes):
            return
        wanted = (
            "has several panels; give a Figure or SubFigure as ax"
            if self.panels
            else "is drawn into one Axes; give one as ax"
        )
        raise GatecontrolError(f"the figure '{self.name}' {wanted}, not {type(ax).__name__}")
