"""One trial: one seed of one arm at one sweep point, from its plain description to numbers.

A trial is a plain dictionary (see `gatecontrol.experiment.sweep`), so that it can be hashed,
sent to a worker and written down. Its key covers everything that its result depends on.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import gatecontrol
from gatecontrol.plugins import load_plugin, plugins

if TYPE_CHECKING:
    from gatecontrol.circuits.model import Circuit
    from gatecontrol.fibres.drive import AfferentDrive
    from gatecontrol.simulation.recording import Recording, Spikes

__all__ = [
    "RESULTS_VERSION",
    "Payload",
    "canonical",
    "circuit_of",
    "drive_of",
    "environment_digest",
    "files_of",
    "run_trial",
    "run_trials",
    "shared_key",
    "trial_key",
]

RESULTS_VERSION = 1
"""Raised when the same trial gives other numbers for a reason that the key cannot see."""

# What a trial's numbers depend on; the command line, figures and report are not among it.
_ROOMS = (
    "analysis/base.py",
    "analysis/context.py",
    "analysis/measures",
    "analysis/spike_trains.py",
    "analysis/windows.py",
    "circuits",
    "devices",
    "experiment/draws.py",
    "experiment/trial.py",
    "fibres",
    "fields",
    "parameters.py",
    "preparations",
    "seeds.py",
    "simulation",
    "sourced.py",
    "stimuli",
    "units.py",
)


class Payload(TypedDict):
    """What a trial leaves: measures and the device's record; all but `spikes` is JSON-able.

    ``measures`` is what `gatecontrol.analysis.measures.evaluate` returns. ``recruitment``,
    ``report``, ``warnings`` and ``provenance`` are those of `AfferentDrive`; they are empty
    without a device.
    ``spikes`` maps each afferent and each population of the circuit to its spikes, or is
    None when they were not to be kept.
    """

    measures: dict[str, Any]
    recruitment: dict[str, float]
    report: dict[str, float]
    warnings: list[str]
    provenance: dict[str, str]
    backend: str
    seconds: float
    spikes: "dict[str, Spikes] | None"


def canonical(value: object) -> str:
    """Return the one JSON text of a plain value: sorted keys, no spaces, exact floats."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    """Return numpy's numbers and arrays as plain ones."""
    return value.tolist()


def _digest(*parts: bytes | str) -> str:
    sha = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        sha.update(len(data).to_bytes(8, "big") + data)
    return sha.hexdigest()


def _sources(root: Path) -> list[Path]:
    if root.is_file():
        return [root]
    data = {".py", ".yaml", ".csv", ".json", ".npz", ".hpp", ".cpp", ".pyx", ".py_"}
    return sorted(p for p in root.rglob("*") if p.suffix in data)


@lru_cache(maxsize=1)
def environment_digest() -> str:
    """Return a digest of the code and data that every trial depends on.

    It covers the package's version and the sources of its lower rooms (so that an edited
    model never meets an old result) and the versions of numpy and Brian2 (whose random
    streams and integrators may change).
    """
    root = Path(gatecontrol.__file__).parent
    parts: list[bytes | str] = [gatecontrol.__version__, str(RESULTS_VERSION)]
    parts += [f"{name} {version(name)}" for name in ("numpy", "brian2")]
    for room in _ROOMS:
        for path in _sources(root / room):
            parts += [path.relative_to(root).as_posix(), path.read_bytes()]
    return _digest(*parts)


@lru_cache(maxsize=64)
def _plugin_digest(group: str, name: str) -> str:
    """Return what identifies a plug-in's code: its distribution, version and source file."""
    point = plugins(group)[name]
    if point.value.startswith("gatecontrol."):
        return point.value  # the package's own sources are in the environment's digest
    owner = point.dist
    parts: list[bytes | str] = [point.value]
    if owner is not None:
        parts.append(f"{owner.name} {owner.version}")
    from importlib.util import find_spec

    spec = find_spec(point.module)
    if spec is not None and spec.origin and Path(spec.origin).is_file():
        parts.append(Path(spec.origin).read_bytes())
    return _digest(*parts)


@lru_cache(maxsize=512)
def _file_digest(path: str, size: int, changed: int) -> str:
    return _digest(Path(path).read_bytes())


