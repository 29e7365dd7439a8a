"""P26: above the cord, a cathode recruits dorsal columns first, then roots, then thin fibres."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.evidence.base import Arrays, Needs, Phenomenon, Quantity

if TYPE_CHECKING:
    import xarray as xr

    from gatecontrol.devices.sites import Sites
    from gatecontrol.fibres.path import FibrePath
    from gatecontrol.fields.layered import LayeredConductor

__all__ = ["RecruitmentOrder"]

HEIGHT, SIDE = 200e-6, 300e-6
"""Of the electrode above the cord, and of its square contact [m] [idlett2019]."""
WIDTH = 200e-6
"""Of the pulse [s]: the middle one of the study [idlett2019]."""
BATH = 1.7
"""Conductivity of the fluid around the cord [S/m] (assumed: as of cerebrospinal fluid)."""
FIRST = 0.05
"""Share of a group's fibres that counts as its threshold, as for perception (assumed)."""
COARSE = 10
"""Every tenth fibre is solved first, to know how far to look in all others."""
CEILING = 20e-3  # A, far above any of these thresholds

GROUPS = (("column", "abeta", "along"), ("root", "abeta", "root"), ("tract", "adelta", "along"))
"""Name, class and course of the groups, as of `gatecontrol.devices.scs`."""


class RecruitmentOrder(Phenomenon):
    """Above the cord, a cathode recruits dorsal columns first, then roots, then thin fibres."""

    id = "P26"
    title = "Recruitment order: dorsal columns, dorsal roots, thin fibres"
    body = "mouse, cord in a bath"
    needs = Needs(signals=())
    quantities = (
        Quantity("root", "threshold of dorsal roots / of dorsal columns", 2.0, 4.0),
        Quantity("tract", "threshold of the thin-fibre tract / of dorsal columns", 3.5, 6.0),
    )
    discriminates = "recruitment that is the same for all fibres"
    strength = "quantitative, mouse"
    references = ("idlett2019", "mcintyre2002")
    notes = (
        "It looks at field and fibres alone; the circuit does not count.",
        "The cord is flat white matter below a bath; places and diameters of fibres are those of "
        + "the spinal cord stimulator in a mouse (assumed). The threshold of a group is that of "
        + "5 % of its fibres (assumed).",
        "Thin fibres are A-delta fibres in Lissauer's tract; C fibres need far more current.",
    )

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return the threshold of each group [A], shape (1,)."""
        return {name: np.array([one]) for name, one in group_thresholds().items()}

    def estimate(self, means: Arrays) -> Arrays:
        """Compute both ratios."""
        return {name: means[name] / means["column"] for name in ("root", "tract")}


@cache
def group_thresholds() -> Mapping[str, float]:
    """Return the threshold [A] of each group of `GROUPS` in the preparation of the study.

    No circuit counts, so that it is the same for all that one process scores.
    """
    from gatecontrol.devices.excitability import reference_population
    from gatecontrol.devices.scs import SCS
    from gatecontrol.preparations import load_preparation

    mouse = load_preparation("mouse")
    device = SCS.from_config({"kind": SCS.kind})
    fibres, sites = reference_population(device, mouse)
    surface = device.tissue(mouse).depths["white_matter"][0]
    found = {}
    for name, fibre_class, course in GROUPS:
        group = (fibres.fibre_class[sites.row] == fibre_class) & (sites.course == course)
        path = device.courses(mouse)[course]
        found[name] = _group_threshold(sites.take(group), surface, path)
    return MappingProxyType(found)


def _group_threshold(sites: "Sites", surface: float, path: "FibrePath") -> float:
    """Return the threshold [A] of a group of fibres under the electrode in the bath."""
    from gatecontrol.fibres.axon import fibre_model
    from gatecontrol.fibres.bundle import reach_of
    from gatecontrol.fibres.excitation import threshold
    from gatecontrol.fibres.waveform import Waveform
    from gatecontrol.fields.electrodes import plate

    electrode = plate(SIDE**2, -1.0, (0.0, 0.0, 0.0), (SIDE, SIDE), points=(3, 3))
    pulse = Waveform.rectangular(WIDTH, polarity="cathodic")
    model = fibre_model("mrg")
    axons, places = [], []
    for diameter, y, z, offset in zip(*sites.place, strict=True):
        # the device's sites lie below its own electrode, these below that of the study
        depth = z - surface + HEIGHT
        axon = model.axon(float(np.clip(diameter, *model.diameters)), reach_of(electrode, y, depth))
        axons.append(axon)
        places.append(path.at(axon.positions + offset * axon.internode) + [0.0, y, depth])
    ends = np.cumsum([len(place) for place in places])
    fields = np.split(_conductor().potential(np.concatenate(places), electrode), ends[:-1])
    fibres = list(zip(axons, fields, strict=True))
    sample = [threshold(*one, pulse, ceiling=CEILING) for one in fibres[COARSE - 1 :: COARSE]]
    ceiling = float(np.quantile(sample, 4 * FIRST, method="higher"))
    every = [threshold(*one, pulse, ceiling=ceiling) for one in fibres]
    return float(np.quantile(every, FIRST, method="lower"))


@cache
def _conductor() -> "LayeredConductor":
    """Return white matter below a bath; kept, as its field is tabulated when first asked."""
    from gatecontrol.fields.layered import LayeredConductor
    from gatecontrol.fields.stack import Layer
    from gatecontrol.fields.tissues import tissue_stack

    numbers = tissue_stack("scs").numbers
    along, across = (numbers[f"white_matter.{way}"].value for way in ("along", "across"))
    bath = Layer.isotropic("bath", np.inf, BATH)
    return LayeredConductor((bath, Layer("white matter", np.inf, along, across)), HEIGHT)
