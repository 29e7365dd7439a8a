"""Charge, charge density, Shannon's k, voltage and power of a programme."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatecontrol.devices.generator import PulseGenerator
from gatecontrol.devices.limits import Limits

if TYPE_CHECKING:
    from gatecontrol.fields.electrodes import Contact

__all__ = ["CAUTION", "LINE", "SafetyReport", "safety_report", "shannon_k"]

LINE = 1.85
"""Shannon's k above which tissue damage has been seen (lowest observed) [cogan2016]."""
CAUTION = 1.5
"""Conservative k from which a programme is noted [cogan2016]."""


@dataclass(frozen=True)
class SafetyReport:
    """What a programme does to electrode, tissue and battery.

    Attributes
    ----------
    charge_per_phase : float
        Of the programme's amplitude, all cathodes together [C].
    charge_density : float
        At the contact with the highest density, geometric area [C/m^2].
    shannon_k : float
        At that contact; NaN without current.
    voltage : float
        Needed from the generator, I R + Q / C [V]; NaN if the device states no load.
    power : float
        Mean electrical power, pauses counted in [W]; NaN if no load is stated.
    net_charge : float
        Left on the electrode when the next pulse starts [C]: 0 with active recharge, what the
        passive discharge has not returned by then otherwise.
    notes : tuple of str
        Warnings (``W041`` above the line, ``W042`` between caution and line).
    """

    charge_per_phase: float
    charge_density: float
    shannon_k: float
    voltage: float
    power: float
    net_charge: float
    notes: tuple[str, ...] = ()


def shannon_k(charge: float, area: float) -> float:
    """Return k = log10(Q) + log10(D) of Shannon 1992 [shannon1992].

    Parameters
    ----------
    charge : float
        Charge per phase through the contact [C].
    area : float
        Geometric area [m^2].

    Returns
    -------
    float
        With Q in uC per phase and D in uC/cm^2 per phase, the units in which 1.85 is meant;
        NaN without charge.

    Notes
    -----
    The data behind it are macro-electrodes on cat cortex, 50 Hz for 7 hours; it ignores rate,
    duty cycle and material [cogan2016], and was not made for pads on the skin.
    """
    if charge <= 0:
        return math.nan
    micro = charge * 1e6
    return math.log10(micro) + math.log10(micro / (area * 1e4))


def safety_report(
    generator: PulseGenerator,
    amplitude: float,
    contacts: "Sequence[Contact]",
    limits: Limits | None = None,
) -> SafetyReport:
    """Return the safety report of a programme.

    Parameters
    ----------
    generator : PulseGenerator
        The programme.
    amplitude : float
        [A].
    contacts : sequence of Contact
        The electrode.
    limits : Limits, optional
        Gives the load (resistance, capacitance) of the electrode.
    """
    charge = amplitude * generator.pulse_width
    worst = max((c for c in contacts if c.share), key=lambda c: abs(c.share) / c.area)
    # The contacts that carry the sources of one pad share its charge; k needs the whole pad.
    pad = [c for c in contacts if c.label == worst.label and c.share]
    share, area = abs(sum(c.share for c in pad)), sum(c.area for c in pad)
    k = shannon_k(charge * share, area)
    voltage = power = net = math.nan
    if limits is not None:
        voltage = limits.needed_voltage(amplitude, generator.pulse_width)
        power = voltage * charge * generator.phases * generator.mean_rate
        rest = max(1 / generator.peak_rate - generator.span, 0.0)
        net = (
            charge * math.exp(-rest / limits.time_constant)
            if generator.recharge == "passive"
            else 0.0
        )
    notes = []
    if k > LINE:
        notes.append(
            f"W041: Shannon's k is {k:.2f}, above the line of {LINE} (damage seen from there on); "
            + f"{charge * 1e6:.3g} uC per phase on {area * 1e6:.3g} mm2"
        )
    elif k >= CAUTION:
        notes.append(
            f"W042: Shannon's k is {k:.2f}, between the conservative {CAUTION} and the line of "
            + f"{LINE}"
        )
    return SafetyReport(charge, charge * share / area, k, voltage, power, net, tuple(notes))
