"""Single cells of a circuit on the bench: current steps, synaptic potentials, voltage traces."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.circuits.cable_network import Place
from gatecontrol.circuits.model import Circuit
from gatecontrol.errors import CellError, did_you_mean
from gatecontrol.fibres.drive import AfferentDrive
from gatecontrol.simulation import bench_cables, bench_points
from gatecontrol.simulation.recording import VoltageRecording

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["current_steps", "synaptic_potential", "voltage_traces"]

_LATE = 0.05  # [s] at the end of a step, over which the voltage is averaged


def current_steps(
    circuit: Circuit,
    population: str,
    currents: Sequence[float],
    *,
    electrode: str | Place = "",
    start: float = 0.3,
    duration: float = 0.5,
    dt: float = 1e-4,
    backend: str = "auto",
) -> "xr.Dataset":
    """Inject current steps into a cell: its f-I curve and its voltage.

    The cell is alone, without synapses or background, and has the mean values of its
    parameters.

    Parameters
    ----------
    circuit : Circuit
        See `gatecontrol.circuits.load_circuit`.
    population : str
        The cell is one of this population.
    currents : sequence of float
        Amplitudes [A], depolarising ones positive.
    electrode : str or (str, float), optional
        Of cells with compartments: section, whose middle it is, or section and position along
        it (0-1). By default the middle of the soma; where spikes are detected if no section
        is called ``soma``.
    start, duration : float, optional
        Onset and length of the step [s]; before it the cell settles, from the leak reversal on
        if it is a point neuron.
    dt : float, optional
        Time step [s]; see `gatecontrol.simulation.run_batch`.
    backend : str, optional
        See `gatecontrol.simulation.choose_backend`.

    Returns
    -------
    xarray.Dataset
        Over ``current`` [A]: ``spikes``, ``rate`` [Hz], ``first_latency``, ``first_interval``
        and ``last_interval`` [s] (NaN with too few spikes); ``rest`` (before the step), ``peak``
        and ``late`` (mean of the last 50 ms of the step) [V], and ``voltage`` over ``current``
        and ``time`` [s], all at the electrode. Point neurons have no action potentials: a spike
        leaves their voltage at the reset.

    Raises
    ------
    CellError
        No such population or section, a null model, or no time before the step.
    EngineError
        The simulation failed.
    """
    import xarray as xr

    _known(circuit, population)
    if round(start / dt) < 1:
        raise CellError(
            f"circuit {circuit.name}: a current step needs rest before it; start it at {dt:g} s "
            + f"(one time step) or later, not at {start:g} s"
        )
    amplitude, stop = np.asarray(currents, dtype=np.float64), start + duration
    if circuit.is_cable:
        recording = bench_cables.inject(
            circuit, population, amplitude, electrode, start, stop, dt, backend
        )
    elif electrode:
        raise CellError(
            f"circuit {circuit.name}: its cells are points, which have no place for an electrode; "
            + "leave out electrode"
        )
    else:
        recording = bench_points.inject(circuit, population, amplitude, start, stop, dt, backend)
    spikes = recording.spikes[population]
    trains = [spikes.time[spikes.neuron == k] for k in range(len(amplitude))]
    trains = [t[(t >= start) & (t < start + duration)] for t in trains]

    def each(value: Any, least: int) -> list[float]:
        return [float(value(t)) if len(t) >= least else np.nan for t in trains]

    columns = {
        "spikes": ([len(t) for t in trains], "1", "Spikes during the step"),
        "rate": ([len(t) / duration for t in trains], "Hz", "Mean rate during the step"),
        "first_latency": (each(lambda t: t[0] - start, 1), "s", "Latency of the first spike"),
        "first_interval": (each(lambda t: t[1] - t[0], 2), "s", "First interval"),
        "last_interval": (each(lambda t: t[-1] - t[-2], 2), "s", "Last interval"),
    }
    data = xr.Dataset(
        {k: ("current", v, {"units": u, "long_name": n}) for k, (v, u, n) in columns.items()},
        {"current": ("current", amplitude, {"units": "A", "long_name": "Injected current"})},
    )
    return _with_voltage(data, recording, population, start, duration)


def _with_voltage(
    data: "xr.Dataset", recording: VoltageRecording, population: str, start: float, duration: float
) -> "xr.Dataset":
    voltage, dt = recording.voltage[population][0], recording.dt
    first, last = round(start / dt), round((start + duration) / dt)
    late = voltage[:, last - round(min(_LATE, duration) / dt) : last].mean(axis=1)
    columns = {
        "rest": (voltage[:, first - 1], "Voltage before the step"),
        "peak": (voltage[:, first:last].max(axis=1), "Highest voltage of the step"),
        "late": (late, "Mean voltage at the end of the step"),
    }
    data = data.assign({
        k: ("current", v, {"units": "V", "long_name": n}) for k, (v, n) in columns.items()
    })
    about = {"units": "V", "long_name": "Voltage at the electrode"}
    data = data.assign(voltage=(("current", "time"), voltage, about))
    time = dt * np.arange(1, voltage.shape[1] + 1)
    return data.assign_coords(time=("time", time, {"units": "s", "long_name": "Time"}))


def synaptic_potential(
    circuit: Circuit,
    source: str,
    target: str,
    *,
    fibres: Sequence[int] = (1,),
    receptors: Sequence[str] = (),
    settle: float = 0.3,
    duration: float = 0.5,
    dt: float = 1e-4,
    backend: str = "auto",
) -> "xr.Dataset":
    """Evoke the postsynaptic potential of one event in a cell at rest.

    The event reaches the synapses of all pathways between the two at time 0, without delay. Cell
    and synapses have the mean values of their parameters, and the terminals are rested: nothing
    is drawn.

    Parameters
    ----------
    circuit : Circuit
        See `gatecontrol.circuits.load_circuit`.
    source, target : str
        Sending population or afferent, and receiving population.
    fibres : sequence of int, optional
        Numbers of fibres (or cells) that send it together; one cell is simulated for each.
    receptors : sequence of str, optional
        Only these; all if empty.
    settle : float, optional
        Time at rest before the event [s].
    duration : float, optional
        After it [s].
    dt, backend
        See `current_steps`.

    Returns
    -------
    xarray.Dataset
        ``voltage`` [V] over ``fibres``, ``place`` (``spike_at``, where spikes are detected, then
        the ports; of point neurons only the first) and ``time`` [s] since the event; ``rest``
        [V], ``peak`` [V] against rest, of whichever
        sign is larger, and ``peak_time`` [s], over ``fibres`` and ``place``; ``spikes``.

    Raises
    ------
    CellError
        No such population or pathway, a null model, or no time before the event.
    """
    import xarray as xr

    _known(circuit, target)
    if round(settle / dt) < 1:
        raise CellError(
            f"circuit {circuit.name}: a potential needs rest before it; settle for {dt:g} s (one "
            + f"time step) or longer, not for {settle:g} s"
        )
    names = [p.name for p in circuit.pathways.values() if (p.source, p.target) == (source, target)]
    if not names:
        raise CellError(f"circuit {circuit.name}: no pathway from '{source}' to '{target}'")
    bench = bench_cables if circuit.is_cable else bench_points
    recording = bench.evoke(
        circuit, names, target, np.asarray(fibres, dtype=np.float64), receptors, settle,
        settle + duration, dt, backend,
    )  # fmt: skip
    voltage = np.moveaxis(recording.voltage[target], 0, 1)  # cell, place, step
    first = round(settle / recording.dt)
    after, rest = voltage[:, :, first:], voltage[:, :, first - 1]
    change = after - rest[:, :, None]
    top = np.abs(change).argmax(axis=2)
    peak = np.take_along_axis(change, top[:, :, None], axis=2)[:, :, 0]
    spikes = np.bincount(recording.spikes[target].neuron, minlength=len(fibres))
    dims = ("fibres", "place")

    def volts(values: NDArray[np.float64], name: str, *more: str) -> tuple[Any, ...]:
        return (*dims, *more), values, {"units": "V", "long_name": name}

    return xr.Dataset(
        {
            "voltage": volts(after, "Voltage", "time"),
            "rest": volts(rest, "Voltage before the event"),
            "peak": volts(peak, "Peak of the potential"),
            "peak_time": (dims, top * recording.dt, {"units": "s", "long_name": "Time to peak"}),
            "spikes": ("fibres", spikes, {"units": "1", "long_name": "Spikes"}),
        },
        {
            "fibres": ("fibres", list(fibres), {"long_name": "Fibres that send the event"}),
            "place": _places(circuit, target),
            "time": (
                "time", recording.dt * np.arange(after.shape[2]),
                {"units": "s", "long_name": "Time since the event"},
            ),
        },
    )  # fmt: skip


def voltage_traces(
    circuit: Circuit,
    drive: AfferentDrive,
    duration: float,
    *,
    dt: float = 1e-4,
    seed: int = 1,
    backend: str = "auto",
) -> "xr.Dataset":
    """Simulate a circuit and keep the voltage of every cell.

    Parameters
    ----------
    circuit : Circuit
        See `gatecontrol.circuits.load_circuit`.
    drive : AfferentDrive
        What reaches its afferents.
    duration : float
        [s]
    dt, backend
        See `current_steps`.
    seed : int, optional
        Of the wiring and the background.

    Returns
    -------
    xarray.Dataset
        One variable a population over ``<population>_cell``, ``place`` (as in
        `synaptic_potential`) and ``time``: voltage [V].

    Raises
    ------
    CellError
        A null model.
    """
    import xarray as xr

    _has_cells(circuit)
    bench = bench_cables if circuit.is_cable else bench_points
    recording = bench.trace(circuit, drive, duration, dt, seed, backend)
    found = {}
    for population in circuit.populations.values():
        found[population.name] = xr.DataArray(
            np.moveaxis(recording.voltage[population.name], 0, 1),
            dims=(f"{population.name}_cell", "place", "time"),
            coords={"place": _places(circuit, population.name)},
            attrs={"units": "V", "long_name": population.title},
        )
    step = recording.dt
    time = step * np.arange(1, round(duration / step) + 1)
    about = {"units": "s", "long_name": "Time"}
    return xr.Dataset(found).assign_coords(time=("time", time, about))


def _places(circuit: Circuit, population: str) -> list[str]:
    return bench_cables.places(circuit, population) if circuit.is_cable else ["spike_at"]


def _has_cells(circuit: Circuit) -> None:
    if circuit.null_model:
        raise CellError(
            f"circuit {circuit.name}: a null model has no cells to inject current into or to "
            + "record from; choose a circuit with cells"
        )


def _known(circuit: Circuit, population: str) -> None:
    _has_cells(circuit)
    if population not in circuit.populations:
        known = list(circuit.populations)
        raise CellError(
            f"circuit {circuit.name}: no population '{population}'."
            + f"{did_you_mean(population, known)} Populations: {', '.join(known)}"
        )
