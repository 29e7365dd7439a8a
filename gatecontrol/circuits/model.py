"""The circuit as data: cells, receptors, populations, pathways, conditions.

Numbers carry their unit, spread across cells and source: ``60 pF ± 15 % [aguiar2010]``.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gatecontrol.sourced import Sourced

if TYPE_CHECKING:
    from gatecontrol.circuits.cable_form import CableForm
    from gatecontrol.circuits.null_model import NullModel

__all__ = [
    "CELL_PARAMETERS",
    "EXCITATORY",
    "OPTIONAL_PARAMETERS",
    "RECEPTORS",
    "Afferent",
    "Background",
    "Cell",
    "Circuit",
    "Depression",
    "Pathway",
    "Population",
    "Receptor",
    "ReceptorForm",
    "receptor_kind",
]

CELL_PARAMETERS = {
    "capacitance": "capacitance",
    "leak_conductance": "conductance",
    "leak_reversal": "voltage",
    "threshold": "voltage",
    "reset": "voltage",
    "refractory_period": "time",
    "adaptation_conductance": "conductance",
    "adaptation_jump": "current",
    "adaptation_time": "time",
    "bias": "current",
    "can_conductance": "conductance",
}
"""Cell parameter -> dimension."""

OPTIONAL_PARAMETERS = ("can_conductance",)
"""Cell parameters that a cell model may leave out: it then lacks the mechanism."""


@dataclass(frozen=True)
class ReceptorForm:
    """How a receptor enters the equations.

    Attributes
    ----------
    dual : bool
        Dual exponential (rise and decay) instead of a single one.
    magnesium : bool
        Voltage-dependent magnesium block (Jahr and Stevens 1990), 1 mM.
    conductance : bool
        False for what acts on terminals and not on the membrane.
    current : bool
        A weight is a current [A], whatever the voltage: it flows in, or out if the receptor is
        none of `EXCITATORY`.
    intrinsic : bool
        Whether it is opened from within the cell and not by a pathway.
    numbers : mapping of str to str
        What else it is described by -> dimension.
    """

    dual: bool
    magnesium: bool = False
    conductance: bool = True
    current: bool = False
    intrinsic: bool = False
    numbers: Mapping[str, str] = field(default_factory=dict)

    @property
    def weight(self) -> str:
        """Dimension of the weight of a pathway."""
        return "conductance" if self.conductance else "current" if self.current else "number"


RECEPTORS = {
    "ampa": ReceptorForm(dual=False),
    "nmda": ReceptorForm(dual=True, magnesium=True),
    "nk1": ReceptorForm(dual=True),
    "gaba_a": ReceptorForm(dual=False),
    "glycine": ReceptorForm(dual=False),
    "gaba_b": ReceptorForm(dual=True),
    "monoamine": ReceptorForm(dual=True),
    "presynaptic": ReceptorForm(dual=False, conductance=False),
    "can": ReceptorForm(dual=False, intrinsic=True, numbers={"half": "conductance"}),
    "ltd": ReceptorForm(
        dual=False,
        conductance=False,
        numbers={"half": "number", "build_up": "time", "fade": "time", "ceiling": "number"},
    ),
    "excitatory_current": ReceptorForm(dual=False, conductance=False, current=True),
    "inhibitory_current": ReceptorForm(dual=False, conductance=False, current=True),
}
"""Receptors that a circuit may use, in the order of the equations.

