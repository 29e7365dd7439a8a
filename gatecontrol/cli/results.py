"""``gatecontrol report``, ``export`` and ``cite``: what can be made of a results folder."""

import sys
from pathlib import Path

from gatecontrol.errors import RunError

__all__ = ["cite", "export", "report"]


def _record(folder: Path) -> dict[str, object]:
    from gatecontrol.experiment.run_record import read_run

    record = read_run(folder)
    if record is None or not (folder / "results.nc").is_file():
        raise RunError(
            f"{folder} is not the results folder of a finished run (no run.json or results.nc)"
        )
    return record


def report(folder: Path, evidence: Path | None = None) -> None:
    """Make figures, tables and report of a results folder again.

    Parameters
    ----------
    folder : Path
        Results folder.
    evidence : Path or None
        Evidence score of the circuit (JSON).
    """
    from gatecontrol.experiment.outputs import present

    _record(folder)
    made = present(folder, evidence)
    print(made[-1])


def export(
    folder: Path, form: str, out: Path | None, arm: str | None, seed: int | None, *, spikes: bool
) -> None:
    """Write results in another form and print the folder.

    Parameters
    ----------
    folder : Path
        Results folder.
    form : str
        ``"csv"``; or, for every kept session, ``"nwb"`` (a file) or ``"spike_file"`` (a
        folder).
    out : Path or None
        Where to.
    arm, seed : optional
        Only these.
    spikes : bool
        Whether CSV files have the spikes too.
    """
    from gatecontrol.analysis.interop.kept import sessions
    from gatecontrol.analysis.interop.session import stems
    from gatecontrol.analysis.results import open_results

    results = open_results(folder, spikes=spikes or form != "csv")
    out = folder / "export" / form if out is None else out
    if form == "csv":
        results.to_csv(out, arm, seed, spikes=spikes)
        print(out)
        return
    from gatecontrol.analysis.interop.nwb_file import write_nwb
    from gatecontrol.analysis.interop.spike_files import write_spike_files

    found = sessions(results, arm, seed)
    for session, stem in zip(found, stems(found), strict=True):
        if form == "nwb":
            write_nwb(results, session, out / f"{stem}.nwb")
        else:
            write_spike_files(session, out / stem)
    print(out)


def cite(folder: Path, *, bibtex: bool, json: bool) -> None:
    """Print the papers that a run used.

    Parameters
    ----------
    folder : Path
        Results folder.
    bibtex, json : bool
        The form; a readable list by default.
    """
    from gatecontrol.citations import cite as readable
    from gatecontrol.citations import entries
    from gatecontrol.cli.output import print_json

    keys = [str(k) for k in _record(folder).get("references", ())]  # type: ignore[attr-defined]
    if json:
        print_json({"keys": keys, "bibtex": entries(keys)})
    else:
        sys.stdout.write((entries(keys) if bibtex else readable(keys)).rstrip() + "\n")
