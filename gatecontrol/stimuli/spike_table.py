"""Reading spike trains from CSV and NPZ files: bounded, without pickle, faults with line."""

import csv
import math
import re
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.errors import ExperimentError, Problem
from gatecontrol.units import DIMENSIONS, UnitError, parse_quantity

__all__ = ["MAX_BYTES", "MAX_SPIKES", "SUFFIXES", "peek", "read_spikes"]

MAX_BYTES = 20_000_000
"""Largest file (and largest array inside an NPZ) that is read."""
MAX_SPIKES = 1_000_000
"""Most spikes in one file."""
SUFFIXES = (".csv", ".npz")

_MOST_FAULTS = 20
_TIME_HEADER = re.compile(r"^time(?:\s*[\[(]\s*(\w+)\s*[\])]|_(\w+))?$")
_EXAMPLE = "the first line of a spike file is: fibre,time"


class _Faults(list[Problem]):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.file = str(path)

    def add(self, code: str, message: str, help: str = "", line: int = 0) -> None:
        if len(self) < _MOST_FAULTS:
            self.append(Problem(code, "", message, help, file=self.file, line=line))


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        numbered = ((n, line) for n, line in enumerate(file, start=1))
        for number, line in numbered:
            if line.strip() and not line.lstrip().startswith("#"):
                yield number, [cell.strip() for cell in next(csv.reader([line]), [])]


def _header(cells: list[str], line: int, faults: _Faults) -> tuple[int, int, float | None] | None:
    """Return the columns of fibre and time, and the factor to seconds if the header has it."""
    names = [cell.lower() for cell in cells]
    times = [(i, m) for i, name in enumerate(names) if (m := _TIME_HEADER.match(name))]
    if names.count("fibre") != 1 or len(times) != 1:
        faults.add("E002", f"no columns 'fibre' and 'time', but {', '.join(cells)}", _EXAMPLE, line)
        return None
    column, match = times[0]
    unit = match[1] or match[2]
    if unit is not None and unit not in DIMENSIONS["time"].units:
        known = ", ".join(u for u in DIMENSIONS["time"].units if "µ" not in u)
        faults.add("E024", f"'{unit}' is not a unit of time", f"known units: {known}", line)
        return None
    return names.index("fibre"), column, DIMENSIONS["time"].units[unit] if unit else None


def _seconds(cell: str, factor: float | None) -> float:
    try:
        number = float(cell)
    except ValueError:
        if factor is not None:
            raise UnitError("E023", f"expected a number, got '{cell}'") from None
        return parse_quantity(cell, "time")
    if not math.isfinite(number):
        raise UnitError("E031", f"must be a finite number, got {cell}")
    return number * (1.0 if factor is None else factor)


def _read_csv(path: Path, faults: _Faults, most: int) -> tuple[list[int], list[float]]:
    rows, times = [], []
    columns = None
    for number, cells in _lines(path):
        if columns is None:
            columns = _header(cells, number, faults)
            if columns is None:
                return rows, times
            continue
        if len(rows) >= most or len(faults) >= _MOST_FAULTS:
            if most == MAX_SPIKES and len(rows) >= most:
                faults.add("E033", f"more than {MAX_SPIKES} spikes", line=number)
            break
        fibre, time, factor = columns
        if len(cells) <= max(fibre, time):
            faults.add("E023", f"{len(cells)} column(s), fibre and time are needed", line=number)
            continue
        if not cells[fibre].isdecimal() or len(cells[fibre]) > 9:
            help_text = "fibres are numbered from 0 within their class"
            message = f"expected the number of a fibre, got '{cells[fibre]}'"
            faults.add("E032", message, help_text, number)
            continue
        try:
            at = _seconds(cells[time], factor)
        except UnitError as error:
            faults.add(error.code, error.message, error.help, number)
            continue
        if at < 0:
            faults.add("E030", f"a spike before the start: {cells[time]}", line=number)
        rows.append(int(cells[fibre]))
        times.append(at)
    if columns is None:
        faults.add("E002", "the file is empty", _EXAMPLE)
    return rows, times


