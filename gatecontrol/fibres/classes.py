"""What every room says of a fibre: its class, its role, how soon it can fire again.

Light: files are read with it, so nothing is imported here but names.
"""

from collections.abc import Mapping

from gatecontrol.preparations import FIBRE_CLASSES

__all__ = [
    "C_REFERENCES",
    "FIBRE_CLASSES",
    "INPUT_CLASSES",
    "MYELINATED_REFERENCES",
    "REFRACTORY",
    "ROLES",
]

MYELINATED_REFERENCES = ("mcintyre2002", "musselman2021")
C_REFERENCES = ("rattay1993", "schild1997", "sundt2015", "thio2024", "tigerholm2014")
"""BibTeX keys of the models that stand for myelinated and for C fibres."""


INPUT_CLASSES = tuple(c for c in FIBRE_CLASSES if c != "aalpha")
"""Classes that reach a circuit; A-alpha fibres only tell the motor threshold."""

ROLES = ("centre", "surround", "remote", "contralateral", "remote_contralateral")
"""A fibre's receptive field against that of the projection cells.

``remote`` is another segment of the same side; descending fibres are remote too.
"""

REFRACTORY: Mapping[str, float] = {
    "aalpha": 0.7e-3,
    "abeta": 1e-3,
    "adelta": 2e-3,
    "c": 3e-3,
    "descending": 2e-3,
}
"""Absolute refractory period by class [s]: within the textbook ranges of 0.5-1 (A-alpha),
0.7-1.2 (A-beta), 1.5-3 (A-delta) and 2-4 ms (C); descending as A-delta (assumed)."""
