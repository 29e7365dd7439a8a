"""Trials of the bench, kept on disk by content: the same question is computed once."""

import json
import os
import struct
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

from gatecontrol.files import cache_folder, write_whole
from gatecontrol.simulation.recording import Spikes

if TYPE_CHECKING:
    from gatecontrol.experiment.trial import Payload

__all__ = ["MOST_KEPT", "TrialResult", "folder", "prune", "stored", "stored_trial"]

MOST_KEPT = 1000
"""Largest number of trials on disk, some 100 kB each; the oldest fifth goes when there are more.
The same holds for the numbers of lessons, some kB each."""
_DAMAGED = (
    OSError, EOFError, KeyError, TypeError, ValueError, RuntimeError, MemoryError, BadZipFile,
    struct.error, zlib.error,
)  # fmt: skip
"""What reading a file raises that is missing, cut short, or holds a wrong byte anywhere."""


@dataclass(frozen=True, eq=False)
class TrialResult:
    """What the bench keeps of a trial.

    Attributes
    ----------
    measures : mapping
        As in a payload (`gatecontrol.experiment.trial.Payload`).
    recruitment : mapping of str to float
        Of the device; empty without one.
    warnings : tuple of str
    spikes : mapping of str to Spikes
        Per afferent and population; times rounded to 32 bits, a millionth of the run.
    """

    measures: Mapping[str, Any]
    recruitment: Mapping[str, float]
    warnings: tuple[str, ...]
    spikes: Mapping[str, Spikes]


def stored_trial(trial: Mapping[str, Any], backend: str) -> TrialResult:
    """Return the result of a trial: kept, or simulated now in this process and kept.

    Parameters
    ----------
    trial : mapping
        Plain description of the trial.
    backend : str
        Engine, as chosen by `gatecontrol.experiment.prepare.engine`.

    Raises
    ------
    GatecontrolError
        A dose that has no meaning, or a failed engine.
    """
    from gatecontrol.experiment.trial import run_trial

    found = stored(trial, backend)
    if found is not None:
        return found
    packed = _packed(run_trial(trial, backend=backend, keep_spikes=True))
    with suppress(OSError):  # no room on the disk: an answer is worth more than its copy
        write_whole(_path(trial, backend), packed)
        prune()
    return _read(BytesIO(packed))


def stored(trial: Mapping[str, Any], backend: str) -> TrialResult | None:
    """Return the kept result of a trial, or None.

    Parameters
    ----------
    trial, backend
        As in `stored_trial`.
    """
    path = _path(trial, backend)
    try:
        found = _read(BytesIO(path.read_bytes()))
    except _DAMAGED:  # computed again
        return None
    with suppress(OSError):
        os.utime(path)  # the oldest goes first
    return found


def folder() -> Path:
    """Return where trials are kept."""
    return cache_folder() / "teaching"


def _path(trial: Mapping[str, Any], backend: str) -> Path:
    from gatecontrol.experiment.trial import trial_key

    return folder() / f"{trial_key(trial, backend)}.npz"


def _packed(payload: "Payload") -> bytes:
    spikes = payload["spikes"] or {}
    about = {
        "measures": payload["measures"],
        "recruitment": payload["recruitment"],
        "warnings": payload["warnings"],
        "sizes": {name: one.size for name, one in spikes.items()},
    }
    arrays: dict[str, Any] = {"about": np.frombuffer(json.dumps(about).encode(), np.uint8)}
    for name, one in spikes.items():
        arrays[f"neuron/{name}"] = one.neuron.astype(np.uint16)
        arrays[f"time/{name}"] = one.time.astype(np.float32)
    buffer = BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def _read(packed: BytesIO) -> TrialResult:
    with np.load(packed, allow_pickle=False) as arrays:
        about = json.loads(arrays["about"].tobytes())
        spikes = {
            name: Spikes(
                size=size,
                neuron=arrays[f"neuron/{name}"].astype(np.int32),
                time=arrays[f"time/{name}"].astype(np.float64),
            )
            for name, size in about["sizes"].items()
        }
    return TrialResult(about["measures"], about["recruitment"], tuple(about["warnings"]), spikes)


def prune() -> None:
    """Let the oldest fifth of the trials go if there are more than `MOST_KEPT`; lessons alike."""
    for place, pattern in ((folder(), "*.npz"), (cache_folder() / "lessons", "*.json")):
        files = list(place.glob(pattern))
        if len(files) <= MOST_KEPT:
            continue
        dated = []
        for file in files:
            with suppress(OSError):  # another process was first
                dated.append((file.stat().st_mtime, file))
        for _, file in sorted(dated)[: len(dated) - 4 * MOST_KEPT // 5]:
            file.unlink(missing_ok=True)
