"""gatecontrol: the gate-control theory of pain on spiking networks.

A research and teaching tool, never clinical advice.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gatecontrol.analysis.comparison import compare
    from gatecontrol.analysis.results import open_results
    from gatecontrol.circuits import load_circuit
    from gatecontrol.errors import ExperimentError
    from gatecontrol.experiment.live import Live
    from gatecontrol.experiment.load import load
    from gatecontrol.experiment.runner import run
    from gatecontrol.simulation.cells import current_steps, synaptic_potential, voltage_traces

__version__ = "0.1.0"
__all__ = [
    "ExperimentError",
    "Live",
    "__version__",
    "compare",
    "current_steps",
    "load",
    "load_circuit",
    "open_results",
    "run",
    "synaptic_potential",
    "voltage_traces",
]

_LAZY = {
    "ExperimentError": ("gatecontrol.errors", "ExperimentError"),
    "Live": ("gatecontrol.experiment.live", "Live"),
    "load": ("gatecontrol.experiment.load", "load"),
    "run": ("gatecontrol.experiment.runner", "run"),
    "compare": ("gatecontrol.analysis.comparison", "compare"),
    "open_results": ("gatecontrol.analysis.results", "open_results"),
    "load_circuit": ("gatecontrol.circuits", "load_circuit"),
    "current_steps": ("gatecontrol.simulation.cells", "current_steps"),
    "synaptic_potential": ("gatecontrol.simulation.cells", "synaptic_potential"),
    "voltage_traces": ("gatecontrol.simulation.cells", "voltage_traces"),
}


def __getattr__(name: str) -> Any:
    """Import the public functions when first used, so that ``import gatecontrol`` stays cheap."""
    if name in _LAZY:
        from importlib import import_module

        module, attribute = _LAZY[name]
        return getattr(import_module(module), attribute)
    raise AttributeError(f"module 'gatecontrol' has no attribute {name!r}")
