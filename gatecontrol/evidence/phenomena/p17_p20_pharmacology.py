"""P17 to P20: receptors, chloride, disinhibition and injury."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.evidence.base import Arrays, Needs, Phenomenon, Protocol, Quantity
from gatecontrol.evidence.readings import ratio

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["ChlorideShift", "InjurySlope", "ReceptorBlocks", "TouchLaminaI"]


class ReceptorBlocks(Phenomenon):
    """Dorsal-column inhibition runs through GABA-A receptors, not glycine receptors."""

    id = "P17"
    title = "Dorsal-column inhibition is GABA-A, not glycine"
    body = "barbiturate-anaesthetised cat"
    protocols = (
        Protocol(
            "pulse_blocks",
            fast=("seeds=5", "run.duration=22 s", "run.device_off=21.9 s"),
            standard=("seeds=10", "run.duration=52 s", "run.device_off=51.9 s"),
            controls=False,
        ),
    )
    needs = Needs(
        classes=("abeta",),
        receptors=("gaba_a", "glycine"),
        conditions=("gaba_a_block", "glycine_block"),
    )
    quantities = (
        Quantity("gaba_a", "share of the inhibition that a GABA-A block takes away", low=0.5),
        Quantity("glycine", "share of it that a glycine block takes away", high=0.25),
    )
    discriminates = "one knob for all inhibition"
    strength = "direction"
    references = ("duggan1985",)
    notes = (
        "Inhibition is 1 - the mean rate 4-100 ms after a dorsal-column pulse over that before it.",
        "For the allodynia gate of lamina I glycine matters (P19): both must hold.",
    )

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return rates before and after the pulses by arm."""
        data = runs["pulse_blocks"].sel(epoch="during")
        time = data["psth_time"].values
        found = {}
        for arm in ("plain", "gaba_a_block", "glycine_block"):
            rate = data["psth_rate"].sel(arm=arm).transpose("seed", "psth_time").values
            found[f"{arm}_before"] = rate[:, time < 0].mean(axis=1)
            found[f"{arm}_after"] = rate[:, (time > 4e-3) & (time < 100e-3)].mean(axis=1)
        return found

    def estimate(self, means: Arrays) -> Arrays:
        """Compute what each block takes away."""
        held = {
            arm: 1 - ratio(means[f"{arm}_after"], means[f"{arm}_before"])
            for arm in ("plain", "gaba_a_block", "glycine_block")
        }
        return {
            "gaba_a": 1 - ratio(held["gaba_a_block"], held["plain"]),
            "glycine": 1 - ratio(held["glycine_block"], held["plain"]),
        }


