"""What a report gathers: settings held equal, the evidence score, conflicts of the literature."""

import json

import pytest

from gatecontrol.analysis.report.conflicts import (
    Touched,
    conflicts_of,
    library_of_conflicts,
    touched,
)
from gatecontrol.analysis.report.design import design, differences, grouped, only_in, read_alone
from gatecontrol.analysis.settings import read_settings
from gatecontrol.citations import library
from gatecontrol.errors import GatecontrolError
from gatecontrol.plugins import load_plugin, plugins

EXPERIMENT = """\
schema: 1
preparation: rat
circuit: {name: gate, conditions: [injured, no_descending]}
device: {kind: scs, frequency: 50 Hz, lead: octrode, amplitude: 80 %PT}
stimuli:
  - {kind: pinch, onset: 0 s}
run: {duration: 2 s}
arms:
  base: {device: {amplitude: 60 %PT}}
  fast: {device: {frequency: 200 Hz}}
  other: {device: {kind: drg, frequency: 20 Hz, amplitude: 90 %PT, abeta_drive: on}}
sweep:
  device.pulse_width: [100 us, 200 us]
  zip: {run.duration: [1 s, 2 s], device.amplitude: [60 %PT, 90 %PT]}
"""
LABELS = {"base": "Base", "fast": "Fast", "other": "Other"}


def test_settings_are_merged_as_the_arms_are():
    settings = read_settings(EXPERIMENT)
    assert settings.get("fast", "device.lead") == "octrode"
    assert settings.get("other", "device.lead") == ""  # another kind replaces the device
    assert settings.get("base", "stimuli[0].kind") == "pinch"
    assert settings.shared["circuit.conditions"] == "injured, no_descending"
    assert settings.shared["run.duration"] == "swept"
    # what the arms say of a swept setting never counts
    assert settings.shared["device.amplitude"] == "swept"
    assert "device.amplitude" not in settings.differing
    assert settings.differing["device.frequency"] == {
        "base": "50 Hz", "fast": "200 Hz", "other": "20 Hz",
    }  # fmt: skip
    assert settings.partial == {
        ("base", "fast"): {"device.lead": "octrode"},
        ("other",): {"device.abeta_drive": "on"},
    }


def test_settings_are_told_by_section():
    settings = read_settings(EXPERIMENT)
    assert grouped(settings.shared)[1] == (
        "Circuit", "name gate; conditions injured, no_descending",
    )  # fmt: skip
    assert ("Stimulus 1", "kind pinch; onset 0 s") in grouped(settings.shared)
    header, rows = differences(settings, LABELS)
    assert header == ["Setting", "Base", "Fast", "Other"]
    assert rows == [
        ["device.kind", "scs", "scs", "drg"],
        ["device.frequency", "50 Hz", "200 Hz", "20 Hz"],
    ]
    assert only_in(settings, LABELS)[0] == ("Base, Fast", "device.lead octrode")


def test_of_many_arms_the_values_are_counted():
    arms = "".join(f"  a{i}: {{device: {{frequency: {i} Hz}}}}\n" for i in range(50))
    text = EXPERIMENT.partition("arms:")[0] + f"arms:\n{arms}"
    header, rows = differences(read_settings(text), {})
    assert header == ["Setting", "Values", "Number of values"]
    assert rows[0][0] == "device.frequency"
    assert rows[0][1].endswith("and 10 more; all are coordinates of results.nc")
    assert rows[0][2] == "50"


def test_a_run_without_arms_has_one_set_of_settings():
    settings = read_settings(EXPERIMENT.partition("arms:")[0])
    assert settings.get("any", "device.frequency") == "50 Hz"
    assert differences(settings, {}) is None
    assert read_settings("").arms == {}


def test_an_unreadable_experiment_is_named():
    with pytest.raises(GatecontrolError, match="the experiment of these results cannot be read"):
        read_settings("a: [")


def arm(device="scs", pattern="tonic", rate=50.0, conditions=()):
    return Touched(device, pattern, rate, tuple(conditions))


def names(*arms):
    return {c.id for c in conflicts_of(arms)}


