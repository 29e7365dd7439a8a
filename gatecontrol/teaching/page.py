"""The bench, live: a marimo app that `gatecontrol teach` serves.

Cells only wire controls to `gatecontrol.teaching.bench` and drawings to
`gatecontrol.teaching.views`; simulations run in `gatecontrol.teaching.workers`.
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="full", app_title="The gate, live", css_file="page.css")


@app.cell
def setup():
    import marimo as mo

    from gatecontrol.teaching import controls, views
    from gatecontrol.teaching.bench import describe, to_yaml
    from gatecontrol.teaching.clients import Client

    client = Client()
    return client, controls, describe, mo, to_yaml, views


@app.cell
def heading(controls, mo, views):
    linked, fault = controls.state_of_link(mo.query_params().to_dict())
    mo.Html(views.heading(fault))
    return (linked,)


@app.cell
def bench_controls(controls, linked, mo):
    skin, brush = controls.skin(linked), controls.brush(linked)
    device = controls.device(linked)
    mo.Html(controls.panel("1. The skin", skin, brush) + controls.panel("2. A stimulator", device))
    return brush, device, skin


@app.cell
def pattern_control(controls, device, linked):
    pattern = controls.pattern(linked, device.value)
    return (pattern,)


@app.cell
def programme(controls, device, linked, mo, pattern):
    sliders = controls.programme(linked, device.value, pattern)
    mo.Html(controls.programme_panel(device.value, pattern, sliders)) if sliders.elements else None
    return (sliders,)


@app.cell
def circuit_controls(controls, linked, mo):
    circuit = controls.circuit(linked)
    mo.Html(controls.panel("3. The circuit", *circuit.elements.values()))
    return (circuit,)


@app.cell
def state_of_controls(brush, circuit, controls, device, pattern, skin, sliders):
    state = controls.state(skin, brush, device, pattern, sliders, circuit)
    return (state,)


@app.cell
def share(controls, mo, state, to_yaml, views):
    save = mo.download(
        to_yaml(state).encode(), filename="bench.yaml", mimetype="application/yaml",
        label="Save as YAML",
    )  # fmt: skip
    mo.Html(controls.panel("4. Keep it", views.share_link(state), save))
    return


@app.cell
def words(client, describe, mo, state, views):
    if client.ask(state):
        mo.output.replace(mo.Html(views.sentence(client.words, busy=True)))
    answer, problem = client.wait()
    client.words = answer.sentence if answer else ""
    still = f"{describe(answer.state)}. {client.words}" if answer else ""
    mo.Html(views.failure(problem, still) if problem else views.sentence(client.words))
    return (answer,)


@app.cell
def drawings(answer, mo, views):
    mo.Html(views.figures(answer))
    return


@app.cell
def numbers(answer, mo, views):
    mo.Html(views.rates_table(answer)) if answer else None
    return


@app.cell
def ending(mo, views):
    mo.Html(views.ending())
    return


if __name__ == "__main__":
    app.run()
