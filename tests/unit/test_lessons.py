"""Lessons as data: every shipped one is whole, and a broken one says what is wrong where."""

import math
from pathlib import Path

import nbformat
import numpy as np
import pytest
from strict_page import Page

from gatecontrol.errors import ExperimentError, GatecontrolError, UsageError
from gatecontrol.experiment.load import load
from gatecontrol.teaching import handouts, notebooks
from gatecontrol.teaching.device_lesson import device_class, recruitment_of
from gatecontrol.teaching.experiment_lesson import experiment_text, overrides
from gatecontrol.teaching.fibre_lesson import fibre_threshold
from gatecontrol.teaching.lesson import Check
from gatecontrol.teaching.lessons import FOLDER, find_lesson, load_lessons, read_lesson
from gatecontrol.teaching.notebooks import notebook
from gatecontrol.teaching.outcomes import Axes, Outcome, Outcomes, agrees, compute_outcomes
from gatecontrol.teaching.wording import sentence_at, value_words, verdicts, versus

LESSONS = load_lessons()
IDEAS = {
    "rub_it_better", "large_fibres_first", "windup", "tonic_frequency", "perception_and_dose",
    "where_to_stimulate", "gate_breaks", "synchrony", "what_we_do_not_know", "build_your_own",
}  # fmt: skip


def made(lesson, values):
    """Return outcomes with given values, by condition and stop."""
    table = tuple(
        tuple(
            Outcome(np.array([v, v]), np.array([0.0, 1.0, 2.0]), np.array([v, v, v])) for v in row
        )
        for row in values
    )
    return Outcomes(lesson, table, Axes("Time [s]", "Pain signal [spikes/s]", window=(0.5, 1.5)))


def written(tmp_path, changes):
    """Write the lesson on rubbing with changed text; return its path."""
    text = (FOLDER / "rub_it_better.yaml").read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    return path


# The shipped lessons --------------------------------------------------------------------------
def test_the_course_has_a_lesson_for_every_idea():
    assert {lesson.id for lesson in LESSONS} == IDEAS
    assert len({lesson.order for lesson in LESSONS}) == len(LESSONS)
    assert [lesson.order for lesson in LESSONS] == sorted(lesson.order for lesson in LESSONS)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.id)
def test_a_lesson_is_whole(lesson):
    cited = {key for part in lesson.evidence for key in part.references}
    assert len(cited) >= 2
    # the minutes of the steps add up to those of the lesson
    minutes = [int(step.split(" min:")[0]) for step in lesson.notes.timing]
    assert sum(minutes) == lesson.minutes


def test_the_right_answer_is_not_always_at_the_same_place():
    for places in ([x.prediction.right for x in LESSONS], [x.question.right for x in LESSONS]):
        assert len(set(places)) == 3


def test_both_sides_of_a_dispute_are_cited():
    lesson = find_lesson("what_we_do_not_know")
    cited = {key for part in lesson.evidence for key in part.references}
    assert {"meuwissen2020", "crosby2015", "deer2018", "hara2022", "lee2020", "wang2024"} <= cited


def test_a_disputed_argument_is_told_with_what_speaks_against_it():
    lesson = find_lesson("gate_breaks")
    against = next(part for part in lesson.evidence if part.text.startswith("Against"))
    assert against.references == ("malan2002",)
    assert "reversed allodynia" in against.text
    assert "did reverse allodynia" in lesson.question.choices[lesson.question.right].why


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.id)
def test_a_claim_is_no_wider_than_what_is_looked_at(lesson):
    for check in lesson.checks:
        if check.change == "alike":  # it allows a tenth, see `ALIKE`
            assert "less than a tenth" in check.says
        places = [lesson.place(p) for p in (check.start, check.end)]
        assert places[0] != places[1]


@pytest.mark.parametrize(
    "lesson", [x for x in LESSONS if x.kind == "experiment"], ids=lambda lesson: lesson.id
)
def test_every_stop_is_an_experiment_without_faults(lesson, tmp_path):
    file = tmp_path / f"{lesson.id}.yaml"
    file.write_text(experiment_text(lesson))
    for condition in lesson.conditions:
        for stop in lesson.vary.stops:
            load(file, overrides(condition.set | stop.set))


@pytest.mark.parametrize(
    "lesson", [x for x in LESSONS if x.kind == "bench"], ids=lambda lesson: lesson.id
)
def test_every_stop_of_a_bench_lesson_is_another_state(lesson):
    states = [s for n in range(len(lesson.conditions)) for s in lesson.states(n)]
    assert len(set(states)) == len(states)


def test_no_lesson_speaks_of_relief_scores_or_responders():
    for path in FOLDER.glob("*.yaml"):
        text = path.read_text().lower()
        for word in ("pain score", "% pain relief", "responder"):
            assert word not in text, path.name


