"""The example of docs/cable.md, run as a reader would run it."""

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "cable.md"


def test_example_of_the_cable_page_runs():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # the stronger synapses make their cells fire, the weaker do not
    numbers = sorted(map(int, re.findall(r"\d+", done.stdout)))
    assert numbers
    assert numbers == list(range(numbers[0], 10))
    assert numbers[0] > 0
