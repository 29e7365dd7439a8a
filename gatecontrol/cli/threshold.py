"""``gatecontrol threshold``: at which currents a point source excites one fibre."""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gatecontrol.errors import ExperimentError, GatecontrolError, Problem, did_you_mean
from gatecontrol.units import UnitError, format_quantity, parse_quantity

if TYPE_CHECKING:
    from gatecontrol.fibres.axon import FibreModel
    from gatecontrol.fibres.waveform import Waveform

__all__ = ["MOST", "WAVEFORMS", "threshold"]

WAVEFORMS: Mapping[str, Mapping[str, Any]] = {
    "cathodic": {"polarity": "cathodic"},
    "anodic": {"polarity": "anodic"},
    "biphasic": {"polarity": "cathodic", "recharge": True},
    "biphasic_anodic": {"polarity": "anodic", "recharge": True},
    "asymmetric": {"polarity": "cathodic", "recharge": True, "ratio": 10.0},
    "asymmetric_anodic": {"polarity": "anodic", "recharge": True, "ratio": 10.0},
}
"""Pulse shapes by name; an asymmetric recharge has a tenth of the level for ten times as long."""

MOST = 1000
"""Rows of one table, at most."""

_QUANTITIES = {
    "diameter": "length",
    "distance": "length",
    "pulse_width": "time",
    "conductivity": "conductivity",
}


@dataclass(frozen=True)
class _Row:
    """One line of the table; SI values."""

    fibre: str
    diameter: float
    distance: float
    pulse_width: float
    waveform: str
    conductivity: float
    low: float
    high: float


def threshold(
    options: Mapping[str, str],
    *,
    gap: str,
    ceiling: str,
    balanced: bool,
    json: bool,
) -> None:
    """Print activation windows of all combinations of the options' values.

    Parameters
    ----------
    options : mapping of str to str
        ``fibre``, ``waveform`` and the quantities, each a value or several with commas.
    gap : str
        Between the phases of a pulse with recharge.
    ceiling : str
        Highest amplitude tried.
    balanced : bool
        Refuse waveforms that leave charge on the electrode.
    json : bool
        The form.
    """
    from gatecontrol.cli.output import print_json

    rows, models = _compute(_Request(options, gap, ceiling, balanced))
    if json:
        print_json(_as_json(rows, models))
    else:
        _show(rows, models)


