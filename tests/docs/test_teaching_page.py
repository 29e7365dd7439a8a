"""The page on teaching: its options, its link, its numbers and the newcomer's path hold."""

import re
from pathlib import Path

from typer.main import get_command

from gatecontrol.cli.app import app
from gatecontrol.teaching.application import MOST_PAGES
from gatecontrol.teaching.bench import (
    DBS_USUAL,
    DEVICES,
    DURATION,
    MOST_AMPLITUDE,
    OFF,
    ON,
    BenchState,
    frequencies,
    from_query,
)
from gatecontrol.teaching.raster import CELLS
from gatecontrol.teaching.views import heading

PAGE = (Path(__file__).parents[2] / "docs" / "teaching.md").read_text()


def test_the_options_on_the_page_are_those_of_the_command():
    options = {p.opts[0]: p.default for p in get_command(app).commands["teach"].params}
    named = set(re.findall(r"`(--[\w-]+)", PAGE))
    assert named == set(options) - {"--help"}
    assert f"--port {options['--port']}" in PAGE
    assert f"127.0.0.1:{options['--port']}/" in PAGE


def test_the_links_on_the_page_open_states():
    links = re.findall(r"[`/](\?[\w=&]+)", PAGE)
    states = [from_query(link) for link in links]
    assert len(states) == 2
    assert all(state.brush for state in states)
    assert states[0] != states[1] != BenchState()


def test_the_numbers_on_the_page_are_those_of_the_bench():
    assert DURATION == 2
    assert f"from {ON:g} to {OFF:g} s" in PAGE
    assert f"0 to {MOST_AMPLITUDE:g} % of the perception threshold" in PAGE
    assert f"of {DBS_USUAL:g} mA (assumed" in PAGE
    lowest = min(frequencies(d)[0] for d in DEVICES)
    highest = max(frequencies(d)[1] for d in DEVICES)
    assert f"{lowest:g} to {highest:g} Hz" in PAGE
    assert f"up to {CELLS} fibres or cells" in PAGE
    assert f"{MOST_PAGES} pages may be open" in PAGE


def test_the_newcomers_path_begins_with_the_first_screen():
    first = re.search(r'1\. read "(.+)"', PAGE)[1]
    assert first in re.sub("<[^>]+>", "", heading())
