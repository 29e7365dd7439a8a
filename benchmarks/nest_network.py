"""The nearest network in NEST: same cells, wiring, delays and source spikes, other equations.

``aeif_cond_beta_multisynapse`` with a slope factor of 0 is the adaptive leaky integrator with
any number of conductances. What differs from the engine's equations:

- no magnesium block: the NMDA weights carry its value at -60 mV instead;
- no presynaptic inhibition: left out;
- single exponentials (AMPA, GABA-A, glycine) get a rise of 0.5 ms, a dual form;
- adaptive Runge-Kutta-Fehlberg steps instead of forward Euler at 0.1 ms;
- background arrives one step late (NEST has no zero delay).

So firing differs, and only cost is compared. Depression is ``tsodyks2_synapse``, which is the
same model.
"""

import numpy as np

from gatecontrol.circuits.model import RECEPTORS

DIFFERENCES = "no magnesium block, no presynaptic inhibition, rise of 0.5 ms, adaptive RKF45"
PARAMETERS = {
    "capacitance": ("C_m", 1e12),
    "leak_conductance": ("g_L", 1e9),
    "leak_reversal": ("E_L", 1e3),
    "threshold": ("V_th", 1e3),
    "reset": ("V_reset", 1e3),
    "refractory_period": ("t_ref", 1e3),
    "adaptation_conductance": ("a", 1e9),
    "adaptation_jump": ("b", 1e12),
    "adaptation_time": ("tau_w", 1e3),
    "bias": ("I_e", 1e12),
}
"""Cell parameter -> NEST's name and its unit per SI unit."""

MEMBRANE = tuple(name for name, form in RECEPTORS.items() if form.conductance)
UNBLOCKED = 1 / (1 + np.exp(0.062 * 60) / 3.57)
QUICK_RISE = 0.5


def simulate(trial, stopwatch):
    """Build and simulate a trial with one thread.

    Parameters
    ----------
    trial : benchmarks.trials.Trial
    stopwatch : callable
        `benchmarks.measure.stopwatch`.

    Returns
    -------
    neuron, step : ndarray of int
        Spikes of all cells, numbered through the populations.
    build, run : dict
        What building the network and ``nest.Simulate`` cost.
    """
    import nest

    nest.verbosity = nest.VerbosityLevel.ERROR
    source, step = trial.source_spikes
    with stopwatch() as build:
        nest.ResetKernel()
        nest.resolution = trial.dt * 1e3
        nest.local_num_threads = 1
        ports = {name: _received(trial.circuit, name) for name in trial.circuit.populations}
        cells = {name: _cells(nest, trial, name, ports[name]) for name in trial.circuit.populations}
        relays = _sources(nest, trial, source, step)
        _connect_pathways(nest, trial, {**cells, **relays}, ports)
        recorder = nest.Create("spike_recorder")
        for ids in cells.values():
            nest.Connect(nest.NodeCollection(ids), recorder)
    with stopwatch() as run:
        nest.Simulate(trial.duration * 1e3)
    events = recorder.events
    first = min(ids[0] for ids in cells.values())
    neuron = np.asarray(events["senders"]).astype(int) - first
    return neuron, np.round(np.asarray(events["times"]) / (trial.dt * 1e3)).astype(int), build, run


def _received(circuit, population):
    into = [*circuit.pathways.values(), *circuit.backgrounds.values()]
    used = {r for p in into if p.target == population for r in p.weights}
    return [name for name in MEMBRANE if name in used]


def _cells(nest, trial, name, received):
    kinetics = [trial.circuit.receptors[r] for r in received]
    shared = {
        "Delta_T": 0.0,
        "E_rev": [k.reversal.value * 1e3 for k in kinetics],
        "tau_decay": [k.decay.value * 1e3 for k in kinetics],
        "tau_rise": [k.rise.value * 1e3 if k.rise else QUICK_RISE for k in kinetics],
    }
    drawn = trial.wiring.parameters[name]
    own = {key: drawn[k] * factor for k, (key, factor) in PARAMETERS.items()}
    own["V_m"] = trial.wiring.initial_voltage[name] * 1e3
    own["V_peak"] = own["V_th"]
    made = nest.Create("aeif_cond_beta_multisynapse", len(own["V_m"]), params=shared)
    # the order matters: each voltage is checked against the others
    made.set([{k: float(own[k][i]) for k in own} for i in range(len(made))])
    return np.array(made.tolist())


def _sources(nest, trial, source, step):
    """Return fibres as relays, which may have plastic synapses, and background as generators.

    Everything is one step late, relays included, since NEST refuses a spike at 0 ms.
    """
    relays, first = {}, 0
    sizes = {n: (a.size, True) for n, a in trial.circuit.afferents.items()}
    for background in trial.circuit.backgrounds.values():
        size = trial.circuit.populations[background.target].size
        sizes["background", background.target] = (size, False)
    order = np.lexsort((step, source))
    ends = np.searchsorted(source[order], np.arange(sum(s for s, _ in sizes.values()) + 1))
    resolution = trial.dt * 1e3
    for name, (size, relayed) in sizes.items():
        made = nest.Create("spike_generator", size)
        rows = (order[ends[first + i] : ends[first + i + 1]] for i in range(size))
        made.set([{"spike_times": np.round((step[r] + 1) * resolution, 6)} for r in rows])
        if relayed:
            relay = nest.Create("parrot_neuron", size)
            nest.Connect(made, relay, "one_to_one", {"delay": resolution})
            made = relay
        relays[name] = np.array(made.tolist())
        first += size
    return relays


def _connect_pathways(nest, trial, nodes, ports):
    resolution = trial.dt * 1e3
    for pathway in trial.circuit.pathways.values():
        drawn, depression = trial.wiring.connections[pathway.name], pathway.depression
        relayed = pathway.source in trial.circuit.afferents
        delay = np.round(drawn.delay / trial.dt) - relayed
        delay = np.maximum(delay, 1) * resolution
        ends = (nodes[pathway.source][drawn.pre], nodes[pathway.target][drawn.post])
        for receptor, weights in drawn.weights.items():
            if receptor not in MEMBRANE:
                continue
            port = ports[pathway.target].index(receptor) + 1
            spec = _weighted(weights, receptor, port, delay)
            if depression:
                n, use = len(weights), depression.use.value
                spec |= {"synapse_model": "tsodyks2_synapse", "weight": spec["weight"] / use}
                spec |= {"U": np.full(n, use), "u": np.full(n, use), "tau_fac": np.zeros(n)}
                spec["tau_rec"] = np.full(n, depression.recovery.value * 1e3)
            nest.Connect(*ends, "one_to_one", spec)
    for background in trial.circuit.backgrounds.values():
        pre, post = nodes["background", background.target], nodes[background.target]
        for receptor, weight in background.weights.items():
            port = ports[background.target].index(receptor) + 1
            delay = np.full(len(pre), resolution)
            spec = _weighted(np.full(len(pre), weight.value), receptor, port, delay)
            nest.Connect(pre, post, "one_to_one", spec)


def _weighted(weights, receptor, port, delay):
    factor = 1e9 * (UNBLOCKED if RECEPTORS[receptor].magnesium else 1.0)
    return {
        "synapse_model": "static_synapse",
        "weight": weights * factor,
        "delay": delay,
        "receptor_type": np.full(len(weights), port),
    }
