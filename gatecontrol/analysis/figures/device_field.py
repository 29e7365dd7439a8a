"""The field of a device with the fibres in it: potential, layers, contacts, nodes."""

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.figures.style import CLASS_COLOURS, CLASS_NAMES, GREY, canvas, house_style
from gatecontrol.devices.excitability import MODELS
from gatecontrol.fibres.axon import fibre_model

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from gatecontrol.devices.excitability import Population, Reference
    from gatecontrol.devices.pulsed import PulsedDevice
    from gatecontrol.fields.electrodes import Contact
    from gatecontrol.preparations import Preparation

__all__ = ["FieldData", "device_field", "device_field_alt", "field_data"]

PLANES = {"along": 0, "across": 1}
"""Plane of a picture -> the coordinate that is drawn to the right; depth z goes down."""

_SHOWN = 6  # fibres of a class whose nodes are drawn along the electrode
_DOTS = 150  # of a class, across it
_CROWD = 250  # dots above which they are drawn small
_POINTS = (140, 100)
_LEVELS = 8  # of potential on either side of zero, at most


@dataclass(frozen=True, eq=False)
class FieldData:
    """What a picture of a field shows.

    Attributes
    ----------
    title, plane : str
        Name of the device; ``"along"`` (x and z) or ``"across"`` (y and z).
    right : ndarray of float, shape (r,)
        x or y of the columns [m].
    depth : ndarray of float, shape (d,)
        z of the rows [m].
    potential : ndarray of float, shape (d, r)
        [V/A], in the plane through the cathode.
    layers : tuple of (str, float, float)
        Name and depths of what lies in the picture; infinite outwards.
    contacts : tuple of Contact
        The electrode of the first channel.
    dots : mapping of str to ndarray of float, shape (n, 2)
        Fibre class -> places of nodes (along), or of fibres (across) [m].
    """

    title: str
    plane: str
    right: NDArray[np.float64]
    depth: NDArray[np.float64]
    potential: NDArray[np.float64]
    layers: tuple[tuple[str, float, float], ...]
    contacts: "tuple[Contact, ...]"
    dots: dict[str, NDArray[np.float64]]


def field_data(
    device: "PulsedDevice",
    preparation: "Preparation",
    found: "Reference | Population",
    plane: str = "along",
) -> FieldData:
    """Return the field of a device in its layers.

    Parameters
    ----------
    device : PulsedDevice
        Its first channel is drawn.
    preparation : Preparation
        Whose body it is.
    found : Reference
        The fibres.
    plane : str, optional
        ``"along"`` or ``"across"`` the fibres, through the cathode.
    """
    axis = PLANES[plane]
    contacts = tuple(c for c in device.channels(preparation)[0] if c.share)
    cathode = next((c for c in contacts if c.share < 0), contacts[0])
    tissue = device.tissue(preparation)
    layers = () if tissue is None else tuple((n, *d) for n, d in tissue.depths.items())
    depth = _depths(found, contacts, layers)
    low, high = _sides(found, contacts, axis, float(depth[-1] - depth[0]))
    right = np.linspace(low, high, _POINTS[0])
    places = np.zeros((depth.size, right.size, 3))
    places[..., 0], places[..., 1] = cathode.position[0], cathode.position[1]
    places[..., axis], places[..., 2] = right, depth[:, None]
    return FieldData(
        device.title or device.kind,
        plane,
        right,
        depth,
        device.conductor(preparation).potential(places, contacts),
        layers,
        contacts,
        _dots(device, preparation, found, axis, max(abs(low), abs(high))),
    )


def _depths(
    found: "Reference | Population",
    contacts: "tuple[Contact, ...]",
    layers: tuple[tuple[str, float, float], ...],
) -> NDArray[np.float64]:
    """Return rows from a little above the electrode to below the deepest fibre."""
    z = np.array([c.position[2] for c in contacts])
    deepest = max(found.sites.position[:, 2].max(), z.max())
    highest = min(found.sites.position[:, 2].min(), z.min())
    margin = 0.25 * (deepest - highest)
    pad = max(c.radius for c in contacts)
    # nothing can be computed in the air, nor on a disk
    top = 0.025 * pad if pad else highest - margin
    rows = np.linspace(top, deepest + margin, _POINTS[1])
    inside = [(a, b) for _, a, b in layers if isfinite(a) and isfinite(b)]
    borders = np.array([edge for pair in inside for edge in pair])
    # a row upon a contact's axis or a border would meet a singular point or two layers
    for taken in (*z, *borders):
        rows[np.abs(rows - taken) < 1e-6] += 2e-6
    return rows


