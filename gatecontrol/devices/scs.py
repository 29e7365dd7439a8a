"""Spinal cord stimulation: an epidural lead over the dorsal columns.

The field is that of the lead's contacts in planar layers: bone, epidural fat, dura, fluid and
anisotropic white matter. Fibres of the dorsal columns run straight along the cord; those of a
dorsal root come through the fluid and bend into the column, which lowers their thresholds
[struijk1993]. Roots at the lead belong to other dermatomes than the painful one: they are felt
as discomfort and do not reach the circuit.

It does not claim to know the round cord (the layers are flat; fibres beside the midline lie
deeper by its curvature), the grey matter, collaterals as places of excitation, or how a lead
migrates. A-delta and C fibres of the segment are placed in Lissauer's tract under the lead
although a lead lies rostral of the segment, so that their recruitment is an upper bound.
"""

from typing import TYPE_CHECKING

from gatecontrol.devices.closed_loop import CLOSED_LOOP_PARAMETERS
from gatecontrol.devices.generator import pulse_parameters
from gatecontrol.devices.limits import Limit, Limits
from gatecontrol.devices.posture import POSTURE_PARAMETERS
from gatecontrol.devices.pulsed import PulsedDevice
from gatecontrol.plugins import Parameter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from gatecontrol.devices.excitability import Reference
    from gatecontrol.devices.generator.patterns import PulseTrain
    from gatecontrol.devices.sites import Sites
    from gatecontrol.fibres.path import FibrePath
    from gatecontrol.fibres.population import FibreTable
    from gatecontrol.fields.electrodes import Contact
    from gatecontrol.fields.tissues import Tissue
    from gatecontrol.preparations import Preparation

__all__ = ["SCS"]

