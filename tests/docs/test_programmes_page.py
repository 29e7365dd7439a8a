"""The page on programmes: its example reads, its file is balanced, and it names every code."""

import re
from pathlib import Path

import pytest

import gatecontrol.devices
from gatecontrol.devices.generator import PATTERNS
from gatecontrol.devices.generator import charge as charges
from gatecontrol.devices.generator.samples import read_samples
from gatecontrol.experiment.sections import check_device
from gatecontrol.yamlfile import read_yaml_text

PAGE = (Path(__file__).parents[2] / "docs" / "programmes.md").read_text()
ROOM = Path(gatecontrol.devices.__file__).parent


def block(language):
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)
    return found


def test_the_device_of_the_page_is_without_fault(tmp_path):
    device = read_yaml_text(block("yaml"), tmp_path / "page.yaml", "page.yaml").data["device"]
    checked = check_device(device, tmp_path)
    assert checked.faults == ()
    assert checked.value["pattern"] == "burst"
    assert checked.value["amplitude"] == "80 %PT"


def test_the_waveform_file_of_the_page_is_balanced(tmp_path):
    path = tmp_path / "pulse.csv"
    path.write_text(block("csv"))
    stretches = read_samples(path).stretches()
    assert charges.phases(stretches) == pytest.approx((200e-6, -200e-6))
    assert charges.net(stretches) == 0


def test_every_pattern_is_on_the_page():
    assert re.findall(r"^\| `(\w+)` \|", PAGE, flags=re.MULTILINE) == list(PATTERNS)


def test_every_warning_of_the_report_is_on_the_page():
    text = (ROOM / "safety.py").read_text()
    assert set(re.findall(r'"(W0\d\d):', text)) <= set(re.findall(r"W0\d\d", PAGE))
