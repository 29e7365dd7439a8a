"""What cannot be read at all: one clear error each, and nothing blocks."""

import os
from pathlib import Path

import pytest

from gatecontrol.errors import ExperimentError
from gatecontrol.experiment.load import load, shipped_experiments


def message(path) -> str:
    with pytest.raises(ExperimentError) as caught:
        load(path)
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].code == "E005"
    return caught.value.problems[0].message


def test_directory(tmp_path):
    assert message(tmp_path) == "is a directory, a file is needed"
    folder = tmp_path / "folder.yaml"
    folder.mkdir()
    assert message(str(folder)) == "is a directory, a file is needed"


def test_missing(tmp_path):
    assert message(tmp_path / "none.yaml") == "no such file"
    assert message(tmp_path / "none.yaml" / "below.yaml") == "no such file"


def test_name_that_is_not_shipped():
    text = message("compare_target")
    assert text == (
        "no such file, and no shipped experiment of this name. Did you mean 'compare_targets'?"
    )


@pytest.mark.parametrize("name", ["", "a\0b", "a\0b.yaml", "x" * 5000 + ".yaml", "~", "."])
def test_odd_names(name):
    assert message(name)


def test_too_large(tmp_path):
    path = tmp_path / "large.yaml"
    path.write_text("schema: 1\n# " + "x" * 1_000_000, encoding="utf-8")
    assert message(path) == "is too large: 1.0 MB (at most 1 MB)"


def test_pipe_does_not_block(tmp_path):
    path = tmp_path / "pipe.yaml"
    os.mkfifo(path)
    assert message(path) == "is not a regular file"


def test_device_node():
    assert message("/dev/zero") == "is not a regular file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path):
    path = tmp_path / "secret.yaml"
    path.write_text("schema: 1\n", encoding="utf-8")
    path.chmod(0)
    assert message(path) == "cannot be read: Permission denied"


def test_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ExperimentError):
        load("nothing.yaml")
    assert list(tmp_path.iterdir()) == []


def test_file_parameters(tmp_path):
    """A stimulus's file is looked for beside the experiment, and only regular files count."""
    text = "schema: 1\nrun: {duration: 1 s}\nstimuli:\n  - {kind: spike_file, file: %s}\n"
    path = tmp_path / "experiment.yaml"
    for name, wrong in (("none.csv", "no such file: 'none.csv'"), (".", "'.' is a directory")):
        path.write_text(text % name, encoding="utf-8")
        assert wrong in message(path)
    path.write_text(text % "/dev/zero", encoding="utf-8")
    assert message(path) == "'/dev/zero' is not a regular file"


def test_shipped_experiments_are_found_by_name():
    names = {"compare_targets", "rub_it_better", "scs_frequency", "scs_amplitude", "windup"}
    names |= {"zhang2014_scs_frequency", "aguiar2010_windup", "sagalajev2024_synchrony"}
    names |= {"medlock2022_force"}
    assert names <= set(shipped_experiments())
    for name, path in shipped_experiments().items():
        assert isinstance(path, Path)
        assert load(name).name == name
