"""Writing files whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["PART", "replacing", "write_whole"]

PART = ".*.part"
"""Pattern of what a killed writer may leave behind."""


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
