"""Checks that can fail: what the circuit passes it fails once the mechanism behind is gone."""

import pytest

from gatecontrol.evidence.battery import run_battery

OUTPUT = "pathways.inhibitory_local_to_projection_deep.weights"
SURROUND = "pathways.inhibitory_surround_to_projection_deep.weights"


def numbers(folder, phenomenon, circuit="gate", **changes):
    """Return verdicts by quantity at fast depth with two seeds, whose interval does not count."""
    score = run_battery(
        circuit, only=[phenomenon], depth="fast", seeds=2, workers=1, out=folder, changes=changes
    )
    (one,) = score.verdicts
    assert one.measured, one.why
    return {m.quantity.name: m.verdict for m in one.measured}


@pytest.mark.parametrize(
    ("phenomenon", "quantity", "circuit", "changes"),
    [
        (
            "P01",
            "minimum",
            "gate",
            {f"{OUTPUT}.gaba_a": "0 nS", f"{OUTPUT}.gaba_b": "0 nS", f"{SURROUND}.gaba_a": "0 nS"},
        ),
        ("P05", "window", "ungated", {}),
        ("P07", "at_1_hz", "gate", {"cells.projection_neuron.can_conductance": "0 nS"}),
        # with the relay's AMPA gone, NMDA carries the whole first response
        ("P08", "first", "gate", {"pathways.excitatory_to_projection_deep.weights.ampa": "0 nS"}),
    ],
    ids=["no inhibition of the output", "no gate", "no wind-up current", "NMDA alone"],
)
def test_a_phenomenon_goes_with_its_mechanism(tmp_path, phenomenon, quantity, circuit, changes):
    assert numbers(tmp_path / "whole", phenomenon)[quantity] == "pass"
    broken = numbers(tmp_path / "broken", phenomenon, circuit, **changes)
    assert broken[quantity] == "fail"
