"""Cable cells as data: geometry, kinetics, and what is said about faults."""

from dataclasses import replace

import numpy as np
import pytest

from gatecontrol.circuits.cable import (
    CableCell,
    Density,
    Pool,
    Section,
    compartments_of,
    locate,
)
from gatecontrol.circuits.cable_network import (
    CableConnections,
    CableNetwork,
    CablePopulation,
    CableReceptor,
    CurrentStep,
)
from gatecontrol.circuits.channel_library import HH_K, HH_NA, I_CAL, I_KCA
from gatecontrol.circuits.channels import Channel, Gate, linoid
from gatecontrol.errors import CellError, EngineError
from gatecontrol.simulation.cable import run_cables
from gatecontrol.simulation.cable_structure import CableStructure, structure_of_cables

UM = 1e-6
SOMA = Section("soma", 20 * UM, 20 * UM, 1)
DENDRITE = Section("dendrite", 300 * UM, 2 * UM, 4, "soma")


def cell(*sections, channels=(HH_NA, HH_K)):
    return CableCell("cell", sections or (SOMA, DENDRITE), channels)


def population(name="cells", cells=None, **changes):
    cells = (cell(),) * 3 if cells is None else cells
    made = CablePopulation(name, cells, {"soma": ("soma", 0.5)}, ("soma", 0.5))
    return replace(made, **changes)


AMPA = CableReceptor("ampa", 0.0, 5e-3, 0.0)


def network(*populations, connections=(), receptors=(AMPA,)):
    return CableNetwork("net", populations or (population(),), receptors, 2, connections)


def connections(**changes):
    made = CableConnections(
        "", "cells", "soma", np.array([0, 1]), np.array([0, 2]), 1e-3, {"ampa": 1e-9}
    )
    return replace(made, **changes)


# --- geometry ------------------------------------------------------------------------------


def test_areas_and_axial_conductances_of_a_taper():
    # as NEURON has the hillock of Zhang 2014: three frusta of 3 um between 2 and 1 um
    soma = Section("soma", 20 * UM, 20 * UM, 3)
    hillock = Section("hillock", 9 * UM, (2 * UM, 1 * UM), 3, "soma")
    cut = compartments_of(CableCell("cell", (soma, hillock)))
    diameters = np.array([11 / 6, 1.5, 7 / 6]) * UM
    assert cut.area[3:] == pytest.approx(np.pi * diameters * 3 * UM)
    halves = 1.5 * 1.5 * UM / (np.pi * diameters**2 / 4)
    soma_half = 1.5 * (20 / 6) * UM / (np.pi * (20 * UM) ** 2 / 4)
    expected = [soma_half + halves[0], halves[0] + halves[1], halves[1] + halves[2]]
    assert 1 / cut.axial[3:] == pytest.approx(expected)
    assert cut.parent.tolist() == [-1, 0, 1, 2, 3, 4]


def test_two_ends_meet_without_a_joint_and_three_with_one():
    axon = Section("axon", 100 * UM, 1 * UM, 2, "soma")
    at_start = replace(axon, at="start")
    assert compartments_of(cell(SOMA, DENDRITE, at_start)).section.tolist() == [0, 1, 1, 1, 1, 2, 2]
    cut = compartments_of(cell(SOMA, DENDRITE, axon))
    assert cut.section.tolist() == [0, -1, 1, 1, 1, 1, 2, 2]
    assert cut.parent.tolist() == [-1, 0, 1, 2, 3, 4, 1, 6]
    assert cut.area[1] == 0


def test_locate():
    assert [locate(cell(), "dendrite", x) for x in (0, 0.5, 0.99, 1)] == [1, 3, 4, 4]
    with pytest.raises(CellError, match="no section 'dendrit'. Did you mean 'dendrite'?"):
        locate(cell(), "dendrit", 0.5)
    with pytest.raises(CellError, match="a position lies between 0 and 1, not at 1.5"):
        locate(cell(), "soma", 1.5)


# --- kinetics ------------------------------------------------------------------------------


def test_linoid_and_its_limit():
    x = np.array([-50.0, -1e-3, -1e-7, 0.0, 1e-7, 1e-3, 50.0])
    expected = np.array([10.0 if v == 0 else v / np.expm1(v / 10) for v in x])
    assert linoid(x, 10.0) == pytest.approx(expected, rel=1e-10)


def test_squid_gates_at_rest():
    # Hodgkin and Huxley 1952
    v = np.array([-65.0])
    found = HH_NA.steady_state(v, 0 * v, {}) | HH_K.steady_state(v, 0 * v, {})
    values = [found[gate][0] for gate in "mhn"]
    assert values == pytest.approx([0.05293, 0.59612, 0.31768], abs=1e-5)


