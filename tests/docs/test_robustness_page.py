"""The table of what hangs on which number: of the circuit as it is, and complete."""

import re
from pathlib import Path

import pytest

from gatecontrol.evidence.parameters import free_groups
from gatecontrol.evidence.score_file import circuit_digest

PATH = Path(__file__).parents[2] / "docs" / "robustness.md"


@pytest.fixture(scope="module")
def text():
    return PATH.read_text(encoding="utf-8")


def test_it_is_of_the_circuit_as_it_is(text):
    """Write it anew with the command that it names."""
    assert f"Circuit file {circuit_digest('gate')}." in text


def test_every_assumed_number_is_in_it(text):
    zero = re.search(r"^Zero, so not changed: (.*)\.$", text, flags=re.MULTILINE)
    unvaried = zero[1].split(", ") if zero else []
    rows = re.findall(r"^\| ([a-z_0-9.]+) \| \d+ \| ([\d.]+) \|", text, flags=re.MULTILINE)
    changed = {name for name, _ in rows}
    assert changed | set(unvaried) == set(free_groups("gate", "number"))
    assert all({"0.8", "1.2"} <= {f for n, f in rows if n == name} for name in changed)
