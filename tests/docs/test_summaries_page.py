"""The page on summaries: its examples give what it prints, its YAML is without fault."""

import contextlib
import io
import re
from pathlib import Path

import pytest

from gatecontrol.analysis.summaries import declared
from gatecontrol.experiment.load import load
from gatecontrol.experiment.measuring import summaries_of

PAGE = (Path(__file__).parents[2] / "docs" / "summaries.md").read_text()
SUMMARIES = [getattr(declared, name) for name in declared.__all__]


def blocks(language, text=PAGE):
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def test_examples_print_what_the_page_says():
    first, *examples = blocks("python")
    expected = blocks("text")
    assert len(examples) == len(expected) == len(SUMMARIES)
    names = {}
    exec(first, names)
    for code, text in zip(examples, expected, strict=True):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(code, names)
        assert out.getvalue() == text


def test_the_measures_of_the_page_are_without_fault(tmp_path):
    path = tmp_path / "page.yaml"
    path.write_text("schema: 1\nrun: {duration: 2 s}\n" + blocks("yaml")[0])
    assert [(s.name, s.values.get("size")) for s in summaries_of(load(path))] == [
        ("encoding_slope", None), ("therapeutic_window", 0.3)
    ]  # fmt: skip


def test_the_conditioning_experiment_of_the_page_is_without_fault(tmp_path):
    path = tmp_path / "page.yaml"
    path.write_text("schema: 1\npreparation: rat\nrun: {duration: 1.4 s}\n" + blocks("yaml")[1])
    (summary,) = summaries_of(load(path))
    assert summary["alone"] == "first_alone"


@pytest.mark.parametrize("summary", SUMMARIES, ids=lambda s: s.name)
def test_every_variable_and_parameter_is_on_the_page(summary):
    section = PAGE.split(f"\n## {summary.name}\n")[1].split("\n## ")[0]
    for variable in summary.variables:
        name = variable.name.removesuffix("_off")
        assert f"`{name}`" in section or name in section, name
    for parameter in summary.parameters:
        assert parameter.name == "axis" or f"`{parameter.name}`" in section, parameter.name
