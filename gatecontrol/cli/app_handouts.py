"""``gatecontrol handouts``: lessons as pages, notebooks and lecturer's notes."""

from pathlib import Path
from typing import Annotated

import typer

from gatecontrol.cli.options import Engine, Json

__all__ = ["commands"]

commands = typer.Typer()


@commands.command()
def handouts(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the pages.")] = Path(
        "handouts"
    ),
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="LESSON", help="A lesson by name, or your own as a .yaml file."),
    ] = None,
    engine: Annotated[Engine, typer.Option(help="Simulation engine.")] = Engine.auto,
    json: Json = False,
) -> None:
    """Write the lessons as pages that need no network, as notebooks, and lecturer's notes.

    What was computed once is kept: a run that was stopped goes on.
    """
    from gatecontrol.cli.output import print_json, reporter
    from gatecontrol.teaching.handouts import write_handouts
    from gatecontrol.teaching.lessons import find_lesson

    chosen = [find_lesson(name) for name in dict.fromkeys(only or ())]
    written = write_handouts(out, chosen, backend=engine.value, progress=reporter())
    if json:
        print_json([str(path) for path in written])
    else:
        print(f"Handouts: {out / 'index.html'}")
