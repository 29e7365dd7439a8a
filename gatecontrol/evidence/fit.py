"""Fitting assumed numbers of a circuit to some phenomena, in the open: every trial is kept.

The record, ``fit.json``, is also where a fit goes on after it was stopped. Each suggestion comes
from a sampler seeded anew by the number of finished trials, so a stopped fit and one in a single
run are the same.
"""

import hashlib
import json
import math
import platform
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import gatecontrol
from gatecontrol.errors import ExperimentError, GatecontrolError, UsageError
from gatecontrol.evidence.battery import run_battery
from gatecontrol.evidence.objective import WORST, objective
from gatecontrol.evidence.parameters import changed, text_of
from gatecontrol.evidence.registry import lacking, load_phenomena
from gatecontrol.files import write_whole

if TYPE_CHECKING:
    from gatecontrol.evidence.fitfile import Fit, Free
    from gatecontrol.experiment.progress import Reporter
    from gatecontrol.sourced import Sourced

__all__ = ["changes_of", "fit_circuit", "optuna"]

_SAME = ("circuit", "circuit_sha256", "depth", "seeds", "margin", "sampler_seed", "used",
         "parameters", "gatecontrol")  # fmt: skip
"""Parts of the record that must be as they were for a fit to go on."""


def optuna() -> Any:
    """Return the module optuna.

    Raises
    ------
    GatecontrolError
        It is not installed.
    """
    try:
        module = import_module("optuna")
    except ImportError as error:
        raise GatecontrolError(
            "gatecontrol fit needs optuna, which is not installed: pip install 'gatecontrol[fit]'"
        ) from error
    module.logging.set_verbosity(module.logging.WARNING)
    return module


def changes_of(
    parameters: "tuple[Free, ...]", values: Mapping[str, float], numbers: "Mapping[str, Sourced]"
) -> dict[str, str]:
    """Return what values of the parameters make of the circuit's numbers.

    Parameters
    ----------
    parameters : tuple of Free
    values : mapping of str to float
        By name of the parameter.
    numbers : mapping of str to Sourced
        All numbers of the circuit.

    Returns
    -------
    dict of str to str
        As in ``circuit: {set: ...}``.
    """
    found: dict[str, str] = {}
    for one in parameters:
        value = values[one.name]
        if one.kind == "factor":
            found |= changed(numbers, one.numbers, value)
        else:
            found |= {name: text_of(value, one.unit, numbers[name]) for name in one.numbers}
    return found


def fit_circuit(
    fit: "Fit",
    *,
    trials: int | None = None,
    out: Path | None = None,
    workers: int | None = None,
    fresh: bool = False,
    progress: "Reporter | None" = None,
    backend: str = "auto",
    again: str = "",
) -> dict[str, Any]:
    """Fit a circuit, or go on with a fit.

    Parameters
    ----------
    fit : Fit
    trials : int, optional
        How many in all, those of an earlier call included; as the file says by default.
    out : Path, optional
        Folder, ``results/fits/<name>`` by default. It gets ``fit.json`` and ``fitted.yaml``.
    workers : int, optional
        Processes.
    fresh : bool, optional
        Forget an earlier fit in the folder; simulations that it finished are used again.
    progress : Reporter, optional
    backend : str, optional
        Simulation engine.
    again : str, optional
        The command that goes on, for messages.

    Returns
    -------
    dict
        Content of ``fit.json``.

    Raises
    ------
    UsageError
        The folder holds another fit, or the circuit cannot express a phenomenon.
    GatecontrolError
        Optuna is not installed.
    RunError
        A simulation failed or was stopped; finished trials are kept.
    """
    from gatecontrol.circuits import circuit_path
    from gatecontrol.circuits.load import circuit_numbers
    from gatecontrol.experiment.progress import Lines

    library, say = optuna(), progress or Lines()
    folder = out or Path("results") / "fits" / fit.name
    numbers = circuit_numbers(circuit_path(fit.circuit), fit.circuit)
    _check_expressible(fit)
    record = _begun(fit, folder, library.__version__, fresh=fresh)
    study = library.create_study(direction="minimize")
    space = {
        one.name: library.distributions.FloatDistribution(one.low, one.high, log=one.log)
        for one in fit.parameters
    }
    for done in record["trials"]:
        study.add_trial(
            library.trial.create_trial(
                params=done["values"], distributions=space, value=done["objective"]
            )
        )
    total = trials or fit.trials
    for number in range(len(record["trials"]), total):
        study.sampler = _sampler(library, fit.sampler_seed, number)
        if number == 0:
            study.enqueue_trial({one.name: one.start for one in fit.parameters})
        trial = study.ask(space)
        values = {one.name: trial.params[one.name] for one in fit.parameters}
        made = changes_of(fit.parameters, values, numbers)
        row = {"number": number, "values": values}
        try:
            row |= _tried(fit, made, folder, workers, say, backend, again)
        except ExperimentError as error:
            if number == 0:  # not the numbers are at fault
                raise
            worst = WORST * sum(map(len, fit.used.values()))
            row |= {"objective": worst, "parts": [], "seconds": 0.0, "refused": str(error)}
        study.tell(trial, row["objective"])
        record["trials"].append(row)
        _keep(record, fit, numbers, folder)
        best = record["best"]
        say.say(
            f"trial {number + 1} of {total}: objective {row['objective']:.3g}"
            + f", best {best['objective']:.3g} (trial {best['number'] + 1})"
        )
    return record


