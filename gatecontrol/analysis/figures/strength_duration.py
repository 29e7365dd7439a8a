"""Strength-duration: thresholds against pulse width, and what a Weiss curve makes of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatecontrol.analysis.figures.style import (
    CLASS_COLOURS,
    CLASS_NAMES,
    DASHES,
    MARKERS,
    canvas,
    house_style,
    percent,
    plain_logarithmic,
    tidy,
)
from gatecontrol.devices.excitability import MODELS
from gatecontrol.fibres.axon import fibre_model
from gatecontrol.fibres.excitation import threshold
from gatecontrol.fibres.threshold_table import Bundle, Grid, from_point_sources, reach_of
from gatecontrol.fibres.waveform import Waveform

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from gatecontrol.devices.excitability import Reference
    from gatecontrol.devices.pulsed import PulsedDevice
    from gatecontrol.preparations import Preparation

__all__ = [
    "WIDTHS",
    "Strength",
    "Weiss",
    "device_strengths",
    "strength_duration",
    "strength_duration_alt",
    "weiss",
]

WIDTHS = (30e-6, 60e-6, 100e-6, 200e-6, 400e-6, 1e-3)
"""Pulse widths at which fibres are solved [s]."""

_FIRST = 0.05  # share of a class that has a lower threshold than the fibre that is drawn


@dataclass(frozen=True)
class Weiss:
    """A Weiss curve, ``I = rheobase (1 + chronaxie / width)``, laid through thresholds.

    Attributes
    ----------
    rheobase : float
        [A].
    chronaxie : float
        [s].
    error : float
        Largest relative distance of a threshold from the curve.
    """

    rheobase: float
    chronaxie: float
    error: float

    def at(self, width: ArrayLike) -> NDArray[np.float64]:
        """Return the curve [A] at pulse widths [s]."""
        return self.rheobase * (1 + self.chronaxie / np.asarray(width, float))


@dataclass(frozen=True, eq=False)
class Strength:
    """Thresholds of one fibre.

    Attributes
    ----------
    label, fibre_class : str
        For the legend; the class chooses the colour.
    widths : ndarray of float, shape (n,)
        [s].
    thresholds : ndarray of float, shape (models, n)
        [A]; several rows are a spread over models. Infinite where nothing fires.
    """

    label: str
    fibre_class: str
    widths: NDArray[np.float64]
    thresholds: NDArray[np.float64]

    @property
    def fit(self) -> Weiss | None:
        """Weiss curve through the (geometric mean) thresholds; None with fewer than four."""
        middle = np.exp(np.log(self.thresholds).mean(0))
        known = np.isfinite(middle)
        return weiss(self.widths[known], middle[known]) if known.sum() > 3 else None


def weiss(widths: ArrayLike, thresholds: ArrayLike) -> Weiss:
    """Return the Weiss curve with the least relative squares.

    Parameters
    ----------
    widths : array_like of float, shape (n,)
        [s].
    thresholds : array_like of float, shape (n,)
        [A].
    """
    w, t = np.asarray(widths, float), np.asarray(thresholds, float)
    columns = np.stack([1 / t, 1 / (t * w)], axis=1)
    scale = np.abs(columns).max(0)
    found, *_ = np.linalg.lstsq(columns / scale, np.ones(w.size), rcond=None)
    rheobase, charge = (float(v) for v in found / scale)
    curve = rheobase + charge / w
    return Weiss(rheobase, charge / rheobase, float(np.abs(curve / t - 1).max()))


def device_strengths(
    device: "PulsedDevice",
    preparation: "Preparation",
    found: "Reference",
    widths: Sequence[float] = WIDTHS,
) -> list[Strength]:
    """Return the strength-duration of a device's first fibres, one of each class and course.

    Solved in the device's own field, a single pulse without recharge; C fibres through the
    point source that is like the field.

    Parameters
    ----------
    device : PulsedDevice
        Its first channel acts.
    preparation : Preparation
        Whose body it is.
    found : Reference
        Chooses the fibre: the one whose threshold 5 % of its kind stay below.
    widths : sequence of float, optional
        [s].
    """
    low, _ = found.excitability.windows(found.fibres, found.sites)
    strengths = []
    for group, mask in found.excitability.groups(found.fibres, found.sites):
        fibre_class, course = group
        rows = np.flatnonzero(mask)
        row = rows[np.argsort(low[rows])[int(_FIRST * rows.size)]]
        diameter, y, z, offset = (float(v[row]) for v in found.sites.place)
        contacts = tuple(device.channels(preparation)[0])
        ceiling = max(t.ceiling for t in found.excitability.tables[group][0].values())
        thresholds = np.full((len(MODELS[fibre_class]), len(widths)), np.inf)
        for i, name in enumerate(MODELS[fibre_class]):
            for j, width in enumerate(widths):
                bundle = Bundle(
                    name, device.conductor(preparation), (contacts,),
                    Waveform.rectangular(width), ceiling, device.courses(preparation)[course],
                )  # fmt: skip
                if fibre_class == "c":
                    at = Grid((diameter,), (y,), (z,))
                    thresholds[i, j] = from_point_sources(bundle, at).low.item()
                    continue
                model = fibre_model(name)
                thick = float(np.clip(diameter, *model.diameters))
                axon = model.axon(thick, reach_of(bundle.contacts, y, z))
                thresholds[i, j] = threshold(
                    axon, bundle.potential(axon, y, z, offset), bundle.pulse, ceiling=ceiling
                )
        way = "" if course == "along" else f", {course}"
        depth = f"{1e3 * z:.2g}".replace("-", "\N{MINUS SIGN}")
        where = f"{1e6 * diameter:.2g} µm at z = {depth} mm{way}"
        label = f"{CLASS_NAMES[fibre_class]}, {where}"
        strengths.append(Strength(label, fibre_class, np.array(widths), thresholds))
    return strengths


def strength_duration(strengths: Sequence[Strength], ax: "Axes | None" = None) -> "Figure":
    """Draw thresholds against pulse width with their Weiss curves.

    Parameters
    ----------
    strengths : sequence of Strength
        The fibres; a spread over models is drawn as a band around its geometric mean.
    ax : Axes, optional
        Where to draw; a new figure if not given.
    """
    with house_style():
        figure, ax = canvas(ax, 7.2, 4.4)
        for number, one in enumerate(strengths):
            colour = CLASS_COLOURS[one.fibre_class]
            middle = np.exp(np.log(one.thresholds).mean(0))
            known = np.isfinite(middle)
            if len(one.thresholds) > 1:
                ax.fill_between(
                    1e6 * one.widths, 1e3 * _finite(one.thresholds.min(0)),
                    1e3 * _finite(one.thresholds.max(0)), color=colour, alpha=0.18, lw=0,
                )  # fmt: skip
            ax.plot(
                1e6 * one.widths[known], 1e3 * middle[known], ls="none", color=colour, ms=4.5,
                marker=MARKERS[number % len(MARKERS)], label=_text(one),
            )  # fmt: skip
            if one.fit is not None:
                fine = np.geomspace(one.widths[0], one.widths[-1], 60)
                dash = DASHES[number % len(DASHES)]
                ax.plot(1e6 * fine, 1e3 * one.fit.at(fine), color=colour, lw=1, ls=dash)
        ax.set_xscale("log")
        ax.set_yscale("log")
        widths = sorted({float(w) for one in strengths for w in 1e6 * one.widths})
        ax.set_xticks(widths, [f"{w:g}" for w in widths])
        ax.minorticks_off()
        plain_logarithmic(ax.yaxis)
        ax.set_xlabel("Pulse width [µs]")
        ax.set_ylabel("Threshold [mA]")
        ax.set_title("marks: thresholds; lines: one Weiss curve each, with its largest error",
                     loc="left", size=8)  # fmt: skip
        ax.legend(loc="upper left", bbox_to_anchor=(0.0, -0.16), labelspacing=0.4)
        tidy(ax)
    return figure


def _finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isfinite(values), values, np.nan)


def _text(one: Strength) -> str:
    spread = f" (band: {len(one.thresholds)} models)" if len(one.thresholds) > 1 else ""
    if one.fit is None:
        return f"{one.label}{spread}: does not fire at most of these widths"
    fit = one.fit
    return (
        f"{one.label}{spread}: rheobase {1e3 * fit.rheobase:.3g} mA, chronaxie "
        + f"{1e6 * fit.chronaxie:.3g} µs, off by up to {percent(fit.error, 0)}"
    )


def strength_duration_alt(strengths: Sequence[Strength]) -> str:
    """Return the curves in words.

    Parameters
    ----------
    strengths : sequence of Strength
        What is drawn.
    """
    return (
        "Threshold against pulse width on logarithmic axes, with Weiss curves. "
        + f"{'; '.join(_text(one) for one in strengths)}."
    )
