"""The examples of docs/statistics.md give what the page says."""

import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import gatecontrol
from gatecontrol.analysis.statistics import contrasts
from gatecontrol.experiment.load import load

PAGE = (Path(__file__).parents[2] / "docs" / "statistics.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_examples_print_what_stands_below_them(capsys):
    assert len(EXAMPLES) == 4
    names = {}
    for code, printed in EXAMPLES:
        exec(compile(code, "statistics.md", "exec"), names)
        assert capsys.readouterr().out == printed


def test_the_margin_of_the_page_is_read(tmp_path):
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    path = tmp_path / "page.yaml"
    path.write_text("schema: 1\nrun: {duration: 2 s}\n" + text)
    experiment = load(path)
    assert experiment.equivalence_margin == 0.05
    assert "equivalence_margin: 0.05\n" in experiment.resolved()


@pytest.fixture
def results():
    rng = np.random.default_rng(0)
    dims = ("arm", "seed", "epoch")
    signals = {
        name: (dims, rng.poisson(mean, (2, 8, 1)).astype(float))
        for name, mean in (("pain_signal", 20), ("pain_signal_off", 30))
    }
    return xr.Dataset(signals, {"arm": ["scs", "drg"], "epoch": ["during"]})


def test_the_last_example_runs_on_results(results, monkeypatch, capsys):
    (code,) = re.findall(r"## By hand.*?```python\n(.*?)```", PAGE, flags=re.DOTALL)
    opened = type("Opened", (), {"data": results})
    monkeypatch.setattr(gatecontrol, "open_results", lambda path: opened)
    exec(compile(code, "statistics.md", "exec"), {})
    assert "difference_low" in capsys.readouterr().out


def test_every_variable_that_the_page_names_exists(results):
    found = contrasts(results.assign_attrs(equivalence_margin=0.05))
    names = set(found.data_vars)
    lines = [ln for ln in PAGE.splitlines() if ln.startswith("| `")]
    assert len(lines) == 11
    for line in lines:
        first, *rest = re.findall(r"`([a-z_]+)`", line.split("|")[1])
        base = first.removesuffix("_low").removesuffix("_p_value").removesuffix("_high")
        for name in rest:
            whole = base + name if name.startswith("_") else name
            assert whole in names, whole
        assert first in names, first
