"""One set of numbers for all phenomena: what protocols may ask of a circuit, and no more."""

import pytest

from gatecontrol.circuits import list_conditions
from gatecontrol.evidence.base import DEPTHS
from gatecontrol.evidence.registry import load_phenomena, protocol_path
from gatecontrol.experiment.load import load
from gatecontrol.experiment.plan import make_plan

CONDITIONS = {"injured", "no_descending", "gaba_a_block", "glycine_block", "nmda_block"}
"""What protocols name: a preparation or a block, never a number."""
SWEPT = {
    "P18": {"receptors.gaba_a.reversal", "receptors.glycine.reversal"},
}
"""Numbers that are the protocol: the shift of the chloride reversal."""


@pytest.mark.parametrize("phenomenon", load_phenomena(()), ids=lambda p: p.id)
def test_no_protocol_changes_a_number_of_the_circuit(phenomenon):
    known = set(list_conditions("gate"))
    for protocol in phenomenon.protocols:
        for depth in DEPTHS:
            path = protocol_path(phenomenon, protocol.name)
            experiment = load(str(path), protocol.changes(depth))
            for point in make_plan(experiment, "standalone").points:
                circuit = point.trial["circuit"]
                assert circuit["name"] == "gate"
                assert set(circuit["conditions"]) <= CONDITIONS & known
                assert set(circuit["set"]) <= SWEPT.get(phenomenon.id, set())
