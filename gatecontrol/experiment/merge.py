"""Joining the shards of a run: the results of one undisturbed run, the same bytes.

Everything may be stopped or killed and done again: trials go into the journal of the results
folder one by one, and the outputs are written when all of them are there.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from gatecontrol.errors import RunError, UsageError
from gatecontrol.experiment import outputs, run_record
from gatecontrol.experiment.cluster_worker import difference, facts
from gatecontrol.experiment.journal import Journal
from gatecontrol.experiment.load import load
from gatecontrol.experiment.plan import make_plan
from gatecontrol.experiment.prepare import Patience
from gatecontrol.experiment.progress import Lines, Reporter
from gatecontrol.experiment.runner import Outcome
from gatecontrol.experiment.shards import Part, Shard, find_parts

if TYPE_CHECKING:
    from gatecontrol.experiment.plan import Plan

__all__ = ["merge"]

_MOST_NAMED = 10


def merge(
    folders: Sequence[Path], out: Path | None = None, *, progress: Reporter | None = None
) -> Outcome:
    """Join the shards of a run and write its results.

    Parameters
    ----------
    folders : sequence of Path
        A results folder that holds shards, or the folders of the shards.
    out : Path, optional
        Results folder; the one that holds the shards by default.
    progress : Reporter, optional
        Plain lines on standard error by default.

    Raises
    ------
    UsageError
        It is not clear where the results belong.
    RunError
        No shards, shards of different runs, missing trials (the text names the shards and
        the commands that compute them), or a shard that is still being computed.
    """
    say, began = progress or Lines(), datetime.now(UTC)
    parts = find_parts(folders)
    folder = out or _home(parts)
    _check_same(parts)
    first = parts[0]
    experiment = load(first.folder / "experiment.yaml")
    say.say(f"{experiment.name}: {len(parts)} shard{'s' * (len(parts) != 1)}")
    for text in _processors(parts):
        say.say(text)
    with Patience(say, "planning"):
        plan = make_plan(experiment, str(first.about["backend"]))
        digest = run_record.plan_digest(plan, experiment.resolved())
    if digest != first.about["plan"]:
        other = difference(facts(), first.about["facts"])
        raise RunError(
            f"the shards cannot be joined with what is installed here: {other}; merge with the "
            + "same versions"
            if other
            else "a plug-in or a file that the experiment names has changed since the shards ran; "
            + "restore it, or compute them again"
        )
    record = run_record.finished_run(folder, digest)
    if record is not None:
        say.say("Nothing to do: the shards are joined and the results are complete.")
        return Outcome(folder, record, 0, len(plan.tasks))
    other = (run_record.read_run(folder) or {}).get("name", experiment.name)
    if other != experiment.name:
        say.say(f"warning: the results of '{other}' in {folder} are replaced")
    with Journal(folder) as journal:
        joined = _join(parts, plan, journal, say)
        say.say(f"{joined} points joined; writing results, figures and report ...")
        about = {
            "started": began.isoformat(timespec="seconds"),
            "seconds": (datetime.now(UTC) - began).total_seconds(),
            "shards": [{k: p.about[k] for k in ("shard", "host", "command")} for p in parts],
            "computed": 0,
            "reused": len(plan.tasks),
        }
        with Patience(say, "writing"):
            record = outputs.write_all(experiment, plan, journal, folder, digest, about)
    return Outcome(folder, record, 0, len(plan.tasks))


def _home(parts: Sequence[Part]) -> Path:
    """Return the results folder in which all shards lie."""
    homes = {p.folder.parent.parent for p in parts if p.folder.parent.name == "shards"}
    if len(homes) != 1 or any(p.folder.parent.name != "shards" for p in parts):
        raise UsageError("the shards lie in different places; say where results go: --out DIR")
    return homes.pop()


def _check_same(parts: Sequence[Part]) -> None:
    """Refuse shards that are not of one run, and say what differs."""
    first = parts[0]
    for part in parts[1:]:
        one, other = first.about, part.about
        software = difference(one["facts"], other["facts"])
        texts = [(p.folder / "experiment.yaml").read_text(encoding="utf-8") for p in (first, part)]
        if texts[0] != texts[1]:
            why = f"their experiments differ (compare the two files {'experiment.yaml'})"
        elif software:
            why = f"their software differs: {software.replace(' here', f' in {first.folder}')}"
        elif one["backend"] != other["backend"]:
            why = f"their engines differ: {one['backend']} and {other['backend']}"
        elif one["settings"] != other["settings"]:
            why = "one was computed with a portable build, the other without"
        elif one["plan"] != other["plan"]:
            why = "a plug-in or a file that the experiment names differs"
        else:
            continue
        raise RunError(
            f"{first.folder} and {part.folder} are not of the same run: {why}. Remove the one that "
            + f"does not belong, or compute it again: {first.command(part.shard)}"
        )


def _processors(parts: Sequence[Part]) -> list[str]:
    """Return a warning if a difference of processors may show in the last digits."""
    names = sorted({str(p.about["host"]["processor"]) for p in parts})
    if len(names) < 2 or parts[0].about["settings"]:
        return []
    return [
        f"warning: the shards ran on different processors ({'; '.join(names)}): they agree within "
        + "the stated tolerance, not to the byte, unless all use a portable build"
    ]


def _join(parts: Sequence[Part], plan: "Plan", journal: Journal, say: Reporter) -> int:
    """Take over what is missing in the journal; refuse if not all is there.

    Returns the number of trials taken over.
    """
    missing = {t.key: t for t in plan.tasks if not journal.has(t.key, spikes=t.keeps_spikes)}
    before = len(missing)
    for part in parts:
        if not missing:
            break
        with Journal(part.folder) as found:
            for text in found.warnings:
                say.say(f"warning: {part.folder}: {text}")
            for key in list(found.keys()):
                task = missing.get(key)
                if task is not None and found.has(key, spikes=task.keeps_spikes):
                    journal.add(key, found.load(key, spikes=task.keeps_spikes))
                    del missing[key]
    if missing:
        raise RunError(_what_is_missing(parts, plan, set(missing)))
    return before


def _what_is_missing(parts: Sequence[Part], plan: "Plan", missing: set[str]) -> str:
    last = parts[-1]  # of the finest division, if there are several
    count = last.shard.count
    shards = [
        shard
        for shard in (Shard(number, count) for number in range(1, count + 1))
        if any(task.key in missing for task in shard.part(plan.tasks))
    ]
    names = ", ".join(map(str, islice(shards, _MOST_NAMED)))
    more = f" and {len(shards) - _MOST_NAMED} more" if len(shards) > _MOST_NAMED else ""
    lines = [f"  {last.command(shard)}" for shard in shards[:_MOST_NAMED]]
    number = f"{len(missing)} of {len(plan.tasks)} points are missing"
    return "\n".join([f"{number}, in shard {names}{more}. Compute them, then merge:", *lines])
