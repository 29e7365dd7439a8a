"""Every lesson, live, driven by keyboard: predict, try, see the change, answer."""

import math
import re

import numpy as np
import pytest

from gatecontrol.teaching.lessons import load_lessons
from gatecontrol.teaching.outcomes import Axes, Outcome, Outcomes, agrees

LESSONS = load_lessons()
SLOW = 180_000  # ms: without a cache a stop of the slowest lesson simulates eight minutes


def choose(page, region, text):
    """Choose an answer or a stop with the keyboard."""
    control = page.get_by_role("region", name=region, exact=True).get_by_role(
        "radio", name=text, exact=True
    )
    control.focus()
    page.keyboard.press("Space")
    return control


def value(lesson, condition, words):
    """Return what a sentence says of a condition, in the lesson's unit."""
    says = f"{lesson.conditions[condition].label}: {lesson.shows.reads}"
    before, _, after = says.partition(says[says.index("{") : says.index("}") + 1])
    found = re.search(f"{re.escape(before)}([\\d.]+|nothing).*{re.escape(after)}", words)
    assert found, f"'{says}' is not in '{words}'"
    return math.nan if found[1] == "nothing" else float(found[1])


def at_stop(page, lesson, stop):
    """Go to a stop; return its sentence."""
    label = lesson.vary.stops[stop].label
    choose(page, lesson.vary.label, label)
    named = page.locator("strong").get_by_text(f"{label}.", exact=True)
    return page.locator("#result:not(.busy)").filter(has=named).inner_text(timeout=SLOW)


def told(page, lesson):
    """Go to every stop that a claim is about; return the outcomes as the page tells them.

    Rates from 10 spikes/s on are told without decimals: claims that hold by less are no claims.
    """
    places = [p for check in lesson.checks for p in (check.start, check.end)]
    said = {s: at_stop(page, lesson, s) for s in sorted({lesson.place(p)[1] for p in places})}

    def outcome(condition, stop):
        number = value(lesson, condition, said[stop]) if stop in said else math.nan
        return Outcome(np.array([number]), np.empty(0), np.empty(0))

    stops, conditions = range(len(lesson.vary.stops)), range(len(lesson.conditions))
    table = tuple(tuple(outcome(c, s) for s in stops) for c in conditions)
    return Outcomes(lesson, table, Axes("", ""))


@pytest.mark.slow
@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.id)
def test_the_result_changes_as_the_lesson_claims(lesson, teaching, visit, accessible):
    page = visit(f"{teaching}lesson/?id={lesson.id}")
    assert page.get_by_role("heading", level=1).inner_text(timeout=SLOW) == lesson.title
    page.get_by_text("not medical advice").wait_for(timeout=SLOW)
    # nothing of the result is there before the prediction
    assert page.locator("#result").count() == 0
    assert page.get_by_text(lesson.evidence[0].text).count() == 0
    wrong = next(c for c in lesson.prediction.choices if not c.right)
    choose(page, "1. Predict", wrong.text)
    said = page.get_by_role("region", name="1. Predict").get_by_role("status")
    said.filter(has_text="Not so.").wait_for(timeout=SLOW)
    outcomes = told(page, lesson)
    for check in lesson.checks:
        holds, start, end = agrees(check, outcomes)
        assert holds, f"{check.says} {start:g} against {end:g}"
    page.locator("img.plot").nth(1).wait_for(timeout=SLOW)
    for picture in page.locator("img").all():
        assert len(picture.get_attribute("alt")) > 60
    choose(page, "3. Question", lesson.question.choices[lesson.question.right].text)
    said = page.get_by_role("region", name="3. Question").get_by_role("status")
    said.filter(has_text="Yes.").wait_for(timeout=SLOW)
    assert lesson.evidence[0].text[:40] in page.inner_text("body")
    page.wait_for_timeout(500)  # what is being computed is dimmed, and then has less contrast
    accessible(page)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768), (390, 844)])
def test_a_lesson_fits_and_shows_all_stops_at_a_button(teaching, visit, width, height):
    lesson = LESSONS[0]
    page = visit(f"{teaching}lesson/?id={lesson.id}", width, height)
    page.get_by_role("radio").first.wait_for(timeout=SLOW)
    choose(page, "1. Predict", lesson.prediction.choices[0].text)
    page.locator("img.plot").nth(1).wait_for(timeout=SLOW)
    assert "The model agrees" not in page.inner_text("body")
    button = page.get_by_role("button", name="Compute all stops")
    button.focus()
    page.keyboard.press("Enter")
    verdicts = page.get_by_role("region", name="What the model says").get_by_text(
        re.compile("The model (dis)?agrees:")
    )
    verdicts.nth(len(lesson.checks) - 1).wait_for(timeout=SLOW)
    assert button.count() == 0
    assert page.evaluate("document.querySelector('#App').scrollWidth") <= width
    link = page.get_by_role("link", name="Open this state on the bench")
    assert link.get_attribute("href").startswith("../?")


def test_a_stop_that_is_chosen_while_all_are_computed_is_answered(teaching, visit):
    lesson = next(x for x in LESSONS if x.kind == "bench" and len(x.vary.stops) > 2)
    page = visit(f"{teaching}lesson/?id={lesson.id}")
    page.get_by_role("radio").first.wait_for(timeout=SLOW)
    choose(page, "1. Predict", lesson.prediction.choices[0].text)
    button = page.get_by_role("button", name="Compute all stops")
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_text(re.compile(r"\d of \d+ stops are computed\.")).wait_for(timeout=SLOW)
    other = next(i for i in range(len(lesson.vary.stops)) if i != lesson.vary.reference)
    assert lesson.vary.stops[other].label in at_stop(page, lesson, other)
    told = page.get_by_role("region", name="What the model says")
    told.get_by_text(re.compile("The model (dis)?agrees:")).first.wait_for(timeout=SLOW)
    # the end of the clock does not take the chosen stop away
    assert lesson.vary.stops[other].label in page.locator("#result").inner_text()


def test_the_list_of_lessons_leads_to_each(teaching, visit, accessible):
    page = visit(f"{teaching}lesson/?id=nothing")
    assert "no lesson 'nothing'." in page.get_by_role("alert").inner_text(timeout=SLOW)
    links = page.get_by_role("main").get_by_role("link")
    assert links.all_inner_texts() == [lesson.title for lesson in LESSONS]
    accessible(page)
    links.first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/lesson/?id={LESSONS[0].id}")
