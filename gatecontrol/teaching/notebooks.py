"""Lessons as Jupyter notebooks: the same public calls, to be changed and run again."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatecontrol.errors import GatecontrolError
from gatecontrol.files import write_whole
from gatecontrol.teaching.experiment_lesson import experiment_text, overrides

if TYPE_CHECKING:
    from gatecontrol.teaching.lesson import Lesson, Question

__all__ = ["notebook", "require_nbformat", "write_notebook"]

_PLOT = """\
import matplotlib.pyplot as plt

for name, row in table.items():
    plt.plot(list(stops), row, marker="o", label=name)
{scale}plt.xlabel({x!r})
plt.ylabel({y!r})
plt.xticks(rotation=45, ha="right")
plt.legend()
plt.show()"""
_BENCH = """\
from gatecontrol.teaching.answer import compute
from gatecontrol.teaching.bench import BenchState

state = BenchState({state})
conditions = {conditions}
stops = {stops}

table = {{}}
for name, condition in conditions.items():
    table[name] = []
    for label, stop in stops.items():
        answer = compute(state.changed(**(condition | stop)))
        table[name].append(answer.{value})
        print(f"{{name}}, {{label}}: {{answer.sentence}}")"""
_EXPERIMENT = '''\
from pathlib import Path

import gatecontrol

Path("{id}.yaml").write_text("""\\
{text}""")
conditions = {conditions}
stops = {stops}

table = {{}}
with gatecontrol.Live("{id}.yaml") as live:
    for name, condition in conditions.items():
        table[name] = []
        for label, stop in stops.items():
            trial = live.run(*(condition + stop), seed=1)
            value = trial["measures"]{value}
            table[name].append(value)
            print(f"{{name}}, {{label}}: {{value:.3g}}{unit}")'''
_FIBRES = """\
from gatecontrol.teaching.fibre_lesson import fibre_threshold

settings = {settings}
conditions = {conditions}
stops = {stops}

table = {{}}
for name, condition in conditions.items():
    table[name] = []
    for label, stop in stops.items():
        threshold = fibre_threshold(**(settings | condition | stop))
        table[name].append(1e3 * threshold)
        print(f"{{name}}, {{label}}: {{1e3 * threshold:.3g}} mA")"""
_DEVICE = """\
import numpy as np

from gatecontrol.devices.excitability import reference
from gatecontrol.preparations import load_preparation
{imported}
body = load_preparation({preparation!r})
conditions = {conditions}
stops = {stops}

