"""Published findings outside the evidence battery, and how each is compared with a simulation."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gatecontrol.analysis.summaries.curves import last_below
from gatecontrol.evidence.readings import during_train, ratio, responses


@dataclass(frozen=True)
class Comparison:
    """A number per seed, and between which limits its mean over seeds has to lie."""

    text: str
    values: np.ndarray
    low: float = -np.inf
    high: float = np.inf

    @property
    def holds(self):
        return bool(self.low < self.values.mean() < self.high)

    def __str__(self):
        mean, least, most = (f"{f(self.values):.3g}" for f in (np.mean, np.min, np.max))
        low, high = f"{self.low:g}", f"{self.high:g}"
        wanted = f"{low} to {high}" if np.isfinite(self.low + self.high) else ""
        wanted = wanted or (f"above {low}" if np.isfinite(self.low) else f"below {high}")
        return f"{self.text}: {mean} ({least} to {most}), wanted {wanted}"


@dataclass(frozen=True)
class Finding:
    """What was published, by whom, and how it is compared with which experiments."""

    ids: str
    text: str
    sources: tuple[str, ...]
    experiments: tuple[str, ...]
    compare: Callable[..., list[Comparison]]


FINDINGS: list[Finding] = []

LESS, MORE = 0.9, 1.1
"""Ratios that count as less and as more, where a paper gives a direction only (assumed)."""


def finding(ids, text, sources, *experiments):
    """Register a function that compares the data of experiments with a finding."""

    def register(compare):
        FINDINGS.append(Finding(ids, text, tuple(sources.split()), experiments, compare))
        return compare

    return register


def verdict(comparisons):
    """Return the verdict: all comparisons hold, none does, or some do."""
    held = sum(c.holds for c in comparisons)
    return "agrees" if held == len(comparisons) else "partly" if held else "contradicts"


def seeds(array):
    """Return an array as numbers, seeds first."""
    return array.transpose("seed", ...).values.astype(float)


def signal(data, arm, name="pain_signal", epoch="during", **place):
    """Return a rate of an arm, shape (seeds, ...)."""
    return seeds(data[name].sel(arm=arm, epoch=epoch, **place).squeeze(drop=True))


def suppression(data, arm, **place):
    """Return the share of the pain signal that the device takes away, shape (seeds, ...)."""
    return 1 - ratio(signal(data, arm, **place), signal(data, arm, "pain_signal_off", **place))


def paired(data, state, fibre_class):
    """Return intervals and the share of the test response held down, both (seeds, intervals)."""
    of = data.sel(fibre_class=fibre_class)
    conditioned, alone, first = (
        of["test_spikes"].sel(arm=f"{state}_{arm}")
        for arm in ("conditioned", "test_alone", "first_alone")
    )
    left = (conditioned - first) / (alone - of["test_background"].sel(arm=f"{state}_test_alone"))
    interval, left = seeds(of["test_interval"].sel(arm=f"{state}_conditioned")), seeds(left)
    order = np.argsort(interval[0])
    return interval[:, order], 1 - left[:, order]


@finding(
    "G04",
    "After injury A-beta volleys inhibit C and A responses less and for less time",
    "woolf1982",
    "a_on_c",
    "a_on_a",
)
def gate_loss(a_on_c, a_on_a):
    found = []
    for data, name, fibre_class in ((a_on_c, "C", "c"), (a_on_a, "A", "abeta")):
        (at, naive), (_, injured) = (paired(data, s, fibre_class) for s in ("naive", "injured"))
        size = ratio(injured[:, 0], naive[:, 0])
        windows = [last_below(at[0], 1 - held, 0.8) for held in (injured, naive)]
        lag, what = f"{1e3 * at[0, 0]:.0f} ms after A fibres", "injured / naive"
        found += [
            Comparison(f"share of the {name} response held down {lag}, {what}", size, high=LESS),
            Comparison(f"time with 20 % less {name} response, {what}", ratio(*windows), high=LESS),
        ]
    return found


@finding(
    "G23",
    "50-Hz dorsal-column stimulation inhibits A as well as C responses",
    "duggan1985",
    "dc_train",
)
def not_selective(data):
    a, c = (ratio(*during_train(data, window)) for window in ("abeta", "c"))
    return [
        Comparison("A response with / without", a, high=LESS),
        Comparison("C response with / without", c, high=LESS),
    ]


@finding(
    "G25", "TENS at either rate does nothing under a block of GABA-A", "maeda2007", "tens_modes"
)
def tens_block(data):
    return [
        Comparison(
            f"suppression with block / without, {rate} Hz",
            ratio(suppression(data, f"block_{name}"), suppression(data, f"{name}_strong")),
            high=0.5,
        )
        for name, rate in (("fast", 100), ("slow", 4))
    ]


@finding(
    "T01",
    "Of the modes of TENS only the fast and strong one raises pain thresholds",
    "chesterton2003",
    "tens_modes",
)
def tens_modes(data):
    best = suppression(data, "fast_strong")
    return [Comparison("suppression, fast and strong", best, low=0.1)] + [
        Comparison(
            f"{name.replace('_', ' and ')} / that", ratio(suppression(data, name), best), high=0.5
        )
        for name in ("fast_weak", "slow_strong", "slow_weak")
    ]


@finding(
    "S01", "SCS of 50 Hz lowers ongoing and evoked activity after injury", "guan2010", "scs_states"
)
def ongoing(data):
    return [
        Comparison(f"{name} with / without", 1 - suppression(data, f"injured_{name}"), high=LESS)
        for name in ("ongoing", "pressure")
    ]


@finding(
    "S26",
    "SCS leaves part of a pinch, and suppresses it less than what injury drives",
    "gilbert2023",
    "scs_states",
)
def acute(data):
    pinch = suppression(data, "naive_pinch")
    return [
        Comparison("pinch, naive, with / without", 1 - pinch, low=0.1),
        Comparison(
            "suppression of the pinch / of ongoing activity after injury",
            ratio(pinch, suppression(data, "injured_ongoing")),
            high=1,
        ),
    ]


@finding(
    "S10",
    "SCS does more with amplitude: 20, 40, 80 % of motor threshold",
    "shechter2013",
    "scs_dose",
)
def intensity(data):
    at = {n: suppression(data, f"amplitude_{n}") for n in (20, 40, 80)}
    return [
        Comparison(f"suppression at {high} - at {low}", at[high] - at[low], low=0)
        for low, high in ((20, 40), (40, 80))
    ]


@finding(
    "S30", "Bursts do more with pulses per burst and with amplitude", "crosby2015b", "scs_dose"
)
def bursts(data):
    at = {(n, a): suppression(data, f"pulses_{n}_{a}") for n in (2, 6) for a in ("low", "high")}
    return [
        Comparison("suppression, 6 pulses - 2, 0.6 mA", at[6, "low"] - at[2, "low"], low=0),
        Comparison("6 pulses - 2, 1.2 mA", at[6, "high"] - at[2, "high"], low=0),
        Comparison("1.2 mA - 0.6 mA, 6 pulses", at[6, "high"] - at[6, "low"], low=0),
    ]


@finding(
    "S14",
    "A GABA-A block shifts the effect of SCS towards excitation",
    "gilbert2022",
    "scs_frequency",
)
def scs_block(data):
    at = [suppression(data, n, device_frequency=50.0) for n in ("injured_block", "injured")]
    return [
        Comparison("suppression at 50 Hz after injury, block - no block", at[0] - at[1], high=0)
    ]


@finding("S24", "SCS suppresses most at 30 to 80 Hz", "zhang2014", "scs_frequency")
def best_rate(data):
    rates, found = data["device_frequency"].values, []
    for state in ("naive", "injured"):
        best = rates[np.argmax(suppression(data, state), axis=1)]
        found.append(Comparison(f"best rate [Hz], {state}", best, low=29, high=81))
    return found


@finding(
    "S16",
    "A-beta trains of 50 Hz depress C responses afterwards, trains of 4 Hz do not",
    "sdrulla2015",
    "slow_train",
)
def slow(data):
    held = []
    for rate in (4, 50):
        pair = [
            data[n].sel(arm=f"train_{rate}", window="c")
            for n in ("window_spikes", "window_spikes_off")
        ]
        on, off = (seeds(x)[:, 14:].mean(axis=1) for x in pair)
        held.append(1 - ratio(on, off))
    return [
        Comparison("C response held down in the 15 s after 50 Hz", held[1], low=0.05),
        Comparison("after 4 Hz / after 50 Hz", ratio(*held), high=0.5),
    ]


@finding("W11", "TENS at 100 Hz lowers temporal summation", "liebano2011", "windup_changes")
def summation(data):
    on, off = (responses(data, arm=arm) for arm in ("tens", "naive"))
    rise, growth = (
        [f(x[:, -3:].mean(axis=1), x[:, 0]) for x in (on, off)] for f in (np.subtract, ratio)
    )
    return [
        Comparison(
            "rise from the first to the last three C responses, with / without",
            ratio(*rise),
            high=LESS,
        ),
        Comparison("last three / first, with / without", ratio(*growth), high=LESS),
    ]


@finding(
    "W13",
    "Without GABA-A inhibition the first and the late C responses grow",
    "aguiar2010",
    "windup_changes",
)
def disinhibited(data):
    block, naive = (responses(data, arm=arm) for arm in ("block", "naive"))
    return [
        Comparison("first response, block / without", ratio(block[:, 0], naive[:, 0]), low=MORE),
        Comparison("15th response, block / without", ratio(block[:, 14], naive[:, 14]), low=MORE),
    ]


def inhibited(data, arm, window):
    """Return the share of responses in a window that the device takes away, per seed."""
    names = ("window_signal", "window_signal_off")
    return 1 - ratio(*(signal(data, arm, name, window=window) for name in names))


@finding(
    "B04, B05, B12",
    "Stimulation in the brainstem inhibits C responses more than A responses",
    "gerhart1981 duggan1983 heinricher2009",
    "descending",
)
def selective(data):
    return [
        Comparison(
            f"share taken away, C - A, {arm} current",
            inhibited(data, arm, "c") - inhibited(data, arm, "abeta"),
            low=0,
        )
        for arm in ("moderate", "strong")
    ]


@finding(
    "B13",
    "25 to 85 % of the C response goes at a moderate current",
    "carstens1980 gebhart1983",
    "descending",
)
def size(data):
    return [Comparison("share taken away", inhibited(data, "moderate", "c"), low=0.25, high=0.85)]


@finding(
    "B08",
    "Antagonists of serotonin remove part of this inhibition, not all",
    "yezierski1982",
    "descending",
)
def monoamines(data):
    return [
        Comparison(
            f"share of the inhibition that a block of monoamines removes, {arm} current",
            1 - ratio(inhibited(data, f"{arm}_block", "c"), inhibited(data, arm, "c")),
            low=0.1,
            high=0.9,
        )
        for arm in ("moderate", "strong")
    ]


@finding(
    "G28",
    "Touch in the centre of the field excites deep cells, in the surround inhibits",
    "hillman1969",
    "touch",
)
def surround(data):
    before, brush = (signal(data, "brush", epoch=e) for e in ("before", "during"))
    pinch = ratio(signal(data, "pinch_surround"), signal(data, "pinch"))
    return [
        Comparison("rate, brushed centre - before [spikes/s]", brush - before, low=0),
        Comparison("response to a pinch with / without a brushed surround", pinch, high=LESS),
    ]


@finding("X09", "Blocks of GABA-A and of GABA-B each bring about allodynia", "malan2002", "touch")
def allodynia(data):
    brush = signal(data, "brush")
    return [
        Comparison(
            f"response to brushing, {name} block / without",
            ratio(signal(data, f"brush_gaba_{name[-1].lower()}_block"), brush),
            low=MORE,
        )
        for name in ("GABA-A", "GABA-B")
    ]


@finding("G32", "A-beta fibres inhibit lamina I before thin fibres excite it", "luz2014", "lamina1")
def touch_first(data):
    thin, both = ({w: responses(data, w, arm=a).mean(axis=1) for w in ("adelta", "c")}
                  for a in ("thin", "thin_and_thick"))  # fmt: skip
    thick = responses(data, "abeta", arm="thick").mean(axis=1)
    return [
        Comparison("spikes per cell that A-beta fibres evoke", thick, high=0.1),
        Comparison(
            "A-delta response with / without A-beta",
            ratio(both["adelta"], thin["adelta"]),
            high=LESS,
        ),
        Comparison("C response with / without A-beta", ratio(both["c"], thin["c"]), high=LESS),
    ]


@finding(
    "D02",
    "Ganglion bursts help at 33 to 80 % of motor threshold, not at 10 %",
    "franken2020",
    "ganglion_dose",
)
def ganglion(data):
    at = suppression(data, data["arm"].values[0])
    return [
        Comparison("suppression at 10 %", at[:, 0], low=-0.05, high=0.05),
        Comparison("best suppression at 33 to 80 %", at[:, 1:].max(axis=1), low=0.1),
        Comparison("50 and 66 % - 33 and 80 %", at[:, 2:4].mean(1) - at[:, [1, 4]].mean(1), low=0),
    ]
