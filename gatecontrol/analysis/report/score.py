"""The score file: what a circuit does with the published phenomena, as data."""

import math
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from gatecontrol.errors import GatecontrolError

__all__ = [
    "NOT_SCORED",
    "VERDICTS",
    "ScoreFile",
    "ScoredPhenomenon",
    "ScoredQuantity",
    "read_score",
]

NOT_SCORED = "This circuit has not been scored here."
VERDICTS = ("pass", "fail", "not expressible")
"""Verdicts on one phenomenon."""

Depth = Literal["fast", "standard", "full"]
Number = Annotated[
    float | None,
    BeforeValidator(lambda v: None if isinstance(v, float) and math.isnan(v) else v),
]
"""A number, None if missing; an infinite one is text in the file (JSON knows none)."""


class _Record(BaseModel):
    """Nothing is changed later, and nothing unknown is passed over."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="strings")


class ScoredQuantity(_Record):
    """One measured number of a phenomenon.

    Attributes
    ----------
    name, text : str
        Key, and what is measured in words.
    value, low, high : float or None
        The number and its 95 % interval over seeds, in `unit`; None is missing.
    band : (float or None, float or None)
        Where it must lie, both ends included; None is open.
    unit : str
        SI, ``"1"`` for a ratio.
    rule : str
        ``"value"``: the number lies in the band; ``"direction"``, ``"null"``: its interval.
    verdict : str
        ``"pass"`` or ``"fail"``.
    edge : bool
        Whether one standard error would turn it.
    seeds : int
        0 where nothing is drawn at random.
    reason : str
        Why the number or its interval is missing.
    """

    name: str
    text: str
    value: Number
    low: Number
    high: Number
    band: tuple[Number, Number]
    unit: str = "1"
    rule: Literal["value", "direction", "null"] = "value"
    verdict: Literal["pass", "fail"]
    edge: bool = False
    seeds: int = Field(default=0, ge=0)
    reason: str = ""


class ScoredPhenomenon(_Record):
    """What a circuit does with one phenomenon.

    Attributes
    ----------
    id, title : str
    verdict : str
        One of `VERDICTS`.
    edge : bool
        Whether one standard error would turn it.
    why : str
        What the circuit lacks, or what went wrong.
    depth : str
        ``"fast"``, ``"standard"`` or ``"full"`` (the protocol as published).
    seeds : int
        Largest number of seeds of its protocols.
    quantities : tuple of ScoredQuantity
    sources : tuple of str
        Keys of ``references.bib``.
    body, strength, discriminates, notes
        As the phenomenon declares them.
    protocols : tuple of str
        Names of its experiment files.
    """

    id: str
    title: str
    verdict: Literal["pass", "fail", "not expressible"]
    edge: bool = False
    why: str = ""
    depth: Depth
    seeds: int = Field(default=0, ge=0)
    quantities: tuple[ScoredQuantity, ...] = ()
    sources: tuple[str, ...] = ()
    body: str = ""
    strength: str = ""
    discriminates: str = ""
    notes: tuple[str, ...] = ()
    protocols: tuple[str, ...] = ()


class ScoreFile(_Record):
    """The score of one circuit, as in ``score.json``.

    Attributes
    ----------
    format : int
        Version of this format.
    circuit, title : str
        Name of the circuit, and what it is.
    digest : str
        Of the content of the circuit's file, comments left out.
    version, date : str
        Version of gatecontrol that scored it, and when (ISO).
    depth, backend : str
    seeds : int or None
        Number of seeds that was asked for; None is what the depth says.
    tree : int
        Which independent set of seeds.
    free_parameters : int
        Numbers of the circuit that are assumed.
    seconds : float
        Computing time of the trials, added up.
    phenomena : tuple of ScoredPhenomenon
        Ordered by id.
    """

    format: Literal[1] = 1
    circuit: str
    title: str = ""
    digest: str = ""
    version: str
    date: str
    depth: Depth
    backend: str
    seeds: int | None = None
    tree: int = 0
    free_parameters: int = Field(ge=0)
    seconds: float = 0.0
    phenomena: tuple[ScoredPhenomenon, ...]

    def ids(self, verdict: str) -> tuple[str, ...]:
        """Return the ids of the phenomena with a verdict.

        Parameters
        ----------
        verdict : str
            One of `VERDICTS`.
        """
        return tuple(p.id for p in self.phenomena if p.verdict == verdict)

    @property
    def passed(self) -> int:
        """Number of phenomena that the circuit shows."""
        return len(self.ids("pass"))

    @property
    def total(self) -> int:
        """Number of phenomena that were tried."""
        return len(self.phenomena)

    def get(self, id: str) -> ScoredPhenomenon | None:
        """Return a phenomenon; None if it was not scored.

        Parameters
        ----------
        id : str
            ``"P01"``.
        """
        return next((p for p in self.phenomena if p.id == id), None)


def read_score(path: Path | str, circuits: "set[str] | None" = None) -> ScoreFile:
    """Read the score of a circuit, as `gatecontrol evidence` writes it.

    Parameters
    ----------
    path : path
        ``score.json``.
    circuits : set of str, optional
        Circuits of a run; the score must be of one of them.

    Raises
    ------
    GatecontrolError
        The file cannot be read, is no score (all faults at once), or is of another circuit.
    """
    path = Path(path)
    try:
        score = ScoreFile.model_validate_json(path.read_bytes())
    except OSError as error:
        raise GatecontrolError(f"cannot read the evidence in {path}: {error.strerror}") from error
    except ValidationError as error:
        faults = [f"  {_place(e['loc'])}{e['msg']}" for e in error.errors(include_url=False)]
        raise GatecontrolError(
            "\n".join([f"{path} is no score that this version reads:", *faults])
            + "\n  help: write it with: gatecontrol evidence"
        ) from error
    ids = [p.id for p in score.phenomena]
    doubled = sorted({id for id in ids if ids.count(id) > 1})
    if doubled:
        raise GatecontrolError(f"the score in {path} has {', '.join(doubled)} more than once")
    if circuits is not None and score.circuit not in circuits:
        raise GatecontrolError(
            f"the evidence in {path} is of the circuit '{score.circuit}', this run uses "
            + f"{', '.join(sorted(circuits))}; give the score of that one"
        )
    return score


def _place(location: "tuple[int | str, ...]") -> str:
    """Return where a fault is: ``"phenomena[2].verdict: "``, empty for the whole file."""
    text = ""
    for key in location:
        text += f"[{key}]" if isinstance(key, int) else f".{key}"
    return f"{text.lstrip('.')}: " if text else ""
