"""What a clinician's programmer allows, per target; facts as data, refused by name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gatecontrol.units import format_quantity, parse_quantity

__all__ = ["LABORATORY_HELP", "Limit", "Limits"]

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

    def excess(self, value: float) -> str:
        """Return what is wrong with a value [SI], or an empty text if it is allowed."""
        low, high = (parse_quantity(t, self.dimension) for t in (self.low, self.high))
        # A relative slack of 1e-9 forgives the rounding of unit conversion, nothing else.
        if low * (1 - 1e-9) <= value <= high * (1 + 1e-9):
            return ""
        shown = format_quantity(value, self.dimension)
        return (
            f"the {self.key.replace('_', ' ')} of {shown} is outside the clinical range "
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

    def needed_voltage(self, amplitude: float, pulse_width: float) -> float:
        """Return the voltage [V] that a pulse needs: I R + Q / C.

        Parameters
        ----------
        amplitude : float
            Current [A].
        pulse_width : float
            Width of the first phase [s].
        """
        resistance, capacitance = self._load
        return amplitude * resistance + amplitude * pulse_width / capacitance

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

    def excesses(self, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield (key, what is wrong) for every clinical limit that is passed.

        Parameters
        ----------
        values : mapping of str to float
            SI values by parameter name; ``amplitude`` [A] only if it is known. Keys that are
            absent or None are passed over.
        """
        for limit in (self.amplitude, self.pulse_width, self.frequency):
            value = values.get(limit.key)
            if value is None or (limit.key == "amplitude" and value == 0):
                continue
            if wrong := limit.excess(value):
                yield limit.key, f"{wrong} of {self.programmer}"
        amplitude, width = values.get("amplitude"), values.get("pulse_width")
        if amplitude is None or width is None:
            return
        needed = self.needed_voltage(amplitude, width)
        if needed > parse_quantity(self.voltage, "voltage"):
            yield (
                "amplitude",
                f"{format_quantity(amplitude, 'current')} needs "
                + f"{format_quantity(needed, 'voltage')} across {self.resistance} and "
                + f"{self.capacitance}, more than the compliance of {self.voltage} of "
                + self.programmer,
            )
