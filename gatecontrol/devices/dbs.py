"""Deep brain stimulation of the periaqueductal and periventricular grey (PAG, PVG).

Pulses recruit output axons around a lead; each drives a relay cell in the rostral
ventromedial medulla (RVM) whose descending axon reaches the segment. The relay follows up
to about 30 Hz (assumed), which makes the drive depend on frequency: analgesia was seen at
5-35 Hz and more pain at 50-100 Hz [nandi2003]. The relay stands for the pain-inhibiting
(OFF) cells only; facilitation by ON cells, tolerance and after-effects are not in it.
"""

from typing import TYPE_CHECKING

from gatecontrol.devices.generator import pulse_parameters
from gatecontrol.devices.limits import Limit, Limits
from gatecontrol.devices.pulsed import PulsedDevice
from gatecontrol.fibres.classes import MYELINATED_REFERENCES
from gatecontrol.plugins import Parameter

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from gatecontrol.devices.sites import Sites
    from gatecontrol.fibres.population import FibreTable
    from gatecontrol.fields.electrodes import Contact
    from gatecontrol.preparations import Preparation

__all__ = ["DBS"]

AXON_DIAMETERS = (2e-6, 4e-6)
"""Output axons of the PAG [m] (assumed)."""
NEAREST = 1.05
"""Least distance of an axon from the lead's axis, in its radius (assumed)."""
FARTHEST = 3.0e-3
"""Distance from the lead's axis within which the output axons run [m] (assumed)."""
RELAY_DELAY, RELAY_JITTER, RELAY_SHORTEST = 20e-3, 4e-3, 5e-3
"""Pulse to RVM spike: mean, standard deviation, least [s] (assumed)."""


class DBS(PulsedDevice):
    """Deep brain stimulation of PAG/PVG."""

    kind = "dbs"
    title = "Deep brain stimulation of PAG/PVG (DBS)"
    references = (*MYELINATED_REFERENCES, "cogan2016", "nandi2003", "shannon1992")
    leads = ("dbs_quad",)
    stack = "dbs"
    classes = ("descending",)
    perceived = False
    refractory = {**PulsedDevice.refractory, "descending": 30e-3}
    relative_refractory = False
    usual_widths = ("60 us", "90 us", "210 us", "450 us")
    limits = Limits(
        programmer="a DBS programmer",
        amplitude=Limit("amplitude", "current", "0 mA", "10 mA"),
        pulse_width=Limit("pulse_width", "time", "60 us", "450 us"),
        frequency=Limit("frequency", "frequency", "2 Hz", "250 Hz"),
        voltage="10.5 V",
        resistance="1000 ohm",
        capacitance="1.8 uF",  # 30 uF/cm2 of platinum-iridium on 6 mm2
    )
    parameters = (
        *pulse_parameters(
            programmes=("dbs_pag",),
            frequency="20 Hz",
            pulse_width="210 us",
            amplitude="2 mA",
        ),
        Parameter(
            "conductivity",
            "conductivity",
            "0.2 S/m",
            "Of the brain around the lead.",
            "Conductivity",
            minimum="0.02 S/m",
            maximum="2 S/m",
        ),
    )
    notes = {
        "electrode": "one contact of a four-contact lead as a row of points, case as anode "
        + "(assumed)",
        "medium": "homogeneous brain (assumed)",
        "PAG output": "axons of 2-4 um, evenly spread within 3 mm of the lead (assumed); one "
        + "per descending fibre",
        "RVM relay": "20 ms with 4 ms jitter, follows up to 33 Hz (dead time of 30 ms); OFF cells "
        + "only (assumed)",
    }

    def contacts(self, preparation: "Preparation") -> "Sequence[Contact]":
        """Return the cathode: the lead stands across the output axons."""
        from gatecontrol.devices.sites import body_scale
        from gatecontrol.fields.leads import lead

        return lead("dbs_quad").contacts(
            {2: -1.0}, remote=True, zero=2, axis="y", scale=body_scale(preparation)
        )

    def sites(
        self, fibres: "FibreTable", preparation: "Preparation", rng: "np.random.Generator"
    ) -> "Sites":
        """Return the output axons that drive the descending fibres."""
        import numpy as np

        from gatecontrol.devices.sites import Sites, body_scale
        from gatecontrol.fields.leads import lead

        rows = fibres.where("descending")
        scale = body_scale(preparation)
        body = lead("dbs_quad").sizes["diameter"].value / 2
        inner, outer = NEAREST * body * scale, FARTHEST * scale
        z = np.sqrt(rng.uniform(inner**2, outer**2, rows.size))
        diameter = rng.uniform(*AXON_DIAMETERS, rows.size)
        start = preparation.brainstem_to_cord.value
        return Sites.at(fibres, rows, rng, z=z, start=start, diameter=diameter)

    def relay(self, count: int, rng: "np.random.Generator") -> "NDArray[np.float64]":
        """Return the time [s] that the relay takes."""
        import numpy as np

        return np.maximum(rng.normal(RELAY_DELAY, RELAY_JITTER, count), RELAY_SHORTEST)
