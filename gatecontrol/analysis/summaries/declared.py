"""The built-in summaries: parameters, variables and sources; light to import.

What each computes is in the file of its name, which comes with numpy and scipy.
"""

from typing import TYPE_CHECKING

from gatecontrol.analysis.base import Summary, Variable
from gatecontrol.plugins import Parameter

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "AfterEffect",
    "ConditioningTest",
    "CostOfSuppression",
    "EncodingSlope",
    "Heterogeneity",
    "TherapeuticWindow",
]


def _axis(what: str) -> Parameter:
    return Parameter("axis", "text", None, f"Sweep axis, by name or path; left out, {what}.")


class EncodingSlope(Summary):
    """Slope of the pain signal against the intensity of the stimulus, device on and off.

    Least squares per seed over a swept intensity (force, peak temperature, strength); the
    seeds' slopes are the replicates of the mean, of its interval and of the ratio on/off.
    In spikes/s per unit of the axis.
    """

    name = "encoding_slope"
    parameters = (_axis("the only one over a stimulus's force, peak or strength"),)
    variables = (
        Variable("encoding_slope", (), "", "Slope of the pain signal against the stimulus"),
        Variable(
            "encoding_slope_off", (), "", "Slope of the pain signal against the stimulus, control"
        ),
        Variable("encoding_slope_ratio", (), "1", "Slope with the device on over the control's"),
        Variable(
            "encoding_linearity", (), "1", "Variance between intensities that the slope explains"
        ),
        Variable(
            "encoding_linearity_off",
            (),
            "1",
            "Variance between intensities that the slope explains, control",
        ),
    )
    references = ("zain2019", "diciccio1996", "hesterberg2015")

    def summary(self, data: "xr.Dataset") -> "xr.Dataset":
        """Return the slopes; see `gatecontrol.analysis.summaries.encoding_slope`."""
        from gatecontrol.analysis.summaries.encoding_slope import encoding_slope

        return encoding_slope(data, axis=self["axis"])


class ConditioningTest(Summary):
    """Response to a test volley against its interval to a conditioning A volley.

    The control is the test volley alone (`control: <arm>`, an arm whose conditioning volley
    recruits 0 %). The window is the longest interval with a reduced response.
    """

    name = "conditioning_test"
    parameters = (
        _axis("that over the onset of a stimulus or of the device"),
        Parameter(
            "alone",
            "text",
            None,
            "Arm with the conditioning volley and a test volley that recruits 0 %; its spikes in "
            + "the test's window are taken off instead of the background.",
        ),
        Parameter(
            "reduction",
            "fraction",
            "20 %",
            "Reduction of the response that counts.",
            minimum="1 %",
            maximum="99 %",
        ),
    )
    requires = ("test_response",)
    variables = (
        Variable(
            "conditioned_response", (), "1", "Response to the test volley, conditioned over alone"
        ),
        Variable("a_on_c_window", (), "s", "Longest interval with a reduced C response"),
        Variable("a_on_a_window", (), "s", "Longest interval with a reduced A-beta response"),
    )
    references = ("woolf1982", "diciccio1996", "hesterberg2015")

    def summary(self, data: "xr.Dataset") -> "xr.Dataset":
        """Return curve and windows; see `gatecontrol.analysis.summaries.conditioning_test`."""
        from gatecontrol.analysis.summaries.conditioning_test import conditioning_test

        return conditioning_test(data, **self.values)


class TherapeuticWindow(Summary):
    """Suppression between perception and discomfort along the device's amplitude."""

    name = "therapeutic_window"
    parameters = (
        _axis("that over device.amplitude"),
        Parameter(
            "size",
            "fraction",
            "20 %",
            "Suppression that is asked for below discomfort.",
            minimum="1 %",
            maximum="99 %",
        ),
    )
    variables = (
        Variable(
            "suppression_at_perception", (), "1", "Suppression of the pain signal at perception"
        ),
        Variable(
            "suppression_at_discomfort", (), "1", "Suppression of the pain signal at discomfort"
        ),
        Variable(
            "amplitude_half_effect", (), "A", "Lowest amplitude with half the effect at discomfort"
        ),
        Variable("amplitude_effective", (), "A", "Lowest amplitude with the suppression asked for"),
        Variable(
            "effective_below_discomfort",
            (),
            "1",
            "Whether the suppression asked for is reached below discomfort",
        ),
        Variable("usable_range", (), "1", "Discomfort over perception threshold"),
    )
    references = ("diciccio1996", "hesterberg2015")

    def summary(self, data: "xr.Dataset") -> "xr.Dataset":
        """Return the window; see `gatecontrol.analysis.summaries.therapeutic_window`."""
        from gatecontrol.analysis.summaries.therapeutic_window import therapeutic_window

        return therapeutic_window(data, **self.values)


