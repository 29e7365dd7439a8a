"""Tables and JSON on standard output; progress on standard error."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from gatecontrol.experiment.progress import Lines, Pace, Reporter

__all__ = ["print_json", "print_table", "print_text", "reporter"]


def print_json(value: object) -> None:
    """Print a value as JSON."""
    sys.stdout.write(json.dumps(value, indent=1, ensure_ascii=False, default=str) + "\n")


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, title: str = "", right: str = ""
) -> None:
    """Print a table that fits the terminal; columns as wide as they need in a pipe.

    Parameters
    ----------
    columns : sequence of str
        Headings.
    rows : sequence of sequence of str
    title : str, optional
    right : str, optional
        One character per column; ``r`` aligns it to the right.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=box.SIMPLE_HEAD,
        title=title or None,
        title_justify="left",
        pad_edge=False,
        collapse_padding=True,
    )
    for number, column in enumerate(columns):
        numeric = right[number : number + 1] == "r"
        word = max((len(w) for w in column.split()), default=0)
        justify = "right" if numeric else "left"
        table.add_column(column, justify=justify, overflow="fold", min_width=word)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    with console.capture() as caught:
        console.print(table)
    lines = [line.rstrip() for line in caught.get().splitlines()]
    sys.stdout.write("\n".join(lines).strip("\n") + "\n")


def print_text(text: str) -> None:
    """Print a paragraph, wrapped to the terminal but never wider than is read with ease."""
    from shutil import get_terminal_size
    from textwrap import fill

    sys.stdout.write(fill(text, min(96, get_terminal_size().columns)) + "\n")


class _Bar:
    """A progress bar on a terminal."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(stderr=True, highlight=False)
        self._progress: Any = None
        self._task: Any = None
        self._done = self._total = 0
        self._pace = Pace()

    def say(self, text: str) -> None:
        """Show one line at once, above the bar."""
        self._console.print(text, markup=False, soft_wrap=True)

    def start(self, total: int, done: int) -> None:
        """Show the bar."""
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeElapsedColumn,
        )

        self._done, self._total, self._pace = done, total, Pace()
        self._progress = Progress(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("points"),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            console=self._console,
            transient=True,
        )
        self._task = self._progress.add_task("", total=total, completed=done, left="")
        self._progress.start()

    def advance(self) -> None:
        """Move the bar by one point."""
        self._done += 1
        self._pace.advance()
        left = self._pace.left(self._total - self._done)
        self._progress.update(self._task, completed=self._done, left=left)

    def tick(self) -> None:
        """Do nothing: the bar shows the time by itself."""

    def stop(self) -> None:
        """Remove the bar."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


def reporter() -> Reporter:
    """Return a bar on a terminal, plain lines elsewhere."""
    return _Bar() if sys.stderr.isatty() else Lines()
