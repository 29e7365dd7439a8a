"""The tables of what hangs on which number: of the circuit as it is, and complete."""

import re
from pathlib import Path

import pytest

from gatecontrol.evidence.parameters import free_groups
from gatecontrol.evidence.score_file import circuit_digest

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {"number": "robustness.md", "kind": "robustness_by_kind.md"}


@pytest.fixture(scope="module", params=PAGES)
def page(request):
    return request.param, (DOCS / PAGES[request.param]).read_text(encoding="utf-8")


def test_it_is_of_the_circuit_as_it_is(page):
    """Write it anew with the command that docs/fitting.md names."""
    assert f"Circuit file {circuit_digest('gate')}." in page[1]


def test_every_assumed_number_is_in_it(page):
    by, text = page
    zero = re.search(r"^Zero, so not changed: (.*)\.$", text, flags=re.MULTILINE)
    unvaried = zero[1].split(", ") if zero else []
    rows = re.findall(r"^\| ([a-z_0-9.*]+) \| \d+ \| ([\d.]+) \|", text, flags=re.MULTILINE)
    changed = {name for name, _ in rows}
    assert changed | set(unvaried) == set(free_groups("gate", by))
    assert all({"0.8", "1.2"} <= {f for n, f in rows if n == name} for name in changed)


def test_the_phenomena_are_those_that_the_text_names(page):
    by, text = page
    told = (DOCS / "fitting.md").read_text(encoding="utf-8")
    command = re.search(rf"`gatecontrol robustness ([^`]*) --by {by}[^`]*`", told)[1]
    phenomena = re.search(r"Phenomena: ([P\d, ]+);", text)[1]
    assert re.findall(r"P\d\d", command) == phenomena.split(", ")
