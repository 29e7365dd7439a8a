"""What a lesson is: one idea, a prediction, an experiment to vary, evidence, and a question.

A lesson is data. It holds no number of the model: what the model says is computed, and
whether that agrees with what the lesson wants to say is checked and told (`Check`).
"""

from importlib.resources import files
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from gatecontrol.errors import did_you_mean
from gatecontrol.teaching.bench import BenchState

__all__ = [
    "Check",
    "Choice",
    "Condition",
    "Evidence",
    "Lesson",
    "Notes",
    "Place",
    "Question",
    "Shows",
    "Stop",
    "Vary",
]

Text = Annotated[str, Field(min_length=1, max_length=2000)]
Label = Annotated[str, Field(min_length=1, max_length=60)]
Settings = dict[str, Any]
Kind = Literal["bench", "experiment", "fibres", "device"]
Change = Literal["lower", "higher", "alike", "not_lower", "not_higher"]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Choice(_Data):
    """One answer to a question.

    Attributes
    ----------
    text : str
        The answer.
    why : str
        Why it is right, or what speaks against it.
    right : bool
        Whether it is the right one.
    """

    text: Text
    why: Text
    right: bool = False


class Question(_Data):
    """A question with one right answer.

    Attributes
    ----------
    text : str
    choices : tuple of Choice
        Two to five; one of them is right.
    """

    text: Text
    choices: Annotated[tuple[Choice, ...], Field(min_length=2, max_length=5)]

    @model_validator(mode="after")
    def _one_is_right(self) -> Self:
        right = sum(c.right for c in self.choices)
        if right != 1:
            raise ValueError(f"{right} choices are marked 'right: true'; mark one")
        return self

    @property
    def right(self) -> int:
        """Index of the right choice."""
        return next(n for n, c in enumerate(self.choices) if c.right)


class Stop(_Data):
    """One position of the control.

    Attributes
    ----------
    label : str
    set : dict
        What it changes; see `Lesson`.
    """

    label: Label
    set: Settings = {}


class Vary(_Data):
    """The control that a lesson varies.

    Attributes
    ----------
    label : str
        What the control is called.
    stops : tuple of Stop
        Two to thirty.
    start : str
        Label of the stop that is shown first and that others are compared with; the first
        one if empty.
    against : str
        What that stop is called in a comparison, "without the brush".
    ordered : bool
        Whether points at neighbouring stops are joined by a line.
    """

    label: Label
    stops: Annotated[tuple[Stop, ...], Field(min_length=2, max_length=30)]
    start: str = ""
    against: Text
    ordered: bool = True

    @model_validator(mode="after")
    def _start_exists(self) -> Self:
        labels = [s.label for s in self.stops]
        if len(set(labels)) < len(labels):
            raise ValueError("two stops have the same label")
        if self.start:
            _position(self.start, labels, "stop")
        return self

    @property
    def reference(self) -> int:
        """Index of the stop that is shown first."""
        labels = [s.label for s in self.stops]
        return labels.index(self.start) if self.start else 0


class Condition(_Data):
    """One curve of a lesson: the same control under another condition.

    Attributes
    ----------
    label : str
    set : dict
        What it changes; see `Lesson`.
    """

    label: Label
    set: Settings = {}


class Shows(_Data):
    """What a lesson reads off its experiment.

    Attributes
    ----------
    value : str
        Variable of the results that counts, of the epoch "during" where it has epochs;
        ``population.NAME`` is the mean rate of a population then.
    name, unit : str
        On the axis: "Pain signal", "spikes/s".
    reads : str
        A sentence about it, with ``{value}`` in place of the number and its unit.
    logarithmic : bool
        Whether its axis is.
    detail : str
        What is drawn of one stop: a variable along volleys, or ``signal``, ``signal_lamina1``
        or ``paraesthesia`` for the smoothed rate of the cells that carry it.
    detail_name : str
        On its axis, where `detail` is a variable.
    """

    value: str = "pain_signal"
    name: Label = "Pain signal"
    unit: Annotated[str, Field(max_length=20)] = "spikes/s"
    reads: Text = "projection neurons fire {value}"  # noqa: RUF027 (filled in later)
    logarithmic: bool = False
    detail: str = "signal"
    detail_name: Annotated[str, Field(max_length=60)] = ""

    @field_validator("reads")
    @classmethod
    def _has_room(cls, text: str) -> str:
        if text.replace("{value}", "", 1).count("{") or "{value}" not in text:
            raise ValueError("needs {value} once, where the number goes, and no other brace")
        return text


class Place(_Data):
    """A stop under a condition, by their labels.

    Attributes
    ----------
    stop : str
    condition : str
        The first one if empty.
    """

    stop: str
    condition: str = ""


class Check(_Data):
    """A claim about the model that is looked at whenever a lesson is built.

    Attributes
    ----------
    says : str
        The claim: "Brushing lowers the pain signal."
    start, end : Place
        What is compared.
    change : str
        What `end` must be: ``lower``, ``higher``, ``alike``, ``not_lower`` or ``not_higher``.
    otherwise : str
        What is said if the model disagrees.
    """

    says: Text
    start: Place
    end: Place
    change: Change
    otherwise: Text


