"""Runs: the same bytes however they went, nothing computed twice, clear words and codes."""

import json
import re
import signal

import numpy as np
import pytest
import xarray as xr

from gatecontrol.experiment.executor import TaskError

from .conftest import SMALL, Inline, same_bytes


def test_a_run_ends_with_its_table_and_the_path(finished):
    command, done = finished
    assert done.lines[-1] == "Results: results/small"
    header = next(line for line in done.lines if "suppression" in line)
    for name in ("mA", "%PT", "A-beta recruited", "pain signal"):
        assert name in header
    # too few seeds for an interval: its column is left out, and why is said
    assert "95 % interval" in header
    assert "suppression: 3 seeds; an interval needs 5" in done.lines
    row = next(line for line in done.lines if line.strip().startswith("scs_tonic"))
    assert row.split()[2] == "120"
    first = done.err.splitlines()[0]
    assert first.startswith("gatecontrol ")
    assert first.endswith(": reading small.yaml")
    assert "small: 3 arms x 3 seeds = 9 points" in done.err
    # weak (0 mA) is a trial of its own; nothing is its own control
    assert "9 of 9 points (100 %)" in done.err


def test_the_folder_holds_what_the_design_says(finished):
    folder = finished[0].folder / "results" / "small"
    names = {p.name for p in folder.iterdir()}
    expected = {"results.nc", "experiment.yaml", "run.json", "references.bib", "report.html"}
    assert expected | {"figures", "journal"} <= names
    record = json.loads((folder / "run.json").read_text())
    assert record["seeds"] == [1, 2, 3]
    assert record["backend"] == "standalone"
    assert record["packages"]["brian2"]
    assert {"zhang2014", "holm1979"} <= set(record["references"])
    assert record["computed"] == record["trials"] == 9
    assert "@article" in (folder / "references.bib").read_text()


def test_an_amplitude_of_zero_and_no_device_suppress_exactly_nothing(finished):
    path = finished[0].folder / "results" / "small" / "results.nc"
    with xr.open_datatree(path) as tree:
        during = tree.to_dataset().sel(epoch="during")
        assert (during["pain_signal_off"] > 0).all()
        for arm in ("weak", "nothing"):
            assert (during["suppression"].sel(arm=arm) == 0).all()
            on, off = during["pain_signal"], during["pain_signal_off"]
            assert np.array_equal(on.sel(arm=arm), off.sel(arm=arm))
        assert (during["suppression"].sel(arm="scs_tonic") != 0).any()
        recruited = tree["recruited"].sel(fibre_class="abeta")
        assert (recruited.sel(arm="weak") == 0).all()
        assert (recruited.sel(arm="scs_tonic") > 0).all()


def test_python_two_workers_and_the_resolved_file_give_the_same_bytes(
    finished, tmp_path, monkeypatch, capsys
):
    import gatecontrol
    from gatecontrol.experiment.progress import Silent

    folder = finished[0].folder / "results/small"
    monkeypatch.chdir(tmp_path)
    resolved = folder / "experiment.yaml"
    results = gatecontrol.run(resolved, out="again", workers=2, progress=Silent())
    assert results.path.name == "again"
    assert results.data.sizes["arm"] == 3
    assert results.run["computed"] == 9
    results.tree.close()
    same_bytes(folder / "results.nc", tmp_path / "again/results.nc")
    assert capsys.readouterr() == ("", "")


def test_ctrl_c_says_how_to_go_on_and_loses_nothing(finished, command, small):
    code, err, saved = command.stop_midway(signal.SIGINT, "small.yaml", "--workers", 1)
    assert code == 130, err
    said = re.fullmatch(
        r"Stopped: (\d) of 9 points saved in results/small\. Go on: gatecontrol run small\.yaml",
        err.splitlines()[-1],
    )
    # a line may reach the disk in the very moment of the signal, so there may be one more
    assert said, err
    assert int(said[1]) <= saved <= int(said[1]) + 1
    assert "Traceback" not in err
    done = command("run", "small.yaml")
    assert done.code == 0, done.err
    assert f"{saved} were finished before" in done.err
    record = json.loads((command.folder / "results/small/run.json").read_text())
    assert record["reused"] == saved
    assert record["computed"] == 9 - saved
    same_bytes(
        finished[0].folder / "results/small/results.nc",
        command.folder / "results/small/results.nc",
    )


def test_kill_minus_nine_loses_only_the_points_in_flight(finished, command, small):
    code, _, saved = command.stop_midway(signal.SIGKILL, "small.yaml", "--workers", 2)
    assert code == -signal.SIGKILL
    assert not (command.folder / "results/small/results.nc").exists()
    done = command("run", "small.yaml", "--workers", 2)
    assert done.code == 0, done.err
    record = json.loads((command.folder / "results/small/run.json").read_text())
    assert record["reused"] >= saved - 1  # the last line may have been torn
    same_bytes(
        finished[0].folder / "results/small/results.nc",
        command.folder / "results/small/results.nc",
    )


