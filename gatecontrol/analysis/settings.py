"""What the arms of a run were set to: read from its resolved experiment file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gatecontrol.errors import ExperimentError, GatecontrolError
from gatecontrol.yamlfile import read_yaml_text

__all__ = ["Settings", "read_settings"]

_PER_ARM = ("preparation", "circuit", "stimuli", "device")
_COMMON = ("run", "epochs", "control")


@dataclass(frozen=True)
class Settings:
    """Every setting of every arm, as text.

    Attributes
    ----------
    arms : dict of str to dict of str to str
        Arm -> path (``device.frequency``, ``stimuli[0].kind``) -> value as written. Empty if
        the run has no ``experiment.yaml``.
    sweep : dict of str to str
        Swept path -> its values.
    """

    arms: Mapping[str, Mapping[str, str]]
    sweep: Mapping[str, str]

    def get(self, arm: str, path: str) -> str:
        """Return one setting; empty if the arm has none.

        Parameters
        ----------
        arm : str
            Its name; of a run without arms any name will do.
        path : str
            Such as ``device.pattern``.
        """
        found = self.arms.get(arm)
        if found is None and len(self.arms) == 1:
            (found,) = self.arms.values()
        return (found or {}).get(path, "")

    @property
    def shared(self) -> dict[str, str]:
        """Settings that are in every arm and equal in all; a swept one says so."""
        arms = list(self.arms.values())
        if not arms:
            return {}
        found = {}
        for path, value in arms[0].items():
            if path in self.sweep:  # what an arm says of it is replaced by each point
                found |= {path: "swept"} if all(path in a for a in arms) else {}
            elif all(a.get(path) == value for a in arms[1:]):
                found[path] = value
        return found

    @property
    def differing(self) -> dict[str, dict[str, str]]:
        """Settings with more than one value: path -> arm -> value, of the arms that have it.

        Those that are swept are left out.
        """
        return {
            p: v
            for p, v in self._by_path().items()
            if len(set(v.values())) > 1 and p not in self.sweep
        }

    @property
    def partial(self) -> dict[tuple[str, ...], dict[str, str]]:
        """Settings that some arms lack and the others share: arms -> path -> value."""
        found: dict[tuple[str, ...], dict[str, str]] = {}
        for path, values in self._by_path().items():
            if len(values) < len(self.arms) and len(set(values.values())) == 1:
                found.setdefault(tuple(values), {})[path] = next(iter(values.values()))
        return found

    def _by_path(self) -> dict[str, dict[str, str]]:
        paths = dict.fromkeys(p for settings in self.arms.values() for p in settings)
        return {p: {a: s[p] for a, s in self.arms.items() if p in s} for p in paths}


def read_settings(text: str) -> Settings:
    """Return the settings of an experiment file in which everything is filled in.

    Parameters
    ----------
    text : str
        ``experiment.yaml`` of a results folder; may be empty.

    Raises
    ------
    GatecontrolError
        The text is no experiment file.
    """
    if not text.strip():
        return Settings({}, {})
    try:
        data = read_yaml_text(text, Path("experiment.yaml"), "experiment.yaml").data
    except ExperimentError as error:
        raise GatecontrolError(
            f"the experiment of these results cannot be read: {error}"
        ) from error
    base = {name: data[name] for name in _PER_ARM if name in data}
    common = {name: data[name] for name in _COMMON if name in data}
    arms = {}
    for arm, own in (data.get("arms") or {"": {}}).items():
        merged = {n: _merged(base.get(n), (own or {}).get(n)) for n in _PER_ARM}
        arms[str(arm)] = dict(_flat({n: v for n, v in (merged | common).items() if v is not None}))
    return Settings(arms, dict(_swept(data.get("sweep") or {})))


def _merged(base: Any, own: Any) -> Any:
    """Return what an arm makes of a section: merged key by key, replaced by another kind."""
    if own is None:
        return base
    if not (isinstance(base, Mapping) and isinstance(own, Mapping)):
        return own
    other = own.get("kind", base.get("kind")) != base.get("kind")
    return own if other else {**base, **own}


def _flat(value: Any, path: str = "") -> Sequence[tuple[str, str]]:
    if isinstance(value, Mapping):
        inner = [_flat(v, f"{path}.{k}" if path else str(k)) for k, v in value.items()]
        return [pair for pairs in inner for pair in pairs]
    if isinstance(value, list) and any(isinstance(v, Mapping) for v in value):
        inner = [_flat(v, f"{path}[{i}]") for i, v in enumerate(value)]
        return [pair for pairs in inner for pair in pairs]
    return [(path, _text(value))]


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_text(v) for v in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "none" if value is None else str(value)


def _swept(sweep: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    found = []
    for path, values in sweep.items():
        if isinstance(values, Mapping):  # paths that are swept together
            found += _swept(values)
        elif isinstance(values, list) and any(isinstance(v, Mapping) for v in values):
            paths = dict.fromkeys(p for case in values for p in case)
            found += [(str(p), "by case") for p in paths]
        else:
            found.append((str(path), _text(values)))
    return found
