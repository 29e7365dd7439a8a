"""Adaptive seeds: the same bytes whatever happens on the way, and all of it on record."""

import json
import signal

import numpy as np
import pytest
import xarray as xr

from .conftest import SMALL, Inline, same_bytes

# 0.8 simulated seconds are more than the bookkeeping needs
ADAPTIVE = (
    SMALL.replace("name: small", "name: adaptive")
    .replace("duration: 0.7 s", "duration: 0.25 s")
    .replace("{duration: 0.8 s, device_on: 0.3 s, device_off: 0.7 s}",
             "{duration: 0.3 s, device_on: 0.1 s, device_off: 0.28 s}")
    .replace("seeds: 3", "seeds: {until: 0.05, min: 5, max: 40}\nrecord: {spikes: none}")
)  # fmt: skip


@pytest.fixture
def adaptive(small):
    path = small.parent / "adaptive.yaml"
    path.write_text(ADAPTIVE)
    return path


def counts(outcome):
    return outcome.computed, outcome.reused


@pytest.fixture
def undisturbed(carry, adaptive):
    """An adaptive run in this process: folder, and the record of its course."""
    outcome = carry(file="adaptive.yaml", out="undisturbed")
    return outcome.folder, outcome.record["adaptive_seeds"]


def test_the_course_is_in_the_results_and_in_the_record(undisturbed):
    folder, record = undisturbed
    seeds = record["seeds"]
    assert record["reached"]
    assert len(record["batches"]) > 1
    assert 5 < seeds < 40
    with xr.open_datatree(folder / "results.nc") as tree:
        data = tree.to_dataset()
        assert json.loads(data.attrs["adaptive_seeds"]) == record
        # every arm has the same seeds
        assert list(data["seed"].values) == list(range(1, seeds + 1))
        assert np.isfinite(data["pain_signal"].sel(epoch="during")).all()
        half = data["suppression_half_width"]
        assert half.dims == ("arm",)
        assert half.attrs["units"] == "1"
        assert (half <= 0.05).all()
        during = data.sel(epoch="during")
        ends = (during["suppression_high"] - during["suppression_low"]) / 2
        assert np.array_equal(half, ends)
        assert record["batches"][-1]["half_width"] == float(half.max())
    run = json.loads((folder / "run.json").read_text())
    assert run["seeds"] == list(range(1, seeds + 1))
    assert run["trials"] == 3 * seeds
    assert run["adaptive_seeds"] == record
    assert (
        "seeds: {until: 0.05, min: 5, max: 40, first: 1}"
        in (folder / "experiment.yaml").read_text()
    )


def test_the_numbers_are_those_of_a_run_with_that_many_seeds(undisturbed, carry):
    folder, record = undisturbed
    fixed = carry(f"seeds={record['seeds']}", file="adaptive.yaml", out="fixed")
    with (
        xr.open_datatree(folder / "results.nc") as one,
        xr.open_datatree(fixed.folder / "results.nc") as other,
    ):
        a, b = one.to_dataset(), other.to_dataset()
        assert set(a.variables) - set(b.variables) == {"suppression_half_width"}
        for name in b.variables:
            assert a[name].dtype == b[name].dtype, name
            if a[name].dtype.kind in "fi":
                assert a[name].values.tobytes() == b[name].values.tobytes(), name


def test_the_resolved_file_reuses_everything_and_gives_the_same_bytes(undisturbed, carry):
    folder, record = undisturbed
    before = (folder / "results.nc").read_bytes()
    assert counts(carry(file="adaptive.yaml", out="undisturbed")) == (0, 3 * record["seeds"])
    again = carry(file=str(folder / "experiment.yaml"), out="again")
    same_bytes(folder / "results.nc", again.folder / "results.nc")
    (folder / "results.nc").unlink()
    assert counts(carry(file="adaptive.yaml", out="undisturbed")) == (0, 3 * record["seeds"])
    assert (folder / "results.nc").read_bytes() == before


def test_a_narrower_aim_goes_on_from_what_is_there(undisturbed, carry):
    folder, record = undisturbed
    narrower = record["batches"][-1]["half_width"] * 0.8
    more = carry(f"seeds.until={narrower}", file="adaptive.yaml", out="undisturbed")
    assert more.reused == 3 * record["seeds"]
    assert more.computed > 0
    assert more.record["adaptive_seeds"]["seeds"] > record["seeds"]


class Broken:
    """Computes a number of trials, backwards, then is interrupted."""

    def __init__(self, number):
        self.number = number

    def run(self, tasks):
        for task in reversed(tasks):
            if not self.number:
                raise KeyboardInterrupt
            self.number -= 1
            yield from Inline().run([task])


@pytest.mark.parametrize("number", [2, 20])
def test_an_interrupted_run_ends_as_if_it_had_not_been(undisturbed, carry, number):
    from gatecontrol.experiment.computing import Interrupted

    folder, record = undisturbed
    with pytest.raises(Interrupted, match=rf"^Stopped: {number} of \d+ points saved"):
        carry(file="adaptive.yaml", out="broken", executor=Broken(number))
    done = carry(file="adaptive.yaml", out="broken")
    assert counts(done) == (3 * record["seeds"] - number, number)
    assert done.record["adaptive_seeds"] == record
    same_bytes(folder / "results.nc", done.folder / "results.nc")


def test_two_workers_a_kill_and_the_command_line_give_the_same_bytes(undisturbed, command):
    folder, record = undisturbed
    code, _, saved = command.stop_midway(signal.SIGKILL, "adaptive.yaml", "--workers", 2)
    assert code == -signal.SIGKILL
    done = command("run", "adaptive.yaml", "--workers", 2)
    assert done.code == 0, done.err
    assert "adaptive: 3 arms x 5 to 40 seeds (until +/- 5 percentage points)" in done.err
    assert "batch 1: seeds 1 to 5 (at most 40)" in done.err
    assert f"{record['seeds']} seeds: the widest 95 % interval is +/- " in done.err
    run = json.loads((command.folder / "results/adaptive/run.json").read_text())
    assert run["reused"] >= saved - 1  # the last line may have been torn
    assert run["adaptive_seeds"] == record
    same_bytes(folder / "results.nc", command.folder / "results/adaptive/results.nc")
    again = command("run", "adaptive.yaml")
    assert "Nothing to do: every point is finished and the results are complete." in again.err


def test_what_is_not_reached_is_a_warning_of_the_results(carry, adaptive):
    done = carry("seeds.until=0.001", "seeds.max=7", file="adaptive.yaml")
    words = done.record["adaptive_seeds"]["warning"]
    assert words.startswith(
        "the 95 % interval is still wider than +/- 0.1 percentage points after 7 seeds, the most "
        + "allowed: scs_tonic ("
    )
    assert words in done.record["warnings"]
    with xr.open_datatree(done.folder / "results.nc") as tree:
        assert words in json.loads(tree.attrs["warnings"])


def test_shards_are_refused(command, adaptive):
    done = command("run", "adaptive.yaml", "--shard", "1/2")
    assert done.code == 2
    assert "cannot be divided beforehand: leave out --shard" in done.err
