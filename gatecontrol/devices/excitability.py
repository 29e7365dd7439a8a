"""Which amplitudes excite the fibres in a device's reach: tables solved once, then looked up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gatecontrol.devices.pulsed import PulsedDevice
from gatecontrol.devices.sites import Sites
from gatecontrol.devices.solved import Programme, programme_for
from gatecontrol.fibres.bundle import Bundle, Grid
from gatecontrol.fibres.c_table import C_MODELS
from gatecontrol.fibres.classes import FIBRE_CLASSES
from gatecontrol.fibres.population import FibreTable, draw_fibres
from gatecontrol.fibres.solved_train import STRETCH
from gatecontrol.fibres.table_store import table_for
from gatecontrol.fibres.threshold_table import ThresholdTable
from gatecontrol.seeds import stream
from gatecontrol.units import parse_quantity

if TYPE_CHECKING:
    from gatecontrol.preparations import Preparation

__all__ = [
    "MODELS", "Excitability", "Population", "Reference", "reference", "reference_population",
]  # fmt: skip

MODELS: Mapping[str, tuple[str, ...]] = {
    "aalpha": ("mrg",),
    "abeta": ("mrg",),
    "adelta": ("mrg",),
    "c": C_MODELS,
    "descending": ("mrg",),
}
"""Fibre models that stand for a class; C fibres are a spread over five."""

REFERENCE_SEED = 20_250_101
"""Seed of the reference population, on which tables and doses rest; always the same."""

CEILING = 2.0
"""Highest amplitude looked at, in the highest that a clinician's programmer allows."""

_LABORATORY = 50e-3  # A, the same without a programmer


@dataclass(frozen=True)
class _Afferent:
    name: str
    fibre_class: str
    role: str
    size: int


_REFERENCE = (
    _Afferent("aalpha", "aalpha", "centre", 200),
    _Afferent("abeta_centre", "abeta", "centre", 600),
    _Afferent("abeta_surround", "abeta", "surround", 600),
    _Afferent("abeta_elsewhere", "abeta", "remote", 300),
    _Afferent("adelta", "adelta", "centre", 300),
    _Afferent("c", "c", "centre", 300),
    _Afferent("descending", "descending", "remote", 300),
)


