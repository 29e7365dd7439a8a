"""Transcutaneous electrical nerve stimulation: two pads on the skin over a nerve.

The body is a half-space of one effective conductivity below insulating air, each pad a
disk of uniform current density. Skin (which costs voltage, not current), fat and muscle
apart, the bends and endings of nerves, and the current's preference for sweat ducts are
not in it.
"""

from typing import TYPE_CHECKING

from gatecontrol.devices.base import PulsedDevice
from gatecontrol.devices.generator import pulse_parameters
from gatecontrol.devices.limits import Limit, Limits
from gatecontrol.plugins import Fault, Parameter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from gatecontrol.devices.sites import Sites
    from gatecontrol.fibres.population import FibreTable
    from gatecontrol.fields.conductor import HomogeneousConductor
    from gatecontrol.fields.electrodes import Contact
    from gatecontrol.preparations import Preparation

__all__ = ["TENS"]

NERVE_DEPTH, NERVE_RADIUS = 5.0e-3, 1.5e-3
"""Depth of the axis and radius of the cutaneous nerve below the pads [m] (assumed; of a person)."""
MOTOR_DEPTH = 20e-3
"""Depth of the motor fibres (A-alpha) below the skin [m] (assumed; of a person)."""
SURROUND_IN_REACH = 0.5
"""Share of the surround's fibres that run below the pads (assumed)."""


class TENS(PulsedDevice):
    """Transcutaneous electrical nerve stimulation."""

    kind = "tens"
    title = "Transcutaneous electrical nerve stimulation (TENS)"
    references = (*PulsedDevice.references, "kuhn2009", "zhu2017")
    classes = ("aalpha", "abeta", "adelta", "c")
    limits = Limits(
        programmer="a TENS unit",
        amplitude=Limit("amplitude", "current", "0 mA", "100 mA"),
        pulse_width=Limit("pulse_width", "time", "40 us", "300 us"),
        frequency=Limit("frequency", "frequency", "1 Hz", "150 Hz"),
        voltage="100 V",
        resistance="700 ohm",
        capacitance="2 uF",
    )
    parameters = (
        *pulse_parameters(
            programmes=("tens_conventional", "tens_acupuncture", "tens_burst", "tens_modulated"),
            frequency="100 Hz",
            pulse_width="100 us",
            amplitude="150 %PT",
        ),
        Parameter(
            "pad_area",
            "area",
            None,
            "Of each pad; left out, 25 cm^2 in a person, less in animals by their size.",
            "Pad area",
            minimum="0.05 cm^2",
            maximum="100 cm^2",
        ),
        Parameter(
            "pad_distance",
            "length",
            None,
            "Between the pads' centres, along the nerve; left out, 80 mm in a person.",
            "Pad distance",
            minimum="3 mm",
            maximum="400 mm",
        ),
        Parameter(
            "depth",
            "length",
            None,
            "From the skin to the axis of the cutaneous nerve; left out, 5 mm in a person.",
            "Depth of the nerve",
            minimum="0.5 mm",
            maximum="40 mm",
        ),
        Parameter(
            "conductivity",
            "conductivity",
            "0.07 S/m",
            "Effective conductivity of skin, fat and muscle together.",
            "Conductivity",
            minimum="0.01 S/m",
            maximum="1 S/m",
        ),
    )
    notes = {
        "electrode": "two round pads of uniform current density, cathode over the nerve, anode "
        + "along it (assumed)",
        "medium": "homogeneous half-space with an effective conductivity (assumed)",
        "nerve": "cutaneous, 3 mm across, 5 mm deep in a person, straight; motor fibres in a "
        + "nerve 20 mm deep (assumed)",
        "reach": "all fibres of the painful dermatome and 50 % of its surround (assumed)",
    }

    def _geometry(self, preparation: "Preparation") -> tuple[float, float, float, float]:
        """Return pad area, pad distance, depth and radius of the nerve in SI units."""
        from gatecontrol.devices.sites import body_scale

        scale = body_scale(preparation)
        depth = self.settings["depth"] or NERVE_DEPTH * scale
        return (
            self.settings["pad_area"] or 25e-4 * scale**2,
            self.settings["pad_distance"] or 80e-3 * scale,
            depth,
            min(NERVE_RADIUS * scale, 0.5 * depth),
        )

    @classmethod
    def check(cls, config: "Mapping[str, object]") -> list[Fault]:
        """Return faults; see `PulsedDevice.check`."""
        from math import pi, sqrt

        found = super().check(config)
        values = cls.readable(config)
        area, apart = values.get("pad_area"), values.get("pad_distance")
        if area and apart and apart < 2 * sqrt(area / pi):
            found.append((
                "pad_distance",
                "E035",
                f"pads of {area * 1e4:g} cm^2 touch each other at {apart * 1e3:g} mm",
                f"pad_distance: {2.5e3 * sqrt(area / pi):.0f} mm",
            ))
        return found

    def contacts(self, preparation: "Preparation") -> "Sequence[Contact]":
        """Return the two pads; the cathode is at the origin."""
        from gatecontrol.fields.electrodes import disk

        area, apart, _, _ = self._geometry(preparation)
        return (
            disk(area, -1.0, (0.0, 0.0, 0.0), "cathode pad"),
            disk(area, 1.0, (apart, 0.0, 0.0), "anode pad"),
        )

    def conductor(self, preparation: "Preparation") -> "HomogeneousConductor":
        """Return the half-space below the skin."""
        from gatecontrol.fields.conductor import HomogeneousConductor

        return HomogeneousConductor.isotropic(self.settings["conductivity"], half_space=True)

    def sites(
        self, fibres: "FibreTable", preparation: "Preparation", rng: "np.random.Generator"
    ) -> "Sites":
        """Return the fibres of the nerve below the pads."""
        import numpy as np

        from gatecontrol.devices.sites import Sites, body_scale, in_ellipse, in_reach

        rows = in_reach(fibres, self.classes, SURROUND_IN_REACH, rng)
        _, _, depth, radius = self._geometry(preparation)
        y, z = in_ellipse(rows.size, radius, radius, rng)
        start = preparation.tens_site_to_cord.value
        motor = MOTOR_DEPTH * body_scale(preparation)
        z = z + np.where(fibres.fibre_class[rows] == "aalpha", max(motor, depth), depth)
        return Sites.at(fibres, rows, rng, y=y, z=z, start=start)
