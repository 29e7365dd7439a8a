"""The page on seeds: its rules read, its defaults and numbers are those of the code."""

import re
from pathlib import Path

from gatecontrol.experiment.replicates import AdaptiveSeeds, SeedList
from gatecontrol.yamlfile import read_yaml_text

PAGE = (Path(__file__).parents[2] / "docs" / "seeds.md").read_text()
READ = SeedList().read


def rules():
    """Return what every line of the page gives."""
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.strip()]
    return [READ(read_yaml_text(line, Path("p"), "p").data["seeds"]) for line in lines]


def test_every_form_is_read():
    count, listed, first, rule = rules()
    assert count == tuple(range(1, 21))
    assert listed == (3, 5, 8)
    assert first == tuple(range(100, 120))
    assert rule == AdaptiveSeeds(0.02)


def test_the_defaults_are_those_of_the_code():
    rows = dict(re.findall(r"^\| `(\w+)` \| .* \| (\w+) \|$", PAGE, flags=re.M))
    rule = AdaptiveSeeds(0.5)
    assert rows["until"] == "needed"
    assert {k: int(v) for k, v in rows.items() if k != "until"} == {
        "min": rule.min, "max": rule.max, "first": rule.first,
    }  # fmt: skip


def test_the_page_names_what_there_is():
    from gatecontrol.experiment import adaptive

    source = Path(adaptive.__file__).read_text()
    for name in ("suppression_half_width", "adaptive_seeds"):
        assert f"`{name}`" in PAGE
        assert name in source
    (path,) = re.findall(r"`(tests/\S+\.py)`", PAGE)
    assert (Path(__file__).parents[2] / path).is_file()
