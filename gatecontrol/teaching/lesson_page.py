"""A lesson, live: a marimo app that `gatecontrol teach` serves beside the bench.

The prediction comes first; the experiment opens with it, and the question closes the lesson.
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="full", app_title="Lesson: the gate, live", css_file="page.css")


@app.cell
def setup():
    import marimo as mo

    from gatecontrol.teaching import lesson_controls, lesson_views, views
    from gatecontrol.teaching.clients import Client

    client, seen = Client(), {}
    return client, lesson_controls, lesson_views, mo, seen, views


@app.cell
def heading(lesson_controls, lesson_views, mo):
    lesson, fault = lesson_controls.lesson_of_link(mo.query_params().to_dict())
    mo.stop(lesson is None, mo.Html(lesson_views.listing(lesson_controls.course(), fault)))
    mo.Html(lesson_views.heading(lesson))
    return (lesson,)


@app.cell
def prediction_control(lesson, lesson_controls):
    prediction = lesson_controls.choices(lesson.prediction)
    return (prediction,)


@app.cell
def predict(lesson, lesson_controls, lesson_views, mo, prediction):
    mo.Html(
        lesson_views.questioned(
            "1. Predict",
            lesson.prediction,
            prediction.text,
            lesson_views.why(
                lesson_controls.chosen(lesson.prediction, prediction),
                "Choose an answer; then the experiment opens.",
            ),
        )
    )
    return


@app.cell
def opening(mo, prediction):
    opened = prediction.value is not None
    mo.stop(not opened)
    return (opened,)


@app.cell
def stop_control(lesson, lesson_controls, mo, opened):
    stops = lesson_controls.stops(lesson) if opened else None
    mo.Html(lesson_controls.stops_panel(lesson, stops))
    return (stops,)


@app.cell
def words(client, lesson, lesson_controls, lesson_views, mo, seen, stops, views):
    asked = lesson_controls.asked(lesson, stops.value)
    if client.ask(asked):
        mo.output.replace(mo.Html(views.sentence(client.words, busy=True)))
    found, problem = client.wait()
    mo.stop(found is None, mo.Html(views.message(problem)))
    seen[found.stop] = found
    outcomes = lesson_views.gathered(lesson, seen, found.axes)
    client.words = lesson_views.words(outcomes, found.stop)
    mo.Html(views.failure(problem, client.words) if problem else views.sentence(client.words))
    return (found,)


@app.cell
def fill_control(mo, opened):
    fill = mo.ui.run_button(label="Compute all stops") if opened else None
    return (fill,)


@app.cell
def filling(fill, lesson_controls):
    tick = lesson_controls.ticking() if fill.value else None
    return (tick,)


@app.cell
def filled(client, fill, found, lesson, lesson_controls, lesson_views, mo, seen, tick, views):
    # one stop per tick: what is chosen meanwhile is answered between two of them
    trouble, waiting = "", lesson_controls.missing(lesson, seen)
    if tick is not None and tick.value and waiting:
        client.ask(waiting[0])
        one, trouble = client.wait()
        if not trouble:
            seen[one.stop] = one
    known = lesson_views.gathered(lesson, seen, found.axes)
    whole = len(seen) == len(lesson.vary.stops)
    more = fill.text if tick is None or trouble else lesson_views.filling(lesson, seen, tick.text)
    mo.Html("" if whole else (views.message(trouble) if trouble else "") + more)
    return known, whole


@app.cell
def drawings(found, known, lesson_views, mo):
    mo.Html(lesson_views.pictures(known, found.stop))
    return


@app.cell
def model(known, lesson_views, mo, whole):
    mo.Html(lesson_views.model(known, whole=whole))
    return


@app.cell
def evidence(lesson, lesson_views, mo, opened):
    mo.Html(lesson_views.evidence(lesson)) if opened else None
    return


@app.cell
def question_control(lesson, lesson_controls):
    question = lesson_controls.choices(lesson.question)
    return (question,)


@app.cell
def question_asked(lesson, lesson_controls, lesson_views, mo, opened, question):
    mo.Html(
        lesson_views.questioned(
            "3. Question",
            lesson.question,
            question.text,
            lesson_views.why(
                lesson_controls.chosen(lesson.question, question), "Choose an answer."
            ),
        )
    ) if opened else None
    return


@app.cell
def ending(mo, views):
    mo.Html(views.ending())
    return


if __name__ == "__main__":
    app.run()
