"""Drawings of the bench: whole SVG, told apart without colour, and said in words."""

import base64
import re
from dataclasses import replace
from io import BytesIO
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from gatecontrol.circuits import load_circuit
from gatecontrol.teaching.answer import compute
from gatecontrol.teaching.bench import BLOCKS, BenchState
from gatecontrol.teaching.diagram import circuit_alt, circuit_svg, groups, short_title
from gatecontrol.teaching.raster import raster_svg
from gatecontrol.teaching.svg import data_uri, element, label
from gatecontrol.teaching.traces import closers, signal_alt, signal_svg
from gatecontrol.teaching.views import ending, figures, heading, rates_table, sentence
from gatecontrol.teaching.wording import DISCLAIMER

SVG = "{http://www.w3.org/2000/svg}"
DOTTED, DASHED = 'stroke-dasharray="2 4"', 'stroke-dasharray="8 3"'


@pytest.fixture(scope="module")
def bare():
    return compute(BenchState())


@pytest.fixture(scope="module")
def brushed():
    return compute(BenchState(brush=True))


def parsed(svg):
    return ElementTree.fromstring(svg)


def texts(svg):
    return [t.text for t in parsed(svg).iter(f"{SVG}text")]


def radius(svg, title):
    """Return the radius of the disc in the box that a title stands in."""
    root = parsed(svg)
    first = title.split()[0]
    place = next(t for t in root.iter(f"{SVG}text") if t.text.startswith(first))
    x, y = float(place.get("x")), float(place.get("y"))
    for box in root.iter(f"{SVG}rect"):
        left, top = float(box.get("x")), float(box.get("y"))
        right, base = left + float(box.get("width")), top + float(box.get("height"))
        if left < x < right and top < y < base:
            return next(
                float(c.get("r"))
                for c in root.iter(f"{SVG}circle")
                if left < float(c.get("cx")) < right and top < float(c.get("cy")) < base
            )
    raise AssertionError(f"no box of {title}")


def test_a_population_that_fires_less_has_a_smaller_disc(bare, brushed):
    assert radius(circuit_svg(brushed), "Lamina I") < radius(circuit_svg(bare), "Lamina I")


def test_excitation_and_inhibition_have_different_ends(brushed):
    """Every pathway that is drawn ends in a triangle or in a flat bar, as its receptors say."""
    circuit, shown = load_circuit("gate"), groups()
    inhibitory = {"gaba_a", "gaba_b", "glycine", "monoamine", "presynaptic"}
    drawn = [
        p for p in circuit.pathways.values() if p.source in shown and set(p.weights) != {"ltd"}
    ]
    bars = sum(bool(inhibitory & set(p.weights)) for p in drawn)
    svg = circuit_svg(brushed)
    ends = [
        (float(a[1]), float(a[2]), float(b[1]), float(b[2]))
        for path in parsed(svg).iter(f"{SVG}path")
        for a, b in [
            (
                re.match(r"M ([\d.]+) ([\d.]+)", path.get("d")),
                re.search(r"([\d.]+) ([\d.]+)$", path.get("d")),
            )
        ]
        if path.get("stroke-width") == "3"
    ]
    flat = [e for e in ends if e[0] == e[2] and abs(e[1] - e[3]) == 10]
    assert len(flat) == bars + 1  # one more in the key
    diamonds = sum(p.gated for p in drawn) + 1
    polygons = list(parsed(svg).iter(f"{SVG}polygon"))
    projection = sum(p.kind == "projection" for p in circuit.populations.values())
    assert len(polygons) == (len(drawn) - bars + 1) + diamonds + projection


@pytest.mark.parametrize("injured", [False, True])
@pytest.mark.parametrize("block", BLOCKS)
def test_what_is_blocked_is_broken_and_said(brushed, block, injured):
    """All receptors gone: dotted; some gone: dashed. Nerve injury alone blocks nothing."""
    state = BenchState(brush=True, injured=injured, blocks=(block,))
    answer = replace(brushed, state=state)
    usual, now = load_circuit("gate"), load_circuit("gate", [block])
    titles = {name: title for name, (title, _) in groups().items()}
    lost = {"Blocked": [], "Partly blocked": []}
    for name, pathway in usual.pathways.items():
        acting = {r: w.value for r, w in pathway.weights.items() if r != "ltd"}
        gone = sum(now.pathways[name].weights[r].value == 0 for r in acting)
        if gone and pathway.source in titles:
            lost["Blocked" if gone == len(acting) else "Partly blocked"].append(pathway)
    svg, words = circuit_svg(answer), circuit_alt(answer)
    drawn = {"Blocked": DOTTED, "Partly blocked": DASHED}
    for word, pathways in lost.items():
        # one more in the key, if there is any
        assert svg.count(drawn[word]) == len(pathways) + bool(pathways)
        assert (word.lower() in texts(svg)) == (f" {word}: pathways" in words) == bool(pathways)
        said = words.partition(f" {word}: pathways ")[2].partition(".")[0]
        for pathway in pathways:
            ends = said.partition(f"from {titles[pathway.source]} to ")[2].partition(";")[0]
            assert titles[pathway.target] in ends


