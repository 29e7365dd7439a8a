"""Extracellular thresholds of single fibres to one cathodic pulse.

Myelinated fibres: a linear driving function. The field's second difference at the nodes,
D2Ve(n) = Ve(n-1) - 2 Ve(n) + Ve(n+1), is spread to neighbouring nodes by a factor r per
internode, and the fibre fires when the largest sum reaches a level theta::

    T = theta(D, PW) / max_n sum_k r^|k| D2Ve(n + k)

theta and r are smooth functions of diameter and pulse width, fitted to thresholds computed
with the double-cable model of McIntyre, Richardson and Grill 2002 [mcintyre2002] by
``benchmarks/fit_threshold_law.py``; constants and errors are in ``threshold_law.json``.
Idea of a linear predictor: Warman, Grill and Durand 1992 [warman1992], Peterson, Izad and
Tyler 2011 [peterson2011].

C fibres: thresholds under a point source computed with five published models (rattay1993,
schild1997, tigerholm2014, sundt2015 and the cutaneous fibre of thio2024), interpolated in log
distance and log width. The models differ 4- to 7-fold: their geometric mean is the
threshold, and their spread is reported.

It knows nothing of what follows the pulse: see `gatecontrol.fibres.validity`.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatecontrol.errors import GatecontrolError
from gatecontrol.fibres.validity import WIDTHS
from gatecontrol.fields.conductor import Conductor
from gatecontrol.fields.electrodes import Contact

__all__ = [
    "FITTED_DIAMETERS",
    "c_thresholds",
    "driving_function",
    "internode",
    "law_constants",
    "theta_and_spread",
    "thresholds",
]

FITTED_DIAMETERS = (5.7e-6, 16e-6)
"""Diameters [m] between which theta and r are fitted; outside they are held constant."""

_PAD = 30  # nodes beyond the searched stretch; r^30 is below 0.2 %
_CHUNK = 64
_MOST_NODES = 2000
_ANODIC = 4.0  # an anode's virtual cathodes drive a fibre about a fifth as strongly as itself


@cache
def law_constants() -> Mapping[str, Any]:
    """Return the fitted constants, the C tables and the errors of the fit."""
    return json.loads(Path(__file__).with_name("threshold_law.json").read_text(encoding="utf-8"))


def internode(diameter: ArrayLike) -> NDArray[np.float64]:
    """Return the distance between nodes [m], as published with ASCENT [musselman2021].

    Parameters
    ----------
    diameter : array_like of float
        Outer diameter [m]; the relation was published for 2-16 um and is held at its
        largest value above 16 um.
    """
    d = np.minimum(np.asarray(diameter, float) * 1e6, 16.0)
    large = -8.215284 * d**2 + 272.4201 * d - 780.2409
    return np.where(d >= 5.643, large, 81.08 * d + 37.84) * 1e-6


def theta_and_spread(
    diameter: ArrayLike, pulse_width: float, constants: Mapping[str, Any] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return theta [V] and r of the law.

    Parameters
    ----------
    diameter : array_like of float, shape (n,)
        Outer diameter [m].
    pulse_width : float
        [s], 10 us to 2 ms.
    constants : mapping, optional
        ``theta`` and ``r`` coefficient lists; the shipped ones if None.

    Returns
    -------
    theta, r : ndarray of float, shape (n,)
        With x = ln(D / 10 um) and y = ln(PW / 0.2 ms): ln(theta / V) is a polynomial in
        (1, y, y^2, y^3, x, x^2, x y), and ln(r / (1 - r)) one in (1, y, y^2, x, x^2, x y).
    """
    c = law_constants()["myelinated"] if constants is None else constants
    x = np.log(np.clip(np.asarray(diameter, float), *FITTED_DIAMETERS) / 10e-6)
    y = np.full_like(x, np.log(pulse_width / 0.2e-3))
    one = np.ones_like(x)
    theta = np.exp(np.tensordot(c["theta"], [one, y, y**2, y**3, x, x**2, x * y], 1))
    r = 1 / (1 + np.exp(-np.tensordot(c["r"], [one, y, y**2, x, x**2, x * y], 1)))
    return theta, r


