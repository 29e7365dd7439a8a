"""The commands and the example of docs/recruitment.md, and the numbers that a benchmark wrote."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "recruitment.md"


def test_example_of_the_recruitment_page_runs():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    share, felt = re.fullmatch(r"(\d+)% of A-beta, felt from (\S+) mA\n", done.stdout).groups()
    assert 0 < int(share) < 100
    assert 0.01 < float(felt) < 10


def test_commands_of_the_recruitment_page_draw(tmp_path):
    commands = re.findall(r"^    gatecontrol (.*)$", PAGE.read_text(), flags=re.M)
    assert commands
    for command in commands:
        done = subprocess.run(
            [sys.executable, "-m", "gatecontrol", *shlex.split(command)],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    drawn = {p.name.split("_", 1)[1] for p in (tmp_path / "figures").iterdir()}
    names = ("field_along", "field_across", "recruitment", "strength_duration")
    assert drawn == {f"{n}.{end}" for n in names for end in ("png", "svg")}


@pytest.mark.parametrize("name", ["landmarks", "verdicts", "interpolation", "c fibres"])
def test_tables_of_the_recruitment_page_are_filled(name):
    block = PAGE.read_text().partition(f"<!-- {name} -->\n")[2].partition("<!-- end -->")[0]
    rows = [line for line in block.splitlines() if line.startswith("| ")]
    assert len(rows) > 5


def test_verdicts_follow_from_their_numbers():
    block = PAGE.read_text().partition("<!-- verdicts -->\n")[2].partition("<!-- end -->")[0]
    found = re.findall(
        r"\| ([\d.]+)(?: mA)? \| ([\d.]+)-([\d.]+)(?: mA)? \| [^|]+ \| ([^|]+) \|", block
    )
    assert len(found) > 20
    for value, low, high, verdict in found:
        inside = float(low) <= float(value) <= float(high)
        assert (verdict == "passes") == inside, (value, low, high, verdict)