def files_of(group: str, config: Mapping[str, Any]) -> list[str]:
    """Return digests of the files that a plug-in's configuration names."""
    found = []
    for parameter in getattr(load_plugin(group, config["kind"]), "parameters", ()):
        name = config.get(parameter.name)
        if parameter.kind == "file" and name:
            status = Path(name).stat()
            found.append(_file_digest(str(name), status.st_size, status.st_mtime_ns))
    return found


@lru_cache(maxsize=128)
def _circuit(description: str) -> "Circuit":
    from gatecontrol.circuits import load_circuit

    given = json.loads(description)
    return load_circuit(
        given.get("file") or given["name"],
        given.get("conditions", ()),
        given.get("set") or {},
        given.get("scale") or {},
        condition_stimuli=given.get("condition_stimuli") != "none",
    )


def circuit_of(trial: Mapping[str, Any]) -> "Circuit":
    """Return the circuit of a trial, conditions and changes applied; read once per process."""
    return _circuit(canonical(trial["circuit"]))


@lru_cache(maxsize=128)
def _circuit_digest(description: str) -> str:
    return _digest(canonical(asdict(_circuit(description))))


def trial_key(trial: Mapping[str, Any], backend: str, shared: str = "") -> str:
    """Return the address of a trial's result.

    Parameters
    ----------
    trial : mapping
        Plain description of the trial.
    backend : str
        Engine that computes it (``"standalone"``, ``"cython"`` or ``"numpy"``): they agree
        within a tolerance only, so their results are never mixed.
    shared : str, optional
        `shared_key` of the trial, if it is known.

    Returns
    -------
    str
        SHA-256 over the trial, the circuit's content, the code and data it depends on,
        plug-ins of other packages, files it names, and the engine.
    """
    return _digest(shared or shared_key(trial, backend), str(int(trial["seed"])))


def shared_key(trial: Mapping[str, Any], backend: str) -> str:
    """Return the part of `trial_key` that is the same for all seeds."""
    from gatecontrol.simulation.compiler import is_portable

    parts: list[bytes | str] = [
        canonical({key: value for key, value in trial.items() if key != "seed"}),
        _circuit_digest(canonical(trial["circuit"])),
        environment_digest(),
        backend,
    ]
    if backend == "standalone" and is_portable():
        parts.append("portable")
    for stimulus in trial["stimuli"]:
        parts.append(_plugin_digest("stimuli", stimulus["kind"]))
        parts += files_of("stimuli", stimulus)
    if trial["device"] is not None:
        parts.append(_plugin_digest("devices", trial["device"]["kind"]))
        parts += files_of("devices", trial["device"])
    for measure in trial.get("measures", ()):
        parts.append(_plugin_digest("measures", measure["kind"]))
        parts += files_of("measures", measure)
    return _digest(*parts)


def drive_of(trial: Mapping[str, Any]) -> "AfferentDrive":
    """Draw what reaches the dorsal horn in a trial: natural and device spikes, merged.

    The fibres and the natural spikes depend on the seed alone, never on the device, so a
    trial and its control share them.

    Parameters
    ----------
    trial : mapping
        Plain description of the trial.
    """
    from gatecontrol.experiment.draws import natural_drive
    from gatecontrol.fibres.merge import merge
    from gatecontrol.preparations import load_preparation

    drive = natural_drive(trial)
    if trial["device"] is not None:
        seed, preparation = int(trial["seed"]), load_preparation(trial["preparation"])
        chosen = load_plugin("devices", trial["device"]["kind"]).from_config(trial["device"])
        run = trial["run"]
        device = chosen.drive(drive.fibres, preparation, seed, run["device_on"], run["device_off"])
        drive = chosen.after(merge(drive, device))
    return _until(drive, float(trial["run"]["duration"]))


def _until(drive: "AfferentDrive", duration: float) -> "AfferentDrive":
    """Leave out what reaches the dorsal horn after the end of the run."""
    kept = drive.time < duration
    return replace(
        drive,
        fibre=drive.fibre[kept],
        time=drive.time[kept],
        origin=drive.origin[kept],
        start=drive.start[kept],
    )


