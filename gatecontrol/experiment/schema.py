"""The experiment file, described once: validation, editor schema and reference page.

Each field's docstring is what an editor shows: `gatecontrol.experiment.jsonschema` reads
it from this file (pydantic would do so at every start, for 50 ms). How the parts are
checked against each other is in `gatecontrol.experiment.validate`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PrivateAttr,
    ValidationInfo,
)
from pydantic_core import CoreSchema, core_schema

from gatecontrol.errors import Problem
from gatecontrol.experiment.config import DEFAULTS, TIME_STEP
from gatecontrol.experiment.replicates import AdaptiveSeeds, SeedList
from gatecontrol.experiment.values import Fault, check_value, stop, value_schema
from gatecontrol.plugins import REQUIRED, Parameter
from gatecontrol.preparations import PREPARATIONS

if TYPE_CHECKING:
    from gatecontrol.experiment.load import Loaded
    from gatecontrol.experiment.validate import Validator

__all__ = [
    "DEVICE_OFF",
    "NAME",
    "Record",
    "SCHEMA_VERSION",
    "Arm",
    "CircuitChoice",
    "Epochs",
    "Experiment",
    "Run",
    "Section",
    "Typed",
]

SCHEMA_VERSION = 1
DEVICE_OFF = "device_off"
"""``control: device_off``: the same trial with the device off."""
NAME = r"^[a-z0-9][a-z0-9_-]*$"


@dataclass(frozen=True)
class Typed:
    """Field type: a value as typed, checked like a plug-in's parameter.

    Attributes
    ----------
    parameter : Parameter
        Kind, range and choices.
    pattern, pattern_words : str
        Regular expression that text must match, and what it asks for.
    """

    parameter: Parameter
    pattern: str = ""
    pattern_words: str = ""

    def read(self, value: Any, info: ValidationInfo) -> Any:
        """Return the value as typed; ranges are lenient if the context says so."""
        _, fault = check_value(self.parameter, value)
        lenient = bool(info.context and info.context.get("lenient"))
        if fault is None and self.pattern and not re.match(self.pattern, value):
            fault = Fault((), "E023", f"'{value}': {self.pattern_words}")
        if fault is not None and not (lenient and fault.code == "E033"):
            raise stop(fault)
        return value

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        found = value_schema(self.parameter)
        if self.pattern:
            found["pattern"] = self.pattern
        return found


def _text(name: str, default: object = REQUIRED, **more: str) -> Typed:
    return Typed(Parameter(name, "text", default, ""), **more)


def _time(name: str, minimum: str, maximum: str | None, default: object = REQUIRED) -> Typed:
    return Typed(Parameter(name, "time", default, "", minimum=minimum, maximum=maximum))


def _choice(name: str, *choices: str) -> Typed:
    return Typed(Parameter(name, "choice", choices[0], "", choices=choices))


_FACTOR = Typed(Parameter("scale", "number", REQUIRED, "", minimum=0.0))
_MARGIN = Typed(Parameter("equivalence_margin", "number", None, "", minimum=0.001, maximum=1.0))


@dataclass(frozen=True)
class Scalar:
    """Field type: text or a number, read by someone else."""

    def read(self, value: Any) -> Any:
        """Return the value as typed."""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise stop(Fault((), "E023", "expected a value such as -60 mV"))
        return value

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": ["string", "number"]}


class Section(BaseModel):
    """Base of all sections: unknown keys are refused, nothing changes after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class CircuitChoice(Section):
    """The dorsal-horn circuit: one by name, or your own file."""

    name: Annotated[str | None, _text("name", None)] = None
    """Name of an installed circuit (gatecontrol list circuits)."""
    file: Annotated[str | None, _text("file", None)] = None
    """A circuit file of your own, relative to this file; instead of name."""
    conditions: tuple[Annotated[str, _text("conditions")], ...] = ()
    """Conditions applied in order, such as injured or gaba_a_block."""
    condition_stimuli: Annotated[str | None, _choice("condition_stimuli", "add", "none")] = None
    """Whether stimuli that conditions bring along (ectopic spikes of injured) act: add or none."""
    set: dict[str, Annotated[Any, Scalar()]] = Field(default_factory=dict)
    """Numbers of the circuit to change, by dotted name: receptors.gaba_a.reversal: -60 mV."""
    scale: dict[str, Annotated[Any, _FACTOR]] = Field(default_factory=dict)
    """Factors on numbers of the circuit, by patterns of dotted names, after conditions and set:
    pathways.*.weights.gaba_a: 0.25."""


