"""The examples of docs/published_circuits.md, run as a reader would run them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gatecontrol.experiment.load import load
from gatecontrol.simulation.compiler import find_compiler

PAGE = (Path(__file__).parents[2] / "docs" / "published_circuits.md").read_text()


def test_experiment_of_the_page_has_no_fault(tmp_path):
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    (tmp_path / "pinch.yaml").write_text(text)
    assert load(tmp_path / "pinch.yaml").name == "zhang_pinch"


@pytest.mark.skipif(find_compiler() is None, reason="needs a C++ compiler")
def test_single_cells_of_the_page():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rates, peaks = (
        [float(n) for n in re.findall(r"\d+\.\d*", line)] for line in done.stdout.splitlines()
    )
    assert rates == sorted(rates)
    assert rates[0] == 0 < rates[-1]
    assert 0 < peaks[0] < peaks[1]
