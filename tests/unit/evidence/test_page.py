"""The page of a score: complete, valid, asking for nothing; drawings that say what is measured."""

import re

import html5lib
import pytest
from made_scores import quantity, score, static_gain
from strict_page import Page

from gatecontrol.evidence.figure import caption, matrix, matrix_alt
from gatecontrol.evidence.page import strip, write_page


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    return write_page([score()], folder, [static_gain()], "gatecontrol evidence --tree 2")


@pytest.fixture(scope="module")
def page(written):
    return Page(written.read_text(encoding="utf-8"))


def test_it_is_one_valid_file_that_asks_for_nothing(written, page):
    text = written.read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(text)
    assert page.all("script") == page.all("link") == []
    assert all(a["src"].startswith("data:image/png;base64,") for a in page.all("img"))
    assert "url(" not in text
    assert "<cathode>" not in text  # a title is text, never markup
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    anchors = {a["href"][1:] for a in page.all("a") if a["href"].startswith("#")}
    assert anchors <= set(ids)
    assert {a["aria-labelledby"] for _, a in page.tags if "aria-labelledby" in a} <= set(ids)
    assert {p.name for p in (written.parent / "figures").iterdir()} == {
        "evidence.png", "evidence.svg",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "The circuit gate shows 3 of the 5 published phenomena tried.",
        "It fails P03, P04.",
        "does not pass 1; on P26 it was not tried.",
        "P01 A single dorsal-column pulse silences, then releases the projection neuron",
        "gate: pass, edge",
        "82 [68, 98] ms",
        "15 to 100 ms",
        "gate: pass, no credit",
        "A static gain (T0) passes this too, so passing it earns no credit.",
        "at most 0.1; whole interval in the band (no effect)",
        "(above what the protocol looks at)",
        "Sources: none listed",
        "https://doi.org/10.1152/jn.00254.2014",
        "Does burst stimulation of the cord act through GABA?",
        "not clinical advice",
        "gatecontrol evidence --tree 2",
        "142 numbers of the circuit are assumed",
    ],
)
def test_it_says_what_was_found(page, text):
    assert text in page.text


def test_every_number_is_drawn_with_its_words(page):
    drawn = [a for a in page.all("svg") if a.get("role") == "img"]
    assert [a["aria-label"] for a in drawn] == [
        "measured 82 [68, 98] ms, band 15 to 100 ms",
        "measured 0.6 [0.5, 0.7], band 0.5 to 0.91",
        "measured 40 [38, 43], band 0.9 to 1.1",
        "measured 2.6, band 2 to 4",
    ]
    assert page.text.count("no value") >= 2  # an infinite one and a missing one


def test_only_what_was_scored_is_told_in_full(page):
    assert "static_gain: " not in page.text
    assert "static_gain" in page.all("img")[0]["alt"]


def test_several_circuits_are_told_side_by_side(tmp_path):
    text = Page(write_page([static_gain(), score()], tmp_path).read_text()).text
    assert "Evidence: gate, static_gain" in text
    assert text.index("gate: pass, edge") < text.index("static_gain: fail")
    assert "static_gain: not expressible (no C fibres)" in text


def test_a_drawing_keeps_band_and_value_apart():
    found = strip(quantity(value=0.3, low=0.2, high=0.4, band=(0.5, 0.9)))
    left, width = found["band"]
    start, length = found["interval"]
    assert start < found["value"] < start + length < left < left + width < 200
    assert found["beyond"] == 0
    # of a scale 0.2 ... 0.9 with 8 % to spare on either side
    assert left == pytest.approx(200 * (0.3 + 0.056) / (0.7 + 0.112), abs=0.1)


@pytest.mark.parametrize(("value", "beyond"), [(40.0, 1), (-40.0, -1), (1.3, 0)])
def test_what_lies_far_off_does_not_shrink_the_band(value, beyond):
    found = strip(quantity(value=value, low=value, high=value, band=(0.9, 1.1)))
    assert found["beyond"] == beyond
    assert found["band"][1] > 20
    assert 0 <= found["value"] <= 200


def test_circuits_are_drawn_to_one_scale():
    near, far = quantity(), quantity(value=1.3, low=1.2, high=1.4)
    one, other = strip(near, [near, far]), strip(far, [near, far])
    assert one["band"] == other["band"]
    assert one["value"] < other["value"] <= 200
    assert one["band"] != strip(near)["band"]


def test_an_open_band_reaches_the_end_and_no_value_draws_nothing():
    assert strip(quantity(band=(None, 0.9)))["band"][0] == 0
    left, width = strip(quantity(band=(0.5, None)))["band"]
    assert left + width == 200
    assert strip(quantity(value=None)) is None
    assert strip(quantity(seeds=0))["interval"] is None


def test_the_matrix_has_a_sign_for_every_verdict():
    figure = matrix([score(), static_gain()], {"P02"})
    (ax,) = figure.axes
    signs = [t.get_text() for t in ax.texts]
    assert signs.count("\N{CHECK MARK}") == 4
    assert signs.count("\N{MULTIPLICATION X}") == 3
    assert signs.count("\N{EN DASH}") == 2
    assert signs.count("e") == 1
    shapes = [(line.get_marker(), line.get_markerfacecolor()) for line in ax.lines]
    assert shapes.count(("o", "white")) == 2  # P02 of both circuits earns no credit
    assert [t.get_text() for t in ax.get_xticklabels()] == [
        "gate\n3 of 5, standard", "static_gain\n1 of 4, standard",
    ]  # fmt: skip
    assert "no credit" in figure.get_supxlabel()
    assert "no credit" not in matrix([score()]).get_supxlabel()


def test_the_matrix_marks_a_score_of_two_depths():
    one = score()
    screened = [p.model_copy(update={"depth": "fast"}) for p in one.phenomena[:1]]
    mixed = score(phenomena=[*screened, *one.phenomena[1:]])
    (label,) = matrix([mixed]).axes[0].get_xticklabels()
    assert label.get_text() == "gate\n3 of 5, standard*"
    assert "*: what clearly failed, or passed without credit, at the depth fast" in caption([mixed])


def test_the_matrix_in_words():
    text = matrix_alt([score(), static_gain()])
    assert "gate: pass: P01, P02, P26; fail: P03, P04; not expressible: none." in text
    assert "And 1 more circuits." in matrix_alt([score(f"c{i}") for i in range(9)])
    assert caption([score()]).endswith("Circuits: gate.")


def test_no_clinical_claim_is_made(page):
    for claim in ("pain relief by", "relieves pain", "patients improve", "pain score of"):
        assert claim not in re.sub(r"\s+", " ", page.text.lower())
