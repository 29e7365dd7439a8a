"""Base of all stimuli: from a user's text to spikes at the dorsal-horn terminals.

A stimulus plugs in by the entry-point group ``gatecontrol.stimuli`` and declares its
parameters; its spikes depend only on the trial's seed, its own name and its own parameters.
Declaring and checking are light: numpy is imported when spikes are drawn.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from gatecontrol.parameters import Declared, to_si
from gatecontrol.plugins import Parameter
from gatecontrol.units import UnitError

if TYPE_CHECKING:
    from gatecontrol.fibres.drive import AfferentDrive
    from gatecontrol.fibres.population import FibreTable
    from gatecontrol.preparations import Preparation

__all__ = [
    "COMMON", "DURATION", "ONSET", "STEADY", "SteadyStimulus", "Stimulus", "read_quietly",
]  # fmt: skip

ONSET = Parameter(
    "onset",
    "time",
    "0.2 s",
    "When the stimulus begins at the skin or nerve.",
    minimum="0 s",
    maximum="1 h",
)
DURATION = Parameter(
    "duration", "time", "8 s", "How long it lasts.", minimum="10 ms", maximum="1 h"
)
COMMON = (ONSET, DURATION)
"""Parameters that every lasting stimulus has."""
STEADY = (
    Parameter(
        "onset",
        "time",
        "0 s",
        "When the activity begins at the dorsal horn.",
        minimum="0 s",
        maximum="1 h",
    ),
    Parameter("duration", "time", "10 min", "How long it lasts.", minimum="10 ms", maximum="1 h"),
)
"""Parameters of activity that is there without a stimulus."""


def read_quietly(
    parameters: Sequence[Parameter], config: Mapping[str, object]
) -> dict[str, Any] | None:
    """Return the SI values of a configuration, or None if a field by itself is at fault.

    Parameters
    ----------
    parameters : sequence of Parameter
        The declaration.
    config : mapping of str to object
        What the user typed; single fields are reported elsewhere.
    """
    try:
        return to_si(parameters, config)
    except UnitError:
        return None


class Stimulus(Declared):
    """Something that makes afferent fibres fire.

    A subclass gives `kind`, `title`, `parameters`, `references`, `noxious`, `spikes` and
    `window`. Values are read as ``self["rate"]``, in SI units.
    """

    kind: ClassVar[str] = ""
    """Name of the plug-in."""
    title: ClassVar[str] = ""
    """Heading for tables and figures."""
    parameters: ClassVar[tuple[Parameter, ...]] = COMMON
    """Declaration of every parameter."""
    noxious: bool = False
    """Whether it drives nociceptors, so that its window is the noxious window."""
    steady: ClassVar[bool] = False
    """Whether it is activity that nothing evokes: background to the measures, no stimulus."""

    def spikes(
        self, fibres: "FibreTable", preparation: "Preparation", seed: int, name: str
    ) -> "AfferentDrive":
        """Draw the spikes of one trial.

        Parameters
        ----------
        fibres : FibreTable
            The fibres of the trial.
        preparation : Preparation
            Species; gives distances.
        seed : int
            Seed of the trial.
        name : str
            Name of this stimulus in the experiment; two stimuli of one kind have two names.

        Returns
        -------
        AfferentDrive
            Times at the dorsal-horn terminal.
        """
        raise TypeError(f"{type(self).__name__} does not say which spikes it makes")

    def window(self, preparation: "Preparation") -> tuple[float, float]:
        """Return when the stimulus acts at the dorsal horn [s].

        For a noxious stimulus from the first C arrival (onset + earliest C latency) to the
        last of the typical fibre (end + median C latency); for others the same with A-beta.

        Parameters
        ----------
        preparation : Preparation
            Species.
        """
        latency = preparation.c_latency() if self.noxious else preparation.a_latency()
        onset = self["onset"]
        return onset + latency.earliest, onset + self["duration"] + latency.median


class SteadyStimulus(Stimulus):
    """Activity that nothing evokes: it is at the dorsal horn from its onset on."""

    parameters = STEADY
    steady = True

    def window(self, preparation: "Preparation") -> tuple[float, float]:
        """Return when the activity is at the dorsal horn [s]."""
        return self["onset"], self["onset"] + self["duration"]
