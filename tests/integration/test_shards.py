"""Shards and merge: the bytes of one undisturbed run, and clear words for what is missing."""

import json
import re
import shutil
import signal
import socket

import pytest

from gatecontrol.errors import RunError
from gatecontrol.experiment import outputs
from gatecontrol.experiment.merge import merge
from gatecontrol.experiment.progress import Lines, Silent
from gatecontrol.experiment.shards import Shard

from .conftest import SMALL, same_bytes


@pytest.fixture(scope="session")
def sharded(tmp_path_factory):
    """Shards of the small experiment, with the spikes of the first seed kept."""
    from .conftest import Command

    command = Command(tmp_path_factory.mktemp("sharded"))
    (command.folder / "small.yaml").write_text(SMALL + "record: {spikes: first_seed}\n")
    said = []
    for number in (1, 2):
        done = command("run", "small.yaml", "--shard", f"{number}/2", "--workers", 1)
        assert done.code == 0, done.err
        said.append(done)
    done = command("run", "small.yaml", "--out", "whole", "--workers", 1)
    assert done.code == 0, done.err
    return command, said


@pytest.fixture
def shards(sharded, tmp_path, monkeypatch):
    """A copy of the shards in ``results/small`` of the test's folder, which is the current one."""
    shutil.copytree(sharded[0].folder / "results", tmp_path / "results")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(outputs, "present", lambda folder: [])
    return tmp_path / "results/small/shards"


def test_shards_say_what_to_do_next_and_make_no_figures(sharded):
    command, (first, second) = sharded
    assert first.lines == [
        "Shard 1/2 is complete: 5 points in results/small/shards/1-of-2",
        "When all shards are: gatecontrol merge results/small",
    ]
    assert second.lines[0] == "Shard 2/2 is complete: 4 points in results/small/shards/2-of-2"
    results = command.folder / "results/small"
    assert [p.name for p in results.iterdir()] == ["shards"]
    kept = {p.name for p in (results / "shards/1-of-2").iterdir()}
    assert kept == {"journal", "shard.json", "experiment.yaml"}
    about = json.loads((results / "shards/1-of-2/shard.json").read_text())
    assert about["host"]["name"] == socket.gethostname()
    assert about["command"] == "gatecontrol run small.yaml --shard 1/2"


def test_merged_shards_are_the_bytes_of_one_run(sharded, shards, command):
    whole = sharded[0].folder / "whole"
    done = command("merge", "results/small")
    assert done.code == 0, done.err
    assert done.lines[-1] == "Results: results/small"
    assert any(line.strip().startswith("scs_tonic") for line in done.lines)
    same_bytes(whole / "results.nc", command.folder / "results/small/results.nc")
    assert (command.folder / "results/small/report.html").exists()
    record = json.loads((command.folder / "results/small/run.json").read_text())
    assert [s["shard"] for s in record["shards"]] == ["1/2", "2/2"]
    assert record["plan"] == json.loads((whole / "run.json").read_text())["plan"]
    # once more, and as a run: nothing is left to do
    before = (command.folder / "results/small/run.json").read_bytes()
    again = command("merge", "results/small")
    assert "Nothing to do: the shards are joined" in again.err
    (command.folder / "small.yaml").write_text(SMALL + "record: {spikes: first_seed}\n")
    run = command("run", "small.yaml")
    assert "Nothing to do: every point is finished" in run.err
    assert (command.folder / "results/small/run.json").read_bytes() == before


def test_a_shard_that_is_run_again_has_nothing_to_do(sharded, shards, carry, small):
    small.write_text(SMALL + "record: {spikes: first_seed}\n")
    outcome = carry(shard=Shard(2, 2))
    assert (outcome.computed, outcome.reused) == (0, 4)


def test_shards_anywhere_are_merged_where_one_says(sharded, shards, command):
    shutil.move(shards / "1-of-2", "one")
    shutil.move(shards / "2-of-2", "two")
    done = command("merge", "one", "two")
    assert done.code == 2
    assert done.err.splitlines()[-1] == (
        "error: the shards lie in different places; say where results go: --out DIR"
    )
    outcome = merge(
        [shards.parents[2] / n for n in ("one", "two")], shards / "x", progress=Silent()
    )
    same_bytes(sharded[0].folder / "whole/results.nc", outcome.folder / "results.nc")


def test_results_of_another_experiment_are_replaced_with_a_warning(shards, tmp_path, capsys):
    (tmp_path / "there").mkdir()
    (tmp_path / "there/run.json").write_text('{"name": "older"}')
    merge([shards.parent], out=tmp_path / "there", progress=Lines())
    said = capsys.readouterr().err
    assert f"warning: the results of 'older' in {tmp_path / 'there'} are replaced" in said


def test_missing_points_name_their_shards_and_commands(shards, command):
    shutil.rmtree(shards / "2-of-2")
    journal = shards / "1-of-2/journal/points.jsonl"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))
    done = command("merge", "results/small", "--json")
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines()[-3:] == [
        "error: 5 of 9 points are missing, in shard 1/2, 2/2. Compute them, then merge:",
        "  gatecontrol run small.yaml --shard 1/2",
        "  gatecontrol run small.yaml --shard 2/2",
    ]
    assert not (shards.parent / "results.nc").exists()


