"""The README's commands and examples, run as a reader would run them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gatecontrol.experiment.load import shipped_experiments

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the README's experiment file in it."""
    made = tmp_path_factory.mktemp("readme")
    (example,) = blocks("yaml")
    (made / "my_first.yaml").write_text(example)
    return made


def run(line, folder):
    """Run a command line of the README; ``gatecontrol`` is this environment's."""
    line = line.split("#")[0].strip()
    program = f"{sys.executable} -c 'from gatecontrol.cli import main; main()'"
    line = re.sub(r"^gatecontrol\b", lambda _: program, line)
    return subprocess.run(
        line, shell=True, cwd=folder, capture_output=True, text=True, timeout=400, check=False
    )


def test_the_two_commands_are_one_line_each_and_what_ci_runs():
    commands = [b.strip() for b in blocks("bash")[:2]]
    assert commands == [
        "pip install . && gatecontrol run compare_targets",
        'pip install ".[test]" && pytest -n auto --dist loadfile',
    ]
    ci = (ROOT / ".ci" / "run").read_text()
    assert 'pip install --quiet ".[test]"' in ci
    assert "\npytest -n auto --dist loadfile\n" in ci


def test_example_commands_run_in_order(folder):
    for line in blocks("bash")[2].strip().splitlines():
        done = run(line, folder)
        assert done.returncode == 0, done.stderr
    assert (folder / "results" / "my_first" / "report.html").is_file()


def test_python_example_prints_a_suppression_for_each_arm(folder):
    code = blocks("python")[0]
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder, capture_output=True, text=True, timeout=400, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    values = dict(re.findall(r"^(tonic|weaker)\s+(\S+)$", done.stdout, flags=re.MULTILINE))
    assert float(values["tonic"]) > 0
    assert float(values["weaker"]) == 0  # 60 % of perception threshold recruits no A-beta fibre


def test_live_example_answers(folder):
    code = "import gatecontrol\n" + blocks("python")[1]
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder, capture_output=True, text=True, timeout=400, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"[1-9]\d+ spikes of deep projection neurons\n", done.stdout)


def test_plug_in_example_is_the_tested_sample():
    code = blocks("python")[2]
    sample = (ROOT / "examples" / "plugin" / "gatecontrol_patch.py").read_text()
    assert code.strip() == sample.split('"""\n\n', 1)[1].strip()
    statements = [ln for ln in code.splitlines() if ln.strip() and not ln.strip().startswith('"""')]
    assert len(statements) <= 24


def test_names_of_shipped_experiments_are_right():
    sentence = re.search(r"Shipped experiments run by name.*?\(", README, flags=re.DOTALL)[0]
    assert set(re.findall(r"`(\w+)`", sentence)) == set(shipped_experiments())


@pytest.mark.parametrize("page", DOCS, ids=lambda p: p.name)
def test_links_and_pictures_exist(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_it_says_what_it_is_not():
    text = README
    assert "never a responder rate" in text
    assert "not medical advice" in text