class ChlorideShift(Phenomenon):
    """A shift of the chloride reversal weakens the gate."""

    id = "P18"
    title = "A chloride shift weakens the gate"
    body = "rat lamina I, and models"
    protocols = (Protocol("chloride", fast=("seeds=5",), standard=("seeds=10",), controls=False),)
    needs = Needs(classes=("abeta", "c"), receptors=("gaba_a", "glycine"))
    quantities = (
        Quantity("lost", "share of A-on-C inhibition lost from -73 to -50 mV", low=0.5),
        Quantity("least_step", "least loss of inhibition from step to step", low=0.0),
    )
    discriminates = "inhibitory weights of a fixed sign"
    strength = "direction; the size of the shift is from memory"
    references = ("coull2003",)
    notes = (
        "The A-beta volley reaches the cord 20 ms before the median of the C volley; what it "
        + "evokes by itself is taken off.",
    )

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return responses by reversal potential, the most negative first."""
        spikes = runs["chloride"]["test_spikes"].sel(fibre_class="c")
        axis = next(str(d) for d in spikes.dims if d not in {"arm", "seed"})
        by_arm = spikes.transpose("arm", "seed", axis)
        conditioned = by_arm.sel(arm="conditioned").values - by_arm.sel(arm="first_alone").values
        return {"conditioned": conditioned, "alone": by_arm.sel(arm="test_alone").values}

    def estimate(self, means: Arrays) -> Arrays:
        """Compute the loss of inhibition."""
        held = 1 - ratio(means["conditioned"], means["alone"])
        return {
            "lost": 1 - ratio(held[:, -1], held[:, 0]),
            "least_step": (held[:, :-1] - held[:, 1:]).min(axis=1),
        }


class TouchLaminaI(Phenomenon):
    """Disinhibition gives lamina I cells an A-beta response that needs NMDA receptors."""

    id = "P19"
    title = "Disinhibition opens lamina I to A-beta fibres, through NMDA receptors"
    body = "rat slice"
    protocols = (
        Protocol("touch_lamina1", fast=("seeds=5",), standard=("seeds=10",), controls=False),
    )
    needs = Needs(
        classes=("abeta",),
        signals=("pain_signal_lamina1",),
        receptors=("nmda", "gaba_a", "glycine"),
        conditions=("gaba_a_block", "glycine_block", "nmda_block"),
    )
    quantities = (
        Quantity("naive", "evoked spikes per cell and volley", high=0.1),
        Quantity("disinhibited", "the same without GABA-A and glycine receptors", low=0.3),
        Quantity("nmda_share", "share of that which an NMDA block takes away", low=0.5),
        Quantity("latency", "arrival of A fibres to a tenth of the response", low=3e-3, unit="s"),
    )
    discriminates = "models in which signals run forward only"
    strength = "direction"
    references = ("torsney2006", "miraucourt2007")
    notes = (
        "Spikes per cell and volley stand for the share of cells that answer: the background in "
        + "the 50 ms after the volley is taken off.",
    )

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return histograms around the volleys by arm, and the middles of their bins."""
        from gatecontrol.preparations import load_preparation

        data = runs["touch_lamina1"].sel(epoch="during")
        counts = data["psth"].transpose("arm", "seed", "psth_time")
        time = data["psth_time"].values
        body = load_preparation("rat")
        arrival = body.latency("abeta", body.pns_site_to_cord.value).earliest
        found = {arm: counts.sel(arm=arm).values.astype(float) for arm in counts["arm"].values}
        found["time"] = np.broadcast_to(time - arrival, found["naive"].shape)
        return found

    def estimate(self, means: Arrays) -> Arrays:
        """Compute evoked spikes and the latency."""
        time = means["time"][0]
        after, before = (time > 0) & (time < 50e-3), time < -10e-3
        evoked = {}
        for arm in ("naive", "disinhibited", "nmda_block"):
            rate = means[arm][:, before].mean(axis=1)
            evoked[arm] = means[arm][:, after].sum(axis=1) - rate * after.sum()
        course = np.cumsum(means["disinhibited"][:, after], axis=1)
        reached = course >= 0.1 * course[:, -1:]
        return {
            "naive": evoked["naive"],
            "disinhibited": evoked["disinhibited"],
            "nmda_share": 1 - ratio(evoked["nmda_block"], evoked["disinhibited"]),
            "latency": time[after][reached.argmax(axis=1)],
        }


class InjurySlope(Phenomenon):
    """Injury raises ongoing activity, not the slope of encoding."""

    id = "P20"
    title = "Injury raises ongoing activity, not the slope of the response to pressure"
    body = "rats after nerve injury, a meta-regression"
    protocols = (Protocol("pressure", fast=("seeds=5",), standard=("seeds=10",), controls=False),)
    needs = Needs(classes=("adelta", "c"), conditions=("injured",))
    quantities = (
        Quantity("ongoing", "rate without stimulus, injured / naive", low=1.5),
        Quantity("slope", "slope of the rate against force, injured / naive", 0.75, 1.25),
    )
    discriminates = "an injury that multiplies all rates"
    strength = "meta-regression"
    references = ("zain2019",)

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return ongoing rates and slopes by arm."""
        signal = runs["pressure"]["pain_signal"]
        axis = next(str(d) for d in signal.dims if d not in {"arm", "seed", "epoch"})
        force = signal[axis].values.astype(float)
        away = (force - force.mean()) / ((force - force.mean()) ** 2).sum()
        found = {}
        for arm in ("naive", "injured"):
            rates = signal.sel(arm=arm).transpose("epoch", "seed", axis)
            found[f"{arm}_ongoing"] = rates.sel(epoch="before").values.mean(axis=1)
            found[f"{arm}_slope"] = rates.sel(epoch="during").values @ away
        return found

    def estimate(self, means: Arrays) -> Arrays:
        """Compute both ratios."""
        return {
            "ongoing": ratio(means["injured_ongoing"], means["naive_ongoing"]),
            "slope": ratio(means["injured_slope"], means["naive_slope"]),
        }