class Run(Section):
    """How long is simulated, in which steps, and when the device is on."""

    duration: Annotated[str, _time("duration", "1 ms", "1 h")]
    """Simulated time, at most 1 h."""
    dt: Annotated[str, _time("dt", "1 us", "0.2 ms")] = TIME_STEP
    """Time step; at most a fifth of the circuit's fastest time constant."""
    device_on: Annotated[str | None, _time("device_on", "0 s", None, None)] = None
    """When the device is switched on; needed if any arm has a device."""
    device_off: Annotated[str | None, _time("device_off", "0 s", None, None)] = None
    """When the device is switched off; needed if any arm has a device."""


_Window = tuple[Annotated[str, _time("epoch", "0 s", None)], ...]


class Epochs(Section):
    """Stretches in which everything is measured; an epoch that is left out does not exist."""

    before: _Window | None = None
    """Before the device is on: [start, stop]."""
    during: _Window
    """While the device is on (or the whole window without a device): [start, stop]."""
    after: _Window | None = None
    """After the device is off: [start, stop]."""


class Record(Section):
    """What is kept beside the measures."""

    spikes: Annotated[str, _choice("spikes", "first_seed", "none", "all")] = "first_seed"
    """For which seeds spikes are kept: first_seed, none or all."""


class Arm(Section):
    """One arm: what differs from the base."""

    label: Annotated[str | None, _text("label", None)] = None
    """Name in figures and tables."""
    preparation: Any = None
    """Replaces the base's preparation."""
    circuit: Any = None
    """Merged over the base's circuit key by key; text replaces it."""
    stimuli: Any = None
    """Replaces the base's list of stimuli."""
    device: Any = None
    """Merged over the base's device; another kind replaces it, none removes it."""


def _named(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


class Experiment(Section):
    """An experiment file."""

    schema_version: Annotated[int, Typed(Parameter("schema", "integer", REQUIRED, ""))] = Field(
        alias="schema"
    )
    """Version of this format: 1."""
    name: Annotated[
        str,
        _text("name", pattern=NAME, pattern_words="a name is lower-case letters, digits, - and _"),
    ] = ""
    """Names the results folder; the file's name if left out."""
    question: Annotated[str, _text("question")] = ""
    """What the experiment asks, in a paragraph."""
    look_for: Annotated[str, _text("look_for")] = ""
    """What to look at in the results, in a paragraph."""
    preparation: Annotated[str, _choice("preparation", *PREPARATIONS)] = DEFAULTS["preparation"]
    """Whose body: distances, velocities, fibre diameters, cord and CSF."""
    circuit: Annotated[CircuitChoice, BeforeValidator(_named)] = CircuitChoice(
        **DEFAULTS["circuit"]
    )
    """The dorsal-horn circuit: a name, or a mapping with conditions and changes."""
    stimuli: tuple[Any, ...] = ()
    """Natural input, in the order of the list: each a kind with its parameters."""
    device: Any = None
    """The stimulator of every arm: a kind with its parameters; none or absent for no device."""
    run: Run
    """Duration, time step and device window."""
    epochs: Epochs | None = None
    """Measured stretches; derived from stimuli and device window if left out."""
    control: Annotated[str, _text("control")] = DEVICE_OFF
    """What each arm is compared with: device_off (same trial, device off) or an arm."""
    arms: Mapping[str, Arm] = Field(default_factory=dict)
    """What is compared: name -> what differs from the base."""
    sweep: Mapping[str, Any] = Field(default_factory=dict)
    """Axes over any path, applied inside every arm: path -> values; zip; list; sensitivity."""
    seeds: Annotated[tuple[int, ...] | AdaptiveSeeds, SeedList()] = (1,)
    """Replicates: a count, a list, {first: 100, count: 20}, or {until: 0.02, max: 200}: as many
    as it takes until the 95 % interval of every suppression is within 0.02 to either side."""
    measures: tuple[Any, ...] = ()
    """Measures beside pain_signal, population_rates and synchrony, which are always taken:
    each a name, or a kind with its parameters."""
    equivalence_margin: Annotated[float | None, _MARGIN] = None
    """Largest difference of suppression that counts as none, as a fraction: 0.05. Stated before
    the run; results then say which arms are equivalent."""
    record: Record = Record()
    """Of which seeds the spikes are kept with the results."""
    allow_out_of_range: tuple[Annotated[str, _text("allow_out_of_range")], ...] = ()
    """Paths whose plausible range is lifted; kept with the results."""

    _path: Path = PrivateAttr(default=Path())
    _warnings: tuple[Problem, ...] = PrivateAttr(default=())
    _loaded: "Loaded | None" = PrivateAttr(default=None)
    _validator: "Validator | None" = PrivateAttr(default=None)

    @property
    def path(self) -> Path:
        """The file it was read from."""
        return self._path

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Doubtful but legal things, kept with the results."""
        return self._warnings

    def resolved(self) -> str:
        """Return the experiment as YAML text with everything filled in; itself loadable."""
        from gatecontrol.experiment.resolve import experiment_text

        return experiment_text(self)
