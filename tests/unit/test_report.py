"""The report: an answer that the numbers carry, in one file that needs nothing else."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from gatecontrol.analysis.answer import answer
from gatecontrol.analysis.report import write_report
from gatecontrol.analysis.results import write
from gatecontrol.analysis.statistics import mean_with_interval
from gatecontrol.analysis.tables import MISSING, dose_table, effect_table, missing_values
from gatecontrol.errors import GatecontrolError

VOID = {"meta", "img", "br", "hr", "link", "input"}


class Page(HTMLParser):
    """Collects tags and text, and checks that every tag is closed in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.words = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    def all(self, name):
        return [attributes for tag, attributes in self.tags if tag == name]


def folder_of(tree, path):
    write(tree, path / "results.nc")
    (path / "experiment.yaml").write_text("schema: 1\nname: made_up  # <script>alert(1)</script>\n")
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
    return write_report(folder_of(compared, tmp_path_factory.mktemp("made_up")))


@pytest.fixture(scope="module")
def page(report):
    return Page(report.read_text(encoding="utf-8"))


def test_it_is_one_well_formed_file_that_asks_for_nothing(report, page):
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
    assert all(a.startswith("https://doi.org/") for a in addresses)
    assert not [a for _, a in page.tags if any(k.startswith("on") for k in a)]


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


def test_what_a_user_wrote_is_text_not_markup(report, page):
    text = report.read_text(encoding="utf-8")
    assert "&lt;b&gt;most&lt;/b&gt;" in text
    assert "&lt;script&gt;" in text
    assert page.all("b") == []


def test_its_parts_are_there(page):
    words = " ".join(" ".join(page.words).split())
    for part in (
        "Which arm suppresses",
        "human",
        "gate (injured), 350 cells and 360 fibres",
        "same seed, same circuit draw and same natural spikes",
        "8 seeds",
        "2.5 s to 7.7 s, while the device is on",
        "Figure 3.",
        "scs: a doubtful thing",
        "A linear law; conductivities are assumed.",
        "What this does not claim",
        "not clinical advice",
        "numpy 2.3.5",
        "standalone",
        "1-8",
        "gatecontrol run experiment.yaml --out ../made_up",
        "schema: 1",
        "Melzack R, Wall PD (1965)",
        "Bioelectricity: a quantitative approach",
    ):
        assert part in words, part


def test_every_number_of_the_effect_table_is_in_the_results(compared):
    data = compared.to_dataset()
    header, rows = effect_table(data)
    place = header.index("Suppression during [%], 95 % interval")
    for row, arm in zip(rows, data["arm"].values, strict=True):
        here = data.sel(arm=arm, epoch="during")
        names = ("pooled", "low", "high")
        value, low, high = (100 * float(here[f"suppression_{n}"]) for n in names)
        expected = f"{value:.1f} [{low:.1f}, {high:.1f}]".replace("-", "\N{MINUS SIGN}")
        assert row[place] == expected


def test_the_dose_table_has_units_and_says_what_is_undefined(compared):
    header, rows = dose_table(compared.to_dataset())
    assert header[:4] == ["Arm", "Device", "Amplitude [mA]", "Amplitude [% PT]"]
    assert [r[3] for r in rows] == ["120", "120", MISSING]
    assert "Descending recruited [%]" not in header


def test_the_answer_names_most_and_least_with_intervals(compared):
    data = compared.to_dataset()
    sentences = answer(data)
    pooled = {
        a: 100 * float(data["suppression_pooled"].sel(arm=a, epoch="during"))
        for a in ("dbs", "tens")
    }
    assert sentences[0].startswith(
        f"DBS 20 Hz (PAG/PVG) suppresses the pain signal most ({pooled['dbs']:.1f} %, 95 % interval"
    )
    assert "TENS 2 Hz acupuncture-like" in sentences[0]
    assert sentences[0].endswith("their intervals do not overlap.")
    assert sentences[1] == "No other interval overlaps that of DBS 20 Hz (PAG/PVG)."
    assert sentences[2].startswith("Intervals that contain no effect (0 %): TENS 2 Hz")


