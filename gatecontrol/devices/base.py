"""What a stimulator is: declared parameters, a dose, and the spikes it evokes.

An entry point in the group ``gatecontrol.devices`` registers one. Declaring and checking are
light: nothing here imports numpy at module level.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from gatecontrol.errors import GatecontrolError
from gatecontrol.parameters import parse_value, to_si, with_presets
from gatecontrol.plugins import REQUIRED, Fault, Parameter
from gatecontrol.units import UnitError

if TYPE_CHECKING:
    from gatecontrol.fibres.drive import AfferentDrive
    from gatecontrol.fibres.population import FibreTable
    from gatecontrol.preparations import Preparation

__all__ = ["Device", "Dose"]


@dataclass(frozen=True)
class Dose:
    """The dose of a programme in one preparation, the same for every seed.

    Attributes
    ----------
    amplitude : float
        [A].
    landmarks : mapping of str to float
        [A] by name, NaN where the target has none: ``perception``, ``discomfort`` and
        ``motor``; see `gatecontrol.devices.dose`.
    recruitment : mapping of str to float
        Share of each fibre class (of the fibres in reach) that one pulse recruits in the
        reference population.
    warnings : tuple of str
        Doubtful but legal things.
    """

    amplitude: float
    landmarks: Mapping[str, float]
    recruitment: Mapping[str, float]
    warnings: tuple[str, ...] = ()


class Device:
    """Base class of every stimulator.

    Attributes
    ----------
    kind : str
        Name under which it is registered, ``kind:`` in an experiment file.
    title : str
        Name for figures and reports.
    parameters : tuple of Parameter
        The declaration.
    references : tuple of str
        BibTeX keys that a run with this device cites.
    settings : dict of str to object
        The configuration in SI units, per instance.
    """

    kind: ClassVar[str] = ""
    title: ClassVar[str] = ""
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    references: ClassVar[tuple[str, ...]] = ()

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = dict(settings)

    @classmethod
    def from_config(cls, config: Mapping[str, object]) -> "Device":
        """Build the device from what the user typed.

        Parameters
        ----------
        config : mapping of str to object
            Values as text; defaults are filled in; ``kind`` and ``name`` are passed over.

        Raises
        ------
        gatecontrol.units.UnitError
            A value cannot be read; the message names the key.
        """
        return cls(to_si(cls.parameters, config))

    @classmethod
    def readable(cls, config: Mapping[str, object]) -> dict[str, Any]:
        """Return the SI values of all keys that can be read; the others are left out."""
        values: dict[str, Any] = {}
        for parameter in with_presets(cls.parameters, config):
            value = config.get(parameter.name, parameter.default)
            if value is REQUIRED:
                continue
            try:
                values[parameter.name] = parse_value(parameter, value)
            except UnitError:
                continue
        return values

    @classmethod
    def check(cls, config: Mapping[str, object]) -> list[Fault]:
        """Return what is wrong with a configuration beyond single values; no physics.

        Parameters
        ----------
        config : mapping of str to object
            Values as text. Values that cannot be read by themselves (no unit, say) are for
            the reader of the file to report and are passed over here.

        Returns
        -------
        list of (key, code, message, help)
            Codes ``E0xx`` stop a run, codes ``W0xx`` are warnings kept with the results.
        """
        return []

    def dose(self, preparation: "Preparation") -> Dose:
        """Return the dose in amperes; the same for every seed.

        Parameters
        ----------
        preparation : Preparation
            Whose body it is.

        Raises
        ------
        GatecontrolError
            The dose is beyond a limit that only physics could tell.
        """
        raise GatecontrolError(f"the device '{self.kind}' does not say what its dose is")

    def prepare(
        self,
        preparation: "Preparation",
        threads: int = 1,
        progress: "Callable[[int, int], None] | None" = None,
    ) -> Dose:
        """Work out the dose, and what trials will need of it, before the first of them.

        Parameters
        ----------
        preparation : Preparation
            Whose body it is.
        threads : int, optional
            Of this machine that may be used.
        progress : callable, optional
            Told how much is done and how much there is, where it takes long.
        """
        return self.dose(preparation)

    def drive(
        self, fibres: "FibreTable", preparation: "Preparation", seed: int, on: float, off: float
    ) -> "AfferentDrive":
        """Return the spikes that the device evokes, and only those.

        Parameters
        ----------
        fibres : FibreTable
            The fibres of the trial.
        preparation : Preparation
            Whose body it is.
        seed : int
            Seed of the trial.
        on, off : float
            When the device is switched on and off [s].
        """
        raise GatecontrolError(f"the device '{self.kind}' does not say what it evokes")

    def after(self, merged: "AfferentDrive") -> "AfferentDrive":
        """Return the merged traffic as the device lets it pass; by default all of it.

        Parameters
        ----------
        merged : AfferentDrive
            Natural and device spikes at the terminals.
        """
        return merged
