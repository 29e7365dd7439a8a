"""Afferent spikes of a run as files that the stimulus ``spike_file`` reads."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.analysis.interop.session import Session, Train
from gatecontrol.errors import GatecontrolError
from gatecontrol.files import replacing, write_whole
from gatecontrol.stimuli.spike_table import MAX_BYTES, MAX_SPIKES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["write_spike_files"]


def write_spike_files(session: Session, folder: Path | str) -> list[Path]:
    """Write what arrived at the dorsal horn, so that another run can be driven by it.

    One CSV file per fibre class and receptive field, with the columns ``fibre`` and
    ``time_s``, and ``stimuli.yaml``: the ``stimuli`` section of an experiment that reads
    them. Times are those at the terminal, device spikes included, and read back as the same
    numbers. A run in which the circuit adds spikes of its own (the ectopic ones of the
    condition ``injured``) has them in the files too: replay it with the circuit's
    ``condition_stimuli: none``.

    Parameters
    ----------
    session : Session
        From `gatecontrol.analysis.interop.kept.sessions`.
    folder : path
        Made if missing; files of the same names are replaced.

    Returns
    -------
    list of Path
        ``stimuli.yaml`` last.

    Raises
    ------
    GatecontrolError
        The afferents of the circuit are not known, or a file is larger than ``spike_file``
        reads.
    """
    folder = Path(folder)
    merged: dict[tuple[str, str], list[Train]] = {}
    for train in session.trains:
        if train.fibre_class:
            merged.setdefault((train.fibre_class, train.role), []).append(train)
    if not merged:
        raise GatecontrolError(
            f"{session.name}: the circuit of these results does not name its afferents, so "
            + "their spikes cannot be given to a stimulus"
        )
    head = f"# {session.name}: spikes at the dorsal-horn terminal\n"
    written = []
    entries = ["stimuli:"]
    for (fibre_class, role), trains in merged.items():
        path = folder / f"{fibre_class}_{role}.csv"
        table = _table(trains)
        with replacing(path) as part:
            with part.open("w", encoding="utf-8", newline="") as file:
                file.write(head)
                table.to_csv(file, index=False, lineterminator="\n")
            if len(table) > MAX_SPIKES or part.stat().st_size > MAX_BYTES:
                raise GatecontrolError(
                    f"{len(table)} spikes of {fibre_class}, {role}: a spike file has at most "
                    + f"{MAX_SPIKES} spikes and {MAX_BYTES // 1_000_000} MB"
                )
        written.append(path)
        entries.append(
            f"  - {{kind: spike_file, name: {path.stem}, file: {path.name}, "
            + f"fibre_class: {fibre_class}, field: {role}, at: terminal}}"
        )
    path = folder / "stimuli.yaml"
    write_whole(path, (head + "\n".join(entries) + "\n").encode())
    return [*written, path]


def _table(trains: list[Train]) -> "pd.DataFrame":
    """Return fibre (numbered through all trains, as the stimulus does) and time."""
    import pandas as pd

    first = np.cumsum([0, *(train.size for train in trains[:-1])])
    fibre = np.concatenate([n + t.neuron for n, t in zip(first, trains, strict=True)])
    time = np.concatenate([t.time for t in trains])
    order = np.lexsort((fibre, time))
    return pd.DataFrame({"fibre": fibre[order], "time_s": time[order]})
