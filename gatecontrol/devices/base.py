"""What a stimulator is: declared parameters, limits, a dose, and the spikes it evokes.

A new device subclasses `PulsedDevice`, names its parameters and says where its contacts
and its fibres are; an entry point in the group ``gatecontrol.devices`` registers it.
Declaring and checking are light: nothing here imports numpy at module level.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from gatecontrol.devices.generator import PulseGenerator, pulse_parameters
from gatecontrol.devices.limits import LABORATORY_HELP, Limits
from gatecontrol.errors import GatecontrolError
from gatecontrol.fibres.classes import REFRACTORY
from gatecontrol.fibres.validity import C_REFERENCES, MYELINATED_REFERENCES, refusals
from gatecontrol.parameters import parse_value, to_si
from gatecontrol.plugins import REQUIRED, Fault, Parameter
from gatecontrol.units import UnitError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gatecontrol.devices.sites import Sites
    from gatecontrol.fibres.drive import AfferentDrive
    from gatecontrol.fibres.population import FibreTable
    from gatecontrol.fields.conductor import Conductor
    from gatecontrol.fields.electrodes import Contact
    from gatecontrol.preparations import Preparation

__all__ = ["Device", "Dose", "PulsedDevice"]


@dataclass(frozen=True)
class Dose:
    """The dose of a programme in one preparation, the same for every seed.

    Attributes
    ----------
    amplitude : float
        [A].
    perception_threshold : float
        [A]; NaN for a target without perception.
    recruitment : mapping of str to float
        Share of each fibre class (of the fibres in reach) that one pulse recruits in the
        reference population.
    warnings : tuple of str
        Doubtful but legal things.
    """

    amplitude: float
    perception_threshold: float
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
        for parameter in cls.parameters:
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


class PulsedDevice(Device):
    """A stimulator that gives current pulses through contacts near fibres.

    A subclass gives `kind`, `title`, `limits`, `classes`, its parameters (those of
    `pulse_parameters` and its own), `contacts` and `sites`; the rest is done here.

    Attributes
    ----------
    limits : Limits or None
        What the clinician's programmer allows; None for a device without one.
    classes : tuple of str
        Fibre classes in its reach.
    perceived : bool
        Whether it has a perception threshold.
    notes : mapping of str to str
        Assumptions about its geometry, kept as provenance.
    refractory : mapping of str to float
        Absolute refractory period by fibre class [s].
    relative_refractory : bool
        Whether thresholds recover gradually after it.
    """

    parameters = pulse_parameters()
    references = (*MYELINATED_REFERENCES, *C_REFERENCES, "cogan2016", "shannon1992")
    limits: ClassVar[Limits | None] = None
    classes: ClassVar[tuple[str, ...]] = ("abeta",)
    perceived: ClassVar[bool] = True
    notes: ClassVar[Mapping[str, str]] = {}
    refractory: ClassVar[Mapping[str, float]] = REFRACTORY
    relative_refractory: ClassVar[bool] = True

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.generator = PulseGenerator.from_settings(self.settings)

    # What a subclass says ------------------------------------------------------------------
    def contacts(self, preparation: "Preparation") -> "Sequence[Contact]":
        """Return the electrode, in the frame of `gatecontrol.fields.electrodes`."""
        raise GatecontrolError(f"the device '{self.kind}' does not say where its contacts are")

    def sites(
        self, fibres: "FibreTable", preparation: "Preparation", rng: "np.random.Generator"
    ) -> "Sites":
        """Return where the fibres in reach pass the electrode.

        Parameters
        ----------
        fibres : FibreTable
            The fibres of the trial (or of the reference population).
        preparation : Preparation
            Whose body it is.
        rng : numpy.random.Generator
            For positions; the only source of chance allowed here.
        """
        raise GatecontrolError(f"the device '{self.kind}' does not say where its fibres are")

    def conductor(self, preparation: "Preparation") -> "Conductor":
        """Return the medium; by default isotropic with the parameter ``conductivity``."""
        from gatecontrol.fields.conductor import HomogeneousConductor

        return HomogeneousConductor.isotropic(self.settings.get("conductivity", 0.2))

    def latencies(self, count: int, rng: "np.random.Generator") -> "NDArray[np.float64]":
        """Return the time [s] from pulse to spike at the electrode, per spike; shape (count,).

        0.2 ms for an axon under the electrode (assumed; 0.1-0.4 ms by amplitude).
        """
        import numpy as np

        return np.full(count, 0.2e-3)

    # What is done for it -------------------------------------------------------------------
    @classmethod
    def check(cls, config: Mapping[str, object]) -> list[Fault]:  # noqa: D102
        values = cls.readable(config)
        found = PulseGenerator.faults(values)
        found += cls._amplitude_faults(values)
        programme = {
            "polarity",
            "recharge",
            "interphase_gap",
            "pattern",
            "frequency",
            "pulse_width",
        }
        if programme | {"intra_burst_frequency"} <= set(values):
            burst = values["pattern"] == "burst"
            key = "intra_burst_frequency" if burst else "frequency"
            refused = refusals(
                values["polarity"],
                values["recharge"],
                values["interphase_gap"],
                values[key],
                values["pulse_width"],
            )
            for name, code, message, help_ in refused:
                if name == "frequency":
                    name, help_ = key, f"{key}: 1 kHz"
                found.append((name, code, message, help_))
        found += cls._limit_faults(values)
        return found

    @classmethod
    def _amplitude_faults(cls, values: Mapping[str, Any]) -> list[Fault]:
        amplitude = values.get("amplitude")
        if amplitude is None or amplitude.kind == "current":
            return []
        if amplitude.kind == "perception_threshold":
            if not cls.perceived:
                return [
                    (
                        "amplitude",
                        "E041",
                        f"{cls.title or cls.kind} has no perception threshold, so '%PT' means "
                        + "nothing here; give a current",
                        "amplitude: 2 mA",
                    )
                ]
            if amplitude.value < 0:
                return [
                    (
                        "amplitude",
                        "E030",
                        f"must not be negative, got {amplitude.value * 100:g} %PT",
                        f"amplitude: {-amplitude.value * 100:g} %PT",
                    )
                ]
            return []
        found = []
        if amplitude.fibre_class not in cls.classes:
            found.append((
                "amplitude",
                "E012",
                f"{cls.title or cls.kind} does not reach the fibre class "
                + f"'{amplitude.fibre_class}'",
                f"allowed: {', '.join(f'recruited({c})' for c in cls.classes)}",
            ))
        if not 0 <= amplitude.value <= 1:
            found.append((
                "amplitude",
                "E033",
                f"a recruited share lies between 0 % and 100 %, got {amplitude.value * 100:g} %",
                f"amplitude: 95 % recruited({cls.classes[0]})",
            ))
        return found

    @classmethod
    def _limit_faults(cls, values: Mapping[str, Any]) -> list[Fault]:
        if cls.limits is None or "limits" not in values:
            return []
        numbers = dict(values)
        amplitude = values.get("amplitude")
        known = amplitude is not None and amplitude.kind == "current"
        numbers["amplitude"] = amplitude.value if known else None
        excesses = list(cls.limits.excesses(numbers))
        if values["limits"] == "clinical":
            return [(key, "E040", message, LABORATORY_HELP) for key, message in excesses]
        return [(key, "W040", f"limits: laboratory: {what}", "") for key, what in excesses]

    def refuse(self) -> None:
        """Raise if the threshold law cannot answer for this programme.

        Raises
        ------
        GatecontrolError
            With the code E041; the file check says the same earlier.
        """
        generator = self.generator
        refused = refusals(
            generator.polarity,
            generator.recharge,
            generator.interphase_gap,
            generator.peak_rate,
            generator.pulse_width,
        )
        if refused:
            _, code, message, _ = refused[0]
            raise GatecontrolError(f"{code}: device {self.kind}: {message}")

    def dose(self, preparation: "Preparation") -> Dose:  # noqa: D102
        from gatecontrol.devices.dose import dose

        return dose(self, preparation)

    def drive(  # noqa: D102
        self, fibres: "FibreTable", preparation: "Preparation", seed: int, on: float, off: float
    ) -> "AfferentDrive":
        from gatecontrol.devices.recruitment import evoke

        return evoke(self, fibres, preparation, seed, on, off)
