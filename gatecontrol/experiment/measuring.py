"""The measures of an experiment: checked, and told apart into those of a trial and of a run.

In the file a measure is a name, or a mapping of ``kind`` and parameters. A trial holds
those of the trial, resolved; summaries are computed when results are assembled, so they are
no part of a trial and of its key.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatecontrol.analysis.base import ALWAYS, Summary, load_measure
from gatecontrol.errors import GatecontrolError
from gatecontrol.experiment.models import shown
from gatecontrol.experiment.sections import Checked, check_plugin
from gatecontrol.experiment.values import Fault
from gatecontrol.parameters import to_si
from gatecontrol.plugins import load_plugin

if TYPE_CHECKING:
    from gatecontrol.experiment.schema import Experiment

__all__ = ["check_measures", "lacking_stimuli", "summaries_of", "trial_measures"]


def check_measures(section: object, folder: Path) -> Checked:
    """Check the list of measures; its value holds each as a mapping, defaults filled in.

    Parameters
    ----------
    section : object
        As typed.
    folder : Path
        Folder of the experiment file, for parameters that name files.
    """
    if not isinstance(section, list | tuple):
        return Checked((Fault((), "E020", f"a list is needed, got {shown(section)}"),))
    faults: list[Fault] = []
    values: list[Any] = []
    kinds: dict[str, int] = {}
    for index, one in enumerate(section):
        bare = not isinstance(one, dict)
        if bare and not isinstance(one, str):
            message = f"the name of a measure or a mapping is needed, got {shown(one)}"
            faults.append(Fault((index,), "E020", message, "measures: [windup]"))
            continue
        checked = check_plugin("measures", {"kind": one} if bare else one, folder, ())
        faults += [
            _of_name(f, index, str(one)) if bare else f.under((index,)) for f in checked.faults
        ]
        kind = one if bare else one.get("kind")
        if isinstance(kind, str):
            at = (index,) if bare else (index, "kind")
            if kind in kinds:
                message = f"measures[{kinds[kind]}] is '{kind}' already; a measure is taken once"
                faults.append(Fault(at, "E035", message))
            kinds.setdefault(kind, index)
        values.append(checked.value)
    wrong = any(f.code.startswith("E") for f in faults)
    return Checked(tuple(faults), None if wrong else values)


def lacking_stimuli(
    measures: Sequence[Mapping[str, Any]], stimuli: Sequence[Mapping[str, Any]], arm: str
) -> Iterator[Fault]:
    """Yield a fault for every measure that an arm gives nothing to measure.

    Parameters
    ----------
    measures : sequence of mapping
        The value of `check_measures`.
    stimuli : sequence of mapping
        Those of the arm, with all parameters.
    arm : str
        Its name; empty for an experiment without arms.
    """
    for index, config in enumerate(measures):
        kind = config["kind"]
        one = load_measure(_resolved(config))
        taken = [load_measure(_resolved({"kind": k})) for k in getattr(one, "requires", ())]
        for lacks in filter(None, (m.lacks(stimuli) for m in (one, *taken))):
            where = f", which the arm '{arm}' does not have" if arm else ""
            message = f"'{kind}' needs {lacks}{where}"
            help = f"add one to the stimuli, or leave {kind} out of measures"
            yield Fault((index,), "E035", message, help)


def _of_name(fault: Fault, index: int, name: str) -> Fault:
    """Return the fault of a measure of which only the name was typed."""
    if fault.code != "E002":
        return replace(fault, path=(index,))
    message = f"the measure '{name}' needs '{fault.path[-1]}'"
    return Fault((index,), "E002", message, f"measures: [{{kind: {name}, {fault.help}}}]")


def _typed(experiment: "Experiment") -> list[dict[str, Any]]:
    """Return every measure of the file as a mapping, paths of files absolute."""
    folder = Path(getattr(experiment, "path", Path())).parent
    found = []
    for one in getattr(experiment, "measures", ()):
        config = {"kind": one} if isinstance(one, str) else dict(one)
        for parameter in load_plugin("measures", config["kind"]).parameters:
            value = config.get(parameter.name, parameter.default)
            if parameter.kind == "file" and isinstance(value, str):
                config[parameter.name] = str((folder / value).resolve())
        found.append(config)
    return found


def _resolved(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``kind`` and the SI values of all parameters, JSON-able."""
    values = to_si(load_plugin("measures", config["kind"]).parameters, config)
    plain = {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}
    return {"kind": str(config["kind"]), **plain}


def _is_summary(kind: str) -> bool:
    found = load_plugin("measures", kind)
    return isinstance(found, type) and issubclass(found, Summary)


def summaries_of(experiment: "Experiment") -> list[Summary]:
    """Return the summaries that an experiment asks for, in the order of the file.

    Parameters
    ----------
    experiment : Experiment
    """
    found = [c for c in _typed(experiment) if _is_summary(c["kind"])]
    loaded = [load_measure(_resolved(config)) for config in found]
    return [one for one in loaded if isinstance(one, Summary)]


def trial_measures(experiment: "Experiment") -> list[dict[str, Any]]:
    """Return the measures that each trial takes beside `ALWAYS`, resolved, sorted by kind.

    Parameters
    ----------
    experiment : Experiment

    Returns
    -------
    list of dict
        ``kind`` and SI values; those that summaries require, at their defaults, included.

    Raises
    ------
    GatecontrolError
        A summary requires what is no measure of a trial.
    """
    typed = _typed(experiment)
    found = {c["kind"]: _resolved(c) for c in typed if not _is_summary(c["kind"])}
    for summary in summaries_of(experiment):
        for kind in summary.requires:
            if _is_summary(kind):
                raise GatecontrolError(
                    f"the measure '{summary.name}' requires '{kind}', which is a summary too; it "
                    + "may require measures of a trial only"
                )
            found.setdefault(kind, _resolved({"kind": kind}))
    # Those that are always taken count only where they are not at their defaults.
    usual = [kind for kind in ALWAYS if found.get(kind) == _resolved({"kind": kind})]
    return [found[kind] for kind in sorted(found) if kind not in usual]
