"""Plain Brian2, as one writes it first: the network is built anew for each point.

One NeuronGroup per population, one Synapses object per pathway and receptor family, one
source group per afferent and background, one monitor per population, runtime mode. Circuit,
draw and source spikes are those of the engine, and so are the equations, so the spikes must
be the same. Written without the engine's own code. All objects have names, so that Brian2 finds
its compiled extensions again.
"""

import brian2 as b2
import numpy as np

from gatecontrol.circuits.model import CELL_PARAMETERS, EXCITATORY, RECEPTORS

UNITS = {
    "capacitance": "farad",
    "conductance": "siemens",
    "voltage": "volt",
    "time": "second",
    "current": "amp",
}


def simulate(trial, target):
    """Build and run the network of a trial.

    Parameters
    ----------
    trial : benchmarks.trials.Trial
    target : str
        ``"cython"`` or ``"numpy"``.

    Returns
    -------
    neuron, step : ndarray of int
        Spikes of all cells, numbered through the populations.
    """
    b2.start_scope()
    b2.prefs.codegen.target = target
    b2.defaultclock.dt = trial.dt * b2.second
    circuit, wiring = trial.circuit, trial.wiring
    populations = {name: _population(circuit, wiring, name) for name in circuit.populations}
    monitors = {
        name: b2.SpikeMonitor(group, name=f"spikes_{name}") for name, group in populations.items()
    }
    sources = _sources(trial)
    synapses = []
    for pathway in circuit.pathways.values():
        drawn = wiring.connections[pathway.name]
        pre = sources.get(pathway.source) or populations[pathway.source]
        post = populations[pathway.target]
        for inhibitory in (False, True):
            weights = _of_family(drawn.weights, inhibitory)
            if weights:
                ends = (drawn.pre, drawn.post, drawn.delay)
                family = 2 * (pathway.source in populations) + inhibitory
                name = f"family{family}_{pathway.name}"
                synapses.append(_synapses(circuit, pre, post, ends, weights, name, pathway))
    for background in circuit.backgrounds.values():
        n = circuit.populations[background.target].size
        weights = {r: np.full(n, w.value) for r, w in background.weights.items()}
        for inhibitory in (False, True):
            mine = _of_family(weights, inhibitory)
            if mine:
                pre, post = sources["background", background.target], populations[background.target]
                ends, name = (
                    (np.arange(n), np.arange(n), None),
                    f"family{int(inhibitory)}_background",
                )
                name += f"_{background.target}"
                synapses.append(_synapses(circuit, pre, post, ends, mine, name, None))
    objects = [*populations.values(), *monitors.values(), *sources.values(), *synapses]
    b2.Network(objects).run(trial.duration * b2.second, namespace={})
    return _spikes(trial, monitors)


def _of_family(weights, inhibitory):
    return {
        r: weights[r] for r in RECEPTORS if r in weights and (r not in EXCITATORY) == inhibitory
    }


def _received(circuit, population):
    """Return the receptors that reach a population."""
    into = [*circuit.pathways.values(), *circuit.backgrounds.values()]
    used = {r for p in into if p.target == population for r in p.weights}
    return [name for name in RECEPTORS if name in used]


def _population(circuit, wiring, name):
    currents, lines = ["leak_conductance*(leak_reversal - v)", "- adaptation", "+ bias"], []
    for receptor in _received(circuit, name):
        form, kinetics = RECEPTORS[receptor], circuit.receptors[receptor]
        unit = "siemens" if form.conductance else "1"
        decay = kinetics.decay.value
        lines.append(f"d{receptor}_d/dt = -{receptor}_d/({decay!r}*second) : {unit}")
        opened = f"{receptor}_d"
        if form.dual:
            rise = kinetics.rise.value
            lines.append(f"d{receptor}_r/dt = -{receptor}_r/({rise!r}*second) : {unit}")
            opened = f"({receptor}_d - {receptor}_r)"
        if form.magnesium:
            opened += "/(1 + exp(-0.062*v/mV)/3.57)"
        if form.conductance:
            currents.append(f"+ {opened}*({kinetics.reversal.value!r}*volt - v)")
    equations = [
        f"dv/dt = ({' '.join(currents)})/capacitance : volt (unless refractory)",
        "dadaptation/dt = (adaptation_conductance*(v - leak_reversal) - adaptation)"
        + "/adaptation_time : amp",
        *lines,
        *(f"{key} : {UNITS[dimension]} (constant)" for key, dimension in CELL_PARAMETERS.items()),
    ]
    group = b2.NeuronGroup(
        circuit.populations[name].size,
        "\n".join(equations),
        threshold="v > threshold",
        reset="v = reset; adaptation += adaptation_jump",
        refractory="refractory_period",
        method="euler",
        namespace={"mV": b2.mV, "second": b2.second, "volt": b2.volt},
        name=name,
    )
    for key, values in wiring.parameters[name].items():
        group.variables[key].set_value(values)
    group.variables["v"].set_value(wiring.initial_voltage[name])
    return group


