"""The JSON Schema refuses what the loader refuses, as far as JSON Schema can say it."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from gatecontrol.errors import ExperimentError
from gatecontrol.experiment.jsonschema import json_schema
from gatecontrol.experiment.load import shipped_experiments
from gatecontrol.yamlfile import read_yaml, read_yaml_text

TESTS = Path(__file__).parents[1]
COMMITTED = TESTS.parent / "experiments" / "experiment.schema.json"

# What JSON Schema cannot say, by class; everything else must be refused by it too.
INEXPRESSIBLE = {
    "the content of another file": {
        "circuit_dt", "circuit_file_missing", "circuit_set_unit", "circuit_set_unknown",
        "circuit_scale_bounds", "circuit_scale_structure", "circuit_scale_unknown",
        "reference_condition",
    },
    "a name defined elsewhere in the file": {"reference_control", "cross_stimulus_names"},
    "a range of quantities with units": {
        "value_dt", "value_long_run", "value_overflow", "value_range", "value_range_pulse",
        "value_recruited", "value_zero_frequency", "allowed_width_overlaps",
    },
    "two values against each other": {
        "cross_burst", "cross_epoch_order", "cross_epoch_outside", "cross_prime",
        "cross_pulse_period", "cross_stimulus_outside", "cross_window_after",
        "cross_window_order", "cross_window_outside", "device_channels",
        "device_clinical_limit", "device_dbs_threshold", "device_unbalanced", "measure_bins",
        "measure_no_volley", "measure_no_volley_at_all",
        "missing_window",
        "design_corner", "design_falls", "seeds_max_below_min",
    },
    "a sweep or a rule for seeds against the settings": {
        "design_overlap", "design_points", "seeds_until_no_device",
        "sweep_combination", "sweep_no_device", "sweep_overlap", "sweep_path_index",
        "sweep_path_one_arm", "sweep_points", "sweep_value_cross", "sweep_zip_lengths",
    },
}  # fmt: skip
BEYOND = set().union(*INEXPRESSIBLE.values())


def parsed(path):
    """Return a file's data, or None if it is no YAML mapping."""
    try:
        return read_yaml(path).data
    except ExperimentError:
        return None


MALFORMED = sorted(p for p in (TESTS / "data" / "malformed").glob("*.yaml") if parsed(p))


@pytest.fixture(scope="module")
def validator():
    schema = json_schema(strangers=False)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("path", MALFORMED, ids=lambda p: p.stem)
def test_malformed(path, validator):
    assert validator.is_valid(parsed(path)) == (path.stem in BEYOND)


def test_the_list_of_what_it_cannot_say_is_not_stale():
    assert {p.stem for p in MALFORMED} >= BEYOND


@pytest.mark.parametrize("path", shipped_experiments().values(), ids=lambda p: p.stem)
def test_shipped(path, validator):
    assert [e.message for e in validator.iter_errors(read_yaml(path).data)] == []
    first = path.read_text(encoding="utf-8").split("\n")[0]
    assert first == "# yaml-language-server: $schema=./experiment.schema.json"


def test_committed_schema_is_fresh():
    """Write it anew with: gatecontrol schema --out experiments/experiment.schema.json."""
    text = json.dumps(json_schema(strangers=False), indent=2, ensure_ascii=False) + "\n"
    assert COMMITTED.read_text(encoding="utf-8") == text


BASE = "schema: 1\nrun: {duration: 1 s, device_on: 0.1 s, device_off: 0.9 s}\n"


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ("device: {kind: tens, pulse_width: 300 mV}", ["device", "pulse_width"], "does not match"),
        ("device: {kind: scs, amplitud: 1 mA}", ["device"], "'amplitud' was unexpected"),
        ("device: {kind: snc}", ["device", "kind"], "'snc' is not one of"),
        ("run: {durration: 1 s}", ["run"], "'durration' was unexpected"),
        (
            "stimuli: [{kind: pinch, onset: 3}]",
            ["stimuli", 0, "onset"],
            "3 is not of type 'string'",
        ),
    ],
)
def test_the_wrong_key_is_blamed(validator, text, path, words):
    """Not the other kinds: unions are written as if/then."""
    base = BASE.split("\n")[0] if text.startswith("run") else BASE
    data = read_yaml_text(f"{base}\n{text}\n", Path("f"), "f").data
    errors = list(validator.iter_errors(data))
    assert any(list(e.absolute_path) == path and words in e.message for e in errors)
    assert all("const" not in e.schema_path for e in errors)


def test_no_one_of_and_every_object_is_closed():
    schema = json_schema(strangers=False)

    def walk(node, where):
        if isinstance(node, dict):
            assert "oneOf" not in node, where
            assert "discriminator" not in node, where
            for key, value in node.items():
                walk(value, f"{where}/{key}")
        elif isinstance(node, list):
            for index, value in enumerate(node):
                walk(value, f"{where}/{index}")

    walk(schema, "")
    assert schema["additionalProperties"] is False
    for name in ("Run", "Epochs", "Arm", "CircuitChoice", "Record", "device_scs", "stimulus_pinch"):
        assert schema["$defs"][name]["additionalProperties"] is False


def test_every_field_is_explained():
    schema = json_schema(strangers=False)
    for name, field in schema["properties"].items():
        assert len(field.get("description", "")) > 10, name
    for part in ("Run", "Epochs", "Arm", "CircuitChoice", "Record"):
        for name, field in schema["$defs"][part]["properties"].items():
            if name != "name":
                assert len(field.get("description", "")) > 10, (part, name)


def test_dimensions_have_their_own_patterns():
    parts = json_schema(strangers=False)["$defs"]
    scs = parts["device_scs"]["properties"]
    assert scs["pulse_width"]["$ref"] == "#/$defs/time"
    assert scs["frequency"]["$ref"] == "#/$defs/frequency"
    assert parts["time"]["pattern"] != parts["frequency"]["pattern"]
