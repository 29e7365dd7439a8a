"""``gatecontrol cache``: compiled networks, and what else is kept because it takes time."""

import json as jsonlib
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from gatecontrol.cli.output import print_json, print_table, reporter
from gatecontrol.errors import GatecontrolError

__all__ = ["cache"]


def cache(action: str, names: Sequence[str], *, json: bool) -> None:
    """Show, warm or clear the cache: compiled networks, solved fibres, trials of the bench.

    Parameters
    ----------
    action : str
        ``"show"``, ``"warm"`` or ``"clear"``.
    names : sequence of str
        With ``warm``: experiment files or names whose networks are compiled; all that are
        shipped if empty.
    json : bool
        Whether to print JSON.

    Raises
    ------
    GatecontrolError
        Names without ``warm``, an experiment with faults, or a build that failed.
    """
    from gatecontrol.files import cache_folder
    from gatecontrol.simulation.cache import KEPT, clear

    if names and action != "warm":
        raise GatecontrolError(f"'cache {action}' takes no experiments; 'cache warm' does")
    if action == "warm":
        _warm(names)
    folder, found = cache_folder(), _entries()
    beside = {name: _files(folder / name) for name in KEPT}
    rest = sum(size for _, size in beside.values())
    total = sum(e["bytes"] for e in found) + rest
    busy = clear() if action == "clear" else 0
    if action == "clear":
        left = {entry["key"] for entry in _entries()}
        found = [entry for entry in found if entry["key"] not in left]
        total = sum(e["bytes"] for e in found) + rest
    others = [_counted(n, KEPT[name]) for name, (n, _) in beside.items() if n]
    what = ", ".join([_networks(len(found)), *others])
    if json:
        kept = {name: {"files": n, "bytes": size} for name, (n, size) in beside.items()}
        shown = {"folder": str(folder), "bytes": total, "entries": found, "kept": kept}
        print_json(shown | {"action": action})
        return
    if action == "clear":
        print(f"removed {what} ({total / 1e6:.1f} MB) from {folder}")
        if busy:
            print(f"{_networks(busy)} left: being built at this moment")
        return
    if found:
        print_table(
            ["network", "cells", "sources", "time step", "MB", "built", ""],
            [
                (e["key"][:12], str(e["cells"]), str(e["sources"]), f"{1e3 * e['dt']:g} ms",
                 f"{e['bytes'] / 1e6:.1f}", e["built"], "" if e["whole"] else "damaged")
                for e in found
            ],
            right="lrrrrll",
        )  # fmt: skip
    print(f"{what}, {total / 1e6:.1f} MB in {folder}")


def _files(place: Path) -> tuple[int, int]:
    """Return the number of files in a folder of the cache, and their size [bytes]."""
    sizes = []
    for file in place.glob("*"):
        if file.suffix not in (".nc", ".npz", ".json"):  # locks, and what is being written
            continue
        with suppress(OSError):  # another process was first
            sizes.append(file.stat().st_size)
    return len(sizes), sum(sizes)


def _warm(names: Sequence[str]) -> None:
    """Compile and solve what experiments need, so that their first run does not wait."""
    from gatecontrol.experiment.find import shipped_experiments
    from gatecontrol.experiment.load import load
    from gatecontrol.experiment.plan import make_plan
    from gatecontrol.experiment.prepare import check_doses, prepare_networks
    from gatecontrol.experiment.sweep import combinations

    say = reporter()
    for name in names or sorted(shipped_experiments()):
        experiment = load(name)
        settings = [setting for _, _, setting in combinations(experiment)]
        networks = [(s.circuit, float(s.run["dt"])) for s in settings]
        backend = prepare_networks(networks, "auto", say)
        if backend != "standalone":
            raise GatecontrolError("nothing can be compiled without a C++ compiler: install g++")
        check_doses(experiment, make_plan(experiment, backend), say)


def _networks(count: int) -> str:
    return _counted(count, "compiled network")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def _entries() -> list[dict[str, Any]]:
    from gatecontrol.simulation.cache import entries, is_built

    found = []
    for entry in entries():
        manifest = entry / "manifest.json"
        try:
            structure = dict(jsonlib.loads(manifest.read_text(encoding="utf-8"))["structure"])
        except (OSError, ValueError, KeyError, TypeError):
            structure = {}
        built = time.strftime("%Y-%m-%d %H:%M", time.localtime(manifest.stat().st_mtime))
        size = sum(p.stat().st_size for p in entry.rglob("*") if p.is_file())
        about = {k: structure.get(k, 0) for k in ("cells", "sources", "dt")}
        about["cells"] += sum(batch["cells"] for batch in structure.get("batches", ()))
        whole = is_built(entry.name)
        found.append({"key": entry.name, "bytes": size, "built": built, "whole": whole} | about)
    return found
