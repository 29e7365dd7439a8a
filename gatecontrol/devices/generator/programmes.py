"""Named programmes: sets of the ordinary parameters, as clinics and trials use them.

Each stands for a way of stimulating and not for a manufacturer's product: "like" in a title
says so. Amplitudes are starting points; a clinician adjusts them to the patient.
"""

from collections.abc import Mapping
from types import MappingProxyType

from gatecontrol.plugins import Preset

__all__ = ["PROGRAMMES"]

_SYMMETRIC = {"recharge": "active", "recharge_ratio": 1.0, "interphase_gap": "100 us"}

PROGRAMMES: Mapping[str, Preset] = MappingProxyType({
    "scs_tonic": Preset(
        "Tonic spinal cord stimulation, felt",
        {
            "pattern": "tonic",
            "frequency": "50 Hz",
            "pulse_width": "300 us",
            "amplitude": "140 %PT",
            "recharge": "passive",
        },
    ),
    "burst_dr": Preset(
        "BurstDR-like: five pulses of 1 ms at 500 Hz, 40 times a second, recharge after the burst",
        {
            "pattern": "burst",
            "frequency": "40 Hz",
            "pulses_per_burst": 5,
            "intra_burst_frequency": "500 Hz",
            "pulse_width": "1 ms",
            "amplitude": "60 %PT",
            "recharge": "passive",
            "burst_recharge": "burst",
        },
        "caylor2019",
    ),
    "hf10": Preset(
        "10 kHz: symmetric biphasic pulses of 30 us; beyond a conventional programmer, hence "
        + "without its limits",
        {
            "pattern": "tonic",
            "frequency": "10 kHz",
            "pulse_width": "30 us",
            "amplitude": "3 mA",
            "recharge": "active",
            "recharge_ratio": 1.0,
            "interphase_gap": "20 us",
            "limits": "laboratory",
        },
        "lempka2015",
    ),
    "high_density": Preset(
        "High-density: 500 Hz of 500 us, current in a quarter of the time, below perception",
        {
            "pattern": "tonic",
            "frequency": "500 Hz",
            "pulse_width": "500 us",
            "amplitude": "60 %PT",
            **_SYMMETRIC,
        },
    ),
    "sub_perception": Preset(
        "Sub-perception (FAST-like): 90 Hz at 40 % of the perception threshold, biphasic",
        {
            "pattern": "tonic",
            "frequency": "90 Hz",
            "pulse_width": "250 us",
            "amplitude": "40 %PT",
            **_SYMMETRIC,
        },
    ),
    "dtm": Preset(
        "Multiplexed (DTM-like): 50 Hz on one channel, 300 Hz staggered on another",
        {
            "pattern": "multiplexed",
            "frequency": "50 Hz",
            "pulse_width": "200 us",
            "amplitude": "70 %PT",
            "prime_frequency": "300 Hz",
            "prime_pulse_width": "200 us",
            "prime_amplitude": "100 %",
            **_SYMMETRIC,
        },
    ),
    "drg_tonic": Preset(
        "Tonic dorsal root ganglion stimulation",
        {
            "pattern": "tonic",
            "frequency": "20 Hz",
            "pulse_width": "260 us",
            "amplitude": "140 %PT",
            "recharge": "passive",
        },
    ),
    "pns_tonic": Preset(
        "Tonic peripheral nerve stimulation, biphasic",
        {
            "pattern": "tonic",
            "frequency": "100 Hz",
            "pulse_width": "200 us",
            "amplitude": "150 %PT",
            **_SYMMETRIC,
        },
    ),
    "tens_conventional": Preset(
        "Conventional TENS: strong and not painful",
        {
            "pattern": "tonic",
            "frequency": "100 Hz",
            "pulse_width": "100 us",
            "amplitude": "150 %PT",
            **_SYMMETRIC,
        },
    ),
    "tens_acupuncture": Preset(
        "Acupuncture-like TENS: slow, to a visible twitch",
        {
            "pattern": "tonic",
            "frequency": "2 Hz",
            "pulse_width": "200 us",
            "amplitude": "300 %PT",
            **_SYMMETRIC,
        },
    ),
    "tens_burst": Preset(
        "Burst TENS: trains of eight pulses at 100 Hz, twice a second",
        {
            "pattern": "burst",
            "frequency": "2 Hz",
            "pulses_per_burst": 8,
            "intra_burst_frequency": "100 Hz",
            "pulse_width": "75 us",
            "amplitude": "200 %PT",
            **_SYMMETRIC,
        },
    ),
    "tens_modulated": Preset(
        "Modulated TENS: frequency, width and amplitude swing, against habituation",
        {
            "pattern": "modulated",
            "frequency": "50 Hz",
            "frequency_to": "120 Hz",
            "pulse_width": "150 us",
            "pulse_width_to": "75 us",
            "amplitude": "170 %PT",
            "amplitude_to": "80 %",
            "modulation_period": "6 s",
            **_SYMMETRIC,
        },
    ),
    "dbs_pag": Preset(
        "Low-rate stimulation of the periaqueductal grey",
        {
            "pattern": "tonic",
            "frequency": "20 Hz",
            "pulse_width": "210 us",
            "amplitude": "2 mA",
            "recharge": "passive",
        },
        "nandi2003",
    ),
})  # fmt: skip
"""Programmes by name; the source is that of pattern and rate, amplitudes are assumed."""