def _sides(
    found: "Reference | Population", contacts: "tuple[Contact, ...]", axis: int, height: float
) -> tuple[float, float]:
    """Return the picture's left and right end: electrode and fibres with some room."""
    ends = [c.position[axis] + side * c.radius for c in contacts for side in (-1, 1)]
    if axis == 1:
        ends += [found.sites.position[:, 1].min(), found.sites.position[:, 1].max()]
    room = 0.4 * height + 0.15 * (max(ends) - min(ends))
    return min(ends) - room, max(ends) + room


def _dots(
    device: "PulsedDevice",
    preparation: "Preparation",
    found: "Reference | Population",
    axis: int,
    reach: float,
) -> dict[str, NDArray[np.float64]]:
    classes = found.fibres.fibre_class[found.sites.row]
    paths = device.courses(preparation)
    dots = {}
    for name in dict.fromkeys(classes.tolist()):
        rows = np.flatnonzero(classes == name)
        chosen = rows[np.linspace(0, rows.size - 1, min(_DOTS, rows.size)).astype(int)]
        if axis == 1:
            dots[name] = found.sites.position[chosen][:, 1:]
            continue
        model = fibre_model(MODELS[name][0])
        parts = []
        for row in chosen[np.linspace(0, chosen.size - 1, min(_SHOWN, chosen.size)).astype(int)]:
            diameter, y, z, offset = (float(v[row]) for v in found.sites.place)
            axon = model.axon(float(np.clip(diameter, *model.diameters)), abs(z) + 1e-3)
            step = axon.internode if name != "c" else reach / 60  # no nodes: a dotted line
            nodes = np.arange(-np.ceil(2 * reach / step), np.ceil(2 * reach / step)) + offset
            course = paths[str(found.sites.course[row])]
            parts.append(course.at(nodes * step)[:, [0, 2]] + [0.0, z])
        dots[name] = np.concatenate(parts)
    return dots


def device_field(data: FieldData, ax: "Axes | None" = None) -> "Figure":
    """Draw the potential of a device in its layers, with contacts and fibres.

    Parameters
    ----------
    data : FieldData
        What to draw.
    ax : Axes, optional
        Where to draw; a new figure if not given.
    """
    from matplotlib.colors import BoundaryNorm

    levels = _levels(data)
    with house_style():
        figure, ax = canvas(ax, 7.2, 4.4)
        x, z, v = 1e3 * data.right, 1e3 * data.depth, data.potential
        filled = ax.contourf(
            x, z, v, levels, cmap="PuOr", norm=BoundaryNorm(levels, 256, extend="both"),
            extend="both",
        )  # fmt: skip
        ax.contour(x, z, v, levels, colors="black", linewidths=0.3, linestyles="solid")
        bar = figure.colorbar(filled, ax=ax, ticks=levels, pad=0.02, fraction=0.05)
        bar.ax.set_yticklabels([f"{t:g}".replace("-", "\N{MINUS SIGN}") for t in levels])
        bar.set_label("Potential [mV per mA]")
        ax.set_xlim(x[0], x[-1])
        ax.set_ylim(z[-1], min(z[0], -0.04 * z[-1]))
        _layers(ax, data)
        along = data.plane == "along"
        for name, places in data.dots.items():
            ax.plot(
                *(1e3 * places.T), ls="none", marker=".", ms=1.8 if len(places) > _CROWD else 3.5,
                color=CLASS_COLOURS[name], mec="none",
                label=f"{CLASS_NAMES[name]} fibres",
            )  # fmt: skip
        _contacts(ax, data)
        ax.set_xlabel("Along the fibres, x [mm]" if along else "Across the fibres, y [mm]")
        ax.set_ylabel("Depth below the electrode, z [mm]")
        what = "a dot a node" if along else "a dot a fibre"
        what += "; C fibres dotted" if along and "c" in data.dots else ""
        ax.legend(
            loc="lower left", bbox_to_anchor=(0, 1.0), ncols=6, markerscale=2,
            handletextpad=0.1, columnspacing=1.0, title=f"{data.title}: {what}",
            alignment="left", title_fontsize=8,
        )  # fmt: skip
    return figure


