"""Epochs: the stretches of a trial in which everything is measured."""

import math
from collections.abc import Mapping, Sequence

__all__ = ["EPOCHS", "SETTLING", "evoked_window", "resolve_epochs"]

EPOCHS = ("before", "during", "after")
"""Names of the epochs, in order: before, during and after the device is on."""

SETTLING = 0.5
"""Time [s] left out at the start of a run without stimuli (assumed)."""

Window = tuple[float, float]


def evoked_window(windows: Sequence[tuple[float, float, bool]], duration: float) -> Window:
    """Return the stretch in which stimuli drive the dorsal horn.

    The union (earliest start to latest stop) of the noxious windows; of all windows if none
    is noxious; the whole run after `SETTLING` if there is no stimulus.

    Parameters
    ----------
    windows : sequence of (float, float, bool)
        Start and stop [s] at the dorsal horn, and whether the stimulus is noxious.
    duration : float
        Length of the run [s]; the result is clipped to it.

    Returns
    -------
    (float, float)
        Start and stop [s].
    """
    chosen = [w for w in windows if w[2]] or list(windows)
    if not chosen:
        return (min(SETTLING, duration), duration)
    start = min(max(w[0], 0.0) for w in chosen)
    return (min(start, duration), min(max(w[1] for w in chosen), duration))


def resolve_epochs(
    explicit: Mapping[str, Sequence[float]] | None,
    windows: Sequence[tuple[float, float, bool]],
    duration: float,
    device_on: float | None = None,
    device_off: float | None = None,
) -> dict[str, Window | None]:
    """Return the epochs of an arm; its control uses the same.

    Without `explicit` epochs and with W the `evoked_window`: before is W's start to
    `device_on`, during is `device_on` to `device_off`, after is `device_off` to W's stop.
    Without a device only during exists, and is W.

    Parameters
    ----------
    explicit : mapping of str to (float, float) or None
        Epochs given in the experiment file [s]; an epoch that it leaves out does not exist.
    windows, duration
        See `evoked_window`.
    device_on, device_off : float or None
        When the device is switched on and off [s]; None without a device.

    Returns
    -------
    dict of str to ((float, float) or None)
        One entry per name in `EPOCHS`; None where the trial has no such epoch.
    """
    if explicit is not None:
        wanted = {name: explicit.get(name) for name in EPOCHS}
        found = {n: None if w is None else (float(w[0]), float(w[1])) for n, w in wanted.items()}
    else:
        start, stop = evoked_window(windows, duration)
        if device_on is None or device_off is None:
            found = {"before": None, "during": (start, stop), "after": None}
        else:
            found = {
                "before": (start, device_on),
                "during": (device_on, device_off),
                "after": (device_off, stop),
            }
    return {name: _clip(window, duration) for name, window in found.items()}


def _clip(window: Window | None, duration: float) -> Window | None:
    if window is None:
        return None
    start, stop = max(window[0], 0.0), min(window[1], duration)
    # Shorter than a microsecond is rounding, not an epoch.
    return (start, stop) if stop - start > 1e-6 and math.isfinite(stop) else None
