"""Peripheral nerve stimulation: a percutaneous lead near a nerve, or a cuff around it.

The nerve is a round bundle without fascicles: a fascicle's perineurium and a cuff's
insulation, which shape the field of a cuff, are beyond a homogeneous medium.
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

__all__ = ["PNS"]

NERVE_RADIUS = 2.0e-3
"""Radius of the nerve [m] (assumed; of a person)."""
CUFF_GAP = 0.3e-3
"""From the nerve's surface to the contacts of a cuff [m] (assumed)."""
AREAS = {"percutaneous": 10e-6, "cuff": 20e-6}
"""Contact areas [m^2] (assumed; of a person)."""
SURROUND_IN_REACH = 0.5
"""Share of the surround's fibres that run in the same nerve (assumed)."""


class PNS(PulsedDevice):
    """Peripheral nerve stimulation."""

    kind = "pns"
    title = "Peripheral nerve stimulation (PNS)"
    classes = ("aalpha", "abeta", "adelta", "c")
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
            "conductivity_along",
            "conductivity",
            "0.35 S/m",
            "Conductivity along the nerve (muscle).",
            "Conductivity along",
            minimum="0.02 S/m",
            maximum="2 S/m",
        ),
        Parameter(
            "conductivity_across",
            "conductivity",
            "0.1 S/m",
            "Conductivity across the nerve (muscle).",
            "Conductivity across",
            minimum="0.02 S/m",
            maximum="2 S/m",
        ),
    )
    notes = {
        "electrode": "cathode as point source (percutaneous) or ring of 12 (cuff), remote "
        + "anode (assumed)",
        "medium": "homogeneous, anisotropic like muscle (assumed); no perineurium",
        "nerve": "4 mm across in a person, fibres of all classes spread evenly (assumed)",
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

    def _distance(self, preparation: "Preparation") -> float:
        from gatecontrol.devices.sites import body_scale

        return self.settings["distance"] or 5e-3 * body_scale(preparation)

    def _radius(self, preparation: "Preparation") -> float:
        """Return the nerve's radius [m]; a lead lies outside the nerve, however near."""
        from gatecontrol.devices.sites import body_scale

        radius = NERVE_RADIUS * body_scale(preparation)
        if self.settings["electrode"] == "cuff":
            return radius
        return min(radius, 0.8 * self._distance(preparation))

    def contacts(self, preparation: "Preparation") -> "Sequence[Contact]":
        """Return the cathode; the nerve's axis lies below it, or inside the cuff."""
        from gatecontrol.devices.sites import body_scale
        from gatecontrol.fields.electrodes import monopole, ring

        scale = body_scale(preparation)
        area = AREAS[self.settings["electrode"]] * scale**2
        if self.settings["electrode"] == "cuff":
            return ring(area, self._radius(preparation) + CUFF_GAP * scale, 0.0)
        return monopole(area)

    def conductor(self, preparation: "Preparation") -> "HomogeneousConductor":
        """Return muscle around the nerve."""
        from gatecontrol.fields.conductor import HomogeneousConductor

        settings = self.settings
        return HomogeneousConductor(settings["conductivity_along"], settings["conductivity_across"])

    def sites(
        self, fibres: "FibreTable", preparation: "Preparation", rng: "np.random.Generator"
    ) -> "Sites":
        """Return the fibres of the nerve, evenly spread over its cross-section."""
        from gatecontrol.devices.sites import Sites, in_ellipse, in_reach

        rows = in_reach(fibres, self.classes, SURROUND_IN_REACH, rng)
        radius = self._radius(preparation)
        y, z = in_ellipse(rows.size, radius, radius, rng)
        if self.settings["electrode"] == "percutaneous":
            z = z + self._distance(preparation)
        start = preparation.pns_site_to_cord.value
        return Sites.at(fibres, rows, rng, y=y, z=z, start=start)
