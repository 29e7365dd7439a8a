"""The circuit of Medlock et al. 2022 against golden runs of its authors' files.

Golden: NEURON 9.0.2 and NetPyNE 1.1.1 on the authors' files, steps of 25 us
(``tests/data/golden/circuits``).
"""

import importlib
import sys
from functools import cache
from pathlib import Path

import pytest

from gatecontrol.simulation.compiler import find_compiler

pytestmark = pytest.mark.skipif(find_compiler() is None, reason="needs a C++ compiler")

CELLS = ("IN", "EXdl", "EXib", "PRO")


@pytest.fixture(scope="module")
def published():
    sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
    try:
        yield importlib.import_module("published_medlock")
    finally:
        del sys.path[0]


@pytest.fixture(scope="module")
def steps_of(published):
    return cache(published.steps_of)


@pytest.mark.parametrize("cell", CELLS)
def test_rest_and_subthreshold_steps(steps_of, cell):
    rows, found = steps_of(cell)
    # the reference looks the rates of IN up in a table, which moves its rest by 3 uV
    assert found.rest.values * 1e3 == pytest.approx(
        [float(r["v_rest_mV_at_299"]) for r in rows], abs=0.005
    )
    silent = [k for k, r in enumerate(rows) if r["n_spikes"] == "0"]
    wanted = [float(rows[k]["v_mean_last50ms_mV"]) for k in silent]
    # that table, near threshold; 0.02 mV at most
    assert found.late.values[silent] * 1e3 == pytest.approx(wanted, abs=0.05)


@pytest.mark.parametrize("cell", CELLS)
def test_spikes_of_current_steps(steps_of, cell):
    rows, found = steps_of(cell)
    for number, row in enumerate(rows):
        one = found.isel(current=number)
        # EXib at 400 pA, a burst that fades, has 3 spikes instead of 4; all else is equal
        assert int(one.spikes) == pytest.approx(int(row["n_spikes"]), abs=cell == "EXib")
        if row["first_latency_ms"]:
            # two steps of the solver: a spike is at the start of its step here, at its end there
            assert float(one.first_latency) * 1e3 == pytest.approx(
                float(row["first_latency_ms"]), abs=0.051
            )


def test_each_class_of_cell_fires_in_its_way(steps_of):
    rows, delayed = steps_of("EXdl")
    assert float(delayed.first_latency[-1]) > 0.1  # after 126 ms of 150 pA
    rows, initial = steps_of("EXib")
    at_300 = [r["amp_nA"] for r in rows].index("0.3")
    assert int(initial.spikes[at_300]) == 1
    for cell in ("IN", "PRO"):
        _, tonic = steps_of(cell)
        firing = tonic.where(tonic.spikes > 1, drop=True)
        # regular from the first interval to the last
        assert firing.last_interval.values == pytest.approx(firing.first_interval.values, rel=0.2)