def _sources(trial):
    """Return one SpikeGeneratorGroup per afferent and per background."""
    neuron, step = trial.source_spikes
    sizes = {name: afferent.size for name, afferent in trial.circuit.afferents.items()}
    for background in trial.circuit.backgrounds.values():
        size = trial.circuit.populations[background.target].size
        sizes["background", background.target] = size
    found, first = {}, 0
    for key, size in sizes.items():
        mine = (neuron >= first) & (neuron < first + size)
        times = step[mine].astype(np.int64) * trial.dt * b2.second
        name = key if isinstance(key, str) else "_".join(key)
        found[key] = b2.SpikeGeneratorGroup(size, neuron[mine] - first, times, name=name)
        first += size
    return found


def _synapses(circuit, pre, post, ends, weights, name, pathway):
    """Return the synapses of one pathway; without one they are a background's.

    Brian2 runs them in the order of their names: excitation before the inhibition that may gate
    it, as the engine does.
    """
    model = [f"w_{r} : {'siemens' if RECEPTORS[r].conductance else '1'}" for r in weights]
    event, namespace = [], {"second": b2.second}
    release = "1.0"
    if pathway is not None and pathway.depression is not None:
        use, recovery = pathway.depression.use.value, pathway.depression.recovery.value
        model += ["resource : 1", "last_event : second"]
        event += [
            f"resource = 1 - (1 - resource)*exp(-(t - last_event)/({recovery!r}*second))",
            "released = resource",
            f"resource *= 1 - {use!r}",
            "last_event = t",
        ]
        release = "released"
    if pathway is not None and pathway.gated:
        release += "/(1 + presynaptic_d_post)"
    for receptor in weights:
        norm = _peak(circuit.receptors[receptor])
        for state in ("d", "r") if RECEPTORS[receptor].dual else ("d",):
            event.append(f"{receptor}_{state}_post += w_{receptor}/{norm!r}*{release}")
    synapses = b2.Synapses(
        pre, post, "\n".join(model), on_pre="\n".join(event), namespace=namespace, name=name
    )
    synapses.connect(i=ends[0], j=ends[1])
    for receptor, values in weights.items():
        synapses.variables[f"w_{receptor}"].set_value(values)
    if ends[2] is not None:
        synapses.delay = ends[2] * b2.second
    if "resource" in synapses.variables:
        synapses.resource = 1
        synapses.last_event = -1e3 * b2.second
    return synapses


def _peak(receptor):
    """Return the peak of exp(-t/decay) - exp(-t/rise), or 1 for a single exponential."""
    if receptor.rise is None:
        return 1.0
    decay, rise = receptor.decay.value, receptor.rise.value
    at = np.log(decay / rise) / (1 / rise - 1 / decay)
    return float(np.exp(-at / decay) - np.exp(-at / rise))


def _spikes(trial, monitors):
    neurons, steps, first = [], [], 0
    for name, monitor in monitors.items():
        neurons.append(np.asarray(monitor.i) + first)
        steps.append(np.round(np.asarray(monitor.t / b2.second) / trial.dt).astype(int))
        first += trial.circuit.populations[name].size
    return np.concatenate(neurons), np.concatenate(steps)
