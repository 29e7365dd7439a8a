"""Spinal cord stimulation: an epidural lead over the dorsal columns.

The lead is percutaneous with eight contacts; the field is that of point contacts in one
effective conductivity, set so that a 12.8 um fibre 0.1 mm deep has the thresholds that a
layered cord (bone, fat, dura, fluid, anisotropic white matter) gives: 0.5, 1.2 and 3 mA at
dorsal CSF of 1.5, 3.2 and 5.5 mm, 0.3 ms; the law then gives these within 6 %.

It does not claim to know the dorsal roots (entry and curvature are out of its scope), the
round cord, or how a lead migrates. A-delta and C fibres of the segment are placed in
Lissauer's tract under the lead although a lead lies rostral of the segment, so that their
recruitment is an upper bound.
"""

from typing import TYPE_CHECKING

from gatecontrol.devices.base import PulsedDevice
from gatecontrol.devices.generator import pulse_parameters
from gatecontrol.devices.limits import Limit, Limits
from gatecontrol.plugins import Parameter

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from gatecontrol.devices.sites import Sites
    from gatecontrol.fibres.population import FibreTable
    from gatecontrol.fields.electrodes import Contact
    from gatecontrol.preparations import Preparation

__all__ = ["SCS"]

CONTACT_LENGTH, LEAD_DIAMETER = 3.0e-3, 1.3e-3
"""Contact of a percutaneous eight-contact lead [m] (assumed; of a person)."""
PITCH = 4.0e-3
"""Between the centres of neighbouring contacts [m] (assumed; of a person)."""
CENTRE_LATERAL = (0.04, 0.16)
"""Where the fibres of the painful dermatome run beside the midline, as a share of the cord's
diameter: 0.3-1.3 mm in a person (assumed)."""
SURROUND_LATERAL = (0.0, 0.25)
"""The neighbouring dermatomes, likewise: 0-2 mm in a person (assumed)."""
LISSAUER_LATERAL = (0.29, 0.35)
"""Lissauer's tract, likewise: 2.3-2.8 mm in a person (assumed)."""
LISSAUER_DEPTH = 0.4e-3
"""Fibres of Lissauer's tract lie within this depth [m] in a person (assumed)."""
CENTRAL_C = 0.5
"""Central over peripheral diameter of C fibres (assumed, 0.4 against 0.8 um)."""


