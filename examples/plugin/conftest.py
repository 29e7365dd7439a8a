"""The sample devices through the entry-point mechanism, as an installed package would be."""

import tomllib
from pathlib import Path

import pytest

from gatecontrol.plugins import plugins

HERE = Path(__file__).parent


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Lay down what an installer lays down: the modules and their metadata."""
    project = tomllib.loads((HERE / "pyproject.toml").read_text())["project"]
    info = tmp_path / "gatecontrol_samples-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    points = project["entry-points"]["gatecontrol.devices"]
    lines = ["[gatecontrol.devices]", *(f"{name} = {value}" for name, value in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    for module in HERE.glob("gatecontrol_*.py"):
        (tmp_path / module.name).write_text(module.read_text())
    monkeypatch.syspath_prepend(tmp_path)
    plugins.cache_clear()
    yield
    plugins.cache_clear()
