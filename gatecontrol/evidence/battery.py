"""Running the battery: all protocols of a circuit as one resumable run, then verdicts."""

import json
import shlex
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatecontrol.errors import GatecontrolError
from gatecontrol.evidence.base import Phenomenon, Protocol
from gatecontrol.evidence.parameters import free_parameters
from gatecontrol.evidence.registry import lacking, load_phenomena, protocol_path
from gatecontrol.evidence.scoring import Measured, measure, verdict_of
from gatecontrol.files import write_whole

if TYPE_CHECKING:
    import xarray as xr

    from gatecontrol.experiment.journal import Journal
    from gatecontrol.experiment.plan import Plan
    from gatecontrol.experiment.progress import Reporter
    from gatecontrol.experiment.schema import Experiment

__all__ = ["Score", "Verdict", "default_folder", "run_battery"]

IF_THERE = ("injured", "no_descending")
"""Conditions that a protocol applies where the circuit has them.

A published circuit without an injured set, or without descending input, is scored as it is.
"""


@dataclass(frozen=True)
class Verdict:
    """What a circuit does with one phenomenon.

    Attributes
    ----------
    phenomenon : Phenomenon
    verdict : str
        ``"pass"``, ``"fail"`` or ``"not expressible"``.
    depth : str
        At which it was reached.
    edge : bool
        Whether a change by one standard error would turn it.
    measured : list of Measured
    why : str
        What the circuit lacks, or what went wrong.
    seeds : int
        Largest number of seeds of its protocols; 0 where nothing is drawn at random.
    """

    phenomenon: Phenomenon
    verdict: str
    depth: str
    edge: bool = False
    measured: list[Measured] = field(default_factory=list)
    why: str = ""
    seeds: int = 0


@dataclass(frozen=True)
class Score:
    """The verdicts of one circuit.

    Attributes
    ----------
    circuit, depth : str
    verdicts : list of Verdict
    free_parameters : int
        Numbers of the circuit file that are assumed.
    started : str
        ISO date and time.
    seconds : float
        Time that the trials took, added up.
    backend : str
    """

    circuit: str
    depth: str
    verdicts: list[Verdict]
    free_parameters: int
    started: str
    seconds: float
    backend: str

    @property
    def passed(self) -> int:
        """Number of phenomena passed."""
        return sum(v.verdict == "pass" for v in self.verdicts)


@dataclass(frozen=True)
class _Part:
    """One protocol of one phenomenon, laid out."""

    phenomenon: Phenomenon
    protocol: Protocol
    experiment: "Experiment"
    plan: "Plan"

    def tasks(self) -> Iterator[Any]:
        """Yield the trials that are wanted."""
        wanted = {self.plan.key(p.trial) for p in self.plan.points}
        for task in self.plan.tasks:
            if self.protocol.controls or task.key in wanted:
                yield task


def default_folder(circuit: str, depth: str) -> Path:
    """Return where a score is kept unless another folder is named."""
    return Path("results") / "evidence" / Path(circuit).stem / depth


def run_battery(
    circuit: str,
    *,
    only: Sequence[str] = (),
    depth: str = "standard",
    out: Path | None = None,
    seeds: int | None = None,
    tree: int = 0,
    workers: int | None = None,
    fresh: bool = False,
    changes: Mapping[str, str] | None = None,
    progress: "Reporter | None" = None,
    backend: str = "auto",
    again: str = "",
) -> Score:
    """Score a circuit on the phenomena.

    Parameters
    ----------
    circuit : str
        Name of an installed circuit, or a file.
    only : sequence of str, optional
        Ids of phenomena; all by default.
    depth : str, optional
        ``"fast"``, ``"standard"`` or ``"full"``.
    out : Path, optional
        Folder; finished trials in it are used again.
    seeds : int, optional
        Number of seeds of every protocol, instead of what the depth says.
    tree : int, optional
        Another, independent set of seeds.
    workers : int, optional
        Processes; one per available core by default.
    fresh : bool, optional
        Forget what was finished.
    changes : mapping of str to str, optional
        Numbers of the circuit by dotted name, for a fit or a test of robustness.
    progress : Reporter, optional
    backend : str, optional
        Simulation engine.
    again : str, optional
        The command that goes on when this is stopped; ``gatecontrol evidence ...`` by default.

    Returns
    -------
    Score

    Raises
    ------
    UsageError
        No such phenomenon.
    RunError
        A trial failed; finished ones are kept.
    """
    from gatecontrol.experiment.computing import complete
    from gatecontrol.experiment.journal import Journal
    from gatecontrol.experiment.plan import make_plan
    from gatecontrol.experiment.prepare import check_doses, engine, prepare_engine
    from gatecontrol.experiment.progress import Lines

    say, began = progress or Lines(), datetime.now(UTC)
    folder = out or default_folder(circuit, depth)
    chosen = engine(backend)
    verdicts: dict[str, Verdict] = {}
    parts: list[_Part] = []
    laid: dict[tuple[Path, tuple[str, ...]], tuple[Experiment, Plan]] = {}
    phenomena = load_phenomena(only)
    say.say(f"{circuit}, {depth}: {len(phenomena)} phenomena")
    for phenomenon in phenomena:
        missing = _missing(phenomenon, circuit)
        if missing:
            verdicts[phenomenon.id] = Verdict(
                phenomenon, "not expressible", depth, why="; ".join(missing)
            )
            continue
        for protocol in phenomenon.protocols:
            at = protocol_path(phenomenon, protocol.name), protocol.changes(depth)
            if at not in laid:  # several phenomena share a protocol
                file = _written(at[0], circuit, folder)
                experiment = _loaded(file, at[1], seeds, tree, changes or {})
                write_whole(file, experiment.resolved().encode())
                laid[at] = experiment, make_plan(experiment, chosen)
                check_doses(*laid[at], say)
            parts.append(_Part(phenomenon, protocol, *laid[at]))
    tasks = list({task.key: task for part in parts for task in part.tasks()}.values())
    with Journal(folder) as journal:
        if fresh:
            journal.clear()
        if any(not journal.has(task.key) for task in tasks):
            prepare_engine(tasks, backend, say)
            command = again or _again(circuit, only, depth, out)
            complete(tasks, journal, say, command, workers=workers, backend=chosen)
        say.say("scoring ...")
        for phenomenon in phenomena:
            if phenomenon.id not in verdicts:
                mine = [p for p in parts if p.phenomenon is phenomenon]
                verdicts[phenomenon.id] = _verdict(phenomenon, depth, mine, journal)
        seconds = sum(journal.seconds(task.key) for task in tasks)
    return Score(
        circuit,
        depth,
        [verdicts[p.id] for p in phenomena],
        len(free_parameters(circuit)),
        began.isoformat(timespec="seconds"),
        seconds,
        chosen,
    )