def run_trial(trial: Mapping[str, Any], *, backend: str, keep_spikes: bool = False) -> Payload:
    """Simulate one trial and measure it.

    Parameters
    ----------
    trial : mapping
        Plain description of the trial.
    backend : str
        Engine, as returned by `gatecontrol.simulation.prepare`.
    keep_spikes : bool, optional
        Whether the payload carries the spikes.

    Returns
    -------
    Payload
    """
    return run_trials([trial], backend=backend, keep_spikes=[keep_spikes])[0]


def run_trials(
    trials: Sequence[Mapping[str, Any]], *, backend: str, keep_spikes: Sequence[bool]
) -> list[Payload]:
    """Simulate several trials of one circuit, duration and time step, and measure each.

    On the runtime engines they run side by side; each result is the same as alone.

    Parameters
    ----------
    trials : sequence of mapping
        Plain descriptions of the trials.
    backend : str
        Engine, as returned by `gatecontrol.simulation.prepare`.
    keep_spikes : sequence of bool
        Whether the payload of each carries the spikes.

    Returns
    -------
    list of Payload
        In the order of the trials; ``seconds`` is their mean.
    """
    from time import perf_counter

    from gatecontrol.experiment.draws import wiring_of
    from gatecontrol.simulation import Replicate, run_batch

    began = perf_counter()
    circuit, timing = circuit_of(trials[0]), trials[0]["run"]
    replicates = [Replicate(wiring_of(t), drive_of(t), int(t["seed"])) for t in trials]
    recordings = run_batch(circuit, replicates, timing["duration"], timing["dt"], backend)
    payloads = [
        _measured(trial, circuit, one.drive, recording, keep=keep)
        for trial, one, recording, keep in zip(
            trials, replicates, recordings, keep_spikes, strict=True
        )
    ]
    for payload in payloads:
        payload["seconds"] = (perf_counter() - began) / len(payloads)
    return payloads


def _measured(
    trial: Mapping[str, Any],
    circuit: "Circuit",
    drive: "AfferentDrive",
    recording: "Recording",
    *,
    keep: bool,
) -> Payload:
    """Return what a simulated trial leaves; its time is filled in later."""
    from gatecontrol.analysis.context import TrialContext
    from gatecontrol.analysis.measures import evaluate
    from gatecontrol.analysis.windows import resolve_epochs
    from gatecontrol.preparations import load_preparation

    timing, preparation = trial["run"], load_preparation(trial["preparation"])
    stimuli = []
    for config in trial["stimuli"]:
        stimulus = load_plugin("stimuli", config["kind"]).from_config(config)
        window = stimulus.window(preparation)
        stimuli.append({"config": config, "window": window, "noxious": bool(stimulus.noxious)})
    epochs = resolve_epochs(
        trial["epochs"],
        [(*s["window"], s["noxious"]) for s in stimuli],
        timing["duration"],
        timing["device_on"],
        timing["device_off"],
    )
    context = TrialContext(
        recording=recording,
        drive=drive,
        circuit=circuit,
        epochs=epochs,
        stimuli=stimuli,
        duration=timing["duration"],
        preparation=preparation,
        device_on=timing["device_on"],
        device_off=timing["device_off"],
    )
    return {
        "measures": evaluate(trial["measures"], context),
        "recruitment": {k: float(v) for k, v in drive.recruitment.items()},
        "report": {k: float(v) for k, v in drive.report.items()},
        "warnings": list(drive.warnings),
        "provenance": dict(drive.provenance),
        "backend": recording.backend,
        "seconds": 0.0,
        "spikes": _spikes(recording.spikes, drive) if keep else None,
    }


def _spikes(cells: "Mapping[str, Spikes]", drive: "AfferentDrive") -> "dict[str, Spikes]":
    """Return the spikes of all afferents (as they reach the horn) and populations."""
    import numpy as np

    from gatecontrol.simulation.recording import Spikes

    found: dict[str, Spikes] = {}
    for name in dict.fromkeys(str(a) for a in drive.fibres.afferent):
        rows = np.flatnonzero(drive.fibres.afferent == name)
        mine = np.isin(drive.fibre, rows)
        number = (drive.fibre[mine] - rows[0]).astype(np.int32)
        found[name] = Spikes(size=len(rows), neuron=number, time=drive.time[mine])
    return found | dict(cells)
