"""The journal: finished trials, appended line by line, safe against kills and full disks.

``journal/points.jsonl`` in the results folder holds one JSON object per line: the trial's
key, its payload and a checksum. Kept spikes lie beside it as ``spikes/<key>.npz``. One
process writes; lines are flushed as they come, so a kill loses at most the trials in flight.
"""

import contextlib
import hashlib
import io
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from gatecontrol.errors import RunError
from gatecontrol.experiment.trial import Payload, canonical
from gatecontrol.files import PART, write_whole

if TYPE_CHECKING:
    from gatecontrol.simulation.recording import Spikes

__all__ = ["Journal"]

_SYNC_EVERY = 0.2  # seconds between forced writes to the disk (a reboot, not a kill, needs them)


def _checksum(key: str, payload: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical([key, payload]).encode()).hexdigest()[:16]


class Journal:
    """Finished trials of one results folder; a context manager that holds the folder's lock.

    Parameters
    ----------
    folder : Path
        Results folder; made if missing.

    Attributes
    ----------
    folder : Path
        ``<results folder>/journal``.
    warnings : list of str
        What was found damaged (and will be computed again).

    Raises
    ------
    RunError
        On entering: another run holds the folder, or the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.results = folder
        self.folder = folder / "journal"
        self.path = self.folder / "points.jsonl"
        self.warnings: list[str] = []
        self._index: dict[str, tuple[int, int, float]] = {}
        self._handle: io.FileIO | None = None
        self._lock: Any = None
        self._synced = 0.0

    def __enter__(self) -> Self:
        from filelock import FileLock, Timeout

        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(self.folder / "lock")
            self._lock.acquire(timeout=0)
        except Timeout:
            raise RunError(
                f"another run{self._writer()} is writing to {self.results}; wait for it to end, "
                + "or choose another folder with --out"
            ) from None
        except OSError as error:
            raise RunError(
                f"cannot write to {self.results}: {error.strerror or error}; "
                + "choose another folder with --out"
            ) from None
        try:
            stamp = f"process {os.getpid()}, since {time.strftime('%Y-%m-%d %H:%M:%S')}"
            (self.folder / "writer").write_text(stamp, encoding="utf-8")
            for part in (
                *self.results.glob(PART),
                *self.results.glob(f"figures/{PART}"),
                *self.folder.glob(f"spikes/{PART}"),
            ):
                part.unlink(missing_ok=True)  # of a writer that was killed
            # unbuffered, so that a line is on its way to the disk or an error is raised here
            self._handle = self.path.open("a+b", buffering=0)
            self._read()
        except BaseException as error:
            self.__exit__(None, None, None)
            if isinstance(error, OSError):
                raise self._failed(error) from None
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._handle is not None:
            with contextlib.suppress(OSError):  # a torn tail is dropped when it is read again
                os.fsync(self._handle.fileno())
            self._handle.close()
            self._handle = None
        if self._lock is not None:
            if self._lock.is_locked:
                (self.folder / "writer").unlink(missing_ok=True)
            self._lock.release()

    def _writer(self) -> str:
        try:
            return f" ({(self.folder / 'writer').read_text(encoding='utf-8')})"
        except OSError:
            return ""

    def _failed(self, error: OSError) -> RunError:
        return RunError(
            f"cannot write to {self.folder}: {error.strerror or error}; what was saved is "
            + "intact. Make room and run the same command again"
        )

    def _read(self) -> None:
        """Index the good lines; drop a torn tail; tell of damaged lines once and blank them."""
        offset = 0
        damaged: list[tuple[int, int]] = []
        with self.path.open("rb") as lines:
            for raw in lines:
                if not raw.endswith(b"\n"):
                    self.warnings.append(
                        "the last line of the journal was cut short; it is recomputed"
                    )
                    self._open().truncate(offset)
                    break
                entry = self._parse(raw)
                if entry is None:
                    if raw.strip():
                        damaged.append((offset, len(raw) - 1))
                else:
                    seconds = float(entry["payload"].get("seconds", 0.0))
                    self._index[entry["key"]] = (offset, len(raw), seconds)
                offset += len(raw)
        if damaged:
            with self.path.open("r+b") as file:
                for start, length in damaged:
                    file.seek(start)
                    file.write(b" " * length)
            what = "1 damaged line" if len(damaged) == 1 else f"{len(damaged)} damaged lines"
            self.warnings.append(f"{what} in the journal; its content is computed again")

    @staticmethod
    def _parse(raw: bytes) -> dict[str, Any] | None:
        try:
            entry = json.loads(raw)
            good = entry["sum"] == _checksum(entry["key"], entry["payload"])
        except (ValueError, KeyError, TypeError):
            return None
        return entry if good else None

    def _open(self) -> io.FileIO:
        if self._handle is None:
            raise RunError(f"the journal of {self.results} is not open")
        return self._handle

    def reread(self) -> None:
        """Index again what is on disk, after an interruption at an unknown place."""
        self._index.clear()
        self._read()

    def __len__(self) -> int:
        return len(self._index)

    def __contains__(self, key: object) -> bool:
        return key in self._index

    def has(self, key: str, *, spikes: bool = False) -> bool:
        """Return whether a trial is finished (and, if asked, its spikes are kept and intact)."""
        if key not in self._index:
            return False
        if not spikes:
            return True
        entry = self._entry(key)
        try:
            data = self._spike_file(key).read_bytes()
        except OSError:
            return False
        return bool(hashlib.sha256(data).hexdigest() == entry["payload"].get("spikes"))

    def _entry(self, key: str) -> dict[str, Any]:
        handle = self._open()
        offset, size, _ = self._index[key]
        handle.seek(offset)
        entry = self._parse(handle.read(size))
        if entry is None:
            raise RunError(f"the journal of {self.results} changed while it was read")
        return entry

    def load(self, key: str, *, spikes: bool = True) -> Payload:
        """Return the payload of a finished trial.

        Parameters
        ----------
        key : str
            From `trial_key`; must be in the journal.
        spikes : bool, optional
            Whether kept spikes are read too.
        """
        payload = self._entry(key)["payload"]
        kept = payload["spikes"] is not None
        payload["spikes"] = _unpack(self._spike_file(key)) if kept and spikes else None
        return payload  # type: ignore[no-any-return]

    def seconds(self, key: str) -> float:
        """Return how long a finished trial took [s]."""
        return self._index[key][2]

    def keys(self) -> Iterator[str]:
        """Yield the keys of all finished trials, in the order they were saved."""
        yield from self._index

    def add(self, key: str, payload: Payload) -> None:
        """Append a finished trial.

        Parameters
        ----------
        key : str
        payload : Payload

        Raises
        ------
        RunError
            The disk is full or the folder cannot be written; earlier lines stay intact.
        """
        handle = self._open()
        entry: dict[str, Any] = dict(payload)
        start = handle.seek(0, os.SEEK_END)
        try:
            if payload["spikes"] is not None:
                data = _pack(payload["spikes"])
                write_whole(self._spike_file(key), data)
                entry["spikes"] = hashlib.sha256(data).hexdigest()
            line = canonical({"key": key, "payload": entry, "sum": _checksum(key, entry)})
            raw = line.encode() + b"\n"
            written = 0
            while written < len(raw):  # a disk that is nearly full takes a part
                written += handle.write(raw[written:])
            if time.monotonic() - self._synced > _SYNC_EVERY:
                os.fsync(handle.fileno())
                self._synced = time.monotonic()
        except OSError as error:
            with contextlib.suppress(OSError):  # a torn tail is dropped when it is read again
                handle.truncate(start)
            raise self._failed(error) from None
        self._index[key] = (start, len(raw), float(payload["seconds"]))

    def clear(self) -> None:
        """Forget every finished trial."""
        handle = self._open()
        handle.truncate(0)
        shutil.rmtree(self.folder / "spikes", ignore_errors=True)
        self._index.clear()
        self.warnings.clear()

    def _spike_file(self, key: str) -> Path:
        return self.folder / "spikes" / f"{key}.npz"


def _pack(spikes: "Mapping[str, Spikes]") -> bytes:
    import numpy as np

    arrays: dict[str, Any] = {}
    for number, (name, one) in enumerate(spikes.items()):
        arrays[f"{number}:{name}:neuron"] = one.neuron
        arrays[f"{number}:{name}:time"] = one.time
        arrays[f"{number}:{name}:size"] = np.array(one.size)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def _unpack(path: Path) -> "dict[str, Spikes]":
    import numpy as np

    from gatecontrol.simulation.recording import Spikes

    found = {}
    with np.load(path, allow_pickle=False) as stored:
        names = {int(key.split(":")[0]): key.split(":")[1] for key in stored.files}
        for number, name in sorted(names.items()):
            part = {p: stored[f"{number}:{name}:{p}"] for p in ("size", "neuron", "time")}
            found[name] = Spikes(int(part["size"]), part["neuron"], part["time"])
    return found
