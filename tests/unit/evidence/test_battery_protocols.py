"""Protocols as they are written for a circuit."""

import pytest

from gatecontrol.evidence.battery import _of_receptors
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


IDS = ("P05", "P06", "P07", "P08", "P09", "P17", "P18", "P19")


@pytest.mark.parametrize("phenomenon", load_phenomena(IDS), ids=lambda p: p.id)
@pytest.mark.parametrize("depth", ["fast", "standard", "full"])
def test_every_depth_of_a_protocol_is_a_valid_experiment_with_an_interval(phenomenon, depth):
    from gatecontrol.experiment.load import load

    for protocol in phenomenon.protocols:
        path = protocol_path(phenomenon, protocol.name)
        experiment = load(str(path), list(protocol.changes(depth)))
        assert len(experiment.seeds) >= 5  # below that there is no interval
        if depth == "full":
            assert len(experiment.seeds) == 20
