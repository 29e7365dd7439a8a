"""Phenomena that need no trials: measured aside, once for all variants."""

import threading

import numpy as np
import pytest

from gatecontrol.errors import ExperimentError, GatecontrolError
from gatecontrol.evidence import battery
from gatecontrol.evidence.base import Needs, Phenomenon, Quantity
from gatecontrol.experiment.progress import Silent


class Order(Phenomenon):
    """A made-up order of thresholds."""

    id = "P99"
    title = "Order"
    needs = Needs(signals=())
    quantities = (Quantity("ratio", "one threshold / the other", 2.0, 4.0),)
    fault: Exception | None = None

    def __init__(self):
        self.times, self.thread = 0, threading.main_thread()

    def collect(self, runs):
        """Note how often it is measured, and where."""
        self.times += 1
        self.thread = threading.current_thread()
        if self.fault is not None:
            raise self.fault
        return {"ratio": np.array([3.0])}

    def estimate(self, means):
        """Return the ratio."""
        return means


@pytest.fixture
def order(monkeypatch):
    order = Order()
    monkeypatch.setattr(battery, "load_phenomena", lambda only: [order])
    return order


def run(folder, *variants):
    return battery.run_variants("gate", variants, depth="fast", out=folder, progress=Silent())


def test_it_is_measured_once_for_all_variants(order, tmp_path):
    changed = {"cells.projection_neuron.can_conductance": "0 nS"}
    scores = run(tmp_path, {}, changed)
    assert [v.verdict for s in scores for v in s.verdicts] == ["pass", "pass"]
    (measured,) = scores[1].verdicts[0].measured
    assert (measured.value, measured.seeds, scores[1].verdicts[0].seeds) == (3.0, 0, 0)
    assert order.times == 1
    assert order.thread.daemon  # not the thread that waits for the trials


def test_it_is_not_begun_for_numbers_that_the_circuit_refuses(order, monkeypatch, tmp_path):
    refusal = ExperimentError([])
    monkeypatch.setattr(battery._Battery, "laid", lambda self, changes: refusal)
    assert run(tmp_path, {}) == [refusal]
    assert order.times == 0


def test_what_it_refuses_is_its_verdict(order, tmp_path):
    order.fault = GatecontrolError("no threshold")
    (score,) = run(tmp_path, {})
    assert (score.verdicts[0].verdict, score.verdicts[0].why) == ("fail", "no threshold")


def test_a_fault_of_the_program_is_raised_where_the_result_is_asked_for(order, tmp_path):
    order.fault = ZeroDivisionError("a bug")
    with pytest.raises(ZeroDivisionError, match="a bug"):
        run(tmp_path, {})
