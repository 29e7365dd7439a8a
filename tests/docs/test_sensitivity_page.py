"""The page on sensitivity: its experiment is without fault, its variables exist."""

import re
from pathlib import Path

from gatecontrol.experiment.estimate import headline
from gatecontrol.experiment.load import load
from gatecontrol.experiment.sensitivity import KEYS

PAGE = (Path(__file__).parents[2] / "docs" / "sensitivity.md").read_text()


def test_the_experiment_of_the_page_is_without_fault(tmp_path):
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    path = tmp_path / "what_matters.yaml"
    path.write_text(text)
    experiment = load(path)
    assert experiment.warnings == ()
    size = int(re.search(r"here\s+(\d+), each", PAGE)[1])
    assert f"{size} sample" in headline(experiment)
    assert all(f"{key}:" in text for key in KEYS)


def test_the_script_of_the_page_runs_on_a_design(tmp_path, monkeypatch):
    import numpy as np
    import xarray as xr

    import gatecontrol
    from gatecontrol.analysis.results import write
    from gatecontrol.analysis.sensitivity import library, sensitivity

    drawn = library("sample").sample(
        {"num_vars": 2, "names": ["a", "b"], "bounds": [[0, 1]] * 2},
        16, calc_second_order=True, seed=1,
    )  # fmt: skip
    ends = {"units": "1", "low": 0.0, "high": 1.0, "scale": "linear"}
    about = {"parameters": '["a", "b"]', "base_samples": 16, "second_order": 1}
    values = np.stack([drawn @ [2.0, 1.0]] * 3, axis=1)[None]
    data = xr.Dataset(
        {
            "suppression_pooled": (("arm", "sample", "epoch"), values),
            "pain_signal": (("arm", "sample", "seed", "epoch"), values[:, :, None]),
        },
        {
            "arm": ["tonic"],
            "epoch": ["before", "during", "after"],
            "sample": ("sample", [str(i) for i in range(len(drawn))], about),
            "a": ("sample", drawn[:, 0], ends | {"long_name": "device.a"}),
            "b": ("sample", drawn[:, 1], ends | {"long_name": "device.b"}),
        },
    )
    tree = xr.DataTree.from_dict({"/": data, "/sensitivity": sensitivity(data)})
    write(tree, tmp_path / "results/what_matters/results.nc")
    monkeypatch.chdir(tmp_path)
    (script,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    exec(script, {"__name__": "page"})
    assert (tmp_path / "indices.png").stat().st_size > 10_000
    found = gatecontrol.open_results("results/what_matters").tree["sensitivity"]
    for name in re.findall(r"^\| `(suppression_\w+)`", PAGE, flags=re.M):
        assert name in found
