"""Single-cell tools on point neurons against closed forms and integrations by scipy."""

from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import gatecontrol
from gatecontrol.circuits import load_circuit
from gatecontrol.fibres.drive import AfferentDrive
from gatecontrol.fibres.population import draw_fibres
from gatecontrol.preparations import load_preparation
from gatecontrol.simulation.compiler import find_compiler

TINY = Path(__file__).parents[1] / "data" / "circuits" / "tiny.yaml"
DT = 1e-4
FINE = 2e-5

compiled = pytest.mark.skipif(find_compiler() is None, reason="needs a C++ compiler")

# of the cell of TINY
REST, THRESHOLD, RESET, REFRACTORY = -65e-3, -50e-3, -60e-3, 2e-3
CAPACITANCE, LEAK = 100e-12, 5e-9
TAU = CAPACITANCE / LEAK


@pytest.fixture(scope="module", params=["numpy", pytest.param("standalone", marks=compiled)])
def steps(request):
    currents = [-50e-12, 0.0, 50e-12, 100e-12]
    return gatecontrol.current_steps(
        load_circuit(TINY), "projection", currents, start=0.02, duration=0.2, backend=request.param
    )


def test_the_membrane_charges_exponentially(steps):
    time = steps.time.values - 0.02
    for current in (-50e-12, 50e-12):
        found = steps.voltage.sel(current=current).values
        assert found[time < DT / 2] == pytest.approx(REST, abs=1e-12)
        assert found[time > DT / 2][0] != REST  # the step acts from its first time step on
        exact = REST + current / LEAK * -np.expm1(-np.maximum(time, 0) / TAU)
        # forward Euler lags by at most dt/(2 tau)/e of the 10 mV: 0.01 mV
        assert found == pytest.approx(exact, abs=0.02e-3)
    assert steps.rest.values == pytest.approx(REST)
    assert float(steps.late.sel(current=50e-12)) == pytest.approx(
        REST + 10e-3, abs=2e-6
    )  # after ten time constants


def test_spikes_come_when_the_closed_form_says(steps):
    one = steps.sel(current=100e-12)
    final = REST + 100e-12 / LEAK
    # the spike's time is the start of its step, and the membrane lags behind: two steps
    first = TAU * np.log((final - REST) / (final - THRESHOLD))
    assert float(one.first_latency) == pytest.approx(first, abs=2 * DT)
    interval = REFRACTORY + TAU * np.log((final - RESET) / (final - THRESHOLD))
    assert float(one.last_interval) == pytest.approx(interval, abs=2 * DT)
    assert int(one.spikes) == 1 + int((0.2 - first) / interval)
    assert float(one.peak) < THRESHOLD  # no action potential, but the reset
    assert np.count_nonzero(np.diff(one.voltage.values) < -5e-3) == int(one.spikes)


def test_a_current_synapse_gives_the_closed_form_potential():
    """C dv/dt = -g v + w exp(-t/d): v = w/C (exp(-t/tau) - exp(-t/d)) tau d/(tau - d)."""
    circuit = load_circuit("sagalajev2024")
    found = gatecontrol.synaptic_potential(
        circuit, "abeta_centre", "excitatory", fibres=[1, 2], settle=0.01, duration=0.03, dt=FINE,
        backend="numpy",
    )  # fmt: skip
    values = circuit.cells["excitatory_neuron"].parameters
    tau = values["capacitance"].value / values["leak_conductance"].value
    decay, time = 2.9e-3, found.time.values
    shape = tau * decay / (tau - decay) * (np.exp(-time / tau) - np.exp(-time / decay))
    exact = 120e-12 / 50e-12 * shape
    one = found.sel(place="spike_at")
    # the step is 1/145 of the decay, of which forward Euler leaves half as its error
    assert float(one.peak[0]) == pytest.approx(exact.max(), rel=0.005)
    assert float(one.peak_time[0]) == pytest.approx(time[exact.argmax()], abs=2 * FINE)
    assert one.voltage[0].values - -85e-3 == pytest.approx(exact, abs=0.005 * exact.max())
    assert float(one.peak[1]) == pytest.approx(2 * float(one.peak[0]))  # linear
    assert found.place.values.tolist() == ["spike_at"]
    assert found.spikes.values.tolist() == [0, 0]
    inhibition = gatecontrol.synaptic_potential(
        circuit, "inhibitory", "excitatory", fibres=[1, 2], settle=0.01, duration=0.03, dt=FINE,
        backend="numpy",
    )  # fmt: skip
    assert inhibition.peak.values == pytest.approx(-80 / 120 * found.peak.values)
    assert inhibition.rest.values == pytest.approx(-85e-3)


