"""Which phenomena there are, what each needs, and where its protocols stand."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gatecontrol.errors import GatecontrolError, UsageError, did_you_mean
from gatecontrol.evidence.base import Needs, Phenomenon
from gatecontrol.plugins import load_plugin, plugins

if TYPE_CHECKING:
    from gatecontrol.circuits.model import Circuit

__all__ = ["lacking", "load_phenomena", "protocol_path"]

GROUP = "phenomena"


def load_phenomena(only: Sequence[str] = ()) -> list[Phenomenon]:
    """Return the phenomena that are installed, ordered by id.

    Parameters
    ----------
    only : sequence of str, optional
        Ids; all if empty.

    Raises
    ------
    UsageError
        An id that there is not.
    """
    known = {name.upper(): name for name in plugins(GROUP)}
    for one in only:
        if one.upper() not in known:
            raise UsageError(
                f"no phenomenon '{one}'.{did_you_mean(one.upper(), list(known))} "
                + f"There are: {', '.join(sorted(known))}"
            )
    chosen = sorted({one.upper() for one in only} or known)
    found = []
    for id in chosen:
        phenomenon = load_plugin(GROUP, known[id])
        if not (isinstance(phenomenon, type) and issubclass(phenomenon, Phenomenon)):
            raise GatecontrolError(f"the phenomenon '{id}' is no subclass of Phenomenon")
        found.append(phenomenon())
    return found


def protocol_path(phenomenon: Phenomenon, name: str) -> Path:
    """Return the experiment file of a protocol: beside the module of the phenomenon.

    Parameters
    ----------
    phenomenon : Phenomenon
    name : str
        Of the protocol.
    """
    from inspect import getfile

    folder = Path(getfile(type(phenomenon))).parent
    for place in (folder / "protocols", folder.parent / "protocols"):
        if (place / f"{name}.yaml").is_file():
            return place / f"{name}.yaml"
    raise GatecontrolError(
        f"phenomenon {phenomenon.id}: no file protocols/{name}.yaml beside {folder}"
    )


def lacking(needs: Needs, circuit: "Circuit", conditions: Sequence[str]) -> list[str]:
    """Return what a circuit lacks for a phenomenon, in words; empty if it is expressible.

    Parameters
    ----------
    needs : Needs
    circuit : Circuit
    conditions : sequence of str
        Conditions that the circuit defines.
    """
    from gatecontrol.circuits.model import receptor_kind

    classes = {a.fibre_class for a in circuit.afferents.values()}
    roles = {a.role for a in circuit.afferents.values()}
    signals = {p.signal for p in circuit.populations.values()}
    receptors = {p for way in circuit.pathways.values() for p in way.weights}
    kinds = {receptor_kind(name) for name in receptors}
    parts = (
        ("no {} fibres", needs.classes, classes),
        ("no afferents of the field '{}'", needs.fields, roles),
        ("no projection neurons whose signal is {}", needs.signals, signals),
        ("no {} receptors", needs.receptors, kinds),
        ("no condition '{}'", needs.conditions, conditions),
    )
    return [text.format(one) for text, wanted, there in parts for one in wanted if one not in there]