def driving_function(
    diameter: NDArray[np.float64],
    spread: NDArray[np.float64],
    positions: NDArray[np.float64],
    conductor: Conductor,
    contacts: Sequence[Contact],
    node_offset: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return max_n sum_k r^|k| D2Ve(n + k) per ampere [V/A].

    Parameters
    ----------
    diameter : ndarray of float, shape (n,)
        [m].
    spread : ndarray of float, shape (n,)
        r.
    positions : ndarray of float, shape (n, 3)
        A point (x, y, z) on each fibre [m]; fibres run along x.
    conductor : Conductor
        The medium.
    contacts : sequence of Contact
        The electrode.
    node_offset : ndarray of float, shape (n,)
        Distance of a node from that point, in internodes.
    """
    best = np.empty(diameter.size)
    order = np.argsort(diameter, kind="stable")
    # Fibres of like diameter go together, so that thick ones need not carry the node count
    # of thin ones.
    for first in range(0, order.size, _CHUNK):
        rows = order[first : first + _CHUNK]
        best[rows] = _drive(
            internode(diameter[rows]),
            spread[rows],
            positions[rows],
            conductor,
            contacts,
            node_offset[rows],
        )
    return best


def _stretch(
    positions: NDArray[np.float64], contacts: Sequence[Contact]
) -> tuple[float, float, float]:
    """Return lowest and highest x of the cathodes and how far beyond to search [m]."""
    cathodes = [c for c in contacts if c.share < 0]
    centres = np.array([c.position for c in cathodes])
    radii = np.array([c.radius for c in cathodes])
    aside = positions[:, None, 1:] - centres[None, :, 1:]
    away = np.sqrt((aside**2).sum(-1)).min(1).max()
    return (centres[:, 0] - radii).min(), (centres[:, 0] + radii).max(), max(away, 1e-4)


def _refuse_anodic(
    positions: NDArray[np.float64], conductor: Conductor, contacts: Sequence[Contact]
) -> None:
    """Raise where an anode is so much nearer that its virtual cathodes could take over."""
    signs = []
    for sign in (-1, 1):
        group = [c for c in contacts if c.share * sign > 0]
        along = np.unique([c.position[0] for c in group])[None, :]
        y, z = positions[:, 1:2], positions[:, 2:]
        signs.append(
            conductor.potential_along(along, y, z, contacts) if group else np.zeros((1, 1))
        )
    cathodic, anodic = -signs[0].min(1), signs[1].max(1)
    if not (anodic <= _ANODIC * cathodic).all():
        raise GatecontrolError(
            "E041: the anode prevails at a fibre; the threshold law holds for cathodic pulses only"
        )


def _drive(
    step: NDArray[np.float64],
    spread: NDArray[np.float64],
    positions: NDArray[np.float64],
    conductor: Conductor,
    contacts: Sequence[Contact],
    node_offset: NDArray[np.float64],
) -> NDArray[np.float64]:
    low, high, away = _stretch(positions, contacts)
    start = positions[:, 0] + node_offset * step
    first = int(np.floor((low - away - start.max()) / step.min())) - _PAD
    last = int(np.ceil((high + away - start.min()) / step.min())) + _PAD
    if last - first > _MOST_NODES:
        raise GatecontrolError(
            f"the fibre's internode of {step.min() * 1e6:.0f} um is too short for an electrode "
            + f"that acts over {(high - low + 2 * away) * 1e3:.0f} mm (more than {_MOST_NODES} "
            + "nodes)"
        )
    along = start[:, None] + np.arange(first - 1, last + 2) * step[:, None]
    ve = conductor.potential_along(along, positions[:, 1:2], positions[:, 2:], contacts)
    second = ve[:, :-2] - 2 * ve[:, 1:-1] + ve[:, 2:]
    # sum_k r^|k| s(n+k) as two recursions, one from each end.
    forth, back = second.T.copy(), second.T.copy()
    for n in range(1, len(forth)):
        forth[n] += spread * forth[n - 1]
        back[-1 - n] += spread * back[-n]
    return (forth + back - second.T).max(0)


@cache
def _c_models() -> tuple[tuple[str, NDArray, NDArray, NDArray], ...]:
    """Return (name, ln distance [m], ln T at 0.2 ms, ln T at 0.5 ms) of every model."""
    return tuple(
        (
            name,
            np.log(np.array(m["distance_mm"]) * 1e-3),
            np.log(np.array(m["threshold_mA_200us"]) * 1e-3),
            np.log(np.array(m["threshold_mA_500us"]) * 1e-3),
        )
        for name, m in law_constants()["c"]["models"].items()
    )


def _line(x: NDArray, xp: NDArray, fp: NDArray) -> NDArray:
    """Interpolate linearly; go on with the last slope outside."""
    i = np.clip(np.searchsorted(xp, x) - 1, 0, len(xp) - 2)
    return fp[i] + (x - xp[i]) * (fp[i + 1] - fp[i]) / (xp[i + 1] - xp[i])


def c_thresholds(
    diameter: ArrayLike, distance: ArrayLike, pulse_width: float, conductivity: float = 0.2
) -> NDArray[np.float64]:
    """Return cathodic thresholds of C fibres under a point source, for each model.

    Parameters
    ----------
    diameter : array_like of float, shape (n,)
        [m]. The tables hold 1 um; other diameters follow the power law of the Sundt model
        at 0.25 and 1 mm (exponent -0.6 to -0.8, held outside).
    distance : array_like of float, shape (n,)
        From the source [m]; tabulated 0.1-2 mm, beyond by the last slope.
    pulse_width : float
        [s]. Between 0.2 and 0.5 ms from the tables; outside by strength-duration curves at
        0.25 mm, assumed to hold at every distance: the Sundt and Tigerholm models by their
        own, the others by the mean of these two (assumed).
    conductivity : float, optional
        Of an isotropic medium [S/m].

    Returns
    -------
    ndarray of float, shape (models, n)
        [A], positive.
    """
    table = law_constants()["c"]
    log_d = np.log(np.atleast_1d(np.asarray(distance, float)))
    log_w = np.log(pulse_width)
    knots = np.log(np.array(table["width_ms"]) * 1e-3)
    inside = np.clip(log_w, np.log(0.2e-3), np.log(0.5e-3))
    shape = {
        name: np.diff(_line(np.array([inside, log_w]), knots, np.log(np.array(factor))))
        for name, factor in table["width_factor"].items()
    }
    weight = (inside - np.log(0.2e-3)) / np.log(2.5)
    near, far = (np.log(x * 1e-3) for x in (0.25, 1.0))
    exponent = np.interp(log_d, [near, far], table["diameter_exponent"])
    size = exponent * np.log(np.asarray(diameter, float) / 1e-6)
    rows = [
        (1 - weight) * _line(log_d, x, short)
        + weight * _line(log_d, x, long)
        + shape.get(name, shape["mean"])
        for name, x, short, long in _c_models()
    ]
    return np.exp(np.array(rows) + size) * conductivity / 0.2


def _as_point_source(
    positions: NDArray[np.float64], conductor: Conductor, contacts: Sequence[Contact]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return distance [m] and strength of the point source that acts like the electrode.

    Where the curvature of the potential along the fibre is largest, a cathode of 1 A at
    distance d in the tables' medium has potential V = 1 / (4 pi s d) and curvature
    V / d^2; any electrode's V and curvature there give an equivalent d and current. Exact
    for one point source in any homogeneous medium.
    """
    low, high, away = _stretch(positions, contacts)
    y, z = positions[:, 1:2], positions[:, 2:]
    step = (high - low + 2 * away) / 100
    x = np.linspace(low - away - step, high + away + step, 103)
    ve = conductor.potential_along(x, y, z, contacts)
    curvature = ve[:, :-2] - 2 * ve[:, 1:-1] + ve[:, 2:]
    curvature[ve[:, 1:-1] >= 0] = -np.inf
    at = x[1 + curvature.argmax(1)]
    # A cathode itself is the place for every fibre below it, on whichever grid.
    cathodes = np.unique([c.position[0] for c in contacts if c.share < 0 and not c.radius])
    if cathodes.size:
        closest = cathodes[np.abs(at[:, None] - cathodes).argmin(1)]
        at = np.where(np.abs(at - closest) <= step, closest, at)
    centres = np.array([c.position for c in contacts])
    aside = np.sqrt(((positions[:, None, 1:] - centres[None, :, 1:]) ** 2).sum(-1)).min(1)
    h = 0.02 * np.maximum(aside, 1e-5)
    ve = conductor.potential_along(at[:, None] + h[:, None] * [-1.0, 0.0, 1.0], y, z, contacts)
    peak, potential = (ve[:, 0] - 2 * ve[:, 1] + ve[:, 2]) / h**2, -ve[:, 1]
    if not ((peak > 0) & (potential > 0)).all():
        raise GatecontrolError("E041: no stretch of a C fibre is depolarised by the electrode")
    distance = np.sqrt(potential / peak)
    return distance, potential * distance * 4 * np.pi * 0.2


def thresholds(
    fibre_class: ArrayLike,
    diameter: ArrayLike,
    positions: ArrayLike,
    conductor: Conductor,
    contacts: Sequence[Contact],
    pulse_width: float,
    node_offset: ArrayLike = 0.0,
    *,
    model: str = "mean",
) -> NDArray[np.float64]:
    """Return the amplitude at which each fibre fires to one cathodic pulse.

    Parameters
    ----------
    fibre_class : array_like of str, shape (n,) or a str
        ``"c"`` uses the C tables, every other class the myelinated law.
    diameter : array_like of float, shape (n,)
        Outer diameter at the electrode [m].
    positions : array_like of float, shape (n, 3)
        A point (x, y, z) on each fibre [m]; fibres run along x.
    conductor : Conductor
        The medium.
    contacts : sequence of Contact
        The electrode, shares per ampere of amplitude.
    pulse_width : float
        [s], 10 us to 2 ms.
    node_offset : array_like of float, shape (n,), optional
        Distance of a node from the point, in internodes (0 to 1).
    model : str, optional
        Of the C fibres: ``"mean"`` (geometric, over the models), ``"lowest"`` or
        ``"highest"``.

    Returns
    -------
    ndarray of float, shape (n,)
        [A], positive.

    Raises
    ------
    GatecontrolError
        Anodic field, a width outside the fit, a diameter or position that is no number.
    """
    low, high = WIDTHS
    if not low * (1 - 1e-9) <= pulse_width <= high * (1 + 1e-9):
        raise GatecontrolError(
            "E041: the threshold law holds for pulse widths of 10 us to 2 ms, got "
            + f"{pulse_width * 1e6:g} us"
        )
    diameter = np.atleast_1d(np.asarray(diameter, float))
    positions = np.asarray(positions, float).reshape(diameter.size, 3)
    if not (np.isfinite(positions).all() and np.isfinite(diameter).all() and (diameter > 0).all()):
        raise GatecontrolError("fibres need finite positions and diameters above 0")
    if not any(c.share < 0 for c in contacts):
        raise GatecontrolError("E041: the electrode has no cathode")
    _refuse_anodic(positions, conductor, contacts)
    classes = np.broadcast_to(np.asarray(fibre_class), diameter.shape)
    offset = np.broadcast_to(np.asarray(node_offset, float), diameter.shape)
    found = np.empty(diameter.size)
    thin = classes == "c"
    if thin.any():
        distance, strength = _as_point_source(positions[thin], conductor, contacts)
        rows = c_thresholds(diameter[thin], distance, pulse_width) / strength
        pick = {"lowest": rows.min(0), "highest": rows.max(0)}
        found[thin] = pick[model] if model in pick else np.exp(np.log(rows).mean(0))
    rest = ~thin
    if rest.any():
        theta, r = theta_and_spread(diameter[rest], pulse_width)
        drive = driving_function(
            diameter[rest], r, positions[rest], conductor, contacts, offset[rest]
        )
        found[rest] = theta / drive
    return found