def _levels(data: FieldData) -> NDArray[np.float64]:
    """Return round levels on both sides of zero that tell something where the fibres are too."""
    sizes = np.abs(data.potential)
    deepest = max(places[:, 1].max() for places in data.dots.values())
    low = 0.2 * sizes[int(np.argmin(np.abs(data.depth - deepest)))].max()
    high = float(np.quantile(sizes, 0.97))
    ladder = [m * 10.0**e for e in range(-4, 6) for m in (1, 2, 5)]
    known = sum(low <= v <= high for v in ladder)
    above = [v for v in ladder if v <= high][-min(max(known, _LEVELS // 2), _LEVELS) :]
    return np.array([-v for v in reversed(above)] + above)


def _layers(ax: "Axes", data: FieldData) -> None:
    """Draw borders, and name each layer to the right where it has room."""
    from matplotlib.patheffects import withStroke

    lower, upper = ax.get_ylim()
    named: list[float] = []
    for name, above, below in data.layers:
        if isfinite(above) and upper < 1e3 * above < lower:
            ax.axhline(1e3 * above, color=GREY, lw=0.8, ls=(0, (4, 2)))
        ends = np.clip([1e3 * above, 1e3 * below], upper, lower)
        room = 0.045 * (lower - upper)
        # a layer thinner than its name is named beside it, clear of the others
        if ends[1] > ends[0]:
            named.append(max(float(ends.mean()), upper + 0.6 * room))
            ax.annotate(
                name.replace("_", " "), (0.995, _clear(named, room)),
                xycoords=ax.get_yaxis_transform(), ha="right", va="center", size=7.5,
                path_effects=[withStroke(linewidth=2, foreground="white")],
            )  # fmt: skip


def _clear(places: list[float], least: float) -> float:
    """Move the last of ascending places down until it is clear of the one before."""
    if len(places) > 1:
        places[-1] = max(places[-1], places[-2] + least)
    return places[-1]


def _contacts(ax: "Axes", data: FieldData) -> None:
    axis = PLANES[data.plane]
    cathode = next((c for c in data.contacts if c.share < 0), data.contacts[0])
    for contact in data.contacts:
        if data.plane == "across" and contact.share * cathode.share < 0:
            continue  # anodes lie before or behind this plane
        at = 1e3 * contact.position[axis], 1e3 * contact.position[2]
        colour = "black" if contact.share < 0 else "white"
        if contact.radius:
            wide = 1e3 * contact.radius
            ax.plot([at[0] - wide, at[0] + wide], [at[1], at[1]], color="black", lw=5)
            ax.plot([at[0] - wide, at[0] + wide], [at[1], at[1]], color=colour, lw=3)
        else:
            ax.plot(*at, marker="s", ms=4.5, mfc=colour, mec="black", mew=0.8, ls="none")


def device_field_alt(data: FieldData) -> str:
    """Return the picture of a field in words.

    Parameters
    ----------
    data : FieldData
        What is drawn.
    """
    plane = "x-z plane along" if data.plane == "along" else "y-z plane across"
    layers = ", ".join(n.replace("_", " ") for n, *_ in data.layers) or "one medium"
    depths = [
        f"{CLASS_NAMES[name]} {1e3 * p[:, 1].min():.2g} to {1e3 * p[:, 1].max():.2g} mm deep"
        for name, p in data.dots.items()
    ]
    cathodes = sum(c.share < 0 for c in data.contacts)
    return (
        f"Potential of {data.title} in the {plane} the fibres, in mV per mA, from "
        + f"{data.potential.min():.3g} to {data.potential.max():.3g}, with {cathodes} points or "
        + f"pads of cathode and {len(data.contacts) - cathodes} of anode. Layers from above: "
        + f"{layers}. Fibres: {'; '.join(depths)}."
    )
