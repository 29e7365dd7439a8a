"""The circuit of Sagalajev et al. 2024 against a golden run of its authors' files.

Golden: NetPyNE 1.1.1 on the authors' files, 5 s (``tests/data/golden/circuits``). Their trains
are not part of this repository: those here are drawn from their statistics
(``benchmarks/published_sagalajev.py``). A folder with the authors' two files, named by the
environment variable GATECONTROL_SAGALAJEV_INPUTS, is used too.
"""

import importlib
import os
import sys
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest

from gatecontrol.simulation.compiler import find_compiler

INPUTS = os.environ.get("GATECONTROL_SAGALAJEV_INPUTS")

pytestmark = pytest.mark.skipif(find_compiler() is None, reason="needs a C++ compiler")


@pytest.fixture(scope="module")
def published():
    sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
    try:
        yield importlib.import_module("published_sagalajev")
    finally:
        del sys.path[0]


@pytest.fixture(scope="module")
def drawn(published):
    """Return a function from condition of the golden run to mean rates of five draws."""

    @cache
    def found(name, *conditions):
        draws = [published.rates(s, published.DRAWN[name], conditions) for s in range(1, 6)]
        return {p: float(np.mean([one[p] for one in draws])) for p in draws[0]}

    return found


def golden_of(published, name):
    rows = {row["condition"]: row for row in published.golden("sagalajev_rates.csv")}
    row = rows[name]
    return {"excitatory": float(row["E_rate_hz"]), "inhibitory": float(row["I_rate_hz"])}


# E at 50 Hz follows the pulses. Under 1 kHz the draws of pauses matter: ten lay at 4.3-7.2 Hz.
@pytest.mark.parametrize(("name", "tolerance"), [("50Hz", 0.10), ("1kHz", 0.40)])
def test_rates_with_trains_of_the_authors_statistics(published, drawn, name, tolerance):
    wanted = golden_of(published, name)
    found = drawn(name)
    assert found["excitatory"] == pytest.approx(wanted["excitatory"], rel=tolerance)
    # ten draws lay within 4 % (50 Hz) and 13 % (1 kHz)
    assert found["inhibitory"] == pytest.approx(wanted["inhibitory"], rel=0.15)


# ten seeds lay at 49.6-49.8 Hz (50 Hz) and 6.6-7.3 Hz (1 kHz); golden 49.3 and 7.1 Hz
@pytest.mark.skipif(not INPUTS, reason="GATECONTROL_SAGALAJEV_INPUTS names no folder of trains")
@pytest.mark.parametrize(("name", "tolerance"), [("50Hz", 0.05), ("1kHz", 0.25)])
def test_rates_with_the_trains_of_the_authors(published, name, tolerance):
    trains = published.recorded(Path(INPUTS) / published.FILES[name])
    wanted = golden_of(published, name)
    found = published.rates(1, trains)
    assert found["excitatory"] == pytest.approx(wanted["excitatory"], rel=tolerance)
    # within 1.5 % in ten seeds; without the loss of inputs it was 4 % at 50 Hz
    assert found["inhibitory"] == pytest.approx(wanted["inhibitory"], rel=0.025)


# E lies on a slope here. Means of ten draws of 5 s differ by 3 % (60 Hz) and 8 % (80 Hz) in E and
# by 2 and 1 % in I. Were inputs kept in the refractory period, E would be 13 and 57 % too slow
# and I 6 % too fast.
@pytest.mark.parametrize(("frequency", "tolerance"), [(60.0, 0.09), (80.0, 0.2)])
def test_rates_in_step_at_other_frequencies_are_those_of_the_authors_rule(
    published, frequency, tolerance
):
    trains = partial(published.synchronous, frequency=frequency)

    def mean(run):
        draws = [run(seed, trains, duration=2.0) for seed in range(1, 6)]
        return {p: float(np.mean([one[p] for one in draws])) for p in draws[0]}

    wanted, found = mean(published.event_rule), mean(published.rates)
    assert found["excitatory"] == pytest.approx(wanted["excitatory"], rel=tolerance)
    assert found["inhibitory"] == pytest.approx(wanted["inhibitory"], rel=0.03)


def test_synchrony_and_not_rate_decides(drawn):
    together, apart = drawn("50Hz"), drawn("1kHz")
    assert together["excitatory"] > 4 * apart["excitatory"] > 0  # golden: 7 times
    assert apart["inhibitory"] > together["inhibitory"]


def test_without_afferents_the_circuit_is_silent(published):
    assert golden_of(published, "none") == {"excitatory": 0, "inhibitory": 0}
    nothing = [(np.array([0]), np.array([100.0]))]  # after the end
    assert published.rates(1, nothing) == {"excitatory": 0, "inhibitory": 0}


def test_without_inhibition_rate_decides(drawn):
    """As many spikes of the fibres then drive the neurons as much, in step or not."""
    together, apart = drawn("50Hz", "gaba_a_block"), drawn("1kHz", "gaba_a_block")
    assert apart["excitatory"] > together["excitatory"]
    assert apart["inhibitory"] == drawn("1kHz")["inhibitory"]  # not inhibited itself


def test_a_block_of_the_fibres_silences_all(drawn):
    assert drawn("50Hz", "ampa_block") == {"excitatory": 0, "inhibitory": 0}
