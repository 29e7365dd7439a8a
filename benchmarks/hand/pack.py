"""Write one trial in the form that the hand-written loop reads.

Weights, delays and cell parameters are taken from the circuit and its draw, pathway by
pathway, not from the engine's tables: the loop checks these tables too. Only the source
spikes are the engine's, since the background is drawn there.
"""

import numpy as np

from gatecontrol.circuits.model import CELL_PARAMETERS, EXCITATORY, OPTIONAL_PARAMETERS
from gatecontrol.circuits.model import RECEPTORS as ALL_RECEPTORS

# what the loop knows: the mechanisms of the default circuit
PARAMETERS = [name for name in CELL_PARAMETERS if name not in OPTIONAL_PARAMETERS]
UNKNOWN = {"can", "ltd", "excitatory_current", "inhibitory_current"}
RECEPTORS = [name for name in ALL_RECEPTORS if name not in UNKNOWN]


def pack(trial, path):
    """Write the input file of ``gate``.

    Parameters
    ----------
    trial : benchmarks.trials.Trial
    path : pathlib.Path
    """
    circuit, wiring, dt = trial.circuit, trial.wiring, trial.dt
    unknown = set(circuit.receptors) - set(RECEPTORS)
    if unknown:
        raise ValueError(f"the hand-written loop does not know {', '.join(sorted(unknown))}")
    first, cells, senders = _numbers(circuit)
    with path.open("wb") as file:
        steps = round(trial.duration / dt)
        np.array([cells, senders, steps], dtype=np.int64).tofile(file)
        np.array([dt]).tofile(file)
        source, step = trial.source_spikes
        _array(file, step, np.int32)
        _array(file, source, np.int32)
        _array(file, np.concatenate(list(wiring.initial_voltage.values())))
        for name in PARAMETERS:
            _array(file, np.concatenate([p[name] for p in wiring.parameters.values()]))
        kinetics = np.array([_kinetics(circuit.receptors.get(name)) for name in RECEPTORS])
        for column in kinetics.T:
            _array(file, column)
        bounds = [(first[p.name], p.size) for p in circuit.populations.values()]
        np.array([len(bounds), *np.ravel(bounds)], dtype=np.int64).tofile(file)
        blocks = list(_blocks(circuit, wiring, dt, first))
        np.array([len(blocks)], dtype=np.int64).tofile(file)
        for numbers, constants, pre, post, delay, weights in blocks:
            np.array(numbers, dtype=np.int64).tofile(file)
            np.array(constants, dtype=np.float64).tofile(file)
            for array in (pre, post, delay):
                _array(file, array, np.int32)
            _array(file, np.column_stack(weights).ravel())


def _array(file, values, dtype=np.float64):
    np.array([len(values)], dtype=np.int64).tofile(file)
    np.ascontiguousarray(values, dtype=dtype).tofile(file)


def _numbers(circuit):
    """Return the first number of each sender: cells, then fibres, then background sources."""
    first, position = {}, 0
    for group in (circuit.populations, circuit.afferents):
        for member in group.values():
            first[member.name] = position
            position += member.size
    for background in circuit.backgrounds.values():
        first["background", background.target] = position
        position += circuit.populations[background.target].size
    return first, sum(p.size for p in circuit.populations.values()), position


def _kinetics(receptor):
    """Return decay [s], rise [s] and reversal [V]; what there is none of has no effect."""
    if receptor is None:
        return 1.0, 1.0, 0.0
    rise, reversal = receptor.rise, receptor.reversal
    return receptor.decay.value, rise.value if rise else 1.0, reversal.value if reversal else 0.0


def _peak(receptor):
    """Return the peak of exp(-t/decay) - exp(-t/rise), or 1 for a single exponential."""
    if receptor.rise is None:
        return 1.0
    decay, rise = receptor.decay.value, receptor.rise.value
    at = np.log(decay / rise) / (1 / rise - 1 / decay)
    return np.exp(-at / decay) - np.exp(-at / rise)


def _blocks(circuit, wiring, dt, first):
    """Yield the synapses of each pathway and background, excitation and inhibition apart."""
    for pathway in circuit.pathways.values():
        drawn, depression = wiring.connections[pathway.name], pathway.depression
        constants = (depression.use.value, depression.recovery.value) if depression else (0.0, 1.0)
        pre, post = drawn.pre + first[pathway.source], drawn.post + first[pathway.target]
        delay = np.floor(drawn.delay / dt + 0.5)
        local = pathway.source in circuit.populations
        for numbers, weights in _families(circuit, drawn.weights, local, pathway.gated):
            yield numbers, constants, pre, post, delay, weights
    for background in circuit.backgrounds.values():
        n = circuit.populations[background.target].size
        pre = first["background", background.target] + np.arange(n)
        post = first[background.target] + np.arange(n)
        drawn = {name: np.full(n, weight.value) for name, weight in background.weights.items()}
        for numbers, weights in _families(circuit, drawn, False, False):
            yield numbers, (0.0, 1.0), pre, post, np.zeros(n), weights


def _families(circuit, drawn, local, gated):
    """Yield (family, receptor mask, gated) and the weights, per receptor."""
    for inhibitory in (False, True):
        names = [n for n in RECEPTORS if n in drawn and (n not in EXCITATORY) == inhibitory]
        if names:
            mask = sum(1 << RECEPTORS.index(n) for n in names)
            family = 2 * local + inhibitory
            weights = [drawn[n] / _peak(circuit.receptors[n]) for n in names]
            yield (family, mask, gated), weights