``can`` is the calcium-activated cation current behind wind-up: NMDA receptors let calcium in,
which decays with ``decay``; a steady NMDA conductance of ``half`` opens half of the current.
``ltd`` is long-term depression of gated terminals: a trace of its events (``decay``) beyond
``half`` builds it up within ``build_up``, up to ``ceiling``; it fades with ``fade``.
``excitatory_current`` and ``inhibitory_current`` are synapses without reversal potential, as
some published circuits have them.
"""

EXCITATORY = ("ampa", "nmda", "nk1", "excitatory_current")
"""Excitatory receptors; the others inhibit."""


def receptor_kind(name: str) -> str:
    """Return the receptor that a name stands for; empty if there is none.

    Circuits of cable cells may have several of a kind (``nk1`` and ``nk1_projection``).
    """
    fitting = [kind for kind in RECEPTORS if name == kind or name.startswith(f"{kind}_")]
    return max(fitting, key=len, default="")


@dataclass(frozen=True)
class Cell:
    """A cell model.

    Without a form, an adaptive leaky integrate-and-fire neuron with conductance synapses;
    with one, a multi-compartment cell.

    Attributes
    ----------
    name : str
        Key in the circuit file.
    parameters : mapping of str to Sourced
        One number per entry of `CELL_PARAMETERS`; of a multi-compartment cell by dotted name
        (``sections.soma.length``).
    form : CableForm or None
        Sections, channels and ports of a multi-compartment cell.
    loses_inputs : bool
        Of a point neuron: whether events that arrive while it is refractory are lost.
    """

    name: str
    parameters: Mapping[str, Sourced]
    form: "CableForm | None" = None
    loses_inputs: bool = False


@dataclass(frozen=True)
class Afferent:
    """An input population: fibres of one class and role.

    Attributes
    ----------
    name, title : str
        Key (``abeta_centre``) and name for figures.
    fibre_class, role : str
        See `gatecontrol.fibres.classes`.
    size : int
        Number of fibres.
    """

    name: str
    title: str
    fibre_class: str
    role: str
    size: int


@dataclass(frozen=True)
class Population:
    """A population of cells.

    Attributes
    ----------
    name, title : str
        Key (``projection_deep``) and name for figures ("Projection neurons (deep WDR)").
    kind : str
        ``"excitatory"``, ``"inhibitory"`` or ``"projection"``.
    lamina : str
        Where it lies, for the diagram ("I", "II", "V").
    size : int
        Number of cells.
    cell : str
        Key of its cell model; empty in a null model.
    signal : str
        ``"pain_signal"`` (deep wide-dynamic-range), ``"pain_signal_lamina1"``,
        ``"paraesthesia"`` (evoked sensation, which is no pain) or empty.
    """

    name: str
    title: str
    kind: str
    lamina: str
    size: int
    cell: str
    signal: str = ""


@dataclass(frozen=True)
class Receptor:
    """Kinetics of one receptor; the peak of a dual exponential is normalised to 1.

    Attributes
    ----------
    name : str
        A name of `RECEPTORS`; in a circuit of cable cells also with a suffix
        (``nk1_projection``).
    rise : Sourced or None
    decay : Sourced
        Time constants [s]; rise is None for a single exponential.
    reversal : Sourced or None
        Reversal potential [V]; None for what is no conductance.
    magnesium, calcium : Sourced or None
        Of cable cells: concentration of blocking magnesium [mM], and share of the current
        that enters the calcium pool (0-1).
    numbers : mapping of str to Sourced
        What else the receptor's form asks for.
    """

    name: str
    rise: Sourced | None
    decay: Sourced
    reversal: Sourced | None
    magnesium: Sourced | None = None
    calcium: Sourced | None = None
    numbers: Mapping[str, Sourced] = field(default_factory=dict)


@dataclass(frozen=True)
class Depression:
    """What a train does to a pathway: depression of release, failure of collaterals.

    Attributes
    ----------
    use : Sourced
        Share of the resource used by one spike (0-1; Tsodyks and Markram 1997).
    recovery : Sourced
        Recovery time constant [s].
    failure_rate : Sourced or None
        Rate at which spikes reach half of a fibre's collaterals [Hz]; None if all always do.
    failure_time : Sourced or None
        Time over which the rate counts [s].
    """

    use: Sourced
    recovery: Sourced
    failure_rate: Sourced | None = None
    failure_time: Sourced | None = None


@dataclass(frozen=True)
class Pathway:
    """A connection from one population (or afferent) to a population.

    Attributes
    ----------
    name : str
        ``"<from>_to_<to>"``, unless the file names it.
    source, target : str
        Names of the sending and receiving population.
    fan_in : int
        Number of sources that each connected target cell receives (constant fan-in); 0 if they
        are drawn by probability.
    coverage : float
        Share of target cells that receive this pathway at all (heterogeneity comes from
        connectivity).
    delay : Sourced
        Synaptic delay [s].
    weights : mapping of str to Sourced
        Receptor -> peak conductance of one event [S], or in the dimension of
        `ReceptorForm.weight`.
    depression : Depression or None
        Short-term depression.
    gated : bool
        Whether the sending terminals are subject to presynaptic inhibition.
    doc : str
        What it stands for, with its source.
    port : str
        Of cable cells: where on the target its synapses sit.
    contacts : int
        Of cable cells: synapses that each sending cell makes on a target cell.
    probability : float
        Chance that a cell makes a synapse on a target cell; 0 with a constant fan-in.
    """

    name: str
    source: str
    target: str
    fan_in: int
    coverage: float
    delay: Sourced
    weights: Mapping[str, Sourced]
    depression: Depression | None = None
    gated: bool = False
    doc: str = ""
    port: str = ""
    contacts: int = 1
    probability: float = 0.0


@dataclass(frozen=True)
class Background:
    """Poisson input of the cells of one population (ongoing activity); no two share a source.

    Attributes
    ----------
    target : str
        Population.
    rate : Sourced
        Rate of a Poisson source [Hz].
    weights : mapping of str to Sourced
        Receptor -> weight of one event, as that of a `Pathway`.
    port : str
        Of cable cells: where on the target its synapses sit.
    sources : int
        Poisson sources that each cell has.
    """

    target: str
    rate: Sourced
    weights: Mapping[str, Sourced]
    port: str = ""
    sources: int = 1


@dataclass(frozen=True)
class Circuit:
    """A circuit with its conditions applied.

    Attributes
    ----------
    name, title, description : str
        Key, heading and what it is, with what it does not claim.
    references : tuple of str
        BibTeX keys.
    cells : mapping of str to Cell
    afferents : mapping of str to Afferent
    populations : mapping of str to Population
    receptors : mapping of str to Receptor
    pathways : mapping of str to Pathway
    backgrounds : mapping of str to Background
        By target population.
    conditions : tuple of str
        Names of the conditions applied, in order.
    stimuli : tuple of mapping
        Stimuli that the conditions add (ectopic activity after injury), in the form of an
        experiment file.
    time_step : Sourced or None
        Of cable cells: largest time step of their solver [s]; None for point neurons.
    null_model : NullModel or None
        What takes the place of cells and pathways in a null model.
    """

    name: str
    title: str
    description: str
    references: tuple[str, ...]
    cells: Mapping[str, Cell]
    afferents: Mapping[str, Afferent]
    populations: Mapping[str, Population]
    receptors: Mapping[str, Receptor]
    pathways: Mapping[str, Pathway]
    backgrounds: Mapping[str, Background]
    conditions: tuple[str, ...] = ()
    stimuli: tuple[Mapping[str, object], ...] = field(default_factory=tuple)
    time_step: Sourced | None = None
    null_model: "NullModel | None" = None

    @property
    def is_cable(self) -> bool:
        """Whether its cells have compartments."""
        return self.time_step is not None

    def size_of(self, name: str) -> int:
        """Return the number of fibres of an afferent, or of cells of a population."""
        return (self.afferents.get(name) or self.populations[name]).size

    def synapses_of(self, pathway: Pathway) -> int:
        """Return the number of synapses of a pathway, the same in every draw.

        By probability, it is the largest that chance gives (six standard deviations above the
        mean); a draw leaves those without weight that it has no use for.
        """
        sources, targets = self.size_of(pathway.source), self.size_of(pathway.target)
        if pathway.probability:
            chance, pairs = pathway.probability, sources * targets
            most = chance * pairs + 6 * math.sqrt(chance * (1 - chance) * pairs)
            return min(pairs, math.ceil(most))
        return round(pathway.coverage * targets) * pathway.fan_in * pathway.contacts

    def background_sources(self, target: str) -> int:
        """Return how many Poisson sources a population has, cell by cell in its order."""
        return self.populations[target].size * self.backgrounds[target].sources
