"""The field of an arm's device with the fibres in it, rebuilt from the experiment as it was run."""

from typing import TYPE_CHECKING, Any, cast

from gatecontrol.analysis.figures.rows import Row, rows_of, shown_row, sweep_axes
from gatecontrol.analysis.figures.spec import FigureSpec
from gatecontrol.analysis.figures.style import house_style, panels
from gatecontrol.errors import GatecontrolError

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure, FigureBase

    from gatecontrol.analysis.figures.device_field import FieldData
    from gatecontrol.analysis.results import Results
    from gatecontrol.devices.base import PulsedDevice
    from gatecontrol.preparations import Preparation

__all__ = ["FIELD", "device_of", "field"]


def _row(results: "Results") -> Row:
    """Return the arm with the largest suppression of those with a device."""
    data = results.data
    best = shown_row(data)
    if best.has_device:
        return best
    return next(row for row in rows_of(data) if row.has_device)


def device_of(results: "Results", row: Row) -> "tuple[PulsedDevice, Preparation]":
    """Return the device of an arm at a sweep point, and the body it was in.

    Parameters
    ----------
    results : Results
        With ``experiment.yaml``.
    row : Row
        Arm and sweep point.

    Raises
    ------
    GatecontrolError
        The device has no electrode and fibres, or the file does not say what it was.
    """
    from pathlib import Path

    from gatecontrol.devices.base import PulsedDevice
    from gatecontrol.plugins import load_plugin
    from gatecontrol.preparations import load_preparation
    from gatecontrol.yamlfile import read_yaml_text

    path = results.path / "experiment.yaml"
    written = read_yaml_text(results.experiment, Path(path), str(path)).data
    config = _at_point(results.data, _device_config(written, row.arm), row)
    if not config:
        raise GatecontrolError(f"{path} has no device for the arm '{row.arm}'")
    kind = load_plugin("devices", str(config["kind"]))
    if not issubclass(kind, PulsedDevice):
        raise GatecontrolError(f"the device '{config['kind']}' has no electrode and fibres to draw")
    device = cast(PulsedDevice, kind.from_config(config))
    return device, load_preparation(str(row.values("preparation")))


def _device_config(written: dict[str, Any], arm: str) -> dict[str, Any]:
    own = (written.get("arms") or {}).get(arm) or {}
    return dict(own.get("device") or written.get("device") or {})


def _at_point(data: "xr.Dataset", config: dict[str, Any], row: Row) -> dict[str, Any]:
    """Return a device's settings with the values of the sweep axes that change them."""
    for axis in sweep_axes(data):
        path = str(data[axis].attrs.get("long_name", axis)).split(".")
        if path[-2:-1] == ["device"] and path[-1] in config:
            config[path[-1]] = row.parts[axis]
    return config


def _fields(results: "Results") -> "list[FieldData]":
    from gatecontrol.analysis.figures.device_field import PLANES, field_data
    from gatecontrol.devices.excitability import reference_population

    device, preparation = device_of(results, _row(results))
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