@pytest.mark.parametrize(
    ("gate", "fault"),
    [
        (Gate("m", 1, alpha="0.1*vv", beta="1"), "m.alpha: unknown name 'vv'. Did you mean 'v'?"),
        (Gate("m", 1, alpha="1 +", beta="1"), "m.alpha: '1 +' is no arithmetic expression"),
        (Gate("m", 1, alpha="v.real", beta="1"), "'v.real' may hold only numbers, names"),
        (Gate("m", 1, alpha="(lambda: v)()", beta="1"), "may hold only numbers, names"),
        (Gate("m", 1, alpha="v if v else 1", beta="1"), "may hold only numbers, names"),
        (Gate("m", 1, alpha="'a'*9", beta="1"), "may hold only numbers, names"),
        (Gate("m", 1, alpha="1"), "gate m: give alpha and beta, or steady and tau"),
        (Gate("m", 0, alpha="1", beta="1"), "gate m: its power is 0; it must be 1 or more"),
        (Gate("exp", 1, alpha="1", beta="1"), "'exp' cannot be a name"),
        (Gate("reversal", 1, alpha="1", beta="1"), "'reversal' cannot be a name"),
        (Gate("m!", 1, alpha="1", beta="1"), "'m!' cannot be a name"),
    ],
)
def test_faults_of_a_channel(gate, fault):
    with pytest.raises(CellError) as caught:
        cell(channels=(Channel("na", (gate,)),)).check()
    assert f"cell cell: channel na: {fault}" in str(caught.value) or fault in str(caught.value)


# --- faults of cells and networks ------------------------------------------------------------


@pytest.mark.parametrize(
    ("sections", "fault"),
    [
        ((), "cell cell: it has no section"),
        (
            (SOMA, replace(DENDRITE, parent="sona")),
            "section dendrite: no section 'sona' stands before it. Did you mean 'soma'?"
            + " A parent must be one of: soma",
        ),
        ((replace(SOMA, parent="x"),), "the first section cannot have a parent ('x')"),
        ((SOMA, replace(DENDRITE, name="soma")), "section soma: a second section of this name"),
        ((SOMA, replace(DENDRITE, at="middle")), "at must be start or end, not 'middle'"),
        (
            (SOMA, DENDRITE, replace(DENDRITE, name="twig", parent="dendrite", at="start")),
            "section twig: join it to the end of the parent of 'dendrite' instead of its start",
        ),
        ((replace(SOMA, length=0.0),), "section soma: length must be positive, not 0"),
        ((replace(SOMA, diameter=(1e-6, -1e-6)),), "diameter must be positive, not -1e-06"),
        ((replace(SOMA, capacitance=float("nan")),), "capacitance must be positive, not nan"),
        ((replace(SOMA, compartments=0),), "it needs at least 1 compartment, not 0"),
        ((replace(SOMA, leak_conductance=-1.0),), "leak_conductance must be 0 or more, not -1"),
        (
            (replace(SOMA, channels={"hh_nb": Density(1.0)}),),
            "section soma: unknown channel 'hh_nb'. Did you mean 'hh_na'?"
            + " Channels of this cell: hh_na, hh_k",
        ),
        (
            (replace(SOMA, channels={"hh_k": Density(-1.0)}),),
            "channel hh_k: density must be 0 or more, not -1",
        ),
        (
            (replace(SOMA, channels={"hh_k": Density(float("inf"))}),),
            "channel hh_k: density must be 0 or more, not inf",
        ),
        (
            (replace(SOMA, channels={"hh_k": Density(1.0, float("nan"))}),),
            "channel hh_k: reversal is nan",
        ),
        (
            (replace(SOMA, channels={"hh_k": Density(1.0, 0.0, {"q": 3.0})}),),
            "channel hh_k: unknown parameter 'q'. Parameters: none",
        ),
        (
            (replace(SOMA, pool=Pool(0.0)),),
            "section soma: pool.tau must be positive, not 0",
        ),
    ],
)
def test_faults_of_a_cell(sections, fault):
    with pytest.raises(CellError) as caught:
        CableCell("cell", sections, (HH_NA, HH_K)).check()
    assert fault in str(caught.value)


