"""The form of a problem: one text for the command line, Python and JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatecontrol.errors import ExperimentError, Problem, closest, did_you_mean


def test_text_of_an_error():
    problem = Problem(
        "E001",
        "run.durration",
        "unknown key.",
        "known: duration",
        "a.yaml",
        3,
        7,
        "run: {durration}",
    )
    assert str(problem) == (
        "a.yaml:3:7: error[E001]: run.durration: unknown key.\n"
        + "  run: {durration}\n"
        + "        ^\n"
        + "  help: known: duration"
    )
    assert problem.is_error


def test_text_of_a_warning_without_place():
    problem = Problem("W002", "", "doubtful", file="a.yaml")
    assert str(problem) == "a.yaml: warning[W002]: doubtful"
    assert not problem.is_error
    assert str(Problem("E005", "", "gone")) == "error[E005]: gone"


def test_long_lines_are_cut_around_the_caret():
    for column in (1, 60, 400, 5000):
        source = "x" * (column - 1) + "!" + "y" * (5000 - column)
        lines = str(Problem("E001", "", "m", "", "f", 1, column, source)).split("\n")
        assert max(map(len, lines)) < 130
        assert lines[1][lines[2].index("^")] == "!"


def test_json_has_all_that_the_text_has():
    problem = Problem("E021", "a.b", "no unit", "20 ms", "f.yaml", 1, 2, "a: 20")
    again = Problem(**json.loads(json.dumps(problem.as_dict())))
    assert str(again) == str(problem)


def test_experiment_error_carries_all():
    problems = [Problem("E001", "a", "x"), Problem("E002", "b", "y")]
    error = ExperimentError(problems)
    assert error.problems == tuple(problems)
    assert str(error) == "error[E001]: a: x\nerror[E002]: b: y"


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("durration", ["duration", "dt"], "duration"),
        ("td", ["duration", "dt"], "dt"),
        ("DT", ["duration", "dt"], "dt"),
        ("frequnecy", ["frequency", "pulse_width"], "frequency"),
        ("tnes", ["tens", "scs", "pns"], "tens"),
        ("xx", ["dt"], ""),
        ("colour", ["seeds", "control"], ""),
        ("anything", [], ""),
    ],
)
def test_closest(word, known, meant):
    assert closest(word, known) == meant
    assert did_you_mean(word, known) == (f" Did you mean '{meant}'?" if meant else "")


@given(st.sampled_from(["duration", "frequency", "pulse_width", "stimuli"]), st.data())
def test_two_edits_are_understood(word, data):
    for _ in range(data.draw(st.integers(1, 2))):
        place = data.draw(st.integers(0, len(word) - 1))
        letter = data.draw(st.sampled_from("aeqx"))
        word = word[:place] + data.draw(st.sampled_from([letter, ""])) + word[place + 1 :]
    assert closest(word, ["duration", "frequency", "pulse_width", "stimuli"])


def test_the_error_is_at_hand_at_the_top_level():
    import gatecontrol

    assert gatecontrol.ExperimentError is ExperimentError
