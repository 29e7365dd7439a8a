"""Running the battery: all protocols of a circuit as one resumable run, then verdicts."""

import shlex
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatecontrol.errors import ExperimentError, GatecontrolError
from gatecontrol.evidence.base import Phenomenon
from gatecontrol.evidence.parameters import free_parameters
from gatecontrol.evidence.protocol_files import Part, load_protocol, write_protocol
from gatecontrol.evidence.registry import lacking, load_phenomena, protocol_path
from gatecontrol.evidence.scoring import Measured, measure, verdict_of
from gatecontrol.files import write_whole

if TYPE_CHECKING:
    import xarray as xr

    from gatecontrol.experiment.journal import Journal
    from gatecontrol.experiment.plan import Plan
    from gatecontrol.experiment.progress import Reporter
    from gatecontrol.experiment.schema import Experiment

__all__ = ["Score", "Verdict", "default_folder", "run_battery", "run_variants"]


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


def default_folder(circuit: str, depth: str) -> Path:
    """Return where a score is kept unless another folder is named."""
    return Path("results") / "evidence" / Path(circuit).stem / depth


def run_battery(
    circuit: str, *, changes: Mapping[str, str] | None = None, **settings: Any
) -> Score:
    """Score a circuit on the phenomena.

    Parameters
    ----------
    circuit : str
        Name of an installed circuit, or a file.
    changes : mapping of str to str, optional
        Numbers of the circuit by dotted name, for a fit or a test of robustness.
    **settings : object
        See `run_variants`.

    Returns
    -------
    Score

    Raises
    ------
    ExperimentError
        The circuit refuses a changed number.
    UsageError
        No such phenomenon.
    RunError
        A trial failed; finished ones are kept.
    """
    (found,) = run_variants(circuit, [changes or {}], **settings)
    if isinstance(found, ExperimentError):
        raise found
    return found


def run_variants(
    circuit: str,
    variants: Sequence[Mapping[str, str]],
    *,
    only: Sequence[str] = (),
    depth: str = "standard",
    out: Path | None = None,
    seeds: int | None = None,
    tree: int = 0,
    workers: int | None = None,
    fresh: bool = False,
    progress: "Reporter | None" = None,
    backend: str = "auto",
    again: str = "",
) -> list[Score | ExperimentError]:
    """Score variants of a circuit, the trials of all of them as one run.

    Parameters
    ----------
    circuit : str
        Name of an installed circuit, or a file.
    variants : sequence of mapping of str to str
        Numbers that differ, by dotted name.
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
        Processes for trials; one per available core by default. What needs no trials (P26) is
        measured in this one meanwhile.
    fresh : bool, optional
        Forget what was finished.
    progress : Reporter, optional
    backend : str, optional
        Simulation engine.
    again : str, optional
        The command that goes on when this is stopped; ``gatecontrol evidence ...`` by default.

    Returns
    -------
    list of Score or ExperimentError
        In the order of `variants`; an error, where the circuit refuses the numbers.

    Raises
    ------
    UsageError
        No such phenomenon.
    RunError
        A trial failed; finished ones are kept.
    """
    from gatecontrol.experiment.computing import complete
    from gatecontrol.experiment.journal import Journal
    from gatecontrol.experiment.prepare import check_doses, engine, prepare_engine
    from gatecontrol.experiment.progress import Lines

    say, began = progress or Lines(), datetime.now(UTC)
    folder = out or default_folder(circuit, depth)
    battery = _Battery(circuit, load_phenomena(only), depth, folder, seeds, tree, engine(backend))
    say.say(f"{circuit}, {depth}: {len(battery.phenomena)} phenomena")
    laid = [battery.laid(changes) for changes in variants]
    tasks = {t.key: t for one in laid if isinstance(one, list) for p in one for t in p.tasks()}
    if len(laid) == 1 and isinstance(laid[0], list):
        for part in {id(part.plan): part for part in laid[0]}.values():
            write_whole(part.file, part.experiment.resolved().encode())
            check_doses(part.experiment, part.plan, say)
    with Journal(folder) as journal:
        if any(isinstance(one, list) for one in laid):
            battery.start_without_trials()
        if fresh:
            journal.clear()
        if any(not journal.has(key) for key in tasks):
            prepare_engine(list(tasks.values()), backend, say)
            command = again or _again(circuit, only, depth, out)
            complete(
                list(tasks.values()), journal, say, command, workers=workers,
                backend=battery.backend,
            )  # fmt: skip
        say.say("scoring ...")
        started, free = began.isoformat(timespec="seconds"), len(free_parameters(circuit))
        return [
            battery.score(one, journal, started, free) if isinstance(one, list) else one
            for one in laid
        ]


