"""Choosing among the kept sessions, and finding when things happened in them."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.interop.session import Onset, Session, Train
from gatecontrol.analysis.windows import EPOCHS, Window
from gatecontrol.errors import GatecontrolError, UsageError, did_you_mean
from gatecontrol.units import parse_quantity

if TYPE_CHECKING:
    import xarray as xr

    from gatecontrol.analysis.results import Results

__all__ = ["STATES", "sessions"]

STATES = ("on", "off")
"""States of the device: an arm's own trial, and its paired control."""

_KEEP = (
    "an experiment with `record: {spikes: all}` keeps those of every seed: change it and run it "
    + "again"
)
# What moves or replaces a stimulus; a sweep over its strength does not.
_MOVES = re.compile(r"^stimuli(\[\d+\])?$|^stimuli\b.*\.(onset|duration|kind|name)$")


def sessions(
    results: "Results",
    arm: str | None = None,
    seed: int | None = None,
    point: Mapping[str, str] | None = None,
    device_state: str | None = None,
) -> list[Session]:
    """Return the kept sessions, all or those asked for.

    Parameters
    ----------
    results : Results
    arm : str, optional
    seed : int, optional
    point : mapping of str to str, optional
        Sweep axis -> value as written in the experiment; axes left out are not narrowed.
    device_state : str, optional
        ``"on"`` or ``"off"`` (the paired control).

    Returns
    -------
    list of Session
        In the order of the results; a control that arms share comes once per arm. Spikes
        are views of the opened results.

    Raises
    ------
    UsageError
        There is no such arm, seed, point or state.
    GatecontrolError
        No spikes were kept of it.
    """
    data = results.data
    if "spikes" not in results.tree.children:
        raise GatecontrolError(
            "these results hold no spikes: none were kept, or they were opened with "
            + f"spikes=False; {_KEEP}"
        )
    group = results.tree["spikes"].to_dataset(inherit=False)
    column = {str(name): group[name].values for name in group.data_vars}
    points = {str(text): json.loads(text) for text in dict.fromkeys(column["point"])}
    _check(data, arm, seed, device_state)
    _check_point(list(points.values()), point or {})
    wanted = np.ones(group.sizes["recording"], dtype=bool)
    for name, value in (("arm_name", arm), ("seed_number", seed), ("device_state", device_state)):
        if value is not None:
            wanted &= column[name] == value
    if point:
        fits = [text for text, places in points.items() if point.items() <= places.items()]
        wanted &= np.isin(column["point"].astype(str), fits)
    rows: dict[tuple[str, str, int, str], list[int]] = {}
    for row in np.flatnonzero(wanted).tolist():
        arm_name, text, state = (
            str(column[name][row]) for name in ("arm_name", "point", "device_state")
        )
        rows.setdefault((arm_name, text, int(column["seed_number"][row]), state), []).append(row)
    if not rows:
        kept = ", ".join(map(str, dict.fromkeys(column["seed_number"].tolist())))
        raise GatecontrolError(
            f"no spikes were kept of what was asked for (they were of seed {kept}); {_KEEP}"
        )
    story, kinds = _Story(results, data), _kinds(data)
    return [
        story.session(name, points[text], number, state, [_train(column, r, kinds) for r in mine])
        for (name, text, number, state), mine in rows.items()
    ]


def _one_of(word: object, known: Iterable[object], what: str) -> None:
    names = list(map(str, known))
    if str(word) not in names:
        raise UsageError(
            f"no {what} '{word}' in these results; there are: {', '.join(names)}."
            + did_you_mean(str(word), names)
        )


def _check(data: "xr.Dataset", arm: str | None, seed: int | None, state: str | None) -> None:
    if arm is not None:
        _one_of(arm, data["arm"].values, "arm")
    if seed is not None:
        _one_of(seed, data["seed"].values, "seed")
    if state is not None:
        _one_of(state, STATES, "state of the device")


def _check_point(points: list[dict[str, str]], asked: Mapping[str, str]) -> None:
    for axis, value in asked.items():
        _one_of(axis, points[0], "sweep axis")
        _one_of(value, dict.fromkeys(places[axis] for places in points), f"value of {axis}")


