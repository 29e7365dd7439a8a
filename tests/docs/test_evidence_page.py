"""The page on evidence and the README's table: written from the shipped scores, never by hand."""

import re
import textwrap
from pathlib import Path

import pytest

from gatecontrol.analysis.report.conflicts import library_of_conflicts
from gatecontrol.analysis.report.score import read_score
from gatecontrol.circuits import load_circuit
from gatecontrol.citations import library, readable
from gatecontrol.evidence.parameters import free_parameters
from gatecontrol.evidence.registry import load_phenomena
from gatecontrol.evidence.score_file import NULL_CIRCUITS, circuit_digest, no_credit, shipped_scores
from gatecontrol.evidence.words import (
    band_text,
    credited,
    depth_text,
    listed,
    measured_text,
    summary,
)

ROOT = Path(__file__).parents[2]
SCORES = ROOT / "gatecontrol" / "evidence" / "scores"
PATH, README = ROOT / "docs" / "evidence.md", ROOT / "README.md"
NOTE = (
    "<!-- What follows is written by tests/docs/test_evidence_page.py from "
    + "gatecontrol/evidence/scores. -->\n"
)
TABLE = "<!-- This table is written by tests/docs/test_evidence_page.py. -->\n"
NONE = "No score comes with this version; `gatecontrol evidence` computes one.\n"
WIDTH = 110