def _sampler(library: Any, seed: int, number: int) -> Any:
    state = int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
    return library.samplers.TPESampler(seed=state)


def _tried(
    fit: "Fit",
    made: Mapping[str, str],
    folder: Path,
    workers: int | None,
    say: "Reporter",
    backend: str,
    again: str,
) -> dict[str, Any]:
    """Score one choice of numbers."""
    score = run_battery(
        fit.circuit,
        only=list(fit.used),
        depth=fit.depth,
        out=folder,
        seeds=fit.seeds,
        workers=workers,
        changes=made,
        progress=say,
        backend=backend,
        again=again,
    )
    total, parts = objective(score, fit.used, fit.margin)
    rows = [{k: _plain(v) for k, v in asdict(part).items()} for part in parts]
    return {"objective": total, "parts": rows, "seconds": round(score.seconds, 3), "refused": ""}


def _plain(value: Any) -> Any:
    """Return what JSON can hold: numbers that are none become null, infinities text."""
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value


def _check_expressible(fit: "Fit") -> None:
    from gatecontrol.circuits import list_conditions, load_circuit

    circuit, conditions = load_circuit(fit.circuit), list_conditions(fit.circuit)
    for phenomenon in load_phenomena(list(fit.used)):
        missing = lacking(phenomenon.needs, circuit, conditions)
        if missing:
            raise UsageError(
                f"{fit.circuit} cannot express {phenomenon.id}: {'; '.join(missing)}; "
                + "take it out of 'phenomena'"
            )


def _begun(fit: "Fit", folder: Path, optuna_version: str, *, fresh: bool) -> dict[str, Any]:
    """Return the record of this fit: a new one, or the one to go on with."""
    from gatecontrol.circuits import circuit_path

    every = load_phenomena()
    bands = {
        p.id: {
            q.name: {"low": q.low, "high": q.high, "unit": q.unit, "rule": q.rule}
            for q in p.quantities
            if q.name in fit.used[p.id]
        }
        for p in every
        if p.id in fit.used
    }
    record: dict[str, Any] = {
        "fit": fit.name,
        "circuit": fit.circuit,
        "circuit_sha256": hashlib.sha256(circuit_path(fit.circuit).read_bytes()).hexdigest(),
        "depth": fit.depth,
        "seeds": fit.seeds,
        "margin": fit.margin,
        "sampler_seed": fit.sampler_seed,
        "used": bands,
        "not_used": [p.id for p in every if p.id not in fit.used],
        "quantities_not_used": {
            p.id: [q.name for q in p.quantities if q.name not in fit.used[p.id]]
            for p in every
            if p.id in fit.used
        },
        "parameters": [asdict(one) for one in fit.parameters],
        "gatecontrol": gatecontrol.__version__,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in ("brian2", "numpy")}
        | {"optuna": optuna_version},
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "best": None,
        "set": {},
        "trials": [],
    }
    record = json.loads(json.dumps(record))  # tuples are lists, as in the file
    path = folder / "fit.json"
    if fresh or not path.is_file():
        return record
    try:
        old = json.loads(path.read_text(encoding="utf-8"))
        differ = [key for key in _SAME if old[key] != record[key]]
        old["trials"][:0]
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is no record of a fit; delete it, or use --fresh") from error
    if differ:
        raise UsageError(
            f"{path} is of another fit (different: {', '.join(differ)}); name another folder "
            + "with --out, or begin anew with --fresh"
        )
    return old


def _keep(
    record: dict[str, Any], fit: "Fit", numbers: "Mapping[str, Sourced]", folder: Path
) -> None:
    """Write the record and the best numbers."""
    best = min(record["trials"], key=lambda row: row["objective"])
    record["best"] = {key: best[key] for key in ("number", "values", "objective", "parts")}
    record["set"] = changes_of(fit.parameters, best["values"], numbers)
    record["finished"] = datetime.now(UTC).isoformat(timespec="seconds")
    text = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write_whole(folder / "fit.json", text.encode())
    key = "file" if fit.circuit.endswith((".yaml", ".yml")) else "name"
    lines = [
        f"# Trial {best['number'] + 1} of {len(record['trials'])}, objective "
        + f"{best['objective']:.4g}; how it was found is in fit.json. Fitted to "
        + f"{', '.join(fit.used)}: no test of the circuit on these.",
        "circuit:",
        f"  {key}: {json.dumps(fit.circuit, ensure_ascii=False)}",
        "  set:",
        *(f"    {json.dumps(n)}: {json.dumps(t, ensure_ascii=False)}"
          for n, t in record["set"].items()),
    ]  # fmt: skip
    write_whole(folder / "fitted.yaml", ("\n".join(lines) + "\n").encode())