# Broken lessons -------------------------------------------------------------------------------
BROKEN = [
    ({"title: Rub it better": "titel: Rub it better"},
     "mine.yaml:1:1: error[E020]: titel: is no key of a lesson. Did you mean 'title'?"),
    ({"title: Rub it better\n": ""}, "mine.yaml:1:1: error[E020]: title: is missing"),
    ({"references: [melzack1965]": "references: [melzak1965]"},
     "references[0]: 'melzak1965' is not in references.bib. Did you mean 'melzack1965'?"),
    ({"phenomena: [P05, P17]": "phenomena: [P05, P99]"},
     "phenomena[1]: 'P99' is no phenomenon of the evidence battery"),
    ({"      right: true\n": ""},
     "prediction: 0 choices are marked 'right: true'; mark one"),
    ({"start: {stop: No brush}": "start: {stop: No brusch}"},
     "no stop is labelled 'No brusch'. Did you mean 'No brush'?"),
    ({"set: {brush: true}": "set: {brushed: true}"}, "brushed"),
    ({"state: {skin: pinch}": "state: {skin: punch}"},
     "state.skin: input should be 'none', 'pinch' or 'heat'"),
    ({"state: {skin: pinch}": "experiment: {a: 1}"},
     "a lesson of the kind bench has a 'state' and no 'experiment'"),
    ({"kind: bench": "kind: experiment"},
     "a lesson of the kind experiment has an 'experiment' and no 'state'"),
    ({"- {label: Brush, set: {brush: true}}": "- {label: No brush, set: {brush: true}}"},
     "vary: two stops have the same label"),
    ({"minutes: 10": "minutes: ten"}, "mine.yaml:6:10: error[E020]: minutes: input should be"),
    ({"minutes: 10": "minutes: 10\ncode: ../__init__"}, "code: input should be '' or 'patch'"),
    ({"minutes: 10": "minutes: 10\ncode: pach"}, "mine.yaml:7:7: error[E020]: code: input should"),
    ({"conditions:": "shows: {reads: they fire}\nconditions:"},
     "shows.reads: needs {value} once"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "message"), BROKEN)
def test_a_broken_lesson_names_file_key_and_remedy(tmp_path, changes, message):
    with pytest.raises(ExperimentError) as caught:
        read_lesson(written(tmp_path, changes))
    assert message in str(caught.value)
    assert "mine.yaml:" in str(caught.value)


def test_all_faults_are_told_at_once(tmp_path):
    path = written(tmp_path, {"title: Rub": "titel: Rub", "minutes: 10": "minutes: 0"})
    with pytest.raises(ExperimentError) as caught:
        read_lesson(path)
    assert len(caught.value.problems) == 3  # unknown, missing, too small


def test_an_unknown_name_lists_what_there_is():
    with pytest.raises(UsageError, match="no lesson 'wind_up'. Did you mean 'windup'?"):
        find_lesson("wind_up")


def test_a_lesson_of_ones_own_is_found_by_its_file(tmp_path):
    assert find_lesson(str(written(tmp_path, {}))).id == "mine"


# What a model may answer ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "start", "end", "holds"),
    [
        ("lower", 60, 10, True), ("lower", 60, 58, False), ("lower", 60, 90, False),
        ("higher", 10, 60, True), ("higher", 60, 61, False),
        ("alike", 60, 56, True), ("alike", 60, 40, False), ("alike", 0, 0, True),
        ("not_lower", 60, 59, True), ("not_lower", 60, 90, True), ("not_lower", 60, 40, False),
        ("not_higher", 60, 61, True), ("not_higher", 60, 90, False),
        ("not_lower", math.nan, 60, False), ("alike", 60, math.nan, False),
    ],
)  # fmt: skip
def test_a_claim_holds_or_does_not(change, start, end, holds):
    lesson = find_lesson("rub_it_better")
    places = {"start": {"stop": "No brush"}, "end": {"stop": "Brush"}}
    check = Check(says="s", change=change, otherwise="o", **places)
    assert agrees(check, made(lesson, [[start, end], [100, 100]])) == (
        holds, pytest.approx(start, nan_ok=True), pytest.approx(end, nan_ok=True)
    )  # fmt: skip


def test_a_model_that_disagrees_is_told_as_plainly():
    lesson = find_lesson("rub_it_better")
    agreeing = verdicts(made(lesson, [[60, 10], [100, 99]]))[0]
    assert agreeing.holds
    assert agreeing.otherwise == ""
    assert agreeing.numbers == (
        "60 spikes/s (Circuit as it is, No brush) against 10 spikes/s (Circuit as it is, Brush)"
    )
    other = verdicts(made(lesson, [[60, 61], [100, 99]]))[0]
    assert not other.holds
    assert other.otherwise == lesson.checks[0].otherwise


