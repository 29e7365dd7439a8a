"""Measures of spike trains: pure functions on arrays of spike times.

Times are in seconds and ascending. The tests hold these functions to Elephant and SciPy where
those have the same measure.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Locking",
    "entrainment",
    "first_spike_latency",
    "interval_cv",
    "psth",
    "rate_spectrum",
    "spike_count_in_windows",
    "tiling_coefficients",
    "vector_strength",
]

Times = NDArray[np.float64]


def spike_count_in_windows(
    times: Times, starts: Times, stops: Times
) -> tuple[NDArray[np.int64], Times]:
    """Count spikes in windows that may overlap; where they do, the later row has the time.

    So a spike is counted once at most, and nothing is counted twice as somebody's response.

    Parameters
    ----------
    times : ndarray, shape (n,)
        Spike times [s], ascending.
    starts, stops : ndarray, shape (m,)
        Windows [s]; each holds its start, not its stop. An empty one (stop <= start) counts
        nothing.

    Returns
    -------
    counts : ndarray of int, shape (m,)
        Spikes in what is left of each window.
    exposure : ndarray of float, shape (m,)
        How much of each window is left [s].
    """
    starts, stops = np.asarray(starts, float), np.asarray(stops, float)
    edges = np.unique(np.concatenate([starts, stops]))
    if edges.size < 2:
        return np.zeros(starts.size, dtype=np.int64), np.zeros(starts.size)
    owner = np.full(edges.size - 1, -1)
    first, last = np.searchsorted(edges, starts), np.searchsorted(edges, stops)
    for row in range(starts.size):
        owner[first[row] : last[row]] = row
    owned = owner >= 0
    exposure = np.bincount(owner[owned], np.diff(edges)[owned], minlength=starts.size)
    place = np.searchsorted(times, edges)
    inside = np.diff(place)
    counts = np.bincount(owner[owned], inside[owned], minlength=starts.size)
    return counts.astype(np.int64), exposure.astype(float)


def psth(times: Times, events: Times, before: float, after: float, bin: float) -> Times:
    """Return the peri-stimulus time histogram: spikes per event and bin.

    A spike within reach of several events counts for each of them.

    Parameters
    ----------
    times : ndarray, shape (n,)
        Spike times [s], ascending; of several cells together or of one.
    events : ndarray, shape (m,)
        What the spikes are aligned to [s].
    before, after : float
        How far it reaches to both sides of an event [s].
    bin : float
        Width of the bins [s]; a spike on an edge belongs to the bin that begins there, also
        where rounding puts it a billionth of a bin before.

    Returns
    -------
    ndarray of float, shape (k,)
        Mean count per event, ``k = round((before + after) / bin)``; NaN without events.
    """
    count = round((before + after) / bin)
    events = np.asarray(events, float)
    if not events.size:
        return np.full(count, np.nan)
    first = np.searchsorted(times, events - before - bin)
    last = np.searchsorted(times, events + after + bin)
    each = last - first
    # Rows of all spikes that are near an event, one event after the other.
    row = np.arange(each.sum()) - np.repeat(np.cumsum(each) - each, each) + np.repeat(first, each)
    since = times[row] - np.repeat(events, each) + before
    place = np.floor(since / bin + 1e-9).astype(np.int64)
    kept = (place >= 0) & (place < count)
    return np.bincount(place[kept], minlength=count) / events.size


def first_spike_latency(times: Times, events: Times, ends: Times) -> Times:
    """Return the time from each event to the first spike from then on [s].

    Parameters
    ----------
    times : ndarray, shape (n,)
        Spike times of one cell [s], ascending.
    events, ends : ndarray, shape (m,)
        Events, and when to stop waiting for a spike [s].

    Returns
    -------
    ndarray of float, shape (m,)
        NaN where no spike comes before the end.
    """
    events, ends = np.asarray(events, float), np.asarray(ends, float)
    found = np.append(times, np.inf)[np.searchsorted(times, events)]
    return np.where(found < ends, found - events, np.nan)


@dataclass(frozen=True)
class Locking:
    """How closely spikes follow a cycle.

    Attributes
    ----------
    strength : float
        Vector strength: 1 if all spikes have one phase, 0 if their phases cancel.
    phase : float
        Mean phase, 0 to 1 of a cycle; NaN without spikes.
    p : float
        Chance of a strength this high or higher if phases were uniform (Rayleigh test).
    count : int
        Spikes within cycles.
    """

    strength: float
    phase: float
    p: float
    count: int


def vector_strength(times: Times, events: Times, longest: float = np.inf) -> Locking:
    """Return the vector strength of spikes over the cycles between events [goldberg1969].

    The phase of a spike is its share of the interval between the events around it, so the
    events need not be regular; for regular ones it is the vector strength of their period.
    The p value is Zar's approximation of the Rayleigh test [berens2009].

    Parameters
    ----------
    times : ndarray, shape (n,)
        Spike times [s].
    events : ndarray, shape (m,)
        Ascending [s]; spikes before the first and from the last on are left out.
    longest : float, optional
        Spikes in an interval longer than this are left out: it is a pause, not a cycle [s].

    Returns
    -------
    Locking
        Strength and p are NaN without spikes.
    """
    times, events = np.asarray(times, float), np.asarray(events, float)
    row = np.searchsorted(events, times, side="right") - 1
    inside = (row >= 0) & (row < events.size - 1)
    row, times = row[inside], times[inside]
    length = np.diff(events)[row]
    kept = length <= longest
    phase = (times[kept] - events[row[kept]]) / length[kept]
    n = phase.size
    if n == 0:
        return Locking(np.nan, np.nan, np.nan, 0)
    mean = np.mean(np.exp(2j * np.pi * phase))
    total = n * abs(mean)
    # Rounding can put the resultant of equal phases above n.
    rest = max(float(n) ** 2 - total**2, 0.0)
    p = min(float(np.exp(np.sqrt(1 + 4 * n + 4 * rest) - (1 + 2 * n))), 1.0)
    return Locking(float(abs(mean)), float(np.angle(mean) / (2 * np.pi) % 1.0), p, int(n))


def entrainment(times: Times, events: Times, longest: float = np.inf) -> float:
    """Return the share of events after which a cell fires before the next.

    Parameters
    ----------
    times : ndarray, shape (n,)
        Spike times of one cell or fibre [s], ascending.
    events : ndarray, shape (m,)
        Ascending [s]; the last has no next and does not count.
    longest : float, optional
        An answer later than this is none [s].

    Returns
    -------
    float
        0-1; NaN for fewer than two events.
    """
    events = np.asarray(events, float)
    if events.size < 2:
        return float(np.nan)
    ends = np.minimum(events[1:], events[:-1] + longest)
    return float(np.mean(np.searchsorted(times, ends) > np.searchsorted(times, events[:-1])))


def interval_cv(times: Times) -> float:
    """Return the coefficient of variation of the intervals between spikes.

    Standard deviation (of the n intervals, divided by n) over their mean: 0 for a clock, about
    1 for a Poisson process.

    Parameters
    ----------
    times : ndarray, shape (n,)
        Spike times of one cell [s], ascending.

    Returns
    -------
    float
        NaN for fewer than three spikes.
    """
    gaps = np.diff(times)
    return float(gaps.std() / gaps.mean()) if gaps.size > 1 else float(np.nan)


def rate_spectrum(
    times: Times, size: int, start: float, stop: float, bin: float, segment: float
) -> tuple[Times, Times]:
    """Return the power spectrum of a population's rate per cell (Welch's method) [welch1967].

    Segments with a Hann window overlap by half; each has its mean taken off. A Poisson
    process of rate r per cell has the flat density 2 r / size.

    Parameters
    ----------
    times : ndarray, shape (n,)
        Spike times of all cells together [s], ascending.
    size : int
        Number of cells.
    start, stop : float
        Window [s], of which whole bins are used; at least one segment long.
    bin : float
        Bins of the rate [s]; the spectrum reaches to ``1 / (2 bin)``.
    segment : float
        Length of the segments [s]; the resolution is ``1 / segment``.

    Returns
    -------
    frequency : ndarray, shape (k,)
        [Hz]
    density : ndarray, shape (k,)
        One-sided density [(spikes/s)^2 / Hz].
    """
    from scipy.signal import welch

    count = int((stop - start) / bin + 1e-9)
    place = np.floor((times - start) / bin + 1e-9).astype(np.int64)
    kept = (place >= 0) & (place < count)
    rate = np.bincount(place[kept], minlength=count) / (bin * size)
    found = welch(rate, fs=1 / bin, nperseg=round(segment / bin))
    return np.asarray(found[0]), np.asarray(found[1])


def tiling_coefficients(
    trains: Sequence[NDArray[np.float64]], start: float, stop: float, within: float
) -> NDArray[np.float64]:
    """Return the spike time tiling coefficient of every pair of trains [cutts2014].

    Parameters
    ----------
    trains : sequence of ndarray
        n trains of spike times [s], each ascending, inside the window and not empty.
    start, stop : float
        Window [s].
    within : float
        Two spikes this far apart [s] or closer are synchronous.

    Returns
    -------
    ndarray of float, shape (n, n)
        Symmetric; 1 for equal trains, about 0 for independent ones whatever their rates.
    """
    covered = np.array([_covered(train, start, stop, within) for train in trains])
    everything = np.concatenate(trains)
    firsts = np.cumsum([0, *(len(train) for train in trains[:-1])])
    counts = np.array([len(train) for train in trains])
    near = np.column_stack([
        np.add.reduceat(_is_near(everything, train, within), firsts) / counts for train in trains
    ])
    # Both are 1 only if the trains tile the window together: then they are equal in effect.
    rest = 1.0 - near * covered
    half = np.divide(near - covered, rest, out=np.ones_like(near), where=rest > 0)
    return 0.5 * (half + half.T)


def _covered(times: NDArray[np.float64], start: float, stop: float, within: float) -> float:
    """Return the share of the window that lies within `within` of a spike."""
    gaps = np.minimum(np.diff(times), 2 * within).sum()
    edges = min(times[0] - start, within) + min(stop - times[-1], within)
    return float((gaps + edges) / (stop - start))


def _is_near(
    times: NDArray[np.float64], others: NDArray[np.float64], within: float
) -> NDArray[np.float64]:
    """Return 1 for each of `times` with one of `others` within `within`, else 0."""
    edges = np.concatenate(([-np.inf], others, [np.inf]))
    place = np.searchsorted(others, times)
    return (np.minimum(times - edges[place], edges[place + 1] - times) <= within).astype(float)
