"""Options that commands share."""

from enum import StrEnum
from typing import Annotated

import typer

__all__ = ["Engine", "Json"]


class Engine(StrEnum):
    """The simulation engines."""

    auto = "auto"
    standalone = "standalone"
    cython = "cython"
    numpy = "numpy"


Json = Annotated[bool, typer.Option("--json", help="Print JSON to standard output.")]
