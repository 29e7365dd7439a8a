"""Circuits of cells with compartments: read, drawn, run and measured like any other."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

import gatecontrol
from gatecontrol.circuits import load_circuit
from gatecontrol.circuits.cable_form import build_cell
from gatecontrol.circuits.wiring import draw_wiring
from gatecontrol.cli.browse_circuit import about_circuit
from gatecontrol.errors import CellError, EngineError, ExperimentError
from gatecontrol.experiment.estimate import compartments_of, estimate
from gatecontrol.experiment.trial import run_trial
from gatecontrol.fibres.population import draw_fibres
from gatecontrol.preparations import load_preparation
from gatecontrol.simulation import Replicate, prepare, run_batch
from gatecontrol.simulation.cable_circuit import network_of, step_of
from gatecontrol.simulation.compiler import find_compiler
from gatecontrol.stimuli.volley import Volley

TINY = Path(__file__).parents[1] / "data" / "circuits" / "tiny_cable.yaml"
POINTS = TINY.with_name("tiny.yaml")

compiled = pytest.mark.skipif(find_compiler() is None, reason="needs a C++ compiler")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "time_step: 25 us [assumed]\n",
            "",
            "E002]: a circuit of cells with sections needs a time_step",
        ),
        ("time_step: 25 us", "time_step: 25", "E021]: time_step: 25 has no unit"),
        ("time_step: 25 us", "time_step: 1 ms", "E033]: time_step: 1 ms [assumed] is outside"),
        ("hh2_na: {density", "hh3_na: {density", "E010]: cells.cell.sections.soma.channels.hh3_na: "
         + "no channel named 'hh3_na'. Did you mean 'hh2_na'"),
        ("0.08 S/cm2", "0.08 S", "E024]: cells.cell.sections.soma.channels.hh2_na.density: "
         + "'0.08 S' is a conductance, a conductance density is needed"),
        ("compartments: 3", "compartments: 2.5", "E032]: cells.cell.sections.dendrite."
         + "compartments: must be a whole number from 1 to 1000"),
        ("parent: soma", "parent: sona", "E035]: cells.cell: section dendrite: no section 'sona' "
         + "stands before it. Did you mean 'soma'"),
        ("port: dendrite", "port: axon", "E010]: pathways[1].port: no port of projection named "
         + "'axon'"),
        ("spike_at: [soma, 0.5]", "spike_at: soma", "E020]: cells.cell.spike_at: a section and a "
         + "position along it are needed: [soma, 0.5]"),
        ("dendrite: [dendrite, 0.5]", "dendrite: [dendrite, 1.5]", "E033]: cells.cell.ports."
         + "dendrite: a position lies between 0 and 1, not at 1.5"),
        ("alpha: \"q*", "alpha: \"r*", "E035]: channels.own_k: n.alpha: unknown name 'r'"),
        ("  nmda_slow:", "  ndma_slow:", "E012]: receptors.ndma_slow: no receptor 'ndma_slow'"),
        ("name: inhibitory_to_projection_late", "name: late", "E035]: pathways[3].name: the name "
         + "must begin with inhibitory_to_projection, got 'late'"),
        ("contacts: 3", "gated: true", "E001]: pathways[1].gated: unknown key"),
        ("        calcium_pool:", "        # calcium_pool:", "E035]: cells.cell: section soma: "
         + "channel i_cal needs a calcium pool"),
        ("      specific_capacitance: 1 uF/cm2 [assumed]\n", "", "E002]: cells.cell.sections.soma: "
         + "'specific_capacitance' is missing"),
    ],
)  # fmt: skip
def test_each_fault_is_named_with_its_place(tmp_path, old, new, expected):
    text = TINY.read_text()
    assert text.count(old) >= 1
    file = tmp_path / "bad.yaml"
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(ExperimentError) as caught:
        load_circuit(file)
    first = [str(p).splitlines()[0] for p in caught.value.problems]
    assert any(expected in line for line in first), first


def test_point_and_cable_cells_do_not_mix(tmp_path):
    point = POINTS.read_text().partition("cells:\n")[2].partition("afferents:")[0]
    text = TINY.read_text().replace("cells:\n", "cells:\n" + point.replace("cell:", "point:", 1), 1)
    (tmp_path / "mixed.yaml").write_text(text)
    with pytest.raises(ExperimentError, match="every cell needs sections"):
        load_circuit(tmp_path / "mixed.yaml")


def test_numbers_may_be_changed_and_scaled_by_their_dotted_names():
    dendrite = "cells.cell.sections.dendrite"
    circuit = load_circuit(
        TINY, ["leaky"], {f"{dendrite}.compartments": "7", f"{dendrite}.length": "0.2 mm"}
    )
    cell = circuit.cells["cell"]
    built = build_cell("cell", cell.form, {k: v.value for k, v in cell.parameters.items()})
    soma, changed = built.sections
    assert (changed.compartments, changed.length) == (7, pytest.approx(200e-6))
    assert changed.resistivity == pytest.approx(1.0)
    assert soma.resistivity == pytest.approx(1.5)
    assert soma.leak_conductance == changed.leak_conductance == pytest.approx(1.0)
    assert soma.channels["own_k"].parameters == {"q": 1.5}
    assert soma.channels["i_cal"].density == pytest.approx(1e-5)  # cm/s, as its text has it
    assert changed.diameter == (pytest.approx(2e-6), pytest.approx(1e-6))
    assert compartments_of(circuit) == 3 * 8


def test_conditions_do_not_change_structure(tmp_path):
    text = TINY.read_text() + "  fine: {scale: {'cells.*.compartments': '2 [assumed]'}}\n"
    (tmp_path / "fine.yaml").write_text(text)
    with pytest.raises(ExperimentError, match="compartments is structure"):
        load_circuit(tmp_path / "fine.yaml")


def test_a_draw_has_contacts_spread_delays_and_cells():
    circuit = load_circuit(TINY)
    network = network_of(circuit, draw_wiring(circuit, 1))
    network.check()
    many = network.connections[1]
    assert (many.port, many.pre.tolist(), many.post.tolist()) == (
        "dendrite", [4] * 6, [0, 0, 0, 1, 1, 1],
    )  # fmt: skip
    assert len(set(many.delay)) == 6
    assert network.connections[0].port == "dendrite"  # the first port, if none is named
    assert network.sources == 5 + 2
    assert (network.connections[-1].pre.tolist(), network.connections[-1].port) == ([5, 6], "soma")
    first, second = network.populations[1].cells
    assert first.sections[0].leak_reversal != second.sections[0].leak_reversal
    again = network_of(circuit, draw_wiring(circuit, 1))
    assert again.populations == network.populations


def test_the_step_of_a_run_is_divided_to_that_of_the_circuit():
    circuit = load_circuit(TINY)
    assert step_of(circuit, 1e-4) == pytest.approx(25e-6)
    assert step_of(circuit, 60e-6) == pytest.approx(20e-6)
    assert step_of(circuit, 10e-6) == pytest.approx(10e-6)
    with pytest.raises(EngineError, match="'tiny' has no cells with compartments"):
        step_of(load_circuit(POINTS), 1e-4)


def test_results_keep_the_circuit_with_its_channels():
    kept = json.loads(json.dumps(asdict(load_circuit(TINY))))
    names = [c["name"] for c in kept["cells"]["cell"]["form"]["channels"]]
    assert names == ["hh2_na", "own_k", "i_cal"]
    assert kept["time_step"]["text"] == "25 us [assumed]"


def test_a_longer_or_finer_circuit_costs_more():
    circuit = load_circuit("zhang2014")
    assert compartments_of(circuit) == 2 * 90 + 2 * 16
    one = estimate(1, 10.0, circuit, workers=1).cpu
    assert 1 < one < 10
    fine = load_circuit("zhang2014", [], {"time_step": "5 us"})
    assert estimate(1, 10.0, fine, workers=1).cpu > 2 * one


def test_describe_shows_sections_ports_and_kinetics():
    about = about_circuit(str(TINY))
    assert about["time_step"] == "25 us [assumed], or less"
    dendrite = about["sections"][1]
    assert dendrite["joins"] == "soma (start)"
    assert dendrite["end diameter"] == "1 um [assumed]"
    assert {"cell": "cell", "parameter": "spikes", "value": "soma at 0.5"} in about["cells"]
    assert about["pathways"][1]["contacts"] == 3
    assert [row["channel"] for row in about["channels"]] == ["hh2_na", "own_k", "i_cal"]
    assert about["receptors"][1]["share of calcium"] == "10 % [assumed]"


def drive_of(circuit, seed=1):
    body = load_preparation("rat")
    fibres = draw_fibres(circuit.afferents.values(), body, seed)
    volley = Volley.from_config({
        "classes": ["abeta", "c"], "onset": "1 ms", "rate": "20 Hz", "count": 2, "site": "nerve",
    })  # fmt: skip
    return volley.spikes(fibres, body, seed, "volley")


@compiled
def test_replicates_run_in_turn_and_repeat_themselves():
    circuit = load_circuit(TINY)
    replicates = [Replicate(draw_wiring(circuit, s), drive_of(circuit, s), s) for s in (1, 2, 1)]
    first, other, again = run_batch(circuit, replicates, 0.2, 1e-4)
    assert first.dt == pytest.approx(25e-6)
    assert list(first.spikes) == ["inhibitory", "projection"]
    assert first.spikes["projection"].size == 2
    assert first.spikes["inhibitory"].time.size
    assert first.spikes["projection"].time.size
    for name, spikes in first.spikes.items():
        assert spikes.time.tolist() == again.spikes[name].time.tolist()
    assert first.spikes["projection"].time.tolist() != other.spikes["projection"].time.tolist()


@compiled
def test_the_runtime_gives_the_spikes_of_the_compiled_network():
    circuit = load_circuit(TINY)
    one = Replicate(draw_wiring(circuit, 1), drive_of(circuit), 1)
    ours = run_batch(circuit, [one], 0.01, 1e-4)[0]
    theirs = run_batch(circuit, [one], 0.01, 1e-4, "numpy")[0]
    assert ours.spikes["inhibitory"].time.size
    for name, spikes in ours.spikes.items():
        assert spikes.time.tolist() == theirs.spikes[name].time.tolist()


@compiled
@pytest.mark.parametrize("name", ["zhang2014", "aguiar2010", "medlock2022_coarse"])
def test_a_published_circuit_runs_with_any_stimulus_and_device(name):
    trial = {
        "preparation": "rat",
        "circuit": {"name": name, "conditions": [], "set": {}},
        "stimuli": [
            {"kind": "pinch", "name": "pinch", "onset": "10 ms", "duration": "0.2 s"},
            {"kind": "ongoing", "name": "ongoing"},
        ],
        "device": {"kind": "scs", "frequency": "50 Hz", "amplitude": "95 % recruited(abeta)"},
        "run": {"duration": 0.3, "dt": 1e-4, "device_on": 0.1, "device_off": 0.2},
        "epochs": None,
        "measures": [],
        "seed": 1,
    }
    backend = prepare(load_circuit(name), 1e-4)
    payload = run_trial(trial, backend=backend, keep_spikes=True)
    assert payload["backend"] == "standalone"
    assert np.isfinite(payload["measures"]["pain_signal"]).any()
    assert payload["spikes"]["projection"].time.size
    if name == "zhang2014":  # the inhibitory cells answer the device
        assert payload["recruitment"]["abeta"] > 0.5
        assert payload["spikes"]["inhibitory_surround"].time.size
    if name == "medlock2022_coarse":
        assert payload["spikes"]["pv"].time.size


@compiled
def test_the_bench_of_single_cells():
    circuit = load_circuit(TINY)
    steps = gatecontrol.current_steps(
        circuit, "projection", [-20e-12, 0.0, 400e-12], start=0.1, duration=0.1
    )
    assert steps.spikes.values.tolist()[:2] == [0, 0]
    assert steps.spikes.values[2] > 2
    assert np.isnan(steps.first_latency.values[:2]).all()
    assert steps.late.values[0] < steps.rest.values[0] == pytest.approx(steps.rest.values[1])
    assert steps.voltage.shape == (3, 8000)
    assert steps.peak.values[2] > -0.03
    weak = load_circuit(TINY, [], {"pathways.c_to_projection.weights.ampa": "0.1 nS"})
    found = gatecontrol.synaptic_potential(
        weak, "c", "projection", fibres=[1, 2], settle=0.1, duration=0.05
    )
    assert found.spikes.values.tolist() == [0, 0]
    assert found.place.values.tolist() == ["spike_at", "dendrite", "soma"]
    assert (found.peak.sel(place="dendrite") > found.peak.sel(place="soma")).all()
    assert (found.peak.isel(fibres=1) > found.peak.isel(fibres=0)).all()
    inhibition = gatecontrol.synaptic_potential(
        circuit, "inhibitory", "projection", fibres=[1, 2], settle=0.1, duration=0.05
    )
    assert (inhibition.peak < 0).all()
    none = gatecontrol.synaptic_potential(
        circuit, "inhibitory", "projection", fibres=[1, 2], receptors=["ampa"], settle=0.1,
        duration=0.05,
    )  # fmt: skip
    assert (abs(none.peak) < 1e-4).all()  # 0 but for the cell settling
    traces = gatecontrol.voltage_traces(circuit, drive_of(circuit), 0.05)
    assert traces["projection"].dims == ("projection_cell", "place", "time")
    assert traces["projection"].shape == (2, 3, 2000)


def test_the_electrode_is_at_the_soma_unless_it_is_put_elsewhere():
    circuit = load_circuit(TINY)

    def late(**where):
        found = gatecontrol.current_steps(
            circuit,
            "projection",
            [0.0, -5e-12],
            start=1e-4,
            duration=2e-3,
            backend="numpy",
            **where,
        )
        return float(found.late[1] - found.late[0])

    # the thin far end of a dendrite takes more voltage to pass the same current
    assert late(electrode=("dendrite", 0.9)) < late(electrode="dendrite") < late() < 0


def test_the_electrode_of_aguiars_interneuron_is_not_where_its_spikes_are_detected():
    circuit = load_circuit("aguiar2010")
    assert circuit.cells["interneuron"].form.spike_at == ("hillock", 0.5)

    def rest(**where):
        steps = gatecontrol.current_steps(
            circuit, "interneuron", [0.0], start=5e-4, duration=5e-4, backend="numpy", **where
        )
        return steps.voltage.values

    assert np.array_equal(rest(), rest(electrode="soma"))
    assert not np.array_equal(rest(), rest(electrode="hillock"))


def test_a_calcium_pool_needs_no_receptor_that_fills_it(tmp_path):
    (tmp_path / "dry.yaml").write_text(
        TINY.read_text().replace("    calcium: 10 % [assumed]\n", "")
    )
    steps = gatecontrol.current_steps(
        load_circuit(tmp_path / "dry.yaml"), "projection", [0.0], start=1e-3, duration=1e-3,
        backend="numpy",
    )  # fmt: skip
    assert np.isfinite(steps.voltage.values).all()


def test_what_the_bench_cannot_do_is_said():
    circuit, points = load_circuit(TINY), load_circuit(POINTS)
    null = load_circuit("static_gain")
    with pytest.raises(CellError, match="no population 'projektion'. Did you mean 'projection'"):
        gatecontrol.current_steps(circuit, "projektion", [0.0])
    with pytest.raises(CellError, match="no pathway from 'abeta' to 'projection'"):
        gatecontrol.synaptic_potential(circuit, "abeta", "projection")
    with pytest.raises(CellError, match="tiny: its cells are points, which have no place for an"):
        gatecontrol.current_steps(points, "projection", [0.0], electrode="soma")
    with pytest.raises(CellError, match="no section 'sona' .* Did you mean 'soma'"):
        gatecontrol.current_steps(circuit, "projection", [0.0], electrode="sona")
    with pytest.raises(CellError, match="needs rest before it; start it at 0.0001 s"):
        gatecontrol.current_steps(circuit, "projection", [0.0], start=0.0)
    with pytest.raises(CellError, match="needs rest before it; settle for 0.0001 s"):
        gatecontrol.synaptic_potential(points, "c", "projection", settle=0.0)
    for call in (gatecontrol.voltage_traces, gatecontrol.synaptic_potential):
        with pytest.raises(CellError, match="static_gain: a null model has no cells"):
            call(null, None, 0.1)


@compiled
def test_current_steps_of_point_neurons_follow_their_bias():
    circuit = load_circuit(POINTS)
    # 15 mV above a leak of 5 nS is 75 pA
    steps = gatecontrol.current_steps(circuit, "projection", [70e-12, 80e-12, 160e-12])
    assert steps.rate.values[0] == 0
    assert 0 < steps.rate.values[1] < steps.rate.values[2]
    cell = circuit.cells["cell"]
    loud = replace(cell.parameters["bias"], value=80e-12)
    changed = replace(
        circuit, cells={"cell": replace(cell, parameters={**cell.parameters, "bias": loud})}
    )
    again = gatecontrol.current_steps(changed, "projection", [0.0] * 3)  # the same network
    # it fires before the step too, so that another number of spikes may fall into it
    assert again.last_interval.values[0] == pytest.approx(steps.last_interval.values[1], abs=1e-9)


def test_a_block_of_gaba_a_takes_the_background_of_aguiar_along():
    circuit = load_circuit("aguiar2010", ["gaba_a_block"])
    inhibitory = circuit.pathways["interneuron_to_projection_inhibition"].weights
    assert inhibitory["gaba_a"].value == 0
    noise = circuit.backgrounds["projection"].weights
    assert noise["gaba_a_noise"].value == 0 < noise["ampa"].value
