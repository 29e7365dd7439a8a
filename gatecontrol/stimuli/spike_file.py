"""Spike trains from the user's own recording or model."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import numpy as np

from gatecontrol.errors import ExperimentError, Problem
from gatecontrol.fibres.classes import FIBRE_CLASSES, ROLES
from gatecontrol.fibres.drive import AfferentDrive
from gatecontrol.fibres.population import FibreTable
from gatecontrol.plugins import REQUIRED, Fault, Parameter
from gatecontrol.preparations import Preparation
from gatecontrol.stimuli.base import Stimulus, read_quietly
from gatecontrol.stimuli.spike_table import peek, read_spikes
from gatecontrol.stimuli.trains import assemble, select

__all__ = ["SpikeFile"]


class SpikeFile(Stimulus):
    """Spikes read from a file; see `gatecontrol.stimuli.spike_table.read_spikes`.

    Fibre 0 of the file is the first fibre of the given class and receptive field. The same
    trains are used for every seed.
    """

    kind = "spike_file"
    title = "Spikes from a file"
    parameters = (
        Parameter("file", "file", REQUIRED, "CSV or NPZ file with the columns fibre and time."),
        Parameter(
            "onset",
            "time",
            "0 s",
            "Added to every time of the file.",
            minimum="0 s",
            maximum="1 h",
        ),
        Parameter(
            "fibre_class",
            "choice",
            "c",
            "Class of the fibres that carry the spikes.",
            choices=FIBRE_CLASSES,
        ),
        Parameter("field", "choice", "centre", "Their receptive field.", choices=ROLES),
        Parameter(
            "at",
            "choice",
            "terminal",
            "Where the times were taken: terminal (no conduction is added) or receptor.",
            choices=("terminal", "receptor"),
        ),
        Parameter("noxious", "flag", False, "Whether the spikes count as a noxious stimulus."),
        Parameter(
            "sha256",
            "text",
            None,
            "Checksum of the file; if given, a file that has changed is refused.",
        ),
    )

    def __init__(self, values: Mapping[str, object]) -> None:
        super().__init__(values)
        self.noxious = bool(self["noxious"])

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self["file"])

    @classmethod
    def check(cls, config: Mapping[str, object]) -> list[Fault]:
        """Return faults of the file's first rows; see `Stimulus.check`."""
        values = read_quietly(cls.parameters, config)
        if values is None:
            return []
        return [
            ("file", p.code, f"{p.file}{f':{p.line}' if p.line else ''}: {p.message}", p.help)
            for p in peek(Path(values["file"]))
        ]

    def _fault(self, code: str, message: str, help: str = "") -> ExperimentError:
        return ExperimentError([Problem(code, "file", message, help, file=str(self.path))])

    def spikes(
        self, fibres: FibreTable, preparation: Preparation, seed: int, name: str
    ) -> AfferentDrive:
        """Return the spikes of the file; see `Stimulus.spikes`.

        Raises
        ------
        ExperimentError
            The file has faults, has changed, or names fibres that the circuit does not have.
        """
        number, time = read_spikes(self.path)
        if self["sha256"] is not None:
            found = sha256(self.path.read_bytes()).hexdigest()
            if found != self["sha256"].strip().lower():
                raise self._fault("E005", f"the file has changed: its sha256 is {found}")
        rows = select(fibres, self["fibre_class"], self["field"])
        if len(number) and number.max() >= len(rows):
            what = f"{self['fibre_class']} fibres with the field '{self['field']}'"
            raise self._fault(
                "E035",
                f"fibre {number.max()} of the file, but the circuit has {len(rows)} {what}",
                f"number them from 0 to {len(rows) - 1}" if len(rows) else "",
            )
        train = (rows[number], time + self["onset"], np.nan)
        return assemble(fibres, [train], arrived=self["at"] == "terminal")

    def window(self, preparation: Preparation) -> tuple[float, float]:
        """Return from the first to the last spike at the dorsal horn [s]."""
        _, time = read_spikes(self.path)
        first, last = (time.min(), time.max()) if len(time) else (0.0, 0.0)
        first, last = float(first + self["onset"]), float(last + self["onset"])
        if self["at"] == "receptor":
            latency = preparation.latency(self["fibre_class"])
            first, last = first + latency.earliest, last + latency.latest
        return first, last
