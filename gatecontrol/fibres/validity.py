"""Which programmes the threshold law can answer for; light enough to be asked at file check.

The linear law of `gatecontrol.fibres.threshold` knows the threshold of one cathodic pulse
and nothing of what follows it. What that leaves out is refused here, by name, instead of
being answered wrongly.
"""

from gatecontrol.plugins import Fault

__all__ = [
    "CODE",
    "C_REFERENCES",
    "HIGHEST_RATE",
    "MYELINATED_REFERENCES",
    "SHORTEST_GAP",
    "WIDTHS",
    "pattern_refusals",
    "refusals",
]

MYELINATED_REFERENCES = ("mcintyre2002", "musselman2021", "peterson2011", "warman1992")
C_REFERENCES = ("rattay1993", "schild1997", "sundt2015", "thio2024", "tigerholm2014")
"""BibTeX keys of the models behind the thresholds."""
CODE = "E041"
HIGHEST_RATE = 1000.0
"""Highest pulse rate [Hz]; above, summation and block between pulses decide."""
SHORTEST_GAP = 100e-6
"""Shortest gap [s] before an equal recharge pulse; from there on it costs under 5 %."""

WIDTHS = (10e-6, 2e-3)
"""Shortest and longest pulse [s] of the tables that the law was fitted to."""


def refusals(
    polarity: str, recharge: str, interphase_gap: float, rate: float, pulse_width: float
) -> list[Fault]:
    """Return what the law cannot answer for.

    Parameters
    ----------
    polarity : str
        ``"cathodic"`` or ``"anodic"``: sign of the first phase at the active contact.
    recharge : str
        ``"passive"`` or ``"active"`` (equal and opposite second phase).
    interphase_gap : float
        Between the phases [s].
    rate : float
        Highest rate of pulses [Hz].
    pulse_width : float
        Width of the first phase [s].

    Returns
    -------
    list of (key, code, message, help)
        Empty if the law holds. Anodic thresholds of the law are 8-73 % wrong; an equal
        recharge without a gap raises thresholds by 7-33 % (golden rows of the tests).
    """
    found = []
    if polarity != "cathodic":
        found.append((
            "polarity",
            CODE,
            f"a pulse of {polarity} polarity is beyond the linear threshold law "
            + "(cathodic pulses only)",
            "polarity: cathodic",
        ))
    if recharge == "active" and interphase_gap < SHORTEST_GAP * (1 - 1e-9):
        found.append((
            "interphase_gap",
            CODE,
            f"active recharge after {interphase_gap * 1e6:g} us undoes part of the pulse, which "
            + "the linear threshold law does not know (it needs 100 us or more)",
            "interphase_gap: 100 us   # or recharge: passive",
        ))
    if rate > HIGHEST_RATE * (1 + 1e-9):
        found.append((
            "frequency",
            CODE,
            f"{rate:g} pulses per second are beyond the linear threshold law (1 kHz at most): "
            + "kilohertz block and summation need a cable model",
            "frequency: 1 kHz",
        ))
    if not WIDTHS[0] * (1 - 1e-9) <= pulse_width <= WIDTHS[1] * (1 + 1e-9):
        found.append((
            "pulse_width",
            CODE,
            "the linear threshold law holds for pulse widths of 10 us to 2 ms, got "
            + f"{pulse_width * 1e6:g} us",
            "pulse_width: 300 us",
        ))
    return found


def pattern_refusals(pattern: str, *, width_varies: bool) -> list[Fault]:
    """Return what of a pattern the law cannot answer for.

    Parameters
    ----------
    pattern : str
        See `gatecontrol.devices.generator.pulse_parameters`.
    width_varies : bool
        Whether the pulses of a train differ in width.

    Returns
    -------
    list of (key, code, message, help)
        Empty if all pulses are alike, on one channel and rectangular.
    """
    what = {"multiplexed": "two channels are", "sampled": "a sampled pulse is"}.get(pattern)
    if what is None and width_varies:
        what = "a pulse width that varies is"
    if what is None:
        return []
    key = "pulse_width_to" if width_varies else "pattern"
    message = f"{what} beyond the linear threshold law (one rectangular pulse on one channel)"
    return [(key, CODE, message, "pattern: tonic")]
