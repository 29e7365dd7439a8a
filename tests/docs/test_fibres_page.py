"""The example of docs/fibres.md, run as a reader would run it."""

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "fibres.md"


def test_example_of_the_fibres_page_runs():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    low = float(re.search(r"fires from ([\d.]+) uA", done.stdout)[1])
    assert 83 < low < 89  # between the golden cathodic and biphasic thresholds
    assert "10 spikes; the first begins at" in done.stdout