def _read_npz(path: Path, faults: _Faults) -> tuple[Any, Any]:
    with zipfile.ZipFile(path) as archive:
        inside = {i.filename: i.file_size for i in archive.infolist()}
    help_text = "numpy.savez(file, fibre=numbers, time=seconds)"
    for name in ("fibre.npy", "time.npy"):
        if name not in inside:
            faults.add("E002", f"no array '{name[:-4]}' in the file", help_text)
        elif inside[name] > MAX_BYTES:
            faults.add("E033", f"the array '{name[:-4]}' is larger than {MAX_BYTES} bytes")
    if faults:
        return [], []
    with np.load(path, allow_pickle=False) as data:
        fibre, time = data["fibre"], data["time"]
    if fibre.ndim != 1 or fibre.shape != time.shape:
        message = f"fibre and time must be lists of one length, got {fibre.shape}, {time.shape}"
        faults.add("E020", message, help_text)
    elif len(fibre) > MAX_SPIKES:
        faults.add("E033", f"more than {MAX_SPIKES} spikes")
    elif fibre.dtype.kind not in "iu" or time.dtype.kind not in "iuf":
        message = f"fibre must be whole numbers and time numbers, got {fibre.dtype}, {time.dtype}"
        faults.add("E032", message, help_text)
    elif len(fibre) and (fibre.min() < 0 or not np.isfinite(time).all() or time.min() < 0):
        faults.add("E030", "fibre and time must be finite and not negative")
    else:
        return fibre, time
    return [], []


def _read(path: Path, most: int) -> tuple[list[Problem], Any, Any]:
    faults = _Faults(path)
    rows: Any = []
    times: Any = []
    try:
        if path.suffix.lower() not in SUFFIXES:
            faults.add("E005", f"'{path.suffix}' is not a spike file", "use .csv or .npz")
        elif path.is_dir():
            faults.add("E005", "is a folder, a file is needed")
        elif path.stat().st_size > MAX_BYTES:
            faults.add("E005", f"the file is larger than {MAX_BYTES} bytes")
        elif path.suffix.lower() == ".npz":
            rows, times = _read_npz(path, faults)
        else:
            rows, times = _read_csv(path, faults, most)
    except UnicodeDecodeError:
        faults.add("E005", "the file is not text in UTF-8")
    except FileNotFoundError:
        faults.add("E005", "there is no such file")
    except (OSError, EOFError, ValueError, csv.Error, zipfile.BadZipFile) as error:
        faults.add("E005", f"cannot read the file: {error}")
    return faults, rows, times


def peek(path: Path, most: int = 1000) -> list[Problem]:
    """Return the faults of a spike file as far as its first rows show them.

    Parameters
    ----------
    path : Path
        The file.
    most : int, optional
        Rows of a CSV file that are read.
    """
    return _read(path, most)[0]


def read_spikes(path: Path) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Read a spike file.

    Parameters
    ----------
    path : Path
        CSV with the columns ``fibre`` (numbers from 0) and ``time`` (seconds; or in the unit
        of the header, ``time [ms]``; or with a unit in each cell), lines that begin with ``#``
        are passed over; or NPZ with the arrays ``fibre`` and ``time`` [s].

    Returns
    -------
    fibre : ndarray of int, shape (m,)
        Number of the fibre, per spike.
    time : ndarray of float, shape (m,)
        Time [s], in the order of the file.

    Raises
    ------
    ExperimentError
        With the faults of the file and their lines.
    """
    try:
        mark = path.stat()
        stamp = (mark.st_mtime_ns, mark.st_size)
    except OSError:
        stamp = (0, 0)
    return _cached(path, stamp)


@lru_cache(maxsize=8)
def _cached(path: Path, stamp: tuple[int, int]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    faults, rows, times = _read(path, MAX_SPIKES)
    if faults:
        raise ExperimentError(faults)
    fibre, time = np.asarray(rows, dtype=np.int64), np.asarray(times, dtype=np.float64)
    fibre.flags.writeable = time.flags.writeable = False
    return fibre, time
