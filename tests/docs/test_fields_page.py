"""The example of docs/fields.md, run as a reader would run it."""

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "fields.md"


def test_example_of_the_fields_page_runs():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # The cathode is at x = 0; the anode, 8 mm away, moves the trough to its far side.
    potential, place = re.fullmatch(r"(\S+) V/A at (\S+) mm\n", done.stdout).groups()
    assert float(potential) < 0
    assert -3 < float(place) <= 0
