"""Long-term depression, the wind-up current and failing collaterals against closed forms.

The fused network runs on Brian2's numpy runtime, whose variables can be read; that the compiled
network fires the same spikes is tested beside it.
"""

from dataclasses import replace
from pathlib import Path

import brian2 as b2
import numpy as np
import pytest

from gatecontrol import simulation
from gatecontrol.circuits import gate, load_circuit
from gatecontrol.circuits.model import Depression, Receptor
from gatecontrol.circuits.wiring import draw_wiring
from gatecontrol.fibres.drive import AfferentDrive
from gatecontrol.fibres.population import FibreTable
from gatecontrol.simulation.network import RuntimeFeed, build_network
from gatecontrol.simulation.tables import fill_tables, structure_of
from gatecontrol.sourced import Sourced

TINY = Path(__file__).parents[1] / "data" / "circuits" / "tiny.yaml"
DT = 1e-4
PATH = gate()


def number(value):
    return Sourced(value, 0.0, "assumed", "")


def circuit_with(weights, receptors, *, depression=None, source="c", cell=()):
    """Return the tiny circuit with one pathway, from an afferent to the projection cells."""
    circuit = load_circuit(TINY)
    (pathway,) = [
        p for p in circuit.pathways.values() if (p.source, p.target) == (source, "projection")
    ]
    one = replace(
        pathway,
        weights={r: number(w) for r, w in weights.items()},
        depression=depression,
        delay=number(1e-3),
        fan_in=1,
        coverage=1.0,
    )
    changed = {
        n: replace(c, parameters={**c.parameters, **dict(cell)}) for n, c in circuit.cells.items()
    }
    return replace(
        circuit,
        cells=changed,
        pathways={one.name: one},
        backgrounds={},
        receptors={**circuit.receptors, **receptors},
    )


def states(circuit, times, duration, source="c"):
    """Run it with every fibre of the source firing at the times; return cells and synapses."""
    size = circuit.afferents[source].size
    before = 0
    for afferent in circuit.afferents.values():
        if afferent.name == source:
            break
        before += afferent.size
    structure = structure_of(circuit, DT)
    tables = fill_tables(structure, circuit, draw_wiring(circuit, 1))
    b2.set_device("runtime")
    target, b2.prefs.codegen.target = b2.prefs.codegen.target, "numpy"
    try:
        fused = build_network(structure, RuntimeFeed(tables))
        fibre = np.tile(before + np.arange(size), len(times))
        fused.sources.set_spikes(fibre, np.repeat(times, size) * b2.second)
        fused.network.run(duration * b2.second, namespace={})
    finally:
        b2.prefs.codegen.target = target
    objects = {o.name: o for o in fused.network.objects}
    first = circuit.populations["inhibitory"].size  # the projection cells come after them
    return objects, slice(first, None)


NUMBERS = {"half": 1.0, "build_up": 0.3, "fade": 0.8, "ceiling": 0.6}
LTD = Receptor("ltd", None, number(0.2), None, numbers={k: number(v) for k, v in NUMBERS.items()})


def test_long_term_depression_builds_up_to_its_ceiling_and_fades():
    # far beyond half: dL/dt = (ceiling - L)/build_up - L/fade, from the first event on
    circuit = circuit_with({"ltd": 1e4}, {"ltd": LTD})
    for duration in (0.2, 0.6):
        objects, projection = states(circuit, np.arange(0.01, duration, 0.01), duration)
        level = np.asarray(objects["cells"].ltd_level)[projection]
        rate = 1 / 0.3 + 1 / 0.8
        since = duration - 0.011  # the delay of 1 ms
        expected = 0.6 / 0.3 / rate * (1 - np.exp(-rate * since))
        # forward Euler with 0.1 ms on time constants of 0.2 s: some 1e-4
        assert level == pytest.approx(expected, rel=1e-3)
    objects, projection = states(circuit, np.array([]), 0.1)
    assert not np.asarray(objects["cells"].ltd_level)[projection].any()


