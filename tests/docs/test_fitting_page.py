"""The fitting page: its recipe is read, its options exist, its table is the shipped recipe's."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gatecontrol.cli.app import app
from gatecontrol.evidence.fitfile import read_fit, shipped_fits
from gatecontrol.evidence.objective import WORST
from gatecontrol.evidence.registry import load_phenomena
from gatecontrol.yamlfile import read_yaml

PAGE = (Path(__file__).parents[2] / "docs" / "fitting.md").read_text()


def test_the_recipe_of_the_page_is_read(tmp_path):
    recipe = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)[0]
    if "P02" not in {p.id for p in load_phenomena()}:
        recipe = recipe.replace(", P02.during*", "")
    (tmp_path / "mine.yaml").write_text(recipe)
    found = read_fit(tmp_path / "mine.yaml")
    assert [(one.kind, one.log) for one in found.parameters] == [("factor", True), ("value", False)]
    low, high = found.parameters[1].low, found.parameters[1].high
    assert low < found.parameters[1].start < high, "the example should hold the circuit as it is"


@pytest.mark.parametrize("command", ["fit", "robustness"])
def test_options_of_the_page_exist(command):
    shown = CliRunner().invoke(app, [command, "--help"]).output
    named = {
        word
        for line in re.findall(rf"gatecontrol {command} .*", PAGE)
        for word in re.findall(r"--[a-z]+", line)
    }
    assert all(word in shown for word in named)


def test_what_the_shipped_recipe_uses_is_what_the_page_says():
    used = read_yaml(shipped_fits()["gate"]).data["phenomena"]
    assert used == ["P01", "P02.during*", "P07"]
    (row,) = re.findall(r"\| used \| (.*) \|", PAGE)
    assert re.findall(r"P\d\d", row) == ["P01", "P02", "P07"]


def test_the_largest_distance_is_the_one_of_the_code():
    assert f"everything beyond, counts {WORST:g}\n" in PAGE
