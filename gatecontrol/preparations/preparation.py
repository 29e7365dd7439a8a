"""The preparation: one species, its distances, tissues and fibres."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from math import exp, log
from pathlib import Path
from typing import Any

from gatecontrol.errors import ExperimentError, Problem, did_you_mean
from gatecontrol.sourced import Sourced, parse_sourced
from gatecontrol.units import UnitError

__all__ = [
    "FIBRE_CLASSES",
    "PREPARATIONS",
    "DorsalColumn",
    "FibrePopulation",
    "Latency",
    "Preparation",
    "load_preparation",
    "read_preparation",
]

PREPARATIONS = ("human", "rat", "cat", "monkey", "mouse")
"""Names of the shipped preparations."""

FIBRE_CLASSES = ("aalpha", "abeta", "adelta", "c", "descending")
"""Classes of fibre that every preparation describes, fastest first; then descending."""


def _normal() -> Any:
    """Return the standard normal law; its module is slow to import and seldom needed."""
    from statistics import NormalDist

    return NormalDist()


@dataclass(frozen=True)
class Latency:
    """Arrival of a volley at the dorsal horn after its start [s].

    Attributes
    ----------
    earliest, median, latest : float
        Of the fastest fibre, of the fibre with the mean velocity and of the slowest fibre.
    """

    earliest: float
    median: float
    latest: float


@dataclass(frozen=True)
class FibrePopulation:
    """The fibres of one class.

    Attributes
    ----------
    velocity : Sourced
        Mean conduction velocity [m/s] with its spread over fibres.
    slowest, fastest : Sourced
        Velocities between which fibres are drawn [m/s].
    diameter : Sourced
        Outer diameter [m] of the peripheral axon that conducts at the mean velocity.
    """

    velocity: Sourced
    slowest: Sourced
    fastest: Sourced
    diameter: Sourced


@dataclass(frozen=True)
class DorsalColumn:
    """Fibre diameters under an epidural lead: a truncated lognormal by two quantiles.

    Attributes
    ----------
    quantile_90, quantile_995 : Sourced
        Diameters [m] that 90 % and 99.5 % of the fibres do not exceed.
    thinnest, thickest : Sourced
        Where the distribution is cut off [m].
    recruitable_depth : Sourced
        Depth [m] below the surface to which the largest fibres can be reached.
    """

    quantile_90: Sourced
    quantile_995: Sourced
    thinnest: Sourced
    thickest: Sourced
    recruitable_depth: Sourced

    @cached_property
    def sigma(self) -> float:
        """Standard deviation of the logarithm of the diameter before truncation."""
        law = _normal()
        apart = law.inv_cdf(0.995) - law.inv_cdf(0.9)
        return log(self.quantile_995.value / self.quantile_90.value) / apart

    @cached_property
    def median(self) -> float:
        """Median diameter before truncation [m]."""
        return self.quantile_90.value * exp(-_normal().inv_cdf(0.9) * self.sigma)

    def diameter(self, share: float) -> float:
        """Return the diameter [m] that a share (0-1) of the fibres does not exceed.

        Parameters
        ----------
        share : float
            Between 0 (the thinnest) and 1 (the thickest fibre).
        """
        if not 0 <= share <= 1:
            raise ValueError(f"a share lies between 0 and 1, got {share}")

        law = _normal()

        def below(diameter: float) -> float:
            return law.cdf(log(diameter / self.median) / self.sigma)

        low, high = below(self.thinnest.value), below(self.thickest.value)
        z = law.inv_cdf(min(max(low + share * (high - low), low), high))
        return self.median * exp(self.sigma * z)


@dataclass(frozen=True)
class Preparation:
    """A species: distances [m], tissues [m] and fibres, each number with its source.

    Attributes
    ----------
    name, title : str
        Key (``"rat"``) and heading.
    receptor_to_cord : Sourced
        From the skin of the foot or hindpaw along the nerve to the dorsal-horn terminal.
    injury_to_cord : Sourced
        From the injured place of the nerve to the terminal.
    pns_site_to_cord, tens_site_to_cord : Sourced
        From the stimulated place of the nerve to the terminal.
    ganglion_to_cord : Sourced
        From the dorsal root ganglion to the terminal.
    lead_to_segment : Sourced
        From an epidural lead down the dorsal column to the segment's collaterals.
    brainstem_to_cord : Sourced
        From the brainstem to the segment, for descending fibres.
    dorsal_csf, dorsal_csf_thinnest, dorsal_csf_thickest : Sourced
        Fluid between dura and dorsal surface of the cord under the lead, and its range.
    dura : Sourced
        Thickness of the dura.
    lead_to_dura : Sourced
        From the axis of an epidural lead to the outer surface of the dura.
    epidural_fat : Sourced
        Thickness of the dorsal epidural fat.
    cord_diameter : Sourced
        Transverse diameter of the cord under the lead.
    dorsal_column : DorsalColumn
        Diameters of the fibres under the lead.
    fibres : mapping of str to FibrePopulation
        By class, one of `FIBRE_CLASSES`.
    """

    name: str
    title: str
    receptor_to_cord: Sourced
    injury_to_cord: Sourced
    pns_site_to_cord: Sourced
    tens_site_to_cord: Sourced
    ganglion_to_cord: Sourced
    lead_to_segment: Sourced
    brainstem_to_cord: Sourced
    dorsal_csf: Sourced
    dorsal_csf_thinnest: Sourced
    dorsal_csf_thickest: Sourced
    dura: Sourced
    lead_to_dura: Sourced
    epidural_fat: Sourced
    cord_diameter: Sourced
    dorsal_column: DorsalColumn
    fibres: Mapping[str, FibrePopulation]

    def length(self, fibre_class: str) -> float:
        """Return the distance [m] from where fibres of a class begin to their terminal."""
        site = self.brainstem_to_cord if fibre_class == "descending" else self.receptor_to_cord
        return site.value

    def latency(self, fibre_class: str, distance: float | None = None) -> Latency:
        """Return when a volley of one class arrives at the dorsal horn.

        Parameters
        ----------
        fibre_class : str
            Key of `fibres`.
        distance : float, optional
            From where the volley starts to the terminal [m]; from the receptor (brainstem for
            descending fibres) if None.

        Returns
        -------
        Latency
        """
        population = self.fibres[fibre_class]
        way = self.length(fibre_class) if distance is None else abs(distance)
        return Latency(
            way / population.fastest.value,
            way / population.velocity.value,
            way / population.slowest.value,
        )

    def a_latency(self) -> Latency:
        """Return the arrival of an A-beta volley from the receptor."""
        return self.latency("abeta")

    def c_latency(self) -> Latency:
        """Return the arrival of a C volley from the receptor."""
        return self.latency("c")

    def references(self) -> tuple[str, ...]:
        """Return the BibTeX keys of all numbers, each once, sorted."""
        numbers = [getattr(self, f.name) for f in fields(self)]
        for group in (self.dorsal_column, *self.fibres.values()):
            numbers += [getattr(group, f.name) for f in fields(group)]
        return tuple(sorted({k for n in numbers if isinstance(n, Sourced) for k in n.keys}))


_DISTANCES = (
    "receptor_to_cord",
    "injury_to_cord",
    "pns_site_to_cord",
    "tens_site_to_cord",
    "ganglion_to_cord",
    "lead_to_segment",
    "brainstem_to_cord",
)
_TISSUE = (
    "dorsal_csf",
    "dorsal_csf_thinnest",
    "dorsal_csf_thickest",
    "dura",
    "lead_to_dura",
    "epidural_fat",
    "cord_diameter",
)
_COLUMN = tuple(f.name for f in fields(DorsalColumn))
_FIBRE = ("velocity", "slowest", "fastest", "diameter")


class _Reader:
    """Collects all faults of one file."""

    def __init__(self, file: str) -> None:
        self.file, self.problems = file, list[Problem]()

    def fault(self, code: str, path: str, message: str, help: str = "") -> None:
        self.problems.append(Problem(code, path, message, help, file=self.file))

    def section(self, data: object, path: str, keys: tuple[str, ...]) -> dict[str, Any]:
        """Check that a mapping has exactly these keys; return what is usable of it."""
        if not isinstance(data, Mapping):
            self.fault("E020", path, f"a mapping is needed, got {data!r}")
            return {}
        dot = f"{path}." if path else ""
        for key in data:
            if key not in keys:
                self.fault("E001", f"{dot}{key}", f"unknown key.{did_you_mean(str(key), keys)}")
        for key in keys:
            if key not in data:
                self.fault("E002", f"{dot}{key}", "missing key")
        return {k: data[k] for k in keys if k in data}

    def numbers(
        self, data: object, path: str, keys: tuple[str, ...], kinds: Mapping[str, str] | None = None
    ) -> dict[str, Sourced]:
        """Read numbers that must be positive."""
        found: dict[str, Sourced] = {}
        for key, text in self.section(data, path, keys).items():
            try:
                number = parse_sourced(text, (kinds or {}).get(key, "length"))
            except UnitError as error:
                self.fault(error.code, f"{path}.{key}", error.message, error.help)
                continue
            if number.value <= 0:
                self.fault("E030", f"{path}.{key}", f"must be greater than 0, got '{text}'")
            found[key] = number
        return found

    def ordered(self, values: Mapping[str, Sourced], path: str, *keys: str) -> None:
        """Check that values do not fall from one key to the next."""
        for low, high in zip(keys, keys[1:], strict=False):
            if low in values and high in values and values[low].value > values[high].value:
                self.fault(
                    "E035",
                    f"{path}.{high}",
                    f"{values[high].text} is less than {low} ({values[low].text})",
                )


def read_preparation(path: Path) -> Preparation:
    """Read a preparation from a YAML file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Preparation

    Raises
    ------
    ExperimentError
        With every fault of the file.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    reader = _Reader(path.name)
    try:
        data = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        code = "E003" if isinstance(error, YAMLError) else "E005"
        raise ExperimentError([
            Problem(code, "", f"cannot read the preparation: {error}", file=path.name)
        ]) from None
    groups = ("name", "title", "distances", "tissue", "dorsal_column", "fibres")
    top = reader.section(data, "", groups)
    distances = reader.numbers(top.get("distances", {}), "distances", _DISTANCES)
    tissue = reader.numbers(top.get("tissue", {}), "tissue", _TISSUE)
    column = reader.numbers(top.get("dorsal_column", {}), "dorsal_column", _COLUMN)
    velocity = dict.fromkeys(_FIBRE[:3], "velocity")
    classes: dict[str, FibrePopulation] = {}
    for name, given in reader.section(top.get("fibres", {}), "fibres", FIBRE_CLASSES).items():
        numbers = reader.numbers(given, f"fibres.{name}", _FIBRE, velocity)
        reader.ordered(numbers, f"fibres.{name}", "slowest", "velocity", "fastest")
        if len(numbers) == len(_FIBRE):
            classes[name] = FibrePopulation(**numbers)
    reader.ordered(tissue, "tissue", "dorsal_csf_thinnest", "dorsal_csf", "dorsal_csf_thickest")
    reader.ordered(column, "dorsal_column", "thinnest", "quantile_90", "quantile_995", "thickest")
    sites = ("ganglion_to_cord", "pns_site_to_cord", "injury_to_cord", "receptor_to_cord")
    reader.ordered(distances, "distances", *sites)
    reader.ordered(distances, "distances", "tens_site_to_cord", "receptor_to_cord")
    if reader.problems:
        raise ExperimentError(reader.problems)
    return Preparation(
        name=str(top["name"]),
        title=str(top["title"]),
        **distances,
        **tissue,
        dorsal_column=DorsalColumn(**column),
        fibres=classes,
    )


@lru_cache(maxsize=len(PREPARATIONS))
def load_preparation(name: str) -> Preparation:
    """Return a shipped preparation; only its own file is read, once.

    Parameters
    ----------
    name : str
        One of `PREPARATIONS`.

    Raises
    ------
    ExperimentError
        There is no such preparation (E012).
    """
    if name not in PREPARATIONS:
        hint = did_you_mean(str(name), PREPARATIONS)
        known = f"allowed: {', '.join(PREPARATIONS)}"
        raise ExperimentError([
            Problem("E012", "preparation", f"there is no preparation '{name}'.{hint}", known)
        ])
    return read_preparation(Path(__file__).with_name(f"{name}.yaml"))
