"""The page on lessons: its lesson is one, its tables are complete."""

import re
from pathlib import Path

import pytest

from gatecontrol.errors import ExperimentError
from gatecontrol.teaching.bench import BenchState
from gatecontrol.teaching.fibre_lesson import fibre_threshold
from gatecontrol.teaching.lesson import Check, Lesson, Notes, Shows, Vary
from gatecontrol.teaching.lessons import load_lessons, read_lesson
from gatecontrol.teaching.outcomes import ALIKE, CHANGE, agrees, compute_outcomes

FILE = Path(__file__).parents[2] / "docs" / "lessons.md"
PAGE = FILE.read_text()
MARK = "<!-- This table is written by tests/docs/test_lessons_page.py. -->\n"
YAML = re.search(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)[1]


@pytest.fixture
def lesson(tmp_path):
    path = tmp_path / "heat_and_touch.yaml"
    path.write_text(YAML)
    return read_lesson(path)


def test_the_table_of_lessons_is_that_of_the_package():
    rows = [f"| `{x.id}` | {x.idea} | {x.minutes} |" for x in load_lessons()]
    table = "\n".join(["| lesson | idea | minutes |", "|---|---|---|", *rows]) + "\n"
    head, rest = PAGE.split(MARK)
    new = head + MARK + table + re.sub(r"^(\|.*\n)+", "", rest)
    if new != PAGE:
        FILE.write_text(new)
    assert new == PAGE, "docs/lessons.md was out of date and is written anew; commit it"


def test_the_lesson_of_the_page_is_one_and_the_model_answers(lesson):
    outcomes = compute_outcomes(lesson)
    assert agrees(lesson.checks[0], outcomes)[0]


def test_a_fault_is_told_as_the_page_says(tmp_path):
    path = tmp_path / "heat_and_touch.yaml"
    path.write_text(YAML.replace("kind: bench", "kind: bank"))
    with pytest.raises(ExperimentError) as caught:
        read_lesson(path)
    start = re.search(r"`(heat_and_touch.yaml:.*?), \.\.\.`", PAGE)[1]
    assert str(caught.value).startswith(start)


def test_every_key_is_on_the_page():
    keys = PAGE.split("| key | what |")[1].split("\n\n")[0]
    named = set(re.findall(r"`(\w+)", keys))
    for model in (Lesson, Vary, Shows, Check, Notes):
        skipped = {"says"} if model is Check else set()
        missing = set(model.model_fields) - named - skipped
        assert not missing, (model.__name__, missing)


def test_every_kind_is_on_the_page():
    kinds = PAGE.split("| `kind` | `set` changes |")[1]
    assert set(re.findall(r"^\| `(\w+)`", kinds, flags=re.MULTILINE)) == {
        "bench", "experiment", "fibres", "device"
    }  # fmt: skip
    assert set(BenchState.model_fields) - {"seed"} <= set(re.findall(r"`(\w+)`", kinds))
    names = fibre_threshold.__code__.co_varnames[: fibre_threshold.__code__.co_argcount]
    assert all(f"`{name}`" in kinds for name in names)


def test_the_limits_of_a_change_are_those_of_the_page():
    assert f"more than {100 * CHANGE:.0f} %; `alike` allows {100 * ALIKE:.0f} %" in PAGE
