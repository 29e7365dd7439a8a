"""The page on measures: its examples are registered, run and assembled as it says."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

import gatecontrol
from gatecontrol.analysis.base import ALWAYS, Summary, load_measure
from gatecontrol.experiment.load import load
from gatecontrol.experiment.measuring import trial_measures
from gatecontrol.plugins import plugins

PATH = Path(__file__).parents[2] / "docs" / "measures.md"
PAGE = PATH.read_text()
NOTE = "<!-- This table is written by tests/docs/test_measures_page.py. -->\n"


def table():
    """Return the rows of the built-in measures of a trial, made from their classes."""
    lines = ["| measure | what | variables (dimensions) [unit] | sources |", "|---|---|---|---|"]
    for name, point in plugins("measures").items():
        if not point.value.startswith("gatecontrol."):
            continue
        measure = point.load()
        if issubclass(measure, Summary):  # on a page of their own
            continue
        what = " ".join(measure.__doc__.split("\n\n")[0].split()).rstrip(".")
        variables = "; ".join(
            f"`{v.name}` ({', '.join(v.dims)}) [{v.units}]".replace(" ()", "")
            for v in measure.variables
        )
        taken = "always taken; " if name in ALWAYS else ""
        sources = ", ".join(measure.references) or "a plain count or rate"
        lines.append(f"| `{name}` | {taken}{what} | {variables} | {sources} |")
    return "\n".join(lines) + "\n"


def test_the_table_is_that_of_the_measures():
    """Write it anew by running this file."""
    plugins.cache_clear()
    assert PAGE.split(NOTE)[1].startswith(table() + "\n")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Lay down the page's classes as an installed package."""
    (tmp_path / "my_measures.py").write_text("\n\n".join(blocks("python")))
    info = tmp_path / "my_measures-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-measures\nVersion: 0.1\n")
    points = blocks("toml")[0].replace('project.entry-points."', "").replace('"', "")
    points += "worst_arm = my_measures:WorstArm\n"
    (info / "entry_points.txt").write_text(points)
    monkeypatch.syspath_prepend(tmp_path)
    plugins.cache_clear()
    yield tmp_path
    plugins.cache_clear()
    sys.modules.pop("my_measures", None)


def test_the_yaml_of_the_page_is_without_fault(installed):
    path = installed / "page.yaml"
    text = "schema: 1\nrun: {duration: 20 s}\nstimuli: [{kind: volley}]\n" + blocks("yaml")[0]
    path.write_text(text)
    assert trial_measures(load(path)) == [
        {"kind": "interval_share", "within": 0.01},
        {"kind": "windup"},
    ]


def test_the_measure_of_the_page_counts_short_intervals(installed):
    from types import SimpleNamespace

    time = np.array([1.0, 1.005, 1.1, 1.105, 5.0])
    spikes = SimpleNamespace(size=2, neuron=np.array([0, 0, 1, 0, 1]), time=time)
    context = SimpleNamespace(
        recording=SimpleNamespace(spikes={"projection_deep": spikes}),
        epochs={"before": None, "during": (0.0, 2.0), "after": (4.0, 6.0)},
    )
    found = load_measure({"kind": "interval_share"}).trial(context)
    # Cell 0 has intervals of 5 and 100 ms; cell 1 fires once per epoch.
    np.testing.assert_array_equal(found["interval_share"], [np.nan, 0.5, np.nan])
    assert found["interval_share_status"][2] == "no cell fires twice in this epoch"


def test_the_summary_of_the_page_is_in_the_results_of_a_run(installed, monkeypatch):
    monkeypatch.chdir(installed)
    (installed / "page.yaml").write_text(
        "schema: 1\npreparation: rat\nstimuli: [{kind: pinch, onset: 10 ms, duration: 0.2 s}]\n"
        + "run: {duration: 0.25 s}\narms: {a: {}, b: {circuit: {conditions: [injured]}}}\n"
        + "control: a\nmeasures: [interval_share, worst_arm]\n"
    )
    path = gatecontrol.run("page.yaml", workers=1).path
    data = gatecontrol.open_results(path).data
    during = data.sel(epoch="during")
    assert data["interval_share"].dims == ("arm", "seed", "epoch")
    assert np.isfinite(during["worst_arm"])
    assert during["worst_arm"] == during["suppression_pooled"].min()
    assert str(data["worst_arm_status"].sel(epoch="before").values) == "no arm has an estimate"


if __name__ == "__main__":
    before, after = PAGE.split(NOTE)
    rest = after.split("\n\n", 1)[1]
    PATH.write_text(f"{before}{NOTE}{table()}\n{rest}")
