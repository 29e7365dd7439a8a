"""What the bench offers with each stimulator, and the programme to start with."""

from gatecontrol.plugins import load_plugin
from gatecontrol.units import parse_quantity

__all__ = [
    "DBS_USUAL", "DEVICES", "FASTEST", "MOST_AMPLITUDE", "SLOWEST", "frequencies", "pulse_widths",
    "usual",
]  # fmt: skip

DEVICES = ("scs", "drg", "pns", "tens", "dbs")
"""Stimulators that the bench offers."""
DBS_USUAL = 0.2
"""Current of DBS at 100 % [mA] (assumed): it recruits in a rat about the share of the descending
fibres that the 2 mA of the catalogue recruit in a person."""
MOST_AMPLITUDE = 300.0
"""Highest amplitude [% of the perception threshold; of `DBS_USUAL` with DBS]."""
SLOWEST, FASTEST = 2.0, 200.0
"""Lowest and highest frequency with any stimulator [Hz]."""
_FASTEST_BURSTS = 60.0  # Hz (assumed): bursts of five pulses at 500 Hz last 10 ms
_BURST_WIDTH = 1000  # us, as in the programme burst_dr


def pulse_widths(device: str, pattern: str = "tonic") -> tuple[int, ...]:
    """Return the pulse widths that the bench offers with a stimulator [us].

    Parameters
    ----------
    device : str
        One of `DEVICES`.
    pattern : str, optional
        ``"tonic"`` or ``"burst"``.
    """
    if pattern == "burst":
        return (_BURST_WIDTH,)
    widths = load_plugin("devices", device).usual_widths
    return tuple(round(parse_quantity(w, "time") * 1e6) for w in widths)


def frequencies(device: str, pattern: str = "tonic") -> tuple[float, float]:
    """Return the lowest and highest frequency that the bench offers with a stimulator [Hz].

    Parameters
    ----------
    device : str
        One of `DEVICES`.
    pattern : str, optional
        ``"tonic"`` or ``"burst"``: then the rate of the bursts.
    """
    limit = load_plugin("devices", device).limits.frequency
    low, high = (parse_quantity(t, "frequency") for t in (limit.low, limit.high))
    return max(low, SLOWEST), min(high, _FASTEST_BURSTS if pattern == "burst" else FASTEST)


def usual(device: str, pattern: str = "tonic") -> dict[str, float]:
    """Return the programme that a stimulator starts with on the bench.

    Parameters
    ----------
    device : str
        One of `DEVICES`.
    pattern : str, optional
        ``"tonic"`` or ``"burst"``.

    Returns
    -------
    dict of str to float
        ``amplitude`` [%], ``frequency`` [Hz] and ``pulse_width`` [us], from the defaults of the
        device's parameters, or of its burst programme; 100 % with DBS.
    """
    chosen = {"programme": "burst_dr"} if pattern == "burst" else {}
    settings = load_plugin("devices", device).from_config(chosen).settings
    amplitude = settings["amplitude"]
    felt = amplitude.kind == "perception_threshold"
    return {
        "amplitude": round(100 * amplitude.value, 6) if felt else 100.0,
        "frequency": round(settings["frequency"], 6),
        "pulse_width": round(settings["pulse_width"] * 1e6),
    }
