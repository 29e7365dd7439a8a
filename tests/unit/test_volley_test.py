"""The response to a test volley: its window, its background, its interval to conditioning."""

from types import SimpleNamespace

import numpy as np
import pytest
from made_trials import drive_of, fibre_table, spikes

from gatecontrol.analysis.context import TrialContext
from gatecontrol.analysis.measures.test_response import VolleyTest
from gatecontrol.errors import GatecontrolError
from gatecontrol.fibres.drive import DEVICE
from gatecontrol.preparations import load_preparation
from gatecontrol.simulation.recording import Recording

RAT = load_preparation("rat")
NERVE = RAT.pns_site_to_cord.value
A, C = (RAT.latency(name, NERVE) for name in ("abeta", "c"))


def volley(*classes, onset, **more):
    return {
        "kind": "volley",
        "classes": classes,
        "site": "nerve",
        "count": 1,
        "onset": f"{onset} s",
        **more,
    }


def measured(stimuli, times, device=(), duration=3.0, signal="pain_signal"):
    """Return what the measure says of spikes at `times`; `device` are A-beta spikes."""
    events = [(0, time, DEVICE) for time in device]
    drive = drive_of(fibre_table("abeta", "c"), events)
    recorded = {"deep": spikes(2, [(0, time) for time in times])}
    population = SimpleNamespace(name="deep", signal=signal)
    return VolleyTest().trial(
        TrialContext(
            recording=Recording(duration, 1e-4, recorded, "numpy"), drive=drive,
            circuit=SimpleNamespace(name="tiny", populations={"deep": population}), epochs={},
            stimuli=[{"config": s, "window": (0.0, 1.0)} for s in stimuli], duration=duration,
            preparation=RAT,
        )
    )  # fmt: skip


def test_spikes_background_and_interval_of_a_c_test():
    before = [0.3, 0.6, 0.8, 0.9, 0.95]  # between 0.2 s (settled) and 1 s, in two cells
    first = 1.05 + C.earliest
    last = 1.05 + C.latest + 0.1
    spikes = [*before, 1.02, first - 1e-3, first + 1e-3, last - 1e-3, last + 1e-3]
    found = measured([volley("abeta", onset=1.0), volley("c", onset=1.05)], spikes)
    assert found["test_spikes"] == {"c": 1.0}
    rate = 5 / (2 * (1.0 - 0.2))
    assert found["test_background"]["c"] == pytest.approx(rate * (last - first))
    assert found["test_interval"]["c"] == pytest.approx(0.05 + C.median - A.median)
    assert found["test_spikes_status"] == found["test_interval_status"] == {}
    assert found["test_background_status"] == ""


def test_classes_of_one_test_volley_have_windows_of_their_own():
    spikes = [1.0 + A.earliest + 1e-3, 1.0 + C.earliest + 1e-3, 1.0 + C.earliest + 2e-3]
    found = measured([volley("abeta", "c", onset=1.0)], spikes)
    assert found["test_spikes"] == {"abeta": 0.5, "c": 1.0}
    assert np.isnan(found["test_interval"]["c"])
    assert found["test_interval_status"]["c"] == "no conditioning A volley before the test"


def test_a_repeated_test_gives_the_mean_of_its_volleys():
    pairs = {"count": 3, "rate": "2 Hz"}
    spikes = [t + C.earliest + 1e-3 for t in (1.05, 1.55, 1.55, 2.05)]
    found = measured(
        [volley("abeta", onset=1.0, **pairs), volley("c", onset=1.05, **pairs)], spikes
    )
    assert found["test_spikes"]["c"] == pytest.approx(4 / (2 * 3))
    assert found["test_interval"]["c"] == pytest.approx(0.05 + C.median - A.median)


def test_a_conditioning_volley_that_recruits_nothing_is_none():
    alone = [volley("abeta", onset=1.0, recruited="0 %"), volley("c", onset=1.05)]
    assert np.isnan(measured(alone, [])["test_interval"]["c"])
    first_alone = [volley("abeta", onset=1.0), volley("c", onset=1.05, recruited="0 %")]
    found = measured(first_alone, [1.05 + C.earliest + 1e-3])
    assert found["test_spikes"]["c"] == 0.5


def test_a_device_conditions_where_no_volley_does():
    arrival = 1.05 + C.median
    device = [arrival - 0.04, arrival - 0.01, arrival + 0.02]
    found = measured([volley("c", onset=1.05)], [], device)
    assert found["test_interval"]["c"] == pytest.approx(0.01)


def test_what_cannot_be_measured_says_why():
    early = measured([volley("c", onset=0.25)], [])
    assert np.isnan(early["test_background"]["c"])
    assert early["test_background_status"].startswith("no background: from 0.2 s to the first")
    late = measured([volley("c", onset=1.0)], [], duration=1.1)
    assert np.isnan(late["test_spikes"]["c"])
    reason = "the run ends within the window of the last test volley"
    assert late["test_spikes_status"] == {"c": reason}
    with pytest.raises(GatecontrolError, match=r"test_response: needs a 'volley' stimulus"):
        measured([], [])
    with pytest.raises(GatecontrolError, match=r"'tiny' has no population that carries the pain"):
        measured([volley("c", onset=1.0)], [], signal=None)
