"""Every key that is cited exists, and every entry can be read."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

import gatecontrol
from gatecontrol.citations import KEY, SOFTWARE, cite, entries, keys_of, library, readable
from gatecontrol.errors import GatecontrolError
from gatecontrol.sourced import parse_sourced

ROOT = Path(gatecontrol.__file__).parent


def cited():
    """Return key -> files of everything that looks like a key in the package's text."""
    found = {}
    for path in sorted(ROOT.rglob("*")):
        if path.suffix in {".py", ".yaml", ".csv", ".j2"}:
            for key in KEY.findall(path.read_text(encoding="utf-8")):
                found.setdefault(key, set()).add(path.name)
    return found


def test_every_cited_key_has_an_entry():
    unknown = {k: sorted(v) for k, v in cited().items() if k not in library()}
    assert unknown == {}


def test_the_package_cites_a_fair_number_of_papers():
    assert len(cited()) > 20


def test_keys_are_the_first_author_and_the_year():
    for key, entry in library().items():
        author = re.search(r"author = \{([^,]+),", entry)[1]
        year = re.search(r"year = \{(\d{4})\}", entry)[1]
        plain = re.sub(r"\{\\.(\w)\}|[^A-Za-z]", r"\1", author).lower()
        assert KEY.fullmatch(key), key
        # A letter tells apart what one author published in one year.
        assert re.fullmatch(f"{plain}{year}[b-z]?", key), entry


def test_entries_are_complete_and_sorted():
    text = (ROOT / "references.bib").read_text(encoding="utf-8")
    keys = re.findall(r"^@\w+\{(\w+),", text, flags=re.M)
    assert keys == sorted(set(keys))
    for key, entry in library().items():
        assert entry.endswith("}"), key
        assert entry.count("{") == entry.count("}"), key
        assert "title = {" in entry, key
        for doi in re.findall(r"doi = \{(.*)\}", entry):
            assert re.fullmatch(r"10\.\d{4,}/\S+", doi), key


def test_entries_gives_each_key_once_in_order():
    text = entries(["woolf1982", "melzack1965", "woolf1982"])
    assert re.findall(r"@article\{(\w+),", text) == ["melzack1965", "woolf1982"]
    assert "doi = {10.1126/science.150.3699.971}" in text


def test_readable_lines():
    assert readable(["melzack1965"]) == [
        "Melzack R, Wall PD (1965). Pain mechanisms: a new theory. Science 150:971-979. "
        + "https://doi.org/10.1126/science.150.3699.971"
    ]
    assert cite(["melzack1965", "woolf1982"]) == "\n".join(readable(["woolf1982", "melzack1965"]))
    assert readable(["sjolund1985"])[0].startswith("Sjölund BH (1985). ")
    assert "et al. (2024). Absence of paresthesia" in readable(["sagalajev2024"])[0]
    assert readable(["plonsey2007"])[0].endswith("a quantitative approach. Springer.")
    for line in readable(library()):
        assert not re.search(r"[{}\\]", line), line


def test_an_unknown_key_is_an_error_that_suggests():
    for function in (entries, readable):
        with pytest.raises(GatecontrolError, match=r"'melzak1965'\. Did you mean 'melzack1965'"):
            function(["melzak1965"])


def test_keys_are_found_in_numbers_texts_and_references():
    @dataclass(frozen=True)
    class Part:
        number: object
        doc: str

    class Device:
        references = ("deridder2013",)

    class Preparation:
        def references(self):
            return ("holsheimer1994",)

    part = Part(parse_sourced("1 ms [aguiar2010]", "time"), "As in zhang2014; from year2020.")
    found = keys_of({"a": [part, part]}, Device, Device(), Preparation(), "melzack1965", 3.0, None)
    assert found == (
        "aguiar2010",
        "deridder2013",
        "holsheimer1994",
        "melzack1965",
        "zhang2014",
    )


def test_the_software_has_entries():
    assert set(SOFTWARE) <= set(library())


def test_the_circuit_and_its_sources_are_found():
    from gatecontrol.circuits import load_circuit

    assert {"zhang2014", "melzack1965", "coull2003"} <= set(keys_of(load_circuit("gate")))
