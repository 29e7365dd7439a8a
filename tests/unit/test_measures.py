"""Measures against values known in closed form or by construction."""

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest
from made_trials import drive_of, fibre_table, spikes

from gatecontrol.analysis.base import ALWAYS, Measure, Summary
from gatecontrol.analysis.context import TrialContext
from gatecontrol.analysis.measures import (
    PainSignal,
    PopulationRates,
    Synchrony,
    Windup,
    evaluate,
)
from gatecontrol.analysis.spike_trains import tiling_coefficients
from gatecontrol.analysis.windows import EPOCHS, evoked_window, resolve_epochs
from gatecontrol.circuits.model import Population
from gatecontrol.errors import GatecontrolError
from gatecontrol.plugins import load_plugin, plugins
from gatecontrol.simulation.recording import Recording

EPOCHS_3 = {"before": (1.0, 2.0), "during": (2.0, 6.0), "after": (6.0, 8.0)}


def context(deep=(), drive=None, epochs=EPOCHS_3, stimuli=(), lamina1=True, duration=9.0):
    populations = {
        "projection_deep": Population(
            "projection_deep", "Deep", "projection", "V", 2, "p", "pain_signal"
        ),
    }
    recorded = {"projection_deep": spikes(2, list(deep))}
    if lamina1:
        populations["projection_lamina1"] = Population(
            "projection_lamina1", "Lamina I", "projection", "I", 4, "p", "pain_signal_lamina1"
        )
        recorded["projection_lamina1"] = spikes(4, [(0, 3.0)])
    return TrialContext(
        recording=Recording(duration, 1e-4, recorded, "numpy"),
        drive=drive or drive_of(fibre_table("abeta", "c"), []),
        circuit=SimpleNamespace(name="tiny", populations=populations),
        epochs=epochs,
        stimuli=stimuli,
        duration=duration,
    )


# --- epochs


def test_epochs_follow_the_noxious_window_and_the_device():
    windows = [(0.1, 9.0, False), (1.4, 8.5, True), (1.2, 3.0, True)]
    assert resolve_epochs(None, windows, 9.0, 2.5, 7.7) == {
        "before": (1.2, 2.5),
        "during": (2.5, 7.7),
        "after": (7.7, 8.5),
    }


def test_without_a_device_there_is_only_during():
    assert resolve_epochs(None, [(0.5, 3.0, False)], 9.0) == {
        "before": None,
        "during": (0.5, 3.0),
        "after": None,
    }


def test_without_stimuli_the_run_after_settling_counts():
    assert evoked_window([], 9.0) == (0.5, 9.0)


def test_epochs_are_clipped_to_the_run_and_vanish_when_empty():
    found = resolve_epochs(None, [(2.5, 12.0, True)], 9.0, 2.5, 9.0)
    assert found == {"before": None, "during": (2.5, 9.0), "after": None}
    found = resolve_epochs({"during": [1, 20], "after": None}, [], 9.0)
    assert found == {"before": None, "during": (1.0, 9.0), "after": None}


# --- pain signal and rates


def test_pain_signal_is_spikes_per_cell_and_second():
    deep = [(0, 1.0), (1, 1.5), (0, 1.999), (0, 2.0), (1, 5.0), (0, 6.0), (0, 8.0)]
    found = PainSignal().trial(context(deep))
    # Windows hold their start, not their end.
    assert found["pain_spikes"] == [3, 2, 1]
    assert found["pain_signal"] == pytest.approx([3 / 2 / 1, 2 / 2 / 4, 1 / 2 / 2])
    assert found["pain_signal_lamina1"] == pytest.approx([0, 1 / 4 / 4, 0])
    assert found["pain_signal_status"] == ["", "", ""]


def test_an_epoch_that_does_not_exist_is_nan_with_its_reason():
    found = PainSignal().trial(context([(0, 3.0)], epochs={"during": (2.0, 6.0)}))
    assert math.isnan(found["pain_signal"][0])
    assert found["pain_signal"][1] == 1 / 2 / 4
    assert found["pain_signal_status"] == ["no such epoch", "", "no such epoch"]


def test_a_circuit_without_lamina_1_cells_says_so():
    found = PainSignal().trial(context(lamina1=False))
    assert all(math.isnan(v) for v in found["pain_signal_lamina1"])
    assert found["pain_signal_lamina1_status"][1] == (
        "the circuit 'tiny' has no population with this signal"
    )


