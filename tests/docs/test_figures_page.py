"""The example, the names and the pictures of docs/figures.md."""

import re
import subprocess
import sys
from pathlib import Path

from gatecontrol.analysis.figures import SPECS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "figures.md").read_text()


def test_example_of_the_figures_page_runs(tmp_path):
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path, capture_output=True, text=True, timeout=400, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("forest, raster, population_rates, circuit\n")
    assert "brush_surround" in done.stdout
    for name in ("forest.pdf", "raster.png", "page.svg"):
        assert (tmp_path / name).stat().st_size > 10_000


def test_the_table_names_every_figure_and_how_it_is_drawn():
    rows = re.findall(r"^\| `(\w+)`( \+)? \|", PAGE, flags=re.MULTILINE)
    assert [name for name, _ in rows] == list(SPECS)
    assert {name for name, plus in rows if plus} == {n for n, s in SPECS.items() if s.panels}


def test_pictures_of_the_gallery_exist_and_are_described():
    pictures = re.findall(r"!\[([^\]]+)\]\(([^)]+)\)", PAGE)
    assert len(pictures) > 5
    for words, path in pictures:
        assert len(words) > 40
        assert (ROOT / "docs" / path).resolve().is_file()