def test_missing_spikes_are_missing_points(shards):
    next((shards / "1-of-2/journal/spikes").glob("*.npz")).unlink()
    with pytest.raises(RunError, match=r"^1 of 9 points are missing, in shard 1/2\. "):
        merge([shards.parent], progress=Silent())


def test_a_torn_shard_is_told(shards, capsys):
    journal = shards / "2-of-2/journal/points.jsonl"
    journal.write_bytes(journal.read_bytes()[:-9])
    with pytest.raises(RunError, match=r"^1 of 9 points are missing, in shard 2/2\. "):
        merge([shards.parent])
    assert "2-of-2: the last line of the journal was cut short" in capsys.readouterr().err


def test_merging_goes_on_where_it_was_killed(sharded, shards, monkeypatch):
    class Killed(BaseException):
        pass

    def dies(*_):
        raise Killed

    monkeypatch.setattr(outputs, "write_all", dies)
    with pytest.raises(Killed):
        merge([shards.parent], progress=Silent())
    monkeypatch.undo()
    monkeypatch.setattr(outputs, "present", lambda folder: [])
    journal = shards.parent / "journal/points.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    assert len(lines) == 9
    journal.write_bytes(b"".join(lines[:5]) + lines[5][:20])
    merge([shards.parent], progress=Silent())
    same_bytes(sharded[0].folder / "whole/results.nc", shards.parent / "results.nc")


def change(shard, **values):
    path = shard / "shard.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"backend": "numpy"}, "their engines differ: standalone and numpy"),
        ({"settings": {"GATECONTROL_PORTABLE": "1"}}, "one was computed with a portable build, "),
        ({"plan": "x"}, "a plug-in or a file that the experiment names differs"),
    ],
)
def test_shards_of_different_runs_are_refused(shards, values, why):
    change(shards / "2-of-2", **values)
    with pytest.raises(RunError) as caught:
        merge([shards.parent], progress=Silent())
    text = str(caught.value)
    assert f"1-of-2 and {shards}/2-of-2 are not of the same run: {why}" in text
    assert text.endswith("or compute it again: gatecontrol run small.yaml --shard 2/2")


def test_shards_of_different_software_are_refused(shards):
    facts = json.loads((shards / "2-of-2/shard.json").read_text())["facts"]
    change(shards / "2-of-2", facts=facts | {"numpy": "1.0"})
    with pytest.raises(RunError, match=r"their software differs: numpy 1\.0 "):
        merge([shards.parent], progress=Silent())
    for name in ("1-of-2", "2-of-2"):
        change(shards / name, facts=facts | {"numpy": "1.0"}, plan="older")
    with pytest.raises(RunError) as caught:
        merge([shards.parent], progress=Silent())
    assert re.fullmatch(
        r"the shards cannot be joined with what is installed here: numpy 1\.0 there, \S+ here; "
        + "merge with the same versions",
        str(caught.value),
    )


def test_shards_of_different_experiments_are_refused(shards, carry, small):
    small.write_text(SMALL.replace("120 %PT", "110 %PT"))
    shutil.rmtree(shards / "2-of-2")
    carry("seeds=1", shard=Shard(2, 2))
    with pytest.raises(RunError, match="are not of the same run: their experiments differ "):
        merge([shards.parent], progress=Silent())


def test_shards_of_different_processors_are_merged_with_a_warning(shards, capsys):
    for name, processor in (("1-of-2", "A"), ("2-of-2", "B")):
        change(shards / name, host={"name": "node", "processor": processor})
    merge([shards.parent])
    said = capsys.readouterr().err
    assert "warning: the shards ran on different processors (A; B)" in said


def test_a_folder_without_shards_is_named(command):
    done = command("merge", ".")
    assert done.code == 1
    assert done.err.splitlines()[-1].startswith("error: . holds no shards; give the results folder")


@pytest.mark.parametrize("text", ["0/4", "5/4", "x"])
def test_a_bad_shard_is_one_clear_error(command, small, text):
    done = command("run", "small.yaml", "--shard", text)
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[-1].startswith(f"error: --shard '{text}': ")
    assert [p.name for p in command.folder.iterdir()] == ["small.yaml"]


def test_an_interrupted_shard_goes_on(sharded, command, shards):
    (command.folder / "small.yaml").write_text(SMALL + "record: {spikes: first_seed}\n")
    line = ["small.yaml", "--shard", "1/1", "--workers", 1]
    process = command.start("run", *line)
    journal = shards / "1-of-1/journal/points.jsonl"
    while not journal.exists() or journal.read_bytes().count(b"\n") < 2:
        assert process.poll() is None, process.stderr.read()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert re.search(
        r"points saved in results/small/shards/1-of-1\. Go on: gatecontrol run small\.yaml "
        + r"--shard 1/1$",
        err.splitlines()[-1],
    )
    # a coarser division beside the finer one does no harm: points are found by their content
    merge([shards.parent], progress=Silent())
    same_bytes(sharded[0].folder / "whole/results.nc", shards.parent / "results.nc")