def test_few_events_leave_no_long_term_depression():
    # a trace of half its threshold drives it with 1/17 of the rate (fourth power)
    weak = replace(LTD, numbers={**LTD.numbers, "half": number(2.0)}, decay=number(100.0))
    objects, projection = states(circuit_with({"ltd": 1.0}, {"ltd": weak}), np.array([0.01]), 0.111)
    level = np.asarray(objects["cells"].ltd_level)[projection]
    building = 1 / 17 / 0.3
    rate = building + 1 / 0.8
    # the trace loses a thousandth in 0.1 s, four times as much in its fourth power
    assert level == pytest.approx(0.6 * building / rate * (1 - np.exp(-rate * 0.1)), rel=0.005)


def test_nmda_receptors_let_in_the_calcium_of_the_wind_up_current():
    # at rest, with a conductance too small to move it: the convolution of two decays
    can = Receptor("can", None, number(0.5), number(0.0), numbers={"half": number(1e-12)})
    nmda = Receptor("nmda", number(2e-3), number(0.1), number(0.0))
    circuit = circuit_with(
        {"nmda": 1e-15},
        {"can": can, "nmda": nmda},
        cell={"can_conductance": number(1e-18)}.items(),
    )
    at, duration = 0.01, 0.211
    objects, projection = states(circuit, np.array([at]), duration)
    cells = objects["cells"]
    t = duration - at - 1e-3
    rest = circuit.cells["cell"].parameters["leak_reversal"].value
    open_ = 1 / (1 + np.exp(-62 * rest) / 3.57)
    peak = 2e-3 * 0.1 / (0.1 - 2e-3) * np.log(0.1 / 2e-3)
    norm = 1 / (np.exp(-peak / 0.1) - np.exp(-peak / 2e-3))

    def carried(decay):  # of exp(-t/decay) through exp(-t/0.5)/0.5
        return decay / (0.5 - decay) * (np.exp(-t / 0.5) - np.exp(-t / decay))

    expected = 1e-15 * open_ * norm / 1e-12 * (carried(0.1) - carried(2e-3))
    # the cells start up to half-way to threshold, where the block is weaker by some percent
    assert np.asarray(cells.can_d)[projection] == pytest.approx(expected, rel=0.15)
    # forward Euler with steps of 0.1 ms on a rise of 2 ms
    assert np.asarray(cells.can_d)[projection].min() == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("rate", [20.0, 100.0, 250.0])
def test_collaterals_fail_in_fast_trains(rate):
    depression = Depression(number(0.0), number(0.1), number(150.0), number(0.05))
    slow = Receptor("ampa", None, number(100.0), number(0.0))  # so that it adds up all events
    circuit = circuit_with({"ampa": 1e-15}, {"ampa": slow}, depression=depression)
    times = np.round((0.01 + np.arange(40) / rate) / DT) * DT
    objects, projection = states(circuit, times, times[-1] + 0.01)
    load, total = 0.0, 0.0
    for gap in (np.inf, *np.diff(times)):
        load *= np.exp(-gap / 0.05)
        total += 1 / (1 + (load / (150.0 * 0.05)) ** 4)
        load += 1
    found = np.asarray(objects["cells"].ampa_d)[projection] / 1e-15
    # the conductance decays with 100 s meanwhile: at most 2 %
    assert found == pytest.approx(total, rel=0.02)
    assert total == pytest.approx(40, rel=0.01) if rate == 20 else total < 38


def test_the_compiled_network_fires_the_same_spikes():
    circuit = load_circuit(PATH, ["injured"])
    wiring = draw_wiring(circuit, 1)
    rng = np.random.default_rng(1)
    sizes = [
        (a.fibre_class, a.role, a.name) for a in circuit.afferents.values() for _ in range(a.size)
    ]
    table = FibreTable(
        *(np.array(column) for column in zip(*sizes, strict=True)), *[np.ones(len(sizes))] * 3
    )
    steps = np.sort(rng.choice(3000 * len(sizes), 4000, replace=False))
    step, fibre = np.divmod(steps, len(sizes))
    zero = np.zeros(len(steps))
    drive = AfferentDrive(table, fibre.astype(np.int32), step * DT, zero.astype(np.int8), zero)
    one, other = (
        simulation.run(circuit, wiring, drive, 0.3, DT, 1, backend)
        for backend in ("standalone", "numpy")
    )
    for name, spikes in one.spikes.items():
        assert np.array_equal(spikes.neuron, other.spikes[name].neuron)
        assert spikes.time == pytest.approx(other.spikes[name].time, abs=1e-9)
    assert len(one.spikes["projection_deep"].time) > 20