@dataclass(frozen=True, eq=False)
class Excitability:
    """The tables of one device in one body: by fibre class and course, kind of pulse and model.

    Attributes
    ----------
    tables : mapping of (str, str) to tuple of mapping of str to ThresholdTable
        (class, course) -> per kind of pulse (see `PulseGenerator.kinds`), model -> table.
    programmes : mapping of (str, str) to Programme
        Solved programmes of myelinated fibres, where the train rule does not hold: windows are
        then those of the whole programme.
    """

    tables: Mapping[tuple[str, str], tuple[Mapping[str, ThresholdTable], ...]]
    programmes: Mapping[tuple[str, str], Programme] = field(default_factory=dict)

    def windows(
        self, fibres: FibreTable, sites: Sites, kind: int = 0
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the activation window of every fibre in reach.

        Parameters
        ----------
        fibres : FibreTable
            The fibres.
        sites : Sites
            Where k of them pass.
        kind : int, optional
            Which kind of pulse.

        Returns
        -------
        low, high : ndarray of float, shape (k,)
            [A]; of C fibres, the geometric mean over the models.
        """
        low, high = np.full((2, sites.row.size), np.inf)
        for group, which in self.groups(fibres, sites):
            models = self.tables[group][kind]
            found = [t.windows(*sites.take(which).place) for t in models.values()]
            low[which], high[which] = (
                np.exp(np.log([f[side] for f in found]).mean(0)) for side in (0, 1)
            )
            if group in self.programmes:
                low[which] *= self.programmes[group].factors(sites.diameter[which])
        return low, high

    def spread(
        self, fibres: FibreTable, sites: Sites, kind: int = 0
    ) -> Mapping[str, NDArray[np.float64]]:
        """Return the thresholds [A] of the C fibres in reach by model, each of shape (c,)."""
        found: dict[str, list[NDArray[np.float64]]] = {}
        for group, which in self.groups(fibres, sites):
            models = self.tables[group][kind]
            if set(models) == set(MODELS["c"]):
                place = sites.take(which).place
                for name, table in models.items():
                    found.setdefault(name, []).append(table.windows(*place)[0])
        return {name: np.concatenate(parts) for name, parts in found.items()}

    def latencies(
        self, fibres: FibreTable, sites: Sites, site: NDArray[np.int64], ratio: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the time [s] from pulse to spike.

        Parameters
        ----------
        fibres, sites
            As for `windows`.
        site : ndarray of int, shape (m,)
            Which site each spike starts at.
        ratio : ndarray of float, shape (m,)
            Amplitude over threshold.
        """
        found = np.zeros(site.size)
        for group, which in self.groups(fibres, sites):
            mine = which[site]
            table = next(iter(self.tables[group][0].values()))
            found[mine] = table.latencies(sites.diameter[site[mine]], ratio[mine])
        return found

    def groups(
        self, fibres: FibreTable, sites: Sites
    ) -> list[tuple[tuple[str, str], NDArray[np.bool_]]]:
        """Return each (class, course) in reach with the mask of its sites."""
        classes = fibres.fibre_class[sites.row]
        masks = [
            ((c, course), (classes == c) & (sites.course == course)) for c, course in self.tables
        ]
        return [(group, which) for group, which in masks if which.any()]


@dataclass(frozen=True, eq=False)
class Reference:
    """The reference population of one device in one body.

    Attributes
    ----------
    fibres, sites
        The population and where it passes.
    excitability : Excitability
        Tables that reach over it.
    thresholds : mapping of str to ndarray
        Fibre class in reach -> sorted thresholds [A] to a pulse of the programmed width,
        bystanders left out.
    by_course : mapping of (str, str) to ndarray
        (class, course) -> the same, bystanders too.
    c_models : mapping of str to ndarray
        C model -> sorted thresholds [A]; empty if no C fibre is in reach.
    """

    fibres: FibreTable
    sites: Sites
    excitability: Excitability
    thresholds: Mapping[str, NDArray[np.float64]]
    by_course: Mapping[tuple[str, str], NDArray[np.float64]]
    c_models: Mapping[str, NDArray[np.float64]]


class Population(NamedTuple):
    """The fibres of the reference population, and where they pass a device."""

    fibres: FibreTable
    sites: Sites


def reference_population(device: PulsedDevice, preparation: "Preparation") -> Population:
    """Return the reference population of a device; nothing is solved.

    Parameters
    ----------
    device : PulsedDevice
        Where it lies.
    preparation : Preparation
        Whose body it is.
    """
    fibres = draw_fibres(_REFERENCE, preparation, REFERENCE_SEED)
    rng = stream(REFERENCE_SEED, "device", device.kind, "sites")
    return Population(fibres, device.sites(fibres, preparation, rng))


class _Question:
    """What a reference is asked for, as a cache key: equal if what thresholds depend on is."""

    def __init__(
        self,
        device: PulsedDevice,
        preparation: "Preparation",
        threads: int,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self.device, self.preparation = device, preparation
        self.threads, self.progress = threads, progress
        self.text = f"{device.excitation_key()} {preparation!r}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Question) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


def reference(
    device: PulsedDevice,
    preparation: "Preparation",
    *,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Reference:
    """Return the reference population of a device with its thresholds.

    Solves what no kept table answers: seconds to a minute of computing for a new electrode,
    medium or pulse.

    Parameters
    ----------
    device : PulsedDevice
        Its geometry and pulse matter, not amplitude, rate or pattern of the pulses.
    preparation : Preparation
        Whose body it is.
    threads : int, optional
        Fibres solved at once.
    progress : callable, optional
        Told the number of fibres done and of all, table by table.
    """
    return _reference(_Question(device, preparation, threads, progress))


@lru_cache(maxsize=256)
def _reference(question: _Question) -> Reference:
    device, preparation = question.device, question.preparation
    population = reference_population(device, preparation)
    fibres, sites = population.fibres, population.sites
    tables = _solve(question, fibres, sites)
    widths = [kind.width for kind in device.generator.kinds()]
    nominal = int(np.argmin(np.abs(np.subtract(widths, device.generator.pulse_width))))
    low, _ = tables.windows(fibres, sites, nominal)
    classes = fibres.fibre_class[sites.row]
    aimed = ~np.isin(sites.course, device.bystanders)
    masks = {c: (classes == c) & aimed for c in FIBRE_CLASSES}
    return Reference(
        fibres,
        sites,
        tables,
        {c: np.sort(low[which]) for c, which in masks.items() if which.any()},
        {group: np.sort(low[which]) for group, which in tables.groups(fibres, sites)},
        {name: np.sort(found) for name, found in tables.spread(fibres, sites).items()},
    )


def _solve(question: _Question, fibres: FibreTable, sites: Sites) -> Excitability:
    device, preparation = question.device, question.preparation
    limits = device.limits
    most = parse_quantity(limits.amplitude.high, "current") if limits else _LABORATORY
    conductor, courses = device.conductor(preparation), device.courses(preparation)
    electrodes = [tuple(contacts) for contacts in device.channels(preparation)]
    tissue = device.tissue(preparation)
    if tissue is not None:
        for electrode in electrodes:
            tissue.check(electrode, sites.position[sites.course == "along", 1:].tolist())
    classes = fibres.fibre_class[sites.row]
    groups = sorted(set(zip(classes.tolist(), sites.course.tolist(), strict=True)))
    found, programmes = {}, {}
    for fibre_class, course in groups:
        which = (classes == fibre_class) & (sites.course == course)
        diameter, y, z, _ = sites.take(which).place
        pulses = []
        for kind in device.generator.kinds():
            bundle = Bundle(
                MODELS[fibre_class][0],
                conductor,
                tuple(electrodes[c] for c in kind.channels),
                kind.pulse,
                CEILING * most,
                courses[course],
            )
            grid = Grid.over(bundle, diameter, y, z)
            pulses.append({
                model: table_for(
                    replace(bundle, model=model),
                    grid,
                    threads=question.threads,
                    progress=question.progress,
                )
                for model in MODELS[fibre_class]
            })
        found[fibre_class, course] = tuple(pulses)
        if device.generator.needs_solver and fibre_class != "c":
            middle = float(np.median(y)), float(np.median(z))
            stretch = device.generator.waveform(0.0, STRETCH)
            programmes[fibre_class, course] = programme_for(
                bundle, grid, middle, stretch, question.threads
            )
    return Excitability(found, programmes)
