"""A pulse from a CSV file: bounded, data only, faults with row and column.

Light enough for the check of an experiment file: numpy is not imported here.
"""

import csv
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from gatecontrol.errors import ExperimentError, Problem
from gatecontrol.units import DIMENSIONS

__all__ = ["MAX_BYTES", "MAX_SAMPLES", "Samples", "read_samples", "sample_faults"]

MAX_BYTES = 1_000_000
"""Largest file that is read."""
MAX_SAMPLES = 10_000
"""Most rows of one file."""
SHORTEST = 1e-6
"""Shortest time between two samples [s]: far below any membrane's answer."""
MAX_CHANNELS = 8

_MOST_FAULTS = 20
_TIME = re.compile(r"^time\s*[\[(]\s*(\S+?)\s*[\])]$", re.IGNORECASE)
_CURRENT = re.compile(r"^current(_\d+)?$")
_NUMBER = re.compile(r"^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$")
_EXAMPLE = "the first line is: time [us],current"


@dataclass(frozen=True)
class Samples:
    """One pulse: levels that hold until the next sample.

    Attributes
    ----------
    lengths : tuple of float
        Of each stretch [s].
    levels : tuple of tuple of float
        Per channel, the level of each stretch as a share of the amplitude.
    """

    lengths: tuple[float, ...]
    levels: tuple[tuple[float, ...], ...]

    def stretches(self, channel: int = 0) -> tuple[tuple[float, float], ...]:
        """Return (length [s], level) of each stretch on a channel."""
        return tuple(zip(self.lengths, self.levels[channel], strict=True))


class _Faults(list[Problem]):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.file = str(path)

    def add(self, code: str, message: str, help: str = "", line: int = 0, column: int = 0) -> None:
        if len(self) < _MOST_FAULTS:
            found = Problem(code, "", message, help, file=self.file, line=line, column=column)
            self.append(found)


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, line in enumerate(file, start=1):
            if line.strip() and not line.lstrip().startswith("#"):
                yield number, [cell.strip() for cell in next(csv.reader([line]), [])]


def _header(cells: list[str], line: int, faults: _Faults) -> float:
    """Return the factor of the times to seconds; 0 if the header cannot be read."""
    match = _TIME.match(cells[0]) if cells else None
    unit = match[1] if match else ""
    currents = [c.lower() for c in cells[1:]]
    if match is None:
        message = f"the first column must be the time with its unit, got '{', '.join(cells)}'"
        faults.add("E002", message, _EXAMPLE, line)
    elif unit not in DIMENSIONS["time"].units:
        known = ", ".join(u for u in DIMENSIONS["time"].units if "µ" not in u)
        faults.add("E024", f"'{unit}' is not a unit of time", f"known units: {known}", line)
    elif not currents or not all(_CURRENT.match(c) for c in currents):
        message = "after the time, each column must be a current, got "
        message += f"'{', '.join(cells[1:])}'"
        help_text = f"{_EXAMPLE}; for two channels: time [us],current_1,current_2"
        faults.add("E002", message, help_text, line)
    elif len(set(currents)) < len(currents) or len(currents) > MAX_CHANNELS:
        message = f"expected up to {MAX_CHANNELS} currents of different names"
        faults.add("E035", f"{message}, got '{', '.join(cells[1:])}'", line=line)
    else:
        return DIMENSIONS["time"].units[unit]
    return 0.0


def _numbers(cells: list[str], names: list[str], line: int, faults: _Faults) -> list[float]:
    """Return the numbers of a row; an empty list if one of them is none."""
    if len(cells) != len(names):
        faults.add("E023", f"{len(cells)} column(s), the header has {len(names)}", line=line)
        return []
    numbers = []
    for column, (cell, name) in enumerate(zip(cells, names, strict=True), start=1):
        value = float(cell) if _NUMBER.match(cell) else math.nan
        if not math.isfinite(value):
            message = f"column '{name}': expected a number, got '{cell}'"
            faults.add("E023", message, line=line, column=column)
        elif column > 1 and abs(value) > 1:
            message = f"column '{name}': {cell} is above the programme's amplitude"
            help_text = "currents are shares of the amplitude, between -1 and 1"
            faults.add("E033", message, help_text, line, column)
        else:
            numbers.append(value)
    return numbers if len(numbers) == len(names) else []