class Evidence(_Data):
    """A paragraph on what was found, and by whom.

    Attributes
    ----------
    text : str
    references : tuple of str
        Keys of ``references.bib``.
    """

    text: Text
    references: Annotated[tuple[str, ...], Field(min_length=1)]


class Notes(_Data):
    """For the lecturer.

    Attributes
    ----------
    timing : tuple of str
        Steps with minutes, in order.
    expected : str
        What most students say, and where the discussion should end.
    misconceptions : tuple of str
    """

    timing: Annotated[tuple[Text, ...], Field(min_length=1)]
    expected: Text
    misconceptions: Annotated[tuple[Text, ...], Field(min_length=1)]


class Lesson(_Data):
    """One idea to see for oneself.

    Attributes
    ----------
    id, title : str
        The id is the file's name.
    order : int
        Place in the course.
    idea : str
        In one sentence.
    minutes : int
    kind : str
        What `set` changes: ``bench``, fields of a `BenchState`; ``experiment``, keys of an
        experiment file, as after ``--set``; ``fibres``, settings of
        `gatecontrol.teaching.fibre_lesson`; ``device``, parameters of a stimulator and
        `gatecontrol.teaching.device_lesson`.
    prediction : Question
        Asked before anything is shown; the right one is what recordings say.
    state : BenchState or None
        Of a bench lesson: what the control starts from.
    experiment : dict
        Of the other kinds: what the control starts from.
    vary : Vary
    conditions : tuple of Condition
        At least one; the first is the plain one.
    shows : Shows
    seeds : int
        Each value is the mean over seeds 1, 2, ...
    checks : tuple of Check
    evidence : tuple of Evidence
    phenomena : tuple of str
        Ids of the evidence battery that go with it.
    limits : str
        What the model leaves out or gets wrong here.
    code : str
        ``patch``, to show the source of the sample stimulator, or empty.
    question : Question
    notes : Notes
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
    title: Annotated[str, Field(min_length=1, max_length=80)]
    order: Annotated[int, Field(ge=1, le=999)]
    idea: Annotated[str, Field(min_length=1, max_length=300)]
    minutes: Annotated[int, Field(ge=1, le=120)]
    kind: Kind = "bench"
    prediction: Question
    state: BenchState | None = None
    experiment: Settings = {}
    vary: Vary
    conditions: Annotated[tuple[Condition, ...], Field(min_length=1, max_length=4)]
    shows: Shows = Shows()
    seeds: Annotated[int, Field(ge=1, le=20)] = 3
    checks: Annotated[tuple[Check, ...], Field(min_length=1)]
    evidence: Annotated[tuple[Evidence, ...], Field(min_length=1)]
    phenomena: tuple[str, ...] = ()
    limits: Text
    code: Literal["", "patch"] = ""
    question: Question
    notes: Notes

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.kind == "bench" and (self.state is None or self.experiment):
            raise ValueError("a lesson of the kind bench has a 'state' and no 'experiment'")
        if self.kind != "bench" and (self.state is not None or not self.experiment):
            raise ValueError(f"a lesson of the kind {self.kind} has an 'experiment' and no 'state'")
        for check in self.checks:
            self.place(check.start)
            self.place(check.end)
        if self.state is not None:
            for condition in range(len(self.conditions)):
                self.states(condition)
        return self

    @property
    def source(self) -> str:
        """Source that is shown, see `code`; empty if there is none."""
        if not self.code:
            return ""
        found = files("gatecontrol.teaching") / f"{self.code}.py"
        return found.read_text(encoding="utf-8").strip()

    def place(self, place: Place) -> tuple[int, int]:
        """Return the indices (condition, stop) of a place.

        Raises
        ------
        ValueError
            A label that there is not.
        """
        conditions = [c.label for c in self.conditions]
        condition = _position(place.condition, conditions, "condition") if place.condition else 0
        return condition, _position(place.stop, [s.label for s in self.vary.stops], "stop")

    def states(self, condition: int = 0) -> tuple[BenchState, ...]:
        """Return the states of the bench at all stops under a condition; bench lessons only.

        Parameters
        ----------
        condition : int, optional
            Index of the condition.

        Raises
        ------
        ValueError
            No bench lesson, or a change that the bench does not offer.
        """
        if self.state is None:
            raise ValueError(f"the lesson {self.id} is not of the bench")
        changed = self.conditions[condition].set
        return tuple(self.state.changed(**(changed | stop.set)) for stop in self.vary.stops)


def _position(label: str, labels: list[str], what: str) -> int:
    if label not in labels:
        hint = did_you_mean(label, labels) or f" There are: {', '.join(labels)}."
        raise ValueError(f"no {what} is labelled '{label}'.{hint}")
    return labels.index(label)
