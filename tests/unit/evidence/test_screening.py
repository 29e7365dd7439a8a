"""A first look at the fast depth: what it settles, and what is looked at deeper."""

import math
from pathlib import Path

import pytest

from gatecontrol.evidence import screening
from gatecontrol.evidence.battery import Score, Verdict
from gatecontrol.evidence.registry import load_phenomena
from gatecontrol.evidence.scoring import Measured
from gatecontrol.evidence.screening import LONG, run_screened, settled, slowest
from gatecontrol.units import parse_quantity

PHENOMENA = {p.id: p for p in load_phenomena()}


def verdict(id, found="fail", depth="fast", *, edge=False, value=math.nan):
    """Return a verdict; a failed one has one number, that is missing unless told otherwise."""
    about = PHENOMENA[id]
    measured = [Measured(q, value, value, value, 2, "fail", edge) for q in about.quantities[:1]]
    return Verdict(about, found, depth, edge, measured if found == "fail" else [])


@pytest.mark.parametrize(
    ("found", "slow", "stands"),
    [
        (verdict("P01"), False, True),
        (verdict("P01"), True, True),
        (verdict("P01", edge=True), False, False),
        (verdict("P01", "pass"), False, False),
        (verdict("P01", "not expressible"), False, True),
        (verdict("P01", value=0.26), False, False),  # the band ends at 0.25
        (verdict("P01", value=0.32), False, True),
        (verdict("P01", value=0.32, edge=True), False, False),
        (verdict("P04"), False, True),
        (verdict("P04"), True, False),  # minutes, of which the fast depth makes seconds
        (verdict("P26"), False, False),  # no circuit is run, so any depth is the same
    ],
)
def test_what_a_first_look_settles(found, slow, stands):
    assert settled(found, slow=slow) is stands


@pytest.mark.parametrize(
    ("found", "stands"),
    [
        (verdict("P03", "pass"), True),
        (verdict("P03", value=0.9, edge=True), False),  # not passed, and near the band
        (verdict("P01", "pass"), False),
        (verdict("P26", "pass"), False),  # costs nothing
    ],
)
def test_a_pass_without_credit_is_not_looked_at_deeper(found, stands):
    assert settled(found, slow=False, uncredited={"P03", "P26"}) is stands


def test_phenomena_of_minutes_are_those_that_the_documents_name():
    assert [p.id for p in PHENOMENA.values() if p.minutes] == [
        "P02", "P03", "P04", "P11", "P12", "P13", "P24",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("circuit", "longest"),
    [("gate", 480.0), ("zhang2014", 3.0), ("aguiar2010", 3.0), ("static_gain", 1.0)],
)
def test_the_longest_time_of_a_circuit(circuit, longest):
    assert slowest(circuit) == pytest.approx(longest)


def test_fast_trains_are_long_against_the_states_of_a_circuit_that_is_screened():
    """A circuit of states below `LONG` is as far after the fast train as it ever gets."""
    from gatecontrol.evidence.registry import protocol_path
    from gatecontrol.experiment.load import load

    for phenomenon in PHENOMENA.values():
        for protocol in phenomenon.protocols if phenomenon.minutes else ():
            file = str(protocol_path(phenomenon, protocol.name))
            run = load(file, list(protocol.changes("fast"))).run
            if protocol.name in {"scs_train", "pns_high_threshold"}:  # others measure in the train
                on, off = (parse_quantity(x, "time") for x in (run.device_on, run.device_off))
                assert off - on >= 4 * LONG


def test_only_what_is_not_settled_is_scored_deeper(monkeypatch):
    asked = []

    def fake(circuit, *, only, depth, out, fresh=False, **settings):
        asked.append((tuple(only), depth, out, fresh, settings))
        ids = only or list(PHENOMENA)
        found = [
            verdict(id, "pass" if id in {"P05", "P09", "P26"} else "fail", depth, edge=id == "P06")
            for id in ids
        ]
        return Score(circuit, depth, found, 3, f"at {depth}", 10.0, "numpy")

    monkeypatch.setattr(screening, "run_battery", fake)
    score = run_screened("zhang2014", out=Path("o"), fresh=True, tree=1)
    assert asked == [
        ((), "fast", Path("o"), True, {"tree": 1}),
        (("P05", "P06", "P26"), "standard", Path("o"), False, {"tree": 1}),
    ]
    depths = {v.phenomenon.id: v.depth for v in score.verdicts}
    assert list(depths) == list(PHENOMENA)
    assert {id for id, depth in depths.items() if depth == "standard"} == {"P05", "P06", "P26"}
    assert (score.depth, score.started, score.seconds) == ("standard", "at fast", 20.0)
    asked.clear()
    score = run_screened("zhang2014", only=["P01"], depth="full")
    assert [(only, depth) for only, depth, *_ in asked] == [(("P01",), "fast")]
    assert asked[0][2] == Path("results/evidence/zhang2014/full")
    assert (score.depth, score.verdicts[0].depth) == ("full", "fast")
