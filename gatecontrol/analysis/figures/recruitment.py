"""Recruitment by fibre class against amplitude, with what a person would notice."""

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.figures.style import (
    CLASS_COLOURS,
    CLASS_NAMES,
    DASHES,
    canvas,
    house_style,
    landmark_lines,
    plain_logarithmic,
    tidy,
)
from gatecontrol.devices.dose import landmarks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from gatecontrol.devices.excitability import Reference
    from gatecontrol.devices.pulsed import PulsedDevice

__all__ = ["RecruitmentData", "recruitment", "recruitment_alt", "recruitment_data"]

_MARKS = {"perception": "PT", "motor": "motor", "discomfort": "DT"}


@dataclass(frozen=True, eq=False)
class RecruitmentData:
    """What a recruitment curve shows.

    Attributes
    ----------
    title : str
        Name of the device.
    thresholds : mapping of (str, str) to ndarray of float
        (class, course) -> sorted thresholds of the reference population [A].
    c_models : mapping of str to ndarray of float
        C model -> the same; empty if no C fibre is in reach.
    marks : mapping of str to float
        ``perception``, ``discomfort`` and ``motor`` [A]; NaN or infinite if there is none.
    highest : float
        Highest amplitude that was looked at [A].
    """

    title: str
    thresholds: dict[tuple[str, str], NDArray[np.float64]]
    c_models: dict[str, NDArray[np.float64]]
    marks: dict[str, float]
    highest: float

    def share(self, group: tuple[str, str], amplitude: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the recruited share of a class and course at amplitudes [A]."""
        return _share(self.thresholds[group], amplitude)


def _share(thresholds: NDArray[np.float64], amplitude: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.searchsorted(thresholds, amplitude, side="right") / thresholds.size


def recruitment_data(device: "PulsedDevice", found: "Reference") -> RecruitmentData:
    """Return recruitment by a single pulse of a device.

    Parameters
    ----------
    device : PulsedDevice
        The device.
    found : Reference
        Its thresholds.
    """
    ceilings = [
        table.ceiling for kinds in found.excitability.tables.values() for table in kinds[0].values()
    ]
    return RecruitmentData(
        device.title or device.kind,
        dict(found.by_course),
        dict(found.c_models),
        landmarks(device, found),
        max(ceilings),
    )


def recruitment(data: RecruitmentData, ax: "Axes | None" = None) -> "Figure":
    """Draw the recruited share of each class and course against amplitude.

    Parameters
    ----------
    data : RecruitmentData
        What to draw; C fibres as a band over their models.
    ax : Axes, optional
        Where to draw; a new figure if not given.
    """
    amplitude = _amplitudes(data)
    courses = list(dict.fromkeys(course for _, course in data.thresholds))
    with house_style():
        figure, ax = canvas(ax, 7.2, 4.2)
        for (name, course), thresholds in data.thresholds.items():
            if name == "c" and data.c_models:
                continue
            ax.plot(
                1e3 * amplitude, 100 * _share(thresholds, amplitude), color=CLASS_COLOURS[name],
                ls=DASHES[courses.index(course) % len(DASHES)], label=_label(name, course),
            )  # fmt: skip
        if data.c_models:
            shares = 100 * np.array([_share(t, amplitude) for t in data.c_models.values()])
            none = "" if shares.any() else f":\nnone up to {1e3 * data.highest:.3g} mA"
            ax.fill_between(
                1e3 * amplitude, shares.min(0), shares.max(0), color=CLASS_COLOURS["c"],
                alpha=0.3, lw=0.8, label=f"C, {len(data.c_models)} models{none}",
            )  # fmt: skip
        ax.set_xscale("log")
        ax.set_xlim(1e3 * amplitude[0], 1e3 * amplitude[-1])
        ax.set_ylim(-1, 101)
        plain_logarithmic(ax.xaxis)
        known = {k: 1e3 * v for k, v in data.marks.items() if isfinite(v) and v <= data.highest}
        landmark_lines(ax, {f"{_MARKS[k]} {v:.3g} mA": v for k, v in known.items()})
        ax.set_xlabel("Amplitude [mA]")
        ax.set_ylabel("Recruited by one pulse [%]")
        ax.yaxis.grid(visible=True, color="#dddddd", lw=0.6)
        ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), handlelength=3.2)
        tidy(ax)
    return figure


def _amplitudes(data: RecruitmentData) -> NDArray[np.float64]:
    lowest = min((float(t[0]) for t in data.thresholds.values()), default=data.highest)
    lowest = min([lowest, *(float(t[0]) for t in data.c_models.values())])
    return np.geomspace(0.8 * min(lowest, data.highest / 10), data.highest, 400)


def _label(name: str, course: str) -> str:
    return CLASS_NAMES[name] if course == "along" else f"{CLASS_NAMES[name]}, {course}"


def recruitment_alt(data: RecruitmentData) -> str:
    """Return the recruitment curves in words.

    Parameters
    ----------
    data : RecruitmentData
        What is drawn.
    """
    marks = [
        f"{key} at {1e3 * value:.3g} mA" for key, value in data.marks.items() if isfinite(value)
    ]
    parts = []
    for (name, course), t in data.thresholds.items():
        ends = [_at(t, share) for share in (0.05, 0.95)]
        parts.append(f"{_label(name, course)}: 5 % at {ends[0]}, 95 % at {ends[1]}")
    if data.c_models:
        first = [_at(t, 0.05) for t in data.c_models.values()]
        models = ", ".join(f"{m} {f}" for m, f in zip(data.c_models, first, strict=True))
        parts.append(f"C by model, 5 % at: {models}")
    return f"Recruitment by {data.title} against amplitude: {'; '.join(parts)}. " + (
        f"Marked: {', '.join(marks)}." if marks else "Nothing is felt."
    )


def _at(thresholds: NDArray[np.float64], share: float) -> str:
    value = float(thresholds[max(int(np.ceil(share * thresholds.size)) - 1, 0)])
    return f"{1e3 * value:.3g} mA" if isfinite(value) else "no amplitude looked at"