class _Request:
    """The options as values, all their faults found at once."""

    def __init__(self, options: Mapping[str, str], gap: str, ceiling: str, balanced: bool) -> None:
        self._problems: list[Problem] = []
        listed = {name: [v.strip() for v in text.split(",")] for name, text in options.items()}
        self.values: dict[str, list[Any]] = {
            name: [self._positive(name, text, kind) for text in listed[name]]
            for name, kind in _QUANTITIES.items()
        }
        self.gap = self._quantity("gap", gap, "time")
        self.ceiling = self._positive("ceiling", ceiling, "current")
        self.models = {n: self._try("fibre", "E012", self._model, n) for n in listed["fibre"]}
        for name in listed["waveform"]:
            if name not in WAVEFORMS:
                hint = did_you_mean(name, tuple(WAVEFORMS))
                known = f"known waveforms: {', '.join(WAVEFORMS)}"
                self._refuse("waveform", "E012", f"there is no waveform {name!r}.{hint}", known)
        self.values |= {"fibre": listed["fibre"], "waveform": listed["waveform"]}
        self._stop()
        if (count := math.prod(map(len, self.values.values()))) > MOST:
            self._refuse("fibre", "E033", f"{count} combinations; one table has at most {MOST}")
            self._stop()
        fibres = itertools.product(
            listed["fibre"], self.values["diameter"], self.values["distance"]
        )
        for fibre, diameter, distance in fibres:
            self._try("fibre", "E033", self.models[fibre].require, diameter, distance)
        self.waveforms = {
            pulse: self._try("waveform", "E035", self._waveform, *pulse, balanced)
            for pulse in itertools.product(listed["waveform"], self.values["pulse_width"])
        }
        self._stop()

    @staticmethod
    def _model(name: str) -> "FibreModel":
        from gatecontrol.fibres.axon import fibre_model

        return fibre_model(name)

    def _waveform(self, name: str, width: float, balanced: bool) -> "Waveform":
        from gatecontrol.fibres.waveform import Waveform

        waveform = Waveform.rectangular(width, gap=self.gap, **WAVEFORMS[name])
        if balanced:
            waveform.require_balance()
        return waveform

    def _quantity(self, name: str, text: str, dimension: str) -> float:
        try:
            return parse_quantity(text, dimension)
        except UnitError as error:
            self._refuse(name, error.code, error.message, error.help)
            return math.nan

    def _positive(self, name: str, text: str, dimension: str) -> float:
        value = self._quantity(name, text, dimension)
        if value <= 0:
            self._refuse(name, "E033", f"must be above 0, got {text}")
        return value

    def _try(self, name: str, code: str, action: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return action(*arguments)
        except GatecontrolError as error:
            self._refuse(name, code, str(error))
            return None

    def _refuse(self, name: str, code: str, message: str, help: str = "") -> None:
        problem = Problem(code, f"--{name.replace('_', '-')}", message, help)
        if problem not in self._problems:
            self._problems.append(problem)

    def _stop(self) -> None:
        if self._problems:
            raise ExperimentError(self._problems)


def _compute(request: _Request) -> "tuple[list[_Row], dict[str, FibreModel]]":
    from gatecontrol.fibres.excitation import activation_window
    from gatecontrol.fields.conductor import HomogeneousConductor
    from gatecontrol.fields.electrodes import monopole

    names = ("fibre", "diameter", "distance", "pulse_width", "waveform", "conductivity")
    source = monopole(1e-6)  # a point: its area plays no part
    rows = []
    for values in itertools.product(*(request.values[name] for name in names)):
        fibre, diameter, distance, width, shape, conductivity = values
        axon = request.models[fibre].axon(diameter, distance)
        medium = HomogeneousConductor.isotropic(conductivity)
        potential = medium.potential_along(axon.positions, 0.0, distance, source)
        window = activation_window(
            axon, potential, request.waveforms[shape, width], ceiling=request.ceiling
        )
        rows.append(_Row(*values, *window))
    return rows, request.models


def _as_json(rows: Sequence[_Row], models: "Mapping[str, FibreModel]") -> dict[str, Any]:
    """Return all in SI; an end of the window that was not found is null."""
    units = {"diameter": "m", "distance": "m", "pulse_width": "s", "conductivity": "S/m"}
    plain = [{k: None if v == math.inf else v for k, v in vars(row).items()} for row in rows]
    return {
        "units": units | {"low": "A", "high": "A"},
        "rows": plain,
        "models": {
            name: {"title": model.title, "references": list(model.references)}
            for name, model in models.items()
        },
    }


def _show(rows: Sequence[_Row], models: "Mapping[str, FibreModel]") -> None:
    from gatecontrol.citations import readable
    from gatecontrol.cli.output import print_table, print_text

    def written(row: _Row) -> list[str]:
        return [
            row.fibre,
            format_quantity(row.diameter, "length"),
            format_quantity(row.distance, "length"),
            format_quantity(row.pulse_width, "time"),
            row.waveform,
            f"{row.conductivity:g} S/m",
            "none" if math.isinf(row.low) else format_quantity(row.low, "current"),
            "" if math.isinf(row.high) else format_quantity(row.high, "current"),
        ]

    columns = ["fibre", "diameter", "distance", "pulse", "waveform", "medium", "from", "to"]
    print_table(columns, [written(r) for r in rows], title="Activation window", right="lrrrlrrr")
    print_text(
        "A point source over the fibre's centre node or segment in a homogeneous medium. The "
        + "fibre fires from the first current on; from the second on, if there is one, its spike "
        + "is blocked."
    )
    for model in models.values():
        print(f"{model.name}: {model.title}")
    for line in readable({key for model in models.values() for key in model.references}):
        print(f"  {line}")
