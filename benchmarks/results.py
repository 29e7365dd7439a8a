"""Results of many points without simulating them: payloads with made-up numbers, assembled.

The payloads have the shape of real ones, so that assembly, statistics, figures, tables and the
page do what they do after a run.
"""

import json
import resource
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from benchmarks.measure import stopwatch

SHAPES = {"one arm, 20 x 25": (1, (20, 25)), "50 arms, 10": (50, (10,))}
"""Name -> number of arms and lengths of the sweep axes; 500 conditions each."""
SEEDS = 20
_POPULATIONS = (
    "inhibitory_local", "inhibitory_surround", "excitatory", "projection_deep",
    "projection_lamina1",
)  # fmt: skip


@dataclass
class _Point:
    arm: str
    seed: int
    trial: dict
    control: dict
    index: int
    axes: dict = field(default_factory=dict)


def _key(trial):
    return json.dumps(trial, sort_keys=True)


def _axis(name, path, numbers, unit):
    values = tuple(f"{n:g} {unit}" for n in numbers)
    return SimpleNamespace(name=name, path=path, values=values, numbers=numbers, unit=unit)


def _measured(rng, share):
    drive = 25 * rng.gamma(16, 1 / 16)
    rates = [rng.poisson(240 * r) / 240 for r in (drive, drive * (1 - share), drive)]
    return {
        "pain_signal": rates,
        "pain_signal_lamina1": [0.7 * r for r in rates],
        "pain_spikes": [round(240 * r) for r in rates],
        "pain_spikes_lamina1": [round(84 * r) for r in rates],
        "rate": {name: [5.0, 8.0, 6.0] for name in _POPULATIONS},
        "afferent_rate": {"abeta": [0.1, 50.0, 0.1], "c": [2.0, 2.0, 2.0]},
        "synchrony": [None, 0.6, None],
        "epoch_start": [1.5, 2.5, 7.7],
        "epoch_stop": [2.5, 7.7, 9.0],
        "evoked_start": 1.5,
        "evoked_stop": 8.8,
    }


def tree(shape, seeds=SEEDS):
    """Return assembled results.

    Parameters
    ----------
    shape : str
        One of `SHAPES`.
    seeds : int, optional
    """
    from gatecontrol.experiment.assembly import assemble

    count, lengths = SHAPES[shape]
    axes = [_axis("device_frequency", "device.frequency", tuple(
        float(f) for f in np.geomspace(2, 1000, lengths[-1]).round(3)), "Hz")]  # fmt: skip
    if len(lengths) > 1:
        widths = tuple(float(w) for w in range(50, 50 + 10 * lengths[0], 10))
        axes.insert(0, _axis("device_pulse_width", "device.pulse_width", widths, "us"))
    arms = [f"arm_{i}" for i in range(count)]
    report = {
        "amplitude": 4.2e-3, "perception_threshold": 3.5e-3, "charge_per_phase": 1.26e-6,
        "charge_density": 0.1, "shannon_k": 0.9, "power": 1e-4, "pulse_rate": 50.0,
    }  # fmt: skip
    points, payloads = [], {}
    for number, arm in enumerate(arms):
        for place in np.ndindex(*(len(a.values) for a in axes)):
            values = {a.name: a.values[i] for a, i in zip(axes, place, strict=True)}
            for seed in range(1, seeds + 1):
                base = {
                    "preparation": "human", "circuit": {"name": "gate", "conditions": ["injured"]},
                    "stimuli": [], "measures": [], "seed": seed,
                    "run": {"duration": 9.0, "device_on": 2.5, "device_off": 7.7},
                }  # fmt: skip
                on = base | {"device": {"kind": "scs", "arm": arm, **values}}
                off = base | {"device": None}
                share = 0.1 + 0.4 * place[-1] / 25 + 0.002 * number
                empty = {"recruitment": {}, "report": {}, "warnings": [], "provenance": {}}
                payloads[_key(off)] = empty | {
                    "measures": _measured(np.random.default_rng([seed, 0]), 0.0)
                }
                rng = np.random.default_rng([seed, number, *place])
                payloads[_key(on)] = {
                    "measures": _measured(rng, share), "report": report, "warnings": [],
                    "recruitment": {"abeta": 0.62, "adelta": 0.02, "c": 0.0},
                    "provenance": {"threshold": "A law; conductivities are assumed."},
                }  # fmt: skip
                points.append(_Point(arm, seed, on, off, len(points), values))
    experiment = SimpleNamespace(
        name="many", question="What does a report of many points cost?", look_for="",
        control="device_off", warnings=(), arms={a: SimpleNamespace(label=a) for a in arms},
    )  # fmt: skip
    return assemble(experiment, points, payloads, _key, axes=axes)


def experiment_text(shape):
    """Return an ``experiment.yaml`` of such results."""
    count, _ = SHAPES[shape]
    arms = "".join(
        f"  arm_{i}: {{device: {{kind: scs, pattern: tonic, amplitude: {i + 1} mA}}}}\n"
        for i in range(count)
    )
    head = "schema: 1\nname: many\npreparation: human\nrun: {duration: 9 s}\narms:\n"
    return head + arms


def results_report(shape, folder=""):
    """Assemble results with their statistics, write them and the report; time each.

    Returns
    -------
    dict
        ``cpu``, ``wall`` [s] of all, ``assembly`` and ``report`` [CPU s], ``peak`` [bytes] of
        this process, ``points``, and ``size`` of the page [bytes].
    """
    from gatecontrol.analysis.report import write_report
    from gatecontrol.analysis.results import write

    with tempfile.TemporaryDirectory() as name:
        path = Path(folder or name)
        with stopwatch() as assembly:
            made = tree(shape)
            points = int(np.prod(made["pain_signal"].shape[:-1]))
            write(made, path / "results.nc")
        del made
        (path / "experiment.yaml").write_text(experiment_text(shape), encoding="utf-8")
        with stopwatch() as report:
            page = write_report(path)
        size = page.stat().st_size
    # kilobytes on Linux, bytes on macOS
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "cpu": assembly["cpu"] + report["cpu"],
        "wall": assembly["wall"] + report["wall"],
        "assembly": assembly["cpu"],
        "report": report["cpu"],
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit,
        "points": points,
        "size": size,
    }
