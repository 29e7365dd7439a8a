"""Single cells of a circuit on the bench: current steps, synaptic potentials, voltage traces."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.circuits.cable_network import (
    CableConnections,
    CableNetwork,
    CablePopulation,
    CurrentStep,
)
from gatecontrol.circuits.model import Circuit
from gatecontrol.circuits.wiring import draw_wiring
from gatecontrol.errors import CellError, did_you_mean
from gatecontrol.fibres.drive import AfferentDrive
from gatecontrol.simulation import Replicate, choose_backend, run_batch
from gatecontrol.simulation.cable import CableRecording, run_cables, simulate_cables
from gatecontrol.simulation.cable_circuit import network_of, step_of
from gatecontrol.simulation.sources import source_chunks

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["current_steps", "synaptic_potential", "voltage_traces"]

_ELECTRODE = "electrode"
_LATE = 0.05  # [s] at the end of a step, over which the voltage is averaged


def current_steps(
    circuit: Circuit,
    population: str,
    currents: Sequence[float],
    *,
    start: float = 0.3,
    duration: float = 0.5,
    dt: float = 1e-4,
    backend: str = "auto",
) -> "xr.Dataset":
    """Inject current steps into a cell: its f-I curve and, of cable cells, its voltage.

    The cell is alone, without synapses or background, and has the mean values of its
    parameters. The electrode is where spikes are detected.

    Parameters
    ----------
    circuit : Circuit
        See `gatecontrol.circuits.load_circuit`.
    population : str
        The cell is one of this population.
    currents : sequence of float
        Amplitudes [A], depolarising ones positive.
    start, duration : float, optional
        Onset and length of the step [s]. Point neurons get the current from the start on.
    dt : float, optional
        Time step [s]; see `gatecontrol.simulation.run_batch`.
    backend : str, optional
        See `gatecontrol.simulation.choose_backend`.

    Returns
    -------
    xarray.Dataset
        Over ``current`` [A]: ``spikes``, ``rate`` [Hz], ``first_latency``, ``first_interval``
        and ``last_interval`` [s] (NaN with too few spikes). Of cable cells also ``rest`` (before
        the step), ``peak`` and ``late`` (mean of the last 50 ms of the step) [V], and
        ``voltage`` over ``current`` and ``time`` [s].

    Raises
    ------
    CellError
        No such population.
    EngineError
        The simulation failed.
    """
    import xarray as xr

    _known(circuit, population)
    amplitude = np.asarray(currents, dtype=np.float64)
    if circuit.is_cable:
        recording = _inject(circuit, population, amplitude, start, start + duration, dt, backend)
        spikes = recording.spikes[population]
    else:
        start = 0.0
        spikes = _bias(circuit, population, amplitude, duration, dt, backend)
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
    return _with_voltage(data, recording, population, start, duration) if circuit.is_cable else data


def _with_voltage(
    data: "xr.Dataset", recording: CableRecording, population: str, start: float, duration: float
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
    """Evoke the postsynaptic potential of one event in a cable cell at rest.

    The event reaches the synapses of all pathways between the two at time 0, without delay.

    Parameters
    ----------
    circuit : Circuit
        Of cells with compartments.
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
        ``voltage`` [V] over ``fibres``, ``place`` (where spikes are detected, then the ports)
        and ``time`` [s] since the event; ``rest`` [V], ``peak`` [V] against rest, of whichever
        sign is larger, and ``peak_time`` [s], over ``fibres`` and ``place``; ``spikes``.

    Raises
    ------
    CellError
        No such population or pathway, or a circuit of point neurons.
    """
    import xarray as xr

    _cable(circuit)
    _known(circuit, target)
    network = network_of(circuit, draw_wiring(circuit, 0))
    names = [p.name for p in circuit.pathways.values() if (p.source, p.target) == (source, target)]
    if not names:
        raise CellError(f"circuit {circuit.name}: no pathway from '{source}' to '{target}'")
    alone = _alone(network, target, len(fibres))
    number, own = np.asarray(fibres, dtype=np.float64), np.arange(len(fibres), dtype=np.int32)
    # all receptors at each port, so that one compiled network serves all sources of a target
    weights: dict[str, dict[str, NDArray[np.float64]]] = {}
    for name in names:
        pathway = circuit.pathways[name]
        port = pathway.port or next(iter(alone.populations[0].ports))
        sums = weights.setdefault(port, {r: np.zeros(len(fibres)) for r in circuit.receptors})
        for receptor, weight in pathway.weights.items():
            if not receptors or receptor in receptors:
                sums[receptor] = sums[receptor] + number * pathway.contacts * weight.value
    connections = tuple(
        CableConnections("", target, port, own, own, 0.0, sums) for port, sums in weights.items()
    )
    alone = replace(alone, sources=len(fibres), connections=connections)
    recording = run_cables(
        alone, own.astype(np.int64), np.full(len(own), settle), settle + duration,
        step_of(circuit, dt), backend,
    )  # fmt: skip
    voltage = np.moveaxis(recording.voltage[target], 0, 1)  # cell, place, step
    first = round(settle / recording.dt)
    after, rest = voltage[:, :, first:], voltage[:, :, first - 1]
    change = after - rest[:, :, None]
    top = np.abs(change).argmax(axis=2)
    peak = np.take_along_axis(change, top[:, :, None], axis=2)[:, :, 0]
    spikes = np.bincount(recording.spikes[target].neuron, minlength=len(fibres))
    population = alone.populations[0]
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
            "place": ["spike_at", *(p for p in population.ports if p != _ELECTRODE)],
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
    """Simulate a circuit of cable cells and keep the voltage of every cell.

    Parameters
    ----------
    circuit : Circuit
        Of cells with compartments.
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
        One variable a population over ``<population>_cell``, ``place`` (where spikes are
        detected, then the ports) and ``time``: voltage [V].

    Raises
    ------
    CellError
        A circuit of point neurons.
    """
    import xarray as xr

    _cable(circuit)
    network = network_of(circuit, draw_wiring(circuit, seed))
    network = replace(network, populations=tuple(_recorded(p) for p in network.populations))
    step = step_of(circuit, dt)
    chunks = partial(source_chunks, circuit, drive, duration, step, seed)
    recording = simulate_cables(network, chunks, duration, step, choose_backend(backend))
    found = {}
    for population in network.populations:
        about = {"units": "V", "long_name": circuit.populations[population.name].title}
        place = ["spike_at", *population.ports]
        found[population.name] = xr.DataArray(
            np.moveaxis(recording.voltage[population.name], 0, 1),
            dims=(f"{population.name}_cell", "place", "time"),
            coords={"place": place},
            attrs=about,
        )
    time = step * np.arange(1, round(duration / step) + 1)
    about = {"units": "s", "long_name": "Time"}
    return xr.Dataset(found).assign_coords(time=("time", time, about))


def _known(circuit: Circuit, population: str) -> None:
    if circuit.null_model:
        raise CellError(f"circuit {circuit.name}: a null model has no cells to inject current into")
    if population not in circuit.populations:
        known = list(circuit.populations)
        raise CellError(
            f"circuit {circuit.name}: no population '{population}'."
            + f"{did_you_mean(population, known)} Populations: {', '.join(known)}"
        )


def _cable(circuit: Circuit) -> None:
    if not circuit.is_cable:
        raise CellError(
            f"circuit {circuit.name}: its cells are points, whose voltage is not recorded; "
            + "current_steps gives their firing"
        )


def _recorded(population: CablePopulation) -> CablePopulation:
    return replace(population, record=(population.spike_at, *population.ports.values()))


def _alone(network: CableNetwork, population: str, copies: int) -> CableNetwork:
    """Return copies of the first cell of a population without input, recorded."""
    found = next(p for p in network.populations if p.name == population)
    found = _recorded(replace(found, cells=found.cells[:1] * copies))
    return replace(network, populations=(found,), sources=0, connections=())


def _inject(
    circuit: Circuit,
    population: str,
    amplitude: NDArray[np.float64],
    start: float,
    stop: float,
    dt: float,
    backend: str,
) -> CableRecording:
    alone = _alone(network_of(circuit, draw_wiring(circuit, 0)), population, len(amplitude))
    cells = alone.populations[0]
    cells = replace(
        cells,
        ports={**cells.ports, _ELECTRODE: cells.spike_at},
        steps=(CurrentStep(_ELECTRODE, amplitude, start, stop),),
        record=(cells.spike_at,),
    )
    alone = replace(alone, populations=(cells,))
    nothing = np.empty(0, dtype=np.int64)
    return run_cables(alone, nothing, nothing * 1.0, stop, step_of(circuit, dt), backend)


def _bias(
    circuit: Circuit,
    population: str,
    amplitude: NDArray[np.float64],
    duration: float,
    dt: float,
    backend: str,
) -> Any:
    """Return the spikes of point neurons with a constant current each."""
    size = max(2, len(amplitude))
    chosen = replace(circuit.populations[population], size=size)
    silent = dict(list(circuit.afferents.items())[:1])  # the engine wants a source
    alone = replace(
        circuit, afferents=silent, populations={population: chosen}, pathways={}, backgrounds={}
    )
    wiring = draw_wiring(alone, 0)
    values = circuit.cells[chosen.cell].parameters
    mean = {name: np.full(size, number.value) for name, number in values.items()}
    mean = {**wiring.parameters[population], **mean}  # what the cell leaves out is zero
    mean["bias"][: len(amplitude)] += amplitude
    rest = {population: mean["leak_reversal"].copy()}
    wiring = replace(wiring, parameters={population: mean}, initial_voltage=rest)
    nothing = np.empty(0)
    drive = AfferentDrive(
        _no_fibres(), nothing.astype(np.int32), nothing, nothing.astype(np.int8), nothing
    )
    one = Replicate(wiring, drive, 1)
    return run_batch(alone, [one], duration, dt, backend)[0].spikes[population]


def _no_fibres() -> Any:
    from gatecontrol.fibres.population import FibreTable

    text, number = np.empty(0, dtype="U16"), np.empty(0)
    return FibreTable(text, text, text, number, number, number)
