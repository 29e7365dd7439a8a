"""Published findings outside the evidence battery, and how each is compared with a simulation."""

import numpy as np

from benchmarks.further_verdicts import Comparison, Finding
from gatecontrol.analysis.summaries.curves import last_below
from gatecontrol.evidence.readings import during_train, evoked_by_test, ratio, responses

FINDINGS: list[Finding] = []

LESS, MORE, HALF = 0.9, 1.1, 0.5
"""Ratios that count as less, as more and as far less, where a paper gives no number (assumed)."""
EFFECT = 0.05
"""Share of a response from which on taking it away is an effect at all (assumed)."""


def finding(ids, text, sources, *experiments):
    """Register a function that compares the data of experiments with a finding."""

    def register(compare):
        FINDINGS.append(Finding(ids, text, tuple(sources.split()), experiments, compare))
        return compare

    return register


def seeds(array):
    """Return an array as numbers, seeds first."""
    return array.transpose("seed", ...).values.astype(float)


def signal(data, arm, name="pain_signal", epoch="during", **place):
    """Return a rate of an arm, shape (seeds, ...)."""
    return seeds(data[name].sel(arm=arm, epoch=epoch, **place).squeeze(drop=True))


def suppression(data, arm, **place):
    """Return the share of the pain signal that the device takes away, shape (seeds, ...)."""
    return 1 - ratio(signal(data, arm, **place), signal(data, arm, "pain_signal_off", **place))


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
        at = data["test_interval"].sel(arm="naive_conditioned", fibre_class=fibre_class)
        at = at.mean("seed").squeeze(drop=True).values
        order = np.argsort(at)
        naive, injured = (
            ratio(*evoked_by_test(data, fibre_class, f"{state}_"))[:, order]
            for state in ("naive", "injured")
        )
        windows = [last_below(at[order], left, 0.8) for left in (injured, naive)]
        lag, what = f"{1e3 * at.min():.0f} ms after A fibres", "injured / naive"
        size = ratio(1 - injured[:, 0], 1 - naive[:, 0])
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
            low=-HALF,
            high=HALF,
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
    return [Comparison("suppression, fast and strong", best, low=EFFECT)] + [
        Comparison(name.replace("_", " and "), suppression(data, name), low=-EFFECT, high=EFFECT)
        for name in ("fast_weak", "slow_strong", "slow_weak")
    ]