def test_rates_by_population_and_by_fibre_class():
    drive = drive_of(fibre_table("abeta", "abeta", "c"), [(0, 3.0), (1, 3.5), (0, 4.0), (2, 7.0)])
    found = PopulationRates().trial(context([(0, 3.0)], drive))
    assert found["rate"]["projection_deep"] == pytest.approx([0, 1 / 8, 0])
    assert found["afferent_rate"]["abeta"] == pytest.approx([0, 3 / 2 / 4, 0])
    assert found["afferent_rate"]["c"] == pytest.approx([0, 0, 0.5])
    assert math.isnan(found["afferent_rate"]["descending"][1])


# --- synchrony


def test_tiling_of_equal_trains_is_one():
    train = np.arange(0.1, 1.0, 0.02)
    found = tiling_coefficients([train, train.copy(), train], 0.0, 1.0, 1e-3)
    np.testing.assert_allclose(found, np.ones((3, 3)))


def test_tiling_of_two_single_spikes_in_closed_form():
    # One spike each, apart by more than the window: P = 0, T = 2 * 0.1 / 10 for both.
    found = tiling_coefficients([np.array([2.0]), np.array([5.0])], 0.0, 10.0, 0.1)
    assert found[0, 1] == pytest.approx(-0.02)


def test_tiling_counts_time_at_the_edges_and_overlaps_once():
    # 0.05 from the start covers 0.15; 4.0 and 4.1 overlap and cover 0.3: 0.45 of 10.
    first, second = np.array([0.05, 4.0, 4.1]), np.array([8.0])
    found = tiling_coefficients([first, second], 0.0, 10.0, 0.1)
    assert found[0, 1] == pytest.approx(0.5 * (-0.02 + -0.045))
    # Half the first train is near one of the second: (1/2 - T2)/(1 - T2/2), (1 - T1)/(1 - T1).
    first, second = np.array([4.0, 6.0]), np.array([6.05])
    found = tiling_coefficients([first, second], 0.0, 10.0, 0.1)
    assert found[0, 1] == pytest.approx(0.5 * ((0.5 - 0.02) / (1 - 0.01) + 1.0))


def test_trains_that_cover_the_whole_window_are_synchronous():
    train = np.arange(0.0, 1.0, 1e-3)
    assert tiling_coefficients([train, train + 4e-4], 0.0, 1.0, 1e-3)[0, 1] == 1.0


@pytest.mark.parametrize("rate", [10.0, 50.0, 150.0])
def test_tiling_of_independent_trains_is_about_zero_at_any_rate(rate):
    rng = np.random.default_rng(int(rate))
    trains = [np.sort(rng.uniform(0, 20, rng.poisson(20 * rate))) for _ in range(20)]
    found = tiling_coefficients(trains, 0.0, 20.0, 1e-3)[np.triu_indices(20, 1)]
    # Five standard errors of the mean over pairs.
    assert abs(found.mean()) < 5 * found.std() / np.sqrt(found.size)


def volleys(fibres, jitter, rng):
    pulses = np.arange(2.0, 6.0, 0.02)
    return [(f, t + rng.normal(0, jitter)) for f in range(fibres) for t in pulses]


def test_synchrony_falls_as_volleys_spread_out():
    rng = np.random.default_rng(2)
    table = fibre_table(*["abeta"] * 10)
    values = [
        Synchrony().trial(context(drive=drive_of(table, volleys(10, j, rng))))["synchrony"][1]
        for j in (0.0, 5e-4, 2e-3, 2e-2)
    ]
    assert values[0] == pytest.approx(1.0, abs=1e-6)
    assert values[0] > values[1] > values[2] > values[3]
    assert abs(values[3]) < 0.05


def test_synchrony_needs_spikes_and_says_so():
    drive = drive_of(fibre_table("abeta", "abeta", "c"), [(0, 3.0), (1, 3.0)])
    found = Synchrony().trial(context(drive=drive))
    assert math.isnan(found["synchrony"][1])
    assert found["synchrony_status"][1] == "fewer than 2 A-beta fibres with 5 spikes"


def test_synchrony_looks_at_abeta_only_and_at_most_at_24_fibres():
    rng = np.random.default_rng(4)
    table = fibre_table(*["abeta"] * 60, *["c"] * 10)
    pairs = volleys(60, 0.0, rng) + [
        (60 + k, 2 + 0.1 * k + i / 9) for k in range(10) for i in range(9)
    ]
    found = Synchrony().trial(context(drive=drive_of(table, pairs)))
    assert found["synchrony"][1] == pytest.approx(1.0, abs=1e-6)


# --- wind-up