def test_names_that_mean_two_things():
    gate = Gate("m", 1, alpha="1", beta="1")
    with pytest.raises(CellError, match="channel na: the name 'm' stands for two things"):
        cell(channels=(Channel("na", (gate,), parameters=(("m", 1.0),)),)).check()
    with pytest.raises(CellError, match="channel leak: 'leak' cannot be a name"):
        cell(channels=(Channel("leak", (gate,)),)).check()
    with pytest.raises(CellError, match="two of its channels have one name"):
        cell(channels=(HH_K, HH_K)).check()


def test_calcium_channels_need_a_pool():
    for channel in (I_CAL, I_KCA):
        bare = replace(SOMA, channels={channel.name: Density(1.0)})
        with pytest.raises(CellError, match=f"channel {channel.name} needs a calcium pool"):
            cell(bare, channels=(channel,)).check()
        cell(replace(bare, pool=Pool(1e-3)), channels=(channel,)).check()


def test_all_faults_of_a_cell_are_named_at_once():
    sections = (replace(SOMA, length=0.0), replace(DENDRITE, parent="axon", compartments=0))
    with pytest.raises(CellError) as caught:
        cell(*sections).check()
    assert str(caught.value).count("\n") == 2


@pytest.mark.parametrize(
    ("made", "fault"),
    [
        (network(population(cells=())), "population cells: it has no cell"),
        (network(population(ports={})), "it needs a port, for synapses or an electrode"),
        (network(population(), population()), "populations need names of their own: cells, cells"),
        (
            network(population(steps=(CurrentStep("some", 1e-12),))),
            "population cells: no port 'some'. Did you mean 'soma'?",
        ),
        (
            network(population(steps=(CurrentStep("soma", 1e-12),) * 2)),
            "more than one current at port soma",
        ),
        (network(population(receptors={"nmda": AMPA})), "no receptor 'nmda' in the network"),
        (
            network(receptors=(replace(AMPA, rise=6e-3),)),
            "receptor ampa: rise (0.006 s) must be at least 0 and below decay (0.005 s)",
        ),
        (network(receptors=(AMPA, AMPA)), "receptors need names of their own: ampa, ampa"),
        (network(receptors=(replace(AMPA, name="step"),)), "'step' cannot be a receptor's name"),
        (network(connections=(connections(target="x"),)), "connections 0: no population 'x'"),
        (network(connections=(connections(source="x"),)), "connections 0: no population 'x'"),
        (network(connections=(connections(port="x"),)), "population cells has no port 'x'"),
        (
            network(connections=(connections(pre=np.array([0, 2])),)),
            "connections 0: pre must lie between 0 and 1",
        ),
        (
            network(connections=(connections(post=np.array([-1, 2])),)),
            "connections 0: post must lie between 0 and 2",
        ),
        (
            network(connections=(connections(weights={"ampb": 1e-9}),)),
            "unknown receptor 'ampb'. Did you mean 'ampa'?",
        ),
        (network(connections=(connections(delay=-1e-3),)), "a delay is negative"),
    ],
)
def test_faults_of_a_network(made, fault):
    with pytest.raises(CellError) as caught:
        structure_of_cables(made, 25e-6)
    assert fault in str(caught.value)


def test_cells_of_one_population_have_one_form():
    other = cell(SOMA, replace(DENDRITE, compartments=5))
    with pytest.raises(CellError, match="population cells: its cells differ in sections"):
        structure_of_cables(network(population(cells=(cell(), other))), 25e-6)


def test_populations_of_one_form_share_a_batch():
    longer = cell(SOMA, replace(DENDRITE, length=400 * UM))
    other = cell(SOMA, replace(DENDRITE, compartments=5))
    made = network(
        population("a"), population("b", cells=(other,)), population("c", cells=(longer,) * 2)
    )
    structure = structure_of_cables(made, 25e-6)
    assert [(b.cells, len(b.parents)) for b in structure.batches] == [(5, 5), (1, 6)]


def test_structure_survives_json():
    import json
    from dataclasses import asdict

    squid = {"hh_na": Density(1200.0, 50e-3), "hh_k": Density(360.0, -77e-3)}
    active = cell(replace(SOMA, channels=squid), DENDRITE)
    structure = structure_of_cables(
        network(population(cells=(active,) * 2), connections=(connections(post=np.array([0, 1])),)),
        25e-6,
    )
    assert CableStructure.from_dict(json.loads(json.dumps(asdict(structure)))) == structure


def test_two_spikes_of_a_source_in_one_step_are_refused():
    with pytest.raises(EngineError, match="source 1 has two spikes in the time step"):
        run_cables(network(), np.array([1, 1]), np.array([1e-3, 1e-3]), 2e-3, 25e-6, "numpy")
