"""The implicit cable solve of a batch of cells, as a Brian2 code runner with its own template.

Backward Euler: the voltages to come solve one sparse linear system a cell. In Hines order
(parents first) elimination over a tree costs no more than over an unbranched chain.
"""

from typing import Any

import numpy as np
from brian2 import Function, NeuronGroup
from brian2.core.variables import Variables
from brian2.groups.group import CodeRunner

from gatecontrol.circuits.channels import linoid
from gatecontrol.simulation.cable_equations import zone_code
from gatecontrol.simulation.cable_structure import Batch
from gatecontrol.simulation.code_objects import code_object_class

__all__ = ["CableSolver", "kinetic_functions"]

# Without a branch, so that the loop over compartments becomes vector instructions.
_CPP = {
    "linoid": """
inline double linoid(const double x, const double y)
{
    const double ratio = x/y;
    const bool small = std::fabs(ratio) < 1e-5;
    const double safe = small ? 1.0 : ratio;
    return small ? y - 0.5*x : y*safe/(std::exp(safe) - 1.0);
}
""",
    "maximum": """
inline double maximum(const double a, const double b)
{
    return a > b ? a : b;
}
""",
}
_CYTHON = {
    "linoid": """
cdef double linoid(double x, double y):
    cdef double ratio = x/y
    if fabs(ratio) < 1e-5:
        return y - 0.5*x
    return y*ratio/(exp(ratio) - 1.0)
""",
    "maximum": """
cdef double maximum(double a, double b):
    return a if a > b else b
""",
}


def kinetic_functions() -> dict[str, Function]:
    """Return the functions that channel kinetics use besides those of Brian2, for all targets."""
    found = {}
    for name, python in (("linoid", linoid), ("maximum", np.maximum)):
        function = Function(python, arg_units=[1, 1], return_unit=1)
        function.implementations.add_implementation("cpp", _CPP[name])
        function.implementations.add_implementation("cython", _CYTHON[name])
        function.implementations.add_numpy_implementation(python)
        found[name] = function
    return found


class CableSolver(CodeRunner):
    """Advance gates, calcium and voltage of a batch by one step.

    Parameters
    ----------
    batch : Batch
    group : brian2.NeuronGroup
        Its compartments, laid out compartment by compartment.
    ports, cells : brian2.NeuronGroup
        All ports and all cells of the network.
    first_port, first_cell : int
        Where those of the batch begin. Ports are laid out like compartments.
    """

    def __init__(
        self,
        batch: Batch,
        group: NeuronGroup,
        ports: NeuronGroup,
        cells: NeuronGroup,
        first_port: int,
        first_cell: int,
    ) -> None:
        code, zones = {}, []
        for number, zone in enumerate(batch.zones):
            name = f"z{number}_"
            code[name] = zone_code(batch, zone, name)
            span = {"first": zone.start * batch.cells, "last": zone.stop * batch.cells}
            zones.append({"code": name, **span})
        places = [
            {"compartment": compartment, "first": first_port + k * batch.cells}
            for k, compartment in enumerate(batch.ports)
        ]
        fed = batch.pool and "calcium_inflow" in ports.variables
        super().__init__(
            group,
            "cable",
            code=code,
            user_code=code,
            clock=group.clock,
            when="groups",
            order=1,
            name=f"{batch.name}_solver",
            check_units=False,
            template_kwds={
                "cells": batch.cells,
                "parents": batch.parents,
                "zones": zones,
                "ports": places,
                "fed": fed,  # not "calcium", which is a variable of the group
                "first_cell": first_cell,
                "detector": batch.detector,
            },
            needed_variables=["calcium_inflow", "port_calcium_inflow"] if fed else [],
            codeobj_class=code_object_class(),
        )
        self.variables = Variables(self)
        linked: dict[str, Any] = {"port_v": ports, "port_conductance": ports, "port_current": ports}
        linked |= {"port_calcium_inflow": ports} if fed else {}
        linked |= {"cell_v": cells, "cell_v_before": cells}
        for name, owner in linked.items():
            self.variables.add_reference(name, owner, name.split("_", 1)[1])
