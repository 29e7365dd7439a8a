"""Transcutaneous electrical nerve stimulation: two pads on the skin over a nerve.

Two disks of uniform current density on planar layers: skin, fat and muscle below insulating
air. Not in it: the round limb with its bone, the bends and endings of nerves, the nerve's
sheath, and the current's preference for sweat ducts; the skin's nonlinear resistance costs
voltage, not current, with a current source.
"""

from typing import TYPE_CHECKING

from gatecontrol.devices.generator import pulse_parameters
from gatecontrol.devices.limits import Limit, Limits
from gatecontrol.devices.pulsed import PulsedDevice
from gatecontrol.plugins import Fault, Parameter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from gatecontrol.devices.sites import Sites
    from gatecontrol.fibres.population import FibreTable
    from gatecontrol.fields.electrodes import Contact
    from gatecontrol.fields.tissues import Tissue
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
    leads = ("tens_pads",)
    stack = "tens"
    classes = ("aalpha", "abeta", "adelta", "c")
    usual_widths = ("50 us", "100 us", "200 us", "300 us")
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
            "fat",
            "length",
            None,
            "Thickness of the fat below the skin; left out, 8 mm in a person.",
            "Fat",
            minimum="0.1 mm",
            maximum="60 mm",
        ),
    )
    notes = {
        "electrode": "two round pads of uniform current density, cathode over the nerve, anode "
        + "along it (assumed)",
        "nerve": "cutaneous, 3 mm across, 5 mm deep in a person, straight; motor fibres in a "
        + "nerve 20 mm deep (assumed)",
        "reach": "all fibres of the painful dermatome and 50 % of its surround (assumed)",
    }

    def _geometry(self, preparation: "Preparation") -> tuple[float, float, float, float]:
        """Return pad area, pad distance, depth and radius of the nerve in SI units."""
        from gatecontrol.devices.sites import body_scale
        from gatecontrol.fields.leads import lead

        scale, pads = body_scale(preparation), lead("tens_pads").sizes
        depth = self.settings["depth"] or NERVE_DEPTH * scale
        return (
            self.settings["pad_area"] or pads["area"].value * scale**2,
            self.settings["pad_distance"] or pads["pitch"].value * scale,
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

    def tissue(self, preparation: "Preparation") -> "Tissue":
        """Return skin, fat and muscle below the pads."""
        from gatecontrol.devices.sites import body_scale
        from gatecontrol.fields.tissues import tissue_stack

        scale = body_scale(preparation)
        numbers = tissue_stack("tens").numbers
        return tissue_stack(
            "tens",
            overrides={
                "skin.thickness": numbers["skin.thickness"].value * scale,
                "fat.thickness": self.settings["fat"] or numbers["fat.thickness"].value * scale,
            },
        )

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
