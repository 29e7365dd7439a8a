"""Settings of an arm as plain data that remember where each value was typed.

The one order of precedence is written here: defaults < file < arm < sweep < ``--set``.
`merged` lays an arm over the base; `assigned` puts in single values, first those of the
sweep, then those of the command line. Defaults fill what is still absent (`resolve`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gatecontrol.yamlfile import Key, KeyPath, YamlFile

__all__ = [
    "DEFAULTS",
    "NONE",
    "SETTINGS",
    "TIME_STEP",
    "Config",
    "Origin",
    "assigned",
    "base_config",
    "document",
    "merged",
    "parse_path",
]

SETTINGS = ("preparation", "circuit", "stimuli", "device", "run", "epochs")
"""Sections that say what is simulated."""

OF_ARM = ("preparation", "circuit", "stimuli", "device")
"""Sections that an arm may change."""

NONE = "none"
"""``device: none``: no device."""

DEFAULTS: Mapping[str, Any] = {
    "preparation": "human",
    "circuit": {"name": "gate"},
    "stimuli": [],
    "device": NONE,
}
"""Sections that may be left out, as if they were typed."""

TIME_STEP = "0.1 ms"
"""Default of ``run.dt``."""

_NUMBERS = re.compile(r"(|.*?\.)circuit\.(set|scale)\.(.+)", re.DOTALL)
_STEP = re.compile(r"([^.\[\]\s]+)((?:\[\d{1,6}\])*)(?:\.|$)")


@dataclass(frozen=True)
class Origin:
    """Where a value was typed."""

    file: YamlFile
    path: KeyPath


@dataclass(frozen=True)
class Config:
    """Settings with the origin of every part.

    Attributes
    ----------
    data : dict
        Sections of `SETTINGS`; a circuit given as text is ``{"name": text}``.
    origins : mapping of key path to Origin
        Sparse: a path without entry has the origin of its nearest ancestor.
    """

    data: dict[str, Any]
    origins: Mapping[KeyPath, Origin]

    def origin(self, path: KeyPath) -> Origin:
        """Return where the value at a path was typed."""
        for size in range(len(path), -1, -1):
            known = self.origins.get(path[:size])
            if known is not None:
                return Origin(known.file, known.path + path[size:])
        raise KeyError(path)

    def get(self, path: KeyPath) -> Any:
        """Return the value at a path, or None."""
        value: Any = self.data
        for key in path:
            if isinstance(value, Mapping):
                value = value.get(key)
            elif isinstance(value, list) and isinstance(key, int) and key < len(value):
                value = value[key]
            else:
                return None
        return value


def document(file: YamlFile) -> Config:
    """Return a whole file with origins; its data are a copy."""
    return Config(_copied(file.data), {(): Origin(file, ())})


def base_config(doc: Config) -> Config:
    """Return the settings that stand in a file itself, outside its arms."""
    data = {k: _copied(v) for k, v in doc.data.items() if k in SETTINGS}
    origins = dict(doc.origins)
    _name_circuit(data, origins)
    return Config(data, origins)


def merged(base: Config, doc: Config, path: KeyPath) -> Config:
    """Return the base with an arm laid over it.

    Mappings merge key by key and lists replace. A device of another kind replaces the
    base's; so does a circuit given as text. ``circuit.name`` and ``circuit.file`` exclude
    each other, so naming one drops the other.

    Parameters
    ----------
    base : Config
        Settings of the file.
    doc : Config
        The whole file.
    path : tuple of str or int
        Where the arm, a mapping, stands in it.
    """
    data = _copied(base.data)
    origins = dict(base.origins)
    override = doc.get(path)
    for key in override:
        if key not in OF_ARM:
            continue
        value, old, here = override[key], data.get(key), (*path, key)
        whole = key == "device" and _kind(value) not in (None, _kind(old))
        if not isinstance(value, dict) or not isinstance(old, dict) or whole:
            _adopt(data, origins, (key,), doc, here)
            continue
        if key == "circuit":
            for one, other in (("name", "file"), ("file", "name")):
                if one in value and other not in value:
                    old.pop(other, None)
        _lay(data, origins, (key,), doc, here)
    _name_circuit(data, origins)
    return Config(data, origins)


def assigned(config: Config, path: KeyPath, value: Any, origin: Origin) -> Config:
    """Return the settings with one value replaced; missing mappings on the way are made.

    Parameters
    ----------
    config : Config
        Settings.
    path : tuple of str or int
        As from `parse_path`; its list indices must exist.
    value : object
        New value.
    origin : Origin
        Where it was typed.
    """
    data, origins = _copied(config.data), dict(config.origins)
    if path in {("circuit", "name"), ("circuit", "file")} and isinstance(data.get("circuit"), dict):
        data["circuit"].pop("file" if path[-1] == "name" else "name", None)
    _put(data, origins, path, _copied(value), origin)
    _name_circuit(data, origins)
    return Config(data, origins)


def parse_path(text: str) -> KeyPath | None:
    """Return a path such as ``stimuli[0].rate`` as keys, or None if it is malformed.

    What follows ``circuit.set.`` or ``circuit.scale.`` is one key, as in a circuit's own names
    (``circuit.set.receptors.gaba_a.reversal``).
    """
    named = _NUMBERS.match(text)
    if named:
        above = parse_path(named[1][:-1]) if named[1] else ()
        return None if above is None else (*above, "circuit", named[2], named[3])
    keys: list[Key] = []
    position = 0
    while position < len(text):
        step = _STEP.match(text, position)
        if step is None:
            return None
        keys.append(step[1])
        keys += [int(i) for i in re.findall(r"\d+", step[2])]
        position = step.end()
    return tuple(keys) if keys and not text.endswith(".") else None


def _kind(device: Any) -> Any:
    if isinstance(device, dict):
        return device.get("kind")
    return NONE if device is None else device


def _name_circuit(data: dict[str, Any], origins: dict[KeyPath, Origin]) -> None:
    """Turn ``circuit: gate`` into ``circuit: {name: gate}``."""
    if isinstance(data.get("circuit"), str):
        here = Config(data, origins).origin(("circuit",))
        data["circuit"] = {"name": data["circuit"]}
        origins["circuit",] = origins["circuit", "name"] = here


def _lay(
    data: dict[str, Any],
    origins: dict[KeyPath, Origin],
    path: KeyPath,
    doc: Config,
    source: KeyPath,
) -> None:
    """Merge the mapping at `source` over the mapping at `path`, key by key."""
    current = Config(data, origins)
    old = current.get(path)
    for key in old:
        origins.setdefault((*path, key), current.origin((*path, key)))
    origins[path] = doc.origin(source)
    for key, value in doc.get(source).items():
        if isinstance(value, dict) and isinstance(old.get(key), dict):
            _lay(data, origins, (*path, key), doc, (*source, key))
        else:
            _adopt(data, origins, (*path, key), doc, (*source, key))


def _adopt(
    data: dict[str, Any],
    origins: dict[KeyPath, Origin],
    path: KeyPath,
    doc: Config,
    source: KeyPath,
) -> None:
    """Replace what stands at `path` by what stands at `source`, with the origins of its parts."""
    _put(data, origins, path, _copied(doc.get(source)), doc.origin(source))
    for known, origin in doc.origins.items():
        if len(known) > len(source) and known[: len(source)] == source:
            origins[path + known[len(source) :]] = origin


def _put(
    data: dict[str, Any], origins: dict[KeyPath, Origin], path: KeyPath, value: Any, origin: Origin
) -> None:
    """Set a value and its origin; forget the origins of what it replaces.

    Where the settings are malformed (a list instead of a mapping), nothing is set: that
    fault is reported by itself.
    """
    target: Any = data
    for key in path[:-1]:
        if not _fits(target, key):
            return
        child = target[key] if isinstance(key, int) else target.get(key)
        if not isinstance(child, dict | list):
            child = target[key] = {}
        target = child
    if not _fits(target, path[-1]):
        return
    target[path[-1]] = value
    for known in [k for k in origins if k[: len(path)] == path]:
        del origins[known]
    origins[path] = origin


def _fits(target: Any, key: Key) -> bool:
    if isinstance(target, list):
        return isinstance(key, int) and key < len(target)
    return isinstance(key, str)


def _copied(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {k: _copied(v) for k, v in data.items()}
    return [_copied(v) for v in data] if isinstance(data, list) else data
