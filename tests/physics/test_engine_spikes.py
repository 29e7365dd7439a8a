"""The engine's spikes against closed forms and against Brian2's runtime."""

import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_networks import DT, TINY, drive_of, poisson_drive, quiet, run, with_cell

from gatecontrol import simulation
from gatecontrol.circuits import load_circuit
from gatecontrol.circuits.model import Receptor
from gatecontrol.circuits.wiring import draw_wiring
from gatecontrol.simulation import compiler, sources, tables
from gatecontrol.sourced import Sourced

pytestmark = pytest.mark.usefixtures("needs_compiler")


@pytest.mark.parametrize("bias", [80e-12, 120e-12, 300e-12])
def test_constant_current_gives_the_closed_form_rate(bias):
    # T = t_ref + tau ln((V_inf - V_reset)/(V_inf - V_threshold)) of a leaky integrator
    circuit = with_cell(quiet(load_circuit(TINY)), bias=bias)
    circuit = replace(
        circuit, pathways={k: p for k, p in circuit.pathways.items() if k.startswith("c")}
    )
    recording = run(circuit, drive_of(circuit, {}), 1.0)
    tau, v_inf = 100e-12 / 5e-9, -65e-3 + bias / 5e-9
    expected = 2e-3 + tau * np.log((v_inf + 60e-3) / (v_inf + 50e-3))
    for spikes in recording.spikes.values():
        for cell in range(spikes.size):
            intervals = np.diff(spikes.time[spikes.neuron == cell])
            # forward Euler and the spike grid: two steps of 0.1 ms at most
            assert intervals.mean() == pytest.approx(expected, abs=2 * DT)


@pytest.mark.parametrize(("receptor", "bias"), [("excitatory", 0.0), ("inhibitory", 300e-12)])
def test_events_of_a_current_synapse_add_up_to_a_current(receptor, bias):
    """Weight times decay times rate: 150 pA, in or out."""
    circuit = with_cell(quiet(load_circuit(TINY)), bias=bias)
    name = f"{receptor}_current"
    decay, weight = (Sourced(value, 0.0, "assumed", "") for value in (5e-3, 3e-12))
    pathway = replace(
        circuit.pathways["abeta_centre_to_inhibitory"],
        fan_in=10,
        weights={name: weight},
        depression=None,
    )
    circuit = replace(
        circuit,
        receptors={**circuit.receptors, name: Receptor(name, None, decay, None)},
        pathways={pathway.name: pathway},
    )
    events = [(k, (10 * n + k) * DT) for k in range(10) for n in range(1000)]
    spikes = run(circuit, drive_of(circuit, {"abeta_centre": events}), 1.0).spikes["inhibitory"]
    v_inf = -65e-3 + 150e-12 / 5e-9
    expected = 2e-3 + 20e-3 * np.log((v_inf + 60e-3) / (v_inf + 50e-3))
    late = spikes.time[(spikes.neuron == 0) & (spikes.time > 0.1)]  # after 20 decays
    # forward Euler and the spike grid, as above
    assert np.diff(late).mean() == pytest.approx(expected, abs=2 * DT)


def test_a_cell_may_have_many_background_sources():
    """Twenty of 50 Hz on a cell that each event makes fire; steps twice hit count once."""
    circuit = load_circuit(TINY)
    cells = {"refractory_period": 0.0, "capacitance": 1e-12}
    background = replace(
        circuit.backgrounds["inhibitory"],
        rate=Sourced(50.0, 0.0, "assumed", ""),
        weights={"ampa": Sourced(500e-9, 0.0, "assumed", "")},
        sources=20,
    )
    circuit = with_cell(circuit, **cells)
    ampa = replace(circuit.receptors["ampa"], decay=Sourced(DT, 0.0, "assumed", ""))
    circuit = replace(
        circuit,
        receptors={**circuit.receptors, "ampa": ampa},
        pathways={},
        backgrounds={"inhibitory": background},
    )
    found = run(circuit, drive_of(circuit, {}), 2.0).spikes
    counts = np.bincount(found["inhibitory"].neuron, minlength=8)
    # 1000 Hz in bins of 0.1 ms: 1 - exp(-0.1) are hit; five standard deviations of a cell's count
    expected = 20_000 * -np.expm1(-0.1)
    assert counts == pytest.approx(expected, abs=5 * np.sqrt(expected))
    assert len(found["projection"].time) == 0


