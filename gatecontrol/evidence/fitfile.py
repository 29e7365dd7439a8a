"""Fit files: what is changed, what is looked at, how long; all faults at once with their places."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from gatecontrol.errors import ExperimentError, GatecontrolError, Problem, did_you_mean
from gatecontrol.evidence.base import DEPTHS
from gatecontrol.evidence.objective import quantities
from gatecontrol.evidence.parameters import free_numbers, split
from gatecontrol.evidence.registry import load_phenomena
from gatecontrol.experiment.find import check_version
from gatecontrol.experiment.models import model_faults
from gatecontrol.experiment.schema import NAME, Section, Typed
from gatecontrol.plugins import REQUIRED, Parameter
from gatecontrol.sourced import ASSUMED, Sourced
from gatecontrol.yamlfile import KeyPath, YamlFile, read_yaml

__all__ = ["Fit", "Free", "read_fit", "shipped_fits"]

_MOST_TRIALS = 100_000
_EXAMPLES = {
    "circuit": "circuit: gate",
    "phenomena": "phenomena: [P01]",
    "parameters": "parameters: {gate: {names: '*.weights.gaba_a', factor: {low: 0.5, high: 2}}}",
    "names": "names: pathways.inhibitory_*.weights.gaba_a",
    "low": "low: 0.5",
    "high": "high: 2",
}


def _typed(name: str, kind: str, default: object = REQUIRED, **more: Any) -> Typed:
    return Typed(Parameter(name, kind, default, "", **more))


_WORDS = "lower-case letters, digits, - and _"
_NAME = Typed(Parameter("name", "text", REQUIRED, ""), NAME, _WORDS)
_COUNT = _typed("trials", "integer", 100, minimum=1, maximum=_MOST_TRIALS)
_SEEDS = _typed("seeds", "integer", 10, minimum=5, maximum=1000)
_SAMPLER = _typed("sampler_seed", "integer", 1, minimum=0, maximum=2**31 - 1)
_MARGIN = _typed("margin", "number", 0.1, minimum=0.0, maximum=0.9)


class _Ends(Section):
    low: Any
    high: Any
    scale: Annotated[str, _typed("scale", "choice", "log", choices=("log", "linear"))] = "log"


class _Free(Section):
    names: str | tuple[str, ...]
    factor: _Ends | None = None
    value: _Ends | None = None


class _FitModel(Section):
    schema_: Any = Field(1, alias="schema")
    name: Annotated[str, _NAME] = "fit"
    why: Annotated[str, _typed("why", "text", "")] = ""
    circuit: Annotated[str, _typed("circuit", "text")]
    phenomena: tuple[Annotated[str, _typed("phenomena", "text")], ...]
    depth: Annotated[str, _typed("depth", "choice", DEPTHS[0], choices=DEPTHS)] = "fast"
    seeds: Annotated[int | None, _SEEDS] = None
    trials: Annotated[int, _COUNT] = 100
    sampler_seed: Annotated[int, _SAMPLER] = 1
    margin: Annotated[float, _MARGIN] = 0.1
    parameters: dict[str, _Free]


@dataclass(frozen=True)
class Free:
    """One dimension of a fit.

    Attributes
    ----------
    name : str
    numbers : tuple of str
        Dotted names that it changes.
    kind : str
        ``"factor"``: all are multiplied by it; ``"value"``: all get it.
    low, high : float
        Of the factor, or of the value in `unit`.
    unit : str
        Of the value as typed.
    log : bool
        Whether it is drawn in the logarithm.
    start : float
        The circuit as it is, or what of the range is nearest to it.
    """

    name: str
    numbers: tuple[str, ...]
    kind: str
    low: float
    high: float
    unit: str
    log: bool
    start: float


@dataclass(frozen=True)
class Fit:
    """A fit file, read.

    Attributes
    ----------
    name, circuit, depth : str
        The circuit is a name, or a file relative to the fit file.
    used : dict of str to list of str
        Quantities by id of the phenomenon.
    seeds : int or None
        Of every protocol; as the depth says if None.
    trials, sampler_seed : int
    margin : float
        See `gatecontrol.evidence.objective.distance`.
    parameters : tuple of Free
    """

    name: str
    circuit: str
    depth: str
    used: dict[str, list[str]]
    seeds: int | None
    trials: int
    sampler_seed: int
    margin: float
    parameters: tuple[Free, ...]


def shipped_fits() -> dict[str, Path]:
    """Return the fit files that come with the package, by name."""
    return {p.stem: p for p in sorted((Path(__file__).parent / "fits").glob("*.yaml"))}


def read_fit(path_or_name: str | Path) -> Fit:
    """Read a fit file.

    Parameters
    ----------
    path_or_name : str or Path
        A file, or the name of a shipped one.

    Raises
    ------
    ExperimentError
        Every fault of the file, in the order of its lines.
    """
    text, shipped = str(path_or_name), shipped_fits()
    path = shipped.get(text, Path(path_or_name))
    if path.suffix not in {".yaml", ".yml"} and not path.is_file():
        message = f"no such file, and no shipped fit of this name.{did_you_mean(text, [*shipped])}"
        help = f"shipped: {', '.join(shipped)}"
        raise ExperimentError([Problem("E005", "", message, help, text)])
    file = read_yaml(path, f"{text}.yaml" if text in shipped else text)
    check_version(file)
    problems = [
        file.problem(f.code, f.path, f.message, f.help, key=f.key)
        for f in model_faults(_FitModel, file.data, "", _EXAMPLES)
    ]
    if problems:
        raise ExperimentError(sorted(problems, key=lambda p: (p.line, p.column)))
    return _Reader(file, _FitModel.model_validate(file.data)).fit()


class _Reader:
    """Checks what parts of a fit file mean together."""

    def __init__(self, file: YamlFile, model: _FitModel) -> None:
        self.file, self.model = file, model
        self.problems: list[Problem] = []

    def fit(self) -> Fit:
        """Return the fit, or raise all faults."""
        from gatecontrol.circuits import circuit_path
        from gatecontrol.circuits.load import circuit_numbers

        model, circuit = self.model, self.model.circuit
        if circuit.endswith((".yaml", ".yml")):
            circuit = str(self.file.path.absolute().parent / circuit)
        used = self._used()
        try:
            path = circuit_path(circuit)
        except GatecontrolError as error:
            self._fault(("circuit",), "E010", str(error))
            raise ExperimentError(self.problems) from None
        numbers, written = circuit_numbers(path, model.circuit), free_numbers(circuit)
        free = [self._free(name, one, numbers, written) for name, one in model.parameters.items()]
        if not model.parameters:
            self._fault(("parameters",), "E002", "there is nothing to fit", _EXAMPLES["parameters"])
        owner: dict[str, str] = {}
        for one in filter(None, free):
            for number in one.numbers:
                other = owner.setdefault(number, one.name)
                if other != one.name:
                    message = f"{number} is changed by '{other}' already"
                    self._fault(("parameters", one.name, "names"), "E035", message)
                    break
        if self.problems:
            raise ExperimentError(sorted(self.problems, key=lambda p: (p.line, p.column)))
        settings = (model.seeds, model.trials, model.sampler_seed, model.margin)
        return Fit(model.name, circuit, model.depth, used, *settings, tuple(filter(None, free)))

    def _fault(
        self, path: KeyPath, code: str, message: str, help: str = "", *, key: bool = False
    ) -> None:
        self.problems.append(self.file.problem(code, path, message, help, key=key))

    def _used(self) -> dict[str, list[str]]:
        """Return the quantities that are used, by phenomenon."""
        known = {p.id: p for p in load_phenomena()}
        used: dict[str, list[str]] = {}
        if not self.model.phenomena:
            self._fault(("phenomena",), "E002", "there is nothing to fit to", "phenomena: [P01]")
        for index, text in enumerate(self.model.phenomena):
            id, _, pattern = text.partition(".")
            at = ("phenomena", index)
            if id.upper() not in known:
                there = ", ".join(known)
                hint = did_you_mean(id.upper(), list(known))
                self._fault(at, "E010", f"no phenomenon '{id}'.{hint} There are: {there}")
                continue
            one = known[id.upper()]
            names = quantities(one, pattern or "*")
            if not names:
                every = quantities(one)
                message = f"no quantity of {one.id} is called '{pattern}'."
                message += did_you_mean(pattern, every)
                self._fault(at, "E010", message, f"one of: {', '.join(every)}")
            there = used.setdefault(one.id, [])
            there += [name for name in names if name not in there]
        return used

    def _free(
        self,
        name: str,
        one: _Free,
        numbers: Mapping[str, Sourced],
        written: Mapping[str, list[str]],
    ) -> Free | None:
        """Return one dimension; None if it is faulty."""
        at: KeyPath = ("parameters", name)
        before = len(self.problems)
        chosen = self._numbers(at, one.names, numbers, written)
        if (one.factor is None) == (one.value is None):
            message = "one of factor and value is needed"
            self._fault(at, "E035", message, "factor: {low: 0.5, high: 2}", key=True)
            return None
        kind, ends = ("factor", one.factor) if one.value is None else ("value", one.value)
        start, unit = (1.0, "") if kind == "factor" else (math.nan, "")
        if kind == "value" and chosen:
            start, unit = split(numbers[chosen[0]].text)
        if kind == "factor" or chosen:
            self._check_ends((*at, kind), ends, start, unit)
        if len(self.problems) > before:
            return None
        low, high = (split(str(end))[0] for end in (ends.low, ends.high))
        start = min(max(start, low), high)
        return Free(name, tuple(chosen), kind, low, high, unit, ends.scale == "log", start)

    def _numbers(
        self,
        at: KeyPath,
        names: str | tuple[str, ...],
        numbers: Mapping[str, Sourced],
        written: Mapping[str, list[str]],
    ) -> list[str]:
        """Return what some patterns mean: assumed numbers, those sharing an anchor together."""
        shared = {name: all_ for all_ in written.values() for name in all_}
        chosen: dict[str, None] = {}
        single = isinstance(names, str)
        for index, pattern in enumerate((names,) if single else names):
            place = (*at, "names") if single else (*at, "names", index)
            matching = [n for n in numbers if fnmatchcase(n, pattern)]
            free = [n for n in matching if n in shared]
            if not matching:
                hint = did_you_mean(pattern, list(numbers))
                self._fault(place, "E050", f"no number of this circuit is called so.{hint}")
            elif not free:
                first = matching[0]
                message = f"{first} has a source ({numbers[first].source}); a fit changes only "
                self._fault(place, "E035", f"{message}numbers that are {ASSUMED}")
            for number in free:
                chosen.update(dict.fromkeys(shared[number]))
        return list(chosen)

    def _check_ends(self, at: KeyPath, ends: _Ends, start: float, unit: str) -> None:
        """Report the faults of a range whose values have a unit."""
        found = []
        for key, typed in (("low", ends.low), ("high", ends.high)):
            try:
                value, given = split(str(typed))
            except ValueError:
                value, given = math.nan, ""
            if not math.isfinite(value) or given != unit:
                wanted = f"a number of {unit}" if unit else "a number without a unit"
                example = f"{key}: {start:g} {unit}".strip()
                self._fault((*at, key), "E023", f"{wanted} is needed, got '{typed}'", example)
                return
            found.append(value)
        low, high = found
        if low >= high:
            self._fault((*at, "high"), "E035", f"'{ends.high}' is not above low, '{ends.low}'")
        if ends.scale == "log" and low <= 0:
            message = f"'{ends.low}' has no logarithm"
            self._fault((*at, "low"), "E033", message, "scale: linear")
