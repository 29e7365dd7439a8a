"""All figures of one device in one body."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gatecontrol.analysis.figures.device_field import device_field, device_field_alt, field_data
from gatecontrol.analysis.figures.recruitment import (
    recruitment,
    recruitment_alt,
    recruitment_data,
)
from gatecontrol.analysis.figures.registry import Drawing
from gatecontrol.analysis.figures.strength_duration import (
    device_strengths,
    strength_duration,
    strength_duration_alt,
)

if TYPE_CHECKING:
    from gatecontrol.devices.excitability import Reference
    from gatecontrol.devices.pulsed import PulsedDevice
    from gatecontrol.preparations import Preparation

__all__ = ["device_drawings"]


def device_drawings(
    device: "PulsedDevice", preparation: "Preparation", found: "Reference"
) -> Iterator[Drawing]:
    """Draw the field, recruitment and strength-duration of a device.

    Parameters
    ----------
    device : PulsedDevice
        The device with its settings.
    preparation : Preparation
        Whose body it is.
    found : Reference
        Its thresholds, from `gatecontrol.devices.excitability.reference`.

    Yields
    ------
    Drawing
        One at a time.
    """
    for plane in ("along", "across"):
        field = field_data(device, preparation, found, plane)
        yield Drawing(
            f"{device.kind}_field_{plane}",
            f"Potential per milliampere in the plane {plane} the fibres through the cathode "
            + "(black; anodes white), in the layers of the model. Nodes of some fibres are "
            + "projected onto the plane.",
            device_field_alt(field),
            device_field(field),
        )
    curve = recruitment_data(device, found)
    yield Drawing(
        f"{device.kind}_recruitment",
        "Share of the reference population that one pulse recruits, by fibre class and course; C "
        + "fibres as a band over five published models. PT, DT: derived perception and "
        + "discomfort threshold (criteria assumed).",
        recruitment_alt(curve),
        recruitment(curve),
    )
    strengths = device_strengths(device, preparation, found)
    yield Drawing(
        f"{device.kind}_strength_duration",
        "Threshold against pulse width of the first fibres of each class in the device's field, "
        + "a single pulse without recharge. One Weiss curve (rheobase, chronaxie) misses "
        + "thresholds over 10 us to 2 ms by 10-25 % at worst, so there is no one chronaxie per "
        + "class.",
        strength_duration_alt(strengths),
        strength_duration(strengths),
    )
