"""Whose body this is, as data: distances, velocities, tissues, fibre populations.

One YAML file per species; a number without a unit and a source is refused.
"""

from gatecontrol.preparations.preparation import (
    FIBRE_CLASSES,
    PREPARATIONS,
    DorsalColumn,
    FibrePopulation,
    Latency,
    Preparation,
    load_preparation,
    read_preparation,
)

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
