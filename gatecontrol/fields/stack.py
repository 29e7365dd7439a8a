"""Stacks of planar layers and the waves that a point source sends through them.

In the wavenumber domain (kx, ky) the potential of a layer is made of terms
``exp(-kappa z)`` and ``exp(+kappa z)`` with ``kappa = sqrt((sl / st) kx^2 + ky^2)`` for the
conductivities sl along x and st across. Potential and current ``st dV/dz`` are continuous
at every interface, which makes one small linear system per wavenumber. It is solved by
reflection coefficients, layer by layer from the outside: every exponential decays, so that
nothing overflows however thick a layer or large a wavenumber.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf, isfinite

import numpy as np
from numpy.typing import NDArray

__all__ = ["Layer", "Stack", "Wave"]

Complex = NDArray[np.complex128]


@dataclass(frozen=True)
class Layer:
    """One planar layer.

    Attributes
    ----------
    name : str
        For messages and figures ("dura").
    thickness : float
        [m]; infinite for the outermost two.
    longitudinal, transverse : float
        Conductivity along x and across it (y and z) [S/m]; both 0 for an insulator.
    """

    name: str
    thickness: float
    longitudinal: float
    transverse: float

    def __post_init__(self) -> None:
        if not self.thickness > 0:
            raise ValueError(
                f"the layer {self.name!r} must be thicker than 0, got {self.thickness} m"
            )
        values = (self.longitudinal, self.transverse)
        if not all(isfinite(v) and v >= 0 for v in values) or (0 in values and any(values)):
            raise ValueError(
                f"the conductivities of the layer {self.name!r} must be > 0 (or both 0 for an "
                + f"insulator), got {self.longitudinal} and {self.transverse} S/m"
            )

    @classmethod
    def isotropic(cls, name: str, thickness: float, conductivity: float) -> "Layer":
        """Return a layer with one conductivity [S/m]."""
        return cls(name, thickness, conductivity, conductivity)

    @classmethod
    def insulator(cls, name: str = "air") -> "Layer":
        """Return an outermost layer that carries no current."""
        return cls(name, inf, 0.0, 0.0)

    @property
    def insulates(self) -> bool:
        """Whether no current flows in it."""
        return self.transverse == 0

    @property
    def is_isotropic(self) -> bool:
        """Whether it conducts equally in every direction."""
        return self.longitudinal == self.transverse

    def kappa(self, kx: Complex, ky: Complex) -> Complex:
        """Return the decay of its waves with depth [1/m]."""
        return np.sqrt(self.longitudinal / self.transverse * kx**2 + ky**2)


@dataclass(frozen=True)
class Stack:
    """Layers from the electrode's side down.

    Attributes
    ----------
    layers : tuple of Layer
        The first and the last are half-spaces (or insulators).
    top : float
        Depth z at which the first layer ends [m].
    """

    layers: tuple[Layer, ...]
    top: float = 0.0

    def __post_init__(self) -> None:
        if len(self.layers) < 2:
            raise ValueError("a stack needs at least two layers")
        outer, inner = (self.layers[0], self.layers[-1]), self.layers[1:-1]
        for layer in outer:
            if isfinite(layer.thickness):
                raise ValueError(
                    f"the layer {layer.name!r} is outermost and must be a half-space: give it an "
                    + 'infinite thickness, or put Layer.insulator("air") outside it'
                )
        for layer in inner:
            if not isfinite(layer.thickness) or layer.insulates:
                raise ValueError(
                    f"the layer {layer.name!r} lies inside the stack: it needs a finite thickness "
                    + "and conductivities above 0"
                )
        if all(layer.insulates for layer in outer):
            raise ValueError(
                "insulators on both sides leave the current no way to a remote reference: make "
                + "one of the outermost layers conduct"
            )

    @cached_property
    def interfaces(self) -> NDArray[np.float64]:
        """Depths of the interfaces [m], one less than layers."""
        return self.top + np.cumsum([0.0, *(x.thickness for x in self.layers[1:-1])])

    @property
    def is_isotropic(self) -> bool:
        """Whether every layer is, so that fields are round about a point source."""
        return all(x.is_isotropic for x in self.layers)

    @property
    def narrowest(self) -> float:
        """How much shorter than the way from the source the field's features along x can be."""
        ratios = [x.longitudinal / x.transverse for x in self.layers if not x.insulates]
        return min(1.0, *ratios) ** 0.5

    def index(self, depth: float | NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the layer at a depth; an interface belongs to the layer that conducts below it.

        Parameters
        ----------
        depth : float or ndarray
            z [m].
        """
        depth = np.asarray(depth, float)
        found = np.searchsorted(self.interfaces, depth, side="right")
        if self.layers[-1].insulates:
            found = np.where(depth == self.interfaces[-1], found - 1, found)
        return found

    def bounds(self, index: int) -> tuple[float, float]:
        """Return the depths between which a layer lies [m]."""
        edges = (-inf, *self.interfaces, inf)
        return float(edges[index]), float(edges[index + 1])

    def waves(self, depth: float, index: int) -> tuple["Wave", ...]:
        """Return the waves that a source at a depth causes in one layer.

        Parameters
        ----------
        depth : float
            z of the source [m].
        index : int
            Layer of the field points.

        Returns
        -------
        tuple of Wave
            Without the source's own field in its own layer, which has a closed form.
        """
        faces = zip(self.bounds(index), (1, -1), strict=True)
        return tuple(
            Wave(self, depth, index, direction, edge) for edge, direction in faces if isfinite(edge)
        )


@dataclass(frozen=True)
class Wave:
    """A part of the potential of a layer that decays away from one of its faces.

    Attributes
    ----------
    stack : Stack
        The layers.
    source : float
        Depth of the source [m].
    index : int
        Layer of the field points.
    direction : int
        +1 decays downwards from the layer's upper face, -1 upwards from the lower one.
    edge : float
        Depth of that face [m].
    """

    stack: Stack
    source: float
    index: int
    direction: int
    edge: float

    @property
    def way(self) -> float:
        """Shortest way from the source to that face [m]."""
        return abs(self.edge - self.source)

    def amplitude(self, kx: Complex, ky: Complex) -> Complex:
        """Return the wave at its face per ampere, in the wavenumber domain [V m^2 / A].

        Parameters
        ----------
        kx, ky : ndarray of complex, broadcast against each other
            Wavenumbers [1/m] with a real part of kappa above 0.
        """
        return _amplitude(self, kx, ky)

    def kappa(self, kx: Complex, ky: Complex) -> Complex:
        """Return the decay away from the face [1/m]."""
        return self.stack.layers[self.index].kappa(kx, ky)


class _Side:
    """Layers on one side of the source, nearest first, seen at one set of wavenumbers."""

    def __init__(self, layers: Sequence[Layer], kx: Complex, ky: Complex) -> None:
        """Fold the reflections from the outermost layer inwards; layers[0] holds the source."""
        self.kappa = [None if x.insulates else x.kappa(kx, ky) for x in layers]
        self.fade = [
            np.exp(-k * x.thickness) if k is not None and isfinite(x.thickness) else None
            for k, x in zip(self.kappa, layers, strict=True)
        ]
        self.reflection: list[Complex | float] = [0.0] * len(layers)
        for i in range(len(layers) - 2, -1, -1):
            if layers[i + 1].insulates:
                self.reflection[i] = 1.0
                continue
            here = layers[i].transverse * self.kappa[i]
            there = layers[i + 1].transverse * self.kappa[i + 1]
            bare = (here - there) / (here + there)
            fade = self.fade[i + 1]
            beyond = 0.0 if fade is None else self.reflection[i + 1] * fade**2
            self.reflection[i] = (bare + beyond) / (1 + bare * beyond)

    def enter(self, at_edge: Complex, steps: int) -> tuple[Complex, Complex]:
        """Return the outgoing and the returning wave of the layer some steps outwards.

        Parameters
        ----------
        at_edge : ndarray
            Potential at the source layer's edge on this side.
        steps : int
            1 for the layer beyond that edge.

        Returns
        -------
        outgoing, returning : ndarray
            Each at the face it decays from: the nearer and the farther one.
        """
        for i in range(1, steps + 1):
            fade = self.fade[i]
            if fade is None:
                return at_edge, np.zeros_like(at_edge)
            outgoing = at_edge / (1 + self.reflection[i] * fade**2)
            returning = self.reflection[i] * outgoing * fade
            at_edge = outgoing * fade * (1 + self.reflection[i])
        return outgoing, returning


def _amplitude(wave: Wave, kx: Complex, ky: Complex) -> Complex:
    layers, index = wave.stack.layers, wave.index
    source = int(wave.stack.index(wave.source))
    upper, lower = wave.stack.bounds(source)
    up = _Side(layers[source::-1], kx, ky)
    down = _Side(layers[source:], kx, ky)
    kappa, inside = up.kappa[0], layers[source]
    to_top, to_bottom = wave.source - upper, lower - wave.source
    up_fade = np.exp(-kappa * to_top) if isfinite(upper) else 0.0
    down_fade = np.exp(-kappa * to_bottom) if isfinite(lower) else 0.0
    back_up, back_down = up.reflection[0], down.reflection[0]
    own = 1 / (2 * inside.transverse * kappa)
    own = own / (1 - back_up * back_down * (up_fade * down_fade) ** 2)
    # Waves that leave the upper and the lower face of the source's layer, at that face.
    from_top = own * back_up * up_fade * (1 + back_down * down_fade**2)
    from_bottom = own * back_down * down_fade * (1 + back_up * up_fade**2)
    if index == source:
        return from_top if wave.direction > 0 else from_bottom
    if index > source:
        at_edge = own * down_fade * (1 + back_up * up_fade**2) * (1 + back_down)
        outgoing, returning = down.enter(at_edge, index - source)
        return outgoing if wave.direction > 0 else returning
    at_edge = own * up_fade * (1 + back_down * down_fade**2) * (1 + back_up)
    outgoing, returning = up.enter(at_edge, source - index)
    return outgoing if wave.direction < 0 else returning
