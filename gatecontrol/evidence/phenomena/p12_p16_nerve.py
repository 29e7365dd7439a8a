"""P12 to P16: inhibition of C responses by stimulation of a nerve."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.evidence.base import Arrays, Needs, Phenomenon, Protocol, Quantity
from gatecontrol.evidence.readings import during_train, rank_correlation, ratio

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["AddedADelta", "BestFrequency", "HighThreshold", "PlaceOfNerve", "RateOfNerve"]

_RATES = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
_FREQUENCY = Protocol(
    "pns_frequency",
    fast=("seeds=5", "run.duration=4 s", "run.device_off=3.9 s", "stimuli[0].count=1"),
    standard=("seeds=6",),
)
_BODY_SIMULATED = "Simulated in a rat, whose C fibres answer within half a second."


class HighThreshold(Phenomenon):
    """High-threshold stimulation of a nerve at a low rate has a long after-effect."""

    id = "P12"
    title = "PNS at C strength and 2 Hz inhibits for long"
    minutes = True
    body = "monkey, spinothalamic cells"
    protocols = (
        Protocol(
            "pns_high_threshold",
            fast=(
                "seeds=2",
                "run.duration=67 s",
                "run.device_on=2 s",
                "run.device_off=47 s",
                "stimuli[0].count=6",
                "stimuli[1].count=6",
            ),
            standard=(
                "run.duration=1560 s",
                "run.device_off=360 s",
                "stimuli[0].count=153",
                "stimuli[1].count=153",
            ),
        ),
    )
    needs = Needs(classes=("c",))
    quantities = (
        Quantity("during_intact", "C response during PNS / without", high=0.5),
        Quantity("during_spinal", "the same without descending fibres", high=0.5),
        Quantity("recovery_intact", "time after PNS until 90 % are back", 600.0, 1800.0, "s"),
        Quantity("recovery_spinal", "the same without descending fibres", 600.0, 1800.0, "s"),
    )
    discriminates = "models with A-beta inhibition only"
    strength = "quantitative; that 'greatly inhibited' is half or less is a reading"
    references = ("chung1984b",)
    notes = (
        _BODY_SIMULATED,
        "What PNS evokes by itself is taken off: what the windows hold of blank volleys, which "
        + "excite no fibre, between the tests. Recovery is read in blocks of two minutes.",
        "The test is given where PNS acts, so that antidromic C spikes do not collide with it.",
    )

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return net responses with PNS and without by volley, and times of volleys."""
        data = runs["pns_high_threshold"]
        found = {}
        for body in ("intact", "spinal"):
            of = data.sel(arm=body, window="c")
            for end, name in (("on", "window_spikes"), ("off", "window_spikes_off")):
                spikes = of[name].transpose("seed", "volley").values.astype(float)
                found[f"{body}_{end}"] = spikes[:, 0::2] - spikes[:, 1::2]  # test less blank
        time = 5.0 + np.arange(found["intact_on"].shape[1]) / 0.099
        stop = float(data["device_off"].sel(arm="intact"))
        found["time"] = np.broadcast_to(time - stop, found["intact_on"].shape)
        found["start"] = np.full(found["intact_on"].shape[0], float(data["device_on"][0]) - stop)
        return found

    def estimate(self, means: Arrays) -> Arrays:
        """Compute the ratio during PNS and the time of recovery."""
        time, start = means["time"][0], means["start"][0]
        during = (time > start) & (time < 0)
        edges = np.arange(0, time.max(), 120.0)
        blocks = [(time >= t) & (time < t + 120) for t in edges]
        found = {}
        for body in ("intact", "spinal"):
            on, off = means[f"{body}_on"], means[f"{body}_off"]
            found[f"during_{body}"] = ratio(on[:, during].sum(axis=1), off[:, during].sum(axis=1))
            left = np.stack(
                [ratio(on[:, b].sum(axis=1), off[:, b].sum(axis=1)) for b in blocks], axis=1
            )
            back = left >= 0.9
            when = edges[back.argmax(axis=1)] + 60
            found[f"recovery_{body}"] = np.where(back.any(axis=1), when, np.inf)
        return found