def test_every_conflict_has_two_sides_with_known_references():
    assert len(library_of_conflicts()) >= 10
    for conflict in library_of_conflicts():
        assert len(conflict.sides) >= 2
        assert set(conflict.references) <= set(library()), conflict.id
        assert conflict.title.endswith("?")
        assert conflict.here


@pytest.mark.parametrize(
    ("arms", "found", "not_found"),
    [
        ([arm()], {"glycine"}, {"burst_mechanism", "rate", "kilohertz", "tens_rate"}),
        ([arm(pattern="burst")], {"burst_mechanism", "burst_people"}, {"kilohertz"}),
        ([arm(rate=10_000.0)], {"kilohertz"}, {"rate"}),
        ([arm(rate=1000.0)], set(), {"kilohertz"}),  # above 1 kHz, not at it
        ([arm(rate=4.0), arm(rate=50.0)], {"rate"}, {"kilohertz"}),
        ([arm(rate=4.0), arm("drg", rate=50.0)], {"drg_mechanism"}, {"rate"}),
        ([arm("tens")], {"tens_rate", "tens_brainstem", "tens_efficacy"}, {"glycine"}),
        ([arm("dbs")], {"pag_selectivity", "descending_tone"}, {"tens_rate"}),
        ([arm("none", "", float("nan"), ["no_descending"])], {"descending_tone"}, {"glycine"}),
        ([arm("none", "", float("nan"))], set(), {c.id for c in library_of_conflicts()}),
    ],
)
def test_a_conflict_is_shown_where_an_arm_touches_it(arms, found, not_found):
    assert found <= names(*arms)
    assert not names(*arms) & not_found


def test_what_the_arms_are_is_read_from_results_and_settings(compared):
    text = "schema: 1\narms:\n  scs: {device: {kind: scs, pattern: burst}}\n  tens: {}\n  dbs: {}\n"
    arms = touched(compared.to_dataset(), read_settings(text))
    assert arms[0] == Touched("scs", "burst", 50.0, ("injured",))
    assert [a.device for a in arms] == ["scs", "tens", "dbs"]


def test_a_run_without_device_has_no_control(wound, compared):
    told = dict(design(wound.to_dataset()))
    assert told["Control"] == "none: no device, and no arms to compare"
    assert told["Points"] == "18 (arms, sweep values and seeds)"
    assert dict(design(compared.to_dataset()))["Points"].endswith(", each with its control")


def test_a_sensitivity_design_is_told_in_one_line(swept):
    data = swept.to_dataset().rename(device_frequency="sample")
    data = data.drop_vars("device_frequency_text")
    names = ["device_amplitude", "circuit_weight"]
    for name, path in zip(names, ("device.amplitude", "circuit.weight"), strict=True):
        data = data.assign_coords({name: ("sample", range(6), {"long_name": path})})
    data["sample"].attrs = {"parameters": json.dumps(names)}
    told = dict(design(data))
    assert told["Sensitivity design"] == (
        "6 samples of device.amplitude, circuit.weight; results.nc has their values"
    )
    assert not any(term.startswith("Sweep") for term in told)


def test_settings_that_nothing_reads_are_left_out():
    text = """\
schema: 1
arms:
  tonic: {device: {kind: scs, pattern: tonic, pulses_per_burst: 5, recharge: passive}}
  burst: {device: {kind: scs, pattern: burst, pulses_per_burst: 5, recharge: passive}}
  other: {device: {kind: of_a_stranger, pattern: tonic, pulses_per_burst: 5}}
"""
    settings = read_settings(text)
    read = read_alone(settings)
    assert read.get("burst", "device.pulses_per_burst") == "5"
    assert read.get("tonic", "device.pulses_per_burst") == ""
    assert read.get("other", "device.pulses_per_burst") == "5"  # nobody knows what it reads
    assert read.get("tonic", "device.recharge") == "passive"
    swept = read_alone(read_settings(text + "sweep: {device.pattern: [tonic, burst]}\n"))
    assert swept.get("tonic", "device.pulses_per_burst") == "5"


def test_a_parameter_that_needs_a_choice_names_one_of_its_declaration():
    for kind in plugins("devices"):
        declared = {p.name: p for p in load_plugin("devices", kind).parameters}
        for parameter in declared.values():
            for choice, values in parameter.only_with.items():
                assert {*values} <= {*declared[choice].choices}, (kind, parameter.name)