@dataclass
class _Battery:
    """The phenomena of a circuit at a depth."""

    circuit: str
    phenomena: list[Phenomenon]
    depth: str
    folder: Path
    seeds: int | None
    tree: int
    backend: str
    aside: dict[str, Future[Verdict]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.missing = {p.id: _missing(p, self.circuit) for p in self.phenomena}
        self.files = {  # several phenomena share a protocol
            path: write_protocol(path, self.circuit, self.folder)
            for path in {
                protocol_path(phenomenon, protocol.name): None
                for phenomenon in self.phenomena
                if not self.missing[phenomenon.id]
                for protocol in phenomenon.protocols
            }
        }

    def laid(self, changes: Mapping[str, str]) -> list[Part] | ExperimentError:
        """Return the protocols of one variant as experiments."""
        from gatecontrol.experiment.plan import make_plan

        known: dict[tuple[Path, tuple[str, ...]], tuple[Experiment, Plan]] = {}
        parts = []
        for phenomenon in self.phenomena:
            for protocol in () if self.missing[phenomenon.id] else phenomenon.protocols:
                file = self.files[protocol_path(phenomenon, protocol.name)]
                at = file, protocol.changes(self.depth)
                if at not in known:
                    try:
                        experiment = load_protocol(*at, self.seeds, self.tree, changes)
                    except ExperimentError as error:
                        return error
                    known[at] = experiment, make_plan(experiment, self.backend)
                parts.append(Part(phenomenon, protocol, file, *known[at]))
        return parts

    def start_without_trials(self) -> None:
        """Measure what needs no trials while these run, once for all variants."""

        def fulfil(phenomenon: Phenomenon, promise: Future[Verdict]) -> None:
            try:
                promise.set_result(_verdict(phenomenon, self.depth, {}))
            except BaseException as error:  # raised where the result is asked for
                promise.set_exception(error)

        without = [p for p in self.phenomena if not p.protocols and not self.missing[p.id]]
        if without:
            # what fields need of scipy: its parts import each other, and a thread that imports
            # while another does may meet half of one
            import_module("scipy.ndimage")
        for phenomenon in without:
            self.aside[phenomenon.id] = promise = Future[Verdict]()
            # a daemon, so that a run that is stopped does not wait for it
            threading.Thread(target=fulfil, args=(phenomenon, promise), daemon=True).start()

    def score(self, parts: list[Part], journal: "Journal", started: str, free: int) -> Score:
        """Return the verdicts of one variant whose trials are finished."""
        verdicts = []
        for phenomenon in self.phenomena:
            if why := "; ".join(self.missing[phenomenon.id]):
                verdicts.append(Verdict(phenomenon, "not expressible", self.depth, why=why))
            elif phenomenon.id in self.aside:
                verdicts.append(self.aside[phenomenon.id].result())
            else:
                mine = [p for p in parts if p.phenomenon is phenomenon]
                runs = {p.protocol.name: _assembled(p, journal) for p in mine}
                verdict = _verdict(phenomenon, self.depth, runs)
                seeds = max(len(p.experiment.seeds) for p in mine)
                verdicts.append(replace(verdict, seeds=seeds))
        keys = {task.key for part in parts for task in part.tasks()}
        seconds = sum(journal.seconds(key) for key in sorted(keys))
        return Score(self.circuit, self.depth, verdicts, free, started, seconds, self.backend)


def _missing(phenomenon: Phenomenon, circuit: str) -> list[str]:
    from gatecontrol.circuits import list_conditions, load_circuit

    return lacking(phenomenon.needs, load_circuit(circuit), list_conditions(circuit))


def _verdict(phenomenon: Phenomenon, depth: str, runs: "Mapping[str, xr.Dataset]") -> Verdict:
    """Measure and judge one phenomenon from its results by protocol."""
    try:
        measured = measure(phenomenon, runs)
    except GatecontrolError as error:
        return Verdict(phenomenon, "fail", depth, why=str(error))
    verdict, edge = verdict_of(measured)
    return Verdict(phenomenon, verdict, depth, edge, measured)


def _assembled(part: Part, journal: "Journal") -> "xr.Dataset":
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