def test_below_rheobase_is_silent():
    circuit = with_cell(quiet(load_circuit(TINY)), bias=70e-12)
    recording = run(circuit, drive_of(circuit, {}))
    assert all(len(s.time) == 0 for s in recording.spikes.values())


def test_standalone_equals_numpy_runtime_spike_for_spike():
    circuit = load_circuit(TINY)
    drive = poisson_drive(circuit, 80, 0.5)
    fast, slow = (run(circuit, drive, backend=b) for b in ("standalone", "numpy"))
    assert fast.backend == "standalone"
    assert slow.backend == "numpy"
    for name, spikes in fast.spikes.items():
        assert len(spikes.time) > 10
        assert np.array_equal(spikes.neuron, slow.spikes[name].neuron)
        assert spikes.time == pytest.approx(slow.spikes[name].time, abs=1e-9)


@pytest.mark.slow
def test_gate_standalone_equals_numpy_runtime_spike_for_spike():
    circuit = load_circuit("gate", ["injured"])
    drive = poisson_drive(circuit, 12, 0.5)
    fast, slow = (run(circuit, drive, backend=b) for b in ("standalone", "numpy"))
    for name, spikes in fast.spikes.items():
        assert np.array_equal(spikes.neuron, slow.spikes[name].neuron)
        assert spikes.time == pytest.approx(slow.spikes[name].time, abs=1e-9)


def test_a_wrong_synapse_would_be_seen():
    circuit = load_circuit(TINY)
    drive = poisson_drive(circuit, 30, 0.5)
    pathway = circuit.pathways["c_to_projection"]
    weights = {**pathway.weights, "ampa": replace(pathway.weights["ampa"], value=3.3e-9)}
    other = replace(
        circuit, pathways={**circuit.pathways, pathway.name: replace(pathway, weights=weights)}
    )
    a, b = run(circuit, drive), run(other, drive)
    assert not np.array_equal(a.spikes["projection"].time, b.spikes["projection"].time)


def test_delay_is_kept():
    circuit = quiet(load_circuit(TINY))
    pathway = circuit.pathways["abeta_centre_to_inhibitory"]
    strong = {"ampa": Sourced(200e-9, 0, "assumed", "")}
    early, late = (
        replace(
            circuit,
            pathways={
                pathway.name: replace(pathway, weights=strong, delay=Sourced(d, 0, "assumed", ""))
            },
        )
        for d in (1e-3, 7e-3)
    )
    volley = {"abeta_centre": [(k, 0.1) for k in range(10)]}
    first = [run(c, drive_of(c, volley)).spikes["inhibitory"].time.min() for c in (early, late)]
    assert first[1] - first[0] == pytest.approx(6e-3, abs=DT / 2)


def test_depression_reaches_the_tsodyks_markram_steady_state():
    # x = (1 - e)/(1 - (1 - U) e), e = exp(-T/tau): seen as fewer spikes late in a train
    circuit = quiet(load_circuit(TINY))
    pathway = circuit.pathways["abeta_centre_to_inhibitory"]
    weights = {"ampa": Sourced(20e-9, 0, "assumed", "")}
    train = {"abeta_centre": [(k, 0.05 + i * 0.02) for k in range(10) for i in range(40)]}
    counts = []
    for depression in (pathway.depression, None):
        one = replace(pathway, weights=weights, depression=depression)
        c = replace(circuit, pathways={one.name: one})
        time = run(c, drive_of(c, train), 1.0).spikes["inhibitory"].time
        counts.append(((time < 0.07).sum(), (time > 0.6).sum()))
    (early_d, late_d), (early, late) = counts
    assert early_d == early  # the first event is not depressed
    assert late_d < 0.8 * late


