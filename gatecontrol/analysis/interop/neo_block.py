"""Kept spikes as a Neo block, the form that Elephant and others take [garcia2014]."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gatecontrol.analysis.interop import needed
from gatecontrol.analysis.interop.session import Session, Train

if TYPE_CHECKING:
    import neo

    from gatecontrol.analysis.results import Results

__all__ = ["to_block"]


def to_block(results: "Results", found: Sequence[Session]) -> "neo.Block":
    """Return kept spikes as a Neo block.

    Parameters
    ----------
    results : Results
        Gives name and description.
    found : sequence of Session
        From `gatecontrol.analysis.interop.kept.sessions`.

    Returns
    -------
    neo.Block
        A segment per session and in it a spike train per fibre and cell, silent ones too,
        from 0 s to the end of the run. Segments are annotated with arm, label, seed,
        device_state, sweep axes, preparation, circuit, conditions and device; trains with
        all that and population, kind, neuron and, of afferents, fibre_class and role.
        Epochs: ``epochs`` (labelled before, during, after), ``evoked window`` and
        ``device on``; the event ``stimuli`` has the onsets, if the results say them. A group
        per population holds its trains of all segments.

    Raises
    ------
    GatecontrolError
        Neo is not installed.
    """
    neo = needed("neo")
    data = results.data
    block = neo.Block(
        name=str(data.attrs.get("title", "")),
        description=str(data.attrs.get("disclaimer", "")),
        source=str(data.attrs.get("source", "")),
        simulated=True,
    )
    groups: dict[str, Any] = {}
    for index, session in enumerate(found):
        about = {**session.key, "label": session.label, **session.facts}
        segment = neo.Segment(name=session.name, index=index, **about)
        for train in session.trains:
            if train.population not in groups:
                groups[train.population] = neo.Group(name=train.population)
                block.groups.append(groups[train.population])
            made = list(_trains(session, train, about))
            segment.spiketrains.extend(made)
            groups[train.population].add(*made)
        segment.epochs.extend(list(_epochs(session)))
        if session.stimuli is not None:
            segment.events.append(
                neo.Event(
                    times=np.array([s.time for s in session.stimuli]),
                    labels=np.array([s.name for s in session.stimuli], dtype="U"),
                    units="s",
                    name="stimuli",
                )
            )
        block.segments.append(segment)
    return block


def _trains(session: Session, train: Train, about: dict[str, Any]) -> Iterator[Any]:
    neo = needed("neo")
    time, stop = train.grouped()
    about = about | {"population": train.population, "kind": train.kind}
    if train.fibre_class:
        about |= {"fibre_class": train.fibre_class, "role": train.role}
    for neuron, own in enumerate(np.split(time, stop[:-1])):
        yield neo.SpikeTrain(
            own,
            units="s",
            t_start=0.0,
            t_stop=session.duration,
            name=f"{train.population} {neuron}",
            neuron=neuron,
            **about,
        )


def _epochs(session: Session) -> Iterator[Any]:
    neo = needed("neo")
    windows = {"epochs": session.epochs}
    for name, window in (("evoked window", session.evoked), ("device on", session.device_on)):
        if window is not None:
            windows[name] = {name: window}
    for name, labelled in windows.items():
        start, stop = np.array(list(labelled.values())).reshape(-1, 2).T
        yield neo.Epoch(
            times=start,
            durations=stop - start,
            labels=np.array(list(labelled), dtype="U"),
            units="s",
            name=name,
        )
