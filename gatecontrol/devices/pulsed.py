"""A stimulator that gives current pulses through contacts near fibres.

A new one subclasses `PulsedDevice`, names its parameters and says where its contacts and its
fibres are; the rest is done here. Nothing here imports numpy at module level.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, ClassVar

from gatecontrol.devices.base import Device, Dose
from gatecontrol.devices.generator import PulseGenerator, pulse_parameters
from gatecontrol.devices.limits import LABORATORY_HELP, Limits
from gatecontrol.errors import GatecontrolError
from gatecontrol.fibres.classes import C_REFERENCES, MYELINATED_REFERENCES, REFRACTORY
from gatecontrol.plugins import Fault

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gatecontrol.devices.excitability import Reference
    from gatecontrol.devices.generator.patterns import PulseTrain
    from gatecontrol.devices.sites import Sites
    from gatecontrol.fibres.drive import AfferentDrive
    from gatecontrol.fibres.path import FibrePath
    from gatecontrol.fibres.population import FibreTable
    from gatecontrol.fields.conductor import Conductor
    from gatecontrol.fields.electrodes import Contact
    from gatecontrol.fields.tissues import Tissue
    from gatecontrol.preparations import Preparation

__all__ = ["PulsedDevice"]


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
    channel_count : int
        Channels that it can drive at once, each with an electrode of its own.
    perceived : bool
        Whether it has a perception threshold.
    bystanders : tuple of str
        Courses whose fibres are felt, but do not lead to the circuit's segment.
    unpleasant : mapping of (str, str) to float
        (class, course) -> share of these fibres whose recruitment is unpleasant (assumed).
    usual_widths : tuple of str
        Pulse widths in use, as typed: their tables of a rat come solved with the package.
    leads : tuple of str
        Electrodes of the catalogue that it uses, for descriptions.
    stack : str
        Tissue stack of the catalogue that it uses, for descriptions.
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
    channel_count: ClassVar[int] = 1
    perceived: ClassVar[bool] = True
    bystanders: ClassVar[tuple[str, ...]] = ()
    unpleasant: ClassVar[Mapping[tuple[str, str], float]] = {("adelta", "along"): 0.05}
    usual_widths: ClassVar[tuple[str, ...]] = ()
    leads: ClassVar[tuple[str, ...]] = ()
    stack: ClassVar[str] = ""
    notes: ClassVar[Mapping[str, str]] = {}
    refractory: ClassVar[Mapping[str, float]] = REFRACTORY
    relative_refractory: ClassVar[bool] = True

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        load = self.limits.time_constant if self.limits else None
        self.generator = PulseGenerator.from_settings(self.settings, load)

    # What a subclass says ------------------------------------------------------------------
    def contacts(self, preparation: "Preparation") -> "Sequence[Contact]":
        """Return the electrode, in the frame of `gatecontrol.fields.electrodes`."""
        raise GatecontrolError(f"the device '{self.kind}' does not say where its contacts are")

    def channels(self, preparation: "Preparation") -> "Sequence[Sequence[Contact]]":
        """Return the electrode of each channel: `contacts` alone, unless a device has more."""
        return (self.contacts(preparation),)

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

    def tissue(self, preparation: "Preparation") -> "Tissue | None":
        """Return the layers around the electrode; None (by default) for a homogeneous medium."""
        return None

    def conductor(self, preparation: "Preparation") -> "Conductor":
        """Return the medium: that of `tissue`, else isotropic with the key ``conductivity``."""
        from gatecontrol.fields.conductor import HomogeneousConductor

        tissue = self.tissue(preparation)
        if tissue is not None:
            return tissue.conductor
        return HomogeneousConductor.isotropic(self.settings.get("conductivity", 0.2))

    def courses(self, preparation: "Preparation") -> "Mapping[str, FibrePath]":
        """Return the courses that fibres take from their sites; straight along x by default."""
        from gatecontrol.fibres.path import ALONG_X

        return {"along": ALONG_X}

    def given(
        self,
        train: "PulseTrain",
        amplitude: float,
        found: "Reference",
        preparation: "Preparation",
        seed: int,
    ) -> "NDArray[np.float64]":
        """Return the current of each pulse as the fibres meet it [A], shape (n,).

        Parameters
        ----------
        train : PulseTrain
            The pulses.
        amplitude : float
            Programmed [A].
        found : Reference
            Thresholds of the reference population.
        preparation : Preparation
            Whose body it is.
        seed : int
            Of the trial.
        """
        return amplitude * train.scale

    def relay(self, count: int, rng: "np.random.Generator") -> "NDArray[np.float64]":
        """Return the delay [s] of each spike on top of conduction, shape (count,); by default none.

        For a target whose fibres reach the segment through another cell.
        """
        import numpy as np

        return np.zeros(count)

    # What is done for it -------------------------------------------------------------------
    @classmethod
    def check(cls, config: Mapping[str, object]) -> list[Fault]:  # noqa: D102
        values = cls.readable(config)
        found = PulseGenerator.faults(values)
        whole = all(f.name in values for f in fields(PulseGenerator))
        generator = None
        if whole and not any(code.startswith("E") for _, code, _, _ in found):
            generator = PulseGenerator.from_settings(values)
        found += cls._amplitude_faults(values)
        if generator is not None and generator.channels > cls.channel_count:
            key = "waveform_file" if generator.pattern == "sampled" else "pattern"
            found.append((
                key,
                "E035",
                f"{generator.channels} channels are needed, {cls.title or cls.kind} has "
                + f"{cls.channel_count}",
                "pattern: tonic",
            ))
        return found + cls._limit_faults(values, generator)

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
    def _limit_faults(
        cls, values: Mapping[str, Any], generator: PulseGenerator | None
    ) -> list[Fault]:
        if cls.limits is None or "limits" not in values:
            return []
        numbers = dict(values)
        amplitude = values.get("amplitude")
        known = amplitude is not None and amplitude.kind == "current"
        numbers["amplitude"] = amplitude.value if known else None
        excursion = None
        if generator is not None:
            excursion = max(generator.excursion(c) for c in range(generator.channels))
        excesses = list(cls.limits.excesses(numbers, excursion))
        if values["limits"] == "clinical":
            return [(key, "E040", message, LABORATORY_HELP) for key, message in excesses]
        return [(key, "W040", f"limits: laboratory: {what}", "") for key, what in excesses]

    def excitation_key(self) -> str:
        """Return a text of all settings that thresholds depend on: geometry and kinds of pulse."""
        programme = {p.name for p in pulse_parameters()} | {"programme"}
        own = {k: v for k, v in self.settings.items() if k not in programme}
        pulses = [
            (kind.channels, kind.pulse.edges.tolist(), kind.pulse.levels.tolist())
            for kind in self.generator.kinds()
        ]
        return repr((type(self).__qualname__, sorted(own.items()), pulses))

    def dose(self, preparation: "Preparation") -> Dose:  # noqa: D102
        from gatecontrol.devices.dose import dose

        return dose(self, preparation)

    def prepare(  # noqa: D102
        self,
        preparation: "Preparation",
        threads: int = 1,
        progress: "Callable[[int, int], None] | None" = None,
    ) -> Dose:
        from gatecontrol.devices.dose import dose

        return dose(self, preparation, threads=threads, progress=progress)

    def silenced(self) -> tuple[str, ...]:
        """Return the fibre classes whose spikes are left out by hypothesis; by default none."""
        return ()

    def hypotheses(self) -> Mapping[str, str]:
        """Return disputed mechanisms with the state each is in, for the record; by default none."""
        return {}

    def drive(  # noqa: D102
        self, fibres: "FibreTable", preparation: "Preparation", seed: int, on: float, off: float
    ) -> "AfferentDrive":
        from gatecontrol.devices.recruitment import evoke

        return evoke(self, fibres, preparation, seed, on, off)
