"""The pain signal in time and in frequency."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gatecontrol.analysis.base import Dimension, Measure, Variable
from gatecontrol.analysis.measures.times import SIGNAL, cells_of
from gatecontrol.analysis.windows import EPOCHS
from gatecontrol.parameters import to_si
from gatecontrol.plugins import Fault, Parameter
from gatecontrol.units import UnitError

if TYPE_CHECKING:
    from gatecontrol.analysis.context import TrialContext

__all__ = ["RateSpectrum", "TimeCourse"]

MOST_FREQUENCIES = 5000


class TimeCourse(Measure):
    """Rate of the projection neurons in bins over the whole run.

    What after-effects are read from: when the signal falls after the device is switched on,
    and when it comes back. Whole bins from the start of the run; all spikes count.
    """

    name = "time_course"
    parameters = (
        SIGNAL,
        Parameter("bin", "time", "0.5 s", "Width of the bins.", minimum="1 ms", maximum="10 min"),
    )
    variables = (Variable("time_course", ("time_bin",), "spikes/s", "Rate per cell in the bin"),)
    references = ()

    def dimensions(self) -> tuple[Dimension, ...]:
        """Return the middles of the bins, as many as fit into the longest run."""
        width = self["bin"]
        return (Dimension("time_bin", "s", "Middle of the bin", first=width / 2, step=width),)

    def trial(self, context: "TrialContext") -> dict[str, Any]:
        """Return the rate [spikes/s per cell] in each bin."""
        import numpy as np

        cells = cells_of(context, self["signal"], self.name)
        width = self["bin"]
        count = int(context.duration / width + 1e-9)
        # Spike times lie on the steps of the simulation; rounding must not move one to and fro.
        place = np.floor(cells.time / width + 1e-9).astype(np.int64)
        counts = np.bincount(place[place < count], minlength=count)
        why = "" if count else f"the run is shorter than a bin of {width:g} s"
        return {
            "time_course": counts / (cells.size * width),
            "time_course_status": why,
        }


class RateSpectrum(Measure):
    """Power spectrum of the projection neurons' rate, per epoch.

    Welch's method on the rate per cell in bins: segments of the length `segment` with a Hann
    window, half overlapping, each without its mean; one-sided density. Its area is the
    variance of the rate. Independent Poisson cells with rate r give 2 r / cells at every
    frequency; rhythm, such as the device's own rate, stands out of that.
    """

    name = "rate_spectrum"
    parameters = (
        SIGNAL,
        Parameter(
            "bin", "time", "1 ms", "Width of the bins of the rate.", minimum="0.1 ms", maximum="1 s"
        ),
        Parameter(
            "segment",
            "time",
            "1 s",
            "Length of a segment; its inverse is the resolution.",
            minimum="10 ms",
            maximum="10 min",
        ),
        Parameter(
            "maximum",
            "frequency",
            "200 Hz",
            "Highest frequency kept.",
            minimum="1 Hz",
            maximum="5 kHz",
        ),
    )
    variables = (
        Variable(
            "rate_spectrum",
            ("epoch", "frequency"),
            "(spikes/s)^2/Hz",
            "Power spectral density of the rate per cell",
        ),
    )
    references = ("welch1967",)

    @classmethod
    def check(cls, config: Mapping[str, object]) -> list[Fault]:
        """Return faults between fields; see `Measure.check`."""
        try:
            values = to_si(cls.parameters, config)
        except UnitError:
            return []
        bins = values["segment"] / values["bin"]
        if bins < 2 or abs(bins - round(bins)) > 1e-6:
            message = f"a segment ({values['segment']:g} s) is no whole number of bins"
            return [("segment", "E035", message, f"segment: {1000 * values['bin']:g} s")]
        if values["maximum"] > 0.5 / values["bin"] * (1 + 1e-9):
            most = 0.5 / values["bin"]
            message = f"bins of {1e3 * values['bin']:g} ms show nothing above {most:g} Hz"
            return [("maximum", "E035", message, f"maximum: {most:g} Hz")]
        if values["maximum"] * values["segment"] > MOST_FREQUENCIES:
            message = f"more than {MOST_FREQUENCIES} frequencies"
            most = MOST_FREQUENCIES / values["segment"]
            return [("maximum", "E035", message, f"maximum: {most:g} Hz")]
        return []

    def dimensions(self) -> tuple[Dimension, ...]:
        """Return the frequencies."""
        count = int(self["maximum"] * self["segment"] + 1e-9) + 1
        return (
            Dimension(
                "frequency", "Hz", "Frequency", tuple(n / self["segment"] for n in range(count))
            ),
        )

    def trial(self, context: "TrialContext") -> dict[str, Any]:
        """Return the density [(spikes/s)^2/Hz] per epoch and frequency."""
        from gatecontrol.analysis.spike_trains import rate_spectrum

        cells = cells_of(context, self["signal"], self.name)
        count = len(self.dimensions()[0].labels(0))
        found, why = [], []
        for name in EPOCHS:
            window = context.epochs.get(name)
            if window is None or window[1] - window[0] < self["segment"] * (1 - 1e-9):
                found.append([math.nan] * count)
                short = f"the epoch is shorter than a segment of {self['segment']:g} s"
                why.append(short if window else "no such epoch")
                continue
            _, density = rate_spectrum(
                cells.time, cells.size, *window, self["bin"], self["segment"]
            )
            found.append(density[:count].tolist())
            why.append("")
        return {"rate_spectrum": found, "rate_spectrum_status": why}