def test_presynaptic_inhibition_divides_the_c_input():
    circuit = load_circuit(TINY)
    pathway = circuit.pathways["inhibitory_to_projection"]
    only = {"presynaptic": Sourced(5.0, 0, "assumed", "")}
    gate = replace(pathway, weights=only, coverage=1.0)
    spikes = {"c": [(k, 0.05 * i + 0.1) for k in range(10) for i in range(8)]}
    touched = spikes | {"abeta_centre": [(k, 0.05 * i + 0.09) for k in range(10) for i in range(8)]}
    circuit = replace(circuit, pathways={**circuit.pathways, gate.name: gate})
    alone, both = (
        len(run(circuit, drive_of(circuit, s)).spikes["projection"].time) for s in (spikes, touched)
    )
    ungated = replace(
        circuit,
        pathways={k: replace(p, gated=False) for k, p in circuit.pathways.items()},
    )
    free = len(run(ungated, drive_of(ungated, touched)).spikes["projection"].time)
    assert both < 0.7 * alone
    assert free > both


def test_peak_of_a_dual_exponential_is_one():
    rise, decay = 2e-3, 100e-3
    t = np.linspace(0, 0.2, 200_001)
    shape = tables._peak_norm(rise, decay) * (np.exp(-t / decay) - np.exp(-t / rise))
    assert shape.max() == pytest.approx(1, abs=1e-9)


def test_duration_is_data():
    circuit = load_circuit(TINY)
    drive = poisson_drive(circuit, 30, 1.0)
    short, long = run(circuit, drive, 0.4), run(circuit, drive, 1.0)
    for name, spikes in short.spikes.items():
        assert spikes.time.max() < 0.4 < long.spikes[name].time.max()
    for name, spikes in short.spikes.items():  # the background too begins in the same way
        assert np.array_equal(spikes.time, long.spikes[name].time[: len(spikes.time)])


def test_a_long_run_is_its_stretches(monkeypatch):
    # state is carried from stretch to stretch: shorter ones change nothing but the background
    circuit = quiet(load_circuit(TINY))
    drive = poisson_drive(circuit, 60, 2.0)
    expected = run(circuit, drive, 2.0)
    monkeypatch.setattr(sources, "_CHUNK", 0.0137)
    for backend in ("standalone", "numpy"):
        found = run(circuit, drive, 2.0, backend)
        for name, spikes in expected.spikes.items():
            assert len(spikes.time) > 10
            assert np.array_equal(spikes.neuron, found.spikes[name].neuron)
            assert found.spikes[name].time == pytest.approx(spikes.time, abs=1e-9)


def test_exponential_is_exact_to_rounding(tmp_path):
    header = Path(compiler.__file__).with_name("exponential.hpp")
    source = tmp_path / "table.cpp"
    source.write_text(
        f'#include "{header}"\n#include <cstdio>\nint main() {{ double x; while ('
        + "std::fread(&x, 8, 1, stdin) == 1) { x = gatecontrol_exponential(x); "
        + "std::fwrite(&x, 8, 1, stdout); } }"
    )
    found = compiler.find_compiler()
    compiler.compile_unit(found, source, tmp_path / "table", tmp_path)
    x = np.concatenate([np.linspace(-700, 700, 100_001), np.linspace(-7, 7, 100_001), [0, -1e4]])
    done = subprocess.run([tmp_path / "table"], input=x.tobytes(), capture_output=True, check=True)
    given = np.frombuffer(done.stdout)
    expected = np.exp(np.maximum(x, -700))
    # rounding of ln 2, times its multiple, is the error left: |x| units in the last place
    allowed = (4 + np.abs(np.maximum(x, -700))) * np.finfo(float).eps
    assert np.all(np.abs(given / expected - 1) < allowed)


def test_replicates_side_by_side_are_the_same_as_alone():
    circuit = load_circuit(TINY)
    drives = [poisson_drive(circuit, rate, 0.3, seed=rate) for rate in (40, 80, 120)]
    alone = [run(circuit, d, 0.3, "numpy", seed=n) for n, d in enumerate(drives)]
    replicates = [simulation.Replicate(draw_wiring(circuit, n), d, n) for n, d in enumerate(drives)]
    for backend in ("numpy", "standalone"):
        together = simulation.run_batch(circuit, replicates, 0.3, DT, backend)
        for one, other in zip(alone, together, strict=True):
            assert len(one.spikes["projection"].time) > 0
            for name, spikes in one.spikes.items():
                assert np.array_equal(spikes.neuron, other.spikes[name].neuron)
                assert other.spikes[name].time == pytest.approx(spikes.time, abs=1e-9)
    first = alone[0].spikes["projection"].time
    assert not np.array_equal(first, alone[1].spikes["projection"].time)
