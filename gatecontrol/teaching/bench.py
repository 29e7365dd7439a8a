"""A state of the bench: what is on the skin, which stimulator, what is wrong with the circuit.

Every state is an ordinary experiment file of two simulated seconds in a rat, in which most
recordings of the dorsal horn were made (and where C spikes arrive within 0.2 s, not after a
second as in a human leg). A state is also a link: its query string. Everything is bounded, so
that nothing typed into a page or a link can start a large simulation.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Self
from urllib.parse import parse_qsl, urlencode

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from gatecontrol.errors import UsageError, did_you_mean
from gatecontrol.teaching.programmes import (
    DBS_USUAL,
    DEVICES,
    FASTEST,
    MOST_AMPLITUDE,
    SLOWEST,
    frequencies,
    pulse_widths,
    usual,
)

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = [
    "BLOCKS",
    "DBS_USUAL",
    "DEVICES",
    "DURATION",
    "MOST_AMPLITUDE",
    "OFF",
    "ON",
    "SETTLED",
    "BenchState",
    "describe",
    "frequencies",
    "from_query",
    "pulse_widths",
    "to_experiment",
    "to_query",
    "to_yaml",
    "usual",
]

DURATION, ON, OFF = 2.0, 0.7, 1.5
"""Simulated time, and when brush and device start and stop [s]."""
SETTLED = 0.3
"""From when on the time before brush and device counts [s]."""
_MAX_QUERY = 1000
_PROGRAMME = ("amplitude", "frequency", "pulse_width")

Block = Literal["gaba_a_block", "glycine_block", "nmda_block", "no_descending"]
BLOCKS: tuple[Block, ...] = ("gaba_a_block", "glycine_block", "nmda_block", "no_descending")
"""Conditions of the circuit that the bench offers."""


class BenchState(BaseModel):
    """What the controls of the bench are set to.

    Attributes
    ----------
    skin : str
        What hurts, for the whole time: ``"none"``, ``"pinch"`` or ``"heat"``.
    brush : bool
        Whether the skin over and beside the place is brushed from `ON` to `OFF`.
    device : str
        Stimulator that is on from `ON` to `OFF`, or ``"none"``.
    amplitude : float
        In percent of the perception threshold; with DBS, which is not felt, of `DBS_USUAL`.
    frequency : float
        Of the pulses, or of the bursts [Hz].
    pulse_width : float
        One of the stimulator's `pulse_widths` [us].
    pattern : str
        ``"tonic"``, or ``"burst"`` with SCS: five pulses at 500 Hz.
    injured : bool
        Whether the circuit is that after nerve injury.
    blocks : tuple of str
        What else is changed in the circuit; in the order of `BLOCKS`.
    seed : int
        Draw of fibres, connections and natural spikes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    skin: Literal["none", "pinch", "heat"] = "pinch"
    brush: bool = False
    device: Literal["none", "scs", "drg", "pns", "tens", "dbs"] = "none"
    amplitude: float = Field(default=140.0, ge=0, le=MOST_AMPLITUDE)
    frequency: float = Field(default=50.0, ge=SLOWEST, le=FASTEST)
    pulse_width: float = Field(default=300.0, ge=50, le=1000)
    pattern: Literal["tonic", "burst"] = "tonic"
    injured: bool = False
    blocks: tuple[Block, ...] = ()
    seed: int = Field(default=1, ge=1, le=1000)

    @field_validator("blocks")
    @classmethod
    def _in_order(cls, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        return tuple(b for b in BLOCKS if b in blocks)

    @model_validator(mode="after")
    def _fits_the_device(self) -> Self:
        if self.device == "none":
            return self
        if self.pattern == "burst" and self.device != "scs":
            raise ValueError("pattern: burst is offered with scs only; choose tonic")
        low, high = frequencies(self.device, self.pattern)
        if not low <= self.frequency <= high:
            raise ValueError(
                f"frequency: {self.frequency:g} Hz is outside the {low:g} to {high:g} Hz that are "
                + f"offered with {self.device} and the pattern {self.pattern}"
            )
        offered = pulse_widths(self.device, self.pattern)
        if self.pulse_width not in offered:
            raise ValueError(
                f"pulse_width: {self.pulse_width:g} us is not offered with {self.device} and the "
                + f"pattern {self.pattern}; choose {', '.join(map(str, offered))} us"
            )
        return self

    def changed(self, **changes: Any) -> "BenchState":
        """Return a state with other values; what the stimulator then cannot do is adjusted.

        With another `device` or pattern, the fields of the programme that are not named become
        the `usual` ones. The frequency is brought into its range, the pulse width to the nearest
        that is offered, and a burst to tonic where there is none.

        Parameters
        ----------
        **changes
            Fields and values.
        """
        values = self.model_dump() | changes
        device = values["device"]
        if device not in DEVICES:
            return BenchState(**values)
        if device != "scs":
            values["pattern"] = "tonic"
        if (device, values["pattern"]) != (self.device, self.pattern):
            start = usual(device, values["pattern"])
            values |= {k: v for k, v in start.items() if k not in changes}
        low, high = frequencies(device, values["pattern"])
        values["frequency"] = min(max(values["frequency"], low), high)
        widths = pulse_widths(device, values["pattern"])
        values["pulse_width"] = min(widths, key=lambda w: abs(w - values["pulse_width"]))
        return BenchState(**values)


def to_experiment(state: BenchState) -> dict[str, Any]:
    """Return a state as an experiment file, in plain data.

    Parameters
    ----------
    state : BenchState

    Returns
    -------
    dict
        With the arms ``shown`` (what the bench shows), ``brush_alone`` (the same with the
        stimulator off, if there are both brush and stimulator) and ``skin_alone`` (neither, if
        there is one): the control.
    """
    experiment: dict[str, Any] = {
        "schema": 1,
        "name": "bench",
        "question": f"From the teaching bench: {describe(state)}. How far is the pain signal "
        + "suppressed, against the skin alone?",
        "preparation": "rat",
        "circuit": {
            "name": "gate",
            "conditions": [*(["injured"] if state.injured else []), *state.blocks],
        },
        "stimuli": [*_skin(state), *_brush(state)],
        "run": {"duration": _seconds(DURATION)},
        "epochs": {
            "before": [_seconds(SETTLED), _seconds(ON)],
            "during": [_seconds(ON), _seconds(OFF)],
            "after": [_seconds(OFF), _seconds(DURATION)],
        },
        "arms": {"shown": {"label": describe(state)}},
    }
    if state.device != "none":
        experiment["run"] |= {"device_on": _seconds(ON), "device_off": _seconds(OFF)}
        experiment["device"] = _device(state)
    without = {"device": "none"} if state.device != "none" else {}
    if state.brush and without:
        experiment["arms"]["brush_alone"] = {"label": "Without stimulation", **without}
    if state.brush or without:
        alone = {"label": "Skin alone" if state.skin != "none" else "Nothing", **without}
        if state.brush:
            alone["stimuli"] = _skin(state)
        experiment["arms"]["skin_alone"] = alone
        experiment["control"] = "skin_alone"
    return experiment | {"seeds": [state.seed]}


def _seconds(time: float) -> str:
    return f"{time:g} s"


def _skin(state: BenchState) -> list[dict[str, Any]]:
    if state.skin == "pinch":
        return [{"kind": "pinch", "onset": "0 s", "duration": _seconds(DURATION)}]
    if state.skin == "heat":
        # warm skin, so that the C fibres' threshold is passed soon enough
        ramp = {"baseline": "40 degC", "peak": "47 degC", "rate": "6 degC/s", "hold": "2 s"}
        return [{"kind": "heat_ramp", "onset": "0 s", **ramp}]
    return []


def _brush(state: BenchState) -> list[dict[str, Any]]:
    if not state.brush:
        return []
    return [{"kind": "brush", "onset": _seconds(ON), "duration": _seconds(round(OFF - ON, 6))}]


def _device(state: BenchState) -> dict[str, Any]:
    amplitude = f"{state.amplitude:g} %PT"
    if state.device == "dbs":
        amplitude = f"{state.amplitude * DBS_USUAL / 100:g} mA"
    device = {
        "kind": state.device,
        "frequency": f"{state.frequency:g} Hz",
        "pulse_width": f"{state.pulse_width:g} us",
        "amplitude": amplitude,
    }
    if state.pattern == "burst":
        device |= {"pattern": "burst", "pulses_per_burst": 5, "intra_burst_frequency": "500 Hz"}
    return device


_SKIN_WORDS = {"none": "nothing on the skin", "pinch": "a pinch", "heat": "heat"}
_BLOCK_WORDS = {
    "gaba_a_block": "GABA-A blocked",
    "glycine_block": "glycine blocked",
    "nmda_block": "NMDA blocked",
    "no_descending": "descending input cut",
}


def describe(state: BenchState) -> str:
    """Return a state in words: "A pinch, brushed, SCS 50 Hz 300 us 140 %PT; injured".

    Parameters
    ----------
    state : BenchState
    """
    parts = [_SKIN_WORDS[state.skin]] + ["brushed"] * state.brush
    if state.device != "none":
        device = _device(state)
        how = "bursts at " if state.pattern == "burst" else ""
        parts.append(
            f"{state.device.upper()} {how}{device['frequency']} {device['pulse_width']} "
            + device["amplitude"]
        )
    circuit = ["injured"] * state.injured + [_BLOCK_WORDS[b] for b in state.blocks]
    text = ", ".join(parts) + ("; " if circuit else "") + ", ".join(circuit)
    return text[0].upper() + text[1:]


def to_yaml(state: BenchState) -> str:
    """Return a state as the text of an experiment file for ``gatecontrol run``.

    Parameters
    ----------
    state : BenchState
    """
    from gatecontrol.experiment.resolve import yaml_text

    head = (
        "# A state of the teaching bench. One seed is one draw of fibres and connections: for\n"
        + "# research, give `seeds` a count such as 20.\n"
    )
    return head + yaml_text(to_experiment(state))


def to_query(state: BenchState) -> str:
    """Return a state as the query string of a link.

    Only what differs from a new bench with the usual programme of the stimulator.

    Parameters
    ----------
    state : BenchState
    """
    new = BenchState().changed(device=state.device, pattern=state.pattern)
    pairs = []
    for name, value in state:
        if value == getattr(new if name in _PROGRAMME else BenchState(), name):
            continue
        if isinstance(value, bool):
            value = int(value)
        elif isinstance(value, tuple):
            value = ",".join(value)
        elif isinstance(value, float):
            short = f"{value:g}"
            value = short if float(short) == value else repr(value)
        pairs.append((name, value))
    return urlencode(pairs, safe=",")


def from_query(query: str) -> BenchState:
    """Return the state that a link stands for.

    Parameters
    ----------
    query : str
        As from `to_query`, with or without the question mark. A stimulator whose programme is
        not in it has its usual one.

    Returns
    -------
    BenchState

    Raises
    ------
    UsageError
        Everything that is wrong with it, in one message.
    """
    if len(query) > _MAX_QUERY:
        raise UsageError(f"link: longer than {_MAX_QUERY} letters; it is no state of the bench")
    known, faults = list(BenchState.model_fields), []
    values: dict[str, Any] = {}
    for name, value in parse_qsl(query.lstrip("?"), keep_blank_values=True):
        if name not in known:
            hint = did_you_mean(name, known) or f" Known: {', '.join(known)}."
            faults.append(f"{_cut(name)}: no control of the bench.{hint}")
        elif name in values:
            faults.append(f"{name}: given twice")
        else:
            values[name] = [b for b in value.split(",") if b] if name == "blocks" else value
    if values.get("device") in DEVICES:
        form = "burst" if (values["device"], values.get("pattern")) == ("scs", "burst") else "tonic"
        values = usual(values["device"], form) | values
    try:
        state = BenchState.model_validate(values)
    except ValidationError as error:
        faults += [_fault(one, values) for one in error.errors()]
    if faults:
        raise UsageError(f"link: {'; '.join(faults)}")
    return state


def _cut(text: object) -> str:
    shown = str(text)
    return shown if len(shown) <= 40 else f"{shown[:40]}..."


def _fault(error: "ErrorDetails", values: Mapping[str, Any]) -> str:
    """Return one fault of a link in words."""
    if not error["loc"]:  # of the whole: it names the control itself
        return str(error["ctx"]["error"])
    name, context = str(error["loc"][0]), error.get("ctx", {})
    kind = error["type"]
    if kind == "literal_error":
        wanted = f"choose {context['expected']}"
    elif kind == "greater_than_equal":
        wanted = f"at least {context['ge']:g}"
    elif kind == "less_than_equal":
        wanted = f"at most {context['le']:g}"
    else:
        whole = "a whole number is needed" if "int" in kind else "a number is needed"
        wanted = "1 or 0" if "bool" in kind else whole
    return f"{name}: '{_cut(error['input'])}': {wanted}"