class SCS(PulsedDevice):
    """Spinal cord stimulation with an epidural lead."""

    kind = "scs"
    title = "Spinal cord stimulation (SCS)"
    references = (*PulsedDevice.references, "feirabend2002", "holsheimer1994")
    classes = ("abeta", "adelta", "c")
    channel_count = 2
    limits = Limits(
        programmer="an SCS programmer",
        amplitude=Limit("amplitude", "current", "0 mA", "25.5 mA"),
        pulse_width=Limit("pulse_width", "time", "60 us", "1000 us"),
        frequency=Limit("frequency", "frequency", "2 Hz", "1200 Hz"),
        voltage="20 V",
        resistance="600 ohm",
        capacitance="3.7 uF",  # 30 uF/cm2 of platinum on 12.3 mm2
    )
    parameters = (
        *pulse_parameters(
            programmes=("scs_tonic", "burst_dr", "hf10", "high_density", "sub_perception", "dtm"),
            frequency="50 Hz",
            pulse_width="300 us",
            amplitude="150 %PT",
        ),
        Parameter(
            "configuration",
            "choice",
            "bipole",
            "Cathode with one anode along the lead (bipole), one on each side (tripole), or "
            + "with the case as anode (monopole).",
            "Contacts",
            choices=("bipole", "tripole", "monopole"),
        ),
        Parameter(
            "contact_distance",
            "length",
            None,
            "From cathode to anode, centre to centre; left out, 8 mm in a person (every second "
            + "contact at 4 mm pitch), less in animals by the size of the cord.",
            "Contact distance",
            minimum="0.5 mm",
            maximum="60 mm",
        ),
        Parameter(
            "csf",
            "length",
            None,
            "Dorsal CSF between dura and cord; left out, that of the preparation.",
            "Dorsal CSF",
            minimum="0.02 mm",
            maximum="12 mm",
            source="holsheimer1994",
        ),
        Parameter(
            "conductivity",
            "conductivity",
            "0.42 S/m",
            "Effective conductivity of all that lies between and around lead and cord.",
            "Conductivity",
            minimum="0.02 S/m",
            maximum="2 S/m",
            source="assumed",
        ),
    )
    notes = {
        "electrode": "percutaneous lead on the midline touching the dura, 3.0 mm contacts of "
        + "1.3 mm diameter as point sources (assumed)",
        "medium": "homogeneous with an effective conductivity matched to a layered cord "
        + "(thresholds of one 12.8 um fibre at three CSF thicknesses); dorsal roots not modelled",
        "dorsal column": "diameters by the preparation's histogram, the largest peripheral "
        + "fibre staying the largest; depth uniform down to the reachable depth; lateral place "
        + "by dermatome (assumed)",
        "thin fibres": "A-delta and C in Lissauer's tract under the lead (assumed; an upper "
        + "bound, the lead lies rostral of their segment)",
    }

    def contacts(self, preparation: "Preparation") -> "Sequence[Contact]":
        """Return the contacts in use; the cathode is at the origin."""
        from math import pi

        from gatecontrol.devices.sites import body_scale
        from gatecontrol.fields.electrodes import Contact, bipole, monopole

        scale = body_scale(preparation)
        area = pi * LEAD_DIAMETER * CONTACT_LENGTH * scale**2
        apart = self.settings["contact_distance"] or 8e-3 * scale
        if self.settings["configuration"] == "monopole":
            return monopole(area)
        if self.settings["configuration"] == "bipole":
            return bipole(area, apart)
        return (
            Contact((0.0, 0.0, 0.0), -1.0, area, "cathode"),
            Contact((apart, 0.0, 0.0), 0.5, area, "rostral anode"),
            Contact((-apart, 0.0, 0.0), 0.5, area, "caudal anode"),
        )

    def channels(self, preparation: "Preparation") -> "Sequence[Sequence[Contact]]":
        """Return the electrodes of both channels: the second one contact further caudal."""
        from dataclasses import replace

        from gatecontrol.devices.sites import body_scale

        base = self.contacts(preparation)
        shift = PITCH * body_scale(preparation)
        prime = [
            replace(c, position=(c.position[0] - shift, *c.position[1:]), label=f"prime {c.label}")
            for c in base
        ]
        return (base, prime)

    def sites(
        self, fibres: "FibreTable", preparation: "Preparation", rng: "np.random.Generator"
    ) -> "Sites":
        """Return the dorsal-column A-beta fibres and those of Lissauer's tract."""
        from gatecontrol.devices.sites import Sites, body_scale

        cord = preparation.cord_diameter.value
        csf = self.settings["csf"] or preparation.dorsal_csf.value
        surface = preparation.lead_to_dura.value + preparation.dura.value + csf

        def below(lateral: "NDArray[np.float64]", depth: float) -> "NDArray[np.float64]":
            # The cord is round: its surface falls away from the lead beside the midline.
            return surface + lateral**2 / cord + depth * rng.random(lateral.size)

        start = -preparation.lead_to_segment.value
        groups = []
        for role, lateral in (("centre", CENTRE_LATERAL), ("surround", SURROUND_LATERAL)):
            rows = fibres.where("abeta")
            rows = rows[fibres.role[rows] == role]
            y = cord * rng.uniform(*lateral, rows.size)
            z = below(y, preparation.dorsal_column.recruitable_depth.value)
            thick = column_diameters(fibres.velocity[rows], preparation)
            groups.append(Sites.at(fibres, rows, rng, y=y, z=z, start=start, diameter=thick))
        for name, factor in (("adelta", 1.0), ("c", CENTRAL_C)):
            rows = fibres.where(name)
            y = cord * rng.uniform(*LISSAUER_LATERAL, rows.size)
            z = below(y, LISSAUER_DEPTH * body_scale(preparation))
            thin = fibres.diameter[rows] * factor
            groups.append(Sites.at(fibres, rows, rng, y=y, z=z, start=start, diameter=thin))
        return Sites.join(*groups)


def column_diameters(
    velocity: "NDArray[np.float64]", preparation: "Preparation"
) -> "NDArray[np.float64]":
    """Return dorsal-column diameters [m] of A-beta fibres by their rank in the periphery.

    Parameters
    ----------
    velocity : ndarray of float, shape (n,)
        Peripheral conduction velocities [m/s].
    preparation : Preparation
        Gives the peripheral distribution and the histogram of the dorsal column.
    """
    import numpy as np

    from gatecontrol.fibres.conduction import share_slower

    shares = share_slower(velocity, "abeta", preparation)
    return np.array([preparation.dorsal_column.diameter(share) for share in shares.tolist()])
