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

    For libraries that do not bear a failed write: on a full disk HDF5 crashes the process. It
    also reads back what it wrote, so what could not be written is held in memory.

    Parameters
    ----------
    path : Path
        An older file is emptied.

    Attributes
    ----------
    failure : OSError or None
        Of the first write that failed; nothing reached the disk after it.
    """

    _PAGE = 1 << 16

    def __init__(self, path: Path) -> None:
        super().__init__(path, "w+")
        self.failure: OSError | None = None
        self._pages: dict[int, bytearray] = {}  # what differs from the file, by page
        self._size = 0  # of the file as it would be

    def write(self, data: Any) -> int:
        """Write all of the data, or keep the reason why not."""
        view = memoryview(data).cast("B")
        start = self.tell()
        if self.failure is None:
            try:
                self._put(view)
            except OSError as error:
                self.failure = error
                self._size = super().seek(0, io.SEEK_END)
            else:
                return len(view)
        done = 0
        for number, first, last in self._parts(start, len(view)):
            page = self._page(number)
            page[first:last] = view[done : done + last - first]
            done += last - first
        self._size = max(self._size, start + done)
        super().seek(start + done)
        return done

    def _put(self, view: memoryview) -> None:
        written = 0
        while written < len(view):
            written += super().write(view[written:]) or 0

    def readinto(self, buffer: Any) -> int:
        """Read what was written, also what is not on the disk."""
        if self.failure is None:
            return super().readinto(buffer) or 0
        view = memoryview(buffer).cast("B")
        start = self.tell()
        size = max(0, min(len(view), self._size - start))
        done = 0
        for number, first, last in self._parts(start, size):
            view[done : done + last - first] = self._page(number, keep=False)[first:last]
            done += last - first
        super().seek(start + done)
        return done

    def read(self, size: int | None = -1) -> bytes:
        """Read what was written, also what is not on the disk."""
        if self.failure is None:
            return super().read(-1 if size is None else size) or b""
        rest = max(0, self._size - self.tell())
        buffer = bytearray(rest if size is None or size < 0 else min(size, rest))
        return bytes(buffer[: self.readinto(buffer)])

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move; the end is that of everything written."""
        if self.failure is not None and whence == io.SEEK_END:
            return super().seek(self._size + offset)
        return super().seek(offset, whence)

    def truncate(self, size: int | None = None) -> int:
        """Cut or lengthen the file."""
        size = self.tell() if size is None else size
        if self.failure is None:
            return super().truncate(size)
        for number, first, last in self._parts(size, max(0, self._size - size)):
            self._page(number)[first:last] = bytes(last - first)
        self._size = size
        return size

    def _parts(self, start: int, size: int) -> Iterator[tuple[int, int, int]]:
        """Yield the pages of a stretch: number, and from where to where within each."""
        stop = start + size
        while start < stop:
            number, first = divmod(start, self._PAGE)
            last = min(self._PAGE, first + stop - start)
            yield number, first, last
            start += last - first

    def _page(self, number: int, *, keep: bool = True) -> bytearray:
        """Return a page as it would be; unless kept, changes to it are lost."""
        if number in self._pages:
            return self._pages[number]
        at = self.tell()
        super().seek(number * self._PAGE)
        page = bytearray(super().read(self._PAGE) or b"")
        super().seek(at)
        page.extend(bytes(self._PAGE - len(page)))
        if keep:
            self._pages[number] = page
        return page
