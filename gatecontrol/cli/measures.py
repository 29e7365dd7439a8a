"""What ``gatecontrol describe measure`` tells: variables, dimensions, parameters, sources."""

import inspect
from typing import TYPE_CHECKING, Any

from gatecontrol.plugins import REQUIRED, load_plugin

if TYPE_CHECKING:
    from gatecontrol.analysis.base import Dimension, Measure

__all__ = ["about_measure"]


def about_measure(name: str) -> dict[str, Any]:
    """Return what ``gatecontrol describe measure`` shows; parameters as declared.

    Parameters
    ----------
    name : str
        Key of the measure.
    """
    found = load_plugin("measures", name)
    text = inspect.getdoc(found) or ""
    return {
        "name": name,
        "title": " ".join(text.split("\n\n")[0].split()).split(". ")[0].rstrip("."),
        "text": text,
        "variables": [
            {
                "variable": v.name,
                "dimensions": ", ".join(v.dims),
                "units": v.units,
                "meaning": v.long_name,
            }
            for v in found.variables
        ],
        "parameters": list(found.parameters),
        "dimensions": [_dimension(d) for d in _dimensions(found)],
        "requires": list(getattr(found, "requires", ())),
        "references": list(found.references),
    }


def _dimensions(measure: "type[Measure]") -> "tuple[Dimension, ...]":
    """Return the dimensions of a measure at its defaults; none if a parameter has none."""
    if any(p.default is REQUIRED for p in measure.parameters):
        return ()
    return measure().dimensions()


def _dimension(dimension: "Dimension") -> dict[str, str]:
    labels = [x if isinstance(x, str) else f"{x:g}" for x in dimension.labels(0)]
    shown = labels if len(labels) < 8 else [*labels[:3], "...", labels[-1]]
    return {
        "dimension": dimension.name,
        "units": dimension.units,
        "labels": "counted" if dimension.counted else ", ".join(shown),
        "meaning": dimension.long_name,
    }
