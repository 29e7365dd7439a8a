"""Parameters of measures of another package: typed, checked, described, digested."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from made_measures import SOURCE

import gatecontrol
from gatecontrol.analysis.base import load_measure
from gatecontrol.cli.browse import _measure as described
from gatecontrol.errors import ExperimentError, GatecontrolError
from gatecontrol.experiment import trial as trial_module
from gatecontrol.experiment.jsonschema import json_schema
from gatecontrol.experiment.load import load
from gatecontrol.experiment.measuring import trial_measures
from gatecontrol.experiment.plan import make_plan
from gatecontrol.experiment.sweep import points
from gatecontrol.plugins import plugins
from gatecontrol.units import UnitError


def test_a_name_and_a_mapping_without_parameters_are_the_same_trial(with_measures):
    bare, mapping = with_measures("[bins]"), with_measures("[{kind: bins}]")
    assert trial_measures(bare) == trial_measures(mapping)
    assert trial_measures(bare) == [{"kind": "bins", "bin": 0.005, "count": 3, "ends": ["a", "b"]}]


def test_values_are_si_in_the_trial_however_they_were_typed(with_measures):
    texts = ("2 ms", "0.002 s", "2000 us")
    typed = [with_measures(f"[{{kind: bins, bin: {text}}}]") for text in texts]
    trials = [points(one)[0].trial for one in typed]
    assert trials[0] == trials[1] == trials[2]
    assert trials[0]["measures"][0]["bin"] == 0.002
    assert json.loads(json.dumps(trials[0])) == trials[0]
    assert len({make_plan(one, "numpy").tasks[0].key for one in typed}) == 1
    other = make_plan(with_measures("[{kind: bins, bin: 3 ms}]"), "numpy")
    assert other.tasks[0].key != make_plan(typed[0], "numpy").tasks[0].key


def test_an_edited_measure_of_another_package_is_another_trial(with_measures, tmp_path):
    from gatecontrol.experiment.trial import _plugin_digest

    before = make_plan(with_measures("[bins]"), "numpy").tasks[0].key
    (tmp_path / "made_up_measures.py").write_text(SOURCE + "\n# edited\n")
    _plugin_digest.cache_clear()
    assert make_plan(with_measures("[bins]"), "numpy").tasks[0].key != before
    _plugin_digest.cache_clear()


@pytest.mark.parametrize(
    ("measures", "code", "at", "message"),
    [
        (
            "[{kind: bins, bin: 5 mV}]",
            "E024",
            "5:30",
            "measures[0].bin: '5 mV' is a voltage, a time is needed",
        ),
        (
            "[{kind: bins, bin: 5 s}]",
            "E033",
            "5:30",
            "measures[0].bin: 5 s is outside the plausible range (1 ms to 1 s)",
        ),
        (
            "[{kind: bins, bn: 5 ms}]",
            "E001",
            "5:25",
            "measures[0].bn: unknown parameter of measure 'bins'. Did you mean 'bin'?",
        ),
        ("[{kind: bins, count: 7}]", "E035", "5:32", "measures[0].count: seven is unlucky"),
        ("[needs]", "E002", "5:12", "measures[0]: the measure 'needs' needs 'level'"),
        (
            "[windup, bins, {kind: bins}]",
            "E035",
            "5:33",
            "measures[2].kind: measures[1] is 'bins' already; a measure is taken once",
        ),
    ],
)
def test_faults_are_told_where_they_were_typed(with_measures, measures, code, at, message):
    with pytest.raises(ExperimentError) as caught:
        with_measures(measures)
    (problem,) = caught.value.problems
    assert (problem.code, f"{problem.line}:{problem.column}") == (code, at)
    assert f"{problem.path}: {problem.message}".startswith(message)


def test_all_faults_of_a_measure_come_at_once(with_measures):
    with pytest.raises(ExperimentError) as caught:
        with_measures("[{kind: bins, bin: 5, count: 0.5}, wind_up]")
    assert [p.code for p in caught.value.problems] == ["E021", "E032", "E012"]


def test_a_parameter_can_be_set_on_the_command_line(with_measures, tmp_path):
    with_measures("[{kind: bins, bin: 5 ms}]")
    found = load(tmp_path / "e.yaml", ["measures[0].bin=20 ms"])
    assert trial_measures(found)[0]["bin"] == 0.02
    with pytest.raises(ExperimentError, match=r"--set:1:17: error\[E033\]: measures\[0\]\.bin"):
        load(tmp_path / "e.yaml", ["measures[0].bin=20 s"])


def test_the_resolved_file_holds_the_defaults_and_gives_the_same_trial(with_measures, tmp_path):
    first = with_measures("[windup, {kind: bins, bin: 2 ms}, mean_bins]")
    text = first.resolved()
    assert "  - windup\n" in text
    assert "  - {kind: bins, bin: 2 ms, count: 3, ends: [a, b]}\n" in text
    (tmp_path / "again.yaml").write_text(text)
    again = load(tmp_path / "again.yaml")
    assert [p.trial for p in points(again)] == [p.trial for p in points(first)]


def test_the_schema_takes_names_and_mappings(made_up_package):
    import jsonschema

    schema = json_schema()
    validator = jsonschema.Draft202012Validator(schema)

    def wrong(measures):
        document = {"schema": 1, "run": {"duration": "1 s"}, "measures": measures}
        return [list(e.absolute_path) for e in validator.iter_errors(document)]

    assert wrong(["windup", {"kind": "bins", "bin": "5 ms"}, {"kind": "mean_bins"}]) == []
    assert wrong([{"kind": "bins", "bin": "5 mV"}]) == [["measures", 0, "bin"]]
    assert wrong(["needs"]) == [["measures", 0]]
    assert wrong([{"kind": "needs"}]) == [["measures", 0]]
    assert wrong([{"kind": "bins", "wrong": 1}]) != []
    assert wrong(["wind_up"]) == [["measures", 0]]


def test_describe_shows_parameters_and_dimensions(made_up_package):
    found = described("bins")
    assert found["parameters"][0]["parameter"] == "bin"
    assert found["dimensions"] == [
        {
            "dimension": "bin",
            "units": "s",
            "labels": "0, 0.005, 0.01",
            "meaning": "Time in the bin",
        },
        {"dimension": "cell", "units": "1", "labels": "counted", "meaning": "Cell"},
    ]
    assert described("mean_bins")["requires"] == ["bins", "pain_signal"]


def test_a_measure_reads_text_and_si(made_up_package):
    measure = plugins("measures")["bins"].load()
    assert measure()["bin"] == 0.005
    assert measure.from_config({"kind": "bins", "bin": "7 ms"})["bin"] == 0.007
    assert repr(measure()) == "Bins(bin=0.005, count=3, ends=('a', 'b'))"
    with pytest.raises(UnitError, match="count: seven is unlucky"):
        measure.from_config({"count": 7})
    assert load_measure({"kind": "bins", "bin": 0.1})["count"] == 3
    with pytest.raises(GatecontrolError, match="the measure 'not' is no subclass of Measure"):
        load_measure({"kind": "not"})


def test_measures_are_declared_without_numpy():
    code = (
        "import sys, gatecontrol.analysis.measures, gatecontrol.experiment.measuring\n"
        + "print(sorted({'numpy', 'scipy', 'xarray', 'brian2'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


def test_what_a_trial_depends_on_is_there_to_be_digested():
    package = Path(gatecontrol.__file__).parent
    assert all((package / room).exists() for room in trial_module._ROOMS)
    covered = {p for room in trial_module._ROOMS for p in trial_module._sources(package / room)}
    code = {package / "analysis" / "spike_trains.py", package / "analysis" / "base.py"}
    assert code | set((package / "analysis" / "measures").glob("*.py")) <= covered
