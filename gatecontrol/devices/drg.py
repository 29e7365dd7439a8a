"""Dorsal root ganglion stimulation: a lead beside the ganglion in the foramen.

The ganglion is a bundle of axons in planar layers below the lead, with A-beta, A-delta and C
fibres mixed through it. Two hypotheses can be switched: that stimulation works through the
A-beta fibres (on by default [graham2019]), and that C spikes are filtered at the T-junction of
their neurons (off by default [graham2022, sundt2015]; recordings and models disagree). It does
not claim to know the round ganglion or the cell bodies of A fibres.
"""

from typing import TYPE_CHECKING

from gatecontrol.devices.generator import pulse_parameters
from gatecontrol.devices.limits import Limit, Limits
from gatecontrol.devices.pulsed import PulsedDevice
from gatecontrol.plugins import Parameter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from gatecontrol.devices.sites import Sites
    from gatecontrol.fibres.drive import AfferentDrive
    from gatecontrol.fibres.population import FibreTable
    from gatecontrol.fields.electrodes import Contact
    from gatecontrol.fields.tissues import Tissue
    from gatecontrol.preparations import Preparation

__all__ = ["DRG"]

HALF_WIDTH, HALF_HEIGHT = 2.5e-3, 1.5e-3
"""Half axes of the ganglion's cross-section beside and below the lead [m] (assumed)."""
LEAD_GAP = 0.5e-3
"""From the lead's surface to the sheath [m] (assumed)."""
SURROUND_IN_REACH = 0.3
"""Share of the surround's fibres that run in the same ganglion (assumed)."""


class DRG(PulsedDevice):
    """Dorsal root ganglion stimulation."""

    kind = "drg"
    title = "Dorsal root ganglion stimulation (DRG)"
    references = (*PulsedDevice.references, "graham2019", "graham2022", "spinalmodulation2011")
    leads = ("drg_quad",)
    stack = "drg"
    classes = ("abeta", "adelta", "c")
    usual_widths = ("100 us", "200 us", "260 us", "450 us")
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
            "abeta_drive",
            "choice",
            "on",
            "Hypothesis: stimulation drives the A-beta fibres (on). Off leaves them out, to see "
            + "the other hypothesis alone.",
            "A-beta drive",
            choices=("on", "off"),
            source="graham2019",
        ),
        Parameter(
            "t_junction",
            "choice",
            "off",
            "Hypothesis: C spikes are filtered at the T-junction, with the following rate of the "
            + "neuron's membrane: measured on the cable (sundt2015), 30 Hz with M-channels "
            + "(m_channels) or 6 Hz with a calcium-dependent potassium current (calcium). It acts "
            + "once the amplitude recruits C fibres.",
            "T-junction filter",
            choices=("off", "sundt2015", "m_channels", "calcium"),
            source="sundt2015",
        ),
    )
    notes = {
        "electrode": "four-contact lead along the ganglion, contacts as rows of points (assumed)",
        "ganglion": "5 mm by 3 mm across in a person, axons of all classes spread evenly, "
        + "parallel to the lead (assumed)",
        "reach": "all fibres of the painful dermatome and 30 % of its surround (assumed)",
    }

    def contacts(self, preparation: "Preparation") -> "Sequence[Contact]":
        """Return the contacts in use; the cathode is at the origin."""
        from gatecontrol.devices.sites import body_scale
        from gatecontrol.fields.leads import lead

        alone = self.settings["configuration"] == "monopole"
        return lead("drg_quad").contacts(
            {2: -1.0} if alone else {2: -1.0, 3: 1.0},
            remote=alone,
            zero=2,
            scale=body_scale(preparation),
        )

    def tissue(self, preparation: "Preparation") -> "Tissue":
        """Return foraminal fat, sheath and ganglion."""
        from gatecontrol.devices.sites import body_scale
        from gatecontrol.fields.leads import lead
        from gatecontrol.fields.tissues import tissue_stack

        scale = body_scale(preparation)
        gap = self.settings["lead_distance"]
        above = (lead("drg_quad").sizes["diameter"].value / 2) * scale
        above += LEAD_GAP * scale if gap is None else gap
        numbers = tissue_stack("drg").numbers
        return tissue_stack(
            "drg",
            overrides={
                "electrode.above": above,
                "fat.thickness": max(numbers["fat.thickness"].value * scale, 1.2 * above),
                "sheath.thickness": numbers["sheath.thickness"].value * scale,
                "ganglion.thickness": max(numbers["ganglion.thickness"].value, 2.2 * HALF_HEIGHT)
                * scale,
            },
        )

    def sites(
        self, fibres: "FibreTable", preparation: "Preparation", rng: "np.random.Generator"
    ) -> "Sites":
        """Return the fibres of the ganglion, evenly spread over its cross-section."""
        from gatecontrol.devices.sites import Sites, body_scale, in_ellipse, in_reach

        scale = body_scale(preparation)
        rows = in_reach(fibres, self.classes, SURROUND_IN_REACH, rng)
        y, z = in_ellipse(rows.size, HALF_WIDTH * scale, HALF_HEIGHT * scale, rng)
        z = self.tissue(preparation).depths["ganglion"][0] + HALF_HEIGHT * scale + z
        start = preparation.ganglion_to_cord.value
        return Sites.at(fibres, rows, rng, y=y, z=z, start=start)

    def silenced(self) -> tuple[str, ...]:
        """Return the classes whose spikes are left out by hypothesis."""
        return ("abeta",) if self.settings["abeta_drive"] == "off" else ()

    def hypotheses(self) -> "Mapping[str, str]":
        """Return the state of both hypotheses."""
        return {
            "A-beta drive": self.settings["abeta_drive"],
            "C filter at the T-junction": self.settings["t_junction"],
        }

    def after(self, merged: "AfferentDrive") -> "AfferentDrive":
        """Return what the T-junction lets through; see `Device.after`."""
        membrane = self.settings["t_junction"]
        if membrane == "off":
            return merged
        from gatecontrol.devices.junction import filtered

        return filtered(merged, membrane)
