"""The pulse generator: a programme as declared parameters, its pulses and its waveform."""

from gatecontrol.devices.generator.generator import PulseGenerator
from gatecontrol.devices.generator.parameters import PATTERNS, pulse_parameters
from gatecontrol.devices.generator.programmes import PROGRAMMES

__all__ = ["PATTERNS", "PROGRAMMES", "PulseGenerator", "pulse_parameters"]
