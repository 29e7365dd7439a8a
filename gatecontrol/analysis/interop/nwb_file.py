"""One kept session as an NWB file [rubel2022]."""

import warnings
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

import numpy as np

from gatecontrol.analysis.interop import needed
from gatecontrol.analysis.interop.session import Session
from gatecontrol.errors import GatecontrolError
from gatecontrol.files import Patient, replacing

if TYPE_CHECKING:
    from gatecontrol.analysis.results import Results

__all__ = ["write_nwb"]


def write_nwb(results: "Results", session: Session, path: Path | str) -> Path:
    """Write one session as an NWB file, whole or not at all.

    Parameters
    ----------
    results : Results
        Give the provenance; ``run.json`` must be there.
    session : Session
        From `gatecontrol.analysis.interop.kept.sessions`.
    path : path
        The file; an older one is replaced.

    Returns
    -------
    Path
        The file. ``units`` has a row per fibre and cell, silent ones too, with its
        spike times [s] and the columns population, neuron, kind, fibre_class and role, and
        no electrodes. ``intervals`` has the epochs (tags before, during, after),
        ``evoked_window``, ``device_on`` and, if the results say them, ``stimuli``. Subject
        and description say that it was simulated; the notes are the experiment as it was
        run. The identifier depends on run and session only.

    Raises
    ------
    GatecontrolError
        PyNWB is not installed, there is no ``run.json``, or the file is not valid NWB.
    OSError
        The disk is full or the folder cannot be written; an older file stays as it was.
    """
    import h5py

    pynwb = needed("pynwb")
    path = Path(path)
    made = _file(results, session)
    with replacing(path) as part:
        with Patient(part) as stream, warnings.catch_warnings():
            # PyNWB before 4 wants a suffix of everything that it writes to, streams included
            warnings.filterwarnings("ignore", "The file path provided: None", UserWarning)
            try:
                with (
                    h5py.File(stream, "w") as opened,
                    pynwb.NWBHDF5IO(file=opened, mode="w") as sink,
                ):
                    sink.write(made)
            except Exception:
                if stream.failure is None:
                    raise
            if stream.failure is not None:
                raise stream.failure
        faults = pynwb.validate(path=part)
        if faults:
            raise GatecontrolError(f"{path.name} is not valid NWB: {'; '.join(map(str, faults))}")
    return path


def _file(results: "Results", session: Session) -> Any:
    pynwb = needed("pynwb")
    data, run = results.data, results.run
    began = run.get("finished")
    if not began:
        raise GatecontrolError(
            f"no run.json in {results.path}: an NWB file needs the date of the run; open the "
            + "whole results folder"
        )
    date = datetime.fromisoformat(str(began))
    facts = session.facts
    identity = f"gatecontrol {run.get('plan', '')} {session.name}"
    versions = {"gatecontrol": run.get("gatecontrol", ""), **run.get("packages", {})}
    subject = pynwb.file.Subject(
        subject_id=f"simulated-{facts['preparation']}-seed-{session.seed}",
        description="A simulated subject: no animal and no person. Fibres, connections and "
        + f"natural input are drawn from seed {session.seed} for the preparation "
        + f"'{facts['preparation']}'.",
        species=f"none (simulated; preparation: {facts['preparation']})",
    )
    made = pynwb.NWBFile(
        session_description=f"Simulation, not a recording: {session.name} of the experiment "
        + f"'{data.attrs.get('title', '')}'. {data.attrs.get('disclaimer', '')}",
        identifier=str(uuid5(NAMESPACE_URL, identity)),
        session_id=session.name,
        session_start_time=date,
        file_create_date=date,
        experiment_description=str(data.attrs.get("question") or data.attrs.get("title", "")),
        keywords=[
            *("simulation", "spiking network", "gate control", "dorsal horn"),
            *(facts[name] for name in ("preparation", "circuit", "conditions", "device")),
        ],
        notes=_notes(results, session, versions),
        was_generated_by=[[str(name), str(version)] for name, version in versions.items()],
        subject=subject,
    )
    made.units = _units(session)
    for name, (start, stop) in session.epochs.items():
        made.add_epoch(start_time=start, stop_time=stop, tags=[name])
    _add_intervals(made, session)
    return made


def _notes(results: "Results", session: Session, versions: dict[str, Any]) -> str:
    key = "; ".join(f"{name}: {value}" for name, value in session.key.items())
    packages = ", ".join(f"{name} {version}" for name, version in versions.items())
    return (
        f"{key}\nversions: {packages}\nplan: {results.run.get('plan', '')}\n"
        + f"experiment.yaml:\n{results.experiment}"
    )


def _units(session: Session) -> Any:
    """Return the table of units; its columns are whole arrays, no spike is touched alone."""
    from hdmf.common import VectorData, VectorIndex
    from pynwb.misc import Units

    trains = session.trains
    sizes = [train.size for train in trains]
    grouped = [train.grouped() for train in trains]
    first = np.cumsum([0, *(len(time) for time, _ in grouped[:-1])])
    stop = np.concatenate([n + s for n, (_, s) in zip(first, grouped, strict=True)])
    spikes = VectorData(
        name="spike_times",
        description="Spike times [s] from the start of the run; of a fibre, at the terminal",
        data=np.concatenate([time for time, _ in grouped]),
    )
    whole = VectorData(
        name="obs_intervals",
        description="The whole run",
        data=np.tile([0.0, session.duration], (len(stop), 1)),
    )
    texts = {
        "population": "Population or afferent of the circuit",
        "kind": "afferent, or what the cells are: excitatory, inhibitory, projection",
        "fibre_class": "Of an afferent: its fibre class; empty for a cell",
        "role": "Of an afferent: its receptive field; empty for a cell",
    }
    columns = [spikes, VectorIndex(name="spike_times_index", data=stop, target=spikes)]
    columns += [
        whole,
        VectorIndex(name="obs_intervals_index", data=np.arange(1, len(stop) + 1), target=whole),
    ]
    for name, description in texts.items():
        values = np.repeat([getattr(train, name) for train in trains], sizes).tolist()
        columns.append(VectorData(name=name, description=description, data=values))
    neuron = np.concatenate([np.arange(size) for size in sizes])
    columns.append(
        VectorData(name="neuron", description="Number from 0 within its population", data=neuron)
    )
    return Units(
        name="units",
        description="Simulated fibres and cells: no electrodes, no spike sorting",
        id=np.arange(len(stop)),
        columns=columns,
    )


def _add_intervals(made: Any, session: Session) -> None:
    from pynwb.epoch import TimeIntervals

    windows = {
        "evoked_window": ("Stimulus-evoked window at the dorsal horn", session.evoked),
        "device_on": ("The device is switched on", session.device_on),
    }
    for name, (description, window) in windows.items():
        if window is not None:
            table = TimeIntervals(name=name, description=description)
            table.add_interval(start_time=window[0], stop_time=window[1])
            made.add_time_intervals(table)
    if session.stimuli:
        table = TimeIntervals(
            name="stimuli",
            description="Stimuli at skin or nerve; a stop of NaN: it has no duration of its own",
        )
        table.add_column(name="stimulus", description="Its name in the experiment, or its kind")
        for one in session.stimuli:
            stop = one.time + one.duration
            table.add_interval(start_time=one.time, stop_time=stop, stimulus=one.name)
        made.add_time_intervals(table)
