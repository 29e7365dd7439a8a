"""The report in a real browser: complete, legible on a phone, and asking nothing of a network."""

import shutil
from pathlib import Path

import pytest
from made_scores import score, static_gain

from gatecontrol.analysis.comparison import compare
from gatecontrol.analysis.report import write_report
from gatecontrol.evidence.page import write_page
from gatecontrol.evidence.score_file import write_score
from gatecontrol.experiment.runner import run

EXPERIMENT = """\
schema: 1
name: short
question: Does stimulation that recruits A-beta fibres close the gate?
preparation: rat
circuit: {name: gate, conditions: [injured]}
stimuli:
  - {kind: pinch, onset: 50 ms, duration: 0.9 s}
run: {duration: 1 s, device_on: 0.4 s, device_off: 0.9 s}
arms:
  strong: {label: Strong, device: {kind: scs, frequency: 50 Hz, amplitude: 200 %PT}}
  weak: {label: Weak, device: {kind: scs, frequency: 50 Hz, amplitude: 20 %PT}}
seeds: 6
"""
# Of each text: its colour on what lies below it (opaque colours only), by WCAG 2.2.
LOW_CONTRAST = """
() => {
  const light = c => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const parts = s => s.match(/[\\d.]+/g).map(Number);
  const luminance = s => { const [r, g, b] = parts(s).map(light);
                           return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const below = e => { for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      if (parts(c).length === 3 || parts(c)[3] > 0) return c; }
    return 'rgb(255, 255, 255)'; };
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walk.nextNode());) {
    if (!node.textContent.trim()) continue;
    const e = node.parentElement;
    const [a, b] = [luminance(getComputedStyle(e).color), luminance(below(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push([node.textContent.trim().slice(0, 40), ratio]);
  }
  return found;
}
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    (folder / "short.yaml").write_text(EXPERIMENT)
    run(folder / "short.yaml", out=folder / "results")
    write_score(score(), folder)
    return write_report(folder / "results", folder / "score.json")


@pytest.fixture(scope="module")
def comparison(report) -> Path:
    again = report.parent.parent / "again"
    shutil.copytree(report.parent, again)
    return compare([report.parent, again], again.parent / "both").path / "report.html"


@pytest.fixture(scope="module")
def evidence(tmp_path_factory) -> Path:
    return write_page([score()], tmp_path_factory.mktemp("evidence"), [static_gain()])


@pytest.mark.parametrize("width", [1280, 360])
def test_report_is_whole_and_fits_the_page(report, browser, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(report.as_uri())
    assert [u for u in asked if not u.startswith(("data:", report.as_uri()))] == []
    assert complaints == []
    # every picture is there, has a text for those who do not see it, and fits
    pictures = page.locator("img")
    assert pictures.count() >= 3
    for index in range(pictures.count()):
        picture = pictures.nth(index)
        assert picture.evaluate("p => p.complete && p.naturalWidth > 100")
        assert len(picture.get_attribute("alt")) > 40
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # tables that are too wide scroll inside their boxes
    assert page.evaluate("[...document.querySelectorAll('.wide')].every(b => b.clientWidth > 250)")
    text = page.inner_text("body")
    assert "Does stimulation that recruits A-beta fibres close the gate?" in text
    assert "Strong" in text
    assert "The circuit gate shows 3 of the 5 published phenomena tried" in text
    assert page.get_by_role("heading", level=1).count() == 1


@pytest.mark.parametrize("width", [1280, 360])
def test_comparison_is_whole_and_fits_the_page(comparison, browser, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(comparison.as_uri())
    assert [u for u in asked if not u.startswith(("data:", comparison.as_uri()))] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("img").evaluate("p => p.complete && p.naturalWidth > 100")
    assert "Comparison: results and again" in page.inner_text("h1")


@pytest.mark.parametrize("width", [1280, 360])
def test_evidence_is_whole_and_fits_the_page(evidence, browser, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(evidence.as_uri())
    assert [u for u in asked if not u.startswith(("data:", evidence.as_uri()))] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("img").evaluate("p => p.complete && p.naturalWidth > 100")
    drawings = page.get_by_role("img", name="measured")
    assert drawings.count() == 4
    assert all(drawings.nth(i).bounding_box()["width"] == 200 for i in range(4))


@pytest.mark.parametrize("name", ["report", "comparison", "evidence"])
def test_every_text_stands_out_from_its_ground(name, request, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(request.getfixturevalue(name).as_uri())
    assert page.evaluate(LOW_CONTRAST) == []


def test_the_keyboard_skips_to_the_answer(report, browser):
    page = browser.new_page(viewport={"width": 360, "height": 700})
    page.goto(report.as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the answer"
    box = page.locator(".skip").bounding_box()
    assert box["x"] >= 0
    page.keyboard.press("Enter")
    assert page.url.endswith("#answer")


def test_it_reads_without_scripts_and_prints(report, browser, tmp_path):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report.as_uri())
    assert "Held the same in all arms" in page.inner_text("body")
    page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    page.emulate_media(media="print")
    # on paper the experiment is open and the contents are left out
    assert page.locator("nav").is_visible() is False