@finding(
    "S01", "SCS of 50 Hz lowers ongoing and evoked activity after injury", "guan2010", "scs_states"
)
def injured_activity(data):
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
def acute_pinch(data):
    pinch = suppression(data, "naive_pinch")
    return [
        Comparison("pinch, naive, with / without", 1 - pinch, low=0.1),
        Comparison(
            "suppression of ongoing activity after injury - of the pinch",
            suppression(data, "injured_ongoing") - pinch,
            low=0,
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
    "S30",
    "Bursts do more with pulses per burst, with amplitude and with width of pulses",
    "crosby2015b",
    "scs_dose",
)
def bursts(data):
    at = {(n, a): suppression(data, f"pulses_{n}_{a}") for n in (2, 6) for a in ("low", "high")}
    return [
        Comparison("suppression, 6 pulses - 2, 0.6 mA", at[6, "low"] - at[2, "low"], low=0),
        Comparison("6 pulses - 2, 1.2 mA", at[6, "high"] - at[2, "high"], low=0),
        Comparison("1.2 mA - 0.6 mA, 6 pulses", at[6, "high"] - at[6, "low"], low=0),
        Comparison(
            "400 us - 200 us, 6 pulses, 0.6 mA",
            suppression(data, "pulses_6_wide") - at[6, "low"],
            low=0,
        ),
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


def best_rate(data, state):
    """Return the rate of the largest suppression, per seed [Hz]."""
    return data["device_frequency"].values[np.argmax(suppression(data, state), axis=1)]


@finding("S24", "SCS suppresses most at 30 to 80 Hz, less above", "zhang2014", "scs_frequency")
def rate_window(data):
    found = []
    for state in ("naive", "injured"):
        above = suppression(data, state, device_frequency=130.0)
        found += [
            Comparison(f"best rate [Hz], {state}", best_rate(data, state), low=29, high=81),
            Comparison(
                f"130 Hz / best, {state}",
                ratio(above, suppression(data, state).max(axis=1)),
                high=LESS,
            ),
        ]
    return found


@finding("S25", "The best rate of SCS moves with disinhibition", "gilbert2023", "scs_frequency")
def rate_shift(data):
    shift = np.abs(best_rate(data, "injured") - best_rate(data, "naive"))
    return [Comparison("difference of best rates, injured and naive [Hz]", shift, low=0)]


@finding(
    "S16",
    "A-beta trains of 50 and 1000 Hz depress C responses afterwards, trains of 4 Hz do not",
    "sdrulla2015",
    "slow_train",
)
def after_trains(data):
    held = {}
    for rate in (4, 50, 1000):
        pair = [
            data[n].sel(arm=f"train_{rate}", window="c")
            for n in ("window_spikes", "window_spikes_off")
        ]
        on, off = (seeds(x)[:, 14:].mean(axis=1) for x in pair)
        held[rate] = 1 - ratio(on, off)
    return [
        Comparison("C response held down in the 15 s after 50 Hz", held[50], low=EFFECT),
        Comparison("after 1000 Hz", held[1000], low=EFFECT),
        Comparison("after 4 Hz / after 50 Hz", ratio(held[4], held[50]), high=HALF),
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
    "Without GABA-A inhibition the first C response grows, and late ones grow more",
    "aguiar2010",
    "windup_changes",
)
def disinhibited(data):
    block, naive = (responses(data, arm=arm) for arm in ("block", "naive"))
    first, late = (ratio(block[:, n], naive[:, n]) for n in (0, 14))
    return [
        Comparison("first response, block / without", first, low=MORE),
        Comparison("15th response, block / without", late, low=MORE),
        Comparison("the second / the first of these", ratio(late, first), low=1),
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
def descending_size(data):
    return [Comparison("share taken away", inhibited(data, "moderate", "c"), low=0.25, high=0.85)]


@finding(
    "B08",
    "Antagonists of serotonin remove about half of this inhibition",
    "yezierski1982",
    "descending",
)
def monoamines(data):
    return [
        Comparison(
            f"share of the inhibition that a block of monoamines removes, {arm} current",
            1 - ratio(inhibited(data, f"{arm}_block", "c"), inhibited(data, arm, "c")),
            low=0.25,
            high=0.75,
        )
        for arm in ("moderate", "strong")
    ]


@finding(
    "G28",
    "Touch in the centre of the field excites deep cells, in the surround inhibits",
    "hillman1969",
    "touch",
)
def centre_and_surround(data):
    before, brush = (signal(data, "brush", epoch=e) for e in ("before", "during"))
    pinch = ratio(signal(data, "pinch_surround"), signal(data, "pinch"))
    return [
        Comparison("rate, brushed centre - before [spikes/s]", brush - before, low=0),
        Comparison("response to a pinch with / without a brushed surround", pinch, high=LESS),
    ]


@finding("X09", "Blocks of GABA-A and of GABA-B each bring about allodynia", "malan2002", "touch")
def allodynia(data):
    def response(arm):
        return signal(data, arm) - signal(data, arm, epoch="before")

    return [
        Comparison(
            f"response to brushing, {name} block / without",
            ratio(response(f"brush_gaba_{name[-1].lower()}_block"), response("brush")),
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
        Comparison("suppression at 10 %", at[:, 0], low=-EFFECT, high=EFFECT),
        Comparison("least suppression at 33 to 80 %", at[:, 1:].min(axis=1), low=EFFECT),
        Comparison("50 and 66 % - 33 and 80 %", at[:, 2:4].mean(1) - at[:, [1, 4]].mean(1), low=0),
    ]
