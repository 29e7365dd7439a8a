"""``gatecontrol evidence``: what circuits do with the published phenomena."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gatecontrol.cli.output import print_json, print_table, reporter
from gatecontrol.errors import UsageError

if TYPE_CHECKING:
    from gatecontrol.analysis.report.score import ScoredPhenomenon, ScoreFile

__all__ = ["evidence"]

_DEFAULT = "gate"
_FAILED = 1


def evidence(
    circuits: Sequence[str],
    only: Sequence[str],
    *,
    fast: bool,
    full: bool,
    screen: bool,
    seeds: int | None,
    tree: int,
    out: Path | None,
    workers: int | None,
    fresh: bool,
    json: bool,
    require: Path | None,
) -> int:
    """Score circuits, print the verdicts, what failed first, and write score and page.

    Parameters
    ----------
    circuits : sequence of str
        Names or files; the default circuit if empty.
    only : sequence of str
        Ids of phenomena, each may hold several with commas; all if empty.
    fast, full : bool
        Depth; standard if neither.
    screen : bool
        Whether what clearly fails at the fast depth is not looked at deeper.
    seeds : int or None
        Number of seeds of every protocol, instead of what the depth says.
    tree : int
        Another, independent set of seeds.
    out : Path or None
        Folder; with several circuits each has a folder in it.
    workers : int or None
        Processes.
    fresh : bool
        Whether finished trials are forgotten.
    json : bool
        Whether the scores are printed as JSON.
    require : Path or None
        What must pass.

    Returns
    -------
    int
        Exit code: 0 once it ran, 1 if what is required does not pass.

    Raises
    ------
    UsageError
        Options that exclude each other, or an unknown phenomenon.
    GatecontrolError
        See `gatecontrol.evidence.battery.run_battery`; before anything is computed, all
        circuits are loaded and `require` is read.
    """
    if fast and full:
        raise UsageError("--fast and --full exclude each other; leave one out")
    if fast and screen:
        raise UsageError("--screen looks with --fast first, and deeper then; leave one out")
    depth = "fast" if fast else "full" if full else "standard"
    chosen = list(dict.fromkeys(circuits)) or [_DEFAULT]
    ids = [id.strip() for text in only for id in text.split(",") if id.strip()]
    say = reporter()
    say.say(f"reading {', '.join(chosen)} ...")
    from gatecontrol.circuits import load_circuit
    from gatecontrol.evidence.registry import load_phenomena

    phenomena = load_phenomena(ids)
    names = [load_circuit(one).name for one in chosen]
    folders = _folders(chosen, names, depth, out)
    from gatecontrol.evidence.battery import run_battery
    from gatecontrol.evidence.page import write_page
    from gatecontrol.evidence.required import read_required
    from gatecontrol.evidence.score_file import as_file, known_scores, write_score
    from gatecontrol.evidence.screening import run_screened

    required = None if require is None else read_required(require, [p.id for p in phenomena], names)
    command = _command(chosen, ids, depth, screen, seeds, tree, out)
    scored = run_screened if screen else run_battery
    scores = []
    for circuit, folder in zip(chosen, folders, strict=True):
        score = scored(
            circuit, only=ids, depth=depth, out=folder, seeds=seeds, tree=tree,
            workers=workers, fresh=fresh, progress=say, again=command,
        )  # fmt: skip
        scores.append(as_file(score, seeds=seeds, tree=tree))
        write_score(scores[-1], folder)
    beside = known_scores(depth, without=names)
    place = folders[0] if len(folders) == 1 else out or folders[0].parents[1]
    page = write_page(scores, place, beside, command)
    if json:
        print_json([s.model_dump(mode="json") for s in scores])
    else:
        _show(scores, beside)
        print(f"Page: {page}")
    unmet = [] if required is None else required.unmet(scores)
    for text in unmet:
        print(f"required, but {text}", file=sys.stderr)
    return _FAILED if unmet else 0


def _folders(
    circuits: Sequence[str], names: Sequence[str], depth: str, out: Path | None
) -> list[Path]:
    """Return where each circuit is scored."""
    from gatecontrol.evidence.battery import default_folder

    if out is None:
        found = [default_folder(circuit, depth) for circuit in circuits]
    elif len(circuits) == 1:
        found = [out]
    else:
        found = [out / Path(circuit).stem for circuit in circuits]
    doubled = sorted({n for n in names if list(names).count(n) > 1})
    if doubled or len(set(found)) < len(found):
        raise UsageError(
            f"two circuits are called {', '.join(doubled) or 'alike'}: {', '.join(circuits)}; "
            + "score them one by one, each with its own --out"
        )
    return found


def _command(
    circuits: Sequence[str],
    only: Sequence[str],
    depth: str,
    screen: bool,
    seeds: int | None,
    tree: int,
    out: Path | None,
) -> str:
    """Return the command that goes on, or scores again."""
    words = ["gatecontrol", "evidence"]
    words += [word for one in circuits for word in ("--circuit", one)]
    words += ["--only", ",".join(only)] if only else []
    words += [f"--{depth}"] if depth != "standard" else []
    words += ["--screen"] if screen else []
    words += ["--seeds", str(seeds)] if seeds is not None else []
    words += ["--tree", str(tree)] if tree else []
    words += ["--out", str(out)] if out is not None else []
    return shlex.join(words)


def _show(scores: "Sequence[ScoreFile]", beside: "Sequence[ScoreFile]") -> None:
    """Print what failed, then the table of each circuit and what it sums up to."""
    from gatecontrol.evidence.score_file import NULL_CIRCUITS, no_credit
    from gatecontrol.evidence.words import listed, summary

    known = [*scores, *beside]
    static_gain = next((s for s in known if s.circuit == NULL_CIRCUITS[0]), None)
    uncredited = no_credit(known)
    for score in scores:
        print(f"{score.circuit} fails: {listed(score.ids('fail'))}")
    for score in scores:
        print()
        rows = [row for one in score.phenomena for row in _rows(one, uncredited)]
        print_table(
            ["id", "phenomenon", "measured", "value [95 % interval]", "band", "in it", "verdict",
             "depth"],
            rows, title=f"{score.circuit}: {score.title}",
        )  # fmt: skip
        print()
        for sentence in summary(score, static_gain):
            print(sentence)


def _rows(one: "ScoredPhenomenon", uncredited: "frozenset[str] | None") -> list[list[str]]:
    """Return the lines of one phenomenon: one per number, the verdict on the first."""
    from gatecontrol.evidence.words import band_text, measured_text, verdict_text

    verdict = verdict_text(one, uncredited)
    if one.why:
        verdict += f": {one.why}"
    numbers = [
        [
            q.name,
            measured_text(q),
            band_text(q),
            ("yes" if q.verdict == "pass" else "no") + (", edge" if q.edge else ""),
        ]
        for q in one.quantities
    ] or [["", "", "", ""]]
    heads = [[one.id, one.title]] + [["", ""]] * (len(numbers) - 1)
    tails = [[verdict, one.depth]] + [["", ""]] * (len(numbers) - 1)
    return [[*h, *n, *t] for h, n, t in zip(heads, numbers, tails, strict=True)]
