"""The sample device through the entry-point mechanism, as an installed package would be."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from gatecontrol.circuits.model import Afferent
from gatecontrol.fibres.population import draw_fibres
from gatecontrol.plugins import load_plugin, plugins
from gatecontrol.preparations import load_preparation

HERE = Path(__file__).parent
AFFERENTS = (
    Afferent("abeta_centre", "", "abeta", "centre", 80),
    Afferent("adelta", "", "adelta", "centre", 40),
    Afferent("c", "", "c", "centre", 40),
)


@pytest.fixture
def patch(tmp_path, monkeypatch):
    """Lay down what an installer lays down: the module and its metadata."""
    project = tomllib.loads((HERE / "pyproject.toml").read_text())["project"]
    info = tmp_path / "gatecontrol_patch-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    lines = ["[gatecontrol.devices]"]
    points = project["entry-points"]["gatecontrol.devices"]
    lines += [f"{name} = {value}" for name, value in points.items()]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    (tmp_path / "gatecontrol_patch.py").write_text((HERE / "gatecontrol_patch.py").read_text())
    monkeypatch.syspath_prepend(tmp_path)
    plugins.cache_clear()
    yield load_plugin("devices", "patch")
    plugins.cache_clear()


def test_it_is_found_by_its_kind(patch):
    assert patch.kind == "patch"
    assert "patch" in plugins("devices")
    assert "scs" in plugins("devices")


def test_the_base_class_checks_its_programme(patch):
    assert patch.check({}) == []
    codes = [code for _, code, _, _ in patch.check({"polarity": "anodic", "frequency": "2 kHz"})]
    assert codes == ["E041", "E041"]


def test_it_recruits_and_sends_spikes(patch):
    preparation = load_preparation("human")
    fibres = draw_fibres(AFFERENTS, preparation, seed=1)
    device = patch.from_config({"amplitude": "150 %PT"})
    drive = device.drive(fibres, preparation, seed=1, on=1.0, off=2.0)
    assert 0.05 < drive.recruitment["abeta"] < 1
    assert drive.recruitment["c"] == 0
    per_fibre = np.bincount(drive.fibre, minlength=len(fibres))
    assert per_fibre.max() == 80
    assert drive.report["amplitude"] == pytest.approx(1.5 * drive.report["perception_threshold"])


def test_deeper_needs_more(patch):
    preparation = load_preparation("human")
    thresholds = [
        patch.from_config({"depth": depth}).dose(preparation).perception_threshold
        for depth in ("2 mm", "4 mm", "8 mm")
    ]
    assert thresholds[0] < thresholds[1] < thresholds[2]
