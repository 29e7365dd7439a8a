"""From verdicts to ``score.json`` and back: what is kept of a circuit, and the shipped scores."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from gatecontrol import __version__
from gatecontrol.analysis.report.score import (
    ScoredPhenomenon,
    ScoredQuantity,
    ScoreFile,
    read_score,
)
from gatecontrol.errors import GatecontrolError
from gatecontrol.evidence.battery import Score, Verdict, default_folder
from gatecontrol.evidence.scoring import Measured
from gatecontrol.files import write_whole

__all__ = [
    "FILE",
    "NULL_CIRCUITS",
    "as_file",
    "circuit_digest",
    "in_order",
    "known_scores",
    "no_credit",
    "shipped_scores",
    "write_score",
]

FILE = "score.json"
NULL_CIRCUITS = ("static_gain", "one_exponential", "label_shuffled", "ungated")
"""Circuits that explain nothing; the first is T0, whose passes earn no credit."""

_DEFAULT = "gate"


def as_file(score: Score, *, seeds: int | None = None, tree: int = 0) -> ScoreFile:
    """Return what is kept of a score.

    Parameters
    ----------
    score : Score
    seeds : int, optional
        Number of seeds that was asked for.
    tree : int, optional
        Which independent set of seeds.
    """
    from gatecontrol.circuits import load_circuit

    circuit = load_circuit(score.circuit)
    return ScoreFile(
        circuit=circuit.name,
        title=circuit.title,
        digest=circuit_digest(score.circuit),
        version=__version__,
        date=score.started,
        depth=score.depth,
        backend=score.backend,
        seeds=seeds,
        tree=tree,
        free_parameters=score.free_parameters,
        seconds=round(score.seconds, 1),
        phenomena=tuple(_phenomenon(v) for v in score.verdicts),
    )


def _phenomenon(verdict: Verdict) -> ScoredPhenomenon:
    about = verdict.phenomenon
    return ScoredPhenomenon(
        id=about.id,
        title=about.title,
        verdict=verdict.verdict,
        edge=verdict.edge,
        why=verdict.why,
        depth=verdict.depth,
        seeds=verdict.seeds,
        quantities=tuple(_quantity(m) for m in verdict.measured),
        sources=about.references,
        body=about.body,
        strength=about.strength,
        discriminates=about.discriminates,
        notes=about.notes,
        protocols=tuple(p.name for p in about.protocols),
    )


def _quantity(measured: Measured) -> ScoredQuantity:
    about = measured.quantity
    return ScoredQuantity(
        name=about.name,
        text=about.text,
        value=float(measured.value),
        low=float(measured.low),
        high=float(measured.high),
        band=(about.low, about.high),
        unit=about.unit,
        rule=about.rule,
        verdict=measured.verdict,
        edge=bool(measured.edge),
        seeds=measured.seeds,
        reason=measured.reason,
    )


def circuit_digest(circuit: str) -> str:
    """Return a digest of a circuit's file, the same whatever its comments.

    Parameters
    ----------
    circuit : str
        Name or file.
    """
    from gatecontrol.circuits import circuit_path
    from gatecontrol.experiment.trial import canonical
    from gatecontrol.yamlfile import read_yaml

    data = read_yaml(circuit_path(circuit)).data
    parts = [data]
    if "based_on" in data:  # what it is made of counts too
        parts.append(circuit_digest(str(data["based_on"])))
    return hashlib.sha256(canonical(parts).encode()).hexdigest()[:16]


def write_score(score: ScoreFile, folder: Path) -> Path:
    """Write ``score.json`` whole or not at all; return it.

    Parameters
    ----------
    score : ScoreFile
    folder : Path
    """
    path = folder / FILE
    write_whole(path, (score.model_dump_json(indent=1) + "\n").encode())
    return path


@lru_cache(maxsize=1)
def shipped_scores() -> tuple[ScoreFile, ...]:
    """Return the scores that come with this version, ordered as in `in_order`."""
    folder = Path(__file__).with_name("scores")
    return tuple(in_order([read_score(path) for path in folder.glob("*.json")]))


def known_scores(depth: str, without: Sequence[str] = ()) -> list[ScoreFile]:
    """Return the scores that are known without computing, one per circuit, as in `in_order`.

    Parameters
    ----------
    depth : str
        What was scored at this depth in the default folder, and is of this version, goes
        before what is shipped; a shipped score may be of any depth.
    without : sequence of str, optional
        Circuits that are left out.
    """
    found = {score.circuit: score for score in shipped_scores()}
    for path in default_folder(_DEFAULT, depth).parents[1].glob(f"*/{depth}/{FILE}"):
        try:
            score = read_score(path)
        except GatecontrolError:  # of another version, and only shown beside: not in the way
            continue
        if score.version == __version__:
            found[score.circuit] = score
    return in_order([score for name, score in found.items() if name not in without])


def in_order(scores: Sequence[ScoreFile]) -> list[ScoreFile]:
    """Return scores as they are shown: the default circuit, null models, then by name.

    Parameters
    ----------
    scores : sequence of ScoreFile
    """
    first = (_DEFAULT, *NULL_CIRCUITS)
    rank = {name: place for place, name in enumerate(first)}
    return sorted(scores, key=lambda s: (rank.get(s.circuit, len(rank)), s.circuit))


def no_credit(scores: Sequence[ScoreFile]) -> frozenset[str] | None:
    """Return the ids that a static gain passes: they discriminate little, and earn no credit.

    Parameters
    ----------
    scores : sequence of ScoreFile
        Those that are known.

    Returns
    -------
    frozenset of str or None
        None if none of them is of T0, so that nothing can be said.
    """
    for score in scores:
        if score.circuit == NULL_CIRCUITS[0]:
            return frozenset(score.ids("pass"))
    return None
