"""Writing files whole or not at all."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["PART", "Patient", "cache_folder", "replacing", "write_whole"]

PART = ".*.part"
"""Pattern of what a killed writer may leave behind."""


def cache_folder() -> Path:
    """Return the folder of what is computed once: ``$GATECONTROL_CACHE_DIR`` or the user's."""
    chosen = os.environ.get("GATECONTROL_CACHE_DIR")
    if chosen:
        return Path(chosen)
    from platformdirs import user_cache_path

    return user_cache_path("gatecontrol")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give the place of a temporary file that takes the place of `path` when all went well.

    A reader, or a kill, meets the old content or the new, never a part of it.

    Parameters
    ----------
    path : Path
        The file; its folder is made if missing.

    Yields
    ------
    Path
        In the same folder, so that the last renaming is atomic.

    Raises
    ------
    OSError
        The disk is full or the folder cannot be written; an older file stays as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        with part.open("rb+") as handle:
            os.fsync(handle.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file as `replacing` does.

    Parameters
    ----------
    path : Path
    data : bytes
    """
    with replacing(path) as part:
        part.write_bytes(data)


class Patient(io.FileIO):
    """A new file that takes all writes, and says at the end whether they were written.

    For libraries that do not bear a failed write: on a full disk HDF5 crashes the process.

    Parameters
    ----------
    path : Path
        An older file is emptied.

    Attributes
    ----------
    failure : OSError or None
        Of the first write that failed; nothing was written after it.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, "w+")
        self.failure: OSError | None = None

    def write(self, data: Any) -> int:
        """Write all of the data, or keep the reason why not."""
        view = memoryview(data).cast("B")
        written = 0
        try:
            while written < len(view) and self.failure is None:
                written += super().write(view[written:]) or 0
        except OSError as error:
            self.failure = error
        return len(view)