CENTRE_LATERAL = (0.04, 0.16)
"""Where the fibres of the painful dermatome run beside the midline, as a share of the cord's
diameter: 0.3-1.3 mm in a person (assumed)."""
SURROUND_LATERAL = (0.0, 0.25)
"""The neighbouring dermatomes, likewise: 0-2 mm in a person (assumed)."""
ROOT_LATERAL = (0.28, 0.32)
"""Where dorsal roots enter, likewise: 2.2-2.6 mm in a person (assumed)."""
ROOT_COURSE = (-20e-3, 6e-3, -1.0e-3)
"""From the entry back along a root: caudal, sideways and up into the fluid [m] (assumed; of a
person)."""
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
    references = (
        *PulsedDevice.references,
        "feirabend2002",
        "holsheimer1994",
        "ladenbauer2010",
        "struijk1993",
    )
    bystanders = ("root",)
    unpleasant = {**PulsedDevice.unpleasant, ("abeta", "root"): 0.5}
    leads = ("scs_octrode", "scs_octrode_wide", "scs_paddle")
    stack = "scs"
    classes = ("abeta", "adelta", "c")
    channel_count = 2
    usual_widths = ("100 us", "200 us", "300 us", "450 us", "1 ms")
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
            "lead",
            "choice",
            "scs_octrode",
            "Percutaneous lead with eight contacts at 4 mm (scs_octrode) or 9 mm "
            + "(scs_octrode_wide), or a paddle of two columns (scs_paddle).",
            "Lead",
            choices=("scs_octrode", "scs_octrode_wide", "scs_paddle"),
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
            "From cathode to anode, centre to centre; left out, two contacts of the lead (8 mm of "
            + "the octrode), less in animals by the size of the cord.",
            "Contact distance",
            minimum="0.5 mm",
            maximum="60 mm",
        ),
        Parameter(
            "lateral",
            "length",
            "0 mm",
            "From the midline to the lead; the painful side is positive.",
            "Lead beside the midline",
            minimum="-5 mm",
            maximum="5 mm",
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
            "dura_conductivity",
            "conductivity",
            "0.6 S/m",
            "Of the dura; published models take 0.02 to 0.6 S/m.",
            "Conductivity of the dura",
            minimum="0.001 S/m",
            maximum="2 S/m",
            source="khadka2025",
        ),
        Parameter(
            "thin_fibres",
            "choice",
            "tract",
            "Where A-delta and C fibres of the segment run: in Lissauer's tract under the lead, "
            + "or not as far as the lead.",
            choices=("tract", "none"),
        ),
        *POSTURE_PARAMETERS,
        *CLOSED_LOOP_PARAMETERS,
    )
    notes = {
        "electrode": "lead touching the dura, contacts as rows of points (a paddle: grids) "
        + "(assumed)",
        "dorsal column": "diameters by the preparation's histogram, the largest peripheral "
        + "fibre staying the largest; depth uniform down to the reachable depth; lateral place "
        + "by dermatome (assumed)",
        "dorsal roots": "A-beta fibres of the roots at the lead enter beside the column and "
        + "bend into it (course assumed); they count for discomfort only",
        "thin fibres": "A-delta and C in Lissauer's tract under the lead (assumed; an upper "
        + "bound, the lead lies rostral of their segment)",
    }

    def _electrode(self, preparation: "Preparation", shift: float = 0.0) -> "tuple[Contact, ...]":
        from gatecontrol.devices.sites import body_scale
        from gatecontrol.fields.leads import lead

        scale, chosen = body_scale(preparation), lead(self.settings["lead"])
        apart = self.settings["contact_distance"] or 2 * chosen.sizes["pitch"].value * scale
        shares = {
            "monopole": {0.0: -1.0},
            "bipole": {0.0: -1.0, apart: 1.0},
            "tripole": {-apart: 0.5, 0.0: -1.0, apart: 0.5},
        }[self.settings["configuration"]]
        columns = [chosen.centre(1 + k)[1] * scale for k in range(chosen.columns)]
        return tuple(
            contact
            for x, share in shares.items()
            for across in columns
            for contact in chosen.contact(
                share / len(columns),
                (x + shift, across + self.settings["lateral"], 0.0),
                scale=scale,
                label="cathode" if share < 0 else "anode",
            )
        )

    def contacts(self, preparation: "Preparation") -> "Sequence[Contact]":
        """Return the contacts in use; the cathode is at x = 0."""
        return self._electrode(preparation)

    def channels(self, preparation: "Preparation") -> "Sequence[Sequence[Contact]]":
        """Return the electrodes of both channels: the second one contact further caudal."""
        from gatecontrol.devices.sites import body_scale
        from gatecontrol.fields.leads import lead

        pitch = lead(self.settings["lead"]).sizes["pitch"].value * body_scale(preparation)
        return (self._electrode(preparation), self._electrode(preparation, -pitch))

    def tissue(self, preparation: "Preparation") -> "Tissue":
        """Return bone, fat, dura, fluid and white matter of the preparation."""
        from gatecontrol.fields.tissues import tissue_stack

        return tissue_stack(
            "scs",
            overrides={
                "fat.thickness": max(
                    preparation.epidural_fat.value, 1.1 * preparation.lead_to_dura.value
                ),
                "electrode.above": preparation.lead_to_dura.value,
                "dura.thickness": preparation.dura.value,
                "dura.conductivity": self.settings["dura_conductivity"],
                "fluid.thickness": self._fluid(preparation),
            },
        )

    def _fluid(self, preparation: "Preparation") -> float:
        return self.settings["csf"] or preparation.dorsal_csf.value

    def courses(self, preparation: "Preparation") -> "Mapping[str, FibrePath]":
        """Return the course along the cord and that of a root into the column."""
        from gatecontrol.devices.sites import body_scale
        from gatecontrol.fibres.path import FibrePath

        scale = body_scale(preparation)
        # a root must stay in the fluid, however thin it is
        up = -min(-ROOT_COURSE[2] * scale, 0.5 * self._fluid(preparation))
        back = (ROOT_COURSE[0] * scale, ROOT_COURSE[1] * scale, up)
        root = FibrePath((back, (0.0, 0.0, 0.0), (1.0, 0.0, 0.0)), site=1)
        return {**super().courses(preparation), "root": root}

    def sites(
        self, fibres: "FibreTable", preparation: "Preparation", rng: "np.random.Generator"
    ) -> "Sites":
        """Return the fibres of the dorsal columns, of roots, and of Lissauer's tract."""
        import numpy as np

        from gatecontrol.devices.sites import Sites, body_scale

        cord = preparation.cord_diameter.value
        surface = self.tissue(preparation).depths["white_matter"][0]

        def below(lateral: "NDArray[np.float64]", depth: float) -> "NDArray[np.float64]":
            # The cord is round: its surface falls away from the lead beside the midline.
            return surface + lateral**2 / cord + depth * rng.random(lateral.size)

        start = -preparation.lead_to_segment.value
        depth = preparation.dorsal_column.recruitable_depth.value
        groups = []
        for role, lateral in (("centre", CENTRE_LATERAL), ("surround", SURROUND_LATERAL)):
            rows = fibres.where("abeta")
            rows = rows[fibres.role[rows] == role]
            y = cord * rng.uniform(*lateral, rows.size)
            thick = column_diameters(fibres.velocity[rows], preparation)
            groups.append(
                Sites.at(fibres, rows, rng, y=y, z=below(y, depth), start=start, diameter=thick)
            )
        rows = fibres.where("abeta")
        rows = rows[fibres.role[rows] == "remote"]
        y = cord * rng.uniform(*ROOT_LATERAL, rows.size)
        z = below(y, depth)
        groups.append(Sites.at(fibres, rows, rng, y=y, z=z, start=start, course="root"))
        tract = (("adelta", 1.0), ("c", CENTRAL_C))
        for name, factor in tract if self.settings["thin_fibres"] == "tract" else ():
            rows = fibres.where(name)
            rows = rows[np.isin(fibres.role[rows], ("centre", "surround"))]
            y = cord * rng.uniform(*LISSAUER_LATERAL, rows.size)
            z = below(y, LISSAUER_DEPTH * body_scale(preparation))
            thin = fibres.diameter[rows] * factor
            groups.append(Sites.at(fibres, rows, rng, y=y, z=z, start=start, diameter=thin))
        return Sites.join(*groups)

    def given(
        self,
        train: "PulseTrain",
        amplitude: float,
        found: "Reference",
        preparation: "Preparation",
        seed: int,
    ) -> "NDArray[np.float64]":
        """Return each pulse's current over what posture makes of thresholds; see `Device.given`."""
        import numpy as np

        from gatecontrol.devices.closed_loop import Ecap, control
        from gatecontrol.devices.posture import Posture
        from gatecontrol.seeds import stream

        posture = Posture.from_settings(self.settings)
        closed = self.settings["control"] == "closed"
        factors = np.ones(train.times.size)
        if not posture.still:
            surface = self.tissue(preparation).depths["white_matter"][0]
            rng = stream(seed, "device", self.kind, "posture")
            factors = posture.factors(train.times, surface, rng)
        currents = amplitude * train.scale
        if closed and amplitude > 0 and train.times.size:
            column = found.fibres.fibre_class[found.sites.row] == "abeta"
            column &= found.sites.course == "along"
            low, _ = found.excitability.windows(found.fibres, found.sites)
            ecap = Ecap(low[column], found.sites.diameter[column])
            target = float(ecap(amplitude))
            if target > 0:
                loop = control(
                    ecap,
                    factors,
                    amplitude=amplitude,
                    target=target,
                    gain=self.settings["control_gain"],
                    limits=(0.0, 3 * amplitude),
                    noise=self.settings["ecap_noise"],
                    rng=stream(seed, "device", self.kind, "ecap"),
                )
                currents = loop.amplitude * train.scale
        return currents / factors


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
