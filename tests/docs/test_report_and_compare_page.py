"""The example of docs/report_and_compare.md runs, and its evidence file is a valid one."""

import re
import subprocess
import sys
from pathlib import Path

from gatecontrol.analysis.comparison.runs import ALLOWED
from gatecontrol.analysis.report.score import VERDICTS, read_score

PAGE = (Path(__file__).parents[2] / "docs" / "report_and_compare.md").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_example_runs(tmp_path):
    (code,) = blocks("python")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    arm, run, other, gap, paired = done.stdout.split()
    assert (arm, run, other, paired) == ("tonic", "injured", "blocked", "True")
    assert -1 < float(gap) < 1
    folder = tmp_path / "results" / "comparison"
    for name in ("comparison.nc", "report.html", "figures", "tables"):
        assert (folder / name).exists()
    assert name in PAGE


def test_the_evidence_file_is_read(tmp_path):
    (text,) = blocks("json")
    (tmp_path / "score.json").write_text(text)
    score = read_score(tmp_path / "score.json", {"gate"})
    assert (score.passed, score.total) == (1, 2)
    assert all(f"`{v}`" in PAGE for v in VERDICTS)


def test_what_can_be_allowed_is_listed():
    (line,) = [ln for ln in PAGE.splitlines() if ln.startswith("| other stimuli, duration")]
    named = re.findall(r"`(?:--allow )?(\w+)`", line)
    assert tuple(named) == ALLOWED
