"""Fit files: what they mean, and every fault with line and column."""

import pytest

from gatecontrol.errors import ExperimentError
from gatecontrol.evidence.fitfile import read_fit, shipped_fits
from gatecontrol.evidence.parameters import free_numbers
from gatecontrol.evidence.registry import load_phenomena
from gatecontrol.yamlfile import read_yaml

WEIGHT = "pathways.abeta_centre_to_inhibitory_local.weights.ampa"
GOOD = """\
schema: 1
circuit: gate
phenomena: [p01.m*, P01.area]
trials: 7
parameters:
  drive:
    names: pathways.abeta_centre_to_inhibitory_local.weights.*
    factor: {low: 0.5, high: 2}
  gate:
    names: [pathways.inhibitory_local_to_excitatory.weights.gaba_a]
    value: {low: 0.5 nS, high: 2 nS, scale: linear}
"""


def fit(tmp_path, text):
    (tmp_path / "f.yaml").write_text(text)
    return read_fit(tmp_path / "f.yaml")


def faults(tmp_path, text):
    with pytest.raises(ExperimentError) as caught:
        fit(tmp_path, text)
    folder = f"{tmp_path}/"
    return [str(p).split("\n")[0].replace(folder, "") for p in caught.value.problems]


def test_reads_what_is_used_and_what_is_changed(tmp_path):
    found = fit(tmp_path, GOOD)
    assert (found.name, found.circuit, found.depth, found.seeds) == ("fit", "gate", "fast", None)
    assert (found.trials, found.sampler_seed, found.margin) == (7, 1, 0.1)
    assert found.used == {"P01": ["minimum", "area"]}
    drive, gate = found.parameters
    assert drive.numbers == (WEIGHT, WEIGHT.replace("ampa", "nmda"))
    assert (drive.kind, drive.low, drive.high, drive.log, drive.start) == (
        "factor", 0.5, 2.0, True, 1.0,
    )  # fmt: skip
    # The circuit has 0.2 nS: outside of the range, so the nearest end is the start.
    assert (gate.kind, gate.unit, gate.log, gate.start) == ("value", "nS", False, 0.5)


def test_numbers_of_one_anchor_move_together(tmp_path):
    shared = next(names for names in free_numbers("gate").values() if len(names) > 1)
    text = GOOD.replace("pathways.abeta_centre_to_inhibitory_local.weights.*", shared[-1])
    assert fit(tmp_path, text).parameters[0].numbers == tuple(shared)


def test_a_circuit_file_stands_beside_the_fit_file(tmp_path):
    from gatecontrol.circuits import circuit_path

    (tmp_path / "mine.yaml").write_bytes(circuit_path("gate").read_bytes())
    assert fit(tmp_path, GOOD.replace("gate", "mine.yaml", 1)).circuit == f"{tmp_path}/mine.yaml"


OLD_GATE = "[pathways.inhibitory_local_to_excitatory.weights.gaba_a]"
OLD_DRIVE = "pathways.abeta_centre_to_inhibitory_local.weights.*"


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ("P01.area", "P01.aria", "3:21: error[E010]", "P01 is called 'aria'. Did you mean 'area'?"),
        ("P01.area", "P99", "3:21: error[E010]", "phenomena[1]: no phenomenon 'P99'."),
        ("[p01.m*, P01.area]", "[]", "3:12: error[E002]", "there is nothing to fit to"),
        ("trials: 7", "trails: 7", "4:1: error[E001]", "Did you mean 'trials'?"),
        ("trials: 7", "trials: 0", "4:9: error[E030]", "trials: must be > 0, got 0"),
        ("trials: 7", "seeds: 3", "4:8: error[E033]", "seeds: "),
        ("trials: 7", "depth: quick", "4:8: error[E012]", "depth: 'quick' is not a choice"),
        ("circuit: gate", "circuit: gait", "2:10: error[E010]", "Did you mean 'gate'?"),
        ("schema: 1", "schema: 2", "1:9: error[E007]", "version 2 is newer"),
        ("_local.weights.*", "_local.weights.amba", "7:12: error[E050]", f"you mean '{WEIGHT}'?"),
        (OLD_DRIVE, "receptors.gaba_a.decay", "7:12: error[E035]", "has a source (zhang2014)"),
        (OLD_GATE, WEIGHT, "10:12: error[E035]", f"{WEIGHT} is changed by 'drive' already"),
        ("high: 2}", "high: 0.4}", "8:30: error[E035]", "'0.4' is not above low, '0.5'"),
        ("low: 0.5, ", "low: 0, ", "8:19: error[E033]", "'0' has no logarithm"),
        ("low: 0.5, ", "low: 0.5 nS, ", "8:19: error[E023]", "without a unit is needed"),
        ("low: 0.5 nS", "low: 500 pS", "11:18: error[E023]", "a number of nS is needed"),
        ("low: 0.5, ", "", "8:5: error[E002]", "factor.low: missing key"),
        ("    factor: {low: 0.5, high: 2}\n", "", "6:3: error[E035]", "factor and value is needed"),
    ],
)
def test_faults(tmp_path, old, new, place, message):
    assert old in GOOD
    found = faults(tmp_path, GOOD.replace(old, new, 1))
    assert len(found) == 1
    assert found[0].startswith(f"f.yaml:{place}: ")
    assert message in found[0]


def test_all_faults_at_once_in_the_order_of_lines(tmp_path):
    text = GOOD.replace("P01.area", "P99").replace("weights.*", "wheights.*")
    text = text.replace("high: 2}", "high: 0.4}")
    assert [line.split(": ")[0] for line in faults(tmp_path, text)] == [
        "f.yaml:3:21", "f.yaml:7:12", "f.yaml:8:30",
    ]  # fmt: skip


def test_no_such_file_names_the_shipped_ones():
    with pytest.raises(ExperimentError, match="no shipped fit of this name.*Did you mean 'gate'"):
        read_fit("gaet")


@pytest.mark.parametrize("name", list(shipped_fits()))
def test_shipped_fits_can_be_carried_out(name):
    there = {p.id for p in load_phenomena()}
    wanted = {text.partition(".")[0] for text in read_yaml(shipped_fits()[name]).data["phenomena"]}
    if wanted - there:
        pytest.skip(f"not installed: {', '.join(sorted(wanted - there))}")
    found = read_fit(name)
    assert set(found.used) == wanted
    assert len(wanted) < len(there), "a fit that uses every phenomenon leaves no test"
    assert all(one.start == 1 for one in found.parameters)
