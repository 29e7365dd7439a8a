"""The live bench, driven by keyboard through roles and names."""

import http.server
import re
import threading
from importlib.resources import files
from pathlib import Path

import pytest

import gatecontrol
from gatecontrol.teaching.views import failure, sentence

SIZES = [(1440, 900), (1024, 768), (390, 844)]
OPACITY = """
e => { let all = 1; for (; e; e = e.parentElement) all *= getComputedStyle(e).opacity; return all; }
"""
SLOW = 30_000  # ms: a first answer may wait for a network to be compiled


def result(page, unlike=""):
    """Return the words of the result once they are there, and other than before."""
    from playwright.sync_api import expect

    region = page.get_by_role("status").filter(has_text="spikes/s")
    if unlike:
        expect(region).not_to_contain_text(unlike, timeout=SLOW)
    expect(region).not_to_have_class("busy", timeout=SLOW)
    return region.inner_text(timeout=SLOW)


def press(page, role, name, key="Space"):
    """Press a key on a control that is found as a screen reader finds it."""
    control = page.get_by_role(role, name=name)
    control.focus()
    page.keyboard.press(key)
    return control


def rate(words):
    """Return the first rate that a sentence names [spikes/s]."""
    return float(re.search(r"fire ([\d.]+) spikes/s", words)[1])


def test_brushing_lowers_the_signal_unless_gaba_a_receptors_are_blocked(teaching, visit):
    page = visit(teaching)
    pinched = result(page)
    switch = press(page, "switch", "Brush the skin")
    brushed = result(page, pinched)
    assert switch.get_attribute("aria-checked") == "true"
    assert "less than without the brush" in brushed
    assert rate(brushed) < rate(pinched)
    press(page, "checkbox", "Block GABA-A receptors")
    blocked = result(page, brushed)
    press(page, "switch", "Brush the skin")
    untouched = result(page, blocked)
    # the same brush now takes away less than half of the share that it took away before
    assert 1 - rate(blocked) / rate(untouched) < 0.5 * (1 - rate(brushed) / rate(pinched))


def test_a_stimulator_and_its_slider(teaching, visit):
    page = visit(teaching)
    before = result(page)
    page.get_by_role("combobox", name="Stimulator").focus()
    page.keyboard.type("TENS")  # a native list takes the letters of an entry
    page.keyboard.press("Enter")
    stimulated = result(page, before)
    assert "less than without stimulation" in stimulated
    assert "of the A\N{GREEK SMALL LETTER BETA} fibres" in stimulated
    slider = page.get_by_role("slider", name="Amplitude [% of perception threshold]")
    slider.focus()
    page.keyboard.press("Home")
    off = result(page, stimulated)
    assert slider.get_attribute("aria-valuenow") == "0"
    assert "about as much as without stimulation" in off
    assert "A pulse excites no fibre" in off


def test_a_link_restores_the_state_and_the_file_runs(teaching, visit, tmp_path):
    page = visit(f"{teaching}?brush=1&device=pns&amplitude=170&blocks=nmda_block")
    words = result(page)
    assert page.get_by_role("switch", name="Brush the skin").get_attribute("aria-checked") == "true"
    assert page.get_by_role("checkbox", name="Block NMDA receptors").is_checked()
    press(page, "radio", "Heat")
    hot = result(page, words)
    assert "skin=heat" in page.get_by_role("link", name="Link to this state").get_attribute("href")
    with page.expect_download() as kept:
        press(page, "link", "Save as YAML", "Enter")
    file = tmp_path / kept.value.suggested_filename
    kept.value.save_as(file)
    experiment = gatecontrol.load(file)
    assert file.name == "bench.yaml"
    assert list(experiment.arms) == ["shown", "brush_alone", "skin_alone"]
    assert experiment.warnings == ()
    press(page, "link", "Link to this state", "Enter")
    page.wait_for_url("**/?*skin=heat*")
    assert result(page) == hot


def test_a_link_that_is_no_state_is_told_and_the_bench_works(teaching, visit):
    page = visit(f"{teaching}?amplitude=9000&colour=red")
    alert = page.get_by_role("alert").inner_text(timeout=SLOW)
    assert "amplitude: '9000': at most 300" in alert
    assert "colour: no control of the bench." in alert
    assert "The bench is as new." in alert
    assert rate(result(page)) > 0


