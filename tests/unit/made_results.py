"""Results of two arms and one axis, assembled from known numbers."""

from dataclasses import dataclass, field
from types import SimpleNamespace

from gatecontrol.experiment.assembly import assemble


@dataclass
class Point:
    arm: str
    seed: int
    trial: dict
    control: dict
    index: int = 0
    axes: dict = field(default_factory=dict)


AXIS = SimpleNamespace(
    name="device.frequency",
    path="device.frequency",
    values=("10 Hz", "50 Hz"),
    numbers=(10.0, 50.0),
    unit="Hz",
)
EXPERIMENT = SimpleNamespace(
    name="small",
    question="Does it?",
    look_for="",
    control="device_off",
    arms={"scs": SimpleNamespace(label="SCS 50 Hz"), "drg": SimpleNamespace(label=None)},
    warnings=(),
)


def trial(device, seed, frequency, **extra):
    plain = {
        "preparation": "rat",
        "circuit": {"name": "gate", "conditions": ["injured"]},
        "device": device and {"kind": device, "frequency": frequency},
        "measures": [{"kind": "windup"}],
        "seed": seed,
    }
    return plain | extra


def key(plain):
    device = plain["device"]
    return f"{device and sorted(device.items())}-{plain['seed']}"


def payload(deep, volleys=(1.0, 2.0, 3.0, 4.0), device=True):
    return {
        "measures": {
            "pain_signal": [None, deep, deep / 2],
            "pain_signal_status": ["no such epoch", "", ""],
            "pain_signal_lamina1": [None, 3.0, 3.0],
            "pain_spikes": [None, 10 * deep, 5 * deep],
            "pain_spikes_lamina1": [None, 30, 30],
            "rate": {"excitatory": [None, 1.0, 2.0], "projection_deep": [None, deep, deep / 2]},
            "afferent_rate": {"abeta": [None, 50.0, 0.0], "c": [None, 2.0, 1.0]},
            "synchrony": [None, 0.5, None],
            "synchrony_status": ["no such epoch", "", "fewer than 2 A-beta fibres"],
            "windup_spikes": list(volleys),
            "windup_ratio": 3.0,
            "windup_slope": 1.0 + deep,
            "epoch_start": [None, 1.0, 2.0],
            "epoch_stop": [None, 2.0, 3.0],
            "evoked_start": 1.0,
            "evoked_stop": 3.0,
        },
        "recruitment": {"abeta": 0.4, "c": 0.0, "aalpha": 1.0} if device else {},
        "report": {"amplitude": 2e-3, "perception_threshold": 1e-3, "power": 1e-4}
        if device
        else {},
        "warnings": ["charge density above its line"] if device else [],
        "provenance": {"threshold": "linear driving-function law"} if device else {},
    }


def experiment(seeds=6):
    """Two arms, one axis; seed s has 10 + s spikes/s off, and half of that on (SCS)."""
    points, payloads = [], {}
    for arm, share in (("scs", 0.5), ("drg", 0.25)):
        for text in AXIS.values:
            for seed in range(1, seeds + 1):
                on, off = trial(arm, seed, text), trial(None, seed, text)
                points.append(Point(arm, seed, on, off, len(points), {AXIS.name: text}))
                payloads[key(on)] = payload(share * (10 + seed) + 0.1 * (seed % 3))
                payloads[key(off)] = payload(10.0 + seed, device=False)
    return points, payloads


def build(points, payloads, **options):
    return assemble(EXPERIMENT, points, payloads, key, axes=[AXIS], **options)
