"""Figures: each from one function on results, with its data and its description in words."""

from gatecontrol.analysis.figures.circuit_diagram import circuit_diagram, circuit_diagram_alt
from gatecontrol.analysis.figures.curves import suppression_along_axis, suppression_along_axis_alt
from gatecontrol.analysis.figures.forest import suppression_by_arm, suppression_by_arm_alt
from gatecontrol.analysis.figures.kept import RasterData, raster_data
from gatecontrol.analysis.figures.raster import raster, raster_alt
from gatecontrol.analysis.figures.registry import (
    SPECS,
    Drawing,
    draw_all,
    drawings,
    plot,
    plot_data,
    plots,
)
from gatecontrol.analysis.figures.rows import compares
from gatecontrol.analysis.figures.spec import FigureSpec
from gatecontrol.analysis.figures.windup import windup_curves, windup_curves_alt

__all__ = [
    "SPECS",
    "Drawing",
    "FigureSpec",
    "RasterData",
    "circuit_diagram",
    "circuit_diagram_alt",
    "compares",
    "draw_all",
    "drawings",
    "plot",
    "plot_data",
    "plots",
    "raster",
    "raster_alt",
    "raster_data",
    "suppression_along_axis",
    "suppression_along_axis_alt",
    "suppression_by_arm",
    "suppression_by_arm_alt",
    "windup_curves",
    "windup_curves_alt",
]
