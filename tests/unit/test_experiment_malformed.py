"""Every malformed file of tests/data/malformed gives exactly the message beside it.

Run as a script, this module writes the messages anew, to be read before they are committed.
"""

import json
from pathlib import Path

import pytest

from gatecontrol.errors import ExperimentError
from gatecontrol.experiment.load import load

FOLDER = Path(__file__).parents[1] / "data" / "malformed"
FILES = sorted(p.stem for p in FOLDER.glob("*.yaml"))


def faults_of(name: str) -> ExperimentError:
    with pytest.raises(ExperimentError) as caught:
        load(f"{name}.yaml")
    return caught.value


@pytest.fixture
def inside(monkeypatch):
    monkeypatch.chdir(FOLDER)


def test_there_are_many():
    assert len(FILES) >= 150
    assert {p.stem for p in FOLDER.glob("*.txt")} == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_message(name, inside):
    error = faults_of(name)
    assert f"{error}\n" == (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FILES)
def test_every_problem_says_where_and_what(name, inside):
    for problem in faults_of(name).problems:
        assert problem.is_error
        assert problem.file == f"{name}.yaml"
        assert problem.message
        if problem.line:
            lines = (FOLDER / f"{name}.yaml").read_bytes().decode("utf-8", "replace").split("\n")
            assert 1 <= problem.line <= len(lines)
        if problem.column:
            assert problem.source
            assert problem.column <= len(problem.source) + 1
        json.dumps(problem.as_dict())


@pytest.mark.parametrize("name", FILES)
def test_help_of_a_value_can_be_pasted(name, inside):
    """A help that begins with the key is a line of YAML that reads back."""
    from gatecontrol.yamlfile import read_yaml_value

    for problem in faults_of(name).problems:
        key = problem.path.split(".")[-1].split("[")[0]
        if key and problem.help.startswith(f"{key}: "):
            value, _, trouble = read_yaml_value("{" + problem.help.split("   #")[0] + "}", "help")
            assert not trouble
            assert key in value


def test_a_mistyped_key_is_not_missing_too(inside):
    (problem,) = faults_of("key_run_typo").problems
    assert (problem.code, problem.path) == ("E001", "run.durration")


def test_all_faults_come_in_one_pass(inside):
    problems = faults_of("many_faults").problems
    assert len(problems) == 8
    assert [p.line for p in problems] == sorted(p.line for p in problems)


if __name__ == "__main__":
    import os

    os.chdir(FOLDER)
    for stem in FILES:
        try:
            load(f"{stem}.yaml")
        except ExperimentError as found:
            Path(f"{stem}.txt").write_text(f"{found}\n", encoding="utf-8")
        else:
            raise SystemExit(f"{stem}.yaml is accepted")
