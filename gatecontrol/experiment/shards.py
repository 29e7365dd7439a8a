"""Shards: parts of a run for the jobs of a job array, each in a folder of its own.

Shard i of n holds the trials i, i + n, i + 2 n, ... of the plan, in the plan's order. A trial
that several arms share as their control is in the plan once, so it is in one shard. Shards
lie in ``shards/<i>-of-<n>`` of the results folder: a journal, ``experiment.yaml``, and
``shard.json``, which says what they belong to.
"""

import json
import platform
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from gatecontrol.errors import RunError, UsageError
from gatecontrol.experiment.cluster_worker import facts, settings
from gatecontrol.experiment.executor import Task
from gatecontrol.files import write_whole

if TYPE_CHECKING:
    from gatecontrol.experiment.plan import Plan
    from gatecontrol.experiment.schema import Experiment

__all__ = ["Part", "Shard", "find_parts", "write_shard"]

_MOST = 100_000


@dataclass(frozen=True)
class Shard:
    """One part of a run.

    Attributes
    ----------
    number : int
        From 1 to `count`.
    count : int
        Number of parts.
    """

    number: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``i/n``.

        Raises
        ------
        UsageError
            Not two numbers, or not 1 <= i <= n.
        """
        found = re.fullmatch(r"\s*(\d{1,6})\s*/\s*(\d{1,6})\s*", text)
        if found is None:
            raise UsageError(f"--shard '{text}': give a part and the number of parts, e.g. 1/4")
        number, count = int(found[1]), int(found[2])
        if not 1 <= number <= count <= _MOST:
            raise UsageError(
                f"--shard '{text}': parts are numbered from 1 to their number (at most {_MOST}), "
                + "e.g. 1/4 to 4/4"
            )
        return cls(number, count)

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def folder(self, results: Path) -> Path:
        """Return the folder of this part in a results folder."""
        return results / "shards" / f"{self.number}-of-{self.count}"

    def part(self, tasks: Iterable[Task]) -> tuple[Task, ...]:
        """Return the tasks of this part, in order."""
        return tuple(islice(tasks, self.number - 1, None, self.count))


@dataclass(frozen=True)
class Part:
    """A shard that was found on disk.

    Attributes
    ----------
    folder : Path
    shard : Shard
    about : dict
        Content of ``shard.json``.
    """

    folder: Path
    shard: Shard
    about: dict[str, Any]

    def command(self, shard: Shard) -> str:
        """Return the command that computes another part of the same run."""
        return str(self.about["command"]).replace(f"--shard {self.shard}", f"--shard {shard}")


def write_shard(
    shard: Shard,
    folder: Path,
    experiment: "Experiment",
    plan: "Plan",
    digest: str,
    command: str,
) -> dict[str, Any]:
    """Write what a shard belongs to; return the content of ``shard.json``.

    Parameters
    ----------
    shard : Shard
    folder : Path
        Folder of the shard.
    experiment : Experiment
    plan : Plan
        Of the whole experiment.
    digest : str
        From `gatecontrol.experiment.run_record.plan_digest`.
    command : str
        What the user ran.
    """
    about: dict[str, Any] = {
        "name": experiment.name,
        "shard": str(shard),
        "trials": len(shard.part(plan.tasks)),
        "command": command,
        "plan": digest,
        "backend": plan.backend,
        "facts": facts(),
        "settings": settings(),
        "host": {"name": socket.gethostname(), "processor": _processor()},
    }
    text = json.dumps(about, indent=1, ensure_ascii=False) + "\n"
    write_whole(folder / "experiment.yaml", experiment.resolved().encode())
    write_whole(folder / "shard.json", text.encode())
    return about


def _processor() -> str:
    """Return the processor that compiled networks are bound to."""
    from gatecontrol.simulation.compiler import find_compiler

    compiler = find_compiler()
    return compiler.cpu if compiler else platform.machine()


def find_parts(folders: Iterable[Path]) -> list[Part]:
    """Return the shards of some folders, in order.

    Parameters
    ----------
    folders : iterable of Path
        Shards, or results folders that hold shards.

    Raises
    ------
    RunError
        A folder that holds no shard.
    """
    found: dict[Path, Part] = {}
    for folder in folders:
        files = [folder / "shard.json", *folder.glob("shards/*/shard.json")]
        parts = [_read(file) for file in files if file.is_file()]
        if not parts:
            raise RunError(
                f"{folder} holds no shards; give the results folder of a run with --shard, or the "
                + "folders of its shards"
            )
        found |= {part.folder.resolve(): part for part in parts}
    return sorted(found.values(), key=lambda p: (p.shard.count, p.shard.number))


def _read(file: Path) -> Part:
    try:
        about = json.loads(file.read_text(encoding="utf-8"))
        return Part(file.parent, Shard.parse(about["shard"]), about)
    except (OSError, ValueError, KeyError, TypeError, UsageError) as error:
        raise RunError(f"{file} cannot be read ({error}); run this shard again") from None
