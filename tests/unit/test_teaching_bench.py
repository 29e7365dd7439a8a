"""States of the bench: bounded, linkable, and ordinary experiments."""

import contextlib
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import gatecontrol
from gatecontrol.errors import UsageError
from gatecontrol.experiment.sweep import points
from gatecontrol.teaching.bench import (
    BLOCKS,
    DEVICES,
    BenchState,
    describe,
    frequencies,
    from_query,
    pulse_widths,
    to_query,
    to_yaml,
    usual,
)

STATES = st.builds(
    lambda start, changes: start.changed(**changes),
    st.builds(
        BenchState,
        skin=st.sampled_from(["none", "pinch", "heat"]),
        brush=st.booleans(),
        injured=st.booleans(),
        blocks=st.lists(st.sampled_from(BLOCKS)).map(tuple),
        seed=st.integers(1, 1000),
    ),
    st.fixed_dictionaries(
        {"device": st.sampled_from(["none", *DEVICES])},
        optional={
            "pattern": st.sampled_from(["tonic", "burst"]),
            "amplitude": st.floats(0, 300),
            "frequency": st.floats(2, 200),
            "pulse_width": st.floats(50, 1000),
        },
    ),
)


@given(STATES)
@settings(max_examples=200, deadline=None)
def test_a_link_brings_any_state_back(state):
    assert from_query(to_query(state)) == state


def test_a_short_link_is_the_usual_programme():
    for device in DEVICES:
        state = BenchState().changed(device=device)
        assert to_query(state) == f"device={device}"
        assert from_query(f"?device={device}") == state
    burst = from_query("device=scs&pattern=burst&amplitude=90")
    assert burst == BenchState().changed(device="scs", pattern="burst", amplitude=90.0)


@given(st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_no_link_crashes_the_bench(text):
    with contextlib.suppress(UsageError):
        from_query(text)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("amplitud=3", "link: amplitud: no control of the bench. Did you mean 'amplitude'?"),
        ("skin=fire", "link: skin: 'fire': choose 'none', 'pinch' or 'heat'"),
        (
            "amplitude=900&brush=maybe",
            "link: brush: 'maybe': 1 or 0; amplitude: '900': at most 300",
        ),
        ("frequency=1", "link: frequency: '1': at least 2"),
        ("seed=2.5", "link: seed: '2.5': a whole number is needed"),
        ("amplitude=nan", "link: amplitude: 'nan': a number is needed"),
        ("seed=1&seed=2", "link: seed: given twice"),
        ("blocks=naloxone", "link: blocks: 'naloxone': choose 'gaba_a_block', 'glycine_block'"),
        (
            "device=tens&pattern=burst",
            "link: pattern: burst is offered with scs only; choose tonic",
        ),
        (
            "device=pns&frequency=150&pulse_width=200",
            "link: frequency: 150 Hz is outside the 2 to 120 Hz that are offered with pns",
        ),
        (
            "device=tens&pulse_width=450",
            "link: pulse_width: 450 us is not offered with tens and the pattern tonic; choose 50, "
            + "100, 200, 300 us",
        ),
        ("seed=" + "1" * 2000, "link: longer than 1000 letters; it is no state of the bench"),
    ],
)
def test_a_bad_link_says_all_that_is_wrong(query, said):
    with pytest.raises(UsageError) as caught:
        from_query(query)
    assert str(caught.value).startswith(said)


def test_a_state_is_frozen_and_knows_no_other_fields():
    with pytest.raises(ValidationError, match="frozen"):
        BenchState().brush = True
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        BenchState(colour="red")


def test_another_device_starts_with_its_usual_programme():
    state = BenchState().changed(device="drg")
    assert {k: getattr(state, k) for k in usual("drg")} == usual("drg")
    assert BenchState().changed(device="drg", frequency=5.0).frequency == 5
    burst = state.changed(device="scs", pattern="burst")
    assert (burst.pulse_width, burst.frequency) == (1000, 40)
    # what the next device cannot do is adjusted, never refused
    fast = BenchState().changed(device="scs", frequency=200.0)
    assert fast.changed(device="pns", frequency=200.0).frequency == 120
    assert burst.changed(device="tens").pattern == "tonic"


@pytest.mark.parametrize("device", ["none", *DEVICES])
def test_every_corner_is_an_experiment_without_a_doubt(device, tmp_path):
    file = tmp_path / "bench.yaml"
    for skin, brush, injured in itertools.product(("none", "pinch", "heat"), *[(False, True)] * 2):
        state = BenchState(skin=skin, brush=brush, injured=injured, blocks=BLOCKS)
        corners = [{}]
        if device != "none":
            patterns = ("tonic", "burst") if device == "scs" else ("tonic",)
            corners = [
                {"pattern": p, "frequency": frequencies(device, p)[i], "pulse_width": w}
                for p in patterns
                for i, w in ((0, pulse_widths(device, p)[-1]), (1, pulse_widths(device, p)[0]))
            ]
        for corner in corners:
            file.write_text(to_yaml(state.changed(device=device, **corner)))
            experiment = gatecontrol.load(file)
            assert experiment.warnings == ()
            assert all(p.trial["run"]["duration"] == 2 for p in points(experiment))


def test_the_arms_leave_out_what_could_close_the_gate(tmp_path):
    file = tmp_path / "bench.yaml"

    def arms(**changes):
        file.write_text(to_yaml(BenchState().changed(**changes)))
        found = {p.arm: p.trial for p in points(gatecontrol.load(file))}
        return {
            name: ([s["kind"] for s in t["stimuli"]], (t["device"] or {}).get("kind"))
            for name, t in found.items()
        }

    assert arms() == {"shown": (["pinch"], None)}
    assert arms(brush=True) == {
        "shown": (["pinch", "brush"], None),
        "skin_alone": (["pinch"], None),
    }
    assert arms(brush=True, device="scs") == {
        "shown": (["pinch", "brush"], "scs"),
        "brush_alone": (["pinch", "brush"], None),
        "skin_alone": (["pinch"], None),
    }


def test_dbs_is_given_in_a_current_and_named_so():
    state = BenchState().changed(device="dbs", amplitude=150.0)
    assert "amplitude: 0.3 mA" in to_yaml(state)
    assert describe(state) == "A pinch, DBS 20 Hz 210 us 0.3 mA"
    text = describe(BenchState(skin="none", brush=True, injured=True, blocks=("nmda_block",)))
    assert text == "Nothing on the skin, brushed; injured, NMDA blocked"
