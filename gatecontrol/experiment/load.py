"""Loading an experiment: every fault in one pass, each where it was typed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from math import prod
from pathlib import Path
from typing import Any

from pydantic_core import PydanticCustomError

from gatecontrol.errors import ExperimentError, closest, did_you_mean
from gatecontrol.experiment.axes import Step, SweepAxis, read_axes, stepped
from gatecontrol.experiment.config import (
    NONE,
    SETTINGS,
    Config,
    Origin,
    base_config,
    document,
    merged,
    parse_path,
)
from gatecontrol.experiment.find import (
    check_version,
    default_name,
    find_experiment,
    shipped_experiments,
)
from gatecontrol.experiment.measuring import check_measures, lacking_stimuli
from gatecontrol.experiment.models import field_names, missing_fault, model_faults, shown
from gatecontrol.experiment.override import (
    Override,
    apply_to_document,
    apply_to_settings,
    misplaced,
    read_overrides,
)
from gatecontrol.experiment.paths import path_state, suggestion
from gatecontrol.experiment.replicates import AdaptiveSeeds, SeedList
from gatecontrol.experiment.schema import (
    DEVICE_OFF,
    NAME,
    Arm,
    Experiment,
)
from gatecontrol.experiment.validate import Collector, Validator
from gatecontrol.experiment.values import Fault
from gatecontrol.yamlfile import YamlFile, path_text, read_yaml

__all__ = ["MOST_POINTS", "Loaded", "load", "shipped_experiments"]

MOST_POINTS = 1_000_000
"""Largest number of points of one experiment: arms x sweep x seeds."""
_MOST_COMBINATIONS = 2000  # checked while loading; the rest when the points are made
_EXAMPLES = {"schema": "schema: 1", "run": "run: {duration: 9 s}"}


@dataclass
class Loaded:
    """What loading found out, beside the experiment itself.

    Attributes
    ----------
    doc : Config
        The whole file with ``--set`` values of other than `SETTINGS`.
    arms : dict of str to Config
        Merged settings of every arm, ``--set`` included, without the sweep.
    axes : list of SweepAxis
        The sweep.
    overrides : list of Override
        Values of ``--set``.
    """

    doc: Config
    arms: dict[str, Config] = field(default_factory=dict)
    axes: list[SweepAxis] = field(default_factory=list)
    overrides: list[Override] = field(default_factory=list)

    def settings(self, arm: str, steps: Sequence[Step]) -> Config:
        """Return the settings of one arm at one point of the sweep."""
        return apply_to_settings(stepped(self.arms[arm], steps), self.overrides)


def load(
    path_or_name: str | Path, overrides: Sequence[str] = (), strict: bool = False
) -> Experiment:
    """Load an experiment file and check all of it, before anything runs.

    Parameters
    ----------
    path_or_name : str or Path
        A file, or the name of a shipped experiment.
    overrides : sequence of str, optional
        ``path=value`` texts, as after ``--set``; they win over file, arms and sweep.
    strict : bool, optional
        Treat warnings as errors.

    Returns
    -------
    Experiment

    Raises
    ------
    ExperimentError
        Every fault of the file, in the order of its lines.
    """
    path, name = find_experiment(path_or_name)
    file = read_yaml(path, name)
    check_version(file)
    return _Loader(file, overrides).load(strict)


class _Loader:
    """One pass over one file."""

    def __init__(self, file: YamlFile, overrides: Sequence[str]) -> None:
        self.file = file
        read, problems = read_overrides(overrides)
        doc, more = apply_to_document(document(file), read)
        self.loaded = Loaded(doc, overrides=read)
        allowed = doc.data.get("allow_out_of_range")
        self.allowed = (
            [a for a in allowed if isinstance(a, str)] if isinstance(allowed, list) else []
        )
        self.collector = Collector(self.allowed)
        for problem in (*problems, *more):
            self.collector.report(problem)
        self.validator = Validator(file.path.absolute().parent, self.allowed)
        typed = [k for k in doc.data if k not in field_names(Experiment)]
        self.mistyped = {closest(k, field_names(Experiment)) for k in typed}
        self.base = base_config(doc)

    def load(self, strict: bool) -> Experiment:
        """Check everything, then build the experiment."""
        doc, collector = self.loaded.doc, self.collector
        for fault in self._document_faults():
            collector.add(doc, fault)
        self._check(self.base, complete=False)
        plain = self._arms(self.base)
        for problem in misplaced(self.loaded.overrides, plain):
            collector.report(problem)
        self.loaded.arms = {
            name: apply_to_settings(config, self.loaded.overrides) for name, config in plain.items()
        }
        replaced = [o.path for o in self.loaded.overrides if o.path[0] in SETTINGS]
        self.loaded.axes, problems = read_axes(doc, self.loaded.arms, replaced)
        for problem in problems:
            collector.report(problem)
        self._check_points()
        self._check_measures()
        self._check_allowed()
        self._check_device_window()
        return self._finish(strict)

    # The file as a whole ---------------------------------------------------------------------
    def _document_faults(self) -> Iterator[Fault]:
        data = self.loaded.doc.data
        # Sections of the settings, arms, sweep and measures have checks of their own.
        own = {k: v for k, v in data.items() if k not in {*SETTINGS, "arms", "sweep", "measures"}}
        known = field_names(Experiment)
        for fault in model_faults(Experiment, own | {"run": {"duration": "1 s"}}, "", _EXAMPLES):
            if fault.code == "E001" and len(fault.path) == 1:
                yield self._unknown(fault, known)
            else:
                yield fault
        if "run" not in data and not any(o.path[0] == "run" for o in self.loaded.overrides):
            missing = missing_fault("run", list(data), known, _EXAMPLES["run"])
            if missing:
                yield missing
        yield from self._arm_faults(data.get("arms", {}))
        measures = check_measures(data.get("measures", []), self.validator.folder)
        yield from (fault.under(("measures",)) for fault in measures.faults)
        control = data.get("control", DEVICE_OFF)
        arms = data.get("arms")
        names = [DEVICE_OFF, *(arms if isinstance(arms, dict) else [])]
        if isinstance(control, str) and control.strip() and control not in names:
            message = f"no arm named '{control}'.{did_you_mean(control, names)}"
            yield Fault(("control",), "E010", message, f"one of: {', '.join(names)}")

    def _unknown(self, fault: Fault, known: list[str]) -> Fault:
        """Say what an unknown section would do to the run, where that is clear."""
        meant = closest(str(fault.path[0]), known)
        effects = {
            "device": "without it the experiment would run with no stimulation",
            "stimuli": "without it the experiment would run with no natural input",
            "arms": "without it there would be one arm only",
            "sweep": "without it there would be one point only",
            "seeds": "without it the experiment would run with one seed",
        }
        help = effects.get(meant, fault.help)
        return Fault(fault.path, fault.code, fault.message, help, True)

    def _arm_faults(self, arms: object) -> Iterator[Fault]:
        import re

        if not isinstance(arms, dict):
            message = f"a mapping of names to arms is needed, got {shown(arms)}"
            yield Fault(("arms",), "E020", message, "arms: {tonic: {device: {kind: scs}}}")
            return
        for name, arm in arms.items():
            at = ("arms", name)
            if not re.match(NAME, name) or len(name) > 64:
                message = "an arm's name is lower-case letters, digits, - and _ (at most 64)"
                yield Fault(at, "E023", message, key=True)
            elif name == DEVICE_OFF:
                message = "this name means the paired control; choose another"
                yield Fault(at, "E035", message, key=True)
            if not isinstance(arm, dict):
                message = f"a mapping is needed, got {shown(arm)}"
                yield Fault(at, "E020", message, f"{name}: {{}}   # an arm as the base is")
                continue
            for fault in model_faults(Arm, arm, f"arms.{name}"):
                if fault.code == "E001" and fault.path[0] in field_names(Experiment):
                    help = f"'{fault.path[0]}' is the same for all arms; write it outside arms"
                    fault = Fault(fault.path, "E001", fault.message, help, True)
                yield fault.under(at)

    # Settings of the arms --------------------------------------------------------------------
    def _arms(self, base: Config) -> dict[str, Config]:
        arms = self.loaded.doc.data.get("arms")
        if not isinstance(arms, dict) or not arms:
            return {"default": base}
        return {
            name: merged(base, self.loaded.doc, ("arms", name)) if isinstance(arm, dict) else base
            for name, arm in arms.items()
        }

    def _check(self, config: Config, *, complete: bool) -> set[tuple[object, str]]:
        """Report the faults of some settings; return which (path, code) there are."""
        faults, foreign = self.validator.faults(config, complete=complete)
        for fault in faults:
            where = self._place(config, fault)
            if where is not None:
                self.collector.add(where, fault)
        for problem in foreign:
            self.collector.report(problem)
        return {(f.path, f.code) for f in faults}

    def _place(self, config: Config, fault: Fault) -> Config | None:
        """Return where a fault is to be reported; None if another fault says it already."""
        if fault.code != "E002":
            return config
        if fault.path == ("run",) or fault.path[0] in self.mistyped:
            return None
        device = self.base.data.get("device", NONE)
        if fault.path != ("device", "kind") or device == NONE:
            return config
        # An arm that changes a base without a kind is not at fault itself.
        return self.base if isinstance(device, dict) else None

    def _check_points(self) -> None:
        """Check every arm at the first point of the sweep, then each value, then combinations."""
        axes, loaded = self.loaded.axes, self.loaded
        firsts = [a.steps[0] for a in axes]
        for arm in loaded.arms:
            usual = self._check(loaded.settings(arm, firsts), complete=True)
            for index, axis in enumerate(axes):
                for step in axis.steps[1:]:
                    steps = [*firsts[:index], step, *firsts[index + 1 :]]
                    usual |= self._check_step(arm, steps, step, usual)
            if len(axes) > 1:
                every = product(*(a.steps for a in axes))
                for combination in islice(every, _MOST_COMBINATIONS):
                    usual |= self._check_step(arm, combination, combination[-1], usual)
        self._check_count()

    def _check_step(
        self, arm: str, steps: Sequence[Step], step: Step, usual: set[tuple[object, str]]
    ) -> set[tuple[object, str]]:
        """Report what a step of the sweep makes wrong that was right without it."""
        config = self.loaded.settings(arm, steps)
        faults, foreign = self.validator.faults(config, complete=True)
        new: set[tuple[object, str]] = set()
        for fault in faults:
            origin = config.origin(fault.path)
            if _below(origin, step.origin):
                self.collector.add(config, fault)
            elif (fault.path, fault.code) not in usual and not self.collector.lifted(fault):
                new.add((fault.path, fault.code))
                self._report_at(step, steps, fault)
        for problem in foreign:
            self.collector.report(problem)
        return new

    def _report_at(self, step: Step, steps: Sequence[Step], fault: Fault) -> None:
        given = ", ".join(s.text for s in steps)
        message = f"with {given}, {path_text(fault.path)}: {fault.message}"
        origin = step.origin
        self.collector.report(origin.file.problem(fault.code, origin.path, message, fault.help))

    def _check_count(self) -> None:
        doc = self.loaded.doc
        try:
            seeds = SeedList().read(doc.data.get("seeds", 1))
        except PydanticCustomError:  # reported as a fault of the document
            return
        count = len(seeds)
        arms, sweep = len(self.loaded.arms), prod(a.size for a in self.loaded.axes)
        if arms * sweep * count > MOST_POINTS:
            word = "at most " if isinstance(seeds, AdaptiveSeeds) else ""
            message = f"{word}{arms * sweep * count} points ({arms} arms x {sweep} sweep points x "
            message += f"{count} seeds) are more than {MOST_POINTS}"
            self.collector.add(doc, Fault(("sweep",), "E035", message, "split the experiment"))

    def _check_allowed(self) -> None:
        arms = list(self.loaded.arms.values())
        for index, text in enumerate(self.allowed):
            at = ("allow_out_of_range", index)
            path = parse_path(text)
            known = path is not None and path[0] in SETTINGS
            if path is None or not known or all(path_state(a, path) for a in arms):
                hint, help = suggestion(text, arms)
                fault = Fault(at, "E010", f"no parameter '{text}'.{hint}", help)
                self.collector.add(self.loaded.doc, fault)
            elif text not in self.collector.used:
                message = f"'{text}' is within its plausible range anyway"
                self.collector.add(self.loaded.doc, Fault(at, "W004", message, "delete the line"))

    def _check_measures(self) -> None:
        """Check that every arm has the stimuli that the measures need."""
        measures = check_measures(self.loaded.doc.data.get("measures", []), self.validator.folder)
        for arm in self.loaded.arms if measures.value else ():
            usual = self.loaded.settings(arm, [a.steps[0] for a in self.loaded.axes])
            setting = self.validator.setting(usual)
            if isinstance(setting, list):  # its faults are reported already
                continue
            name = arm if "arms" in self.loaded.doc.data else ""
            for fault in lacking_stimuli(measures.value, setting.stimuli, name):
                self.collector.add(self.loaded.doc, fault.under(("measures",)))

    def _check_device_window(self) -> None:
        """Report what only a device needs, if no arm has one."""
        swept = {path[0] for axis in self.loaded.axes for path in axis.paths}
        if "device" in swept or any(self._has_device(c) for c in self.loaded.arms.values()):
            return
        data = self.loaded.doc.data
        seeds = data.get("seeds")
        compared = data.get("control", DEVICE_OFF) != DEVICE_OFF
        if isinstance(seeds, dict) and "until" in seeds and not compared:
            message = "no arm has a device, so there is no suppression whose interval could narrow"
            fault = Fault(("seeds", "until"), "E035", message, "seeds: 20")
            self.collector.add(self.loaded.doc, fault)
        run = data.get("run")
        if not isinstance(run, dict) or not run.keys() & {"device_on", "device_off"}:
            return
        key = "device_on" if "device_on" in run else "device_off"
        message = "has no effect: no arm has a device"
        self.collector.add(self.loaded.doc, Fault(("run", key), "W001", message, key=True))

    @staticmethod
    def _has_device(config: Config) -> bool:
        return bool(config.data.get("device", NONE) != NONE)

    # The experiment --------------------------------------------------------------------------
    def _finish(self, strict: bool) -> Experiment:
        problems = sorted(
            self.collector.problems,
            key=lambda p: (p.file != self.file.name, p.file, p.line, p.column),
        )
        errors = [p for p in problems if p.is_error or strict]
        if errors:
            raise ExperimentError(errors)
        data: Mapping[str, Any] = self.loaded.doc.data
        settings = apply_to_settings(self.base, self.loaded.overrides).data
        device = settings.get("device", NONE)
        own = {k: v for k, v in data.items() if k not in SETTINGS}
        own |= {k: v for k, v in settings.items() if k != "device"}
        own |= {"device": None if device == NONE else device}
        # What only the sweep gives is taken from its first point.
        arm = next(iter(self.loaded.arms))
        usual = self.loaded.settings(arm, [a.steps[0] for a in self.loaded.axes]).data
        for section in ("run", "epochs"):
            if section in own or section in usual:
                own[section] = {**usual.get(section, {}), **own.get(section, {})}
        own.setdefault("name", default_name(self.file.path.stem))
        experiment = Experiment.model_validate(own, context={"lenient": True})
        experiment._path = self.file.path.absolute()
        experiment._warnings = tuple(problems)
        experiment._loaded = self.loaded
        experiment._validator = self.validator
        return experiment


def _below(origin: Origin, above: Origin) -> bool:
    return origin.file is above.file and origin.path[: len(above.path)] == above.path
