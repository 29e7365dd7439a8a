"""Options of ``gatecontrol evidence``; what it does is in `gatecontrol.cli.evidence`."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["evidence"]


def evidence(
    circuit: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME|FILE", help="Circuit; may be given again [gate]."),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="ID,...", help="Only these phenomena, e.g. P01,P02 [all]."),
    ] = None,
    fast: Annotated[bool, typer.Option("--fast", help="Shortened protocols (minutes).")] = False,
    full: Annotated[
        bool, typer.Option("--full", help="The protocols as published (an hour and more).")
    ] = False,
    screen: Annotated[
        bool,
        typer.Option(
            "--screen", help="Look no deeper at what clearly fails, or earns nothing, with --fast."
        ),
    ] = False,
    seeds: Annotated[
        int | None, typer.Option(min=1, help="Seeds of every protocol [as the depth says].")
    ] = None,
    tree: Annotated[
        int, typer.Option(min=0, help="Another, independent set of seeds, by number.")
    ] = 0,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder [results/evidence/<circuit>/<depth>]."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=1024, help="Processes [one per core].")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Compute everything again.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON to standard output.")] = False,
    require: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Exit with code 1 unless these pass: a list of ids, or what passed in a "
            + "score.json.",
        ),
    ] = None,
) -> None:
    """Score circuits on published phenomena: what they get right, and what wrong.

    Writes score.json and evidence.html. What was computed before is not computed again.
    """
    from gatecontrol.cli.evidence import evidence as command

    code = command(
        circuit or [],
        only or [],
        fast=fast,
        full=full,
        screen=screen,
        seeds=seeds,
        tree=tree,
        out=out,
        workers=workers,
        fresh=fresh,
        json=json,
        require=require,
    )
    raise typer.Exit(code)