def _kinds(data: "xr.Dataset") -> dict[str, dict[str, str]]:
    """Return what the circuit of the results says of each population."""
    circuit = json.loads(data.attrs.get("circuit", "{}"))
    found = {
        name: {"kind": "afferent", "fibre_class": one["fibre_class"], "role": one["role"]}
        for name, one in circuit.get("afferents", {}).items()
    }
    return found | {n: {"kind": p["kind"]} for n, p in circuit.get("populations", {}).items()}


def _train(
    column: Mapping[str, NDArray[Any]], row: int, kinds: Mapping[str, Mapping[str, str]]
) -> Train:
    name, start = str(column["population_name"][row]), int(column["start"][row])
    mine = slice(start, start + int(column["count"][row]))
    neuron, time = column["neuron"][mine], column["time"][mine]
    return Train(name, int(column["size"][row]), neuron, time, **kinds.get(name, {}))


class _Story:
    """When what happened at each point, from the root of the results and the experiment."""

    def __init__(self, results: "Results", data: "xr.Dataset") -> None:
        self._data = data
        self._labels = {
            str(dim): {str(value): i for i, value in enumerate(self._written(dim))}
            for dim in data.dims
        }
        self._config = _configuration(results)

    def _written(self, dim: Any) -> NDArray[Any]:
        name = f"{dim}_text" if f"{dim}_text" in self._data.coords else dim
        return self._data[name].values

    def _at(self, name: str, place: Mapping[str, str]) -> Any:
        """Return a variable at labels of its dimensions, None if it does not exist."""
        if name not in self._data.variables:
            return None
        variable = self._data.variables[name]
        index = tuple(self._labels[str(d)][place[str(d)]] for d in variable.dims)
        return variable.values[index]

    def _window(self, first: str, last: str, place: Mapping[str, str]) -> Window | None:
        start, stop = self._at(first, place), self._at(last, place)
        known = start is not None and math.isfinite(start) and math.isfinite(stop)
        return (float(start), float(stop)) if known else None

    def session(
        self, arm: str, point: dict[str, str], seed: int, state: str, trains: list[Train]
    ) -> Session:
        """Return the session of some trains."""
        place = {"arm": arm, **point}
        # a control is the same trial without its device, or the trial of another arm
        other = str(self._data.attrs.get("control", ""))
        other = other if other in self._labels["arm"] else ""
        own = arm if state == "on" else other
        windows = {
            name: self._window("epoch_start", "epoch_stop", place | {"epoch": name})
            for name in EPOCHS
        }
        said = place | {"arm": own or arm}
        facts = {
            name: point.get(name) or str(self._at(name, said))
            for name in ("preparation", "circuit", "conditions", "device")
        }
        if not own:
            facts["device"] = "none"
        return Session(
            arm=arm,
            label=str(self._at("label", place)),
            point=point,
            seed=seed,
            device_state=state,
            duration=float(self._at("duration", place)),
            epochs={name: window for name, window in windows.items() if window is not None},
            evoked=self._window("evoked_start", "evoked_stop", place),
            device_on=self._window("device_on", "device_off", said) if own else None,
            stimuli=_onsets(self._config, own or arm),
            facts=facts,
            trains=tuple(trains),
        )


def _configuration(results: "Results") -> dict[str, Any] | None:
    """Return the experiment as it was run; None if there is none or a sweep moves stimuli."""
    if not results.experiment:
        return None
    from gatecontrol.yamlfile import read_yaml_text

    path = results.path / "experiment.yaml"
    config = read_yaml_text(results.experiment, path, str(path)).data
    return None if any(map(_MOVES.search, _keys(config.get("sweep", {})))) else config


def _keys(sweep: object) -> Iterable[str]:
    """Yield every key of a sweep, of zips and lists of cases too."""
    if isinstance(sweep, Mapping):
        yield from map(str, sweep)
        sweep = list(sweep.values())
    if isinstance(sweep, list):
        for part in sweep:
            yield from _keys(part)


def _onsets(config: Mapping[str, Any] | None, arm: str) -> tuple[Onset, ...] | None:
    if config is None:
        return None
    own = config.get("arms", {}).get(arm) or {}
    found = []
    for one in own.get("stimuli", config.get("stimuli", [])):
        times = {k: parse_quantity(one[k], "time") for k in ("onset", "duration") if k in one}
        name = str(one.get("name", one["kind"]))
        found.append(Onset(name, times.get("onset", 0.0), times.get("duration", math.nan)))
    return tuple(found)
