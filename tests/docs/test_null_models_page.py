"""The circuits of docs/null_models.md, loaded as a reader would."""

import re
from pathlib import Path

from gatecontrol.circuits import load_circuit
from gatecontrol.plugins import plugins

PAGE = (Path(__file__).parents[2] / "docs" / "null_models.md").read_text()


def test_circuits_of_the_page_load(tmp_path):
    found = {}
    for text in re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL):
        (tmp_path / "mine.yaml").write_text(text)
        circuit = load_circuit(tmp_path / "mine.yaml", ["injured"])
        found[circuit.name] = circuit
    weights = found["no_deep_gate"].pathways["inhibitory_local_to_projection_deep"].weights
    assert {w.value for w in weights.values()} == {0}
    assert found["shuffled_2"].pathways.keys() != load_circuit("label_shuffled").pathways.keys()


def test_null_models_of_the_table_are_installed():
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, flags=re.MULTILINE)) <= set(plugins("circuits"))


def test_numbers_of_the_page_are_those_of_the_files():
    static, one = (load_circuit(n).null_model.numbers for n in ("static_gain", "one_exponential"))
    assert f"`k` = {static['strength'].value:g}" in PAGE
    assert f"`k` = {one['strength'].value:g}" in PAGE
    assert f"{one['decay'].value * 1e3:g} ms" in PAGE
    assert f"{static['background'].value:g} /s" in PAGE
    assert f"kernel of {static['smoothing'].value * 1e3:g} ms" in PAGE
