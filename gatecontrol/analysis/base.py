"""Base of all measures: what they declare, and what each owes for a trial.

A measure is a class registered in the entry-point group ``gatecontrol.measures``; a
stranger's package adds one in the same way as the built-ins. Declaring is light: nothing
here imports numpy.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from gatecontrol.analysis.context import TrialContext

__all__ = ["ALWAYS", "Measure", "Variable"]

ALWAYS = ("pain_signal", "population_rates", "synchrony")
"""Measures that every trial gets."""


@dataclass(frozen=True)
class Variable:
    """A variable that a measure adds to the results.

    Attributes
    ----------
    name : str
        Its name in ``results.nc``.
    dims : tuple of str
        Dimensions beside arm, sweep axes and seed: of ``epoch``, ``fibre_class``,
        ``population`` and ``volley``.
    units : str
        SI unit, ``"1"`` for a pure number.
    long_name : str
        What it is, for axes and tables.
    """

    name: str
    dims: tuple[str, ...]
    units: str
    long_name: str


class Measure:
    """Base of all measures.

    Attributes
    ----------
    name : str
        Key in the experiment file.
    variables : tuple of Variable
        What `trial` returns.
    references : tuple of str
        BibTeX keys.
    """

    name: ClassVar[str] = ""
    variables: ClassVar[tuple[Variable, ...]] = ()
    references: ClassVar[tuple[str, ...]] = ()

    def trial(self, context: "TrialContext") -> dict[str, Any]:
        """Measure one trial.

        Parameters
        ----------
        context : TrialContext

        Returns
        -------
        dict
            Variable name -> a float, or a list along the variable's dimensions. Along
            ``epoch`` the order is `gatecontrol.analysis.windows.EPOCHS`; along
            ``fibre_class`` and ``population`` a mapping by name. NaN is a missing value;
            ``<variable>_status`` then says why (a text, or one per epoch).
        """
        raise TypeError(f"the measure '{self.name}' has no trial method")
