"""Handouts opened from disk with the network off, by keyboard: frame, text and sentence follow."""

import re

import numpy as np
import pytest

from gatecontrol.teaching import frames, handouts
from gatecontrol.teaching.lessons import find_lesson, load_lessons
from gatecontrol.teaching.outcomes import Axes, Outcome, Outcomes

LESSONS = [lesson.id for lesson in load_lessons()]


@pytest.fixture(scope="module")
def computed(tmp_path_factory):
    """The lesson on rubbing as the model has it; one seed."""
    lesson = find_lesson("rub_it_better").model_copy(update={"seeds": 1})
    folder = tmp_path_factory.mktemp("computed")
    handouts.write_handouts(folder, [lesson])
    return folder


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """All lessons with made-up numbers, which grow from stop to stop and are quick to have."""
    folder = tmp_path_factory.mktemp("course")

    def made(lesson, *_):
        row = tuple(
            Outcome(np.array([10.0 * n]), np.arange(3.0), np.full(3, 10.0 * n))
            for n in range(1, len(lesson.vary.stops) + 1)
        )
        return Outcomes(lesson, (row,) * len(lesson.conditions), Axes("Time [s]", "Signal"))

    drawn = frames.curve_figure(made(find_lesson("windup")), 0)
    one = frames._png(drawn)  # a hundred drawings take twenty seconds
    box = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 500 500"></svg>'
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handouts, "compute_outcomes", made)
        circuit = frames.Picture("svg", box, "The circuit and what fires in it.", "Circuit")
        patch.setattr(
            frames, "_circuit", lambda o, n, b: (circuit,) if o.lesson.kind == "bench" else ()
        )
        patch.setattr(frames, "_png", lambda figure: one)
        handouts.write_handouts(folder)
    return folder


@pytest.fixture
def offline(open_page):
    """Open a handout without a network."""

    def opened(path, width=1440, height=900):
        page = open_page("about:blank", width, height)
        page.context.set_offline(True)
        page.goto(path.as_uri())
        return page

    return opened


def predict(page):
    """Answer the prediction with the keyboard."""
    page.get_by_role("group").first.get_by_role("radio").first.focus()
    page.keyboard.press("Space")


def rates(page):
    """Return the rates in the sentence."""
    text = page.locator("#result").inner_text()
    return [float(x) for x in re.findall(r"fire ([\d.]+) spikes/s", text)]


def test_brushing_lowers_the_signal_and_not_without_gaba(computed, offline):
    page = offline(computed / "rub_it_better.html")
    slider = page.get_by_role("slider", name="Rub the skin")
    assert not slider.is_visible()  # what is to be predicted is not shown before
    predict(page)
    assert "Not so." in page.get_by_role("group").first.inner_text()
    assert slider.is_visible()
    assert slider.get_attribute("aria-valuetext") == "No brush"
    before, without_gaba = rates(page)
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "Brush"
    after, brushed_without_gaba = rates(page)
    assert after < 0.5 * before
    assert brushed_without_gaba > 0.8 * without_gaba  # the size: issue's "it does not"
    assert "less than without the brush" in page.locator("#result").inner_text()


def test_alternative_text_follows_the_slider(computed, offline):
    page = offline(computed / "rub_it_better.html")
    predict(page)
    shown = page.locator(".frame:visible img")
    assert shown.count() == 3
    texts = [shown.nth(n).get_attribute("alt") for n in range(3)]
    assert "at No brush" in texts[0]
    page.get_by_role("slider").focus()
    page.keyboard.press("End")
    later = [shown.nth(n).get_attribute("alt") for n in range(3)]
    assert "at Brush" in later[0]
    assert all(a != b for a, b in zip(texts, later, strict=True))
    assert all(shown.nth(n).evaluate("p => p.complete && p.naturalWidth > 100") for n in range(3))


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_lesson_is_done_by_keyboard(lesson, course, offline):
    whole = find_lesson(lesson)
    page = offline(course / f"{lesson}.html")
    predict(page)
    slider = page.get_by_role("slider", name=whole.vary.label)
    slider.focus()
    page.keyboard.press("Home")
    seen = []
    for stop in whole.vary.stops:
        assert page.locator("#shown").inner_text() == stop.label
        assert page.locator(".frame:visible").count() == 1
        seen.append(page.locator("#result").inner_text())
        page.keyboard.press("ArrowRight")
    assert len(set(seen)) == len(seen)
    # the question: the right answer is told to be so, and only its reason is shown
    group = page.get_by_role("group", name=whole.question.text)
    group.get_by_role("radio").nth(whole.question.right).focus()
    page.keyboard.press("Space")
    assert group.locator(".why:visible").count() == 1
    assert group.locator(".why:visible").inner_text().startswith("Yes.")


@pytest.mark.parametrize(
    ("name", "width", "height"),
    [
        ("rub_it_better", 1440, 900),
        ("rub_it_better", 1024, 768),
        ("rub_it_better", 390, 844),
        ("build_your_own", 390, 844),
        ("index", 390, 844),
        ("lecturer_notes", 390, 844),
    ],
)
def test_pages_fit_and_are_accessible(name, width, height, course, offline, accessible):
    page = offline(course / f"{name}.html", width, height)
    accessible(page)
    if page.get_by_role("group").count():
        predict(page)
        accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_and_on_paper_every_frame_is_there(course, browser, tmp_path):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((course / "windup.html").as_uri())
    assert page.locator(".frame:visible").count() == 5
    assert "At 1 Hz the last answers are larger" in page.inner_text("body")
    scripted = browser.new_page()
    scripted.goto((course / "windup.html").as_uri())
    scripted.emulate_media(media="print")
    assert scripted.locator(".frame:visible").count() == 5
    assert not scripted.locator("#control").is_visible()


def test_the_list_leads_to_the_lessons(course, offline):
    page = offline(course / "index.html")
    page.get_by_role("link", name="Wind-up", exact=True).press("Enter")
    page.wait_for_url("**/windup.html")
    page.get_by_role("link", name="All lessons").press("Enter")
    page.wait_for_url("**/index.html")