def test_the_sentence_of_a_stop_compares_with_the_first():
    lesson = find_lesson("rub_it_better")
    outcomes = made(lesson, [[60, 15], [100, 99]])
    assert sentence_at(outcomes, 0) == (
        "Circuit as it is: projection neurons fire 60 spikes/s.\n"
        + "GABA-A receptors blocked: projection neurons fire 100 spikes/s."
    )
    assert sentence_at(outcomes, 1) == (
        "Circuit as it is: projection neurons fire 15 spikes/s, 75 % less than without the brush.\n"
        + "GABA-A receptors blocked: projection neurons fire 99 spikes/s, about as much as without "
        + "the brush."
    )


def test_the_fibres_that_a_pulse_excites_are_told_by_condition_where_these_differ():
    lesson = find_lesson("tonic_frequency")
    twice, less = (condition.label for condition in lesson.conditions)
    stops = len(lesson.vary.stops)

    def told(*shares):
        table = tuple(
            (Outcome(np.array([5.0]), np.arange(2.0), np.arange(2.0), recruited),) * stops
            for recruited in shares
        )
        lines = sentence_at(Outcomes(lesson, table, Axes("Time [s]", "Signal")), 0).split("\n")
        return lines[len(lesson.conditions) :]

    assert told({"abeta": 0.8}, {"abeta": 0.3}) == [
        f"{twice}: a pulse excites 80 % of the Aβ fibres.",
        f"{less}: a pulse excites 30 % of the Aβ fibres.",
    ]
    assert told({"abeta": 0.8}, {"abeta": 0.8}) == ["A pulse excites 80 % of the Aβ fibres."]
    assert told({}, {"abeta": 0.3}) == [f"{less}: a pulse excites 30 % of the Aβ fibres."]
    assert told({}, {}) == []


def test_values_are_told_with_their_units():
    assert value_words(0.5418, "mA") == "0.542 mA"
    assert value_words(3141.4, "mA") == "3141 mA"
    assert value_words(2.273, "") == "2.27"
    assert value_words(math.nan, "mA") == "nothing that was looked at"
    assert versus(3.0, 1.0, "mA") == "3 times as much as"
    assert versus(1.3, 1.0, "mA") == "30 % more than"
    assert versus(0.3, 1.0, "mA") == "70 % less than"
    assert versus(1.02, 1.0, "mA") == "about as much as"
    assert versus(math.nan, 1.0, "mA") == "not comparable with"


# Kinds without a network ----------------------------------------------------------------------
def test_thick_fibres_fire_before_thin_ones_and_long_pulses_before_short_ones():
    width = {"pulse_width": "200 us"}
    abeta = fibre_threshold("mrg", "12 um", **width)
    assert abeta < fibre_threshold("adelta", "3 um", **width)
    assert fibre_threshold("mrg", "12 um", pulse_width="50 us") > abeta


def test_a_fibre_lesson_refuses_what_a_fibre_does_not_have():
    lesson = find_lesson("large_fibres_first")
    broken = lesson.model_copy(update={"experiment": {"distanse": "2 mm"}})
    with pytest.raises(GatecontrolError, match="a fibre has no setting 'distanse'. Did you mean"):
        compute_outcomes(broken)
    thin = lesson.model_copy(update={"experiment": {"distance": "20 cm"}})
    with pytest.raises(GatecontrolError, match="lesson large_fibres_first: the distance of the"):
        compute_outcomes(thin)


def test_a_device_lesson_refuses_what_the_device_does_not_have():
    lesson = find_lesson("build_your_own")
    for update, message in (
        ({"device": "pach"}, "no device 'pach'. Did you mean 'patch'"),
        ({"device": "patch", "dephth": "1 mm"}, "no setting 'dephth'. Did you mean 'depth'"),
        ({"device": "patch", "share": 0.06}, "share: '0.06' is not offered"),
        ({}, "the setting 'device' is missing"),
    ):
        with pytest.raises(GatecontrolError, match=message):
            compute_outcomes(lesson.model_copy(update={"experiment": update}))


def test_the_sample_device_is_the_one_of_the_repository():
    shown = Path(handouts.__file__).with_name("patch.py").read_text()
    sample = Path(__file__).parents[2] / "examples/plugin/gatecontrol_patch.py"
    assert shown == sample.read_text()


def test_a_deeper_nerve_needs_more_current():
    near, far = (recruitment_of("patch", "human", {"depth": d}) for d in ("2 mm", "4 mm"))
    assert set(near) == {"abeta", "adelta", "c"}
    # the field of a small contact falls with the distance, what drives a fibre falls faster
    assert far["abeta"][2] > 2 * near["abeta"][2]
    assert device_class("patch").kind == "patch"


