"""A simulated stretch of a published circuit, in the engine and in NEURON; see `parts.ports`."""

import tempfile

import numpy as np

from benchmarks.measure import stopwatch

RATE = 10.0  # Hz, of every fibre


def _network(name, duration, seed):
    """Return network, step [s], and sources and times [s] of their spikes, at most one a step."""
    from gatecontrol.circuits import load_circuit
    from gatecontrol.circuits.wiring import draw_wiring
    from gatecontrol.simulation.cable_circuit import network_of

    circuit = load_circuit(name)
    dt, network = circuit.time_step.value, network_of(circuit, draw_wiring(circuit, seed))
    steps, rng = round(duration / dt), np.random.default_rng(seed)
    fired = rng.random((network.sources, steps)) < RATE * dt
    source, step = np.nonzero(fired)
    return network, dt, source, step * dt


def port_engine(circuit, duration, seed):
    """Run a circuit compiled before; costs are CPU s per simulated second."""
    from gatecontrol.simulation.cable import run_cables

    network, dt, source, times = _network(circuit, duration, seed)
    run_cables(network, source[:0], times[:0], dt * 10, dt)
    with stopwatch() as spent:
        recording = run_cables(network, source, times, duration, dt)
    spikes = {name: len(s.time) for name, s in recording.spikes.items()}
    costs = {key: value / duration for key, value in spent.items()}
    return costs | {"spikes": sum(spikes.values()), "output": spikes["projection"]}


def port_neuron(circuit, duration, seed):
    """Run the same in NEURON: ``cpu`` is that of its steps alone, per simulated second."""
    from benchmarks.neuron_ports import Built, compile_mechanisms

    network, dt, source, times = _network(circuit, duration, seed)
    with tempfile.TemporaryDirectory() as folder:
        compile_mechanisms(network, folder)
        cpu, trains = Built(network, dt).run(source, times, duration)
    spikes = {name: len(t) for name, t in trains.items()}
    found = {"spikes": sum(spikes.values()), "output": spikes["projection"]}
    return found | {"cpu": cpu / duration}
