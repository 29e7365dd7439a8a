"""Handouts from the real engine: what the model says, by one command, again from the cache."""

import json

import nbformat
import pytest
from nbclient import NotebookClient

from gatecontrol.teaching.lessons import FOLDER, find_lesson
from gatecontrol.teaching.outcomes import agrees, compute_outcomes


def mine(folder):
    """Write a lesson of one's own: four short trials; return its path."""
    text = (FOLDER / "rub_it_better.yaml").read_text()
    path = folder / "mine.yaml"
    path.write_text(text.replace("title: Rub it better", "title: Rub it once\nseeds: 1"))
    return path


def test_one_command_writes_pages_and_goes_on_from_the_cache(command, tmp_path, monkeypatch):
    cache = tmp_path / "cache"  # its own: other tests keep trials meanwhile
    monkeypatch.setenv("GATECONTROL_CACHE_DIR", str(cache))
    path = mine(tmp_path)
    done = command("handouts", "--only", path, "--out", "pages", "--json")
    assert done.code == 0, done.err
    names = [p.rsplit("/", 1)[-1] for p in json.loads(done.out)]
    assert names == ["mine.html", "mine.ipynb", "index.html", "lecturer_notes.html"]
    page = (tmp_path / "pages/mine.html").read_text()
    assert "Rub it once" in page
    assert "not medical advice" in page
    assert page.count("The model agrees") == 3
    kept = sorted(trial.name for trial in (cache / "teaching").iterdir())
    again = command("handouts", "--only", path, "--out", "again")
    assert again.out.strip() == "Handouts: again/index.html"
    assert sorted(trial.name for trial in (cache / "teaching").iterdir()) == kept
    assert (tmp_path / "again/mine.html").read_text() == page


def test_a_lesson_that_there_is_not_is_refused(command):
    done = command("handouts", "--only", "windupp")
    assert done.code == 2
    assert "no lesson 'windupp'. Did you mean 'windup'?" in done.err


def test_a_broken_lesson_is_refused_with_its_place(command, tmp_path):
    path = mine(tmp_path)
    path.write_text(path.read_text().replace("kind: bench", "kind: bensh"))
    done = command("handouts", "--only", "mine.yaml")
    assert done.code == 2
    assert "mine.yaml:8:7: error[E020]: kind: input should be 'bench'" in done.err
    assert not (tmp_path / "handouts").exists()


@pytest.mark.filterwarnings("ignore:.*:UserWarning", "ignore:.*:DeprecationWarning")
def test_a_notebook_runs_and_says_what_the_page_says(tmp_path, monkeypatch):
    from gatecontrol.teaching.notebooks import write_notebook

    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    path = write_notebook(find_lesson("rub_it_better"), tmp_path / "rub.ipynb")
    found = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(found, timeout=120, kernel_name="python3", resources=resources).execute()
    outputs = [out for cell in found.cells for out in cell.get("outputs", ())]
    text = "".join(out.get("text", "") for out in outputs)
    assert "Circuit as it is, Brush: Projection neurons fire" in text
    assert "less than without the brush" in text
    assert any("image/png" in out.get("data", {}) for out in outputs)


@pytest.mark.parametrize("lesson", ["gate_breaks", "synchrony"])
def test_the_model_says_what_the_lesson_is_about(lesson):
    """One seed of the ends of the dial: directions only, the circuit may be tuned again."""
    whole = find_lesson(lesson)
    stops = whole.vary.stops[:: len(whole.vary.stops) - 1] if lesson == "gate_breaks" else (
        whole.vary.stops[:2]
    )  # fmt: skip
    kept = {stop.label for stop in stops}
    checks = [c for c in whole.checks if {c.start.stop, c.end.stop} <= kept]
    vary = whole.vary.model_copy(update={"stops": stops})
    short = whole.model_copy(update={"vary": vary, "seeds": 1, "checks": tuple(checks)})
    outcomes = compute_outcomes(short)
    assert len(checks) >= 2
    for check in checks:
        assert agrees(check, outcomes)[0], check.says