# Pages and notebooks --------------------------------------------------------------------------
def test_overrides_are_those_of_the_command_line():
    changes = {
        "circuit.conditions": ["injured", "gaba_a_block"],
        "device": {"kind": "scs", "amplitude": "90 %PT"},
        "run.duration": "2 s",
        "flag": True,
    }
    assert overrides(changes) == [
        "circuit.conditions=[injured, gaba_a_block]",
        "device={kind: scs, amplitude: 90 %PT}",
        "run.duration=2 s",
        "flag=true",
    ]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.id)
def test_a_notebook_is_valid_and_compiles(lesson):
    found = notebook(lesson)
    nbformat.validate(found)
    code = [cell.source for cell in found.cells if cell.cell_type == "code"]
    for source in code:
        compile(source, lesson.id, "exec")
    text = "".join(cell.source for cell in found.cells)
    assert "not medical advice" in text
    assert lesson.question.text in text
    assert all(stop.label in "".join(code) for stop in lesson.vary.stops)


def test_a_page_asks_for_nothing_and_shows_every_stop(tmp_path, monkeypatch):
    lesson = find_lesson("windup")
    values = [[1 + n for n in range(5)], [1.0] * 5]
    monkeypatch.setattr(handouts, "compute_outcomes", lambda *_: made(lesson, values))
    written = handouts.write_handouts(tmp_path, [lesson])
    assert [p.name for p in written] == [
        "windup.html", "windup.ipynb", "index.html", "lecturer_notes.html"
    ]  # fmt: skip
    for path in (p for p in written if p.suffix == ".html"):
        page = Page(path.read_text())
        assert "not medical advice" in page.text
        policy = page.all("meta")[1]
        assert policy["http-equiv"] == "Content-Security-Policy"
        assert policy["content"].startswith("default-src 'none'; img-src data:;")
        assert all(image["src"].startswith("data:image/") for image in page.all("img"))
        assert all("src" not in script for script in page.all("script"))
        assert page.all("link") == []
    page = Page((tmp_path / "windup.html").read_text())
    assert len(page.all("img")) == 2 * len(lesson.vary.stops)
    assert all(len(image["alt"]) > 40 for image in page.all("img"))
    assert "The model agrees" in page.text
    assert page.text.count("Mendell") >= 2
    notes = Page((tmp_path / "lecturer_notes.html").read_text())
    assert lesson.notes.misconceptions[0] in notes.text


def test_the_circuit_is_drawn_by_the_chosen_engine_and_of_the_seed_it_names(tmp_path, monkeypatch):
    lesson = find_lesson("rub_it_better")
    lesson = lesson.model_copy(update={"state": lesson.state.changed(seed=7)})
    asked = []

    def compute(state, backend="auto"):
        asked.append((state.seed, backend))

    monkeypatch.setattr("gatecontrol.teaching.answer.compute", compute)
    monkeypatch.setattr("gatecontrol.teaching.diagram.circuit_svg", lambda answer: "<svg/>")
    monkeypatch.setattr("gatecontrol.teaching.diagram.circuit_alt", lambda answer: "Discs.")
    monkeypatch.setattr(handouts, "compute_outcomes", lambda *_: made(lesson, [[60, 15]] * 2))
    page = handouts.write_handouts(tmp_path, [lesson], backend="numpy")[0]
    assert asked == [(1, "numpy")] * 2
    assert Page(page.read_text()).text.count("Who fires, seed 1") == 2


def test_without_nbformat_nothing_is_computed(tmp_path, monkeypatch):
    monkeypatch.setattr(notebooks, "find_spec", lambda name: None)
    monkeypatch.setattr(handouts, "compute_outcomes", lambda *_: pytest.fail("computed"))
    with pytest.raises(GatecontrolError, match=r'install it with: pip install "gatecontrol\[teach'):
        handouts.write_handouts(tmp_path / "pages")
    assert not (tmp_path / "pages").exists()


def test_a_list_keeps_the_lessons_that_are_there(tmp_path, monkeypatch):
    values = {"windup": [[1.0] * 5] * 2, "synchrony": [[9.0] * 3] * 2}
    monkeypatch.setattr(
        handouts, "compute_outcomes", lambda lesson, *_: made(lesson, values[lesson.id])
    )
    handouts.write_handouts(tmp_path, [find_lesson("synchrony")])
    handouts.write_handouts(tmp_path, [find_lesson("windup")])
    listed = (tmp_path / "index.html").read_text()
    assert 'href="synchrony.html"' in listed
    assert listed.index("windup.html") < listed.index("synchrony.html")
    assert "rub_it_better" not in listed
