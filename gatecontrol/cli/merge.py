"""``gatecontrol merge``: the parts of a job array become one results folder."""

from collections.abc import Sequence
from pathlib import Path

from gatecontrol import __version__
from gatecontrol.cli.output import reporter
from gatecontrol.cli.run import show

__all__ = ["merge"]


def merge(folders: Sequence[Path], out: Path | None, *, json: bool) -> None:
    """Join shards, print the table and, last, where the results are.

    Parameters
    ----------
    folders : sequence of Path
        A results folder that holds shards, or the folders of the shards.
    out : Path or None
        Results folder.
    json : bool
        Whether the summary is printed as JSON.
    """
    say = reporter()
    say.say(f"gatecontrol {__version__}: joining shards")
    from gatecontrol.experiment.merge import merge as join

    show(join(folders, out, progress=say), (), json=json)