table = {{name: [] for name in conditions}}
for label, stop in stops.items():
    found = reference({made}.from_config(stop), body)
    for name, fibre_class in conditions.items():
        current = 1e3 * np.quantile(found.thresholds[fibre_class], {share}, method="inverted_cdf")
        table[name].append(current)
        print(f"{{name}}, {{label}}: {{current:.3g}} mA")"""


def require_nbformat() -> None:
    """Refuse to go on without nbformat.

    Raises
    ------
    GatecontrolError
        It is not installed.
    """
    if find_spec("nbformat") is None:
        raise GatecontrolError(
            "notebooks need nbformat, which is not installed; install it with: "
            + 'pip install "gatecontrol[teach]"'
        )


def write_notebook(lesson: "Lesson", path: Path) -> Path:
    """Write a lesson as a notebook, not yet run.

    Parameters
    ----------
    lesson : Lesson
    path : Path

    Raises
    ------
    GatecontrolError
        nbformat is not installed.
    """
    require_nbformat()
    import nbformat

    write_whole(path, (nbformat.writes(notebook(lesson)) + "\n").encode())
    return path


def notebook(lesson: "Lesson") -> Any:
    """Return a lesson as a notebook.

    Parameters
    ----------
    lesson : Lesson

    Returns
    -------
    nbformat.NotebookNode
    """
    from nbformat import v4

    cells = []
    for number, (kind, source) in enumerate(_cells(lesson)):
        make = v4.new_code_cell if kind == "code" else v4.new_markdown_cell
        cells.append(make(source, id=f"{lesson.id}-{number}"[:64]))
    about = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return v4.new_notebook(cells=cells, metadata=about)


def _cells(lesson: "Lesson") -> Iterator[tuple[str, str]]:
    from gatecontrol.citations import readable
    from gatecontrol.teaching.wording import DISCLAIMER

    yield "text", f"# {lesson.title}\n\n{lesson.idea}\n\n*{DISCLAIMER}*"
    yield "text", f"## Predict\n\n{_asked(lesson.prediction)}"
    yield "text", f"## See\n\n{lesson.vary.label}, under each condition, with one seed."
    if lesson.code:
        yield "code", lesson.source
    yield "code", _simulation(lesson)
    unit = f" [{lesson.shows.unit}]" if lesson.shows.unit else ""
    scale = 'plt.yscale("log")\n' if lesson.shows.logarithmic else ""
    yield "code", _PLOT.format(x=lesson.vary.label, y=f"{lesson.shows.name}{unit}", scale=scale)
    claims = "\n".join(f"- {check.says}" for check in lesson.checks)
    yield "text", f"Does the model agree?\n\n{claims}\n\n{lesson.limits}"
    found = "\n".join(f"- {p.text} ({', '.join(p.references)})" for p in lesson.evidence)
    keys = sorted({key for part in lesson.evidence for key in part.references})
    listed = "\n".join(f"- {key}: {readable([key])[0]}" for key in keys)
    yield "text", f"## What was found\n\n{found}\n\n{listed}"
    yield "text", f"## Question\n\n{_asked(lesson.question)}"


def _asked(question: "Question") -> str:
    choices = "\n".join(f"{n}. {c.text}" for n, c in enumerate(question.choices, 1))
    why = "\n".join(
        f"{n}. {'Yes.' if c.right else 'Not so.'} {c.why}"
        for n, c in enumerate(question.choices, 1)
    )
    return (
        f"{question.text}\n\n{choices}\n\n<details><summary>Answer</summary>\n\n{why}\n\n</details>"
    )


def _simulation(lesson: "Lesson") -> str:
    """Return the cell that computes the table."""
    if lesson.kind == "bench":
        return _bench(lesson)
    if lesson.kind == "experiment":
        return _experiment(lesson)
    conditions = {c.label: c.set for c in lesson.conditions}
    stops = {s.label: s.set for s in lesson.vary.stops}
    if lesson.kind == "fibres":
        settings = _mapping(lesson.experiment)
        return _FIBRES.format(
            settings=settings, conditions=_mapping(conditions), stops=_mapping(stops)
        )
    given = {"preparation": "human", "share": 0.05, **lesson.experiment}
    fixed = {
        k: v for k, v in given.items() if k not in {"device", "preparation", "share", "fibre_class"}
    }
    name = given["device"]
    sample = lesson.code == name
    made = "Patch" if sample else f'load_plugin("devices", {name!r})'
    return _DEVICE.format(
        imported="" if sample else "from gatecontrol.plugins import load_plugin\n",
        made=made,
        preparation=given["preparation"],
        share=float(given["share"]),
        conditions=_mapping({n: c["fibre_class"] for n, c in conditions.items()}),
        stops=_mapping({n: {**fixed, **s} for n, s in stops.items()}),
    )


def _bench(lesson: "Lesson") -> str:
    from gatecontrol.teaching.bench import BenchState
    from gatecontrol.teaching.bench_lesson import VALUES

    state, new = lesson.state or BenchState(), BenchState()
    changed = {name: value for name, value in state if value != getattr(new, name)}
    return _BENCH.format(
        state=", ".join(f"{name}={value!r}" for name, value in changed.items()),
        conditions=_mapping({c.label: c.set for c in lesson.conditions}),
        stops=_mapping({s.label: s.set for s in lesson.vary.stops}),
        value=VALUES[lesson.shows.value],
    )


def _experiment(lesson: "Lesson") -> str:
    kind, _, population = lesson.shows.value.partition(".")
    epochs = {"pain_signal", "pain_signal_lamina1"}  # before, during, after
    value = f'["rate"][{population!r}][1]' if kind == "population" else f'["{kind}"]'
    return _EXPERIMENT.format(
        id=lesson.id,
        text=experiment_text(lesson),
        conditions=_mapping({c.label: overrides(c.set) for c in lesson.conditions}),
        stops=_mapping({s.label: overrides(s.set) for s in lesson.vary.stops}),
        value=value + ("[1]" if kind in epochs else ""),
        unit=f" {lesson.shows.unit}" if lesson.shows.unit else "",
    )


def _mapping(values: dict[str, Any]) -> str:
    """Return a mapping as source, one entry a line; plain text and numbers only."""
    lines = "".join(f"    {key!r}: {_plain(value)!r},\n" for key, value in values.items())
    return "{\n" + lines + "}"


def _plain(value: Any) -> Any:
    """Return a value from a file as Python writes it."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return int(value)
    return float(value) if isinstance(value, float) else str(value)
