"""What a multi-compartment cell of a circuit file consists of, apart from its numbers.

Numbers carry their source and may be changed by conditions and experiments, so they stay with
the circuit (`gatecontrol.circuits.model.Cell.parameters`); `build_cell` joins both.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gatecontrol.circuits.cable import CableCell, Density, Pool, Section
from gatecontrol.circuits.channels import Channel

__all__ = ["CableForm", "SectionForm", "build_cell"]


@dataclass(frozen=True)
class SectionForm:
    """A section of a cell.

    Attributes
    ----------
    name : str
    parent, at : str
        Section and end that its start is joined to; see `gatecontrol.circuits.cable.Section`.
    channels : tuple of str
        Channels in its membrane.
    """

    name: str
    parent: str
    at: str
    channels: tuple[str, ...]


@dataclass(frozen=True)
class CableForm:
    """Sections, channels and places of a cell.

    Attributes
    ----------
    sections : tuple of SectionForm
        Each after its parent.
    channels : tuple of Channel
        Kinetics of the channels that its sections use.
    ports : mapping of str to (str, float)
        Where synapses sit: section and position along it (0-1).
    spike_at : (str, float)
        Where spikes are detected.
    """

    sections: tuple[SectionForm, ...]
    channels: tuple[Channel, ...]
    ports: Mapping[str, tuple[str, float]]
    spike_at: tuple[str, float]


def build_cell(name: str, form: CableForm, values: Mapping[str, float]) -> CableCell:
    """Return a cell from its form and its numbers.

    Parameters
    ----------
    name : str
    form : CableForm
    values : mapping of str to float
        By dotted name [SI]. A section without a number of its own has that of ``membrane``.

    Returns
    -------
    CableCell
        Not checked yet.
    """
    known = {c.name: c for c in form.channels}
    return CableCell(name, tuple(_section(s, known, values) for s in form.sections), form.channels)


def _section(
    form: SectionForm, known: Mapping[str, Channel], values: Mapping[str, float]
) -> Section:
    at = f"sections.{form.name}"

    def value(key: str) -> float:
        return values.get(f"{at}.{key}", values.get(f"membrane.{key}", float("nan")))

    start, end = value("diameter"), values.get(f"{at}.end_diameter")
    pool = None
    if f"{at}.calcium_pool.removal" in values:
        pool = Pool(*(values[f"{at}.calcium_pool.{k}"] for k in ("removal", "depth", "rest")))
    return Section(
        form.name,
        value("length"),
        start if end is None else (start, end),
        int(value("compartments")),
        form.parent,
        form.at,
        value("specific_capacitance"),
        value("resistivity"),
        value("leak_density"),
        value("leak_reversal"),
        {c: _density(known[c], f"{at}.channels.{c}.", values) for c in form.channels},
        pool,
    )


def _density(channel: Channel, prefix: str, values: Mapping[str, float]) -> Density:
    parameters = {p: values[prefix + p] for p, _ in channel.parameters if prefix + p in values}
    if channel.current:  # the text of a current takes its permeability in cm/s
        return Density(100 * values[f"{prefix}permeability"], parameters=parameters)
    return Density(values[f"{prefix}density"], values[f"{prefix}reversal"], parameters)
