"""The cache of compiled networks: one folder each, ``main`` and ``manifest.json``.

Other rooms keep what they computed beside the networks, in the folders of `KEPT`.
"""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from gatecontrol.files import cache_folder

__all__ = ["KEPT", "clear", "entries", "is_built", "is_damaged", "read_manifest"]

KEPT = {
    "thresholds": "solved fibre table",
    "trains": "solved fibre train",
    "teaching": "bench trial",
    "lessons": "lesson result",
}
"""Folders of the cache that hold no network, and what a file in them is; computed again when
needed."""


def is_built(key: str) -> bool:
    """Return whether a whole, undamaged cache entry exists."""
    entry = cache_folder() / key
    try:
        binary = read_manifest(entry)["binary"]
        return binary == hashlib.sha256((entry / "main").read_bytes()).hexdigest()
    except (OSError, ValueError, KeyError, TypeError):
        return False


def is_damaged(key: str) -> bool:
    """Return whether a cache entry exists that cannot be used; `build` replaces it."""
    return (cache_folder() / key).exists() and not is_built(key)


def read_manifest(entry: Path) -> dict[str, Any]:
    """Return the manifest of a cache entry, or of a project that becomes one."""
    return dict(json.loads((entry / "manifest.json").read_text()))


def entries() -> list[Path]:
    """Return the folders of all cache entries, damaged ones too."""
    return sorted(p.parent for p in cache_folder().glob("*/manifest.json"))


def clear() -> int:
    """Remove all compiled networks and what is in `KEPT`, and nothing else.

    Returns
    -------
    int
        Number of networks that stay because a process is building them.
    """
    from filelock import FileLock, Timeout

    folder, busy = cache_folder(), 0
    names = {entry.name for entry in entries()}
    for key in sorted(names | {lock.stem for lock in folder.glob("*.lock")}):
        lock = folder / f"{key}.lock"
        try:
            with FileLock(lock, timeout=0):
                for place in (folder / key, *folder.glob(f"build-{key}-*")):
                    shutil.rmtree(place, ignore_errors=True)
                lock.unlink(missing_ok=True)
        except Timeout:
            busy += 1
    for note in folder.glob("compiler-*.json"):
        note.unlink(missing_ok=True)
    for place in KEPT:
        shutil.rmtree(folder / place, ignore_errors=True)
    return busy