def windup_context(per_volley, period=1.0, late=0.15, **config):
    """C volleys from t = 1 s; cell 0 fires per_volley[k] spikes in the C window of volley k.

    The C fibres need 0.1 and 0.25 s, so their window is 0.1-0.55 s after each stimulus.
    """
    table = fibre_table("abeta", "c", "c", velocity=[50.0, 1.0, 0.4])
    times = 1.0 + period * np.arange(len(per_volley))
    pairs = zip(times, per_volley, strict=True)
    deep = [(0, t + late + 0.01 * k) for t, n in pairs for k in range(n)]
    # The A response of each volley and one very late spike lie outside the C window.
    deep += [(0, t + 0.004) for t in times] + [(1, 1.0 + 0.6)]
    volley = {"kind": "volley", "onset": "1 s", "rate": f"{1 / period!r} Hz"}
    volley |= {"count": len(per_volley), "classes": ["abeta", "c"]} | config
    stop = times[-1] + period
    return context(
        sorted(deep, key=lambda p: p[1]),
        drive_of(table, []),
        stimuli=[{"config": volley, "window": (1.0, stop), "noxious": True}],
        duration=stop,
    )


def test_windup_counts_the_c_window_of_each_volley():
    found = Windup().trial(windup_context([2, 4, 6, 8, 10]))
    assert found["windup_spikes"] == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert found["windup_ratio"] == 4.0
    assert found["windup_slope"] == 1.0
    assert "windup_spikes_status" not in found


def test_windup_window_ends_where_the_next_c_volley_arrives():
    # Spikes at 0.42 s lie in the window of the next volley when it arrives at 0.4 s.
    found = Windup().trial(windup_context([2, 2, 2, 0], period=0.3, late=0.42))
    assert found["windup_spikes"][1:3] == [1.0, 1.0]
    assert found["windup_spikes_status"].startswith("the run ends within the C window")
    # the volley that is cut off counts neither for the ratio nor for the slope
    assert found["windup_ratio_status"] == "3 volleys; the ratio needs 4"


def test_windup_leaves_out_the_a_response_to_the_next_volley():
    # 0.35 s after a volley is 0.05 s after the next one, 0.3 s apart.
    found = Windup().trial(windup_context([2, 2, 2, 2], period=0.3, late=0.35))
    assert found["windup_spikes"][:3] == [0.0, 0.0, 0.0]


def test_windup_ratio_needs_four_volleys_and_a_first_response():
    found = Windup().trial(windup_context([2, 4, 6]))
    assert math.isnan(found["windup_ratio"])
    assert found["windup_ratio_status"] == "3 volleys; the ratio needs 4"
    found = Windup().trial(windup_context([2, 4]))
    assert found["windup_slope_status"] == "2 volleys; the slope needs 3"
    found = Windup().trial(windup_context([0, 4, 6, 6]))
    assert found["windup_ratio_status"] == "no spike after the first volley"


def test_windup_without_c_volleys_is_a_clear_fault():
    with pytest.raises(GatecontrolError, match="needs a 'volley' stimulus that excites C fibres"):
        Windup().trial(windup_context([1, 2, 3, 4], classes=["abeta"]))
    with pytest.raises(GatecontrolError, match="needs a 'volley' stimulus that excites C fibres"):
        Windup().trial(context([(0, 1.0)]))


# --- all together


def test_every_registered_measure_loads_and_declares_itself():
    for name in plugins("measures"):
        measure = load_plugin("measures", name)
        assert issubclass(measure, Measure)
        assert measure.name == name
        assert measure.variables
        assert len(measure.__doc__) > 40
        for variable in measure.variables:
            # a summary may find its unit in the results: that of a swept axis
            assert variable.units or issubclass(measure, Summary)
            assert variable.long_name


def test_evaluate_gives_plain_json():
    deep = [(0, 3.0), (1, 3.5)]
    stimuli = [{"config": {"kind": "pinch"}, "window": (1.5, 7.0), "noxious": True}]
    found = evaluate([], context(deep, epochs={"during": (2.0, 6.0)}, stimuli=stimuli))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["epoch_start"] == [None, 2.0, None]
    assert (found["evoked_start"], found["evoked_stop"]) == (1.5, 7.0)
    assert found["pain_signal"][EPOCHS.index("during")] == 0.25
    names = {v.name for n in ALWAYS for v in load_plugin("measures", n).variables}
    assert names <= set(found)


def test_a_measure_that_forgets_a_variable_is_named(monkeypatch):
    monkeypatch.setattr(PainSignal, "trial", lambda self, context: {"pain_signal": [1, 2, 3]})
    with pytest.raises(GatecontrolError, match="'pain_signal' does not return pain_signal_lamina1"):
        evaluate([], context())
