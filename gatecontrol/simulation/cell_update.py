"""One step of all cells, as a Brian2 code runner: each zone has only its own receptors.

Imported only where Brian2 is needed.
"""

from brian2 import NeuronGroup
from brian2.groups.group import CodeRunner

from gatecontrol.simulation.code_objects import code_object_class
from gatecontrol.simulation.equations import step_code
from gatecontrol.simulation.tables import Structure

__all__ = ["CellUpdate"]


class CellUpdate(CodeRunner):
    """Advance membrane, adaptation and receptors by one forward Euler step.

    Parameters
    ----------
    structure : Structure
    cells : brian2.NeuronGroup
        All cells of the network.
    """

    def __init__(self, structure: Structure, cells: NeuronGroup) -> None:
        code, zones, first = {}, [], 0
        for number, zone in enumerate(structure.zones):
            name = f"z{number}_"
            code[name] = step_code(zone.receptors, name)
            zones.append({"code": name, "first": first, "last": first + zone.cells})
            first += zone.cells
        super().__init__(
            cells,
            "zones",
            code=code,
            user_code=code,
            clock=cells.clock,
            when="groups",
            order=0,
            name="cells_update",
            check_units=False,
            template_kwds={"zones": zones},
            codeobj_class=code_object_class(),
        )