def test_two_pages_do_not_disturb_one_another(teaching, visit):
    one, other = visit(teaching), visit(f"{teaching}?skin=heat")
    pinched, heated = result(one), result(other)
    assert pinched != heated
    press(one, "switch", "Brush the skin")
    assert "without the brush" in result(one, pinched)
    assert result(other) == heated


def test_a_slide_that_is_opened_from_disk_can_hold_it(teaching, used, tmp_path):
    slide = tmp_path / "slide.html"
    slide.write_text(f"<iframe src='{teaching}?brush=1' width=1000 height=700></iframe>")
    page = used.new_page()  # not watched: in a frame, a service worker is refused and says so
    page.goto(slide.as_uri())
    assert "without the brush" in result(page.frame_locator("iframe"))
    page.close()


def test_pictures_of_an_earlier_answer_are_dimmed(browser):
    """While a newer one is computed, and after a failure; what says so is not."""
    style = files("gatecontrol.teaching").joinpath("page.css").read_text()
    cell = "<div data-cell-name='{}'>{}</div>"
    page = browser.new_page()
    for words, dim in (
        (sentence("old", busy=True), True),
        (failure("no room", "A pinch. old"), True),
        (sentence("new"), False),
    ):
        cells = cell.format("words", words) + cell.format("drawings", "<img alt='signal'>")
        page.set_content(f"<style>{style}</style><div id='App'><div>{cells}</div></div>")
        assert (page.locator("img").evaluate(OPACITY) < 0.6) == dim
        if "Still shown" in words:
            assert page.locator(".still").evaluate(OPACITY) == 1
    page.close()


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """A site that holds the page in a frame."""

    frame = b""

    def do_GET(self):
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(self.frame)

    def log_message(self, *_):
        """Say nothing."""


def test_a_page_from_elsewhere_cannot_hold_it(teaching, used, monkeypatch):
    """The site is at 127.0.0.2: from a real one, Chromium itself would not ask this machine."""
    frame = f"<iframe src='{teaching}?brush=1' width=1000 height=700></iframe>"
    monkeypatch.setattr(Elsewhere, "frame", frame.encode())
    with http.server.ThreadingHTTPServer(("127.0.0.2", 0), Elsewhere) as site:
        thread = threading.Thread(target=site.serve_forever)
        thread.start()
        page = used.new_page()
        try:
            with page.expect_console_message(lambda m: "frame-ancestors" in m.text):
                page.goto(f"http://127.0.0.2:{site.server_port}/")
            assert page.frame_locator("iframe").locator("#App").count() == 0
        finally:
            page.close()
            site.shutdown()
            thread.join()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_it_fits_and_anybody_can_use_it(teaching, visit, accessible, width, height):
    page = visit(f"{teaching}?brush=1&device=scs", width, height)
    result(page)
    page.locator("img.raster").wait_for()
    assert page.evaluate("document.querySelector('#App').scrollWidth") <= width
    assert page.get_by_role("heading", level=1).inner_text() == "The gate, live"
    page.get_by_text("not medical advice").wait_for(timeout=SLOW)
    for picture in page.locator("img").all():
        box = picture.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert len(picture.get_attribute("alt")) > 60
    page.get_by_text("All rates as a table").click()
    assert page.get_by_role("row", name="Inhibitory: local").get_by_role("cell").count() == 3
    accessible(page)


def steps(text):
    """Return the steps of the newcomer's path in the documentation: verb, role, name."""
    block = re.search(r"```text\n(1\. .*?)```", text, re.DOTALL)[1]
    return re.findall(r"^\d\. (\w+) (?:(\w+) )?\"(.+)\"$", block, re.MULTILINE)


def test_a_newcomer_finds_the_effect_of_brushing(teaching, visit):
    """Replay the path in docs/teaching.md on a projector, without scrolling, in a minute."""
    page = visit(teaching, 1024, 768)
    path = steps((Path(__file__).parents[2] / "docs/teaching.md").read_text())
    assert [verb for verb, _, _ in path] == ["read", "see", "press", "see"]
    words = ""
    for verb, role, name in path:
        if verb == "read":
            place = page.get_by_role("heading", level=1).locator("xpath=following-sibling::p[1]")
            assert name in place.inner_text(timeout=SLOW)
        elif verb == "see":
            words = result(page, words)
            assert name in words
            place = page.get_by_role("status").filter(has_text="spikes/s")
        else:
            place = press(page, role, name)
        box = place.bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 768
