"""Runs: the same bytes however they went, nothing computed twice, clear words and codes."""

import json
import signal

import numpy as np
import pytest
import xarray as xr

from .conftest import SMALL, same_bytes


def test_a_run_ends_with_its_table_and_the_path(finished):
    command, done = finished
    assert done.lines[-1] == "Results: results/small"
    header = next(line for line in done.lines if "suppression" in line)
    for name in ("mA", "%PT", "A-beta recruited", "pain signal (spikes/s)"):
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
    assert "zhang2014" in record["references"]
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


def test_two_workers_give_the_same_bytes(finished, command, small):
    done = command("run", small, "--workers", 2)
    assert done.code == 0, done.err
    same_bytes(
        finished[0].folder / "results/small/results.nc",
        command.folder / "results/small/results.nc",
    )


def test_a_resolved_file_gives_the_same_bytes(finished, command):
    resolved = finished[0].folder / "results/small/experiment.yaml"
    done = command("run", resolved, "--out", "again")
    assert done.code == 0, done.err
    assert done.lines[-1] == "Results: again"
    same_bytes(finished[0].folder / "results/small/results.nc", command.folder / "again/results.nc")


def test_ctrl_c_says_how_to_go_on_and_loses_nothing(finished, command, small):
    code, err, saved = command.stop_midway(signal.SIGINT, "small.yaml", "--workers", 1)
    assert code == 130, err
    assert err.splitlines()[-1] == (
        f"Stopped: {saved} of 9 points saved in results/small. "
        + "Go on: gatecontrol run small.yaml"
    )
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


def test_a_damaged_output_is_written_again_without_computing(command, small):
    assert command("run", small, "--set", "seeds=1").code == 0
    folder = command.folder / "results/small"
    good = (folder / "results.nc").read_bytes()
    (folder / "results.nc").write_bytes(good[: len(good) // 2])
    done = command("run", small, "--set", "seeds=1")
    assert done.code == 0, done.err
    record = json.loads((folder / "run.json").read_text())
    assert (record["computed"], record["reused"]) == (0, 3)
    with xr.open_datatree(folder / "results.nc") as tree:
        assert tree.sizes["seed"] == 1
    # more seeds: only the new ones are computed
    done = command("run", small, "--set", "seeds=2")
    record = json.loads((folder / "run.json").read_text())
    assert (record["computed"], record["reused"]) == (3, 3)
    # another amplitude: its own points only
    changed = "arms.scs_tonic.device.amplitude=80 %PT"
    command("run", small, "--set", "seeds=2", "--set", changed)
    record = json.loads((folder / "run.json").read_text())
    assert (record["computed"], record["reused"]) == (2, 4)
    done = command("run", small, "--set", "seeds=1", "--fresh", "--json")
    found = json.loads(done.out)
    assert (found["computed"], found["reused"]) == (3, 0)
    assert found["results"] == "results/small"
    assert [row["arm"] for row in found["summary"]] == ["scs_tonic", "weak", "nothing"]


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


def test_a_large_run_must_be_agreed_to(command, small):
    done = command("run", small, "--set", "seeds=10000", "--set", "run.duration=1 h")
    assert done.code == 2
    assert "of CPU time (limit 1 h)" in done.err
    assert "--yes" in done.err.splitlines()[-1]
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


def test_python_gives_the_same_results(finished, tmp_path, monkeypatch, capsys):
    import gatecontrol
    from gatecontrol.experiment.progress import Silent

    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.yaml").write_text(SMALL)
    results = gatecontrol.run("small.yaml", workers=1, progress=Silent())
    assert results.path.name == "small"
    assert results.data.sizes["arm"] == 3
    results.tree.close()
    same_bytes(
        finished[0].folder / "results/small/results.nc", tmp_path / "results/small/results.nc"
    )
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("text", "value"), [("", 4), ("spikes: none", 0), ("spikes: all", 4 * 3)])
def test_spikes_are_kept_as_asked(command, text, value):
    """One recording of the first seed, or of all, for on and off, per arm; or none."""
    path = command.folder / "kept.yaml"
    record = f"record: {{{text}}}\n" if text else ""
    arms = SMALL.replace("  weak: {device", "  weak: {label: weak, device")
    path.write_text(arms.replace("name: small", "name: kept") + record)
    done = command("run", "kept.yaml", "--set", "seeds=3")
    assert done.code == 0, done.err
    kept = list((command.folder / "results/kept/journal/spikes").glob("*.npz"))
    # per seed: two trials with a device, and one without that is control and arm in one
    assert len(kept) == {4: 3, 0: 0, 12: 9}[value]
    with xr.open_datatree(command.folder / "results/kept/results.nc") as tree:
        assert ("spikes" in tree.children) == bool(value)
