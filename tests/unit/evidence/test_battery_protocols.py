"""Protocols as they are written for a circuit."""

import pytest

from gatecontrol.evidence.protocol_files import _of_receptors
from gatecontrol.evidence.registry import load_phenomena, protocol_path

SHIFTED = {
    "zip": {
        "circuit.set.receptors.gaba_a.reversal": ["-73 mV", "-50 mV"],
        "circuit.set.receptors.glycine.reversal": ["-73 mV", "-50 mV"],
    }
}


def test_a_sweep_over_receptors_keeps_those_that_the_circuit_has():
    kept = _of_receptors(SHIFTED, ("ampa", "gaba_a"))
    assert list(kept["zip"]) == ["circuit.set.receptors.gaba_a.reversal"]
    assert _of_receptors(SHIFTED, ("gaba_a", "glycine")) == SHIFTED


def test_sweeps_over_other_things_stay():
    sweep = {"device.frequency": ["1 Hz"], "circuit.set.receptors.nmda.decay": ["1 s"]}
    assert _of_receptors(sweep, ()) == {"device.frequency": ["1 Hz"]}


MINUTES = ("P02", "P03", "P04", "P11", "P12", "P13", "P24")
"""Protocols that last minutes: fewer seeds, of 60 cells each, and never less than 30 cells."""


@pytest.mark.parametrize("phenomenon", load_phenomena(()), ids=lambda p: p.id)
@pytest.mark.parametrize("depth", ["fast", "standard", "full"])
def test_every_depth_of_a_protocol_is_a_valid_experiment_with_enough_seeds(phenomenon, depth):
    from gatecontrol.experiment.load import load

    least = {"fast": 2, "standard": 5, "full": 5 if phenomenon.id in MINUTES else 20}[depth]
    for protocol in phenomenon.protocols:
        path = protocol_path(phenomenon, protocol.name)
        experiment = load(str(path), list(protocol.changes(depth)))
        assert len(experiment.seeds) >= least  # below 5 there is no interval


def test_quantities_judged_by_their_interval_have_one_at_every_depth():
    from gatecontrol.experiment.load import load

    for phenomenon in load_phenomena(()):
        if {quantity.rule for quantity in phenomenon.quantities} == {"value"}:
            continue
        for protocol in phenomenon.protocols:
            for depth in ("fast", "standard", "full"):
                path = protocol_path(phenomenon, protocol.name)
                experiment = load(str(path), list(protocol.changes(depth)))
                assert len(experiment.seeds) >= 5, (phenomenon.id, protocol.name, depth)


@pytest.mark.parametrize("depth", ["fast", "standard", "full"])
def test_protocols_of_a_phenomenon_have_the_same_seeds(depth):
    from gatecontrol.experiment.load import load

    for phenomenon in load_phenomena(()):
        seeds = {
            load(str(protocol_path(phenomenon, p.name)), list(p.changes(depth))).seeds
            for p in phenomenon.protocols
        }
        assert len(seeds) <= 1, phenomenon.id
