"""The examples of docs/interop.md, run as a reader would run them, in the page's order."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gatecontrol.yamlfile import read_yaml

PAGE = (Path(__file__).parents[2] / "docs" / "interop.md").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def run(arguments, folder):
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def command(line, folder):
    assert line.startswith("gatecontrol ")
    program = "from gatecontrol.cli import main; main()"
    return run(["-c", program, *line.split()[1:]], folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("interop")
    (made / "small.yaml").write_text(blocks("yaml")[0])
    command(blocks("bash")[0].strip(), made)
    return made


def test_examples_run(folder):
    out = run(["-c", "\n".join(blocks("python"))], folder)
    assert re.search(r"^tonic +0\.\d+$", out, flags=re.MULTILINE)
    assert re.search(r"^spikes/s$", out, flags=re.MULTILINE)
    assert re.search(r"^[1-9]\d* C-fibre spikes, the first at 0\.\d+ s$", out, flags=re.MULTILINE)
    # 20 bins of 60 ms, with the device and without
    (on, off) = re.findall(r"^(?:on|off) \[(.*?)\]$", out, flags=re.MULTILINE | re.DOTALL)
    assert len(on.split()) == len(off.split()) == 20
    # fibres that a pulse train drives fire together; natural input leaves them apart
    tiling = dict(re.findall(r"^(on|off) [1-9]\d* pairs (\S+)$", out, flags=re.MULTILINE))
    assert float(tiling["on"]) > 0.5 > float(tiling["off"])
    assert "[before]" in out
    assert "kind: spike_file, name: c_centre" in out


def test_the_command_writes_the_same_as_the_method(folder):
    out = command(blocks("bash")[1].strip(), folder).strip()
    run(["-c", "import gatecontrol\nresults = gatecontrol.open_results('results/small')\n"
         + blocks("python")[-1]], folder)  # fmt: skip
    one = folder / out / "tonic_seed1_on"
    assert {p.name: p.read_bytes() for p in one.iterdir()} == {
        p.name: p.read_bytes() for p in (folder / "replay").iterdir()
    }
    assert len(read_yaml(one / "stimuli.yaml").data["stimuli"]) == 8  # one for each afferent
