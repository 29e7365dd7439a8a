"""What a clinician's programmer allows, per target; facts as data, refused by name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gatecontrol.units import format_quantity, parse_quantity

__all__ = ["LABORATORY_HELP", "Limit", "Limits"]

_ALSO = {
    "modulated": {"frequency": ("frequency_to",), "pulse_width": ("pulse_width_to",)},
    "multiplexed": {"frequency": ("prime_frequency",), "pulse_width": ("prime_pulse_width",)},
}
"""Further parameters under the same limit, by pattern."""

LABORATORY_HELP = "limits: laboratory   # lifts the clinical ranges for a research protocol"


@dataclass(frozen=True)
class Limit:
    """The range that a programmer allows for one parameter.

    Attributes
    ----------
    key : str
        Name of the parameter.
    dimension : str
        Key of `gatecontrol.units.DIMENSIONS`.
    low, high : str
        Range as typed, both ends included.
    source : str
        BibTeX key or "assumed".
    """

    key: str
    dimension: str
    low: str
    high: str
    source: str = "assumed"

    def excess(self, value: float, key: str = "") -> str:
        """Return what is wrong with a value [SI], or an empty text if it is allowed.

        Parameters
        ----------
        value : float
            In SI units.
        key : str, optional
            Name of the parameter that holds it, if it is not that of the limit.
        """
        low, high = (parse_quantity(t, self.dimension) for t in (self.low, self.high))
        # A relative slack of 1e-9 forgives the rounding of unit conversion, nothing else.
        if low * (1 - 1e-9) <= value <= high * (1 + 1e-9):
            return ""
        shown = format_quantity(value, self.dimension)
        return (
            f"the {(key or self.key).replace('_', ' ')} of {shown} is outside the clinical range "
            + f"{self.low} to {self.high}"
        )


@dataclass(frozen=True)
class Limits:
    """All that limits a clinical programme of one target.

    Attributes
    ----------
    programmer : str
        Whose limits these are, for messages ("an SCS programmer").
    amplitude, pulse_width, frequency : Limit
        Ranges by parameter. The frequency is that of the pulses (tonic) or bursts.
    voltage : str
        Compliance voltage of the generator, as typed.
    resistance : str
        Assumed access resistance of electrode and tissue, as typed.
    capacitance : str
        Assumed double-layer (or skin) capacitance in series, as typed.
    source : str
        BibTeX key or "assumed", for voltage, resistance and capacitance.
    """

    programmer: str
    amplitude: Limit
    pulse_width: Limit
    frequency: Limit
    voltage: str
    resistance: str
    capacitance: str
    source: str = "assumed"

    def needed_voltage(self, amplitude: float, charge: float) -> float:
        """Return the voltage [V] that a programme needs: I R + Q / C.

        Parameters
        ----------
        amplitude : float
            Current [A].
        charge : float
            Largest charge that the electrode holds [C].
        """
        resistance, capacitance = self._load
        return amplitude * resistance + charge / capacitance

    @property
    def compliance(self) -> float:
        """Highest voltage of the generator [V]."""
        return parse_quantity(self.voltage, "voltage")

    @property
    def time_constant(self) -> float:
        """Time constant [s] of a passive discharge: R C."""
        resistance, capacitance = self._load
        return resistance * capacitance

    @property
    def _load(self) -> tuple[float, float]:
        """Resistance [ohm] and capacitance [F]."""
        return (
            parse_quantity(self.resistance, "resistance"),
            parse_quantity(self.capacitance, "capacitance"),
        )

    def excesses(
        self, values: Mapping[str, Any], excursion: float | None = None
    ) -> Iterator[tuple[str, str]]:
        """Yield (key, what is wrong) for every clinical limit that is passed.

        Parameters
        ----------
        values : mapping of str to object
            SI values by parameter name; ``amplitude`` [A] only if it is known. Keys that are
            absent or None are passed over.
        excursion : float, optional
            Largest charge that the electrode holds, per ampere of amplitude [s]; without it,
            the voltage is not looked at.
        """
        also = _ALSO.get(str(values.get("pattern")), {})
        for limit in (self.amplitude, self.pulse_width, self.frequency):
            for key in (limit.key, *also.get(limit.key, ())):
                value = values.get(key)
                if value is None or (key == "amplitude" and value == 0):
                    continue
                if wrong := limit.excess(value, key):
                    yield key, f"{wrong} of {self.programmer}"
        amplitude = values.get("amplitude")
        if amplitude is None or excursion is None:
            return
        needed = self.needed_voltage(amplitude, amplitude * excursion)
        if needed > self.compliance:
            yield "amplitude", self.too_high(amplitude, needed)

    def too_high(self, amplitude: float, voltage: float) -> str:
        """Return the text of a voltage [V] above the compliance."""
        return (
            f"{format_quantity(amplitude, 'current')} needs {format_quantity(voltage, 'voltage')} "
            + f"across {self.resistance} and {self.capacitance}, more than the compliance of "
            + f"{self.voltage} of {self.programmer}"
        )
