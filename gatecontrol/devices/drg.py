"""Dorsal root ganglion stimulation: a lead beside the ganglion in the foramen.

The ganglion is a round bundle of axons below the lead, with A-beta, A-delta and C stems
mixed through it. It does not claim to know cell bodies, stem axons or the T-junction: no
filtering of C spikes there (published models and recordings disagree about it), and the
drive of the A-beta fibres is the mechanism.
"""

from typing import TYPE_CHECKING

from gatecontrol.devices.base import PulsedDevice
from gatecontrol.devices.generator import pulse_parameters
from gatecontrol.devices.limits import Limit, Limits
from gatecontrol.plugins import Parameter

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from gatecontrol.devices.sites import Sites
    from gatecontrol.fibres.population import FibreTable
    from gatecontrol.fields.electrodes import Contact
    from gatecontrol.preparations import Preparation

__all__ = ["DRG"]

CONTACT_LENGTH, LEAD_DIAMETER, PITCH = 1.25e-3, 1.0e-3, 5.0e-3
"""Contacts of a four-contact ganglion lead [m] (assumed; of a person)."""
HALF_WIDTH, HALF_HEIGHT = 2.5e-3, 1.5e-3
"""Half axes of the ganglion's cross-section beside and below the lead [m] (assumed)."""
SHEATH = 0.15e-3
"""Dural sheath of the ganglion [m] (assumed)."""
LEAD_GAP = 0.5e-3
"""From the lead's surface to the sheath [m] (assumed)."""
SURROUND_IN_REACH = 0.3
"""Share of the surround's fibres that run in the same ganglion (assumed)."""


class DRG(PulsedDevice):
    """Dorsal root ganglion stimulation."""

    kind = "drg"
    title = "Dorsal root ganglion stimulation (DRG)"
    references = (*PulsedDevice.references, "graham2019", "spinalmodulation2011")
    classes = ("abeta", "adelta", "c")
    limits = Limits(
        programmer="a DRG programmer",
        amplitude=Limit("amplitude", "current", "0 mA", "6 mA", "spinalmodulation2011"),
        pulse_width=Limit("pulse_width", "time", "40 us", "720 us", "spinalmodulation2011"),
        frequency=Limit("frequency", "frequency", "4 Hz", "100 Hz", "spinalmodulation2011"),
        voltage="12 V",
        resistance="1200 ohm",
        capacitance="1.2 uF",  # 30 uF/cm2 of platinum on 3.9 mm2
    )
    parameters = (
        *pulse_parameters(
            programmes=("drg_tonic",),
            frequency="20 Hz",
            pulse_width="260 us",
            amplitude="150 %PT",
        ),
        Parameter(
            "configuration",
            "choice",
            "bipole",
            "Cathode with the next contact as anode (bipole), or the case as anode (monopole).",
            "Contacts",
            choices=("bipole", "monopole"),
        ),
        Parameter(
            "lead_distance",
            "length",
            None,
            "From the lead's surface to the ganglion's sheath; left out, 0.5 mm in a person, less "
            + "in animals by their size.",
            "Lead distance",
            minimum="0 mm",
            maximum="5 mm",
        ),
        Parameter(
            "conductivity",
            "conductivity",
            "0.25 S/m",
            "Effective conductivity of ganglion and surroundings.",
            "Conductivity",
            minimum="0.02 S/m",
            maximum="2 S/m",
        ),
    )
    notes = {
        "electrode": "four-contact lead along the ganglion, 1.25 mm contacts at 5 mm as point "
        + "sources (assumed)",
        "medium": "homogeneous with an effective conductivity (assumed)",
        "ganglion": "5 mm by 3 mm across in a person, axons of all classes spread evenly, "
        + "parallel to the lead; cell bodies and T-junction not modelled (assumed)",
        "reach": "all fibres of the painful dermatome and 30 % of its surround (assumed)",
    }

    def contacts(self, preparation: "Preparation") -> "Sequence[Contact]":
        """Return the contacts in use; the cathode is at the origin."""
        from math import pi

        from gatecontrol.devices.sites import body_scale
        from gatecontrol.fields.electrodes import bipole, monopole

        scale = body_scale(preparation)
        area = pi * LEAD_DIAMETER * CONTACT_LENGTH * scale**2
        if self.settings["configuration"] == "monopole":
            return monopole(area)
        return bipole(area, PITCH * scale)

    def sites(
        self, fibres: "FibreTable", preparation: "Preparation", rng: "np.random.Generator"
    ) -> "Sites":
        """Return the fibres of the ganglion, evenly spread over its cross-section."""
        from gatecontrol.devices.sites import Sites, body_scale, in_ellipse, in_reach

        scale = body_scale(preparation)
        rows = in_reach(fibres, self.classes, SURROUND_IN_REACH, rng)
        y, z = in_ellipse(rows.size, HALF_WIDTH * scale, HALF_HEIGHT * scale, rng)
        gap = self.settings["lead_distance"]
        gap = LEAD_GAP * scale if gap is None else gap
        nearest = scale * (LEAD_DIAMETER / 2 + SHEATH) + gap
        z = nearest + HALF_HEIGHT * scale + z
        start = preparation.ganglion_to_cord.value
        return Sites.at(fibres, rows, rng, y=y, z=z, start=start)
