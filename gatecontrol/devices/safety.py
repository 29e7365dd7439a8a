"""Charge, charge density, Shannon's k, voltage, power and energy of a programme."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatecontrol.devices.generator import PulseGenerator
from gatecontrol.devices.generator import charge as charges
from gatecontrol.devices.limits import Limits
from gatecontrol.errors import GatecontrolError
from gatecontrol.units import format_quantity

if TYPE_CHECKING:
    from gatecontrol.fields.electrodes import Contact

__all__ = [
    "CAUTION",
    "DENSITY",
    "INJECTION",
    "LINE",
    "SafetyReport",
    "safety_report",
    "shannon_k",
]

LINE = 1.85
"""Shannon's k above which tissue damage has been seen (lowest observed) [cogan2016]."""
CAUTION = 1.5
"""Conservative k from which a programme is noted [cogan2016]."""
DENSITY = 0.3
"""Charge density per phase [C/m^2] from which programmers warn: 30 uC/cm^2 (assumed)."""
INJECTION = 0.5
"""Charge density [C/m^2] that platinum takes reversibly: 50-150 uC/cm^2 (assumed)."""
DAY = 86_400.0


@dataclass(frozen=True)
class SafetyReport:
    """What a programme does to electrode, tissue and battery.

    What is said of one contact is said of the worst one of all channels.

    Attributes
    ----------
    charge_per_phase : float
        Of the largest phase, all cathodes of its channel together [C].
    charge_density : float
        Per phase, at the contact with the highest density, geometric area [C/m^2].
    shannon_k : float
        At that contact; NaN without current. See `shannon_k` for what it does not know.
    charge_held : float
        Largest charge that a channel's electrode holds before it comes back [C]; above the
        charge per phase where a burst is recharged after its end.
    charge_per_second : float
        Mean charge that passes in the programmed direction, pauses counted in [C/s].
    net_charge : float
        Left on an electrode when the next pulse (or burst) starts, in a steady train [C]: 0 with
        active recharge, what the passive discharge has not returned by then otherwise.
    net_current : float
        Mean current that nothing takes back [A]; 0 for a balanced programme.
    duty_cycle : float
        Share of the time in which a current is driven (passive recharge is not).
    voltage : float
        Needed from the generator, I R + Q / C [V]; NaN if the device states no load.
    compliance : float
        Highest voltage of the generator [V]; NaN if the device states none.
    power : float
        Mean electrical power, pauses counted in [W]; NaN if no load is stated.
    notes : tuple of str
        Warnings: ``W041`` k above the line, ``W042`` between caution and line, ``W046`` slow
        passive recharge, ``W047`` density at which programmers warn, ``W048`` more charge held
        than platinum takes reversibly.
    faults : tuple of str
        ``E040`` a voltage above the compliance, ``E045`` a charge that nothing takes back.
    """

    charge_per_phase: float
    charge_density: float
    shannon_k: float
    charge_held: float
    charge_per_second: float
    net_charge: float
    net_current: float
    duty_cycle: float
    voltage: float
    compliance: float
    power: float
    notes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def energy_per_day(self) -> float:
        """Energy that the programme takes from the battery in a day [J]."""
        return self.power * DAY


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

    Raises
    ------
    GatecontrolError
        The contact has no area.
    """
    if not area > 0:
        raise GatecontrolError(f"a contact of {area:g} m^2 cannot carry a current; give its area")
    if charge <= 0:
        return math.nan
    micro = charge * 1e6
    return math.log10(micro) + math.log10(micro / (area * 1e4))


def safety_report(
    generator: PulseGenerator,
    amplitude: float,
    electrodes: "Sequence[Sequence[Contact]]",
    limits: Limits | None = None,
    *,
    supply: float | None = None,
) -> SafetyReport:
    """Return the safety report of a programme.

    Parameters
    ----------
    generator : PulseGenerator
        The programme.
    amplitude : float
        [A].
    electrodes : sequence of sequence of Contact
        The contacts of each channel.
    limits : Limits, optional
        Gives load (resistance, capacitance) and compliance of the generator.
    supply : float, optional
        Voltage from which the battery drives the current [V]; the needed one if left out, the
        least that a generator can do with.

    Raises
    ------
    GatecontrolError
        A channel has no electrode, or no contact of it carries current.
    """
    if len(electrodes) < generator.channels:
        raise GatecontrolError(
            f"the programme has {generator.channels} channels, the device {len(electrodes)}"
        )
    found = [
        _Channel(generator, c, amplitude, electrodes[c], limits, supply)
        for c in range(generator.channels)
    ]
    worst = max(found, key=lambda c: (c.phase > 0, c.k))
    sampled = generator.samples is not None
    duties = [c.duty for c in found]
    voltage = max(c.voltage for c in found)
    compliance = limits.compliance if limits else math.nan
    net_current = max((c.net_current for c in found), key=abs)
    return SafetyReport(
        charge_per_phase=max(c.phase for c in found),
        charge_density=max(c.density for c in found),
        shannon_k=worst.k,
        charge_held=max(c.held for c in found),
        charge_per_second=sum(c.charge_per_second for c in found),
        net_charge=max(c.left for c in found),
        net_current=net_current,
        # the channels of a sampled pulse run together, those of other patterns take turns
        duty_cycle=max(duties) if sampled else sum(duties),
        voltage=voltage,
        compliance=compliance,
        power=sum(c.power for c in found),
        notes=_notes(worst, found),
        faults=_faults(amplitude, voltage, net_current, limits),
    )


class _Channel:
    """One channel of a programme on its electrode, in SI units."""

    def __init__(
        self,
        generator: PulseGenerator,
        channel: int,
        amplitude: float,
        contacts: "Sequence[Contact]",
        limits: Limits | None,
        supply: float | None,
    ) -> None:
        used = [c for c in contacts if c.share]
        if not used:
            raise GatecontrolError("open circuit: no contact of the electrode carries current")
        top = max(used, key=lambda c: abs(c.share) / c.area if c.area else math.inf)
        # The contacts that carry the sources of one pad share its charge; k needs the whole pad.
        pad = [c for c in used if c.label == top.label]
        share, self.area = abs(sum(c.share for c in pad)), sum(c.area for c in pad)
        current = amplitude * generator.height_of(channel)
        stretches = generator.stretches(channel)
        phases = charges.phases(stretches)
        largest = max(abs(p) for p in phases) * generator.largest_pulse
        rate = generator.nominal_rate(channel)
        self.phase = current * largest
        self.k = shannon_k(self.phase * share, self.area)
        self.density = self.phase * share / self.area
        self.held = amplitude * generator.excursion(channel)
        self.held_density = self.held * share / self.area
        self.charge_per_second = current * rate * sum(p for p in phases if p > 0)
        driven = sum(length for length, level in stretches if level)
        self.duty = driven * generator.nominal_rate(channel, charge=False)
        net = current * charges.net(stretches)
        passive = generator.recharge == "passive"
        self.net_current = 0.0 if passive and generator.rest(channel) > 0 else net * rate
        self.left = 0.0
        if passive and net:
            gone = math.exp(-generator.rest(channel) / generator.recharge_time)
            together = generator.pulses_per_burst if generator.recharges_after_burst else 1
            self.left = abs(net) * together * gone / (1 - gone) if gone < 1 else math.inf
        self.voltage = self.power = math.nan
        if limits is not None:
            self.voltage = limits.needed_voltage(current, self.held)
        if limits is not None or supply is not None:
            source = self.voltage if supply is None else supply
            self.power = source * current * charges.moved(stretches) * rate


def _notes(worst: _Channel, channels: Sequence[_Channel]) -> tuple[str, ...]:
    notes = []
    where = f"{worst.phase * 1e6:.3g} uC per phase on {worst.area * 1e6:.3g} mm2"
    if worst.k > LINE:
        notes.append(
            f"W041: Shannon's k is {worst.k:.2f}, above the line of {LINE} (damage seen from there "
            + f"on); {where}"
        )
    elif worst.k >= CAUTION:
        notes.append(
            f"W042: Shannon's k is {worst.k:.2f}, between the conservative {CAUTION} and the line "
            + f"of {LINE}"
        )
    density = max(c.density for c in channels)
    if density > DENSITY:
        notes.append(
            f"W047: {density * 100:.3g} uC/cm2 per phase: programmers warn from "
            + f"{DENSITY * 100:g} uC/cm2 on"
        )
    held = max(c.held_density for c in channels)
    if held > INJECTION:
        notes.append(
            f"W048: the electrode holds up to {held * 100:.3g} uC/cm2 before it is recharged; "
            + f"platinum takes {INJECTION * 100:g} uC/cm2 without harm (assumed)"
        )
    if any(c.left > c.phase for c in channels):
        left = max(c.left for c in channels)
        notes.append(
            f"W046: passive recharge is slow for this programme: {left * 1e6:.3g} uC stay on the "
            + "electrode from pulse to pulse"
        )
    return tuple(notes)


def _faults(
    amplitude: float, voltage: float, net_current: float, limits: Limits | None
) -> tuple[str, ...]:
    faults = []
    if limits is not None and voltage > limits.compliance:
        faults.append(f"E040: {limits.too_high(amplitude, voltage)}")
    if net_current:
        faults.append(
            f"E045: a direct current of {format_quantity(net_current, 'current')} that nothing "
            + "takes back; balance the pulse or choose recharge: passive"
        )
    return tuple(faults)
