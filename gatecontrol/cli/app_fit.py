"""The commands about the assumed numbers of a circuit, and their options."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gatecontrol.cli.options import Engine, Json

__all__ = ["commands"]

commands = typer.Typer()


class Depth(StrEnum):
    """How thoroughly phenomena are looked at."""

    fast = "fast"
    standard = "standard"
    full = "full"


class Grouping(StrEnum):
    """How assumed numbers are changed together."""

    kind = "kind"
    number = "number"


@commands.command()
def fit(
    file: Annotated[
        str, typer.Argument(metavar="FILE|NAME", help="A fit file, or a shipped one (gate).")
    ],
    trials: Annotated[
        int | None, typer.Option(min=1, max=100_000, help="In all [as the file says].")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Results folder [results/fits/<name>].")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=1024, help="Processes [one per core].")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget an earlier fit.")] = False,
    engine: Annotated[Engine, typer.Option(help="Simulation engine.")] = Engine.auto,
    json: Json = False,
) -> None:
    """Fit assumed numbers of a circuit to some phenomena; a stopped fit goes on."""
    from gatecontrol.cli.fit import fit as command

    command(
        file,
        trials=trials,
        out=out,
        workers=workers,
        fresh=fresh,
        engine=engine.value,
        json=json,
    )


@commands.command()
def robustness(
    circuit: Annotated[str, typer.Option(help="Name or file of a circuit.")] = "gate",
    only: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only these phenomena [all].")
    ] = None,
    depth: Annotated[Depth, typer.Option(help="How thoroughly each is looked at.")] = Depth.fast,
    by: Annotated[
        Grouping, typer.Option(help="Change each number, or all of one kind together.")
    ] = Grouping.kind,
    parameters: Annotated[
        str, typer.Option(metavar="GLOB", help="Only these, e.g. 'pathways.*.weights.*'.")
    ] = "*",
    factors: Annotated[str, typer.Option(help="What they are multiplied by.")] = "0.8,1.2",
    seeds: Annotated[
        int | None, typer.Option(min=5, max=1000, help="Of every protocol [as the depth says].")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Results folder [results/robustness/<circuit>/<depth>]."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=1024, help="Processes [one per core].")
    ] = None,
    engine: Annotated[Engine, typer.Option(help="Simulation engine.")] = Engine.auto,
    json: Json = False,
) -> None:
    """Change every assumed number of a circuit and say which phenomena that loses."""
    from gatecontrol.cli.fit import robustness as command

    command(
        circuit,
        only=only or [],
        depth=depth.value,
        by=by.value,
        parameters=parameters,
        factors=factors,
        seeds=seeds,
        out=out,
        workers=workers,
        engine=engine.value,
        json=json,
    )