class RateOfNerve(Phenomenon):
    """Inhibition by a nerve grows with the rate of stimulation."""

    id = "P13"
    title = "Inhibition by PNS at A-delta strength grows with its rate"
    minutes = True
    body = "monkey, spinothalamic cells"
    protocols = (
        Protocol(
            "pns_rate",
            fast=(
                "seeds=2",
                "run.duration=10 s",
                "run.device_off=9.9 s",
                "stimuli[0].count=4",
            ),
            standard=(
                "seeds=5",
                "run.duration=62 s",
                "run.device_off=61.9 s",
                "stimuli[0].count=29",
            ),
        ),
    )
    needs = Needs(classes=("abeta", "adelta", "c"))
    quantities = (
        Quantity("rank_correlation", "Spearman's correlation of inhibition and rate", low=0.9),
        Quantity("fastest_to_slowest", "inhibition at 20 Hz / at 0.5 Hz", low=1.5),
    )
    discriminates = "models that do not know the rate"
    strength = "direction"
    references = ("chung1984",)
    notes = (_BODY_SIMULATED, "Inhibition below 0.01 counts as 0.01 in the ratio.")

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return responses by rate."""
        pairs = [during_train(runs["pns_rate"], device_frequency=f) for f in _RATES]
        return {
            "on": np.stack([on for on, _ in pairs], axis=1),
            "off": np.stack([off for _, off in pairs], axis=1),
        }

    def estimate(self, means: Arrays) -> Arrays:
        """Compute the rank correlation and the ratio of the ends."""
        held = 1 - ratio(means["on"], means["off"])
        return {
            "rank_correlation": rank_correlation(_RATES, held),
            "fastest_to_slowest": ratio(held[:, -1], np.clip(held[:, 0], 0.01, None)),
        }


def _by_strength(data: "xr.Dataset", frequencies: "tuple[float, ...]") -> Arrays:
    """Return responses by strength and frequency, shape (seeds, frequencies)."""
    found = {}
    for name, label in (("abeta", "95 % recruited(abeta)"), ("adelta", "95 % recruited(adelta)")):
        place = [
            {"device_amplitude": label, "device_frequency": frequency} for frequency in frequencies
        ]
        pairs = [during_train(data, **where) for where in place]
        found[f"{name}_on"] = np.stack([on for on, _ in pairs], axis=1)
        found[f"{name}_off"] = np.stack([off for _, off in pairs], axis=1)
    return found


class AddedADelta(Phenomenon):
    """A-delta fibres add inhibition to that of A-beta fibres."""

    id = "P14"
    title = "A-delta fibres add inhibition at every rate"
    body = "anaesthetised rat, C flexion reflex"
    protocols = (_FREQUENCY,)
    needs = Needs(classes=("abeta", "adelta", "c"))
    quantities = (
        Quantity("least", "least extra inhibition at 10 to 160 Hz", low=0.0, rule="direction"),
        Quantity("mean", "mean extra inhibition at 10 to 160 Hz", low=0.10),
    )
    discriminates = "models with A-beta inhibition only"
    strength = "direction"
    references = ("sjolund1985", "chung1984")

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return responses by strength and frequency."""
        return _by_strength(runs["pns_frequency"], (10.0, 40.0, 80.0, 160.0))

    def estimate(self, means: Arrays) -> Arrays:
        """Compute the extra inhibition."""
        extra = ratio(means["abeta_on"], means["abeta_off"])
        extra = extra - ratio(means["adelta_on"], means["adelta_off"])
        return {"least": extra.min(axis=1), "mean": extra.mean(axis=1)}


class BestFrequency(Phenomenon):
    """Inhibition by a nerve is largest near 80 Hz."""

    id = "P15"
    title = "PNS inhibits most near 80 Hz"
    body = "anaesthetised rat, C flexion reflex"
    protocols = (_FREQUENCY,)
    needs = Needs(classes=("abeta", "adelta", "c"))
    quantities = (Quantity("best", "rate with the most inhibition", 40.0, 120.0, "Hz"),)
    discriminates = "models in which inhibition only rises with the rate"
    strength = "quantitative, one laboratory"
    references = ("sjolund1985",)
    notes = ("Rates that tie have no best among them.",)
    _tried = (4.0, 10.0, 40.0, 80.0, 160.0, 300.0)

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return responses by frequency at A-delta strength."""
        found = _by_strength(runs["pns_frequency"], self._tried)
        return {"on": found["adelta_on"], "off": found["adelta_off"]}

    def estimate(self, means: Arrays) -> Arrays:
        """Find the rate with the least response."""
        left = ratio(means["on"], means["off"])
        lowest = left == left.min(axis=1, keepdims=True)  # NaN if any is
        best = np.array(self._tried)[lowest.argmax(axis=1)]
        return {"best": np.where(lowest.sum(axis=1) == 1, best, np.nan)}


_NERVES = ("same_segment", "contralateral", "remote", "remote_contralateral")
_THREE_TESTS = tuple(
    f"arms.{arm}.stimuli[{place}].count={count}"
    for arm in ("test_alone", *_NERVES, *(f"{nerve}_alone" for nerve in _NERVES))
    for place, count in ((0, 70), (1, 3))
)
"""Seven seconds of conditioning volleys, and the tests in them."""


class PlaceOfNerve(Phenomenon):
    """Inhibition is strongest from the nerve of the segment."""

    id = "P16"
    title = "Inhibition falls from the segment's nerve to other sides and segments"
    body = "monkey, spinothalamic cells, four nerves"
    protocols = (
        Protocol(
            "pns_place",
            fast=("seeds=5", "run.duration=8 s", *_THREE_TESTS),
            standard=("seeds=6",),
            controls=False,
        ),
    )
    needs = Needs(
        classes=("adelta", "c"), fields=("contralateral", "remote", "remote_contralateral")
    )
    quantities = (
        Quantity("segment", "same segment - other side", low=0.0, rule="direction"),
        Quantity("side", "other side - other segment, at least", low=-0.02),
        Quantity("far", "other segment - its other side, at least", low=-0.02),
        Quantity("contralateral", "inhibition from the other side", low=0.0, rule="direction"),
    )
    discriminates = "models without space"
    strength = "direction (ranks)"
    references = ("chung1984",)
    notes = (
        _BODY_SIMULATED,
        "Conditioning volleys of A-beta and A-delta fibres at 10 Hz; other nerves have A-delta "
        + "fibres only. 'At least as much' allows 2 percentage "
        + "points (assumed).",
    )

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return net responses by nerve, and without conditioning."""
        spikes = runs["pns_place"]["test_spikes"].sel(fibre_class="c").transpose("arm", "seed")
        net = [spikes.sel(arm=n).values - spikes.sel(arm=f"{n}_alone").values for n in _NERVES]
        background = runs["pns_place"]["test_background"].sel(fibre_class="c", arm="test_alone")
        alone = spikes.sel(arm="test_alone").values - background.values
        return {"net": np.stack(net, axis=1).astype(float), "alone": alone.astype(float)}

    def estimate(self, means: Arrays) -> Arrays:
        """Compare inhibition from nerve to nerve."""
        held = 1 - ratio(means["net"], means["alone"][:, None])
        same, other, remote, far = held.T
        return {
            "segment": same - other,
            "side": other - remote,
            "far": remote - far,
            "contralateral": other,
        }