def _table(path: Path, faults: _Faults) -> tuple[list[float], list[list[float]]]:
    """Return times [s] and rows of levels; what cannot be read is left out and told."""
    times: list[float] = []
    rows: list[list[float]] = []
    names: list[str] = []
    factor, first = 0.0, True
    for line, cells in _rows(path):
        if not names:
            names, factor = cells, _header(cells, line, faults)
            if not factor:
                return [], []
            continue
        if len(times) == MAX_SAMPLES:
            faults.add("E033", f"more than {MAX_SAMPLES} samples", line=line)
            return [], []
        numbers, begins, first = _numbers(cells, names, line, faults), first, False
        if not numbers:
            continue
        time = numbers[0] * factor
        if begins and time != 0:
            faults.add(
                "E030", f"column '{names[0]}': the first time must be 0", line=line, column=1
            )
        elif times and time < times[-1] + SHORTEST * (1 - 1e-6):
            message = f"column '{names[0]}': {cells[0]} is less than 1 us after the time before"
            faults.add("E035", message, "times must ascend", line, 1)
        times.append(time)
        rows.append(numbers[1:])
    if not names:
        faults.add("E002", "the file is empty", _EXAMPLE)
    elif len(rows) < 2 and not faults:
        faults.add("E002", "at least two samples are needed", "0,1\n200,0")
    elif not faults and any(rows[-1]):
        message = "the last sample must be 0: until when its level holds is not known"
        faults.add("E035", message, "add a row with the time of the end and 0")
    elif not faults:
        for channel, name in enumerate(names[1:]):
            if not any(row[channel] for row in rows):
                faults.add("E035", f"column '{name}' carries no current", "delete the column")
    return times, rows


def _read(path: Path) -> tuple[list[Problem], Samples | None]:
    faults = _Faults(path)
    times: list[float] = []
    rows: list[list[float]] = []
    try:
        if path.suffix.lower() != ".csv":
            faults.add("E005", f"'{path.suffix}' is not a waveform file", "use .csv")
        elif path.is_dir():
            faults.add("E005", "is a folder, a file is needed")
        elif path.stat().st_size > MAX_BYTES:
            faults.add("E005", f"the file is larger than {MAX_BYTES} bytes")
        else:
            times, rows = _table(path, faults)
    except UnicodeDecodeError:
        faults.add("E005", "the file is not text in UTF-8")
    except FileNotFoundError:
        faults.add("E005", "there is no such file")
    except (OSError, ValueError, csv.Error) as error:
        faults.add("E005", f"cannot read the file: {error}")
    if faults:
        return faults, None
    lengths = tuple(b - a for a, b in zip(times, times[1:], strict=False))
    return [], Samples(lengths, tuple(zip(*rows[:-1], strict=True)))


@lru_cache(maxsize=16)
def _cached(path: Path, stamp: tuple[int, int]) -> tuple[tuple[Problem, ...], Samples | None]:
    faults, samples = _read(path)
    return tuple(faults), samples


def _known(path: Path) -> tuple[tuple[Problem, ...], Samples | None]:
    try:
        mark = path.stat()
        stamp = (mark.st_mtime_ns, mark.st_size)
    except OSError:
        stamp = (0, 0)
    return _cached(path, stamp)


def sample_faults(path: Path) -> tuple[Problem, ...]:
    """Return the faults of a waveform file, with line and column."""
    return _known(path)[0]


def read_samples(path: Path) -> Samples:
    """Read a waveform file.

    Parameters
    ----------
    path : Path
        CSV. The header names the time with its unit, ``time [us]``, and one column per channel:
        ``current``, or ``current_1,current_2``. A level holds until the next row; times begin
        with 0; levels are shares of the programme's amplitude between -1 and 1; the last row is
        0 and ends the pulse. Lines that begin with ``#`` are passed over.

    Raises
    ------
    ExperimentError
        With the faults of the file, their lines and columns.
    """
    faults, samples = _known(path)
    if samples is None:
        raise ExperimentError(faults)
    return samples