def _missing(phenomenon: Phenomenon, circuit: str) -> list[str]:
    from gatecontrol.circuits import list_conditions, load_circuit

    return lacking(phenomenon.needs, load_circuit(circuit), list_conditions(circuit))


def _written(protocol: Path, circuit: str, folder: Path) -> Path:
    """Write a protocol as an experiment of a circuit: what `gatecontrol run` would take.

    Conditions of `IF_THERE` that the circuit lacks are left out, and so are sweeps over numbers
    of receptors that it lacks.
    """
    from gatecontrol.circuits import list_conditions, load_circuit
    from gatecontrol.yamlfile import read_yaml

    data = read_yaml(protocol).data
    there = list_conditions(circuit)
    key = "file" if circuit.endswith((".yaml", ".yml")) else "name"
    named = str(Path(circuit).resolve()) if key == "file" else circuit
    base = _of_circuit(data.get("circuit"), there)
    data["circuit"] = {key: named, **base}
    for arm in (data.get("arms") or {}).values():
        if isinstance(arm, dict) and "circuit" in arm:
            arm["circuit"] = _of_circuit(arm["circuit"], there)
    if isinstance(data.get("sweep"), dict):
        data["sweep"] = _of_receptors(data["sweep"], load_circuit(circuit).receptors)
    path = folder / "protocols" / protocol.name
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(data, indent=1).encode())  # YAML too
    return path


def _of_circuit(section: Any, there: Sequence[str]) -> dict[str, Any]:
    """Return a circuit's section without its name and without conditions that are not there."""
    found = {k: v for k, v in section.items() if k != "name"} if isinstance(section, dict) else {}
    if "conditions" in found:
        found["conditions"] = [c for c in found["conditions"] if c in there or c not in IF_THERE]
    return found


def _of_receptors(sweep: Mapping[str, Any], there: Container[str]) -> dict[str, Any]:
    """Return a sweep without what it sets of receptors that are not there, in a zip as well."""
    found = {}
    for key, value in sweep.items():
        if key == "zip" and isinstance(value, dict):
            found[key] = _of_receptors(value, there)
            continue
        parts = key.split(".")
        if parts[:3] != ["circuit", "set", "receptors"] or parts[3] in there:
            found[key] = value
    return found


def _loaded(
    file: Path,
    overrides: Sequence[str],
    seeds: int | None,
    tree: int,
    changes: Mapping[str, str],
) -> "Experiment":
    """Load a protocol with what the depth and the caller change of it."""
    from gatecontrol.experiment.load import load

    texts = [*overrides, *(f"circuit.set.{name}={value}" for name, value in changes.items())]
    experiment = load(str(file), texts)
    if seeds is None and not tree:
        return experiment
    count = seeds or len(experiment.seeds)
    first = min(experiment.seeds) + 1000 * tree
    kept = [text for text in texts if not text.startswith("seeds=")]
    return load(str(file), [*kept, f"seeds={{first: {first}, count: {count}}}"])


def _verdict(
    phenomenon: Phenomenon, depth: str, parts: Sequence[_Part], journal: "Journal"
) -> Verdict:
    """Measure and judge one phenomenon from finished trials."""
    runs = {part.protocol.name: _assembled(part, journal) for part in parts}
    try:
        measured = measure(phenomenon, runs)
    except GatecontrolError as error:
        return Verdict(phenomenon, "fail", depth, why=str(error))
    verdict, edge = verdict_of(measured)
    seeds = max((len(part.experiment.seeds) for part in parts), default=0)
    return Verdict(phenomenon, verdict, depth, edge, measured, "", seeds)


def _assembled(part: _Part, journal: "Journal") -> "xr.Dataset":
    """Return the root of a protocol's results."""
    from gatecontrol.experiment.assembly import assemble

    payloads = {task.key: journal.load(task.key, spikes=False) for task in part.tasks()}
    plan = part.plan
    tree = assemble(part.experiment, plan.points, payloads, plan.key, axes=plan.axes)
    return tree.to_dataset()


def _again(circuit: str, only: Sequence[str], depth: str, out: Path | None) -> str:
    words = ["gatecontrol", "evidence", "--circuit", circuit, *(f"--only={id}" for id in only)]
    words += [f"--{depth}"] if depth != "standard" else []
    return shlex.join([*words, *(["--out", str(out)] if out else [])])
