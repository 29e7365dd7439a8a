"""What docs/plugin.md promises of `PulsedDevice` and of the sample device."""

import re
from pathlib import Path

import pytest

from gatecontrol.devices import PulsedDevice
from gatecontrol.devices.base import Device
from gatecontrol.fibres.classes import FIBRE_CLASSES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "plugin.md").read_text()


@pytest.mark.parametrize("heading", ["What it must say", "What it may say"])
def test_every_name_in_its_tables_exists(heading):
    table = PAGE.split(f"## {heading}")[1].split("##")[0]
    rows = [line.split("|")[2] for line in table.splitlines() if line.startswith("| ")][1:]
    names = {name for row in rows for name in re.findall(r"`(\w+)(?:\(| =|`)", row)[:1]}
    assert len(names) >= 5
    for name in names:
        assert hasattr(PulsedDevice, name), name


def test_the_classes_are_those_of_the_fibres():
    row = next(line for line in PAGE.splitlines() if line.startswith("| fibre classes"))
    assert set(re.findall(r"`(\w+)`", row)) - {"classes"} == set(FIBRE_CLASSES)


def test_the_realistic_sample_is_as_short_as_it_says():
    lines = (ROOT / "examples" / "plugin" / "gatecontrol_tibial.py").read_text().splitlines()
    assert len(lines) < 60
    assert f"({len(lines)} lines)" in PAGE


def test_a_device_without_a_current_is_asked_for_what_the_page_names():
    assert {"dose", "drive"} <= set(vars(Device))
