"""Measures applied to one trial."""

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from gatecontrol.analysis.base import ALWAYS, load_measure
from gatecontrol.analysis.windows import EPOCHS, evoked_window
from gatecontrol.errors import GatecontrolError

if TYPE_CHECKING:
    from gatecontrol.analysis.context import TrialContext

__all__ = ["evaluate"]


def evaluate(measures: Iterable[Mapping[str, Any]], context: "TrialContext") -> dict[str, Any]:
    """Apply measures to one trial.

    Parameters
    ----------
    measures : iterable of mapping
        Measures asked for beside `ALWAYS`: ``kind``, and the SI values of its parameters;
        what is left out is at its default.
    context : TrialContext

    Returns
    -------
    dict
        JSON-able (NaN as None): the variables of all measures, their ``_status`` texts, and
        ``epoch_start``, ``epoch_stop``, ``evoked_start``, ``evoked_stop`` [s].

    Raises
    ------
    GatecontrolError
        A measure cannot be had, or does not return what it declares.
    """
    windows = [(*s["window"], bool(s.get("noxious", False))) for s in context.stimuli]
    start, stop = evoked_window(windows, context.duration)
    epochs = [context.epochs.get(name) or (math.nan, math.nan) for name in EPOCHS]
    values: dict[str, Any] = {
        "epoch_start": [e[0] for e in epochs],
        "epoch_stop": [e[1] for e in epochs],
        "evoked_start": start,
        "evoked_stop": stop,
    }
    wanted: dict[str, Mapping[str, Any]] = {kind: {"kind": kind} for kind in ALWAYS}
    wanted |= {str(m["kind"]): m for m in measures}
    for kind, resolved in wanted.items():
        measure = load_measure(resolved)
        found = measure.trial(context)
        missing = [v.name for v in measure.variables if v.name not in found]
        if missing:
            raise GatecontrolError(f"the measure '{kind}' does not return {', '.join(missing)}")
        values.update(found)
    return {key: _plain(value) for key, value in values.items()}


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if hasattr(value, "tolist"):  # of numpy, which is not imported for this
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, str):
        return value
    number = math.nan if value is None else float(value)
    return number if math.isfinite(number) else None
