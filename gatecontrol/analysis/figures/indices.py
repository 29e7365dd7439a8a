"""Sobol indices of a sensitivity design, from the group ``/sensitivity``."""

from typing import TYPE_CHECKING

from gatecontrol.analysis.figures.spec import FigureSpec

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from gatecontrol.analysis.results import Results

__all__ = ["SENSITIVITY"]

_NUMBERS = ("suppression_total", "suppression_first_order")


def _group(results: "Results") -> "xr.Dataset":
    return results.tree["sensitivity"].to_dataset()


def _available(results: "Results") -> bool:
    return "sensitivity" in results.tree.children and "suppression_total" in _group(results)


def _draw(results: "Results", ax: "Axes | None") -> "Figure":
    from gatecontrol.analysis.figures.sensitivity import sensitivity_indices

    return sensitivity_indices(_group(results), ax)


def _alt(results: "Results") -> str:
    from gatecontrol.analysis.figures.sensitivity import sensitivity_indices_alt

    return sensitivity_indices_alt(_group(results))


def _data(results: "Results") -> "pd.DataFrame":
    names = [f"{n}{end}" for n in _NUMBERS for end in ("", "_low", "_high")]
    chosen = _group(results)[[*names, "suppression_status"]].sel(epoch="during")
    return chosen.to_dataframe().reset_index()


SENSITIVITY = FigureSpec(
    name="sensitivity",
    title="Sobol indices: which parameter the spread of the suppression comes from",
    available=_available,
    data=_data,
    draw=_draw,
    caption=lambda results: (
        "Share of the variance of the suppression over the samples of the design that each "
        + "parameter causes alone (first order) and alone or with others (total), with 95 % "
        + "intervals over the samples."
    ),
    alt=_alt,
)
