"""The field of an arm's device with the fibres in it, rebuilt from the experiment as it was run."""

from typing import TYPE_CHECKING

from gatecontrol.analysis.figures.rebuilt import device_of, preparation_of
from gatecontrol.analysis.figures.rows import Row, rows_of, shown_row
from gatecontrol.analysis.figures.spec import FigureSpec
from gatecontrol.analysis.figures.style import house_style, panels

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure, FigureBase

    from gatecontrol.analysis.figures.device_field import FieldData
    from gatecontrol.analysis.results import Results

__all__ = ["FIELD", "field"]


def _row(results: "Results") -> Row:
    """Return the arm with the largest suppression of those with a device."""
    data = results.data
    best = shown_row(data)
    if best.has_device:
        return best
    return next(row for row in rows_of(data) if row.has_device)


def _fields(results: "Results") -> "list[FieldData]":
    from gatecontrol.analysis.figures.device_field import PLANES, field_data
    from gatecontrol.devices.excitability import reference_population

    row = _row(results)
    device, preparation = device_of(results, row), preparation_of(row)
    found = reference_population(device, preparation)
    return [field_data(device, preparation, found, plane) for plane in PLANES]


def field(results: "Results", ax: "FigureBase | None" = None) -> "Figure":
    """Draw the potential of a device along and across its fibres.

    Parameters
    ----------
    results : Results
        With a device and ``experiment.yaml``; of several arms, the one with the largest
        suppression is drawn.
    ax : Figure or SubFigure, optional
        Where to draw; a new figure if not given.
    """
    from gatecontrol.analysis.figures.device_field import device_field

    with house_style():
        figure, place = panels(ax, 7.2, 8.4)
        for data, axes in zip(_fields(results), place.subplots(2, 1), strict=True):
            device_field(data, axes)
    return figure


def _data(results: "Results") -> "xr.Dataset":
    import xarray as xr

    found = {}
    for one in _fields(results):
        right = "x" if one.plane == "along" else "y"
        found[f"potential_{one.plane}"] = xr.DataArray(
            one.potential,
            {
                f"z_{one.plane}": (f"z_{one.plane}", one.depth, {"units": "m"}),
                right: (right, one.right, {"units": "m"}),
            },
            (f"z_{one.plane}", right),
            attrs={"units": "V/A", "long_name": f"Potential, plane {one.plane} the fibres"},
        )
    return xr.Dataset(found)


def _alt(results: "Results") -> str:
    from gatecontrol.analysis.figures.device_field import device_field_alt

    return " ".join(device_field_alt(one) for one in _fields(results))


FIELD = FigureSpec(
    name="field",
    title="Potential of the device, with electrode, layers and fibres",
    available=lambda results: (
        bool(results.experiment) and any(r.has_device for r in rows_of(results.data))
    ),
    data=_data,
    draw=field,
    caption=lambda results: (
        f"{_row(results).label or 'The device'}: potential per milliampere along and across the "
        + "fibres through the cathode (black; anodes white), in the layers of the model, with "
        + "nodes of some fibres of the reference population."
    ),
    alt=_alt,
    panels=True,
    report=lambda results: False,  # `gatecontrol describe device` draws it with its thresholds
)  # fmt: skip
