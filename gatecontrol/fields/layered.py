"""The potential in any stack of planar layers, each isotropic or with an axis along x."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatecontrol.errors import GatecontrolError
from gatecontrol.fields.conductor import Conductor, HomogeneousConductor
from gatecontrol.fields.electrodes import Contact
from gatecontrol.fields.stack import Layer, Stack
from gatecontrol.fields.tables import REACH, Points, add_wave

__all__ = ["Layer", "LayeredConductor"]


@dataclass(frozen=True)
class LayeredConductor(Conductor):
    """Planar layers normal to z, solved in the wavenumber domain.

    The field of a source in its own layer, as if that were infinite, is the closed form of
    `HomogeneousConductor`; what the interfaces add is a double Fourier integral over the
    layers' reflections (`gatecontrol.fields.stack`), tabulated once for each depth of a
    source and interpolated (`gatecontrol.fields.tables`). Point contacts may lie in any
    layer, disks in any isotropic one; a long contact is a row of points
    (`gatecontrol.fields.electrodes.line`).

    What planar layers cannot represent: the round surface of the cord, the closed sheath
    (perineurium) of a fascicle, bone that ends.

    Attributes
    ----------
    layers : tuple of Layer
        From above the electrode downwards. The first and the last are half-spaces; a body
        that ends does so at `Layer.insulator`.
    top : float
        Depth z at which the first layer ends [m].
    """

    layers: tuple[Layer, ...]
    top: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(self.layers))
        self.stack  # noqa: B018  (checks the layers)

    @cached_property
    def stack(self) -> Stack:
        """The layers with their depths."""
        return Stack(self.layers, self.top)

    def layer_at(self, depth: float) -> Layer:
        """Return the layer at a depth z [m]."""
        return self.layers[int(self.stack.index(depth))]

    def potential_along(
        self, x: ArrayLike, y: ArrayLike, z: ArrayLike, contacts: Sequence[Contact]
    ) -> NDArray[np.float64]:
        """Return the potential [V/A]; see `Conductor.potential_along`.

        Raises
        ------
        GatecontrolError
            A contact or a point lies in an insulator, a point on a contact or more than a
            metre along or across from it, or a disk in an anisotropic layer.
        """
        x, y, z = (np.asarray(a, float) for a in (x, y, z))
        shape = np.broadcast_shapes(x.shape, y.shape, z.shape)
        total = np.zeros(int(np.prod(shape)))
        self._check(x, y, z, contacts)
        places, pair = _places(y, z)
        pair = np.broadcast_to(pair, shape).ravel()
        x = np.broadcast_to(x, shape).ravel()
        layers = self.stack.index(places.imag)
        for index in np.unique(layers):
            mine = layers == index
            here = np.flatnonzero(mine[pair])
            renumbered = np.cumsum(mine) - 1
            points = Points(x[here], renumbered[pair[here]], places.real[mine], places.imag[mine])
            total[here] = self._in_layer(int(index), points, contacts)
        return total.reshape(shape)

    def _in_layer(
        self, index: int, points: Points, contacts: Sequence[Contact]
    ) -> NDArray[np.float64]:
        """Return the potential at points of one layer."""
        layer = self.layers[index]
        total = np.zeros(points.x.size)
        groups: dict[tuple[float, float, float], list[Contact]] = {}
        for contact in contacts:
            if contact.share:
                _, y, z = contact.position
                groups.setdefault((y, z, contact.radius), []).append(contact)
        for (_, depth, _), group in groups.items():
            if self.stack.index(depth) == index:
                whole = HomogeneousConductor(layer.longitudinal, layer.transverse)
                y, z = points.y[points.pair], points.z[points.pair]
                total += whole.potential_along(points.x, y, z, group)
            for wave in self.stack.waves(depth, index):
                add_wave(total, wave, group, points)
        return total

    def _check(self, x: NDArray, y: NDArray, z: NDArray, contacts: Sequence[Contact]) -> None:
        for contact in contacts:
            layer = self.layer_at(contact.position[2])
            name = contact.label or "contact"
            if layer.insulates:
                raise GatecontrolError(
                    f"the {name} lies in the {layer.name}, which carries no current: move it to a "
                    + "depth of the tissue"
                )
            if contact.radius and not layer.is_isotropic:
                raise GatecontrolError(
                    f"the {name} is a disk in the {layer.name}, which conducts better along x: "
                    + "a disk contact needs an isotropic layer"
                )
            for values, at in ((x, contact.position[0]), (y, contact.position[1])):
                if values.size and not np.abs(values - at).max() <= REACH:
                    raise GatecontrolError(
                        f"a fibre lies more than {REACH:g} m from the {name}: the fields of "
                        + "layers are computed up to there"
                    )
        if z.size and not np.isfinite(z).all():
            raise GatecontrolError("a fibre's depth is not a finite number")
        for index in np.unique(self.stack.index(z)):
            if self.layers[index].insulates:
                raise GatecontrolError(
                    f"a fibre lies in the {self.layers[index].name}, which carries no current"
                )


def _places(y: NDArray, z: NDArray) -> tuple[NDArray[np.complex128], NDArray[np.int64]]:
    """Return the different (y, z) as complex numbers and the place of each point in them."""
    both = y + 1j * z
    places, pair = np.unique(both, return_inverse=True)
    return places, pair.reshape(both.shape)
