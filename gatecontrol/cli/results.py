"""``gatecontrol report`` and ``cite``: what can be made of a results folder again."""

import sys
from pathlib import Path

from gatecontrol.errors import RunError

__all__ = ["cite", "report"]


def _record(folder: Path) -> dict[str, object]:
    from gatecontrol.experiment.outputs import read_run

    record = read_run(folder)
    if record is None or not (folder / "results.nc").is_file():
        raise RunError(
            f"{folder} is not the results folder of a finished run (no run.json or results.nc)"
        )
    return record


def report(folder: Path) -> None:
    """Make figures and report of a results folder again.

    Parameters
    ----------
    folder : Path
        Results folder.
    """
    from gatecontrol.experiment.outputs import present

    _record(folder)
    made = present(folder)
    print(made[-1])


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
