"""Where the literature disagrees on what the arms of a run touch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatecontrol.analysis.figures.rows import rows_of
from gatecontrol.analysis.settings import Settings
from gatecontrol.errors import GatecontrolError
from gatecontrol.units import parse_quantity
from gatecontrol.yamlfile import read_yaml

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Conflict", "Side", "Touched", "conflicts_of", "library_of_conflicts", "touched"]

_TRIGGERS = {"device", "pattern", "rate_above", "condition", "varies"}


@dataclass(frozen=True)
class Side:
    """One side of a conflict: what was found, and by whom."""

    says: str
    references: tuple[str, ...]


@dataclass(frozen=True)
class Conflict:
    """A question on which published work disagrees.

    Attributes
    ----------
    id, title : str
        Key, and the question.
    when : tuple of mapping
        Triggers; one that holds is enough.
    sides : tuple of Side
        At least two.
    here : str
        What the model does about it.
    """

    id: str
    title: str
    when: tuple[Mapping[str, str], ...]
    sides: tuple[Side, ...]
    here: str

    @property
    def references(self) -> tuple[str, ...]:
        """BibTeX keys of all sides."""
        return tuple(key for side in self.sides for key in side.references)


@dataclass(frozen=True)
class Touched:
    """What one arm is, at one sweep point.

    Attributes
    ----------
    device, pattern : str
        Kind of device (``none`` without one) and pattern of its programme.
    rate : float
        Mean pulse rate [Hz]; NaN if unknown.
    conditions : tuple of str
        Of the circuit.
    """

    device: str
    pattern: str
    rate: float
    conditions: tuple[str, ...]


@lru_cache(maxsize=1)
def library_of_conflicts() -> tuple[Conflict, ...]:
    """Return every conflict of ``conflicts.yaml``, in the order of the file.

    Raises
    ------
    GatecontrolError
        An entry with one side, without references, or with an unknown trigger.
    """
    data = read_yaml(Path(__file__).with_name("conflicts.yaml"), "conflicts.yaml").data
    return tuple(_read(name, entry) for name, entry in data.items())


def _read(name: str, entry: Mapping[str, Any]) -> Conflict:
    sides = tuple(Side(str(s["says"]), tuple(s.get("references") or ())) for s in entry["sides"])
    when = tuple({str(k): str(v) for k, v in t.items()} for t in entry["when"])
    if len(sides) < 2 or not all(s.references for s in sides):
        raise GatecontrolError(f"the conflict '{name}' needs two sides with references each")
    unknown = sorted({k for t in when for k in t} - _TRIGGERS)
    if unknown or not all(when):
        raise GatecontrolError(
            f"the conflict '{name}' has no trigger that is known: {', '.join(unknown)}; known: "
            + ", ".join(sorted(_TRIGGERS))
        )
    return Conflict(name, str(entry["title"]), when, sides, str(entry["here"]))


def touched(data: "xr.Dataset", settings: Settings) -> list[Touched]:
    """Return what each arm of a run is, at each of its sweep points.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    settings : Settings
        From the run's resolved experiment; may be empty.
    """
    found = []
    for row in rows_of(data):
        device = _text(row, data, "device")
        pattern = row.parts.get("device_pattern") or settings.get(row.arm, "device.pattern")
        conditions = _text(row, data, "conditions")
        rate = row.number("pulse_rate")
        names = tuple(c.strip() for c in conditions.split(","))
        found.append(Touched(device, pattern if device != "none" else "", rate, names))
    return found


def _text(row: Any, data: "xr.Dataset", name: str) -> str:
    """Return a text of a row; swept ones are an axis of the results."""
    return str(row.values(name)) if name in data else ""


def conflicts_of(arms: Sequence[Touched]) -> list[Conflict]:
    """Return the conflicts that the arms of a run touch.

    Parameters
    ----------
    arms : sequence of Touched
        From `touched`.
    """
    return [c for c in library_of_conflicts() if any(_holds(t, arms) for t in c.when)]


def _holds(trigger: Mapping[str, str], arms: Iterable[Touched]) -> bool:
    mine = [arm for arm in arms if _is(trigger, arm)]
    if trigger.get("varies") == "pulse_rate":
        return len({arm.rate for arm in mine if arm.rate == arm.rate}) > 1  # NaN is no rate
    return bool(mine)


def _is(trigger: Mapping[str, str], arm: Touched) -> bool:
    above = trigger.get("rate_above")
    return (
        trigger.get("device", arm.device) == arm.device
        and trigger.get("pattern", arm.pattern) == arm.pattern
        and (above is None or arm.rate > parse_quantity(above, "frequency"))
        and ("condition" not in trigger or trigger["condition"] in arm.conditions)
    )
