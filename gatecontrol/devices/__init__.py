"""Stimulators: programme, limits, safety, and the fibres they recruit."""

from gatecontrol.devices.base import Device, Dose
from gatecontrol.devices.generator import PulseGenerator, pulse_parameters
from gatecontrol.devices.limits import Limit, Limits
from gatecontrol.devices.pulsed import PulsedDevice

__all__ = [
    "Device",
    "Dose",
    "Limit",
    "Limits",
    "PulseGenerator",
    "PulsedDevice",
    "pulse_parameters",
]