def test_a_block_that_leaves_another_receptor_is_partial(brushed):
    """NMDA blockers leave AMPA receptors, strychnine leaves GABA-A receptors."""
    for block in ("nmda_block", "glycine_block"):
        answer = replace(brushed, state=BenchState(blocks=(block,)))
        assert DASHED in circuit_svg(answer)
        assert DOTTED not in circuit_svg(answer)
        assert " Blocked:" not in circuit_alt(answer)
    for whole in ("gaba_a_block", "no_descending"):
        assert DOTTED in circuit_svg(replace(brushed, state=BenchState(blocks=(whole,))))


def test_without_a_block_nothing_is_broken(brushed):
    for injured in (False, True):
        answer = replace(brushed, state=BenchState(brush=True, injured=injured))
        assert "stroke-dasharray" not in circuit_svg(answer)
        assert not [t for t in texts(circuit_svg(answer)) if "blocked" in t]
        assert "locked" not in circuit_alt(answer)


def test_the_diagram_is_the_declared_circuit_without_what_no_control_reaches():
    circuit = load_circuit("gate")
    remote = {n for n, a in circuit.afferents.items() if "remote" in a.role or "contra" in a.role}
    assert set(groups()) == {*circuit.populations, *circuit.afferents} - remote | {"descending"}
    assert list(groups())[-1] in circuit.populations
    assert short_title("Inhibitory interneurons (surround)") == "Inhibitory: surround"
    assert (
        short_title("Projection neurons (deep, wide dynamic range)") == "Deep, wide dynamic range"
    )
    assert short_title("C") == "C"


def test_every_rate_in_the_diagram_is_the_answers(brushed):
    shown = [t for t in texts(circuit_svg(brushed)) if t.endswith("/s") and t[0].isdigit()]
    wanted = [brushed.rates[name] for name in groups()]
    assert sorted(float(t[:-2]) for t in shown) == pytest.approx(sorted(wanted), abs=0.51)


def test_the_signal_says_what_is_on_and_what_is_left_out(bare, brushed):
    assert closers(bare.state) == ""
    assert "brush on" in texts(signal_svg(brushed))
    assert {"as set", "without"} <= set(texts(signal_svg(brushed)))
    assert "without" not in texts(signal_svg(bare))
    lines = len(list(parsed(signal_svg(brushed)).iter(f"{SVG}polyline")))
    assert lines > len(list(parsed(signal_svg(bare)).iter(f"{SVG}polyline")))
    assert "from 0.7 to 1.5 s with brush:" in signal_alt(brushed)
    assert signal_alt(bare).startswith("Pain signal over 2 seconds. Mean from 0.7 to 1.5 s:")


def test_the_signal_fits_its_axis(bare, brushed):
    for answer in (bare, brushed):
        numbers = [float(t) for t in texts(signal_svg(answer)) if re.fullmatch(r"[\d.]+", t)]
        assert max(numbers) >= max(answer.signal.max(), answer.signal_bare.max())


def test_the_raster_has_a_dot_where_a_spike_is(brushed):
    svg = raster_svg(brushed)
    image = next(parsed(svg).iter(f"{SVG}image")).get("href")
    pixels = np.asarray(Image.open(BytesIO(base64.b64decode(image.partition(",")[2]))))
    band = pixels.shape[0] // len(groups())
    place = list(groups()).index("abeta_surround")
    dots = pixels[place * band : (place + 1) * band, :, 3] > 0
    middle = pixels.shape[1] * 11 // 20  # 1.1 s
    third = pixels.shape[1] // 4  # 0.5 s: the surround is silent without a brush
    assert dots[:, middle - 20 : middle + 20].sum() > 50
    assert dots[:, third - 20 : third + 20].sum() == 0
    assert {title for title, _ in groups().values()} <= set(texts(svg))


def test_nothing_in_a_drawing_is_markup_by_accident():
    assert element("rect", stroke_width=1.234, fill="<&'\"") == (
        '<rect stroke-width="1.23" fill="&lt;&amp;&#x27;&quot;"/>'
    )
    assert "a &lt; b" in label("a < b", 0, 0)
    uri = data_uri("<svg/>")
    assert base64.b64decode(uri.partition(",")[2]) == b"<svg/>"


def test_the_page_says_the_result_and_shows_every_rate(brushed):
    shown = sentence(brushed.sentence)
    assert "aria-live='polite'" in shown
    assert shown.count("<strong>Projection neurons fire") == 1
    assert "class='busy' aria-busy='true'" in sentence(brushed.sentence, busy=True)
    assert "The first answer is being computed." in sentence("")
    table = rates_table(brushed)
    assert table.count("<tr>") == len(groups()) + 1
    assert "skin alone" in table
    assert "stimulator off" not in table
    assert figures(brushed).count("<img ") == 3
    assert figures(None) == ""


def test_what_stands_on_every_page_holds_for_every_state():
    """Lessons are on human fibres too; a link may open the bench with heat, or with nothing."""
    assert ending() == f"<footer><p class='disclaimer'>{DISCLAIMER}</p></footer>"
    assert "rat" not in DISCLAIMER.split()
    top = heading("link: amplitude: '900': at most 300")
    assert "pinched, heated or left alone, as set below" in top
    assert (
        "class='fault'>link: amplitude: &#x27;900&#x27;: at most 300. The bench is as new." in top
    )
    assert "fault" not in heading()
