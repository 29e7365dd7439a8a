"""One measurement in a process of its own: ``python -m benchmarks.child VARIANT ARGUMENTS``.

ARGUMENTS are JSON. The last line of the output is JSON: what was measured, in seconds. What a
user pays once and not per point (imports, drawing, a first simulation) comes before the
stopwatch starts.
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.measure import stopwatch


def _trial(seed, cells=0, duration=None):
    from benchmarks.trials import reference, scaled

    return scaled(cells, seed, duration) if cells else reference(seed, duration)


def _median(spent):
    """Return the median of each number; nothing of nothing."""
    keys = spent[0] if spent else ()
    return {key: float(np.median([s[key] for s in spent])) for key in keys}


def _keep(path, neuron, step):
    """Write spikes in one order, for comparison."""
    if path:
        order = np.lexsort((neuron, step))
        np.savez(path, neuron=neuron[order], step=step[order])


def engine(seed, repeats=5, spikes="", **size):
    """Run the whole call of `gatecontrol.simulation.run`; ``children`` is the binary alone."""
    from gatecontrol.simulation import run

    trial = _trial(seed, **size)
    recording = run(*trial.arguments)
    spent = []
    for _ in range(repeats):
        with stopwatch() as one:
            recording = run(*trial.arguments)
        spent.append(one)
    first, neurons, steps = 0, [], []
    for population in recording.spikes.values():
        neurons.append(population.neuron + first)
        steps.append(np.round(population.time / trial.dt).astype(int))
        first += population.size
    _keep(spikes, np.concatenate(neurons), np.concatenate(steps))
    return _median(spent) | {"spikes": sum(map(len, neurons))}


def trial(seed, repeats=5, duration=None):
    """Compute a whole point as a worker does: draw, simulate, measure."""
    from benchmarks.trials import description_of
    from gatecontrol.experiment.trial import run_trial

    description, spent = description_of(seed, duration), []
    run_trial(description, backend="standalone")
    for _ in range(repeats):
        with stopwatch() as one:
            run_trial(description, backend="standalone")
        spent.append(one)
    return _median(spent)


def long(minutes):
    """Compute one long trial as a worker does, spikes kept."""
    from benchmarks.trials import description_of
    from gatecontrol.experiment.trial import run_trial

    description = description_of(1)
    seconds = 60 * minutes
    description["run"] = {**description["run"], "duration": seconds, "device_off": seconds - 0.1}
    with stopwatch() as spent:
        payload = run_trial(description, backend="standalone", keep_spikes=True)
    return spent | {"spikes": sum(len(s.time) for s in payload["spikes"].values())}


def hand(seed, repeats=5, spikes="", **size):
    """Run the hand-written loop; ``cpu`` is that of its process, reading and writing included."""
    from benchmarks.hand import simulate

    trial = _trial(seed, **size)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        neuron, step, _ = simulate(trial, folder)
        spent = []
        for _ in range(repeats):
            with stopwatch() as one:
                neuron, step, loop = simulate(trial, folder)
            spent.append(one | {"loop": loop, "cpu": one["children"]})
    _keep(spikes, neuron, step)
    return _median(spent) | {"spikes": len(neuron)}


def naive(seed, target, cache, repeats=1, spikes="", **size):
    """Rebuild and run the network in Brian2's runtime mode, warm."""
    import brian2 as b2

    from benchmarks.naive import simulate

    b2.prefs.codegen.runtime.cython.cache_dir = cache
    trial = _trial(seed, **size)
    trial.tables  # noqa: B018  drawn before the stopwatch starts
    with stopwatch() as cold:
        neuron, step = simulate(trial, target)
    spent = []
    for _ in range(repeats):
        with stopwatch() as one:
            neuron, step = simulate(trial, target)
        spent.append(one)
    _keep(spikes, neuron, step)
    return _median(spent or [cold]) | {"first": cold["cpu"], "spikes": len(neuron)}


def nest(seed, **size):
    """Build and simulate the nearest network in NEST; ``cpu`` is ``nest.Simulate`` alone."""
    from benchmarks.nest_network import simulate

    neuron, _, build, run = simulate(_trial(seed, **size), stopwatch)
    return run | {"build": build["cpu"], "spikes": len(neuron)}


def imports():
    """Import Brian2 and numpy: what both builds pay."""
    with stopwatch() as spent:
        import brian2  # noqa: F401
    return spent


def build_engine(seed):
    """Generate and compile the engine's network into an empty cache."""
    from gatecontrol.simulation import standalone
    from gatecontrol.simulation.compiler import find_compiler

    structure, compiler = _trial(seed).structure, find_compiler()
    with stopwatch() as spent:
        standalone.build(structure, compiler)
    return spent


def build_stock(seed, folder):
    """Generate the same fused network and compile it as Brian2 does by itself."""
    from gatecontrol.simulation import standalone

    trial = _trial(seed)
    source, step = trial.source_spikes
    header = Path(standalone.__file__).with_name("exponential.hpp").read_text()
    with stopwatch() as spent:
        import brian2 as b2

        from gatecontrol.simulation.functions import NAMESPACE
        from gatecontrol.simulation.network import RuntimeFeed, build_network

        b2.set_device("cpp_standalone", build_on_run=False)
        inline = header[header.index("inline double") :]
        b2.prefs.codegen.cpp.headers += ["<cstdint>", "<cstring>"]
        NAMESPACE["exponential"].implementations.add_implementation(
            "cpp", inline, name="gatecontrol_exponential"
        )
        fused = build_network(trial.structure, RuntimeFeed(trial.tables))
        fused.sources.set_spikes(source, step * trial.dt * b2.second)
        fused.network.run(trial.duration * b2.second, namespace={})
        b2.get_device().build(directory=folder, compile=True, run=False, with_output=False)
    return spent


def latency(seed, repeats):
    """Answer a question once and, warm, ``repeats`` times with other seeds."""
    from benchmarks.latency import answer, open_session

    session, spent = open_session(), []
    answer(session, seed)
    for number in range(repeats):
        with stopwatch() as one:
            answer(session, seed + 1 + number)
        spent.append(one)
    session.close()
    return _median(spent)


def fibre_threshold(**arguments):
    """Find one fibre's threshold; see `benchmarks.fibres`."""
    from benchmarks.fibres import fibre_threshold as measure

    return measure(**arguments)


def recruitment(**arguments):
    """Compute a recruitment curve; see `benchmarks.fibres`."""
    from benchmarks.fibres import recruitment as measure

    return measure(**arguments)


def port_engine(**arguments):
    """Run a published circuit in the engine; see `benchmarks.ports`."""
    from benchmarks.ports import port_engine as measure

    return measure(**arguments)


def port_neuron(**arguments):
    """Run a published circuit in NEURON; see `benchmarks.ports`."""
    from benchmarks.ports import port_neuron as measure

    return measure(**arguments)


def results_report(**arguments):
    """Assemble and report many points; see `benchmarks.results`."""
    from benchmarks.results import results_report as measure

    return measure(**arguments)


VARIANTS = {
    f.__name__: f
    for f in (
        engine,
        trial,
        long,
        hand,
        naive,
        nest,
        imports,
        build_engine,
        build_stock,
        latency,
        fibre_threshold,
        recruitment,
        port_engine,
        port_neuron,
        results_report,
    )
}


if __name__ == "__main__":
    print(json.dumps(VARIANTS[sys.argv[1]](**json.loads(sys.argv[2]))))
