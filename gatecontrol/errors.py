"""Faults: what is wrong, where, and how to mend it.

Every fault of a user's file is a `Problem`; all problems of a file are raised at once in
one `ExperimentError`. Command line, Python and ``--json`` show the same text.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches

__all__ = [
    "CellError",
    "EngineError",
    "ExperimentError",
    "GatecontrolError",
    "Problem",
    "RunError",
    "UsageError",
    "closest",
    "did_you_mean",
]


_WIDTH = 120


def _excerpt(source: str, column: int) -> tuple[str, int]:
    """Cut a very long source line around its caret."""
    if len(source) <= _WIDTH:
        return source, column
    start = max(0, min(column - 1 - _WIDTH // 2, len(source) - _WIDTH))
    cut = ("…" if start else "") + source[start : start + _WIDTH]
    return cut + ("…" if start + _WIDTH < len(source) else ""), column - start + (start > 0)


@dataclass(frozen=True)
class Problem:
    """One fault or warning.

    Attributes
    ----------
    code : str
        Stable code, ``E0xx`` (error) or ``W0xx`` (warning).
    path : str
        Key path, e.g. ``arms.scs.device.frequency``; empty for faults of the whole file.
    message : str
        What is wrong, with the value as typed.
    help : str
        A fix that can be pasted; may be empty.
    file : str
        File name as the user gave it, ``--set`` for the command line, or empty.
    line, column : int
        1-based; 0 when there is no position.
    source : str
        The source line, for the caret display.
    """

    code: str
    path: str
    message: str
    help: str = ""
    file: str = ""
    line: int = 0
    column: int = 0
    source: str = ""

    @property
    def is_error(self) -> bool:
        """Whether this stops the run."""
        return self.code.startswith("E")

    def __str__(self) -> str:
        where = ":".join(str(p) for p in (self.file, self.line, self.column) if p)
        word = "error" if self.is_error else "warning"
        key = f"{self.path}: " if self.path else ""
        head = f"{where}: " if where else ""
        lines = [f"{head}{word}[{self.code}]: {key}{self.message}"]
        if self.source and self.column:
            source, column = _excerpt(self.source, self.column)
            lines += [f"  {source}", "  " + " " * (column - 1) + "^"]
        if self.help:
            lines.append(f"  help: {self.help}")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, object]:
        """Return the fields, for ``--json``."""
        return asdict(self)


class GatecontrolError(Exception):
    """Base of all errors that a user may meet; its text is complete."""


class ExperimentError(GatecontrolError):
    """An experiment (or circuit, preparation) file with faults.

    Parameters
    ----------
    problems : sequence of Problem
        All faults found in one pass.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(p) for p in self.problems))


class CellError(GatecontrolError):
    """A multi-compartment cell, or a network of them, that cannot be built as described."""


class EngineError(GatecontrolError):
    """The simulation engine failed: compiler, binary, or a result that cannot be trusted."""


class RunError(GatecontrolError):
    """A run could not be completed; what was finished is kept."""


class UsageError(GatecontrolError):
    """An option has a value that it cannot have."""


def _edits(a: str, b: str) -> int:
    """Return the edit distance, a swap of neighbours counted as one edit."""
    rows = [list(range(len(b) + 1))]
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]


def closest(word: str, known: Sequence[str]) -> str:
    """Return the known word that was probably meant, or an empty string.

    Parameters
    ----------
    word : str
        What the user typed.
    known : sequence of str
        The words that would have been right.
    """
    lowered = {k.lower(): k for k in known}
    typed = word.lower()[:80]
    if typed in lowered:
        return lowered[typed]
    # Two edits make a typo of a long word, but another word of a short one.
    allowed = 2 if len(typed) > 4 else 1
    near = [k for k in lowered if abs(len(k) - len(typed)) <= allowed]
    edits = {k: _edits(typed, k) for k in near}
    if edits and min(edits.values()) <= allowed:
        return lowered[min(edits, key=lambda k: edits[k])]
    close = get_close_matches(typed, list(lowered), n=1, cutoff=0.6)
    return lowered[close[0]] if close else ""


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Return `` Did you mean 'x'?`` if a known word is close, else an empty string.

    Parameters
    ----------
    word : str
        What the user typed.
    known : sequence of str
        The words that would have been right.
    """
    meant = closest(word, known)
    return f" Did you mean '{meant}'?" if meant else ""
