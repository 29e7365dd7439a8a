"""``gatecontrol cache``: compiled networks."""

import json as jsonlib
import shutil
import time
from pathlib import Path
from typing import Any

from gatecontrol.cli.output import print_json, print_table

__all__ = ["cache"]


def cache(action: str, *, json: bool) -> None:
    """Show or clear the cache of compiled networks.

    Parameters
    ----------
    action : str
        ``"show"`` or ``"clear"``.
    json : bool
        Whether to print JSON.
    """
    from gatecontrol.simulation.standalone import cache_folder

    folder = cache_folder()
    entries = _entries(folder)
    total = sum(e["bytes"] for e in entries)
    if action == "clear":
        # only what the engine itself wrote: the folder may be any folder
        for entry in entries:
            shutil.rmtree(folder / entry["key"], ignore_errors=True)
            (folder / f"{entry['key']}.lock").unlink(missing_ok=True)
        for scratch in folder.glob("build-*"):
            shutil.rmtree(scratch, ignore_errors=True)
    if json:
        print_json({"folder": str(folder), "bytes": total, "entries": entries, "action": action})
        return
    if action == "clear":
        print(f"removed {_networks(len(entries))} ({total / 1e6:.1f} MB) from {folder}")
        return
    if entries:
        print_table(
            ["network", "cells", "sources", "spike capacity", "time step", "MB", "built"],
            [
                (e["key"][:12], str(e["cells"]), str(e["sources"]), str(e["capacity"]),
                 f"{1e3 * e['dt']:g} ms", f"{e['bytes'] / 1e6:.1f}", e["built"])
                for e in entries
            ],
            right="lrrrrrl",
        )  # fmt: skip
    print(f"{_networks(len(entries))}, {total / 1e6:.1f} MB in {folder}")


def _networks(count: int) -> str:
    return f"{count} compiled network{'s' * (count != 1)}"


def _entries(folder: Path) -> list[dict[str, Any]]:
    found = []
    for manifest in sorted(folder.glob("*/manifest.json")):
        try:
            structure = jsonlib.loads(manifest.read_text(encoding="utf-8"))["structure"]
        except (OSError, ValueError, KeyError):
            structure = {}
        built = time.strftime("%Y-%m-%d %H:%M", time.localtime(manifest.stat().st_mtime))
        size = sum(p.stat().st_size for p in manifest.parent.rglob("*") if p.is_file())
        about = {k: structure.get(k, 0) for k in ("cells", "sources", "capacity", "dt")}
        found.append({"key": manifest.parent.name, "bytes": size, "built": built} | about)
    return found
