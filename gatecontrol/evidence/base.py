"""What a phenomenon is: a protocol run by the ordinary engine, a measurement, and its bands.

One phenomenon is one small class in `gatecontrol.evidence.phenomena`, named after its id, or in
another package (entry-point group ``gatecontrol.phenomena``). Its protocols are experiment files
in ``gatecontrol/evidence/protocols``, each of which ``gatecontrol run`` takes as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["DEPTHS", "Arrays", "Needs", "Phenomenon", "Protocol", "Quantity"]

DEPTHS = ("fast", "standard", "full")
"""How thoroughly a phenomenon is looked at; full is the protocol as published."""

Arrays = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Quantity:
    """One number of a phenomenon and the band in which it must lie.

    Attributes
    ----------
    name : str
    text : str
        What is measured, in words.
    low, high : float or None
        Ends of the band; None is open. They belong to it, but for a direction, where no effect
        at all must not pass.
    unit : str
        Of the number and of the band, ``"1"`` for a ratio.
    rule : str
        ``"value"``: the number lies in the band. ``"direction"``: its whole 95 % interval
        does, so that the sign holds. ``"null"``: the same, for a band around no effect.
    """

    name: str
    text: str
    low: float | None = None
    high: float | None = None
    unit: str = "1"
    rule: Literal["value", "direction", "null"] = "value"


@dataclass(frozen=True)
class Protocol:
    """One experiment of a phenomenon.

    Attributes
    ----------
    name : str
        File in ``evidence/protocols``, without its ending.
    fast, standard : tuple of str
        What these depths change of the file, ``"path=value"`` as with ``--set``; ``full``
        changes nothing.
    controls : bool
        Whether the paired controls (device off) are computed; without them what ends in
        ``_off`` is missing.
    """

    name: str
    fast: tuple[str, ...] = ()
    standard: tuple[str, ...] = ()
    controls: bool = True

    def changes(self, depth: str) -> tuple[str, ...]:
        """Return what a depth changes of the file."""
        return {"fast": self.fast, "standard": self.standard}.get(depth, ())


@dataclass(frozen=True)
class Needs:
    """What a circuit must have for a phenomenon to be expressible.

    Attributes
    ----------
    classes : tuple of str
        Classes of afferents (``"abeta"``, ``"adelta"``, ``"c"``, ``"descending"``).
    fields : tuple of str
        Roles of afferents beside the centre (``"surround"``, ``"contralateral"``, ...).
    signals : tuple of str
        ``"pain_signal"``, ``"pain_signal_lamina1"``.
    receptors : tuple of str
    conditions : tuple of str
        Named changes of the circuit that the protocols apply.
    """

    classes: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    signals: tuple[str, ...] = ("pain_signal",)
    receptors: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()


class Phenomenon:
    """Base of all phenomena.

    Attributes
    ----------
    id : str
        ``"P01"``.
    title : str
    body : str
        Preparation of the evidence, in words; the protocols name the one simulated.
    protocols : tuple of Protocol
        Empty where nothing is drawn at random and no circuit is run.
    needs : Needs
    quantities : tuple of Quantity
        All must pass.
    discriminates : str
        Which models the phenomenon rejects.
    strength : str
        How strong the evidence is, in words.
    minutes : bool
        Whether what is measured builds up or wears off over minutes, of which the fast depth
        makes seconds.
    references : tuple of str
        Keys of ``references.bib``.
    notes : tuple of str
        Readings, assumptions and conflicts that go with the verdict.
    """

    id: ClassVar[str] = ""
    title: ClassVar[str] = ""
    body: ClassVar[str] = ""
    protocols: ClassVar[tuple[Protocol, ...]] = ()
    needs: ClassVar[Needs] = Needs()
    quantities: ClassVar[tuple[Quantity, ...]] = ()
    discriminates: ClassVar[str] = ""
    strength: ClassVar[str] = ""
    minutes: ClassVar[bool] = False
    references: ClassVar[tuple[str, ...]] = ()
    notes: ClassVar[tuple[str, ...]] = ()

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Take from the results what the measurement needs, per seed.

        Parameters
        ----------
        runs : mapping of str to xarray.Dataset
            Root of the results by the name of the protocol. All have the same seeds.

        Returns
        -------
        dict of str to ndarray, shape (seeds, ...)
            Counts, rates or shares whose mean over seeds means something: what `estimate`
            needs is computed from these means. NaN is a missing value.
        """
        raise TypeError(f"the phenomenon '{self.id}' has no collect method")

    def estimate(self, means: Arrays) -> Arrays:
        """Compute the quantities from means over seeds.

        Parameters
        ----------
        means : dict of str to ndarray, shape (b, ...)
            Means over seeds of what `collect` returned, of b resamples of the seeds.

        Returns
        -------
        dict of str to ndarray, shape (b,)
            By name of the quantity; NaN where it cannot be computed.
        """
        raise TypeError(f"the phenomenon '{self.id}' has no estimate method")
