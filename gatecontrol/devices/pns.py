"""Peripheral nerve stimulation: a percutaneous lead near a nerve, or a cuff around it.

A percutaneous lead lies in planar layers of muscle, epineurium and endoneurium; a cuff's rings
in one anisotropic medium, that of the nerve. The nerve is a bundle without fascicles: a
fascicle's perineurium, which makes the potential nearly equal across it and moves published
thresholds by up to 130 % [pelot2019], and a cuff's insulation are beyond planar layers.
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
    from gatecontrol.fields.conductor import Conductor
    from gatecontrol.fields.electrodes import Contact
    from gatecontrol.fields.tissues import Tissue
    from gatecontrol.preparations import Preparation

__all__ = ["PNS"]

NERVE_DIAMETER = 4.0e-3
"""Of the nerve [m] (assumed; of a person)."""
DISTANCE = 5.0e-3
"""From a percutaneous lead to the nerve's axis [m] (assumed; of a person)."""
SURROUND_IN_REACH = 0.5
"""Share of the surround's fibres that run in the same nerve (assumed)."""


class PNS(PulsedDevice):
    """Peripheral nerve stimulation."""

    kind = "pns"
    title = "Peripheral nerve stimulation (PNS)"
    references = (*PulsedDevice.references, "pelot2019")
    leads = ("pns_percutaneous", "pns_cuff")
    stack = "pns"
    classes = ("aalpha", "abeta", "adelta", "c")
    usual_widths = ("100 us", "200 us", "300 us", "450 us")
    limits = Limits(
        programmer="a PNS programmer",
        amplitude=Limit("amplitude", "current", "0 mA", "30 mA"),
        pulse_width=Limit("pulse_width", "time", "10 us", "500 us"),
        frequency=Limit("frequency", "frequency", "1 Hz", "120 Hz"),
        voltage="20 V",
        resistance="600 ohm",
        capacitance="3 uF",  # 30 uF/cm2 on 10 mm2
    )
    parameters = (
        *pulse_parameters(
            programmes=("pns_tonic",),
            frequency="100 Hz",
            pulse_width="200 us",
            amplitude="150 %PT",
        ),
        Parameter(
            "electrode",
            "choice",
            "percutaneous",
            "One contact at a distance from the nerve (percutaneous), or a ring around it (cuff).",
            "Electrode",
            choices=("percutaneous", "cuff"),
        ),
        Parameter(
            "distance",
            "length",
            None,
            "From the percutaneous contact to the nerve's axis; left out, 5 mm in a person, "
            + "less in animals by their size.",
            "Distance to the nerve",
            minimum="0.3 mm",
            maximum="30 mm",
        ),
        Parameter(
            "nerve_diameter",
            "length",
            None,
            "Of the nerve with its epineurium; left out, 4 mm in a person.",
            "Diameter of the nerve",
            minimum="0.1 mm",
            maximum="20 mm",
        ),
    )
    notes = {
        "electrode": "percutaneous contact as a row of points, or rings of a cuff; anode remote, "
        + "or the cuff's outer rings (assumed)",
        "nerve": "fibres of all classes spread evenly over the endoneurium, no fascicles, no "
        + "perineurium (assumed)",
        "reach": "all fibres of the painful dermatome and 50 % of its surround (assumed)",
    }

    @classmethod
    def check(cls, config: "Mapping[str, object]") -> list[Fault]:
        """Return faults; see `PulsedDevice.check`."""
        found = super().check(config)
        values = cls.readable(config)
        distance = values.get("distance")
        if distance is not None and values.get("electrode") == "cuff":
            found.append((
                "distance",
                "E035",
                "a cuff surrounds the nerve: it has no distance",
                "electrode: percutaneous   # or leave the distance out",
            ))
        return found

    def _geometry(self, preparation: "Preparation") -> tuple[float, float]:
        """Return the distance of the nerve's axis and the radius of its endoneurium [m]."""
        from gatecontrol.devices.sites import body_scale
        from gatecontrol.fields.tissues import tissue_stack

        scale = body_scale(preparation)
        sheath = tissue_stack("pns").numbers["epineurium.thickness"].value * scale
        diameter = self.settings["nerve_diameter"] or NERVE_DIAMETER * scale
        radius = diameter / 2 - min(sheath, 0.2 * diameter)
        if self.settings["electrode"] == "cuff":
            return 0.0, radius
        distance = self.settings["distance"] or DISTANCE * scale
        # a lead lies outside the nerve, however near
        return distance, min(radius, 0.7 * distance)

    def contacts(self, preparation: "Preparation") -> "Sequence[Contact]":
        """Return the contacts in use; the nerve's axis lies below them, or inside the cuff."""
        from gatecontrol.devices.sites import body_scale
        from gatecontrol.fields.leads import lead

        scale = body_scale(preparation)
        if self.settings["electrode"] == "cuff":
            return lead("pns_cuff").contacts({1: 0.5, 2: -1.0, 3: 0.5}, zero=2, scale=scale)
        return lead("pns_percutaneous").contacts({1: -1.0}, remote=True, axis="y", scale=scale)

    def tissue(self, preparation: "Preparation") -> "Tissue | None":
        """Return muscle, epineurium and endoneurium below the lead; None inside a cuff."""
        from gatecontrol.fields.tissues import tissue_stack

        if self.settings["electrode"] == "cuff":
            return None
        distance, radius = self._geometry(preparation)
        standard = tissue_stack("pns").numbers["epineurium.thickness"].value
        sheath = min(standard, 0.5 * (distance - radius))
        return tissue_stack(
            "pns",
            overrides={
                "electrode.above": distance - radius - sheath,
                "epineurium.thickness": sheath,
                "endoneurium.thickness": 2 * radius,
                "epineurium_below.thickness": sheath,
            },
        )

    def conductor(self, preparation: "Preparation") -> "Conductor":
        """Return the layers below the lead, or the endoneurium inside the cuff."""
        from gatecontrol.fields.conductor import HomogeneousConductor
        from gatecontrol.fields.tissues import tissue_stack

        if self.settings["electrode"] != "cuff":
            return super().conductor(preparation)
        numbers = tissue_stack("pns").numbers
        return HomogeneousConductor(
            numbers["endoneurium.along"].value, numbers["endoneurium.across"].value
        )

    def sites(
        self, fibres: "FibreTable", preparation: "Preparation", rng: "np.random.Generator"
    ) -> "Sites":
        """Return the fibres of the nerve, evenly spread over its cross-section."""
        from gatecontrol.devices.sites import Sites, in_ellipse, in_reach

        rows = in_reach(fibres, self.classes, SURROUND_IN_REACH, rng)
        distance, radius = self._geometry(preparation)
        y, z = in_ellipse(rows.size, radius, radius, rng)
        start = preparation.pns_site_to_cord.value
        return Sites.at(fibres, rows, rng, y=y, z=z + distance, start=start)
