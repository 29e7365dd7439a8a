"""Draws that the arms of a seed share."""

import numpy as np
import pytest

from gatecontrol.circuits.wiring import draw_wiring
from gatecontrol.experiment.draws import natural_drive, wiring_of
from gatecontrol.experiment.trial import circuit_of

TRIAL = {
    "circuit": {"name": "gate", "conditions": ["injured"]},
    "preparation": "human",
    "stimuli": [{"kind": "pinch", "onset": "0.2 s", "duration": "1 s"}],
    "device": None,
    "seed": 1,
}


@pytest.mark.parametrize("draw", [natural_drive, wiring_of])
def test_arms_of_a_seed_share_a_draw_and_seeds_do_not(draw):
    device = {"kind": "scs", "amplitude": "1 mA"}
    assert draw(TRIAL) is draw(TRIAL | {"device": device})
    assert draw(TRIAL) is not draw(TRIAL | {"seed": 2})


def test_what_the_spikes_depend_on_makes_another_draw():
    first = natural_drive(TRIAL)
    rat = natural_drive(TRIAL | {"preparation": "rat"})
    longer = [TRIAL["stimuli"][0] | {"duration": "2 s"}]
    more = natural_drive(TRIAL | {"stimuli": longer})
    assert (rat.fibres.velocity != first.fibres.velocity).any()
    assert len(more.time) > len(first.time)


def test_a_draw_cannot_be_written_to():
    drive, wiring = natural_drive(TRIAL), wiring_of(TRIAL)
    connections = next(iter(wiring.connections.values()))
    arrays = [drive.time, drive.fibres.velocity, connections.pre]
    arrays += [*connections.weights.values(), *wiring.initial_voltage.values()]
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_a_kept_wiring_is_the_one_that_is_drawn():
    drawn = draw_wiring(circuit_of(TRIAL), 1)
    for name, kept in wiring_of(TRIAL).connections.items():
        np.testing.assert_array_equal(kept.pre, drawn.connections[name].pre)
        np.testing.assert_array_equal(kept.delay, drawn.connections[name].delay)
