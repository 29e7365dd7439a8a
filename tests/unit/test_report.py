"""The page of a report: one valid file that needs nothing else, complete and accessible."""

import json
import re

import html5lib
import pytest
import xarray as xr
from made_scores import score
from strict_page import Page

from gatecontrol.analysis.columns import MOST_ROWS
from gatecontrol.analysis.report import write_report
from gatecontrol.analysis.report.page import shown_table
from gatecontrol.analysis.results import write
from gatecontrol.analysis.tables import effect_table
from gatecontrol.errors import GatecontrolError

EXPERIMENT = """\
schema: 1
name: made_up  # <script>alert(1)</script>
preparation: human
circuit: {name: gate, conditions: [injured]}
stimuli:
  - {kind: pinch, onset: 0 s, duration: 8 s}
run: {duration: 9 s, device_on: 2.5 s, device_off: 7.7 s}
arms:
  scs: {device: {kind: scs, pattern: burst, frequency: 40 Hz, lead: octrode}}
  tens: {device: {kind: tens, pattern: tonic, frequency: 2 Hz}}
  dbs: {device: {kind: dbs, pattern: tonic, frequency: 20 Hz}}
seeds: 8
"""
SECTIONS = [
    "question", "answer", "design", "figures", "tables", "safety", "statistics", "evidence",
    "warnings", "assumptions", "conflicts", "limits", "again", "references",
]  # fmt: skip


def folder_of(tree, path, experiment=EXPERIMENT):
    write(tree, path / "results.nc")
    (path / "experiment.yaml").write_text(experiment)
    run = {
        "references": ["melzack1965", "plonsey2007", "no_such_key"],
        "packages": {"numpy": "2.3.5"},
        "python": "3.11.7",
        "backend": "standalone",
        "trials": 48,
        "finished": "2026-01-01T10:00:00+00:00",
    }
    (path / "run.json").write_text(json.dumps(run))
    return path


@pytest.fixture(scope="module")
def report(compared, tmp_path_factory):
    folder = folder_of(compared, tmp_path_factory.mktemp("made_up"))
    (folder / "score.json").write_text(score().model_dump_json())
    return write_report(folder, folder / "score.json")


@pytest.fixture(scope="module")
def page(report):
    return Page(report.read_text(encoding="utf-8"))


def test_it_is_one_file_that_asks_for_nothing(report, page):
    text = report.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert page.all("html") == [{"lang": "en-GB"}]
    assert page.all("script") == []
    assert page.all("link") == []
    assert all(a["src"].startswith("data:image/png;base64,") for a in page.all("img"))
    assert "url(" not in text
    assert "@import" not in text
    addresses = [a["href"] for a in page.all("a")]
    assert addresses
    assert all(a.startswith(("https://doi.org/", "#")) for a in addresses)
    assert not [a for _, a in page.tags if any(k.startswith("on") for k in a)]


@pytest.mark.parametrize("name", ["compared", "swept", "wound"])
def test_it_is_valid_html(name, request, tmp_path):
    tree = request.getfixturevalue(name)
    write(tree, tmp_path / "results.nc")
    text = write_report(tmp_path).read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(text)  # raises at the first fault


def test_it_is_accessible(page):
    for picture in page.all("img"):
        assert len(picture["alt"]) > 60
        assert int(picture["width"]) > 0
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(levels, levels[1:], strict=False))
    names = [a["id"] for a in page.all("h2")]
    assert names == [a["aria-labelledby"] for a in page.all("section")]
    assert all(a["scope"] in {"col", "row"} for a in page.all("th"))
    identifiers = [a["id"] for _, a in page.tags if "id" in a]
    assert len(set(identifiers)) == len(identifiers)
    within = [a["href"][1:] for a in page.all("a") if a["href"].startswith("#")]
    named = [a["aria-labelledby"] for _, a in page.tags if "aria-labelledby" in a]
    assert set(within + named) <= set(identifiers)
    assert page.all("a")[0] == {"class": "skip", "href": "#answer"}
    # every table has a caption and scrolls in a box that the keyboard reaches
    assert len(page.all("table")) == len(page.all("caption")) >= 5
    boxes = [a for a in page.all("div") if a.get("role") == "region"]
    assert len(boxes) == len(page.all("table"))
    assert all(a["tabindex"] == "0" for a in boxes)


def test_its_parts_come_in_order(page):
    assert [a["id"] for a in page.all("h2")] == SECTIONS
    links = [a["href"] for a in page.all("a")]
    assert links[1 : 1 + len(SECTIONS)] == [f"#{s}" for s in SECTIONS]


def test_what_a_user_wrote_is_text_not_markup(report, page):
    text = report.read_text(encoding="utf-8")
    assert "&lt;b&gt;most&lt;/b&gt;" in text
    assert "&lt;script&gt;" in text
    assert page.all("b") == []