class AfterEffect(Summary):
    """How fast suppression comes with the device, and how it goes after it."""

    name = "after_effect"
    parameters = (
        Parameter(
            "window",
            "time",
            "1 s",
            "Stretch over which inhibition before switching off, and the residual, is pooled.",
            minimum="1 ms",
            maximum="10 min",
        ),
        Parameter(
            "share",
            "fraction",
            "25 %",
            "Share of the inhibition at offset below which it counts as gone.",
            minimum="1 %",
            maximum="99 %",
        ),
        Parameter(
            "residual_after",
            "time",
            "1 s",
            "When, after the device goes off, the window of the residual starts.",
            minimum="0 s",
            maximum="1 h",
        ),
    )
    requires = ("time_course",)
    variables = (
        Variable("inhibition_at_offset", (), "1", "Suppression before the device goes off"),
        Variable("onset_delay", (), "s", "Delay to half of the suppression at offset"),
        Variable("recovery_time_constant", (), "s", "Time constant of the suppression's decay"),
        Variable("recovery_start", (), "1", "Suppression from which the decay starts"),
        Variable("recovery_fit", (), "1", "Variance that the exponential decay explains"),
        Variable("inhibition_duration", (), "s", "Time until the suppression has gone"),
        Variable("residual_inhibition", (), "1", "Suppression left some time after the device"),
    )
    references = ("qin2007", "carstens1980", "golub1973", "diciccio1996", "hesterberg2015")

    def summary(self, data: "xr.Dataset") -> "xr.Dataset":
        """Return the times; see `gatecontrol.analysis.summaries.after_effect`."""
        from gatecontrol.analysis.summaries.after_effect import after_effect

        return after_effect(data, **self.values)


class Heterogeneity(Summary):
    """Shares of cells that fire less, as before, or more with the device on."""

    name = "heterogeneity"
    parameters = (
        Parameter(
            "change",
            "fraction",
            "20 %",
            "Change of a cell's rate beyond which it counts as changed.",
            minimum="1 %",
            maximum="99 %",
        ),
        Parameter(
            "least_spikes",
            "integer",
            10,
            "Fewest control spikes with which a cell is classified.",
            minimum=1,
            maximum=100000,
        ),
    )
    requires = ("cell_rates",)
    variables = (
        Variable("cells_decreased", (), "1", "Share of cells whose rate falls"),
        Variable("cells_unchanged", (), "1", "Share of cells whose rate stays"),
        Variable("cells_increased", (), "1", "Share of cells whose rate rises"),
        Variable("cells_classified", (), "1", "Cells with enough control spikes, all seeds"),
        Variable("cells_too_few_spikes", (), "1", "Cells with too few control spikes, all seeds"),
        Variable(
            "cells_changed_by_chance", (), "1", "Share that Poisson noise would change, at most"
        ),
    )
    references = ("garrison1994", "diciccio1996", "hesterberg2015")

    def summary(self, data: "xr.Dataset") -> "xr.Dataset":
        """Return the shares; see `gatecontrol.analysis.summaries.heterogeneity`."""
        from gatecontrol.analysis.summaries.heterogeneity import heterogeneity

        return heterogeneity(data, **self.values)


class CostOfSuppression(Summary):
    """Charge per second and power per percentage point of suppression, device on."""

    name = "cost_of_suppression"
    variables = (
        Variable(
            "cost_charge",
            (),
            "C/s per percentage point",
            "Charge per second per percentage point of suppression",
        ),
        Variable(
            "cost_power",
            (),
            "W per percentage point",
            "Mean electrical power per percentage point of suppression",
        ),
    )

    def summary(self, data: "xr.Dataset") -> "xr.Dataset":
        """Return the costs; see `gatecontrol.analysis.summaries.cost_of_suppression`."""
        from gatecontrol.analysis.summaries.cost_of_suppression import cost_of_suppression

        return cost_of_suppression(data)
