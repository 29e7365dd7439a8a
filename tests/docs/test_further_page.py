"""docs/further.md: the table is one that the script printed, of the findings that it knows."""

import re
import sys
from pathlib import Path

import pytest

from gatecontrol.evidence.score_file import circuit_digest

DOCS = Path(__file__).parents[2] / "docs"
sys.path.insert(0, str(DOCS.parent))
from benchmarks.further_findings import FINDINGS  # noqa: E402

del sys.path[0]

ROW = r"^\| \*\*([^*]+)\*\* ([^|]+) \| ([^|]+) \| ([^|]+) \| (\w+)(?: \(edge\))? \|$"
NUMBER = r": (-?\d[\d.e-]*|inf|nan) \("


@pytest.fixture(scope="module")
def rows():
    text = (DOCS / "further.md").read_text(encoding="utf-8")
    return re.findall(ROW, text, flags=re.MULTILINE)


def test_it_is_of_the_circuit_as_it_is():
    """Run `python -m benchmarks.further` anew where this fails."""
    text = (DOCS / "further.md").read_text(encoding="utf-8")
    assert f"Circuit file {circuit_digest('gate')}." in text


def test_every_finding_is_in_the_table_as_the_script_tells_it(rows):
    told = [(ids, text, source) for ids, text, source, _, _ in rows]
    assert told == [(one.ids, one.text, ", ".join(one.sources)) for one in FINDINGS]


def test_every_id_on_the_page_is_one_the_script_knows_or_is_said_to_be_left_out():
    text = (DOCS / "further.md").read_text(encoding="utf-8")
    left_out = re.search(r"^Left out: .*?\n\n", text, flags=re.MULTILINE | re.DOTALL)[0]
    known = {id_ for one in FINDINGS for id_ in one.ids.split(", ")}
    assert set(re.findall(r"\b[A-Z]\d\d\b", text.replace(left_out, ""))) == known
    assert not known & set(re.findall(r"\b[A-Z]\d\d\b", left_out))


def test_verdicts_are_those_of_the_printed_numbers(rows):
    for ids, _, _, measured, said in rows:
        held = []
        for part in measured.split("; "):
            mean = float(re.search(NUMBER, part)[1])
            wanted = part.split("wanted ")[1]
            if limits := re.fullmatch(r"(\S+) to (\S+)", wanted):
                held.append(float(limits[1]) < mean < float(limits[2]))
            else:
                limit = float(wanted.split()[1])
                held.append(mean > limit if wanted.startswith("above") else mean < limit)
        expected = "agrees" if all(held) else "partly" if any(held) else "contradicts"
        assert said == expected, ids


def test_what_contradicts_is_told_in_words(rows):
    text = (DOCS / "further.md").read_text(encoding="utf-8")
    items = set(re.findall(r"^- \*\*([A-Z0-9, ]+)\*\*", text, flags=re.MULTILINE))
    assert items == {ids for ids, _, _, _, said in rows if said != "agrees"}


def test_the_page_on_evidence_links_to_it():
    assert "(further.md)" in (DOCS / "evidence.md").read_text(encoding="utf-8")
