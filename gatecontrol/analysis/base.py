"""Base of all measures: what they declare, and what each owes for a trial or for a run.

A measure is a class registered in the entry-point group ``gatecontrol.measures``; a
stranger's package adds one in the same way as the built-ins. A `Measure` sees one trial, a
`Summary` the assembled results of all. Declaring is light: nothing here imports numpy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from gatecontrol.errors import GatecontrolError
from gatecontrol.parameters import Declared, to_si
from gatecontrol.plugins import load_plugin

if TYPE_CHECKING:
    import xarray as xr

    from gatecontrol.analysis.context import TrialContext

__all__ = ["ALWAYS", "Dimension", "Measure", "Summary", "Variable", "load_measure"]

ALWAYS = ("pain_signal", "population_rates", "synchrony")
"""Measures that every trial gets."""


@dataclass(frozen=True)
class Dimension:
    """A dimension of the results that a measure brings along.

    With `values` its labels are fixed. Without, it is counted: it is as long as the longest
    value of any trial, and its n-th label is ``first + n * step`` (n from 0).

    Attributes
    ----------
    name : str
        Its name in ``results.nc``.
    units : str
        SI unit of its labels, ``"1"`` for numbers and names.
    long_name : str
        What it is, for axes and tables.
    values : tuple of (float or str), optional
        Fixed labels, in order.
    first, step : float, optional
        First label and distance of the labels of a counted dimension; whole numbers count
        things.
    """

    name: str
    units: str
    long_name: str
    values: tuple[Any, ...] | None = None
    first: float = 1
    step: float = 1

    @property
    def counted(self) -> bool:
        """Whether its length is that of the longest value."""
        return self.values is None

    def labels(self, count: int) -> list[Any]:
        """Return its labels; `count` is the length if it is counted."""
        if self.values is not None:
            return list(self.values)
        return [self.first + n * self.step for n in range(count)]


@dataclass(frozen=True)
class Variable:
    """A variable that a measure adds to the results.

    Attributes
    ----------
    name : str
        Its name in ``results.nc``.
    dims : tuple of str
        Dimensions beside arm, sweep axes and seed: of ``epoch``, ``fibre_class``,
        ``population``, ``volley``, and those of the measure's own `Measure.dimensions`.
        Of a `Summary` they are known only when it is computed; leave them empty.
    units : str
        SI unit, ``"1"`` for a pure number. Empty in a `Summary` that finds its unit in the
        results (that of a swept axis).
    long_name : str
        What it is, for axes and tables.
    suppression : str, optional
        Name under which 1 - on/off is added to the results, per seed and pooled with its
        interval; only for what is never negative.
    suppressed : str, optional
        What is suppressed, for the long names of these.
    interval : bool, optional
        Whether its mean over seeds is added too, as ``<name>_mean`` with ``<name>_low``,
        ``<name>_high`` (95 %, Student's t) and ``<name>_status``.
    """

    name: str
    dims: tuple[str, ...]
    units: str
    long_name: str
    suppression: str = ""
    suppressed: str = ""
    interval: bool = False


class Measure(Declared):
    """Base of all measures of a trial.

    Values of parameters are read as ``self["bin"]``, in SI units.

    Attributes
    ----------
    name : str
        Key in the experiment file.
    variables : tuple of Variable
        What `trial` returns.
    """

    name: ClassVar[str] = ""
    variables: ClassVar[tuple[Variable, ...]] = ()

    def dimensions(self) -> tuple[Dimension, ...]:
        """Return the dimensions of its own that its variables have."""
        return ()

    def lacks(self, stimuli: Sequence[Mapping[str, Any]]) -> str:
        """Return which stimulus it needs and does not find; empty if none.

        An experiment without it is refused before anything runs.

        Parameters
        ----------
        stimuli : sequence of mapping
            ``kind`` and all parameters of each, in the order of the file.
        """
        return ""

    def trial(self, context: "TrialContext") -> dict[str, Any]:
        """Measure one trial.

        Parameters
        ----------
        context : TrialContext

        Returns
        -------
        dict
            Variable name -> a float, or a list along the variable's dimensions. Along
            ``epoch`` the order is `gatecontrol.analysis.windows.EPOCHS`; along a dimension
            with names (``fibre_class``, ``population``) a mapping by name does too. NaN is a
            missing value; ``<variable>_status`` then says why: a text, one per epoch, or a
            mapping from a label to a text.
        """
        raise TypeError(f"the measure '{self.name}' has no trial method")


class Summary(Measure):
    """Base of measures that need several points of a run.

    It is computed when the results are assembled, from what is in them, and can be computed
    again by hand on opened results: ``MySummary().summary(results.data)``.

    Attributes
    ----------
    requires : tuple of str
        Measures of the trial that it needs; they are taken though the file does not name
        them.
    variables : tuple of Variable
        What `summary` returns.
    """

    requires: ClassVar[tuple[str, ...]] = ()

    def summary(self, data: "xr.Dataset") -> "xr.Dataset":
        """Compute the summary.

        Parameters
        ----------
        data : xarray.Dataset
            Root of the results, with ``suppression`` and all measures of the trials.

        Returns
        -------
        xarray.Dataset
            The declared variables, and of each ``<variable>_status``: why a value is NaN,
            empty where none is. Variables may have dimensions of `data` and new ones.

        Raises
        ------
        GatecontrolError
            It cannot be computed from these results at all: its variables become NaN and
            the message their status.
        """
        raise TypeError(f"the measure '{self.name}' has no summary method")


def load_measure(resolved: Mapping[str, Any]) -> Measure:
    """Return a measure from its description in a trial.

    Parameters
    ----------
    resolved : mapping of str to object
        ``kind``, and the SI values of its parameters; what is left out is at its default.

    Raises
    ------
    PluginError
        No such measure, or it cannot be imported.
    GatecontrolError
        It is no `Measure`.
    """
    kind = str(resolved["kind"])
    found = load_plugin("measures", kind)
    if not (isinstance(found, type) and issubclass(found, Measure)):
        raise GatecontrolError(f"the measure '{kind}' is no subclass of Measure")
    given = {k: v for k, v in resolved.items() if k != "kind"}
    missing = [p for p in found.parameters if p.name not in given]
    return found({**to_si(missing, {}), **given})