def test_nothing_is_computed_twice(finished):
    command, _ = finished
    before = (command.folder / "results/small/run.json").read_bytes()
    done = command("run", "small.yaml")
    assert done.code == 0, done.err
    assert "Nothing to do: every point is finished and the results are complete." in done.err
    assert done.lines[-1] == "Results: results/small"
    assert any(line.strip().startswith("scs_tonic") for line in done.lines)
    assert (command.folder / "results/small/run.json").read_bytes() == before


def counts(outcome):
    return outcome.computed, outcome.reused


def test_only_what_is_missing_is_computed(carry):
    first = carry("seeds=1")
    assert counts(first) == (3, 0)
    results = first.folder / "results.nc"
    good = results.read_bytes()
    assert counts(carry("seeds=1")) == (0, 3)
    # a damaged output is written again, without computing
    results.write_bytes(good[: len(good) // 2])
    assert counts(carry("seeds=1")) == (0, 3)
    with xr.open_datatree(results) as tree:
        assert tree.sizes["seed"] == 1
    # more seeds, and another amplitude: only the new points
    assert counts(carry("seeds=2")) == (3, 3)
    assert counts(carry("seeds=2", "arms.scs_tonic.device.amplitude=80 %PT")) == (2, 4)
    # labels and questions change no point
    assert counts(carry("seeds=2", "question=Another?")) == (0, 6)
    assert counts(carry("seeds=1", fresh=True)) == (3, 0)
    assert counts(carry("seeds=2")) == (3, 3)


def test_a_damaged_journal_gives_the_same_bytes(finished, carry):
    outcome = carry()
    journal = outcome.folder / "journal/points.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b"1", b"2")
    journal.write_bytes(b"".join(lines)[:-7])
    (outcome.folder / "results.nc").unlink()
    assert counts(carry()) == (2, 7)
    same_bytes(finished[0].folder / "results/small/results.nc", outcome.folder / "results.nc")


def test_a_trial_that_fails_is_named_and_the_others_are_kept(carry):
    class Failing(Inline):
        def run(self, tasks):
            yield from super().run(tasks[:2])
            raise TaskError(f"{tasks[2].label}: no memory")

    with pytest.raises(TaskError) as caught:
        carry(executor=Failing())
    failure, stopped = str(caught.value).splitlines()
    assert failure == "weak, seed 1: no memory"  # the arms of a seed are neighbours
    assert stopped.startswith("Stopped: 2 of 9 points saved in results/small. Go on: gatecontrol")
    assert counts(carry()) == (7, 2)


def test_a_folder_in_use_is_refused(command, small):
    holder = command.start("run", "small.yaml", "--workers", "1")
    try:
        lock = command.folder / "results/small/journal/writer"
        while not lock.exists():
            assert holder.poll() is None, holder.stderr.read()
        done = command("run", "small.yaml")
    finally:
        holder.kill()
        holder.communicate()
    assert done.code == 1
    last = done.err.splitlines()[-1]
    assert last.startswith(f"error: another run (process {holder.pid}, since ")
    assert last.endswith(
        "is writing to results/small; wait for it to end, or choose another folder with --out"
    )


@pytest.mark.parametrize(
    ("overrides", "text"),
    [
        (["seeds=10000", "run.duration=1 min"], "needs at least 65 min of CPU time (limit 1 h)"),
        (["seeds=1000", "run.duration=1 h"], " h of CPU time (limit 1 h) and "),
        (["seeds=100", "run.duration=1 h", "record.spikes=all"], " GB of disk (limit 5 GB)"),
    ],
)
def test_a_large_run_must_be_agreed_to(command, small, overrides, text):
    done = command("run", small, *(part for o in overrides for part in ("--set", o)))
    assert done.code == 2
    refusal, remedy = done.err.splitlines()[-2:]
    assert refusal.startswith("error: this run of ")
    assert text in refusal
    assert refusal.endswith("; nothing was started.")
    assert remedy.endswith(" --yes")
    assert not (command.folder / "results").exists()


def test_a_dose_beyond_physics_stops_before_any_point(command, small):
    text = small.read_text()
    small.write_text(text.replace("120 %PT", "40000 %PT"))
    done = command("run", "small.yaml")
    assert done.code == 2, done.err
    _, _, first, source, caret, hint = done.err.splitlines()
    assert first.startswith("small.yaml:9:")
    assert "error[E040]: arms.scs_tonic.device.amplitude: '40000 %PT': the amplitude of" in first
    assert "is outside the clinical range 0 mA to 25.5 mA of an SCS programmer" in first
    assert source.strip().startswith("scs_tonic:")
    assert caret.strip() == "^"
    assert "limits: laboratory" in hint
    assert not (command.folder / "results").exists()


def test_a_result_folder_that_cannot_be_written(command, small):
    (command.folder / "blocked").write_text("a file")
    done = command("run", small, "--out", "blocked")
    assert done.code == 1
    assert done.err.splitlines()[-1].startswith("error: cannot write to blocked: ")


@pytest.mark.parametrize(("kept", "files"), [("first_seed", 3), ("none", 0), ("all", 9)])
def test_spikes_are_kept_as_asked(carry, small, kept, files):
    """Per seed: two trials with a device, and one without that is both arm and control."""
    small.write_text(SMALL + f"record: {{spikes: {kept}}}\n")
    outcome = carry()
    assert len(list((outcome.folder / "journal/spikes").glob("*.npz"))) == files
    with xr.open_datatree(outcome.folder / "results.nc") as tree:
        assert ("spikes" in tree.children) == bool(files)


@pytest.mark.parametrize(
    ("name", "overrides", "arms"),
    [
        ("rub_it_better", [], 4),
        (
            "windup",
            ["stimuli[0].count=6", "sweep.zip={'stimuli[0].rate': [1 Hz], run.duration: [7 s]}"],
            1,
        ),
        ("scs_frequency", ["sweep.device.frequency=[10 Hz, 50 Hz]"], 1),
        ("scs_amplitude", ["sweep.device.amplitude=[20 %PT, 120 %PT]"], 1),
        (
            "zhang2014_scs_frequency",
            [
                "sweep.device.frequency=[50 Hz]",
                "run={duration: 1.2 s, device_on: 0.4 s, device_off: 1.2 s}",
            ],
            2,
        ),
        (
            "aguiar2010_windup",
            [
                "stimuli[0].count=4",
                "sweep.zip={'stimuli[0].rate': [1 Hz], run.duration: [6 s]}",
            ],
            2,
        ),
    ],
)
def test_shipped_experiments_run(carry, name, overrides, arms):
    outcome = carry("seeds=1", *overrides, file=name, figures=True)
    folder = outcome.folder
    with xr.open_datatree(folder / "results.nc") as tree:
        assert tree.sizes["arm"] == arms
        assert (tree["pain_signal_off"].sel(epoch="during") > 0).all()
        for variable in tree.data_vars.values():
            assert variable.attrs["units"]
            assert variable.attrs["long_name"]
    assert (folder / "report.html").stat().st_size > 10_000


def test_synchrony_of_fibres_decides_over_the_shipped_read_out_of_paraesthesia(carry):
    run = "run={duration: 1.2 s, device_on: 0.2 s, device_off: 1.2 s}"
    folder = carry("seeds=1", run, file="sagalajev2024_synchrony", figures=True).folder
    with xr.open_datatree(folder / "results.nc") as tree:
        during = tree.to_dataset().sel(epoch="during").isel(seed=0)
    assert during["pain_signal"].isnull().all()
    assert "has no population with this signal" in str(during["status"].values.flat[0])
    rate = during["rate"].sel(population="excitatory")
    # five seeds of 4.5 s: 40, 9.6 and 2.5 Hz; 70 and 80 Hz without inhibition
    assert rate.sel(arm="tonic") > 2 * rate.sel(arm="out_of_step")
    assert rate.sel(arm="tonic") > 2 * rate.sel(arm="kilohertz")
    assert rate.sel(arm="out_of_step_blocked") > 3 * rate.sel(arm="out_of_step")
    assert (
        during["synchrony"].sel(arm="tonic") > 0.8 > 0.3 > during["synchrony"].sel(arm="kilohertz")
    )
    assert during["vector_strength"].sel(arm="tonic", follower="paraesthesia") > 0.9
    drawn = {path.stem for path in (folder / "figures").iterdir()}
    assert "time_course" in drawn
    assert not any(name.startswith("suppression") for name in drawn)
    assert "There is no pain signal" in (folder / "report.html").read_text(encoding="utf-8")


def test_compare_targets_runs_from_the_command_line(command):
    done = command("run", "compare_targets", "--set", "seeds=1")
    assert done.code == 0, done.err
    assert done.lines[-1] == "Results: results/compare_targets"
    with xr.open_datatree(command.folder / "results/compare_targets/results.nc") as tree:
        during = tree.to_dataset().sel(epoch="during")
        assert during.sizes["arm"] == 7
        assert during["pain_signal_off"].item(0) > 0
        # the arms do not all silence the projection neurons alike
        assert len(np.unique(during["suppression"])) == 7
        assert (during["pain_signal"] > 0).any()
