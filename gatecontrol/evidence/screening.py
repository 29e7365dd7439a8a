"""A first look at the fast depth: what clearly fails there, or earns nothing, stays as it is.

Published circuits of cable cells and null models cost hours at the standard depth, most of them
for phenomena that a look of minutes already rules out.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gatecontrol.evidence.battery import Score, Verdict, default_folder, run_battery
from gatecontrol.evidence.objective import distance
from gatecontrol.evidence.parameters import split
from gatecontrol.evidence.score_file import NULL_CIRCUITS, no_credit, shipped_scores
from gatecontrol.units import DIMENSIONS

__all__ = ["CLEAR", "LONG", "run_screened", "settled", "slowest"]

CLEAR = 0.25
"""How far outside its band a number clearly fails [half-widths of the band]; assumed."""
LONG = 10.0
"""Time constant from which on a circuit needs the minutes of a protocol [s]; assumed.

The fast trains before what is read after them last four times that (P02 to P04, P12).
"""


def run_screened(
    circuit: str,
    *,
    only: Sequence[str] = (),
    depth: str = "standard",
    out: Path | None = None,
    fresh: bool = False,
    **settings: Any,
) -> Score:
    """Score a circuit at the fast depth, and again at `depth` what is not settled by that.

    Parameters
    ----------
    circuit : str
        Name of an installed circuit, or a file.
    only : sequence of str, optional
        Ids of phenomena; all by default.
    depth : str, optional
        ``"standard"`` or ``"full"``.
    out : Path, optional
        Folder; both depths keep their trials in it.
    fresh : bool, optional
        Forget what was finished.
    **settings : object
        See `gatecontrol.evidence.battery.run_variants`.

    Returns
    -------
    Score
        Every verdict says at which depth it was reached.

    Raises
    ------
    GatecontrolError
        See `gatecontrol.evidence.battery.run_battery`.
    """
    folder = out or default_folder(circuit, depth)
    look = run_battery(circuit, only=only, depth="fast", out=folder, fresh=fresh, **settings)
    slow = slowest(circuit) >= LONG
    shared = frozenset() if circuit == NULL_CIRCUITS[0] else no_credit(shipped_scores())
    left = [
        v.phenomenon.id
        for v in look.verdicts
        if not settled(v, slow=slow, uncredited=shared or frozenset())
    ]
    if not left:
        return replace(look, depth=depth)
    deep = run_battery(circuit, only=left, depth=depth, out=folder, **settings)
    found = {v.phenomenon.id: v for v in deep.verdicts}
    return replace(
        deep,
        verdicts=[found.get(v.phenomenon.id, v) for v in look.verdicts],
        started=look.started,
        seconds=look.seconds + deep.seconds,
    )


def settled(verdict: Verdict, *, slow: bool, uncredited: Container[str] = ()) -> bool:
    """Return whether a verdict of the fast depth stands.

    It does if the circuit cannot express the phenomenon, if a number is outside its band by
    more than one standard error and by `CLEAR` (few seeds have no interval), and if the circuit
    passes what earns no credit; not if the phenomenon needs no circuit, since it is the same at
    any depth.

    Parameters
    ----------
    verdict : Verdict
    slow : bool
        Whether the circuit has states that need minutes (`slowest`): then phenomena of minutes
        are not settled by seconds.
    uncredited : container of str
        Ids that a static gain passes too (`gatecontrol.evidence.score_file.no_credit`).
    """
    if verdict.verdict == "not expressible":
        return True
    about = verdict.phenomenon
    if not about.protocols or (about.minutes and slow):
        return False
    if verdict.verdict == "pass":
        return about.id in uncredited
    failed = [m for m in verdict.measured if m.verdict == "fail"]
    return not failed or any(distance(m) >= CLEAR and not m.edge for m in failed)


def slowest(circuit: str) -> float:
    """Return the longest time among the numbers of a circuit [s].

    Parameters
    ----------
    circuit : str
        Name or file.
    """
    from gatecontrol.circuits import circuit_path
    from gatecontrol.circuits.load import circuit_numbers

    units: Mapping[str, Any] = DIMENSIONS["time"].units
    numbers = circuit_numbers(circuit_path(circuit), circuit).values()
    return max((n.value for n in numbers if split(n.text)[1] in units), default=0.0)