def with_values(tree, pooled, low, high):
    data = tree.to_dataset().copy(deep=True)
    for name, values in (("pooled", pooled), ("low", low), ("high", high)):
        data[f"suppression_{name}"].loc[{"epoch": "during"}] = values
    return data


def test_the_answer_says_what_cannot_be_told_apart(compared):
    data = with_values(compared, [0.3, 0.1, 0.28], [0.2, 0.05, 0.21], [0.4, 0.15, 0.35])
    sentences = answer(data)
    assert sentences[0].startswith("SCS 50 Hz tonic suppresses the pain signal most (30.0 %")
    assert sentences[0].endswith("their intervals do not overlap.")
    assert sentences[1] == ("Intervals that overlap that of SCS 50 Hz tonic: DBS 20 Hz (PAG/PVG).")
    data = with_values(compared, [0.3, 0.25, 0.28], [0.2, 0.15, 0.21], [0.4, 0.35, 0.35])
    assert answer(data)[0].endswith("their intervals overlap.")


def test_the_answer_says_when_the_signal_rises_or_nothing_is_known(compared):
    data = with_values(compared, [0.3, -0.1, 0.2], [0.2, -0.2, 0.1], [0.4, -0.05, 0.3])
    assert answer(data)[-1].startswith("The pain signal rises (interval below 0 %): TENS")
    nothing = np.full(3, np.nan)
    data = with_values(compared, nothing, nothing, nothing)
    assert answer(data) == ["No arm has an estimate of suppression; the table says why."]
    data = with_values(compared, [0.3, 0.1, 0.2], nothing, nothing)
    assert "without intervals for both, nothing is said" in answer(data)[0]


def test_a_sweep_answers_by_its_values(swept):
    assert answer(swept.to_dataset())[0].startswith("DBS 20 Hz (PAG/PVG), 200 Hz suppresses")


def test_one_arm_answers_by_its_values_alone(swept):
    data = swept.to_dataset().isel(arm=[1])
    assert answer(data)[0].startswith("The pain signal is suppressed most at 200 Hz (")
    alone = data.isel(device_frequency=[5])
    assert answer(alone)[0].startswith("200 Hz: the pain signal is suppressed by ")


def test_windup_answers_with_ratios(wound):
    sentences = answer(wound.to_dataset())
    assert sentences[0].startswith(
        "Wind-up is largest with 1 Hz: the last three volleys evoke 2.20 (95 % interval 2.20 to "
    )
    assert sentences[1].startswith("The other ratios: 0.2 Hz 1.24")


def test_windup_is_reported(wound, tmp_path):
    page = Page(write_report(folder_of(wound, tmp_path)).read_text(encoding="utf-8"))
    words = " ".join(" ".join(page.words).split())
    assert "Wind-up ratio [1], 95 % interval" in words
    assert "Dose and recruitment" not in words
    assert "Sweep over stimuli[0].rate" in words


def test_a_report_without_run_record(swept, tmp_path):
    write(swept, tmp_path / "results.nc")
    page = Page(write_report(tmp_path).read_text(encoding="utf-8"))
    assert "None recorded." in page.words
    assert sorted(p.name for p in tmp_path.iterdir()) == ["figures", "report.html", "results.nc"]


def test_without_results_there_is_an_error(tmp_path):
    with pytest.raises(GatecontrolError, match="no results at"):
        write_report(tmp_path)


def test_missing_intervals_are_explained(compared):
    data = compared.to_dataset().copy(deep=True)
    assert missing_values(data) == []
    data["suppression_status"].loc[{"arm": "scs", "epoch": "during"}] = "one seed has no interval"
    assert missing_values(data) == ["one seed has no interval: SCS 50 Hz tonic"]


def test_mean_with_interval_is_students():
    mean, low, high = mean_with_interval(np.array([1.0, 2.0, 3.0, np.nan]))
    assert mean == 2.0
    # t(0.975, 2) = 4.3027 times the standard error 1 / sqrt(3).
    assert high - mean == pytest.approx(4.302653 / np.sqrt(3), rel=1e-6)
    assert mean - low == pytest.approx(high - mean)
    assert np.isnan(mean_with_interval(np.array([np.nan]))[0])