def table(scores):
    """Return one row per circuit."""
    if not scores:
        return NONE
    null = next((s for s in scores if s.circuit == NULL_CIRCUITS[0]), None)
    lines = [
        "| circuit | passes | not by T0 | fails | not expressible | free parameters | depth |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in scores:
        passed = one.ids("pass")
        gained = "?"
        if null is not None:
            found, untried = credited(one, null)
            gained = f"{len(found)} ({len(untried)} not tried)" if untried else str(len(found))
        cells = [
            one.circuit,
            f"{len(passed)} of {one.total}",
            gained,
            str(len(one.ids("fail"))),
            str(len(one.ids("not expressible"))),
            str(one.free_parameters),
            depth_text(one),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def item(text):
    """Return an item of a list, wrapped."""
    return textwrap.fill(
        text, WIDTH, initial_indent="- ", subsequent_indent="  ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def told(one):
    """Return a phenomenon in words: what was measured, against which band, by whom."""
    edge = " One standard error would turn this." if one.edge else ""
    parts = [f"**{one.id}** {one.title}.{edge}"]
    if one.why:
        parts.append(f"Why: {one.why}.")
    for q in one.quantities:
        text = f"{q.text[:1].upper()}{q.text[1:]}: {measured_text(q)}; band {band_text(q)}"
        parts.append(f"{text}{' (missed)' if q.verdict == 'fail' else ''}.")
    if one.discriminates:
        parts.append(f"Rejects {one.discriminates.rstrip('.')}.")
    if one.strength:
        parts.append(f"Evidence: {one.strength.rstrip('.')} ({one.body}).")
    known = [key for key in one.sources if key in library()]
    if known:
        parts.append(f"Sources: {', '.join(known)}.")
    return " ".join([*parts, *one.notes])


def sections(one, uncredited):
    """Return the groups of the page: heading -> phenomena."""
    by = {"What it gets right": [], "Passed without credit": [], "What it gets wrong": []}
    by["Not expressible"] = []
    for p in one.phenomena:
        if p.verdict == "pass":
            plain = uncredited is not None and p.id in uncredited
            by["Passed without credit" if plain else "What it gets right"].append(p)
        else:
            by["What it gets wrong" if p.verdict == "fail" else "Not expressible"].append(p)
    return by


def reseeded():
    """Return scores with other, independent seeds: of the default circuit, kept beside."""
    return [read_score(path) for path in sorted((SCORES / "other_seeds").glob("*.json"))]


def moved(one, others):
    """Return the ids whose verdict differs with other seeds: those at an edge, and the rest."""
    found = {}
    for other in others:
        for p in other.phenomena:
            first = one.get(p.id)
            if first.verdict != p.verdict:
                found[p.id] = found.get(p.id, True) and (first.edge or p.edge)
    return sorted(id for id, edge in found.items() if edge), sorted(
        id for id, edge in found.items() if not edge
    )


def seeds_section(one, others):
    """Return what other seeds do to the verdicts of a circuit."""
    if not others:
        return "Not tried."
    edge, clear = moved(one, others)
    tried = ", ".join(p.id for p in others[0].phenomena)
    lines = [
        f"Scored again with seeds of their own, independent of those above ({tried}; depth "
        + f"{others[0].depth} against {one.depth}), the verdicts that differ are: "
        + f"{listed([*edge, *clear])}. Of these one standard error would turn {listed(edge)}."
    ]
    rows = [
        "| phenomenon | number | here | other seeds | band |",
        "|---|---|---|---|---|",
    ]
    for other in others:
        for p in other.phenomena:
            known = {q.name: q for q in one.get(p.id).quantities}
            rows += [
                f"| {p.id} | {q.name} | {measured_text(known[q.name])} | {measured_text(q)} "
                + f"| {band_text(q)} |"
                for q in p.quantities
            ]
    return f"{textwrap.fill(lines[0], WIDTH)}\n\n" + "\n".join(rows)


def page(scores, again=()):
    """Return what follows the note: the first score told in full, the others as rows."""
    if not scores:
        return f"\n{NONE}"
    first, uncredited = scores[0], no_credit(scores)
    null = next((s for s in scores if s.circuit == NULL_CIRCUITS[0]), None)
    parts = [
        f"\n## The scores\n\n{table(scores)}",
        textwrap.fill(" ".join(summary(first, null)), WIDTH),
    ]
    for heading, found in sections(first, uncredited).items():
        items = "\n".join(item(told(p)) for p in found) or "None."
        parts.append(f"\n## {heading}\n\n{items}")
    others = "\n".join(
        item(f"`{s.circuit}` ({depth_text(s)}) fails {listed(s.ids('fail'))}; passes "
             + f"{listed(s.ids('pass'))}; cannot express {listed(s.ids('not expressible'))}.")
        for s in scores[1:]
    )  # fmt: skip
    parts.append(f"\n## Other circuits\n\n{others or 'None.'}")
    parts.append(f"\n## Other seeds\n\n{seeds_section(first, again)}")
    conflicts = "\n".join(item(f"{c.title} Here: {c.here}") for c in library_of_conflicts())
    parts.append(f"\n## Where the literature disagrees\n\n{conflicts}")
    keys = {k for s in scores for p in s.phenomena for k in p.sources if k in library()}
    parts.append("\n## References\n\n" + "\n".join(item(line) for line in readable(keys)))
    return "\n".join(parts) + "\n"


def stale(one):
    """Return what a shipped score and this version disagree on, in words."""
    found = []
    if circuit_digest(one.circuit) != one.digest:
        found.append(f"{one.circuit}: the circuit's file has changed since it was scored")
    if len(free_parameters(one.circuit)) != one.free_parameters:
        found.append(f"{one.circuit}: another number of free parameters")
    declared = {p.id: p for p in load_phenomena()}
    if set(declared) != {p.id for p in one.phenomena}:
        found.append(f"{one.circuit}: other phenomena are installed")
    for p in one.phenomena:
        bands = {q.name: (q.low, q.high) for q in getattr(declared.get(p.id), "quantities", ())}
        found += [
            f"{one.circuit} {p.id} {q.name}: the band is {bands.get(q.name)} now"
            for q in p.quantities
            if bands.get(q.name) != q.band
        ]
    return found


@pytest.fixture
def made():
    """Return scores made by hand; this file also runs by itself, where they are not at hand."""
    import made_scores

    return made_scores


def test_the_page_is_that_of_the_shipped_scores():
    """Write it anew by running this file."""
    assert PATH.read_text().split(NOTE)[1] == page(shipped_scores(), reseeded())


def test_every_failure_of_the_default_circuit_has_its_reason():
    """What the scores say is generated; why, is not."""
    told = PATH.read_text().split(NOTE)[0].split("## Why `gate` fails")[1]
    failed = [id for one in shipped_scores() if one.circuit == "gate" for id in one.ids("fail")]
    assert re.findall(r"^- \*\*(P\d\d)\*\*", told, flags=re.MULTILINE) == failed


def test_the_table_of_the_readme_is_that_of_the_shipped_scores():
    """Write it anew by running this file."""
    assert README.read_text().split(TABLE)[1].startswith(table(shipped_scores()) + "\n")


def test_shipped_scores_are_of_the_circuits_and_bands_of_this_version():
    assert [text for one in shipped_scores() for text in stale(one)] == []
    for other in reseeded():
        assert other.digest == circuit_digest(other.circuit)
        assert other.tree > 0


def test_other_seeds_move_no_verdict_that_one_standard_error_does_not_turn():
    for one in shipped_scores():
        mine = [other for other in reseeded() if other.circuit == one.circuit]
        assert moved(one, mine)[1] == []


def test_a_verdict_that_other_seeds_move_is_named(made):
    first = made.score()
    turned = [
        p.model_copy(update={"verdict": "fail" if p.verdict == "pass" else "pass"})
        for p in first.phenomena
        if p.id in {"P01", "P03"}
    ]
    assert moved(first, [made.score(phenomena=turned)]) == (["P01"], ["P03"])
    text = " ".join(seeds_section(first, [made.score(phenomena=turned)]).split())
    assert (
        "the verdicts that differ are: P01, P03. Of these one standard error would turn P01."
        in text
    )


def test_a_stale_score_is_noticed(made):
    one = made.score(digest=circuit_digest("gate"), free_parameters=len(free_parameters("gate")))
    assert "gate: other phenomena are installed" in stale(one)
    assert not [text for text in stale(one) if "file has changed" in text or "number of" in text]
    other = made.score(
        phenomena=[made.phenomenon("P01", "pass", made.quantity("area", band=(0.0, 0.9)))]
    )
    assert stale(other)[0] == "gate: the circuit's file has changed since it was scored"
    assert stale(other)[-1] == "gate P01 area: the band is (0.0, 0.7) now"


def test_a_page_tells_every_phenomenon_once_with_its_numbers(made):
    text = page([made.score(), made.static_gain()])
    headings = re.findall(r"^## (.*)$", text, flags=re.MULTILINE)
    assert headings[1:5] == [
        "What it gets right", "Passed without credit", "What it gets wrong", "Not expressible",
    ]  # fmt: skip
    parts = dict(zip(headings, re.split(r"^## .*$", text, flags=re.MULTILINE)[1:], strict=True))
    named = {h: re.findall(r"\*\*(P\d\d)\*\*", part) for h, part in parts.items()}
    assert named["What it gets right"] == ["P01", "P26"]
    assert named["Passed without credit"] == ["P02"]
    assert named["What it gets wrong"] == ["P03", "P04"]
    wrong = " ".join(parts["What it gets wrong"].split())
    assert "40 [38, 43]; band 0.9 to 1.1 (missed)" in wrong
    right = " ".join(parts["What it gets right"].split())
    assert "82 [68, 98] ms; band 15 to 100 ms." in right
    assert "One standard error would turn this." in right
    assert "Foreman RD" in parts["References"]
    assert max(len(ln) for ln in text.splitlines() if not ln.startswith(("|", "- "))) <= WIDTH + 40


def test_the_table_says_what_t0_does_not_pass(made):
    assert "| gate | 3 of 5 | 1 (1 not tried) | 2 | 0 | 142 | standard |" in table([
        made.score(),
        made.static_gain(),
    ])
    assert "| gate | 3 of 5 | ? | 2 | 0 | 142 | standard |" in table([made.score()])
    mixed = [p.model_copy(update={"depth": "fast"}) for p in made.score().phenomena[2:4]]
    mixed = made.score(phenomena=[*made.score().phenomena[:2], *mixed])
    assert table([mixed]).endswith("| standard (2 of 4 settled at fast) |\n")
    assert table([]) == NONE


@pytest.mark.parametrize("line", re.findall(r"^gatecontrol evidence.*$", PATH.read_text(), re.M))
def test_the_options_of_the_page_exist(line):
    from typer.testing import CliRunner

    from gatecontrol.cli.app import app

    options = re.findall(r"--[a-z]+", line.split("#")[0])
    offered = CliRunner().invoke(app, ["evidence", "--help"]).output
    assert all(option in offered for option in options)
    for name in re.findall(r"--circuit (\w+)", line):
        assert load_circuit(name).name == name


if __name__ == "__main__":
    PATH.write_text(f"{PATH.read_text().split(NOTE)[0]}{NOTE}{page(shipped_scores(), reseeded())}")
    before, after = README.read_text().split(TABLE)
    rest = after.split("\n\n", 1)[1]
    README.write_text(f"{before}{TABLE}{table(shipped_scores())}\n{rest}")