def integrated(conductances, duration):
    """Return time and voltage of the cell of TINY with conductances g(t, v) -> reversal."""

    def slope(t, v):
        current = LEAK * (REST - v[0])
        current += sum(g(t, v[0]) * (reversal - v[0]) for g, reversal in conductances)
        return [current / CAPACITANCE]

    time = np.arange(0, duration, FINE)
    # the tolerance is a ten-thousandth of what is compared
    found = solve_ivp(slope, (0, duration), [REST], "LSODA", time, rtol=1e-8, atol=1e-9)
    return time, found.y[0]


def ampa(t, _v):
    return 3e-9 * np.exp(-t / 5e-3)


def nmda(t, v):
    peak = 2 * 100 / 98 * np.log(50)  # [ms] of the dual exponential, which is normalised to 1
    norm = np.exp(-peak / 100) - np.exp(-peak / 2)
    open_ = (np.exp(-t / 100e-3) - np.exp(-t / 2e-3)) / norm
    return 0.1e-9 * open_ / (1 + np.exp(-62 * v) / 3.57)


def gaba_a(t, _v):
    return 2e-9 * np.exp(-t / 20e-3)


@pytest.mark.parametrize(
    ("source", "receptors", "conductances"),
    [
        ("c", (), [(ampa, 0.0), (nmda, 0.0)]),
        ("c", ("nmda",), [(nmda, 0.0)]),
        ("inhibitory", (), [(gaba_a, -70e-3)]),  # its presynaptic part acts on terminals
    ],
)
def test_conductances_give_the_potential_that_scipy_finds(source, receptors, conductances):
    """Of mean weights, though those of the file have a spread; at terminals that rest."""
    found = gatecontrol.synaptic_potential(
        load_circuit(TINY), source, "projection", fibres=[1, 2], receptors=receptors,
        settle=0.01, duration=0.05, dt=FINE, backend="numpy",
    ).isel(fibres=0).sel(place="spike_at")  # fmt: skip
    time, exact = integrated(conductances, 0.05)
    change = exact - REST
    top = np.abs(change).argmax()
    # steps of 20 us against the fastest change, the 2 ms rise or the 5 ms decay: half a per cent
    assert float(found.peak) == pytest.approx(change[top], rel=0.005)
    assert float(found.peak_time) == pytest.approx(time[top], abs=0.1e-3)
    assert found.voltage.values - REST == pytest.approx(change, abs=0.005 * abs(change[top]))


def test_a_second_call_gives_the_same():
    circuit = load_circuit(TINY)
    calls = [
        gatecontrol.synaptic_potential(circuit, "abeta_centre", "inhibitory", backend="numpy",
                                       fibres=[1], settle=0.01, duration=0.02)
        for _ in range(2)
    ]  # fmt: skip
    assert calls[0].identical(calls[1])
    assert calls[0].voltage.shape == (1, 1, 200)


def test_traces_hold_every_cell_of_a_network():
    circuit = load_circuit(TINY)
    table = draw_fibres(circuit.afferents.values(), load_preparation("rat"), 1)
    fibre = np.flatnonzero(table.afferent == "c").astype(np.int32)
    zero = np.zeros(len(fibre))
    drive = AfferentDrive(table, fibre, zero + 0.02, zero.astype(np.int8), zero)
    found = gatecontrol.voltage_traces(circuit, drive, 0.05, backend="numpy")
    assert found["projection"].dims == ("projection_cell", "place", "time")
    assert found["projection"].shape == (6, 1, 500)
    assert found["inhibitory"].shape == (8, 1, 500)
    assert found["projection"].attrs == {"units": "V", "long_name": "Projection"}
    # the volley depolarises them after the delay of 2 ms (spread 10 %), and not before
    late = found["projection"].isel(place=0).sel(time=slice(0.025, 0.03)).max("time")
    early = found["projection"].isel(place=0).sel(time=slice(0.015, 0.02)).max("time")
    assert (late - early > 1e-3).all()


def test_the_default_circuit_is_on_the_bench_too():
    circuit = load_circuit("gate")
    source, target = next(
        (p.source, p.target) for p in circuit.pathways.values() if "ampa" in p.weights
    )
    found = gatecontrol.synaptic_potential(
        circuit, source, target, settle=0.02, duration=0.02, backend="numpy"
    )
    assert float(found.peak[0, 0]) > 0
    steps = gatecontrol.current_steps(
        circuit, target, [0.0, 50e-12], start=0.02, duration=0.02, backend="numpy"
    )
    assert steps.peak.values[1] > steps.peak.values[0]
