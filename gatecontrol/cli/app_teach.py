"""The commands for teaching, and their options."""

from typing import Annotated

import typer

__all__ = ["commands"]

commands = typer.Typer()


@commands.command()
def teach(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Of this machine; 0 takes any that is free.")
    ] = 8731,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only print the address.")
    ] = False,
    lesson: Annotated[
        str | None, typer.Option(metavar="NAME", help="Open this lesson instead of the bench.")
    ] = None,
) -> None:
    """Open the live bench and the lessons in a browser; Ctrl-C ends it.

    Nobody else on the network can reach it: it listens on 127.0.0.1 only.
    """
    from gatecontrol.cli.output import reporter
    from gatecontrol.teaching.server import serve

    serve(port, lesson=lesson, browser=not no_browser, say=reporter())
