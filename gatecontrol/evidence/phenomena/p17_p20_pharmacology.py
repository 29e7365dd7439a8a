"""P17 to P20: receptors, chloride, disinhibition and injury."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.evidence.base import Arrays, Needs, Phenomenon, Protocol, Quantity
from gatecontrol.evidence.readings import during_train, evoked_by_test, ratio

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["ChlorideShift", "InjurySlope", "ReceptorBlocks", "TouchLaminaI"]

_BLOCKS = ("plain", "gaba_a_block", "glycine_block")

_FEW_TESTS = ("seeds=2", "stimuli[0].count=2", "run.duration=7 s", "run.device_off=6.9 s")
_FEW_PAIRS = ("seeds=2", "stimuli[0].count=2", "stimuli[1].count=2", "run.duration=4 s")
_FEW_TOUCHES = ("seeds=3", "stimuli[0].count=4", "run.duration=5.5 s")

_OCCLUSION = (
    "What a train evokes by itself is taken off, as in P02. Where it drives the cells hard, a C "
    + "volley adds less, and that counts as inhibition, as does depression of C synapses: without "
    + "GABA-A receptors `gate` still holds a quarter (3 seeds, 20 tests). So it understates what "
    + "a block or a shift removes; left in, excitation would pass for lost inhibition."
)


class ReceptorBlocks(Phenomenon):
    """Dorsal-column inhibition runs through GABA-A receptors, not glycine receptors."""

    id = "P17"
    title = "Dorsal-column inhibition is GABA-A, not glycine"
    body = "barbiturate-anaesthetised cat"
    protocols = (
        Protocol(
            "pulse_blocks",
            fast=("seeds=2", "run.duration=22 s", "run.device_off=21.9 s"),
            standard=("seeds=6", "run.duration=52 s", "run.device_off=51.9 s"),
            controls=False,
        ),
        Protocol("train_blocks", fast=_FEW_TESTS, standard=("seeds=6",)),
    )
    needs = Needs(
        classes=("abeta", "c"),
        receptors=("gaba_a", "glycine"),
        conditions=("gaba_a_block", "glycine_block"),
    )
    quantities = (
        Quantity("pulse_gaba_a", "share of a pulse's inhibition that a GABA-A block removes", 0.5),
        Quantity(
            "pulse_glycine", "share of a pulse's inhibition that a glycine block removes", high=0.25
        ),
        Quantity("train_gaba_a", "the same of 50-Hz SCS while it is on, GABA-A block", 0.5),
        Quantity("train_glycine", "the same of 50-Hz SCS while it is on, glycine block", high=0.25),
    )
    discriminates = "one knob for all inhibition"
    strength = "direction"
    references = ("duggan1985",)
    notes = (
        "Of a pulse, inhibition is 1 - the mean rate 4-100 ms after it over that before it (as in "
        + "P01); of a train, 1 - the C response during it over that without (as in P02).",
        _OCCLUSION,
        "For the allodynia gate of lamina I glycine matters (P19): both must hold.",
    )

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return rates around the pulses, and responses with the train and without, by arm."""
        data = runs["pulse_blocks"].sel(epoch="during")
        time = data["psth_time"].values
        found = {}
        for arm in _BLOCKS:
            rate = data["psth_rate"].sel(arm=arm).transpose("seed", "psth_time").values
            found[f"pulse_{arm}_off"] = rate[:, time < 0].mean(axis=1)
            found[f"pulse_{arm}_on"] = rate[:, (time > 4e-3) & (time < 100e-3)].mean(axis=1)
            on, off = during_train(runs["train_blocks"], arms=f"{arm}_")
            found |= {f"train_{arm}_on": on, f"train_{arm}_off": off}
        return found

    def estimate(self, means: Arrays) -> Arrays:
        """Compute what each block removes."""
        found = {}
        for kind in ("pulse", "train"):
            plain, gaba_a, glycine = (
                1 - ratio(means[f"{kind}_{arm}_on"], means[f"{kind}_{arm}_off"]) for arm in _BLOCKS
            )
            found[f"{kind}_gaba_a"] = 1 - ratio(gaba_a, plain)
            found[f"{kind}_glycine"] = 1 - ratio(glycine, plain)
        return found