def test_its_parts_are_there(page):
    for part in (
        "Which arm suppresses",
        "human",
        "gate (injured), 500 cells and 420 fibres",
        "same seed, same circuit draw and same natural spikes",
        "8 seeds (1-8)",
        "2.5 s to 7.7 s, while the device is on",
        "Held the same in all arms",
        "duration 9 s; device on 2.5 s; device off 7.7 s",
        "device.lead octrode",
        "Figure 3.",
        "tables/effect.csv",
        "No arm crosses a limit of charge density",
        "Of 3 pairs of arms in the epoch during (every pair of arms at each sweep point), ",
        "Arms against each other",
        "An interval of ±2 percentage points would take",
        "The circuit gate shows 3 of the 5 published phenomena tried (gatecontrol 0.1.0, "
        + "2026-11-30, depth standard; 142 of its numbers are assumed).",
        "P01 pass (edge) A single dorsal-column pulse silences",
        "scs: a doubtful thing",
        "A linear law; conductivities are assumed.",
        "Does burst stimulation of the cord act through GABA?",
        "What this does not claim",
        "not clinical advice",
        "numpy 2.3.5",
        "standalone",
        "gatecontrol run experiment.yaml --out ../made_up",
        "schema: 1",
        "Melzack R, Wall PD (1965)",
        "Crosby ND",
        "Bioelectricity: a quantitative approach",
    ):
        assert part in page.text, part


def test_without_evidence_it_says_that_nothing_was_scored(compared, tmp_path):
    text = Page(write_report(folder_of(compared, tmp_path)).read_text(encoding="utf-8")).text
    assert "This circuit has not been scored here." in text


def test_results_without_contrasts_say_so(compared, tmp_path):
    old = xr.DataTree(compared.to_dataset(inherit=False))
    text = Page(write_report(folder_of(old, tmp_path)).read_text(encoding="utf-8")).text
    assert "These results hold no contrasts" in text
    assert "The results hold no test of the two against each other" in text


def test_no_clinical_claim_is_made(page):
    words = page.text.lower()
    for claim in ("pain relief by", "relieves pain", "patients improve", "pain score of"):
        assert claim not in words


def test_windup_is_reported(wound, tmp_path):
    page = Page(write_report(folder_of(wound, tmp_path)).read_text(encoding="utf-8"))
    assert "Wind-up ratio, 95 % interval [1]" in page.text
    assert "Doses and safety" not in page.text
    assert "Sweep over stimuli[0].rate" in page.text
    assert "No known conflict touches the arms of this run." in page.text


def test_a_report_without_run_record(swept, tmp_path):
    write(swept, tmp_path / "results.nc")
    page = Page(write_report(tmp_path).read_text(encoding="utf-8"))
    assert [a for a in page.all("li") if a.get("id", "").startswith("ref-")]
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "figures", "report.html", "results.nc", "tables",
    ]  # fmt: skip
    assert page.all("details") == []


def test_a_long_table_says_what_it_leaves_out(swept):
    table = effect_table(swept.to_dataset())
    assert shown_table(table)["left_out"] == ""
    rows = [*table.rows * 8, *table.rows[::-1]]
    long = type(table)("effect", "Effect", "", table.columns, rows)
    shown = shown_table(long)
    assert len(shown["rows"]) == MOST_ROWS
    assert shown["left_out"] == (
        "The first 60 of 108 rows are shown; 48 are left out. All are in tables/effect.csv and "
        + "results.nc."
    )


def test_of_a_long_effect_table_the_largest_are_shown(swept):
    table = effect_table(swept.to_dataset())
    long = type(table)("effect", "Effect", "", table.columns, table.rows * 9, table.rank)
    shown = shown_table(long)
    assert shown["left_out"].startswith(
        "Of 108 rows the 60 with the largest suppression_pooled are shown; 48 are left out."
    )
    place = long.header.index("Suppression during, 95 % interval [%]")
    values = [float(r[place].split()[0].replace("\N{MINUS SIGN}", "-")) for r in shown["rows"]]
    assert values == sorted(values, reverse=True)


def test_every_row_is_in_the_csv_file(swept, tmp_path):
    write(swept, tmp_path / "results.nc")
    write_report(tmp_path)
    lines = (tmp_path / "tables" / "effect.csv").read_text().splitlines()
    assert len(lines) == 1 + 2 * 6
    with xr.open_dataset(tmp_path / "results.nc", engine="h5netcdf") as data:
        value = float(data["suppression_pooled"].sel(arm="scs", epoch="during")[2])
    assert lines[0].startswith("label,device_frequency_text,pain_signal_off epoch=during")
    assert repr(value) in lines[3]


def test_the_same_results_give_the_same_page(swept, tmp_path):
    write(swept, tmp_path / "results.nc")
    first = write_report(tmp_path).read_bytes()
    assert write_report(tmp_path).read_bytes() == first


def test_without_results_there_is_an_error(tmp_path):
    with pytest.raises(GatecontrolError, match="no results at"):
        write_report(tmp_path)
