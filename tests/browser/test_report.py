"""The report in a real browser: complete, legible on a phone, and asking nothing of a network."""

import os
import shutil
from pathlib import Path

import pytest

from gatecontrol.experiment.runner import run

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = pytest.mark.skipif(
    CHROMIUM is None and not os.environ.get("GATECONTROL_REQUIRE_BROWSER"),
    reason="Chromium is not installed",
)

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


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    (folder / "short.yaml").write_text(EXPERIMENT)
    run(folder / "short.yaml", out=folder / "results")
    return folder / "results" / "report.html"


@pytest.fixture
def browser():
    assert CHROMIUM, "GATECONTROL_REQUIRE_BROWSER is set but there is no Chromium"
    from playwright.sync_api import sync_playwright

    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=quiet)
        yield started
        started.close()


@pytest.mark.parametrize("width", [1280, 390])
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
    text = page.inner_text("body")
    assert "Does stimulation that recruits A-beta fibres close the gate?" in text
    assert "Strong" in text
    assert page.get_by_role("heading", level=1).count() == 1