class ChlorideShift(Phenomenon):
    """A shift of the chloride reversal weakens the gate."""

    id = "P18"
    title = "A chloride shift weakens the gate"
    body = "rat lamina I, and models"
    protocols = (
        Protocol("chloride", fast=_FEW_PAIRS, standard=("seeds=6",), controls=False),
        Protocol("chloride_train", fast=_FEW_TESTS, standard=("seeds=6",)),
    )
    needs = Needs(classes=("abeta", "c"), receptors=("gaba_a",))
    quantities = (
        Quantity("volley_lost", "share of A-on-C inhibition lost from -73 to -50 mV", 0.5),
        Quantity("volley_step", "least loss of A-on-C inhibition from step to step", 0.0),
        Quantity("train_lost", "share of the inhibition by 50-Hz SCS lost from -73 to -50 mV", 0.5),
        Quantity("train_step", "least loss of inhibition by SCS from step to step", 0.0),
    )
    discriminates = "inhibitory weights of a fixed sign"
    strength = "direction; the size of the shift is from memory"
    references = ("coull2003", "prescott2006", "moore2002")
    notes = (
        "The A-beta volley reaches the cord 20 ms before the median of the C volley; what it "
        + "evokes by itself is taken off, and so is what SCS evokes.",
        _OCCLUSION,
        "Receptors of GABA-A and glycine shift together; of a circuit without glycine, GABA-A.",
    )

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return responses by reversal potential, in the order of the file: lowest first."""
        conditioned, alone = evoked_by_test(runs["chloride"], "c")
        on, off = during_train(runs["chloride_train"])
        return {"volley_on": conditioned, "volley_off": alone, "train_on": on, "train_off": off}

    def estimate(self, means: Arrays) -> Arrays:
        """Compute the loss of inhibition."""
        found = {}
        for kind in ("volley", "train"):
            held = 1 - ratio(means[f"{kind}_on"], means[f"{kind}_off"])
            found[f"{kind}_lost"] = 1 - ratio(held[:, -1], held[:, 0])
            found[f"{kind}_step"] = (held[:, :-1] - held[:, 1:]).min(axis=1)
        return found


class TouchLaminaI(Phenomenon):
    """Disinhibition gives lamina I cells an A-beta response that needs NMDA receptors."""

    id = "P19"
    title = "Disinhibition opens lamina I to A-beta fibres, through NMDA receptors"
    body = "rat slice"
    protocols = (
        Protocol("touch_lamina1", fast=_FEW_TOUCHES, standard=("seeds=10",), controls=False),
    )
    needs = Needs(
        classes=("abeta",),
        signals=("pain_signal_lamina1",),
        receptors=("nmda", "gaba_a", "glycine"),
        conditions=("gaba_a_block", "glycine_block", "nmda_block"),
    )
    quantities = (
        Quantity("naive", "share of cells that an A-beta volley fires", high=0.1),
        Quantity("disinhibited", "the same without GABA-A and glycine receptors", 0.3),
        Quantity("nmda_share", "share of that which an NMDA block removes", 0.5),
        Quantity("latency", "median A-beta arrival to a tenth of the response", 3e-3, unit="s"),
    )
    discriminates = "models in which signals run forward only"
    strength = "direction"
    references = ("torsney2006", "keller2007")
    notes = (
        "A cell answers if it fires within 50 ms (assumed) of the first arrival; the share p is "
        + "corrected for the share c that fires in that time without a volley, (p - c) / (1 - c).",
    )

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return shares of cells, and the histogram of the disinhibited arm from the arrival on."""
        from gatecontrol.preparations import load_preparation

        data = runs["touch_lamina1"]
        answering = data["latency_answering"].mean("volley", skipna=False)
        found = {a: answering.sel(arm=a).values.astype(float) for a in data["arm"].values.tolist()}
        body = load_preparation(str(data["preparation"].values.ravel()[0]))
        arrival = body.latency("abeta", body.pns_site_to_cord.value).median
        counts = data["psth"].sel(arm="disinhibited", epoch="during")
        found["counts"] = counts.transpose("seed", "psth_time").values.astype(float)
        time = data["psth_time"].values - arrival
        found["time"] = np.broadcast_to(time, found["counts"].shape)
        return found

    def estimate(self, means: Arrays) -> Arrays:
        """Compute shares above chance, and when a tenth of the response is there."""
        share = {}
        for arm in ("naive", "disinhibited", "nmda_block"):
            chance = means[f"{arm}_chance"]
            share[arm] = ratio(means[arm] - chance, 1 - chance)
        return {
            "naive": share["naive"],
            "disinhibited": share["disinhibited"],
            "nmda_share": 1 - ratio(share["nmda_block"], share["disinhibited"]),
            "latency": _tenth(means["counts"], means["time"][0]),
        }


def _tenth(counts: "np.ndarray", time: "np.ndarray") -> "np.ndarray":
    """Return when a tenth of the evoked spikes have come [s], to a bin; NaN if none come.

    Parameters
    ----------
    counts : ndarray, shape (b, bins)
    time : ndarray, shape (bins,)
        Middles of the bins from the median arrival [s]; what lies before 0 is background.
    """
    after = (time > 0) & (time < 50e-3)
    # The bins of the first arrivals are neither.
    background = counts[:, time < -1e-3].mean(axis=1, keepdims=True)
    course = np.cumsum(counts[:, after] - background, axis=1)
    whole = course[:, -1:]
    first = (course >= 0.1 * whole).argmax(axis=1)
    return np.where(whole[:, 0] > 0, time[after][first], np.nan)


class InjurySlope(Phenomenon):
    """Injury raises ongoing activity, not the slope of encoding."""

    id = "P20"
    title = "Injury raises ongoing activity, not the slope of the response to pressure"
    body = "rats after nerve injury, a meta-regression"
    protocols = (Protocol("pressure", fast=("seeds=2",), standard=("seeds=10",), controls=False),)
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
